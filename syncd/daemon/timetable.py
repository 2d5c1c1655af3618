"""The timetable: which job runs when. One at a time, late rather than never, missed turns run once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from syncd.config.timetable import Cron, Every, Off, When
from syncd.daemon.wake import Wake, Waking

JITTER_SHARE = 20  # an interval's twentieth: many shops on one host do not ask in the same second
JITTER_S_MAX = 30


@dataclass(frozen=True, slots=True)
class Turn:
    """A job of the timetable. `last` is when it last came to a good end, or when it was first waited for."""

    name: str
    when: When
    work: Callable[[], None]
    last: datetime | None = None


def make_scheduler(turns: Mapping[str, Turn], zone: tzinfo, *, now: datetime) -> BackgroundScheduler:
    """A scheduler, not started yet. One thread: jobs of one account never overlap.

    Intervals begin at once, and so does a cron line of which a turn fell due while nobody was there to take it.
    """
    scheduler = BackgroundScheduler(timezone=zone, executors={"default": ThreadPoolExecutor(1)})
    for turn in turns.values():
        trigger = _trigger(turn.when, zone)
        if trigger is not None:
            # Said aloud, for the defaults differ: a run more than one second late would be skipped (APScheduler 3.11).
            job = scheduler.add_job(
                turn.work, trigger, id=turn.name, max_instances=1, coalesce=True, misfire_grace_time=None
            )
            if isinstance(turn.when, Every) or _was_missed(trigger, turn.last, now):
                job.modify(next_run_time=now)
    return scheduler


def make_wakeful(
    scheduler: BackgroundScheduler, name: str, *, every: timedelta, now: Callable[[], datetime]
) -> Wake | None:
    """Let the job of this name be woken between its turns too; None where the timetable has no such job."""
    job = scheduler.get_job(name)
    if job is None:
        return None

    def run_at(moment: datetime) -> None:
        # Three instances: one that has just ended may still count, and another wait behind it on the one thread.
        scheduler.add_job(
            wake.woken,
            DateTrigger(moment),
            id=f"{name}, woken",
            max_instances=3,
            coalesce=True,
            misfire_grace_time=None,
            replace_existing=True,
        )

    wake = Wake(job.func, Waking(now, run_at, every))
    job.modify(func=wake.turn)
    return wake


def _was_missed(trigger: BaseTrigger, last: datetime | None, now: datetime) -> bool:
    due = None if last is None else trigger.get_next_fire_time(None, last)
    return due is not None and due <= now


def _trigger(when: When, zone: tzinfo) -> BaseTrigger | None:
    match when:
        case Every(interval=interval):
            seconds = int(interval.total_seconds())
            return IntervalTrigger(seconds=max(1, seconds), jitter=min(seconds // JITTER_SHARE, JITTER_S_MAX) or None)
        case Cron(line=line):
            return CronTrigger.from_crontab(line, timezone=zone)
        case Off():
            return None
