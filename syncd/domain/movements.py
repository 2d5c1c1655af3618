"""What moved a level in X-Series and was no sale: term M. From completed consignments and from adjustments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from syncd.domain.ids import OutletId, ProductId
from syncd.domain.money import ZERO
from syncd.domain.stock_changes import (
    OUR_REASONS,
    AdjustmentReason,
    Consignment,
    ConsignmentKind,
    ConsignmentLine,
    ConsignmentState,
    StockAdjustment,
)


@dataclass(frozen=True, slots=True)
class Movement:
    """So many units more (or fewer) at an outlet than before."""

    source: str  # names what it was, once and for all
    outlet: OutletId
    product: ProductId
    quantity: Decimal | None  # None: nobody says by how much
    words: str  # for people
    moved_at: datetime


_WORDS = {
    ConsignmentKind.SUPPLIER: "received from a supplier",
    ConsignmentKind.TRANSFER: "transfer",
    ConsignmentKind.COUNT: "count",
    ConsignmentKind.RETURN: "returned to a supplier",
    ConsignmentKind.OTHER: "consignment",
}


def moved_levels(consignment: Consignment) -> bool:
    """True when its goods have moved, as far as the list says."""
    return consignment.state is ConsignmentState.DONE


def movements_of(
    consignment: Consignment, lines: Iterable[ConsignmentLine], *, seen_at: datetime
) -> Iterator[Movement]:
    """What a completed consignment did to the levels; `seen_at` stands in where it does not say when.

    A count sets the level to what was found: it moved by what that is above what was expected, where that is told.
    """
    moved_at = consignment.received_at or seen_at
    source, name = f"consignment {consignment.id}", f"{_WORDS[consignment.kind]} {consignment.name}".strip()
    for line in lines:
        for outlet, quantity, words in _changes(consignment, line, name):
            if quantity is None or (quantity != 0 and quantity.is_finite()):
                yield Movement(source, outlet, line.product, quantity, words, moved_at)


def _changes(consignment: Consignment, line: ConsignmentLine, name: str) -> list[tuple[OutletId, Decimal | None, str]]:
    expected, received = line.expected, line.received
    match consignment.kind:
        case ConsignmentKind.COUNT:
            if received is None:
                return []
            if expected is None:
                return [(consignment.outlet, None, f"{name}, found {received:f}")]
            return [(consignment.outlet, received - expected, name)]
        case ConsignmentKind.RETURN:
            return [(consignment.outlet, -(received if received is not None else expected or ZERO), name)]
        case ConsignmentKind.TRANSFER if consignment.source_outlet is not None:
            return [
                (consignment.outlet, received or ZERO, f"{name}, in"),
                (consignment.source_outlet, -(expected or ZERO), f"{name}, out"),
            ]
    return [(consignment.outlet, received or ZERO, name)]


def movement_of(
    adjustment: StockAdjustment, reasons: dict[str, AdjustmentReason], *, seen_at: datetime
) -> Movement | None:
    """What an adjustment did; None of our own, which bring X-Series to what the ERP says."""
    reason = reasons.get(adjustment.custom_reason) if adjustment.custom_reason else None
    if reason is not None and reason.name in OUR_REASONS:
        return None
    words = f"adjustment, {reason.name if reason else adjustment.reason.lower().replace('_', ' ')}"
    return Movement(
        f"adjustment {adjustment.id}",
        adjustment.outlet,
        adjustment.product,
        adjustment.quantity,
        words,
        adjustment.created_at or seen_at,
    )
