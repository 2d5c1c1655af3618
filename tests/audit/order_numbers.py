"""Whose sale is this? Read from the invoice number, which a person sees too; never from source ids."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tests.audit.facts import TILL, Order, Sale, standing

# Another part of the order is -B, -C, ...; a sale made anew after a void is -v2, -v3, ...
SUFFIX = re.compile(r"(-[B-Z])?(-v\d+)?")


def order_number_of(invoice_number: str, numbers: Iterable[str]) -> str | None:
    """The longest order number that the invoice number begins with, if nothing but our suffix follows it."""
    fitting = [
        number
        for number in numbers
        if invoice_number.startswith(number) and SUFFIX.fullmatch(invoice_number[len(number) :])
    ]
    return max(fitting, key=len, default=None)


def sales_by_order(orders: Iterable[Order], sales: Iterable[Sale]) -> Mapping[str, Sequence[Sale]]:
    """The standing sales of each order that has any, by the ERP's id of the order."""
    id_of = {order.number: order.id for order in orders if order.number}
    found: dict[str, list[Sale]] = defaultdict(list)
    for sale in standing(sales):
        number = order_number_of(sale.invoice_number, id_of)
        if number is not None:
            found[id_of[number]].append(sale)
    return found


def sales_without_order(orders: Iterable[Order], sales: Iterable[Sale]) -> list[Sale]:
    """Standing sales that were not rung up at the till and that no order explains."""
    numbers = {order.number for order in orders if order.number}
    return [
        sale
        for sale in standing(sales)
        if sale.source != TILL and order_number_of(sale.invoice_number, numbers) is None
    ]
