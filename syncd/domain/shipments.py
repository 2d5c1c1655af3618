"""What an ERP hands over for an order from one location."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from syncd.domain.ids import LocationId, OrderId, OrderLineId, ShipmentId
from syncd.domain.money import ZERO


class ShipmentState(StrEnum):
    OPEN = "open"  #: can still be completed
    DONE = "done"  #: goods have left
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    order_line: OrderLineId
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Shipment:
    id: ShipmentId
    number: str
    order: OrderId
    location: LocationId
    state: ShipmentState
    step: str  # the ERP's own word for where it stands, for people
    lines: tuple[ShipmentLine, ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """Take this shipment, and no other, to its end with exactly these quantities; what else it holds stays open.

    `mark` is written on the shipment first, so that it can be found by it later.
    """

    shipment: ShipmentId
    lines: tuple[ShipmentLine, ...]
    mark: str


def totals(lines: Iterable[ShipmentLine]) -> dict[OrderLineId, Decimal]:
    """How much there is of each order line; one with nothing is left out."""
    found: dict[OrderLineId, Decimal] = {}
    for line in lines:
        found[line.order_line] = found.get(line.order_line, ZERO) + line.quantity
    return {line: quantity for line, quantity in found.items() if quantity}


def say_quantities(quantities: Mapping[OrderLineId, Decimal]) -> str:
    """For people: `2 of line 1, 3 of line 2`."""
    return ", ".join(f"{quantity:f} of line {line}" for line, quantity in sorted(quantities.items())) or "nothing"
