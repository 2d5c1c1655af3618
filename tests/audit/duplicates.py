"""Nothing twice: at most one standing sale a part, and no goods sold that were not ordered."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from tests.audit.facts import Order, Sale
from tests.audit.order_numbers import sales_by_order

NONE = Decimal(0)
NO_RENAMING: Mapping[str, str] = {}


def duplicates(orders: Sequence[Order], sales: Sequence[Sale], sku_of: Mapping[str, str] = NO_RENAMING) -> int:
    """Standing sales too many, plus products of an order of which more was sold than ordered.

    `sku_of` says as what X-Series knows a product of the ERP, where the two differ.
    """
    of_order = sales_by_order(orders, sales)
    return sum(
        surplus_sales(of_order.get(order.id, ())) + len(oversold(order, of_order.get(order.id, ()), sku_of))
        for order in orders
    )


def surplus_sales(sales: Iterable[Sale]) -> int:
    """Of one order: the sales beyond one per outlet and way of hand-over."""
    return sum(count - 1 for count in Counter((sale.outlet, sale.method) for sale in sales).values())


def oversold(order: Order, sales: Iterable[Sale], sku_of: Mapping[str, str] = NO_RENAMING) -> list[str]:
    """The SKUs of which the sales together hold more than the order's lines of that product.

    Only what the order names: a rounding line is nobody's goods, and cannot hide a doubled product either.
    """
    ordered = added_up((sku_of.get(line.sku, line.sku), line.quantity) for line in order.lines)
    sold = added_up((line.sku, line.quantity) for sale in sales for line in sale.lines)
    return sorted(sku for sku, quantity in ordered.items() if sold.get(sku, NONE) > quantity)


def added_up(quantities: Iterable[tuple[str, Decimal]]) -> Mapping[str, Decimal]:
    """The sum of each SKU."""
    sums: dict[str, Decimal] = {}
    for sku, quantity in quantities:
        sums[sku] = sums.get(sku, NONE) + quantity
    return sums
