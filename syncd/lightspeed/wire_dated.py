"""What we say to the dated dialect, in the vendor's words: SaleRequest and SaleUpdateRequest of 2026-07.

Nothing that those schemas do not declare. Note the two spellings: `fulfillment_outlet_id` of the sale and
`fulfilment_outlet_id` of the line (FACTS 22.6). We name the outlet on the sale only: it is the default of all lines.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct


class ProductRef(Struct):
    id: str


class LineNote(Struct):
    value: str
    name: str = "line_note"


class Pricing(Struct, omit_defaults=True, kw_only=True):
    price: Decimal
    cost: Decimal | None = None
    discount: Decimal | None = None
    loyalty_amount: Decimal | None = None


class Tax(Struct):
    id: str
    amount: Decimal


class LineSource(Struct, omit_defaults=True):
    author_id: str | None = None
    register_id: str | None = None


class LineMetadata(Struct, omit_defaults=True, kw_only=True):
    is_price_override: bool
    fulfillment_method: str | None = None
    sequence: int | None = None


class LineItem(Struct, omit_defaults=True, kw_only=True, rename={"metadata": "_metadata"}):
    product: ProductRef
    quantity: Decimal
    pricing: Pricing
    tax: Tax
    metadata: LineMetadata
    id: str | None = None
    status: str | None = None
    fulfilment_outlet_id: str | None = None
    source: LineSource | None = None
    attributes: list[LineNote] | None = None


class PaymentKind(Struct):
    config_id: str


class PaymentSource(Struct):
    register_id: str


class Payment(Struct, omit_defaults=True, kw_only=True):
    amount: Decimal
    type: PaymentKind
    id: str | None = None
    date: str | None = None
    source: PaymentSource | None = None


class SaleSource(Struct, omit_defaults=True, kw_only=True):
    author_id: str
    register_id: str | None = None
    id: str | None = None
    type: str | None = None


class FulfilmentDetail(Struct, omit_defaults=True, kw_only=True):
    """Where a delivery goes: the id of an address as text, though the address shows a number (FACTS 24)."""

    type: str
    shipping_address_id: str


class SaleRequest(Struct, omit_defaults=True, kw_only=True):
    source: SaleSource
    state: str
    line_items: list[LineItem]
    payments: list[Payment]
    id: str | None = None  # of a create only
    attributes: list[str] | None = None
    date: str | None = None
    note: str | None = None
    customer_id: str | None = None
    invoice_number: str | None = None
    short_code: str | None = None
    accounts_transaction_id: str | None = None
    fulfillment_outlet_id: str | None = None
    fulfillment_details: list[FulfilmentDetail] | None = None


class FulfilRequest(Struct):
    sale_id: str


class StepLine(Struct):
    sale_line_item_id: str
    quantity: Decimal


class StepRequest(Struct):
    """Pick, pack or fulfil: refused with 409 when the version is not the current one (FACTS 3b)."""

    version: int
    line_items: list[StepLine]
