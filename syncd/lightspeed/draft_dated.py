"""Our drafts, and sales as they were read -> requests of the dated dialect."""

from __future__ import annotations

from syncd.domain.notes import note_after
from syncd.domain.sales import SOURCE_TYPE, DraftLine, DraftPayment, Sale, SaleDraft, SaleLine, SalePayment, SaleState
from syncd.lightspeed import wire, wire_dated
from syncd.lightspeed.echo import (
    CONFIRMED,
    dated_time,
    line_note,
    lines_coming_back,
    match_lines,
    missing_payments,
    must_say,
    own_amounts,
    plain,
    plain_or_none,
)
from syncd.lightspeed.states import ATTRIBUTE_OF, LINE_METHOD_OF, attributes_of
from syncd.lightspeed.translate import first, lines_of, payments_of, read_time, to_sale, to_text


def create(draft: SaleDraft) -> wire_dated.SaleRequest:
    """A pending sale that waits for pickup or dispatch, under the id that we chose."""
    method = LINE_METHOD_OF[draft.method]
    return wire_dated.SaleRequest(
        id=draft.sale_id,
        source=_source(draft),
        state=SaleState.PENDING.value,
        attributes=attributes_of(draft),
        date=dated_time(draft.date),
        note=draft.note,
        customer_id=draft.customer,
        invoice_number=draft.invoice_number,
        fulfillment_outlet_id=draft.outlet,
        fulfillment_details=_details(draft),
        line_items=[_new_line(line, index, method=method) for index, line in enumerate(draft.lines)],
        payments=[_new_payment(payment, draft) for payment in draft.payments],
    )


def update(row: wire.Sale, draft: SaleDraft, before: SaleDraft | None = None) -> wire_dated.SaleRequest:
    """The sale with the draft's lines: lines, payments, customer and note that are there are said again."""
    sale = to_sale(row)
    own = ATTRIBUTE_OF[draft.method]
    others = [word for word in sale.attributes if word.casefold() not in ATTRIBUTE_OF.values()]
    request = _echo(row, sale)
    request.source = _source(draft)
    request.attributes = [*others, own]
    request.date = dated_time(draft.date)
    request.note = note_after(row.note or "", (before or draft).note, draft.note)  # a note of the till stays
    request.customer_id = request.customer_id or draft.customer  # and so does its customer
    request.invoice_number = draft.invoice_number
    request.fulfillment_outlet_id = draft.outlet
    # Whether an update without them keeps them is not stated. An address of another customer is none of the sale's.
    request.fulfillment_details = _details(draft) if request.customer_id == draft.customer else None
    request.line_items = []
    for index, (wanted, found) in enumerate(match_lines(lines_of(row), draft)):
        line = _new_line(wanted, index)
        if found is not None:
            echo = _line(*found, record=f"sale {row.id}")
            line.id, line.status, line.source = echo.id, echo.status, echo.source
            line.attributes = line.attributes or echo.attributes
            line.pricing.cost, line.pricing.loyalty_amount = echo.pricing.cost, echo.pricing.loyalty_amount
        request.line_items.append(line)
    for payment, amount in zip(request.payments, own_amounts(sale.payments, draft), strict=True):
        payment.amount = plain(amount)
    request.payments += [_new_payment(payment, draft) for payment in missing_payments(sale.paid, draft)]
    return request


def void(row: wire.Sale) -> wire_dated.SaleRequest:
    """The whole sale again, with state `voided`."""
    request = _echo(row, to_sale(row))
    request.state = SaleState.VOIDED.value
    return request


def close_return(row: wire.Sale, draft: SaleDraft) -> wire_dated.SaleRequest:
    """The parked return with what comes back of it, the refund, and our source; closed."""
    request = reduce_return(row, draft)
    request.source = _source(draft)
    request.state = SaleState.CLOSED.value
    request.note = draft.note
    request.payments = [_new_payment(payment, draft) for payment in draft.payments]
    return request


def reduce_return(row: wire.Sale, draft: SaleDraft) -> wire_dated.SaleRequest:
    """The parked return with what comes back of it; parked still."""
    request = _echo(row, to_sale(row))
    request.line_items, record = [], f"sale {row.id}"
    for wanted, found in lines_coming_back(lines_of(row), draft, record):
        line = _line(*found, record=record)
        line.quantity = plain(wanted.quantity)
        request.line_items.append(line)
    return request


