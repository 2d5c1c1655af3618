"""Domain values to JSON text and back. Reading checks the types again: a row is not trusted because we wrote it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from syncd.domain.stock import Quantity, scaled, unscaled
from syncd.errors import StoreError

T = TypeVar("T")

_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def encode(value: object) -> str:
    return _encoder.encode(value).decode()


def decode(text: str, kind: type[T]) -> T:
    """Raise StoreError when the row does not hold a `kind`."""
    try:
        return msgspec.json.decode(text.encode(), type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise StoreError(f"a stored {kind.__name__} cannot be read: {error}", hint="Run `syncd check`.") from error


def digest(value: object) -> str:
    return hashlib.sha256(_encoder.encode(value)).hexdigest()


def to_text(moment: datetime) -> str:
    """UTC with microseconds, so that texts sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def to_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def scale(quantity: Quantity) -> int:
    """A quantity as the tables have it. Raise ValueError when that would not be exact."""
    return scaled(quantity)


def unscale(number: int) -> Decimal:
    return unscaled(number)
