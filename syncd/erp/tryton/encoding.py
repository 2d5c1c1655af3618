"""Tryton's JSON: times, dates and amounts are objects with a `__class__`; quantities are plain JSON numbers.

Nothing here ever becomes a float: a number with a fraction is read into a `Decimal` from its text, and a `Decimal`
is written as a number with the same text. Times carry no zone and are UTC. (Tryton 8.2, verified.)
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NoReturn

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

Json = Any  # what the wire carries, before `rows.py` has given it a type


class _Envelope(Struct):
    result: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET


_envelope = msgspec.json.Decoder(_Envelope)

_DAY = ("year", "month", "day")
_TIME = (*_DAY, "hour", "minute", "second", "microsecond")
_PLAIN = frozenset({int, str, bool, type(None)})
_encoder = msgspec.json.Encoder(decimal_format="number")
_canonical = msgspec.json.Encoder(decimal_format="number", order="sorted")
_tolerant = json.JSONDecoder(parse_float=Decimal, parse_constant=str)
_decoder = json.JSONDecoder(
    parse_float=Decimal,
    parse_constant=lambda name: _refuse(name),
    object_hook=lambda value: _from_wire(value),
)


def encode(value: Json) -> bytes:
    return _encoder.encode(_to_wire(value))


def canonical(value: Json) -> bytes:
    """The same bytes for the same value, in whatever order its fields came."""
    return _canonical.encode(_to_wire(value))


def decode(content: bytes) -> Json:
    """Read an answer, or raise ValueError when it is not Tryton's JSON."""
    try:
        return _decoder.decode(content.decode())
    except (TypeError, KeyError, ArithmeticError) as error:
        raise ValueError(f"not a value of Tryton's JSON: {error!r}") from error


def raw_result(content: bytes) -> bytes | None:
    """The result of a JSON-RPC answer as it came; None when there is none, but an error or nonsense."""
    try:
        found = _envelope.decode(tolerated(content))
    except msgspec.DecodeError:
        return None
    return bytes(found.result) if isinstance(found.result, Raw) and found.error is UNSET else None


def tolerated(content: bytes) -> bytes:
    """The same JSON; NaN and Infinity, which are none, become text, so that they spoil only their own row."""
    if b"NaN" not in content and b"Infinity" not in content:
        return content
    try:
        return _encoder.encode(_tolerant.decode(content.decode()))
    except ValueError:
        return content


def _to_wire(value: Json) -> Json:
    match value:
        case datetime():
            moment = value.astimezone(UTC)
            return {"__class__": "datetime"} | {part: getattr(moment, part) for part in _TIME}
        case date():
            return {"__class__": "date"} | {part: getattr(value, part) for part in _DAY}
        case dict():
            return {key: _to_wire(item) for key, item in value.items()}
        case list() | tuple():
            plain = _PLAIN.issuperset(map(type, value))  # thousands of ids are passed on as they are
            return value if plain else [_to_wire(item) for item in value]
    return value


def _from_wire(value: dict[str, Json]) -> Json:
    match value.get("__class__"):
        case None:
            return value
        case "Decimal":
            return Decimal(value["decimal"])
        case "datetime":
            return datetime(*(value[part] for part in _TIME)).replace(tzinfo=UTC)  # noqa: DTZ001 - said in the same breath
        case "date":
            return date(*(value[part] for part in _DAY))
        case "bytes":
            return base64.b64decode(value["base64"])
        case "timedelta":
            return value
    raise ValueError(f"a class of value we do not know: {value['__class__']}")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that can be counted with")
