"""Which sales an order asks for: one per outlet and way of hand-over. Worked out from the order alone."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tests.audit.facts import Order, Sale

PartKey = tuple[str, str | None]  # outlet, method
CANCELLED = "cancelled"


def wanted(order: Order, outlet_of: Mapping[str, str]) -> dict[PartKey, Mapping[str, Decimal]]:
    """The goods of each part; none when the order is cancelled."""
    if order.state == CANCELLED:
        return {}
    parts: dict[PartKey, dict[str, Decimal]] = {}
    for line in order.lines:
        goods = parts.setdefault((outlet_of[line.location], order.method), {})
        goods[line.sku] = goods.get(line.sku, Decimal(0)) + line.quantity
    return dict(parts)


def sold(sales: Iterable[Sale]) -> dict[PartKey, Mapping[str, Decimal]]:
    """The goods of each part as these sales have them."""
    parts: dict[PartKey, dict[str, Decimal]] = {}
    for sale in sales:
        goods = parts.setdefault((sale.outlet, sale.method), {})
        for line in sale.lines:
            goods[line.sku] = goods.get(line.sku, Decimal(0)) + line.quantity
    return dict(parts)
