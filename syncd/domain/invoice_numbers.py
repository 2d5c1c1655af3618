"""The number of a sale: the ERP's number of the order, and what tells its parts and generations apart."""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.identity import part_suffix
from syncd.domain.orders import Order
from syncd.domain.rules import OrderRules
from syncd.domain.sales import Sale, SaleDraft

PARTS_MAX = 50  # of one order: more outlets than any retailer ships one order from


def invoice_number(order: Order, place: int, generation: int, rules: OrderRules) -> str:
    return rules.invoice_template.format(
        order_number=order.number, order_reference=order.reference, part_suffix=part_suffix(place, generation)
    )


def place_of(order: Order, generation: int, number: str, rules: OrderRules) -> int | None:
    """The place among the order's parts that this number tells; None when it tells none."""
    for place in range(PARTS_MAX):
        if invoice_number(order, place, generation, rules) == number:
            return place
    return None


def numbered_as(sale: Sale, wish: SaleDraft) -> SaleDraft:
    """A sale keeps the number that it was made with, whatever the ERP calls its order today."""
    return replace(wish, invoice_number=sale.invoice_number) if sale.invoice_number else wish
