"""A time zone by its IANA name."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from syncd.config.mistake import mistake
from syncd.config.suggestion import suggest


def parse_zone(name: str) -> ZoneInfo:
    """Given an IANA name, return the zone. Raise a mistake if there is none of that name."""
    known = available_timezones()
    if name not in known:
        guess = suggest(name, sorted(known))
        raise mistake("is not a time zone", guess or "Write an IANA name, for example Pacific/Auckland.")
    return ZoneInfo(name)


def _read(value: object) -> object:
    return parse_zone(value) if isinstance(value, str) else value


Zone = Annotated[
    ZoneInfo,
    BeforeValidator(_read),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string"}),
]
