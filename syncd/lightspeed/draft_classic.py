"""Our drafts, and sales as they were read -> `register_sales` of API 0.9.

What was read is mostly a 2.0 row, whose names differ, so it cannot be sent back as it is (FACTS 11).
"""

from __future__ import annotations

from syncd.domain.notes import note_after
from syncd.domain.sales import SOURCE_TYPE, DraftLine, DraftPayment, Sale, SaleDraft, SaleLine, SalePayment
from syncd.lightspeed import wire
from syncd.lightspeed.echo import (
    CONFIRMED,
    classic_time,
    line_note,
    lines_coming_back,
    match_lines,
    missing_payments,
    must_say,
    own_amounts,
    plain,
    plain_or_none,
)
from syncd.lightspeed.states import CLOSED_STATUS, OPEN_STATUS_OF, VOIDED_STATUS, attributes_of, read_status
from syncd.lightspeed.translate import first, lines_of, payments_of, read_time, to_sale, to_text, words
from syncd.lightspeed.wire_classic import LineNote, RegisterSale, RegisterSalePayment, RegisterSaleProduct


def create(draft: SaleDraft) -> RegisterSale:
    """A sale that waits for pickup or dispatch. Without an id: with one it would be an update (FACTS 21)."""
    return RegisterSale(
        register_id=draft.register,
        user_id=draft.user,
        fulfillment_outlet_id=draft.outlet,
        status=OPEN_STATUS_OF[draft.method],
        customer_id=draft.customer,
        sale_date=classic_time(draft.date),
        note=draft.note,
        invoice_number=draft.invoice_number,
        source=SOURCE_TYPE,
        source_id=draft.source_id,
        register_sale_attributes=attributes_of(draft) if draft.on_account else None,  # else the status says it all
        register_sale_products=[_new_line(line, index) for index, line in enumerate(draft.lines)],
        register_sale_payments=[_new_payment(payment, draft) for payment in draft.payments],
    )


def update(row: wire.Sale, draft: SaleDraft, before: SaleDraft | None = None) -> RegisterSale:
    """The sale with the draft's lines: lines, payments, customer and note that are there are said again."""
    sale = to_sale(row)
    request = _echo(row, sale, status=_open_status(row, draft))
    request.register_id, request.user_id = draft.register, draft.user
    request.fulfillment_outlet_id = draft.outlet
    request.sale_date = classic_time(draft.date)
    request.note = note_after(row.note or "", (before or draft).note, draft.note)  # a note of the till stays
    request.customer_id = request.customer_id or draft.customer  # and so does its customer
    request.invoice_number = draft.invoice_number
    request.source, request.source_id = SOURCE_TYPE, draft.source_id
    request.register_sale_products = []
    for index, (wanted, found) in enumerate(match_lines(lines_of(row), draft)):
        line = _new_line(wanted, index)
        if found is not None:
            echo = _line(*found, record=f"sale {row.id}")
            line.id, line.status, line.register_id = echo.id, echo.status, echo.register_id
            line.cost, line.loyalty_value = echo.cost, echo.loyalty_value
            line.attributes = line.attributes or echo.attributes
        request.register_sale_products.append(line)
    for payment, amount in zip(request.register_sale_payments, own_amounts(sale.payments, draft), strict=True):
        payment.amount = plain(amount)
    request.register_sale_payments += [_new_payment(payment, draft) for payment in missing_payments(sale.paid, draft)]
    return request


def void(row: wire.Sale) -> RegisterSale:
    """The whole sale again, with status VOIDED."""
    request = _echo(row, to_sale(row), status=VOIDED_STATUS)
    request.register_sale_attributes = None  # the status says it all
    return request


def close_return(row: wire.Sale, draft: SaleDraft) -> RegisterSale:
    """The parked return with what comes back of it, the refund, and our source; closed."""
    request = _echo(row, to_sale(row), status=CLOSED_STATUS)
    request.register_sale_attributes = None
    request.user_id = draft.user
    request.source, request.source_id = SOURCE_TYPE, draft.source_id
    request.note = draft.note
    request.register_sale_products, record = [], f"sale {row.id}"
    for wanted, found in lines_coming_back(lines_of(row), draft, record):
        line = _line(*found, record=record)
        line.quantity = plain(wanted.quantity)
        request.register_sale_products.append(line)
    request.register_sale_payments = [_new_payment(payment, draft) for payment in draft.payments]
    return request


