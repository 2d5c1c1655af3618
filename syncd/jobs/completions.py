"""Before shipments are completed: does X-Series still say that these goods left, and does the ERP still lack them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncd.domain.ids import OrderLineId, SaleId
from syncd.domain.journal import CompleteShipment
from syncd.domain.money import ZERO
from syncd.domain.part_story import Directions, PartStory, handed_over
from syncd.domain.plan_fulfilments import HandedOver, still_missing
from syncd.domain.reasons import Reason
from syncd.domain.routing import locations_routed
from syncd.domain.rules import OrderRules
from syncd.domain.sales import Sale, SaleState
from syncd.domain.shipments import Shipment, ShipmentState, say_quantities, totals
from syncd.jobs.before_sending import SomebodysWork
from syncd.jobs.given import Given
from syncd.store import hand_overs, seen
from syncd.store.journal import Entry


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at both sides says of waiting completions. Of one in neither, nobody can say: it goes on waiting."""

    wanted: tuple[Entry, ...]
    overtaken: tuple[tuple[Entry, SomebodysWork], ...]


@dataclass(frozen=True, slots=True)
class _BothSides:
    stories: Mapping[SaleId, PartStory]
    sales: Mapping[SaleId, Sale]
    shipments: Sequence[Shipment]
    rules: OrderRules


def look_before_completing(given: Given, rules: OrderRules, entries: Sequence[Entry]) -> Looked:
    """Compare as when they were decided, for they may have waited for hours: the feed was read by this run.

    One request to the ERP for all of them. Two that are given goods of the same sale are not both given the last of it.
    """
    both = _read(given, rules, [entry.command for entry in entries if isinstance(entry.command, CompleteShipment)])
    left: dict[SaleId, dict[OrderLineId, Decimal]] = {}
    wanted: list[Entry] = []
    overtaken: list[tuple[Entry, SomebodysWork]] = []
    for entry in entries:
        assert isinstance(entry.command, CompleteShipment), "only completions are sent together"
        try:
            if _is_wanted(entry.command, both, left):
                wanted.append(entry)
        except SomebodysWork as work:
            overtaken.append((entry, work))
    return Looked(tuple(wanted), tuple(overtaken))


def _read(given: Given, rules: OrderRules, commands: Sequence[CompleteShipment]) -> _BothSides:
    sales = sorted({command.sale for command in commands})
    directions = Directions(to_erp=True, to_retail=False, in_part=given.retail.fulfils_in_part)
    shipments = given.erp.read_shipments(sorted({command.order for command in commands}))
    with given.database.read() as tx:
        found = hand_overs.of_sales(tx, given.account, sales, directions)
        shown = seen.get_all(tx, given.account, sales)
    return _BothSides({story.sale: story for story in found}, shown, shipments, rules)


def _is_wanted(command: CompleteShipment, both: _BothSides, left: dict[SaleId, dict[OrderLineId, Decimal]]) -> bool:
    """False when nobody can judge it; raise SomebodysWork when what it would ship is not missing."""
    its_own = [one for one in both.shipments if one.id == command.shipment]
    if any(one.state is ShipmentState.DONE for one in its_own):
        return True  # the completion finds it so, and ships nothing
    if command.sale not in left:
        demand = _demand(command, both)
        if demand is None:
            return False
        here = [one for one in both.shipments if one.order == command.order and one.location in demand.locations]
        left[command.sale] = still_missing(demand, here)
    missing, ships = left[command.sale], totals(command.lines)
    if any(quantity > missing.get(line, ZERO) for line, quantity in ships.items()):
        detail = f"the completion ships {say_quantities(ships)}; of sale {command.sale} the ERP lacks"
        raise SomebodysWork(Reason.COMPLETION_DIFFERS, f"{detail} {say_quantities(missing)}")
    left[command.sale] = {line: quantity - ships.get(line, ZERO) for line, quantity in missing.items()}
    return True


def _demand(command: CompleteShipment, both: _BothSides) -> HandedOver | None:
    """What the sale says was handed over; None when nobody can judge it."""
    sale, story = both.sales.get(command.sale), both.stories.get(command.sale)
    if sale is not None and sale.state is SaleState.VOIDED:
        raise SomebodysWork(Reason.VOIDED_BY_HAND, f"sale {sale.invoice_number} is voided")
    if story is None:
        detail = f"the sale {command.sale} is not the order's any more, or shows nothing that was handed over"
        raise SomebodysWork(Reason.COMPLETION_DIFFERS, detail)
    places = {line.location for line in story.goods}
    return handed_over(story, locations_routed(story.part, places, story.delivery, both.rules))