def _details(draft: SaleDraft) -> list[wire_dated.FulfilmentDetail] | None:
    if draft.ship_to_id is None:
        return None
    return [wire_dated.FulfilmentDetail(type=LINE_METHOD_OF[draft.method], shipping_address_id=draft.ship_to_id)]


def _source(draft: SaleDraft) -> wire_dated.SaleSource:
    return wire_dated.SaleSource(author_id=draft.user, register_id=draft.register, id=draft.source_id, type=SOURCE_TYPE)


def _new_line(line: DraftLine, index: int, *, method: str | None = None) -> wire_dated.LineItem:
    """`method` on a create only: an update pays no heed to it (FACTS 2)."""
    return wire_dated.LineItem(
        product=wire_dated.ProductRef(line.product),
        quantity=plain(line.quantity),
        pricing=wire_dated.Pricing(price=plain(line.price)),
        tax=wire_dated.Tax(line.tax_id, plain(line.tax)),
        attributes=[wire_dated.LineNote(line.note)] if line.note else None,
        metadata=wire_dated.LineMetadata(fulfillment_method=method, is_price_override=True, sequence=index),
    )


def _new_payment(payment: DraftPayment, draft: SaleDraft) -> wire_dated.Payment:
    return wire_dated.Payment(
        amount=plain(payment.amount),
        type=wire_dated.PaymentKind(payment.payment_type),
        date=dated_time(payment.paid_at),
        source=wire_dated.PaymentSource(draft.register),
    )


def _echo(row: wire.Sale, sale: Sale) -> wire_dated.SaleRequest:
    record = f"sale {row.id}"
    date = read_time(row.date or row.sale_date)
    reference = row.metadata.xero_reference if row.metadata else None
    return wire_dated.SaleRequest(
        source=wire_dated.SaleSource(
            author_id=must_say(sale.user, "source.author.id", record),
            register_id=sale.register,
            id=sale.source_id or None,
            type=sale.source_type or None,
        ),
        state=sale.state.value,
        attributes=list(sale.attributes) or None,
        date=dated_time(date) if date else None,
        note=row.note,
        customer_id=row.customer_id or None,
        invoice_number=sale.invoice_number or None,
        short_code=to_text(row.short_code) or None,
        accounts_transaction_id=reference or row.accounts_transaction_id or None,
        line_items=[_line(line, said, record=record) for line, said in lines_of(row)],
        payments=[_payment(payment, said, record) for payment, said in payments_of(row)],
    )


def _line(row: wire.Line, line: SaleLine, *, record: str) -> wire_dated.LineItem:
    pricing = row.pricing or wire.LinePricing()
    note = line_note(row)
    register = (row.source.register_id if row.source else None) or row.register_id
    override = row.metadata.is_price_override if row.metadata else row.price_set
    return wire_dated.LineItem(
        id=line.id or None,
        product=wire_dated.ProductRef(line.product),
        quantity=plain(line.quantity),
        pricing=wire_dated.Pricing(
            price=plain(line.price),
            cost=plain_or_none(first(pricing.cost, row.cost)),
            discount=plain_or_none(first(pricing.discount, row.discount)),
            loyalty_amount=plain_or_none(first(pricing.loyalty_amount, row.loyalty_value)),
        ),
        tax=wire_dated.Tax(must_say(line.tax_id, "the tax id of a line", record), plain(line.tax)),
        status=CONFIRMED if (row.status or "").upper() == CONFIRMED else None,
        source=wire_dated.LineSource(row.salesperson_id, register) if row.salesperson_id or register else None,
        attributes=[wire_dated.LineNote(note)] if note else None,
        metadata=wire_dated.LineMetadata(is_price_override=override is not False, sequence=line.sequence),
    )


def _payment(row: wire.Payment, payment: SalePayment, record: str) -> wire_dated.Payment:
    register = row.source.register_id if isinstance(row.source, wire.PaymentSource) else row.register_id
    date = read_time(row.date or row.payment_date)
    return wire_dated.Payment(
        id=payment.id or None,
        amount=plain(payment.amount),
        type=wire_dated.PaymentKind(must_say(payment.payment_type, "the type of a payment", record)),
        date=dated_time(date) if date else None,
        source=wire_dated.PaymentSource(register) if register else None,
    )
