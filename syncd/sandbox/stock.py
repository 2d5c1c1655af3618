"""What a sale takes out of stock, and when (FACTS 12)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from syncd.sandbox import states
from syncd.sandbox.records import ZERO, Line, Sale
from syncd.sandbox.world import World


def outlet_of(sale: Sale, line: Line) -> str | None:
    """Return where the goods of a line come from: the hand-over outlet, else the register's."""
    if line.method is None:
        return sale.outlet_id
    return line.outlet_id or sale.fulfilment_outlet_id or sale.outlet_id


def settle(world: World, sale: Sale) -> None:
    """Bring stock in line with the sale: move only the difference to what it took before."""
    wanted = _wanted_by(world, sale)
    for key in sorted(sale.taken.keys() | wanted.keys()):
        outlet_id, product_id = key
        world.move(outlet_id, product_id, sale.taken.get(key, ZERO) - wanted.get(key, ZERO))
    sale.taken = wanted


def _wanted_by(world: World, sale: Sale) -> dict[tuple[str, str], Decimal]:
    wanted: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for line in sale.lines:
        outlet_id = outlet_of(sale, line)
        quantity = _quantity_out(world, sale, line)
        if outlet_id is None or quantity == 0:
            continue
        # A composite has no stock of its own: what it is made of leaves the shelf.
        parts = world.products.get(line.product_id, {}).get("composite_bom") or {line.product_id: 1}
        for product_id, each in parts.items():
            wanted[outlet_id, product_id] += quantity * each
    return dict(wanted)


def _quantity_out(world: World, sale: Sale, line: Line) -> Decimal:
    if sale.state in {states.PARKED, states.VOIDED}:
        return ZERO
    if sale.state == states.CLOSED or states.ONACCOUNT in sale.attributes:
        # ONACCOUNT reduces inventory already while pending.
        return line.quantity
    if line.method is None and states.LAYBY not in sale.attributes:
        return line.quantity
    # A reservation. The stock effect of a pending LAYBY is UNCONFIRMED; it follows the same switch.
    if world.switches.open_sale_lowers == "creation":
        return line.quantity
    return sum(
        (
            each.fulfilled
            for fulfilment in sale.fulfilments
            for each in fulfilment.lines
            if each.sale_line_id == line.id
        ),
        ZERO,
    )
