"""From an order of the ERP that takes goods back to the return of the sale that handed them out. Pure.

The return is made from the closed sale itself: begun, which makes a parked sale of all its goods, then reduced to what
comes back, refunded and closed. Only what fits in every way is returned: money that was given back is not got again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from syncd.domain.identity import Part, SaleIdentity, read_source_id
from syncd.domain.ids import ProductId, SaleId
from syncd.domain.ignore import ignored
from syncd.domain.money import ZERO, to_cents
from syncd.domain.orders import LineKind, Order, OrderLine, OrderState
from syncd.domain.plan_orders import BeginReturn, FinishReturn, OrderPlan, PartRecord, SeenSale
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.returns import SaleReturn
from syncd.domain.rules import OrderRules, Shelf
from syncd.domain.sales import DraftLine, DraftPayment, Sale, SaleDraft, SaleLine, SaleState


@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """What is known of an order that takes goods back, and of the sales of the order whose goods they were."""

    order: Order
    records: tuple[PartRecord, ...]  # of the order whose goods come back
    seen: tuple[SeenSale, ...]
    returns: tuple[SaleReturn, ...]  # of those sales, as they stand
    begun: SaleId | None = None  # the parked sale that we have begun for this order
    voided: SaleId | None = None  # the one that we have begun or made, and somebody has voided

    @property
    def mine(self) -> list[SaleReturn]:
        """Those whose source says that we have made them for this order."""
        identities = [(one, read_source_id(one.source_id)) for one in self.returns]
        return [one for one, said in identities if said is not None and said.part.order == self.order.id]

    @property
    def made(self) -> list[SaleReturn]:
        return [one for one in self.mine if one.moved_stock]

    @property
    def others(self) -> list[SaleReturn]:
        """Those that a till has made, as far as anybody knows."""
        return [one for one in self.returns if not one.source_id and one.sale != self.begun]


class _Held(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def plan_return(facts: ReturnFacts, rules: OrderRules, shelf: Shelf, *, now: datetime) -> OrderPlan:
    """Decide about one order that takes goods back, of which no journal entry is open."""
    order, is_begun = facts.order, facts.begun is not None or bool(facts.mine)
    not_ours = None if is_begun else ignored(order, rules)
    if not_ours is not None:
        return OrderPlan(Outcome.IGNORED, not_ours.reason, not_ours.detail)
    if order.undecided or order.state is OrderState.QUOTE:
        return OrderPlan(Outcome.WAITING, Reason.ERP_UNDECIDED)
    try:
        if order.state is OrderState.CANCELLED:
            numbers = ", ".join(one.invoice_number for one in facts.mine) or f"sale {facts.begun} is begun"
            raise _Held(Reason.RETURN_DIFFERS, f"the ERP takes nothing back any more; {numbers}")
        original, record = _original(facts)
        draft = _draft(facts, original, record, rules, shelf, now=now)
        if facts.made:
            return _as_made(facts.made, draft)
        if facts.voided is not None:
            raise _Held(Reason.VOIDED_BY_HAND, f"the return {facts.voided}")
        _must_be_free(facts, original, draft)
        if facts.begun is not None:
            return OrderPlan(
                Outcome.WAITING,
                Reason.RETURNING,
                steps=(FinishReturn(_part(order, record), original.id, facts.begun, draft),),
            )
        return OrderPlan(
            Outcome.WAITING, Reason.RETURNING, steps=(BeginReturn(_part(order, record), original.id, draft),)
        )
    except _Held as stop:
        return OrderPlan(Outcome.HELD, stop.reason, stop.detail)


def _as_made(mine: Sequence[SaleReturn], draft: SaleDraft) -> OrderPlan:
    """The return is there: it must be what the order takes back today."""
    there = Counter((line.product, line.quantity) for one in mine for line in one.lines)
    if len(mine) > 1 or there != Counter((line.product, line.quantity) for line in draft.lines):
        numbers = ", ".join(one.invoice_number for one in mine)
        raise _Held(Reason.RETURN_DIFFERS, f"{numbers} is made already, and is not what the order takes back today")
    return OrderPlan(Outcome.SYNCED, Reason.RETURNED, mine[0].invoice_number)


def _part(order: Order, record: PartRecord) -> Part:
    return Part(order.id, record.part.outlet, record.part.method)


def _original(facts: ReturnFacts) -> tuple[Sale, PartRecord]:
    """The one closed sale of the order whose goods come back."""
    linked = {record.sale: record for record in facts.records if record.sale is not None}
    sales = [one.sale for one in facts.seen if one.sale.is_standing and one.sale.id in linked]
    if not sales:
        raise _Held(Reason.RETURN_WITHOUT_SALE, f"X-Series has no sale of the order {facts.order.return_of}")
    if len(sales) > 1:
        numbers = ", ".join(sorted(sale.invoice_number for sale in sales))
        raise _Held(Reason.RETURN_DIFFERS, f"the order became several sales: {numbers}")
    (sale,) = sales
    if sale.state is not SaleState.CLOSED:
        raise _Held(Reason.RETURN_WITHOUT_SALE, f"sale {sale.invoice_number} is {sale.state}, not handed over")
    return sale, linked[sale.id]


def _must_be_free(facts: ReturnFacts, original: Sale, draft: SaleDraft) -> None:
    """Nobody else has taken goods of this sale back, and so much of them, and of its money, is still there."""
    if facts.others:
        said = ", ".join(f"{one.invoice_number} is {one.state}" for one in facts.others)
        raise _Held(Reason.RETURNED_ALREADY, said)
    before = [one for one in facts.returns if one.sale != facts.begun]
    out: defaultdict[ProductId, Decimal] = defaultdict(Decimal)
    for sold in original.lines:
        out[sold.product] += sold.quantity
    for back in (line for one in before for line in one.lines):
        out[back.product] += back.quantity
    for line in draft.lines:
        out[line.product] += line.quantity
        if out[line.product] < 0:
            raise _Held(Reason.RETURN_DIFFERS, f"{-line.quantity:f} x {line.sku} is more than is left of the sale")
    left = to_cents(original.paid + sum((one.total for one in before), ZERO))
    if left + draft.total < 0:
        said = f"{-draft.total} is to be paid back, and {left} of what sale {original.invoice_number} got is left"
        raise _Held(Reason.RETURN_DIFFERS, said)


def _draft(
    facts: ReturnFacts, original: Sale, record: PartRecord, rules: OrderRules, shelf: Shelf, *, now: datetime
) -> SaleDraft:
    """What comes back, at the price and tax that it was sold for; the sum must be the ERP's."""
    order = facts.order
    route = next((one for one in rules.routes.values() if one.outlet == record.part.outlet), None)
    if route is None:
        raise _Held(Reason.RETURN_DIFFERS, "the outlet that handed the goods out is no location's any more")
    for line in order.goods:
        if line.location != route.location:
            raise _Held(Reason.RETURN_DIFFERS, f"{line.sku} comes back to {line.location}, not to where it was sold")
    lines = _lines(order, original, rules, shelf)
    total = sum((line.net + line.tax_total for line in lines), ZERO)
    if total != order.total:
        raise _Held(Reason.RETURN_DIFFERS, f"by the prices of the sale it is {total}, in the ERP {order.total}")
    return SaleDraft(
        sale_id=original.id,
        source_id=SaleIdentity(rules.account, rules.erp, _part(order, record), 1).source_id,
        invoice_number="",  # X-Series numbers its returns itself
        outlet=route.outlet,
        register=original.register or route.register,
        user=rules.user,
        method=record.part.method,
        date=min(order.confirmed_at.astimezone(UTC), now),
        note=" · ".join(word for word in (order.number, order.reference) if word),
        lines=lines,
        payments=() if facts.made else _refund(order, total, rules, now=now),
    )


