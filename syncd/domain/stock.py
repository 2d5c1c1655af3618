"""Stock levels of both sides. A level is per product and place.

They come in hundreds of thousands, so they are tuples, and a quantity is an `int` where it is whole: the store keeps
all of them as integers in 1/100,000 (`scaled`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from syncd.domain.ids import LocationId, OrderId, OutletId, ProductId, Sku

QUANTITY_SCALE = 100_000  # 5 decimals, as X-Series shows (FACTS 17)
PIECES_MAX = 10**12  # more is nonsense; a hundred such sums still fit into the 64 bits of a column

Quantity: TypeAlias = int | Decimal
NO_NUMBER = Decimal("NaN")  # where a level stands and no number can be read


class BadQuantity(ValueError):
    """What was said of a quantity cannot be counted with."""


def scaled(quantity: Quantity) -> int:
    """A quantity in 1/100,000. Raise BadQuantity when that is not exactly what was said, or absurdly many."""
    if isinstance(quantity, Decimal) and not quantity.is_finite():
        raise BadQuantity(f"not a quantity: {quantity}")
    if not -PIECES_MAX <= quantity <= PIECES_MAX:
        raise BadQuantity(f"a quantity too large to be true: {quantity}")
    exact = quantity * QUANTITY_SCALE
    whole = int(exact)
    if whole != exact:
        raise BadQuantity(f"a quantity with more than 5 decimals: {quantity}")
    return whole


def unscaled(number: int) -> Decimal:
    return Decimal(number) / QUANTITY_SCALE


class ErpItem(NamedTuple):
    """A product that the ERP stocks, by the ERP's own number of it.

    The number stays the product's for ever. An ERP without numbers has its adapter derive one from what it has.
    """

    number: int
    sku: Sku


class BadLevel(NamedTuple):
    """A level that makes no sense: what the side calls it, and what was said."""

    item: str
    said: str


@dataclass(frozen=True, slots=True)
class OnHandPage:
    """What stands at one location: (number of the item, quantity), ascending. An item that is gone is not in it."""

    levels: Sequence[tuple[int, Quantity]]
    bad: Sequence[BadLevel] = ()


class Reserved(NamedTuple):
    """So much of an item is promised to one order and still stands on the shelf."""

    location: LocationId
    item: int
    order: OrderId  # empty when it is promised to something that is no order
    quantity: Decimal


class RetailLevel(NamedTuple):
    """What X-Series says an outlet can sell, and how much of that it still has to procure."""

    outlet: OutletId
    product: ProductId
    level: Quantity | None  # None: there is none any more; no number (NaN): nobody can say
    to_procure: Quantity
    version: int
