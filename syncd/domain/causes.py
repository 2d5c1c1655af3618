"""What a hold comes from: many orders may be held for one cause, and a person is told of it once."""

from __future__ import annotations

import re

from syncd.domain.orders import Order, OrderLine
from syncd.domain.reasons import Reason

CAUSE_CHARS_MAX = 200
_BY_SKU = frozenset({Reason.UNKNOWN_SKU, Reason.AMBIGUOUS_SKU, Reason.INACTIVE_PRODUCT})
#: what the config or the account lacks is one cause, however many orders meet it
_OF_THE_ACCOUNT = frozenset(
    {
        Reason.NO_DISCOUNT_PRODUCT,
        Reason.NO_SHIPPING_PRODUCT,
        Reason.NO_PAYMENT_TYPE,
        Reason.UNPAID,
        Reason.SOURCE_NOT_KEPT,
        Reason.MAP_CHANGED,
        Reason.BRAKE,
        Reason.GONE_AT_ONCE,
        Reason.STOCK_BRAKE,
    }
)
#: the same answer to many orders is one cause
_BY_ANSWER = frozenset({Reason.REFUSED, Reason.COMPLETION_REFUSED, Reason.FULFIL_REFUSED})
_OF_ONE_SALE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+", re.IGNORECASE)


def cause_of(reason: Reason, subject: str, detail: str, *, order: Order | None = None, line: str = "") -> str:
    """What the hold shares with others of the same cause; the subject, where it is a matter of its own."""
    at = next((one for one in order.lines if one.id == line), None) if order is not None else None
    cause = _cause(reason, subject, detail, order, at)
    return f"{reason}:{cause}"[:CAUSE_CHARS_MAX]


def _cause(reason: Reason, subject: str, detail: str, order: Order | None, line: OrderLine | None) -> str:
    if reason in _OF_THE_ACCOUNT:
        return ""
    if reason in _BY_ANSWER:
        return _OF_ONE_SALE.sub("#", detail)
    if reason is Reason.FOREIGN_CURRENCY and order is not None:
        return order.currency
    if reason is Reason.UNKNOWN_DELIVERY and order is not None and order.delivery:
        return order.delivery
    if line is not None:
        if reason in _BY_SKU:
            return line.sku
        if reason is Reason.UNMAPPED_LOCATION:
            return line.location or "no location"
        if reason is Reason.TAX_UNMAPPED:
            return " + ".join(tax.name for tax in line.taxes)
    return subject


def cause_in_words(cause: str) -> str:
    """What is behind the reason's code: an SKU, a location, an answer; empty where the reason says it all."""
    return cause.partition(":")[2]
