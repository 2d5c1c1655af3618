"""Domain values to JSON text and back. Reading checks the types again: a row is not trusted because we wrote it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from syncd.errors import StoreError
from syncd.store.tables import QUANTITY_SCALE

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


def scale(quantity: Decimal) -> int:
    """A quantity in 1/100,000. Raise ValueError when it does not fit exactly into 64 bits with 5 decimals."""
    if not quantity.is_finite():
        raise ValueError(f"not a quantity: {quantity}")
    scaled = quantity * QUANTITY_SCALE
    if scaled != scaled.to_integral_value() or abs(scaled) >= 2**63:
        raise ValueError(f"a quantity with more digits than 5 decimals, or too large: {quantity}")
    return int(scaled)


def unscale(scaled: int) -> Decimal:
    return Decimal(scaled) / QUANTITY_SCALE
