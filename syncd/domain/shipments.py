"""What an ERP hands over for an order from one location."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from syncd.domain.ids import LocationId, OrderId, OrderLineId, ShipmentId


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
