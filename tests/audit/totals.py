"""Money is exact: an order and its sales together have the same total with tax, to the cent."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from tests.audit.facts import Order, Sale
from tests.audit.order_numbers import sales_by_order

CENT = Decimal("0.01")


def to_the_cent(amount: Decimal) -> Decimal:
    """What a sale comes to for the customer.

    X-Series multiplies a tax a unit by the quantity, so a line of three may carry a residue far below a cent.
    """
    return amount.quantize(CENT, ROUND_HALF_UP)


def unmatched_totals(orders: Sequence[Order], sales: Sequence[Sale]) -> list[Order]:
    """Orders that became sales and whose total differs from what these sum to."""
    of_order = sales_by_order(orders, sales)
    return [order for order in orders if order.id in of_order and order.total != _sum_of(of_order[order.id])]


def total_erp(orders: Sequence[Order], sales: Sequence[Sale]) -> Decimal:
    """The total with tax of the orders that became sales."""
    of_order = sales_by_order(orders, sales)
    return sum((order.total for order in orders if order.id in of_order), Decimal(0))


def total_xseries(orders: Sequence[Order], sales: Sequence[Sale]) -> Decimal:
    """The total with tax of these sales."""
    of_order = sales_by_order(orders, sales)
    return sum(map(_sum_of, of_order.values()), Decimal(0))


def _sum_of(sales: Sequence[Sale]) -> Decimal:
    return sum((to_the_cent(sale.total) for sale in sales), Decimal(0))
