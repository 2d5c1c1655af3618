"""The life of the daemon: start, tell systemd, run the timetable, and end with the write in hand finished."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from types import FrameType

import sdnotify
from apscheduler.schedulers.background import BackgroundScheduler

from syncd.daemon.timetable import Turn, make_scheduler, make_wakeful
from syncd.log import logger

SHUTDOWN_GRACE_S = 35  # TimeoutStopSec in systemd/syncd@.service is 40
WATCHDOG_SHARE = 3  # beats per watchdog interval


@dataclass(frozen=True, slots=True)
class Ear:
    """A job woken from outside. `listening` is told whom to call, and gives what is open while the daemon runs."""

    job: str
    every: timedelta
    listening: Callable[[Callable[[], None]], AbstractContextManager[object]]


def run_service(
    turns: Mapping[str, Turn],
    zone: tzinfo,
    stop: threading.Event,
    *,
    now: Callable[[], datetime],
    ear: Ear | None = None,
) -> None:
    """Run until SIGTERM or SIGINT, which set `stop`: the jobs look at it and begin no further write."""
    log = logger("daemon")

    def on_signal(number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    scheduler = make_scheduler(turns, zone, now=now())
    systemd = sdnotify.SystemdNotifier()
    with _listening(ear, scheduler, now):
        scheduler.start()
        systemd.notify("READY=1\nSTATUS=running")
        log.info("started", jobs=[job.id for job in scheduler.get_jobs()])
        while not stop.wait(_beat_s()):
            systemd.notify("WATCHDOG=1")
        systemd.notify("STOPPING=1\nSTATUS=finishing the write in hand")
    for job in scheduler.get_jobs():
        job.remove()
    # A second signal during this wait changes nothing: systemd kills after TimeoutStopSec, and the journal copes.
    ended = threading.Thread(target=scheduler.shutdown, kwargs={"wait": True}, daemon=True)
    ended.start()
    ended.join(SHUTDOWN_GRACE_S)
    log.info("stopped", finished=not ended.is_alive())


@contextmanager
def _listening(ear: Ear | None, scheduler: BackgroundScheduler, now: Callable[[], datetime]) -> Iterator[None]:
    """Wake the job whenever the ear hears something, until the end of the block."""
    wake = None if ear is None else make_wakeful(scheduler, ear.job, every=ear.every, now=now)
    if ear is None or wake is None:
        yield
        return
    try:
        with ear.listening(wake.ask):
            yield
    finally:
        wake.rest()


def _beat_s() -> int:
    """Seconds between heartbeats: well within the watchdog interval that systemd gives, else a minute."""
    interval_us = os.environ.get("WATCHDOG_USEC", "")
    return max(1, int(interval_us) // 1_000_000 // WATCHDOG_SHARE) if interval_us.isdigit() else 60
