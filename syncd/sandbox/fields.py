"""Reading the fields of a posted object, each refused with 400 that names it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from syncd.sandbox.exchange import Refusal, Row, moment, number
from syncd.sandbox.world import is_uuid

T = TypeVar("T")


def object_in(fields: Row, name: str) -> Row:
    """Read an object that must be there."""
    found = fields.get(name)
    if not isinstance(found, dict):
        raise Refusal(400, f"{name} is required")
    return found


def text_in(fields: Row, name: str, *, length_max: int | None = None, required: bool = False) -> str | None:
    """Read a text; null is as good as absent. A required one may not be empty."""
    found = fields.get(name)
    if found is None and not required:
        return None
    if not isinstance(found, str) or (required and not found.strip()):
        raise Refusal(400, f"{name} is required" if found in (None, "") else f"{name} must be a string")
    if length_max is not None and len(found) > length_max:
        raise Refusal(400, f"{name} is longer than {length_max}")
    return found


def uuid_in(fields: Row, name: str, *, required: bool = False) -> str | None:
    """Read an id."""
    found = fields.get(name)
    if found is None and not required:
        return None
    if not is_uuid(found):
        raise Refusal(400, f"{name} must be a uuid")
    return str(found)


def number_in(fields: Row, name: str, default: Decimal | None = None) -> Decimal:
    """Read a number, or one in a string (FACTS 18)."""
    found = number(fields[name]) if fields.get(name) is not None else default
    if found is None:
        raise Refusal(400, f"{name} must be a number")
    return found


def time_in(fields: Row, name: str) -> datetime | None:
    """Read a time with a zone."""
    if fields.get(name) is None:
        return None
    found = moment(fields[name])
    if found is None:
        raise Refusal(400, f"{name} must be an RFC 3339 time")
    return found


def flag_in(fields: Row, name: str, *, default: bool | None = None) -> bool:
    """Read true or false; without a default it must be there."""
    found = fields.get(name, default)
    if not isinstance(found, bool):
        raise Refusal(400, f"{name} must be true or false")
    return found


def word_in(fields: Row, name: str, words: Collection[str]) -> str:
    """Read one of several words."""
    found = fields.get(name)
    if not isinstance(found, str) or found not in words:
        raise Refusal(400, f"{name} is one of {', '.join(words)}")
    return found


def each_in(fields: Row, name: str, read: Callable[[Row], T]) -> tuple[T, ...] | None:
    """Read a list of objects, each by a reader; None when it is not there."""
    found = fields.get(name)
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Refusal(400, f"{name} must be a list of objects")
    return tuple(read(each) for each in found)


def refuse_unknown(fields: Row, known: Collection[str]) -> None:
    """Hold a schema that allows no other properties."""
    for name in fields:
        if name not in known:
            raise Refusal(400, f"{name} is not a property here")
