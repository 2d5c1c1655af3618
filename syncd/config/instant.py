"""A moment that is the same everywhere: date, time and offset."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, PlainSerializer, WithJsonSchema

from syncd.config.mistake import mistake

EXAMPLE = "2026-12-01T00:00:00+13:00"


def parse_instant(text: str) -> datetime:
    """Given an ISO 8601 text with an offset, return the moment. Raise a mistake if it has none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise mistake("is not a date and time", f"Write it as {EXAMPLE}.") from None
    if moment.utcoffset() is None:
        # Guessing a zone here moves go-live by hours, and orders of those hours become sales or do not.
        raise mistake("has no offset from UTC", f"Add the offset, as in {EXAMPLE}, or Z for UTC.")
    return moment


def _read(value: object) -> object:
    return parse_instant(value) if isinstance(value, str) else value


def _write(moment: datetime) -> str:
    return moment.isoformat()


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_read),
    PlainSerializer(_write, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