def _lines(order: Order, original: Sale, rules: OrderRules, shelf: Shelf) -> tuple[DraftLine, ...]:
    """Each line of the order from a line of the sale of its own: two of one sale line cannot be sent."""
    left, back = list(original.lines), list[DraftLine]()
    for line in order.lines:
        if _says_nothing(line):
            continue
        sold = _sold(line, left, original, rules, shelf)
        left.remove(sold)
        back.append(_line(line, sold))
    return tuple(back)


def _says_nothing(line: OrderLine) -> bool:
    return line.quantity == 0 or (line.kind is LineKind.SERVICE and line.net == 0)


def _sold(line: OrderLine, left: Sequence[SaleLine], original: Sale, rules: OrderRules, shelf: Shelf) -> SaleLine:
    """The line of the sale that comes back: of those with so much of the product the one nearest in price."""
    is_counted = line.quantity.is_finite() and line.net.is_finite()
    if line.kind is not LineKind.GOODS or not is_counted or line.quantity > 0:
        said = f"{line.quantity} x {line.sku or line.description} for {line.net}"
        raise _Held(Reason.RETURN_DIFFERS, f"only goods are taken back, and nothing else: {said}")
    products = {product.id for product in shelf.find(rules.sku_in_retail(line.sku))}
    if all(one.product not in products for one in original.lines):
        raise _Held(Reason.RETURN_DIFFERS, f"{line.sku} was not in the sale {original.invoice_number}")
    fit = [one for one in left if one.product in products and one.quantity >= -line.quantity]
    if not fit:
        raise _Held(Reason.RETURN_DIFFERS, f"no line that is left of the sale has {-line.quantity:f} x {line.sku}")
    return min(fit, key=lambda one: (abs(to_cents(one.price * line.quantity) - line.net), one.quantity))


