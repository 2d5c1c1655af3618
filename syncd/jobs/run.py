"""One pass of a job, from its first line in the diary to its outcome. The one place that catches everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from syncd.errors import (
    ConfigError,
    Forbidden,
    LockHeld,
    SchemaMismatch,
    SyncdError,
    Unauthorized,
    UsageError,
)
from syncd.jobs.given import Given, Run
from syncd.log import cut_secrets, logger
from syncd.store import runs

T = TypeVar("T")


class RunOutcome(StrEnum):
    DONE = "done"
    HELD = "held"  #: done, but something new waits for a person
    BRAKED = "braked"  #: the plan was too large to be true; nothing of it was sent
    FAILED = "failed"
    MISCONFIGURED = "misconfigured"
    LOCKED = "locked"  #: another process was at work
    UNAUTHORIZED = "unauthorized"


@dataclass(frozen=True, slots=True)
class RunResult(Generic[T]):
    run: Run
    outcome: RunOutcome
    message: str
    value: T | None


def outcome_of(error: BaseException) -> RunOutcome:
    match error:
        case Unauthorized() | Forbidden():
            return RunOutcome.UNAUTHORIZED
        case LockHeld():
            return RunOutcome.LOCKED
        case ConfigError() | UsageError() | SchemaMismatch():
            return RunOutcome.MISCONFIGURED
    return RunOutcome.FAILED


def run_job(
    given: Given,
    name: str,
    job: Callable[[Given, Run], T],
    *,
    command: str,
    mode: str = "live",
    lock_wait: timedelta = timedelta(0),
) -> RunResult[T]:
    """Do one pass and write it into the diary. Errors end in the result, never in the caller.

    KeyboardInterrupt and SystemExit go through: what they cut off is finished by the next run.
    """
    with given.database.write() as tx:
        run_id = runs.begin(tx, given.account, name, mode, now=given.clock.now())
    run = Run(run_id, name, command, lock_wait)
    given.at("run.begun")
    log = logger("run").bind(job=name, run=run_id)
    value: T | None = None
    message = ""
    try:
        value = job(given, run)
        outcome = RunOutcome.BRAKED if run.braked else RunOutcome.HELD if run.held_new else RunOutcome.DONE
    except SyncdError as error:
        outcome, message = outcome_of(error), cut_secrets(str(error))
        log.error("run ended", outcome=outcome.value, error=message)
    except Exception as error:
        outcome, message = RunOutcome.FAILED, cut_secrets(f"{type(error).__name__}: {error}")
        log.exception("run ended by a defect", error=message)
    given.at("run.ending")
    with given.database.write() as tx:
        runs.end(tx, run_id, outcome=outcome.value, counts=run.counts, message=message, now=given.clock.now())
    if outcome in (RunOutcome.DONE, RunOutcome.HELD):
        log.info("run ended", outcome=outcome.value, **run.counts)
    return RunResult(run, outcome, message, value)
