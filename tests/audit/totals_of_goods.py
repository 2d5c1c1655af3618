"""What left of an order, compared on both sides: a hand-over is told once, nothing leaves that nobody handed over."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.audit.facts import CLOSED, Order, Sale
from tests.audit.hand_overs import CANCELLED, DONE
from tests.audit.order_numbers import sales_by_order

Row = Mapping[str, Any]
ByPart = Mapping[tuple[str, str], Decimal]  # (outlet, SKU)
OfOrder = tuple[str, str]  # (order, SKU)
CLASSIC = "classic"
NONE = Decimal(0)


def too_much_of_lines(erp: Row, sales: Sequence[Sale]) -> list[int | str]:
    """Order lines of which more is shipped and still to be shipped than ordered, and sales that gave more than sold."""
    carried: dict[int, Decimal] = {}
    for move in erp["moves"]:
        kind, _, line = (move.get("origin") or "").partition(",")
        if kind == "sale.line" and move["state"] != CANCELLED and _is_outgoing(move):
            carried[int(line)] = carried.get(int(line), NONE) + Decimal(move["quantity"])
    ordered = {line["id"]: Decimal(line["quantity"]) for line in erp["lines"]}
    of_erp = [line for line, quantity in carried.items() if line in ordered and quantity > ordered[line]]
    of_retail = [sale.id for sale in sales if any(line.handed_over > line.quantity for line in sale.lines)]
    return [*of_erp, *of_retail]


def completed_twice(erp: Row) -> list[int]:
    """Shipments that were told to leave more than once."""
    told = Counter(step["shipment"] for step in erp.get("steps", ()) if step["step"] == "do")
    return sorted(shipment for shipment, times in told.items() if times > 1)


def not_told(
    orders: Sequence[Order], sales: Sequence[Sale], outlet_of: Mapping[str, str], *, dialect: str
) -> list[tuple[str, str, str]]:
    """(order, outlet, SKU) of which one side shows more gone than the other. Only of sales that stand."""
    of_order = sales_by_order(orders, sales)
    found = []
    for order in orders:
        shipped = shipped_by_part(order, outlet_of)
        goods = {line.sku for line in order.lines if line.is_goods}
        for sale in of_order.get(order.id, ()):
            wanted = _in_all((line.sku, line.quantity) for line in sale.lines if line.sku in goods)
            given = _in_all((line.sku, line.handed_over) for line in sale.lines if line.sku in goods)
            here = {sku: shipped.get((sale.outlet, sku), NONE) for sku in wanted}
            if dialect == CLASSIC and sale.state != CLOSED and any(here[sku] < wanted[sku] for sku in wanted):
                continue  # classic hands over the whole sale, when the last of it is shipped
            found += [(order.id, sale.outlet, sku) for sku in wanted if here[sku] != given[sku]]
    return found


def unasked(
    orders: Sequence[Order], sales: Sequence[Sale], people: Iterable[Row], outlet_of: Mapping[str, str]
) -> list[OfOrder]:
    """(order, SKU) of which more has left, on either side, than people have handed over on both."""
    asked: dict[OfOrder, Decimal] = {}
    for row in people:
        key = str(row["order"]), row["sku"]
        asked[key] = asked.get(key, NONE) + Decimal(row["quantity"])
    of_order = sales_by_order(orders, sales)
    found = []
    for order in orders:
        shipped = _in_all((sku, quantity) for (_, sku), quantity in shipped_by_part(order, outlet_of).items())
        given = _in_all((line.sku, line.handed_over) for sale in of_order.get(order.id, ()) for line in sale.lines)
        for sku in {line.sku for line in order.lines if line.is_goods}:
            if max(shipped.get(sku, NONE), given.get(sku, NONE)) > asked.get((order.id, sku), NONE):
                found.append((order.id, sku))
    return found


def shipped_by_part(order: Order, outlet_of: Mapping[str, str]) -> ByPart:
    """What has left of the order, by the outlet of its location."""
    found: dict[tuple[str, str], Decimal] = {}
    for shipment in order.shipments:
        for sku, quantity in shipment.goods.items() if shipment.state == DONE else ():
            key = outlet_of.get(shipment.location, ""), sku
            found[key] = found.get(key, NONE) + quantity
    return found


def _is_outgoing(move: Row) -> bool:
    return str(move["shipment"] or "").startswith("stock.shipment.out,")


def _in_all(quantities: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for sku, quantity in quantities:
        found[sku] = found.get(sku, NONE) + quantity
    return found
