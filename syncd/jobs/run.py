"""One pass of a job, from its first line in the diary to its outcome. The one place that catches everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from syncd.domain.causes import cause_in_words
from syncd.domain.reasons import next_step, sentence
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
from syncd.jobs.progress import LoggedProgress, Progress
from syncd.log import cut_secrets, logger
from syncd.store import runs

T = TypeVar("T")
BODY = " · "  # between an error and the body of the answer, in the detail of a hold


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


def _alert(run: Run) -> None:
    """One alert for each cause that is new: a line of the level error, whatever number of orders is held for it."""
    log = logger("run").bind(job=run.job, run=run.id)
    for cause, held in run.causes.items():
        if held.is_first:
            log.error(
                "held",
                reason=held.reason.value,
                cause=cause_in_words(cause).partition(BODY)[0],  # a body may name people
                holds=len(held.subjects),
                first=held.subjects[0],
                meaning=sentence(held.reason),
                next=next_step(held.reason),
            )


def run_job(
    given: Given,
    name: str,
    job: Callable[[Given, Run], T],
    *,
    command: str,
    mode: str = "live",
    lock_wait: timedelta = timedelta(0),
    progress: Progress | None = None,
) -> RunResult[T]:
    """Do one pass and write it into the diary. Errors end in the result, never in the caller.

    An error is an alert (the level error) when it is not the one that ended the run before; a cause of holds likewise.
    Who waits may be told of the `progress`; without, the log says once a minute how far a long run is.

    KeyboardInterrupt and SystemExit go through: what they cut off is finished by the next run.
    """
    with given.database.write() as tx:
        before = runs.newest(tx, given.account, name)
        run_id = runs.begin(tx, given.account, name, mode, now=given.clock.now())
    run = Run(run_id, name, command, lock_wait, progress=progress or LoggedProgress(given.clock))
    given.at("run.begun")
    log = logger("run").bind(job=name, run=run_id)
    value: T | None = None
    message = ""
    try:
        value = job(given, run)
        outcome = RunOutcome.BRAKED if run.braked else RunOutcome.HELD if run.held_new else RunOutcome.DONE
    except SyncdError as error:
        outcome, message = outcome_of(error), cut_secrets(str(error))
        is_news = before is None or (before.outcome, before.message) != (outcome.value, message)
        (log.error if is_news else log.warning)("run ended", outcome=outcome.value, error=message)
    except Exception as error:
        outcome, message = RunOutcome.FAILED, cut_secrets(f"{type(error).__name__}: {error}")
        log.exception("run ended by a defect", error=message)
    _alert(run)
    given.at("run.ending")
    with given.database.write() as tx:
        runs.end(tx, run_id, outcome=outcome.value, counts=run.counts, message=message, now=given.clock.now())
    if outcome in (RunOutcome.DONE, RunOutcome.HELD):
        log.info("run ended", outcome=outcome.value, **run.counts)
    return RunResult(run, outcome, message, value)
