"""When a job runs: every so often, at the times of a cron line, or never by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, TypeAlias

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from syncd.config.duration import format_duration, parse_duration
from syncd.config.mistake import mistake

INTERVAL_MIN = timedelta(seconds=1)
INTERVAL_MAX = timedelta(days=7)
HINT = 'Write an interval (1m), a cron line of five fields ("15 2 * * *"), or off.'

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Every:
    """Once in every interval."""

    interval: timedelta

    def __str__(self) -> str:
        return format_duration(self.interval)


@dataclass(frozen=True)
class Cron:
    """At the times of a cron line of five fields, in the zone of the config.

    Weekdays are names here, never numbers: cron counts them from Sunday, APScheduler from Monday.
    """

    line: str

    def __str__(self) -> str:
        return self.line


@dataclass(frozen=True)
class Off:
    """Never by itself; `syncd sync JOB` still runs it."""

    def __str__(self) -> str:
        return "off"


When: TypeAlias = Every | Cron | Off


def parse_when(text: str) -> When:
    """Given an entry of the schedule, return when it means. Raise a mistake if it means nothing."""
    words = text.lower().split()
    if words == ["off"]:
        return Off()
    if len(words) == len(_FIELDS):
        return Cron(" ".join(_field(word, field) for word, field in zip(words, _FIELDS, strict=True)))
    if len(words) != 1:
        raise mistake("is not a schedule", HINT)
    interval = parse_duration(words[0])
    if not INTERVAL_MIN <= interval <= INTERVAL_MAX:
        raise mistake("must lie between 1s and 7d", "For rarer runs write a cron line.")
    return Every(interval)


@dataclass(frozen=True)
class _Field:
    """One of a cron line's five fields: its bounds, and the names that stand for numbers."""

    name: str
    least: int
    most: int
    names: dict[str, int]


_DAY_OF_WEEK = _Field("day of week", 0, 7, {name: number for number, name in enumerate(WEEKDAYS)})
_FIELDS = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of month", 1, 31, {}),
    _Field("month", 1, 12, {name: number for number, name in enumerate(MONTHS, start=1)}),
    _DAY_OF_WEEK,
)
_ITEM = re.compile(r"(?:\*|(?P<first>[a-z0-9]+)(?:-(?P<last>[a-z0-9]+))?)(?:/(?P<step>[0-9]{1,2}))?")


def _field(word: str, field: _Field) -> str:
    """Given one field of a cron line, check it and return it in words any scheduler reads alike."""
    wanted: list[int] = []
    for item in word.split(","):
        wanted.extend(_numbers(item, field))
    if field is _DAY_OF_WEEK and word != "*":
        # 7 is Sunday too.
        days = {number % len(WEEKDAYS) for number in wanted}
        return ",".join(WEEKDAYS[day] for day in sorted(days))
    return word


def _numbers(item: str, field: _Field) -> range:
    found = _ITEM.fullmatch(item)
    if found is None:
        raise mistake(f"the {field.name} of the cron line cannot be read", HINT)
    step = int(found["step"] or 1)
    if found["first"] is None:
        first, last = field.least, field.most
    else:
        first = _number(found["first"], field)
        alone = field.most if found["step"] else first
        last = _number(found["last"], field) if found["last"] else alone
    if step < 1 or first > last:
        raise mistake(f"the {field.name} of the cron line goes backwards", HINT)
    return range(first, last + 1, step)


def _number(word: str, field: _Field) -> int:
    number = field.names.get(word, int(word) if word.isascii() and word.isdigit() else -1)
    if not field.least <= number <= field.most:
        raise mistake(f"the {field.name} of the cron line is none", HINT)
    return number


def _read(value: object) -> When:
    if isinstance(value, Every | Cron | Off):
        return value
    if isinstance(value, str):
        return parse_when(value)
    raise mistake("is not a schedule", HINT)


Timetable = Annotated[
    When,
    PlainValidator(_read),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string"}),
]
