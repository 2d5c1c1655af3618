"""What the process says at its end. Stable: people script on it. Anything else is a failure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from syncd.jobs.run import RunOutcome


class ExitCode(IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2  #: the command line or the config is wrong
    HELD = 3  #: done, but this run held something new
    LOCKED = 4  #: another process holds the lock
    BRAKED = 5  #: a brake tripped
    UNAUTHORIZED = 6  #: authentication or permission


_OF_OUTCOME = {
    RunOutcome.DONE: ExitCode.DONE,
    RunOutcome.HELD: ExitCode.HELD,
    RunOutcome.BRAKED: ExitCode.BRAKED,
    RunOutcome.FAILED: ExitCode.FAILED,
    RunOutcome.MISCONFIGURED: ExitCode.USAGE,
    RunOutcome.LOCKED: ExitCode.LOCKED,
    RunOutcome.UNAUTHORIZED: ExitCode.UNAUTHORIZED,
}
_GRAVEST_FIRST = (
    ExitCode.UNAUTHORIZED,
    ExitCode.USAGE,
    ExitCode.LOCKED,
    ExitCode.FAILED,
    ExitCode.BRAKED,
    ExitCode.HELD,
    ExitCode.DONE,
)


def code_of(outcomes: Iterable[RunOutcome]) -> ExitCode:
    """The gravest of several jobs' outcomes."""
    codes = {_OF_OUTCOME[outcome] for outcome in outcomes}
    return next((code for code in _GRAVEST_FIRST if code in codes), ExitCode.DONE)
