"""X-Series' sales and fulfilments -> ours. One function a type; each returns a true object or raises naming the field.

Written for every shape that the vendor shows (dated, 2.0, 0.9), because each dialect may answer with another's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from syncd.domain.customers import CustomerId
from syncd.domain.ids import OutletId, PaymentTypeId, ProductId, RegisterId, SaleId, SaleLineId, TaxId, UserId
from syncd.domain.money import ZERO
from syncd.domain.orders import Method
from syncd.domain.sales import (
    Fulfilment,
    FulfilmentLine,
    FulfilmentState,
    Sale,
    SaleLine,
    SalePayment,
    SaleState,
)
from syncd.errors import BadRecord
from syncd.lightspeed import wire
from syncd.lightspeed.states import method_of, read_status

_METHOD_OF = {
    "PICKUP": Method.PICKUP,
    "DISPATCH": Method.DISPATCH,
    "PICKED_UP": Method.PICKUP,
    "SHIPPED": Method.DISPATCH,
}


def to_text(value: wire.Text) -> str:
    return "" if value is None else str(value)


def is_set(stamp: str | None) -> bool:
    """Whether a `deleted_at` means anything: null, an empty text and the zero date of old rows do not."""
    return stamp is not None and stamp.strip() != "" and not stamp.startswith("0000")


def read_time(text: str | None) -> datetime | None:
    """A moment in UTC. Without an offset it is UTC already (doc "Dates and Times"); None when it is not a date."""
    if text is None or not is_set(text):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def number(value: wire.Number, *, record: str, field: str) -> Decimal:
    """The number, or BadRecord when it is missing or none (`NaN` is a decimal text, too)."""
    if value is None or not value.is_finite():
        raise BadRecord(f"{record} has no usable {field}: {value}", record=record, field=field)
    return value


def first(*values: wire.Number) -> wire.Number:
    """The first number that was said under any of its names."""
    return next((value for value in values if value is not None), None)


# ------------------------------------------------------------------ sales


def to_sale(row: wire.Sale, *, version: int | None = None) -> Sale:
    """The sale; `version` is taken when the row carries none (a 0.9 row)."""
    source_type, source_id, source = _source(row)
    state, attributes = _state(row)
    lines = tuple(line for _, line in lines_of(row))
    payments = tuple(payment for _, payment in payments_of(row))
    register = row.register_id or (source.register_id if source else None)
    outlet = row.outlet_id or (source.outlet_id if source else None)
    original = row.return_for or (row.return_.original_sale_id if row.return_ else None)
    author = row.user_id or (to_text(source.author.id) if source and source.author else None)
    return Sale(
        id=SaleId(row.id),
        version=_version(row, version),
        state=state,
        method=method_of(attributes),
        attributes=attributes,
        source_type=source_type,
        source_id=source_id,
        invoice_number=to_text(row.invoice_number),
        outlet=OutletId(outlet) if outlet else None,
        register=RegisterId(register) if register else None,
        user=UserId(author) if author else None,
        created_at=read_time(row.created_at),
        updated_at=read_time(row.updated_at),
        total=_total(row, lines),
        return_for=SaleId(original) if original else None,
        lines=lines,
        payments=payments,
        note=row.note or "",
        customer=CustomerId(row.customer_id) if row.customer_id else None,
    )


def lines_of(row: wire.Sale) -> list[tuple[wire.Line, SaleLine]]:
    """The sale's lines beside their wire rows. A voided line of a standing sale is no line any more (2.0)."""
    all_gone = _state(row)[0] is SaleState.VOIDED
    standing = [line for line in row.lines if all_gone or (line.status or "").upper() != "VOIDED"]
    return [(line, _to_line(line, sale=row.id)) for line in standing]


def payments_of(row: wire.Sale) -> list[tuple[wire.Payment, SalePayment]]:
    standing = [payment for payment in row.all_payments if not is_set(payment.deleted_at)]
    return [(payment, _to_payment(payment, sale=row.id)) for payment in standing]


def _to_line(row: wire.Line, *, sale: str) -> SaleLine:
    record = f"line {row.id or '?'} of sale {sale}"
    pricing = row.pricing or wire.LinePricing()
    tax = row.tax if isinstance(row.tax, wire.LineTax) else wire.LineTax(amount=row.tax)
    product = row.product_id or (to_text(row.product.id) if row.product else "")
    if not product:
        raise BadRecord(f"{record} has no product", record=record, field="product")
    quantity = number(row.quantity, record=record, field="quantity")
    price = number(first(pricing.price, row.price, row.unit_price), record=record, field="price")
    unit_tax = number(first(tax.amount, row.unit_tax, ZERO), record=record, field="tax")
    net = first(pricing.total, row.price_total, row.total_price, price * quantity)
    tax_total = first(tax.total, row.tax_total, row.total_tax, unit_tax * quantity)
    tax_id = tax.id or row.tax_id
    sequence = first(row.metadata.sequence if row.metadata else None, row.sequence)
    return SaleLine(
        id=SaleLineId(row.id or ""),
        product=ProductId(product),
        quantity=quantity,
        price=price,
        tax=unit_tax,
        tax_id=TaxId(tax_id) if tax_id else None,
        net=number(net, record=record, field="price_total"),
        tax_total=number(tax_total, record=record, field="tax_total"),
        sequence=int(sequence) if sequence is not None and sequence.is_finite() else None,
    )


