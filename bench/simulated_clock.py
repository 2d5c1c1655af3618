"""A clock whose time passes only while every thread waits for it: an hour of real threads in seconds.

One thread runs at a time. Whoever waits hands on to the next: first to those who may have been notified meanwhile
(waiting for a condition may always end early), then to whoever's time comes soonest, and the clock jumps there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from syncd.domain.clock import BootTime

EPOCH = datetime(2026, 12, 1, 9, tzinfo=UTC)
MS = timedelta(milliseconds=1)
BOOT = "simulated"
BEGIN_MS = 1_000


@dataclass(slots=True, eq=False)
class _Worker:
    number: int
    turn: threading.Event = field(default_factory=threading.Event)
    wake_at: int = BEGIN_MS
    for_news: bool = False  # waits for a condition
    has_news: bool = False  # somebody may have notified it since


class SimulatedClock:
    """A `WaitingClock`. `run` runs the threads; only they may wait."""

    def __init__(self) -> None:
        self._ms = BEGIN_MS
        self._workers: list[_Worker] = []
        self._own = threading.local()
        self._done = threading.Event()
        self._errors: list[BaseException] = []

    # -------------------------------------------------------------- a clock

    def now(self) -> datetime:
        return EPOCH + self._ms * MS

    def boot_time(self) -> BootTime:
        return BootTime(BOOT, self._ms)

    def sleep(self, wait: timedelta) -> None:
        if wait <= timedelta(0):
            raise RuntimeError("a busy wait")
        worker: _Worker = self._own.worker
        worker.for_news = False
        self._spread_news(worker)
        self._park(worker, wait)

    def wait_for(self, condition: threading.Condition, at_most: timedelta) -> None:
        if at_most <= timedelta(0):
            raise RuntimeError("a busy wait")
        worker: _Worker = self._own.worker
        if not worker.for_news:  # one that looked in vain and waits again has changed nothing
            self._spread_news(worker)
        worker.for_news = True
        condition.release()
        try:
            self._park(worker, at_most)
        finally:
            condition.acquire()

    # -------------------------------------------------------------- its threads

    def run(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Run each in a thread of its own until all have ended. Raise what the first of them raised."""
        self._workers = [_Worker(n) for n in range(len(tasks))]
        threads = [
            threading.Thread(target=self._work, args=(worker, task), name=f"worker {worker.number}", daemon=True)
            for worker, task in zip(self._workers, tasks, strict=True)
        ]
        for thread in threads:
            thread.start()
        self._hand_on()
        self._done.wait()
        if self._errors:
            raise self._errors[0]
        for thread in threads:
            thread.join()

    def _work(self, worker: _Worker, task: Callable[[], None]) -> None:
        self._own.worker = worker
        worker.turn.wait()
        worker.turn.clear()
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again by `run`
            self._errors.append(error)
            self._done.set()
            return
        self._spread_news(worker)
        self._workers.remove(worker)
        self._hand_on()

    def _spread_news(self, by: _Worker) -> None:
        for worker in self._workers:
            if worker is not by and worker.for_news:
                worker.has_news = True

    def _park(self, worker: _Worker, wait: timedelta) -> None:
        worker.wake_at = self._ms - (-wait // MS)  # never a fraction too early
        worker.has_news = False
        self._hand_on()
        worker.turn.wait()
        worker.turn.clear()

    def _hand_on(self) -> None:
        if not self._workers:
            self._done.set()
            return
        told = [worker for worker in self._workers if worker.has_news]
        if told:
            following = told[0]
        else:
            following = min(self._workers, key=lambda worker: (worker.wake_at, worker.number))
            self._ms = max(self._ms, following.wake_at)
        following.has_news = False
        following.turn.set()
