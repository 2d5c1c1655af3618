"""What was handed over in X-Series and is not yet shipped in the ERP. A comparison of totals, never of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncd.domain.ids import LocationId, OrderId, OrderLineId, SaleId, ShipmentId
from syncd.domain.journal import CompleteShipment
from syncd.domain.money import ZERO
from syncd.domain.reasons import Reason
from syncd.domain.shipments import Shipment, ShipmentState


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What X-Series says was handed over of one part: a closed sale of ours, per order line with goods."""

    order: OrderId
    sale: SaleId
    invoice_number: str
    locations: frozenset[LocationId]  # that the ERP ships them from
    lines: Mapping[OrderLineId, Decimal]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Both stories side by side, for a person. `shipment` where one is concerned."""

    order: OrderId
    sale: SaleId
    reason: Reason
    detail: str
    shipment: ShipmentId | None = None


@dataclass(frozen=True, slots=True)
class FulfilmentPlan:
    completions: tuple[CompleteShipment, ...]
    disagreements: tuple[Disagreement, ...]
    settled: tuple[SaleId, ...]  # nothing is missing in the ERP any more


def plan_fulfilments(handed_over: Sequence[HandedOver], shipments: Sequence[Shipment]) -> FulfilmentPlan:
    """Missing in the ERP = handed over less shipped over all shipments of its locations, backorders included."""
    by_order: dict[OrderId, list[Shipment]] = {}
    for shipment in shipments:
        by_order.setdefault(shipment.order, []).append(shipment)
    completions: list[CompleteShipment] = []
    disagreements: list[Disagreement] = []
    settled: list[SaleId] = []
    for one in handed_over:
        here = [shipment for shipment in by_order.get(one.order, []) if shipment.location in one.locations]
        missing = _missing(one, here)
        if not missing:
            settled.append(one.sale)
            continue
        chosen = [shipment for shipment in here if shipment.state is ShipmentState.OPEN]
        if not chosen:
            detail = f"sale {one.invoice_number} is handed over; missing in the ERP: {_say(missing)}; no open shipment"
            disagreements.append(Disagreement(one.order, one.sale, Reason.COLLECTED_BUT_CANCELLED, detail))
        elif _held_by(chosen) != missing:
            detail = (
                f"sale {one.invoice_number} handed over what is missing in the ERP: {_say(missing)}; "
                f"open in the ERP: {_say(_held_by(chosen))}"
            )
            disagreements.append(Disagreement(one.order, one.sale, Reason.COMPLETION_DIFFERS, detail, chosen[0].id))
        else:
            completions.extend(
                CompleteShipment(one.order, shipment.id, shipment.lines, one.sale) for shipment in chosen
            )
    return FulfilmentPlan(tuple(completions), tuple(disagreements), tuple(settled))


def _missing(one: HandedOver, here: Sequence[Shipment]) -> dict[OrderLineId, Decimal]:
    shipped = _held_by([shipment for shipment in here if shipment.state is ShipmentState.DONE])
    missing = {line: quantity - shipped.get(line, ZERO) for line, quantity in one.lines.items()}
    return {line: quantity for line, quantity in missing.items() if quantity > 0}


def _held_by(shipments: Sequence[Shipment]) -> dict[OrderLineId, Decimal]:
    held: dict[OrderLineId, Decimal] = {}
    for shipment in shipments:
        for line in shipment.lines:
            held[line.order_line] = held.get(line.order_line, ZERO) + line.quantity
    return {line: quantity for line, quantity in held.items() if quantity}


def _say(quantities: Mapping[OrderLineId, Decimal]) -> str:
    return ", ".join(f"{quantity:f} of line {line}" for line, quantity in sorted(quantities.items()))
