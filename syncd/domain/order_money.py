"""How the money of an order was split over its sales: for people. Adds up what `compose` has made; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncd.domain.ids import OrderLineId, Sku
from syncd.domain.money import ZERO
from syncd.domain.orders import Order
from syncd.domain.sales import SaleDraft


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One line of one sale."""

    invoice_number: str
    order_line: OrderLineId
    sku: Sku
    quantity: Decimal
    net: Decimal
    tax: Decimal
    remark: str


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """`left` is what the sales lack of the order's total: zero, unless one of the two has changed since."""

    lines: tuple[MoneyLine, ...]
    total: Decimal  # of all sales, with tax
    of_the_order: Decimal  # as the ERP says
    left: Decimal


def money_of(order: Order, drafts: Sequence[SaleDraft]) -> OrderMoney:
    """The lines of the sales, each with a word where its amount is not simply the order line's."""
    shares: dict[OrderLineId, list[Decimal]] = {}
    for draft in drafts:
        for line in draft.lines:
            shares.setdefault(line.order_line, []).append(line.net)
    asked: dict[OrderLineId, Decimal] = {}
    for one in order.lines:
        asked[one.id] = asked.get(one.id, ZERO) + one.net
    total = sum((draft.total for draft in drafts), ZERO)
    is_whole = total == order.total
    remarks = {line: _remark(asked.get(line), nets, is_whole=is_whole) for line, nets in shares.items()}
    lines = tuple(
        MoneyLine(
            draft.invoice_number,
            line.order_line,
            line.sku,
            line.quantity,
            line.net,
            line.tax_total,
            remarks[line.order_line],
        )
        for draft in drafts
        for line in draft.lines
    )
    return OrderMoney(lines, total, order.total, order.total - total)


def _remark(asked: Decimal | None, nets: Sequence[Decimal], *, is_whole: bool) -> str:
    """`is_whole`: the sales are what the order asks for; else one of the two has changed since."""
    told = sum(nets, ZERO)
    if not is_whole:
        return "" if told == asked else "no longer in the ERP" if asked is None else f"{asked} in the ERP"
    if asked is None:
        return "what the ERP rounded"
    if told != asked:
        return f"{asked} in the ERP: the difference is what the ERP rounded"
    return f"a share of {asked}, by the value of each sale with tax" if len(nets) > 1 and asked < 0 else ""
