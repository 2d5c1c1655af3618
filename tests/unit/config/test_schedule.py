"""Spans of time, shares, and times to run."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from syncd.config.duration import format_duration, parse_duration
from syncd.config.percentage import format_percentage, parse_percentage
from syncd.config.timetable import Cron, Every, Off, parse_when
from tests.unit.config.config_file import RIGHT, loaded, refused


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("26h", timedelta(hours=26)),
        ("30d", timedelta(days=30)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text, span):
    assert parse_duration(text) == span
    assert format_duration(span) == text


@given(st.integers(min_value=0, max_value=10**9 - 1))
def test_a_duration_written_and_read_again_is_the_same(milliseconds):
    span = timedelta(milliseconds=milliseconds)

    assert parse_duration(format_duration(span)) == span


@pytest.mark.parametrize("text", ["", "10", "10 m", "-1s", "1.5h", "1h30m", "m", "10M", "1s\n", "１s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(PydanticCustomError):
        parse_duration(text)


@pytest.mark.parametrize(("text", "share"), [("10%", "0.1"), ("0%", "0"), ("100%", "1"), ("2.5%", "0.025")])
def test_a_percentage_is_kept_as_a_fraction(text, share):
    assert parse_percentage(text) == Decimal(share)
    assert format_percentage(Decimal(share)) == text


def test_a_job_runs_at_an_interval_at_the_times_of_a_cron_line_or_never(tmp_path):
    text = RIGHT + 'schedule: {orders: 30s, stock: "15 2 * * *", catalogue: off}\n'

    schedule = loaded(tmp_path, text).schedule

    assert schedule.orders == Every(timedelta(seconds=30))
    assert schedule.fulfilments == Every(timedelta(minutes=1))
    assert schedule.stock == Cron("15 2 * * *")
    assert schedule.catalogue == Off()


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("*/5 8-18 1,15 jan-mar *", "*/5 8-18 1,15 jan-mar *"),
        ("0 3 * * 0", "0 3 * * sun"),
        ("0 3 * * 7", "0 3 * * sun"),
        ("0 3 * * 1-5", "0 3 * * mon,tue,wed,thu,fri"),
        ("0 3 * * 6,Sun", "0 3 * * sun,sat"),
        ("0 3 * * 5-7", "0 3 * * sun,fri,sat"),
    ],
)
def test_weekdays_become_names_because_schedulers_count_them_differently(line, meant):
    assert parse_when(line) == Cron(meant)


@pytest.mark.parametrize(
    "line",
    ["60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *",
     "a * * * *", "* * * * mondays", "1,,2 * * * *", "* * * *", "* * * * * *", "0s", "8d", "soon", ""],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(tmp_path, line):
    (found,) = refused(tmp_path, RIGHT + f'schedule:\n  stock: "{line}"\n')

    assert found.startswith("acme.yaml:21:10: schedule.stock: ")
