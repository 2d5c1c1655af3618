"""What no schema can see of a sale: a gross price, a line's tax as a unit's, a date in the other dialect's way.

The totals are computed from the request as the vendor computes them (FACTS 20), and held against the draft.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from syncd.domain.sales import SaleDraft

NEW, SAID_AGAIN = frozenset({"create sale", "update sale"}), frozenset({"void sale"})
HALF_A_CENT = Decimal("0.005")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


Drafts = Mapping[tuple[str, str], SaleDraft]  # by the name of the call and the invoice number


def wrong_amounts(name: str, body: Any, drafts: Drafts) -> list[str]:
    """How a sale that is sent is not the one that the draft asks for."""
    if name not in NEW | SAID_AGAIN:
        return []
    draft = drafts.get((name, str(body.get("invoice_number"))))
    if draft is None and name in SAID_AGAIN:
        return []  # a sale that somebody else made
    if draft is None:
        return [f"no draft has the invoice number {body.get('invoice_number')}"]
    lines, payments = (_dated if "line_items" in body else _classic)(body)
    found = _wrong_dates(body) if "line_items" in body else []
    for word, is_sum, should in (
        ("price x quantity", sum((price * number for number, price, _ in lines), Decimal(0)), draft.net),
        ("tax x quantity", sum((tax * number for number, _, tax in lines), Decimal(0)), draft.total - draft.net),
    ):
        # Half a cent for each line: every one of them is rounded by itself.
        if abs(is_sum - should) > HALF_A_CENT * max(len(lines), 1):
            found.append(f"{word} is {is_sum}, the order has {should}")
    paid = sum((payment.amount for payment in draft.payments), Decimal(0))
    is_paid = body.get("state") != "parked"  # a return is reduced before anything is paid back
    if name in NEW and is_paid and sum(payments, Decimal(0)) != paid:
        found.append(f"payments are {sum(payments, Decimal(0))}, the order has {paid}")
    if len(lines) != len(draft.lines):
        found.append(f"{len(lines)} lines, the order has {len(draft.lines)}")
    return found


def _wrong_dates(body: Any) -> list[str]:
    """Plain strings by the schema, RFC 3339 by the text (FACTS 2 and 10)."""
    dates = [body.get("date"), *(row.get("date") for row in body.get("payments", ()))]
    return [f"the date {date} is not RFC 3339" for date in dates if date is not None and not RFC_3339.fullmatch(date)]


_Amounts = tuple[list[tuple[Decimal, Decimal, Decimal]], list[Decimal]]  # of lines: quantity, unit price, unit tax


def _dated(body: Any) -> _Amounts:
    lines = [
        (_of(row["quantity"]), _of(row["pricing"]["price"]), _of(row["tax"]["amount"])) for row in body["line_items"]
    ]
    return lines, [_of(row["amount"]) for row in body.get("payments", ())]


def _classic(body: Any) -> _Amounts:
    rows = body["register_sale_products"]
    lines = [(_of(row["quantity"]), _of(row["price"]), _of(row["tax"])) for row in rows]
    return lines, [_of(row["amount"]) for row in body.get("register_sale_payments", ())]


def _of(value: Any) -> Decimal:
    return Decimal(str(value))
