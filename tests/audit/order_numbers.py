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


def orders_by_number(orders: Iterable[Order]) -> Mapping[str, Order]:
    """Orders by every number that they have or had."""
    return {number: order for order in orders for number in (*order.former_numbers, order.number) if number}


def sales_by_order(orders: Iterable[Order], sales: Iterable[Sale]) -> Mapping[str, Sequence[Sale]]:
    """The standing sales of each order that has any, by the ERP's id of the order."""
    by_number = orders_by_number(orders)
    found: dict[str, list[Sale]] = defaultdict(list)
    for sale in standing(sales):
        number = order_number_of(sale.invoice_number, by_number)
        if number is not None:
            found[by_number[number].id].append(sale)
    return found


def sales_without_order(orders: Iterable[Order], sales: Iterable[Sale]) -> list[Sale]:
    """Standing sales that were not rung up at the till and that no order explains."""
    numbers = orders_by_number(orders)
    return [
        sale
        for sale in standing(sales)
        if sale.source != TILL and order_number_of(sale.invoice_number, numbers) is None
    ]
