"""What was handed over in X-Series and is not yet shipped in the ERP. A comparison of totals, never of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from syncd.domain.ids import LocationId, OrderId, OrderLineId, SaleId, ShipmentId
from syncd.domain.journal import CompleteShipment, FulfilSale
from syncd.domain.money import ZERO
from syncd.domain.reasons import Reason
from syncd.domain.shipments import Shipment, ShipmentLine, ShipmentState, say_quantities, totals

Quantities = Mapping[OrderLineId, Decimal]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What X-Series says was handed over of one part, in all so far, per order line with goods."""

    order: OrderId
    sale: SaleId
    invoice_number: str
    locations: frozenset[LocationId]  # that the ERP ships them from
    lines: Quantities
    ordered: Quantities = field(default_factory=dict)  # by the ERP's order, at all its locations, cancelled left out
    cancelled: Quantities = field(default_factory=dict)


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
    hand_overs: tuple[FulfilSale, ...] = ()  # what the ERP has shipped, to be handed over in X-Series


def plan_fulfilments(handed_over: Sequence[HandedOver], shipments: Sequence[Shipment]) -> FulfilmentPlan:
    """Missing in the ERP = handed over less shipped over all shipments of its locations, backorders included.

    What the open shipments hold of it is completed on them, exactly that; what no shipment holds is for a person.
    """
    by_order: dict[OrderId, list[Shipment]] = {}
    for shipment in shipments:
        by_order.setdefault(shipment.order, []).append(shipment)
    completions: list[CompleteShipment] = []
    disagreements: list[Disagreement] = []
    settled: list[SaleId] = []
    for one in handed_over:
        here = [shipment for shipment in by_order.get(one.order, []) if shipment.location in one.locations]
        missing = still_missing(one, here)
        if not missing:
            settled.append(one.sale)
            continue
        open_here = [shipment for shipment in here if shipment.state is ShipmentState.OPEN]
        shares, left = _allot(missing, open_here)
        for shipment in open_here:
            if share := shares.get(shipment.id):
                lines = tuple(ShipmentLine(line, quantity) for line, quantity in share.items())
                completions.append(CompleteShipment(one.order, shipment.id, lines, one.sale))
        if left:
            disagreements.append(_disagree(one, missing, left, here))
    return FulfilmentPlan(tuple(completions), tuple(disagreements), tuple(settled))


def still_missing(one: HandedOver, here: Sequence[Shipment]) -> dict[OrderLineId, Decimal]:
    """Handed over and not shipped by any of these shipments, which are those of its locations."""
    shipped = _held_by(here, ShipmentState.DONE)
    missing = {line: quantity - shipped.get(line, ZERO) for line, quantity in one.lines.items()}
    return {line: quantity for line, quantity in missing.items() if quantity > 0}


def _held_by(shipments: Sequence[Shipment], state: ShipmentState) -> dict[OrderLineId, Decimal]:
    return totals(line for shipment in shipments if shipment.state is state for line in shipment.lines)


def _allot(
    missing: Quantities, open_here: Sequence[Shipment]
) -> tuple[dict[ShipmentId, dict[OrderLineId, Decimal]], dict[OrderLineId, Decimal]]:
    """Which open shipment gives how much of what is missing, and what is left that none of them holds.

    A shipment that left whole comes first: nothing of it has to be set back. Then the oldest gives a part.
    """
    left = dict(missing)
    shares: dict[ShipmentId, dict[OrderLineId, Decimal]] = {}
    for must_be_whole in (True, False):
        for shipment in sorted(open_here, key=_age):
            held = totals(shipment.lines)
            is_whole = all(quantity <= left.get(line, ZERO) for line, quantity in held.items())
            if shipment.id in shares or (must_be_whole and not is_whole):
                continue
            share = {line: min(quantity, left.get(line, ZERO)) for line, quantity in held.items()}
            share = {line: quantity for line, quantity in share.items() if quantity > 0}
            if share:
                shares[shipment.id] = share
                left = {line: quantity - share.get(line, ZERO) for line, quantity in left.items()}
    return shares, {line: quantity for line, quantity in left.items() if quantity > 0}


def _age(shipment: Shipment) -> tuple[int, str]:
    """Ids that are numbers rise with time, and grow longer."""
    return len(shipment.id), shipment.id


def _disagree(one: HandedOver, missing: Quantities, left: Quantities, here: Sequence[Shipment]) -> Disagreement:
    open_there, done = _held_by(here, ShipmentState.OPEN), _held_by(here, ShipmentState.DONE)
    ordered = {line: _ever_ordered(one, line) for line in one.lines}
    more = {line: quantity for line, quantity in ordered.items() if one.lines[line] > quantity}
    cancelled = {line: one.cancelled[line] for line in left if one.cancelled.get(line)}
    story = [
        f"sale {one.invoice_number} handed over what is missing in the ERP: {say_quantities(missing)}",
        f"open in the ERP: {say_quantities(open_there)}",
        *([f"shipped before: {say_quantities(done)}"] if done else []),
        *([f"ordered: {say_quantities(more)}"] if more else []),
        *([f"cancelled in the ERP: {say_quantities(cancelled)}"] if cancelled else []),
    ]
    if more:
        reason = Reason.MORE_HANDED_OVER
    elif cancelled or not (open_there or done):
        reason = Reason.COLLECTED_BUT_CANCELLED
    else:
        reason = Reason.SHIPPED_OTHERWISE if any(line in done for line in left) else Reason.COMPLETION_DIFFERS
    concerned = next((shipment.id for shipment in here if shipment.state is ShipmentState.OPEN), None)
    return Disagreement(one.order, one.sale, reason, "; ".join(story), concerned)


def _ever_ordered(one: HandedOver, line: OrderLineId) -> Decimal:
    if line not in one.ordered:
        return one.lines[line]  # nobody said: nothing is concluded from it
    return one.ordered[line] + one.cancelled.get(line, ZERO)
