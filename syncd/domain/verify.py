"""Is the sale that X-Series shows the sale that we asked for? Compared from its own reads, never from an echo alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from syncd.domain.ids import OrderLineId, PaymentTypeId, ProductId, SaleLineId
from syncd.domain.money import ZERO, to_cents
from syncd.domain.notes import is_told
from syncd.domain.sales import Fulfilment, Sale, SaleDraft, SaleLine, SaleState

LineKey = tuple[ProductId, Decimal, Decimal, Decimal]  # product, quantity, net, tax


def differences(draft: SaleDraft, sale: Sale) -> list[str]:
    """What of lines, quantities, totals, payments and source is not as it was sent; empty when all is."""
    found: list[str] = []
    if not sale.is_readable:
        return ["the sale cannot be read"]
    if sale.is_empty and draft.lines:
        return ["the sale has no lines"]
    if not sale.is_ours:
        found.append(f'the source is "{sale.source_type}" "{sale.source_id}", not ours')
    elif sale.source_id != draft.source_id:
        found.append(f"the source id is {sale.source_id}, not {draft.source_id}")
    if sale.invoice_number and sale.invoice_number != draft.invoice_number:
        found.append(f"the invoice number is {sale.invoice_number}, not {draft.invoice_number}")
    if sale.method is not draft.method:
        found.append(f"it is {sale.method or 'neither pickup nor dispatch'}, not {draft.method}")
    if sale.outlet is not None and sale.outlet != draft.outlet:
        found.append(f"it is at outlet {sale.outlet}, not {draft.outlet}")
    found.extend(goods_differences(draft, sale))
    if to_cents(sale.total) != draft.total:
        found.append(f"the total is {sale.total}, not {draft.total}")
    paid = sum((payment.amount for payment in draft.payments), ZERO)
    if to_cents(sale.paid) != paid:
        found.append(f"{to_cents(sale.paid)} is paid, not {paid}")
    return found


def update_differences(before: SaleDraft, draft: SaleDraft, sale: Sale) -> list[str]:
    """What of an update does not show: as `differences`, and its note where the note is what changed."""
    found = differences(draft, sale)
    if draft.note != before.note and not is_told(before.note, draft.note, sale.note):
        found.append(f'the note is "{sale.note}", and should say "{draft.note}"')
    return found


def account_differences(draft: SaleDraft, sale: Sale) -> list[str]:
    """What of a sale just made on account does not say that its customer owes it."""
    if not draft.on_account or sale.state is not SaleState.PENDING or not sale.is_readable:
        return []
    found = [] if sale.is_on_account else ["it is not on account"]
    if sale.customer != draft.customer:
        found.append(f"its customer is {sale.customer or 'nobody'}, not {draft.customer}")
    return found


def goods_differences(draft: SaleDraft, sale: Sale) -> list[str]:
    """Which lines are not those of the draft; what was paid, and how, is left out."""
    wanted, there = _lines_of_draft(draft), _lines_of_sale(sale)
    if wanted == there:
        return []
    missing = [f"a line is missing: {_say(line)}" for line in (Counter(wanted) - Counter(there)).elements()]
    left = (Counter(there) - Counter(wanted)).elements()
    return [*missing, *(f"a line is not ours: {_say(line)}" for line in left)]


def fulfilment_differences(draft: SaleDraft, fulfilments: Sequence[Fulfilment]) -> list[str]:
    """What the dated dialect's fulfilments say of outlet and method; none of them shows on the sale (FACTS 24)."""
    found = []
    for fulfilment in fulfilments:
        if fulfilment.outlet != draft.outlet:
            found.append(f"outlet {fulfilment.outlet} hands it over, not {draft.outlet}")
        if fulfilment.method is not draft.method:
            found.append(f"it is handed over by {fulfilment.method}, not {draft.method}")
    return found


def is_untouched(draft: SaleDraft | None, sale: Sale) -> bool:
    """True when nothing on the sale is anybody else's work: then, and only then, may it be voided."""
    ours, there = _lines_of_draft(draft) if draft else [], _lines_of_sale(sale)
    is_open = sale.state in (SaleState.PENDING, SaleState.PARKED)
    has_only_our_lines = ours == there or not Counter(there) - Counter(ours)
    return is_open and has_only_our_lines and _has_only_our_payments(draft, sale)


def _has_only_our_payments(draft: SaleDraft | None, sale: Sale) -> bool:
    """No more is paid than the draft says, and by its types alone; a type that X-Series does not show may be any.

    One payment of the draft may stand as several: an update adds what is missing (FACTS 22.2).
    """
    ours: dict[PaymentTypeId | None, Decimal] = {}
    for one in draft.payments if draft else ():
        ours[one.payment_type] = ours.get(one.payment_type, ZERO) + one.amount
    there: dict[PaymentTypeId | None, Decimal] = {}
    for payment in sale.payments:
        there[payment.payment_type] = there.get(payment.payment_type, ZERO) + to_cents(payment.amount)
    shown = {kind: amount for kind, amount in there.items() if kind is not None}
    return sum(there.values(), ZERO) <= sum(ours.values(), ZERO) and all(
        amount <= ours.get(kind, ZERO) for kind, amount in shown.items()
    )


def lines_by_order_line(draft: SaleDraft, sale: Sale) -> list[tuple[OrderLineId, SaleLineId, Decimal]]:
    """Which line of the sale is which line of the order, by product, quantity and amount, each used once."""
    free: list[SaleLine] = sorted(sale.lines, key=lambda line: (line.sequence is None, line.sequence or 0))
    pairs = []
    for wanted in draft.lines:
        for line in free:
            if (line.product, line.quantity, to_cents(line.net)) == (wanted.product, wanted.quantity, wanted.net):
                pairs.append((wanted.order_line, line.id, line.quantity))
                free.remove(line)
                break
    return pairs


def _lines_of_draft(draft: SaleDraft) -> list[LineKey]:
    return sorted((line.product, line.quantity, line.net, line.tax_total) for line in draft.lines)


def _lines_of_sale(sale: Sale) -> list[LineKey]:
    keys = ((line.product, line.quantity, to_cents(line.net), to_cents(line.tax_total)) for line in sale.lines)
    return sorted(keys)


def _say(line: LineKey) -> str:
    product, quantity, net, tax = line
    return f"{quantity:f} of product {product} for {net} + {tax} tax"
