"""When jobs run: intervals at once and late rather than never, cron lines in the config's zone, `off` never."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from syncd.config.timetable import Cron, Every, Off, When, parse_when
from syncd.daemon.timetable import JITTER_S_MAX, Turn, make_scheduler

AUCKLAND = ZoneInfo("Pacific/Auckland")
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
MINUTE = Every(timedelta(minutes=1))


def a_timetable(**when: When) -> BackgroundScheduler:
    turns = {name: Turn(name, one, lambda: None) for name, one in when.items()}
    return make_scheduler(turns, AUCKLAND, now=NOW)


def begun(scheduler: BackgroundScheduler) -> BackgroundScheduler:
    """Started, so that it knows its next runs, and paused, so that it makes none."""
    scheduler.start(paused=True)
    return scheduler


def test_a_job_of_an_interval_begins_at_once() -> None:
    scheduler = begun(a_timetable(orders=MINUTE))

    assert scheduler.get_job("orders").next_run_time == NOW
    scheduler.shutdown()


def test_a_job_of_a_cron_line_waits_for_its_time_in_the_zone_of_the_config() -> None:
    scheduler = begun(a_timetable(sweep=Cron("0 3 * * *")))

    job = scheduler.get_job("sweep")
    assert isinstance(job.trigger, CronTrigger)
    due = job.trigger.get_next_fire_time(None, NOW)
    assert due == datetime(2026, 12, 2, 3, tzinfo=AUCKLAND)
    scheduler.shutdown()


def test_a_weekday_is_the_day_that_the_config_names() -> None:
    scheduler = a_timetable(sweep=parse_when("0 3 * * 0"))  # cron counts from Sunday, APScheduler from Monday

    due = scheduler.get_jobs()[0].trigger.get_next_fire_time(None, NOW)

    assert due.strftime("%A %H:%M") == "Sunday 03:00"


def test_a_cron_line_in_an_hour_that_the_clock_skips_still_has_a_next_time() -> None:
    before_spring = datetime(2026, 9, 26, 0, tzinfo=UTC)  # Auckland goes from 02:00 to 03:00 on the 27th

    due = a_timetable(sweep=Cron("30 2 * * *")).get_jobs()[0].trigger.get_next_fire_time(None, before_spring)

    assert due is not None
    assert due - before_spring < timedelta(days=2)


NIGHT = datetime(2026, 12, 1, 3, tzinfo=AUCKLAND)


@pytest.mark.parametrize(
    ("last", "is_made_up"),
    [
        (NIGHT - timedelta(days=1), True),
        (NIGHT - timedelta(minutes=1), True),
        (NIGHT + timedelta(minutes=5), False),
        (None, False),
    ],
    ids=["yesterday's was the last", "stopped just before", "tonight's was done", "never waited for"],
)
def test_a_turn_that_fell_due_while_no_daemon_ran_is_made_up_for_at_its_start(
    last: datetime | None, is_made_up: bool
) -> None:
    now = NIGHT + timedelta(hours=6)
    turn = Turn("sweep", Cron("0 3 * * *"), lambda: None, last)

    [job] = begun(scheduler := make_scheduler({"sweep": turn}, AUCKLAND, now=now)).get_jobs()

    assert (job.next_run_time == now) is is_made_up
    scheduler.shutdown()


def test_a_job_that_is_off_is_not_in_the_timetable() -> None:
    assert [job.id for job in a_timetable(stock=Off(), orders=MINUTE).get_jobs()] == ["orders"]


@pytest.mark.parametrize("when", [MINUTE, Cron("0 3 * * *")], ids=["interval", "cron"])
def test_a_missed_turn_is_made_up_for_once_however_late(when: When) -> None:
    scheduler = begun(a_timetable(orders=when))

    job = scheduler.get_job("orders")

    assert (job.max_instances, job.coalesce, job.misfire_grace_time) == (1, True, None)
    scheduler.shutdown()


@pytest.mark.parametrize(
    ("interval", "jitter"), [("1s", None), ("19s", None), ("1m", 3), ("15m", JITTER_S_MAX), ("7d", JITTER_S_MAX)]
)
def test_an_interval_is_spread_by_a_twentieth_within_a_limit(interval: str, jitter: int | None) -> None:
    [job] = a_timetable(orders=parse_when(interval)).get_jobs()

    assert isinstance(job.trigger, IntervalTrigger)
    assert job.trigger.jitter == jitter


def test_jobs_of_one_account_never_run_side_by_side() -> None:
    running, most, done = 0, 0, threading.Event()
    ran: list[str] = []

    def work(name: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        threading.Event().wait(0.05)
        running -= 1
        ran.append(name)
        if len(ran) == 3:
            done.set()

    names = ("orders", "stock", "fulfilments")
    turns = {name: Turn(name, MINUTE, lambda name=name: work(name)) for name in names}
    scheduler = make_scheduler(turns, UTC, now=datetime.now(UTC))
    scheduler.start()
    finished = done.wait(10)
    scheduler.shutdown()

    assert finished
    assert (sorted(ran), most) == (sorted(names), 1)


def test_a_start_long_after_the_first_turn_was_due_still_runs_it() -> None:
    ran = threading.Event()
    scheduler = make_scheduler({"orders": Turn("orders", MINUTE, ran.set)}, UTC, now=NOW - timedelta(days=400))

    scheduler.start()
    was_run = ran.wait(10)
    scheduler.shutdown()

    assert was_run
