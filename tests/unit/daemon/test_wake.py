"""Waking a job: however many ask it is one run, never two at a time, and never more often than the limit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from syncd.config.timetable import Every, Off
from syncd.daemon.timetable import Turn, make_scheduler, make_wakeful
from syncd.daemon.wake import Wake, Waking
from tests.fakes.memory_erp import NOON, FakeClock

EVERY = timedelta(seconds=10)
WAIT_S_MAX = 10


class Job:
    """A job and the timetable it is on. `meanwhile` happens while it runs."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.begun: list[datetime] = []
        self.meanwhile: list[Callable[[], None]] = []
        self.due: datetime | None = None
        self.wake = Wake(self._work, Waking(self.clock.now, self._put_down, EVERY))

    def _put_down(self, moment: datetime) -> None:
        self.due = moment

    def _work(self) -> None:
        self.begun.append(self.clock.now())
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def let_pass(self, seconds: int) -> None:
        """Time goes by, second by second; a turn that is put down comes when it is due."""
        for _ in range(seconds + 1):
            if self.due is not None and self.due <= self.clock.now():
                self.due = None
                self.wake.woken()
            self.clock.advance(1)

    @property
    def after_s(self) -> list[float]:
        return [(one - NOON).total_seconds() for one in self.begun]


def test_a_job_at_rest_runs_at_once() -> None:
    job = Job()

    job.wake.ask()
    job.let_pass(60)

    assert job.after_s == [0]


def test_a_hundred_who_ask_at_once_are_one_run() -> None:
    job = Job()

    for _ in range(100):
        job.wake.ask()
    job.let_pass(60)

    assert job.after_s == [0]


def test_a_hundred_who_ask_while_it_runs_are_one_more_run_after_it() -> None:
    job = Job()

    def a_burst() -> None:
        for _ in range(100):
            job.wake.ask()
        assert job.due is None  # the timetable would find it at work, and leave it out

    job.meanwhile = [a_burst]
    job.wake.turn()
    job.let_pass(60)

    assert job.after_s == [0, 10]


def test_a_run_that_took_longer_than_the_limit_is_followed_at_once() -> None:
    job = Job()
    job.meanwhile = [lambda: (job.clock.advance(90), job.wake.ask())[-1]]

    job.wake.turn()
    job.let_pass(60)

    assert job.after_s == [0, 90]


def test_asked_every_second_it_runs_no_more_often_than_the_limit() -> None:
    job = Job()

    for _ in range(60):
        job.wake.ask()
        job.let_pass(0)

    assert job.after_s == [0, 10, 20, 30, 40, 50]


def test_a_turn_of_the_timetable_counts_for_the_limit_and_answers_who_asked_before() -> None:
    job = Job()
    job.wake.turn()
    job.clock.advance(5)
    job.wake.ask()  # due at 10
    job.clock.advance(3)
    job.wake.turn()

    job.let_pass(60)

    assert job.after_s == [0, 8]


def test_a_call_of_an_earlier_asking_comes_too_late_to_break_the_limit() -> None:
    job = Job()
    job.wake.ask()
    job.meanwhile = [job.wake.ask]
    job.wake.turn()  # sees what was asked before, and is asked again

    job.wake.woken()  # that of the first asking, which waited behind the turn
    job.let_pass(60)

    assert job.after_s == [0, 10]


def test_a_clock_that_is_set_back_delays_it_by_no_more_than_the_limit() -> None:
    job = Job()
    job.wake.turn()
    job.clock.jump(-3600)

    job.wake.ask()
    job.let_pass(60)

    assert job.after_s == [0, -3590]


def test_a_run_that_fails_is_followed_by_the_one_that_was_asked_for() -> None:
    job = Job()

    def asked_and_broken() -> None:
        job.wake.ask()
        raise OSError("the disk is full")

    job.meanwhile = [asked_and_broken]
    with pytest.raises(OSError, match="disk"):
        job.wake.turn()
    job.let_pass(60)

    assert job.after_s == [0, 10]


def test_at_rest_for_good_it_puts_down_nothing() -> None:
    job = Job()
    job.meanwhile = [job.wake.ask]

    job.wake.rest()
    job.wake.ask()
    job.wake.turn()

    assert (job.due, job.after_s) == (None, [0])


# -- on the real timetable


def test_a_job_that_is_off_cannot_be_woken() -> None:
    scheduler = make_scheduler({"fulfilments": Turn("fulfilments", Off(), lambda: None)}, UTC, now=NOON)

    assert make_wakeful(scheduler, "fulfilments", every=EVERY, now=lambda: NOON) is None


def test_the_timetable_runs_a_woken_job_between_its_turns_and_never_beside_another() -> None:
    running, most = 0, 0
    ran: list[str] = []
    reached = {1: threading.Event(), 2: threading.Event(), 3: threading.Event()}

    def work(name: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        ran.append(name)
        if name == "fulfilments" and ran.count(name) in reached:
            reached[ran.count(name)].set()
            threading.Event().wait(0.1)  # those who ask now come while it is at work
        running -= 1

    hourly = Every(timedelta(hours=1))
    turns = {name: Turn(name, hourly, lambda name=name: work(name)) for name in ("fulfilments", "stock")}
    scheduler = make_scheduler(turns, UTC, now=datetime.now(UTC))
    wake = make_wakeful(scheduler, "fulfilments", every=timedelta(milliseconds=50), now=lambda: datetime.now(UTC))
    assert wake is not None
    scheduler.start()
    assert reached[1].wait(WAIT_S_MAX)

    for _ in range(100):
        wake.ask()  # while it runs: once more after it
    assert reached[2].wait(WAIT_S_MAX)
    threading.Event().wait(0.3)  # it is at rest
    for _ in range(100):
        wake.ask()
    is_third = reached[3].wait(WAIT_S_MAX)
    threading.Event().wait(0.5)
    wake.rest()
    scheduler.shutdown()

    assert is_third
    # Of the second hundred some may have come after the third run began: one more, and no more.
    assert 3 <= ran.count("fulfilments") <= 4
    assert (most, ran.count("stock")) == (1, 1)
