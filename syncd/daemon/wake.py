"""Waking a job: it runs soon, or once more after the run that goes on; however many ask meanwhile, it is one run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Waking:
    """What is called when: the clock, and the timetable that takes one more turn for a moment."""

    now: Callable[[], datetime]
    run_at: Callable[[datetime], None]
    """Call `woken` at this moment, on the thread of all jobs. A second moment replaces one not come yet."""
    every: timedelta
    """From the beginning of any run to that of a woken one it is at least this long."""


class Wake:
    """Stands around the work of one job, so as to know when it runs. Any thread may ask."""

    def __init__(self, work: Callable[[], None], waking: Waking) -> None:
        self._work = work
        self._waking = waking
        self._lock = threading.Lock()
        self._is_asked = False  # since the last run began
        self._is_running = False
        self._is_at_rest = False
        self._begun: datetime | None = None
        self._due: datetime | None = None

    def ask(self) -> None:
        """Let it run. A run that has not begun yet will see what the caller has heard of: it is enough."""
        with self._lock:
            if self._is_asked:
                return
            self._is_asked = True
            # The run that goes on may have read already. It is put down for a turn when that one ends, for the
            # timetable would find it at work and leave it out.
            if not self._is_running:
                self._put_down()

    def rest(self) -> None:
        """Put down no turn any more: a timetable that ends holds its lock until the run that goes on has ended."""
        with self._lock:
            self._is_at_rest = True

    def turn(self) -> None:
        """Run, by the timetable: whoever asked before need not run again."""
        self._run()

    def woken(self) -> None:
        """Run, if that is still asked for and due."""
        with self._lock:
            if self._due is None:
                return  # a turn of the timetable came first
            if self._waking.now() < self._due:
                self._put_down()  # an older call came late, or the clock was set back
                return
        self._run()

    def _run(self) -> None:
        with self._lock:
            self._is_asked, self._is_running, self._due = False, True, None
            self._begun = self._waking.now()
        try:
            self._work()
        finally:
            with self._lock:
                self._is_running = False
                if self._is_asked:
                    self._put_down()

    def _put_down(self) -> None:
        if self._is_at_rest:
            return
        now = self._waking.now()
        earliest = now if self._begun is None else self._begun + self._waking.every
        # A clock that was set back makes the beginning lie ahead: no wait is longer than the one that was set.
        self._due = min(max(now, earliest), now + self._waking.every)
        self._waking.run_at(self._due)
