"""One request and its answer, free of any web framework, and how JSON is read and written.

Numbers are `Decimal` from the first byte to the last: no amount ever passes through a float.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import msgspec
from starlette.datastructures import QueryParams

Row = dict[str, Any]

SHOWN_PLACES = Decimal("0.00001")  # the vendor's own examples carry five decimals (FACTS 20)
NUMBER_ABS_MAX = Decimal(10) ** 15  # no amount or quantity of a shop is larger; keeps rounding exact
VERSION_MAX = 2**63 - 1  # cursors are int64 (FACTS 2)

_encoder = msgspec.json.Encoder(decimal_format="number")


NO_ENDPOINT = "There is no such endpoint"


class Refusal(Exception):
    """The server says no. FACTS 8: the body is `{"error", "message"}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


ERROR_WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a JSON body and its status."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def error(cls, status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The vendor's common error shape (FACTS 8)."""
        body = {"error": ERROR_WORDS.get(status, "Error"), "message": message}
        return cls(body, status, headers or {})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an OAuth application with the scopes it was granted, or a personal token, which may do anything."""

    app_id: str | None = None
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request, taken apart. `body` is None when there was none or it was not JSON; `raw` is it as it came."""

    path: Mapping[str, Any]
    query: QueryParams
    body: Any
    fault: str | None = None
    caller: Caller = Caller()
    raw: bytes = b""

    def fields(self) -> Row:
        """Return the body as an object, or refuse."""
        if not isinstance(self.body, dict):
            raise Refusal(400, "The body must be a JSON object")
        return self.body

    def text(self, name: str) -> str | None:
        """Return a query parameter, None when absent or empty."""
        return self.query.get(name) or None

    def texts(self, name: str) -> list[str]:
        """Return every value of a repeatable query parameter."""
        return [value for value in self.query.getlist(name) if value]

    def flag(self, name: str) -> bool:
        """Return a yes/no query parameter; the vendor's examples write both `true` and `1`."""
        return (self.query.get(name) or "").lower() in {"true", "1"}

    def whole(self, name: str, default: int) -> int:
        """Return a whole-number query parameter, or refuse what is not one."""
        return whole(self.query.get(name) or default, name)


def whole(value: object, name: str) -> int:
    """Read a whole number of zero or more from a query or a body."""
    try:
        found = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else -1
    except ValueError:
        found = -1
    if not 0 <= found <= VERSION_MAX:
        raise Refusal(400, f"{name} must be a whole number")
    return found


def number(value: object) -> Decimal | None:
    """Read an amount or quantity; None when it is not a number.

    Numeric strings count: the vendor's dated tutorials write amounts as strings (FACTS 18).
    """
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < NUMBER_ABS_MAX else None


def shown(value: Decimal) -> Decimal | int:
    """Return the number as the API shows it: five decimals at most, no trailing zeros."""
    rounded = value.quantize(SHOWN_PLACES, rounding=ROUND_HALF_UP).normalize()
    return int(rounded) if rounded == rounded.to_integral_value() else rounded


def plain(value: Decimal) -> str:
    """Return the exact number as text without an exponent, for evidence."""
    return format(value, "f")


def moment(value: object) -> datetime | None:
    """Read an RFC 3339 time; None when it is not one or has no zone (FACTS 8: all times are UTC)."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def offset_time(at: datetime) -> str:
    """Write a time as sales show it: 2014-09-18T01:37:56+00:00 (FACTS 8)."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def zulu_time(at: datetime) -> str:
    """Write a time as fulfilments show it: 2024-01-15T10:30:00Z (dated description)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def decode(raw: bytes) -> Any:
    """Read JSON with exact numbers; raises ValueError on anything else."""
    return json.loads(raw, parse_float=Decimal, parse_constant=_refuse_constant)


def encode(value: object) -> bytes:
    """Write JSON; a Decimal becomes a plain number."""
    return _encoder.encode(value)
