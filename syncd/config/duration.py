"""A span of time as people write it: `500ms`, `30s`, `10m`, `26h`, `30d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from syncd.config.mistake import mistake

UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
PATTERN = r"^[0-9]{1,9}(ms|s|m|h|d)$"
DURATION_MAX = timedelta(days=3660)


def parse_duration(text: str) -> timedelta:
    """Given `10m` or the like, return the span. Raise a mistake if it is none."""
    found = re.fullmatch(PATTERN, text)
    if found is None:
        raise mistake("is not a duration", "Write a whole number and a unit: 500ms, 30s, 10m, 26h or 30d.")
    unit = UNITS[found[1]]
    count = int(text.removesuffix(found[1]))
    if count > DURATION_MAX // unit:
        raise mistake(f"is longer than {format_duration(DURATION_MAX)}")
    return count * unit


def format_duration(span: timedelta) -> str:
    """The shortest text that means this span, to the millisecond."""
    if not span:
        return "0s"
    for name, unit in UNITS.items():
        if not span % unit:
            return f"{span // unit}{name}"
    return f"{span // UNITS['ms']}ms"


def between(least: str, most: str) -> AfterValidator:
    """A validator that refuses a span outside of these two."""

    def check(span: timedelta) -> timedelta:
        if not parse_duration(least) <= span <= parse_duration(most):
            raise mistake(f"must lie between {least} and {most}")
        return span

    return AfterValidator(check)


def _read(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[
    timedelta,
    BeforeValidator(_read),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN}),
]