def _open_status(row: wire.Sale, draft: SaleDraft) -> str:
    """The status that stands, when it says more than ours (a sale on account); never OPEN."""
    status = (row.status or "").upper()
    return status if status in ("ONACCOUNT", "LAYBY") else OPEN_STATUS_OF[draft.method]


def _new_line(line: DraftLine, index: int) -> RegisterSaleProduct:
    return RegisterSaleProduct(
        product_id=line.product,
        quantity=plain(line.quantity),
        price=plain(line.price),
        tax=plain(line.tax),
        tax_id=line.tax_id,
        price_set=1,
        sequence=index,
        attributes=[LineNote(line.note)] if line.note else None,
    )


def _new_payment(payment: DraftPayment, draft: SaleDraft) -> RegisterSalePayment:
    return RegisterSalePayment(
        retailer_payment_type_id=payment.payment_type,
        amount=plain(payment.amount),
        payment_date=classic_time(payment.paid_at),
        register_id=draft.register,
    )


def _echo(row: wire.Sale, sale: Sale, *, status: str) -> RegisterSale:
    record = f"sale {row.id}"
    date = read_time(row.sale_date or row.date)
    # Attributes are named only when they say more than the status does (`onaccount` beside `pickup`).
    said = words(row.attributes) or words(row.register_sale_attributes)
    says_more = any(word not in read_status(status)[1] for word in said)
    return RegisterSale(
        id=row.id,
        register_id=must_say(sale.register, "register_id", record),
        user_id=must_say(sale.user, "user_id", record),
        status=status,
        customer_id=row.customer_id or None,
        # 2.0 shows no fulfilling outlet; the register stands at it (tutorial "Fulfillments").
        fulfillment_outlet_id=row.fulfillment_outlet_id or (sale.outlet if sale.method else None),
        sale_date=classic_time(date) if date else None,
        note=row.note,
        short_code=to_text(row.short_code) or None,
        invoice_number=sale.invoice_number or None,
        invoice_sequence=plain_or_none(row.invoice_sequence),
        accounts_transaction_id=row.accounts_transaction_id or None,
        source=sale.source_type or None,
        source_id=sale.source_id or None,
        register_sale_attributes=list(said) if says_more else None,
        register_sale_products=[_line(line, said, record=record) for line, said in lines_of(row)],
        register_sale_payments=[_payment(payment, said, record) for payment, said in payments_of(row)],
    )


def _line(row: wire.Line, line: SaleLine, *, record: str) -> RegisterSaleProduct:
    pricing = row.pricing or wire.LinePricing()
    note = line_note(row)
    override = row.metadata.is_price_override if row.metadata else row.price_set
    return RegisterSaleProduct(
        id=line.id or None,
        product_id=line.product,
        quantity=plain(line.quantity),
        price=plain(line.price),
        tax=plain(line.tax),
        tax_id=must_say(line.tax_id, "the tax id of a line", record),
        price_set=0 if override is False else 1,
        register_id=row.register_id or (row.source.register_id if row.source else None),
        sequence=line.sequence,
        cost=plain_or_none(first(row.cost, pricing.cost)),
        discount=plain_or_none(first(row.discount, pricing.discount)),
        loyalty_value=plain_or_none(first(row.loyalty_value, pricing.loyalty_amount)),
        status=CONFIRMED if (row.status or "").upper() == CONFIRMED else None,
        attributes=[LineNote(note)] if note else None,
    )


def _payment(row: wire.Payment, payment: SalePayment, record: str) -> RegisterSalePayment:
    date = read_time(row.payment_date or row.date)
    source = row.source if isinstance(row.source, wire.PaymentSource) else None
    return RegisterSalePayment(
        id=payment.id or None,
        retailer_payment_type_id=must_say(payment.payment_type, "the type of a payment", record),
        amount=plain(payment.amount),
        # Said again, or the payment would move to today (tutorial: "By default current time will be assigned").
        payment_date=classic_time(date) if date else None,
        register_id=row.register_id or (source.register_id if source else None),
    )