def _to_payment(row: wire.Payment, *, sale: str) -> SalePayment:
    record = f"payment {to_text(row.id) or '?'} of sale {sale}"
    kind = row.retailer_payment_type_id or (row.type.config_id if isinstance(row.type, wire.PaymentKind) else None)
    return SalePayment(
        id=to_text(row.id),
        payment_type=PaymentTypeId(kind) if kind else None,
        amount=number(row.amount, record=record, field="amount"),
    )


def _source(row: wire.Sale) -> tuple[str, str, wire.SaleSource | None]:
    if isinstance(row.source, wire.SaleSource):
        return to_text(row.source.type), to_text(row.source.id) or to_text(row.source_id), row.source
    said = row.source if isinstance(row.source, str | int) else None
    return to_text(said), to_text(row.source_id), None


def words(attributes: Iterable[str | wire.Named] | None) -> tuple[str, ...]:
    """Attributes as plain words, however they are wrapped."""
    said = (word if isinstance(word, str) else word.name for word in attributes or ())
    return tuple(word for word in said if word)


def _state(row: wire.Sale) -> tuple[SaleState, tuple[str, ...]]:
    """State and attributes: the newer pair where it is said, else what the status means."""
    said = words(row.attributes) or words(row.register_sale_attributes)
    by_status = read_status(row.status) if row.status else None
    state = next((state for state in SaleState if state == (row.state or "").strip().casefold()), None)
    if state is None and by_status is None:
        raise BadRecord(f"sale {row.id} has no state: {row.state}", record=row.id, field="state")
    if by_status is not None:
        state = state or by_status[0]
        said = (*said, *(word for word in by_status[1] if word not in said))
    if is_set(row.deleted_at):
        state = SaleState.VOIDED  # a deleted sale stands no more
    assert state is not None
    return state, said


def _version(row: wire.Sale, otherwise: int | None) -> int:
    if row.metadata is not None and row.metadata.version is not None:
        return row.metadata.version
    return row.version if row.version is not None else otherwise or 0


def _total(row: wire.Sale, lines: tuple[SaleLine, ...]) -> Decimal:
    """What the customer pays (FACTS 20): `price_incl_tax`, else price and tax, else the sum of the lines."""
    totals = row.totals or wire.SaleTotals()
    if totals.price_incl_tax is not None:
        return number(totals.price_incl_tax, record=row.id, field="totals.price_incl_tax")
    price = first(totals.price, row.total_price, totals.total_price)
    tax = first(totals.tax, row.total_tax, totals.total_tax)
    if price is None or tax is None:
        return sum((line.net + line.tax_total for line in lines), ZERO)
    return number(price, record=row.id, field="total_price") + number(tax, record=row.id, field="total_tax")


# ------------------------------------------------------------------ fulfilments


def to_fulfilment(row: wire.Fulfilment, *, sale: SaleId | None = None, is_open: bool = False) -> Fulfilment | None:
    """The fulfilment, or None when it hands no goods over (a service). `sale` is the one that was asked about.

    `is_open` says that the row is a pick list: its type has the words of a done one, and it is not done.
    """
    record = f"fulfilment {to_text(row.id) or '?'}"
    kind = (row.type or row.status or "").upper()
    if kind == "SERVICE":
        return None
    if kind not in _METHOD_OF:
        raise BadRecord(f"{record} has an unknown type: {kind or 'none'}", record=record, field="type")
    of_sale = row.sale_id or sale
    if not of_sale or not row.outlet_id:
        raise BadRecord(f"{record} has no sale or no outlet", record=record, field="outlet_id")
    done = not is_open and (kind in ("PICKED_UP", "SHIPPED") or (row.state or "").upper() == "FULFILLED")
    return Fulfilment(
        id=to_text(row.id),
        sale=SaleId(of_sale),
        outlet=OutletId(row.outlet_id),
        method=_METHOD_OF[kind],
        state=FulfilmentState.FULFILLED if done else FulfilmentState.OPEN,
        lines=tuple(_to_fulfilment_line(line, record=record, done=done) for line in row.line_items or ()),
        version=row.version or 0,
    )


def _to_fulfilment_line(row: wire.FulfilmentLine, *, record: str, done: bool) -> FulfilmentLine:
    line = row.sale_line_item_id or row.id
    if not line:
        raise BadRecord(f"{record} has a line that names no sale line", record=record, field="sale_line_item_id")
    quantity = number(row.quantity, record=record, field="quantity")
    fulfilled = first(row.fulfilled_quantity, quantity if done else ZERO)
    return FulfilmentLine(
        sale_line=SaleLineId(line),
        quantity=quantity,
        fulfilled=number(fulfilled, record=record, field="fulfilled_quantity"),
        picked=number(first(row.picked_quantity, ZERO), record=record, field="picked_quantity"),
        packed=number(first(row.packed_quantity, ZERO), record=record, field="packed_quantity"),
    )