def _line(line: OrderLine, sold: SaleLine) -> DraftLine:
    if sold.tax_id is None:
        raise _Held(Reason.RETURN_DIFFERS, f"X-Series does not say by which tax it sold {line.sku}")
    return DraftLine(
        order_line=line.id,
        product=sold.product,
        sku=line.sku,
        quantity=line.quantity,
        price=sold.price,
        tax=sold.tax,
        tax_id=sold.tax_id,
        net=to_cents(sold.price * line.quantity),
        tax_total=to_cents(sold.tax * line.quantity),
    )


def _refund(order: Order, total: Decimal, rules: OrderRules, *, now: datetime) -> tuple[DraftPayment, ...]:
    if total == 0:
        return ()
    if not order.paid:
        raise _Held(Reason.UNPAID, "the ERP does not say that the money was given back")
    if rules.paid_with is None:
        raise _Held(Reason.NO_PAYMENT_TYPE, f"{total} is paid back")
    return (DraftPayment(rules.paid_with, total, min(order.confirmed_at.astimezone(UTC), now)),)


def return_differences(draft: SaleDraft, there: Sale) -> list[str]:
    """By what a closed return is not what was sent; empty when it is."""
    found = [] if there.state is SaleState.CLOSED else [f"it is {there.state}"]
    if there.source_id != draft.source_id:
        found.append(f"its source id is {there.source_id}, not {draft.source_id}")
    wanted = Counter((line.product, line.quantity, line.net, line.tax_total) for line in draft.lines)
    lines = Counter((one.product, one.quantity, to_cents(one.net), to_cents(one.tax_total)) for one in there.lines)
    if wanted != lines:
        found.append("its lines are not those that come back")
    paid = sum((payment.amount for payment in draft.payments), ZERO)
    if to_cents(there.paid) != paid or to_cents(there.total) != draft.total:
        found.append(f"{to_cents(there.paid)} of {to_cents(there.total)} is paid back, not {paid}")
    return found


def is_as_begun(original: Sale, there: Sale, draft: SaleDraft | None = None) -> bool:
    """True for a parked return on which nobody has worked: of all the goods, or reduced already to the draft's."""
    back = Counter((line.product, line.quantity) for line in there.lines)
    whole = Counter((line.product, -line.quantity) for line in original.lines)
    reduced = Counter((line.product, line.quantity) for line in draft.lines) if draft is not None else whole
    return there.state is SaleState.PARKED and back in (whole, reduced) and not there.payments
