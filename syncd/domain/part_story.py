"""What both sides say of one part: how much was handed over in X-Series, how much the ERP has shipped. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from syncd.domain.identity import Part
from syncd.domain.ids import LocationId, OrderLineId, SaleId, SaleLineId
from syncd.domain.journal import FulfilSale
from syncd.domain.money import ZERO
from syncd.domain.plan_fulfilments import Disagreement, HandedOver
from syncd.domain.reasons import Reason
from syncd.domain.sales import Fulfilment
from syncd.domain.shipments import say_quantities


@dataclass(frozen=True, slots=True)
class Directions:
    """Which hand-overs are told to the other side, and whether X-Series can do it in part (dated)."""

    to_erp: bool
    to_retail: bool
    in_part: bool


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """A line of an order with goods, as far as hand-overs need it. One from two locations is two with one id."""

    id: OrderLineId
    location: LocationId | None
    quantity: Decimal
    shipped: Decimal
    cancelled: Decimal


@dataclass(frozen=True, slots=True)
class PartStory:
    """A part with its standing sale and its order, as the store has them."""

    part: Part
    generation: int
    sale: SaleId
    invoice_number: str
    is_closed: bool
    names_hand_over: bool  # the sale says that it is for pickup or dispatch; when closed, it was handed over
    lines: tuple[tuple[OrderLineId, SaleLineId, Decimal], ...]  # of the sale, as last verified
    goods: tuple[GoodsLine, ...]  # of the order; none when it cannot be read
    delivery: frozenset[str]  # the codes by which the order says how it is delivered
    is_cancelled: bool
    is_planned: bool  # the sale is as the orders job wants it of this reading of the order, or is held
    fulfilments: tuple[Fulfilment, ...]  # of an open sale, as last read
    mark: str  # another one when any of this has changed


@dataclass(frozen=True, slots=True)
class Compared:
    """What one side lacks of what the other has, as far as the store knows; nothing of it when they agree."""

    missing_in_erp: HandedOver | None = None
    missing_in_retail: FulfilSale | None = None
    disagreement: Disagreement | None = None


AGREED = Compared()


def compare(story: PartStory, locations: Collection[LocationId], directions: Directions) -> Compared | None:
    """Compare the totals of one part, which the ERP ships from these locations, in the directions that are on.

    None when nobody can judge it, or not yet.
    """
    if not story.goods or not story.lines:
        return None
    gone = _handed_over(story)
    if not locations:
        return Compared(disagreement=_unmapped(story)) if gone and directions.to_erp else AGREED
    shipped = _sum((line.id, line.shipped) for line in story.goods if line.location in locations)
    missing_in_erp, missing_in_retail, disagreement, waits = None, None, None, False
    if directions.to_erp:
        disagreement = _of_unknown_lines(story)
        if any(quantity > shipped.get(line, ZERO) for line, quantity in gone.items()):
            if story.is_closed and not story.names_hand_over:
                disagreement = _closed_without(story, gone, shipped)
            else:
                missing_in_erp = _as_handed_over(story, frozenset(locations), gone)
    if directions.to_retail and not story.is_closed:
        missing_in_retail = _to_fulfil(story, shipped, in_part=directions.in_part)
        if missing_in_retail is not None and not _is_of_this_order(story, locations):
            # Closed now, it could not be brought up to the order any more: the orders job comes first.
            missing_in_retail, waits = None, True
    found = Compared(missing_in_erp, missing_in_retail, disagreement)
    return None if waits and found == AGREED else found


def _is_of_this_order(story: PartStory, locations: Collection[LocationId]) -> bool:
    """Whether the sale has just the goods that the order has here, as it was last read."""
    goods = {line.id for line in story.goods}
    ordered = _sum((line.id, line.quantity) for line in story.goods if line.location in locations)
    return story.is_planned and ordered == _sum((line, quantity) for line, _, quantity in story.lines if line in goods)


def handed_over(story: PartStory, locations: Collection[LocationId]) -> HandedOver | None:
    """What left in X-Series, whatever the ERP has shipped of it. None when nobody can judge it."""
    if not story.goods or not story.lines:
        return None
    return _as_handed_over(story, frozenset(locations), _handed_over(story))


def _handed_over(story: PartStory) -> dict[OrderLineId, Decimal]:
    """Per order line with goods: of a closed sale all, of an open one what its fulfilments say."""
    goods = {line.id for line in story.goods}
    if story.is_closed:
        return _sum((line, quantity) for line, _, quantity in story.lines if line in goods)
    fulfilled = fulfilled_lines(story.fulfilments)
    return _sum((line, fulfilled.get(sale_line, ZERO)) for line, sale_line, _ in story.lines if line in goods)


def fulfilled_lines(fulfilments: Iterable[Fulfilment]) -> dict[SaleLineId, Decimal]:
    """How much of each line of a sale was handed over."""
    found: dict[SaleLineId, Decimal] = {}
    for one in (line for fulfilment in fulfilments for line in fulfilment.lines):
        found[one.sale_line] = found.get(one.sale_line, ZERO) + one.fulfilled
    return {line: quantity for line, quantity in found.items() if quantity}


def _to_fulfil(story: PartStory, shipped: Mapping[OrderLineId, Decimal], *, in_part: bool) -> FulfilSale | None:
    """How far the sale is to be handed over: each line as far as the ERP has shipped it, or the whole of it.

    The totals are absolute, so that the same command twice hands nothing over twice.
    """
    goods = {line.id for line in story.goods}
    left = dict(shipped)
    lines: list[tuple[SaleLineId, Decimal]] = []
    is_whole = True
    for line, sale_line, quantity in story.lines:
        if line not in goods:
            continue  # a fee: it is handed over with the last of the goods
        total = min(quantity, left.get(line, ZERO))
        left[line] = left.get(line, ZERO) - total
        is_whole = is_whole and total == quantity
        if total:
            lines.append((sale_line, total))
    fulfilled = fulfilled_lines(story.fulfilments)
    lacks = any(total > fulfilled.get(sale_line, ZERO) for sale_line, total in lines)
    if not (lacks if in_part else is_whole and lines):
        return None
    return FulfilSale(story.part, story.generation, story.sale, tuple(lines), whole=is_whole)


def _as_handed_over(
    story: PartStory, locations: frozenset[LocationId], gone: Mapping[OrderLineId, Decimal]
) -> HandedOver:
    standing = {line.id: ZERO for line in story.goods} | _sum((line.id, line.quantity) for line in story.goods)
    cancelled = _sum((line.id, line.cancelled) for line in story.goods)
    if story.is_cancelled:
        # Of one that was deleted nobody knows any more how much was ordered: no less than left.
        cancelled = dict(gone) | _sum((line.id, line.quantity + line.cancelled) for line in story.goods)
        cancelled = {line: max(quantity, gone.get(line, ZERO)) for line, quantity in cancelled.items()}
        standing = dict.fromkeys(standing, ZERO)
    return HandedOver(story.part.order, story.sale, story.invoice_number, locations, gone, standing, cancelled)


def _unmapped(story: PartStory) -> Disagreement:
    detail = f"sale {story.invoice_number} is handed over; outlet {story.part.outlet} is no location's"
    return Disagreement(story.part.order, story.sale, Reason.UNMAPPED_LOCATION, detail)


def _closed_without(
    story: PartStory, gone: Mapping[OrderLineId, Decimal], shipped: Mapping[OrderLineId, Decimal]
) -> Disagreement:
    detail = (
        f"sale {story.invoice_number} is closed, neither as picked up nor as dispatched: {say_quantities(gone)}; "
        f"shipped in the ERP: {say_quantities(shipped)}"
    )
    return Disagreement(story.part.order, story.sale, Reason.CLOSED_WITHOUT_HAND_OVER, detail)


def _of_unknown_lines(story: PartStory) -> Disagreement | None:
    """Of lines that the sale did not have when it was last verified: whose goods they were, nobody can tell."""
    known = {sale_line for _, sale_line, _ in story.lines}
    unknown = {line: quantity for line, quantity in fulfilled_lines(story.fulfilments).items() if line not in known}
    if story.is_closed or not unknown:
        return None
    said = ", ".join(f"{quantity:f} of its line {line}" for line, quantity in sorted(unknown.items()))
    detail = f"sale {story.invoice_number} handed over {said}, which is no line of the order"
    return Disagreement(story.part.order, story.sale, Reason.COMPLETION_DIFFERS, detail)


def _sum(pairs: Iterable[tuple[OrderLineId, Decimal]]) -> dict[OrderLineId, Decimal]:
    found: dict[OrderLineId, Decimal] = {}
    for line, quantity in pairs:
        found[line] = found.get(line, ZERO) + quantity
    return {line: quantity for line, quantity in found.items() if quantity}
