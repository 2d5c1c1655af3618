"""Handing goods over: fulfilments appear with their sale and are worked off whole or in parts (FACTS 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from syncd.sandbox import history, states, stock
from syncd.sandbox.exchange import Refusal
from syncd.sandbox.records import Fulfilment, FulfilmentLine, Line, Sale
from syncd.sandbox.world import World

API, TILL = "api", "till"


@dataclass(frozen=True, slots=True)
class Portion:
    """A quantity of one sale line to pick, pack or hand over, and where it comes from (`source_breakdown`)."""

    sale_line_id: str
    quantity: Decimal
    from_picked: Decimal | None = None
    from_packed: Decimal | None = None


def arrange(world: World, sale: Sale) -> None:
    """Bring a sale's fulfilments in line with its lines: one per (outlet, type); what is done stays done.

    The list has no VOIDED state (FACTS 24): the fulfilments of a voided sale leave it.
    """
    wanted = _groups(sale) if sale.state in {states.PENDING, states.CLOSED} else {}
    standing = {(each.outlet_id, each.type): each for each in sale.fulfilments}
    for key, fulfilment in standing.items():
        if key not in wanted:
            kind = history.VOIDED if sale.state == states.VOIDED else history.REMOVED
            history.note_lines(world, fulfilment, fulfilment.lines, [], kind)
            sale.fulfilments.remove(fulfilment)
            del world.fulfilments[fulfilment.id]
    for key, lines in wanted.items():
        fulfilment = standing.get(key) or _start(world, sale, *key)
        _fit_lines(world, fulfilment, lines)
        _fit_details(sale, fulfilment)
        if sale.state == states.CLOSED:
            _finish(world, fulfilment)


def _groups(sale: Sale) -> dict[tuple[str, str], list[Line]]:
    groups: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in sale.lines:
        outlet_id = stock.outlet_of(sale, line)
        if line.method is not None and outlet_id is not None and line.quantity > 0:
            groups[outlet_id, line.method].append(line)
    return dict(groups)


def _start(world: World, sale: Sale, outlet_id: str, kind: str) -> Fulfilment:
    # Version 0 is never seen: fitting the lines in makes it 1.
    fulfilment = Fulfilment(
        id=world.new_fulfilment_id(),
        sale_id=sale.id,
        outlet_id=outlet_id,
        type=kind,
        created_at=world.now(),
        updated_at=world.now(),
        lines=[],
        version=0,
    )
    sale.fulfilments.append(fulfilment)
    world.fulfilments[fulfilment.id] = fulfilment
    return fulfilment


def _fit_lines(world: World, fulfilment: Fulfilment, lines: list[Line]) -> None:
    standing = {each.sale_line_id: each for each in fulfilment.lines}
    fitted = []
    for line in lines:
        old = standing.get(line.id)
        if old is None:
            fitted.append(FulfilmentLine(line.id, line.product_id, line.quantity))
            continue
        fulfilled = min(old.fulfilled, line.quantity)
        packed = min(old.packed, line.quantity - fulfilled)
        picked = min(old.picked, line.quantity - fulfilled - packed)
        fitted.append(FulfilmentLine(line.id, line.product_id, line.quantity, picked, packed, fulfilled))
    if fitted != fulfilment.lines:
        kept = {each.sale_line_id for each in fitted}
        gone = [each for each in fulfilment.lines if each.sale_line_id not in kept]
        staying = [each for each in fulfilment.lines if each.sale_line_id in kept]
        history.note_lines(world, fulfilment, staying, fitted, history.QUANTITY_UPDATED)
        history.note_lines(world, fulfilment, gone, [], history.REMOVED)
        fulfilment.lines = fitted
        _touch(world, fulfilment)


def _fit_details(sale: Sale, fulfilment: Fulfilment) -> None:
    own = [each for each in sale.details if each.type == fulfilment.type]
    fulfilment.note = "\n".join(each.note for each in own if each.note)
    fulfilment.address_id = next((each.address_id for each in own if each.address_id), None)


def _finish(world: World, fulfilment: Fulfilment) -> None:
    if fulfilment.state == "FULFILLED":
        return
    done = [
        FulfilmentLine(each.sale_line_id, each.product_id, each.quantity, fulfilled=each.quantity)
        for each in fulfilment.lines
    ]
    history.note_lines(world, fulfilment, fulfilment.lines, done, history.FULFILLED)
    fulfilment.lines = done
    _touch(world, fulfilment)


def _touch(world: World, fulfilment: Fulfilment) -> None:
    fulfilment.version += 1
    fulfilment.updated_at = world.now()


def stamp(world: World, sale: Sale) -> None:
    """Give a changed sale its new place in the feed."""
    sale.version = world.next_version()
    sale.updated_at = world.now()


def close(world: World, sale: Sale, *, by: str) -> None:
    """Close a sale: everything handed over, stock settled."""
    sale.state = states.CLOSED
    sale.closed_by = by
    arrange(world, sale)
    stock.settle(world, sale)
    stamp(world, sale)


def fulfil_sale(world: World, sale: Sale, *, by: str) -> None:
    """Hand over everything a sale still owes and close it.

    Done already: nothing happens, the dated call is stated to be idempotent (FACTS 3b).
    """
    if sale.state == states.CLOSED and sale.fulfilments:
        return
    if sale.state != states.PENDING or not sale.fulfilments:
        # Declared is 409, its meaning is not; a sale with nothing to hand over fits no other declared status.
        raise Refusal(409, f"Sale is {sale.status}, there is nothing to fulfil")
    _refuse_unpaid(world, sale)
    close(world, sale, by=by)


def _refuse_unpaid(world: World, sale: Sale) -> None:
    if sale.is_unpaid and not world.switches.unpaid_may_be_fulfilled:
        raise Refusal(409, "An unpaid sale cannot be fulfilled")


def find(world: World, fulfilment_id: str) -> Fulfilment:
    """Return the fulfilment or refuse with 404."""
    if fulfilment_id not in world.fulfilments:
        raise Refusal(404, "Fulfillment not found")
    return world.fulfilments[fulfilment_id]


def fulfil(world: World, fulfilment: Fulfilment, version: int, portions: list[Portion]) -> None:
    """Hand over some lines; the sale closes when nothing of it is left open (FACTS 22.8)."""
    sale = world.sale(fulfilment.sale_id)
    _refuse_stale(fulfilment, version)
    _refuse_unpaid(world, sale)
    _apply(world, fulfilment, portions, _hand_over, history.FULFILLED)
    if all(each.state == "FULFILLED" for each in sale.fulfilments):
        close(world, sale, by=API)
        return
    stock.settle(world, sale)
    if world.switches.partial_bumps_sale:
        stamp(world, sale)


def pick(world: World, fulfilment: Fulfilment, version: int, portions: list[Portion]) -> None:
    """Mark goods as taken from the shelf; no stock moves."""
    _refuse_stale(fulfilment, version)
    _apply(world, fulfilment, portions, _pick_line, history.PICKED)


def pack(world: World, fulfilment: Fulfilment, version: int, portions: list[Portion]) -> None:
    """Mark goods as packed; a negative quantity unpacks (dated description). No stock moves."""
    _refuse_stale(fulfilment, version)
    _apply(world, fulfilment, portions, _pack_line, history.PACKED)


def _refuse_stale(fulfilment: Fulfilment, version: int) -> None:
    if version != fulfilment.version:
        raise Refusal(409, f"Version {version} is stale, the fulfillment is at {fulfilment.version}")


def _apply(
    world: World,
    fulfilment: Fulfilment,
    portions: list[Portion],
    act: Callable[[FulfilmentLine, Portion], None],
    kind: str,
) -> None:
    """Do all portions or none: work on copies, which replace the lines only when every portion fitted."""
    copies = {each.sale_line_id: each.copy() for each in fulfilment.lines}
    if not portions:
        raise Refusal(400, "line_items must not be empty")
    for portion in portions:
        if portion.sale_line_id not in copies:
            raise Refusal(400, f"Line {portion.sale_line_id} is not part of this fulfillment")
        act(copies[portion.sale_line_id], portion)
    history.note_lines(world, fulfilment, fulfilment.lines, list(copies.values()), kind)
    fulfilment.lines = list(copies.values())
    _touch(world, fulfilment)


def _hand_over(line: FulfilmentLine, portion: Portion) -> None:
    if not 0 < portion.quantity <= line.open:
        raise Refusal(400, f"Cannot fulfil {portion.quantity}, {line.open} is open")
    # Without a breakdown, goods already packed go first, then those picked.
    packed = portion.from_packed
    packed = min(line.packed, portion.quantity) if packed is None else packed
    picked = portion.from_picked
    picked = min(line.picked, portion.quantity - packed) if picked is None else picked
    fresh = portion.quantity - packed - picked
    if packed > line.packed or picked > line.picked or fresh > line.not_started:
        raise Refusal(400, "source_breakdown does not fit the fulfillment")
    line.packed -= packed
    line.picked -= picked
    line.fulfilled += portion.quantity


def _pick_line(line: FulfilmentLine, portion: Portion) -> None:
    if not 0 < portion.quantity <= line.not_started:
        raise Refusal(400, f"Cannot pick {portion.quantity}, {line.not_started} is not started")
    line.picked += portion.quantity


def _pack_line(line: FulfilmentLine, portion: Portion) -> None:
    if portion.quantity < 0:
        if -portion.quantity > line.packed:
            raise Refusal(400, f"Cannot unpack {-portion.quantity}, {line.packed} is packed")
        line.packed += portion.quantity
        return
    picked = portion.from_picked
    picked = min(line.picked, portion.quantity) if picked is None else picked
    fresh = portion.quantity - picked
    if portion.quantity == 0 or picked > line.picked or fresh > line.not_started:
        raise Refusal(400, f"Cannot pack {portion.quantity}")
    line.picked -= picked
    line.packed += portion.quantity
