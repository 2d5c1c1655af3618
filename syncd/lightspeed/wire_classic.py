"""What we say to the classic dialect, in the vendor's words: the tutorials "Sales 101" and "Fulfillments", FACTS 11."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct


class LineNote(Struct):
    value: str
    name: str = "line_note"


class RegisterSaleProduct(Struct, omit_defaults=True, kw_only=True):
    product_id: str
    quantity: Decimal
    price: Decimal  # of one unit, without tax
    tax: Decimal  # of one unit
    tax_id: str
    price_set: int  # 1: a till does not reprice
    id: str | None = None
    register_id: str | None = None
    sequence: int | None = None
    cost: Decimal | None = None
    discount: Decimal | None = None
    loyalty_value: Decimal | None = None
    status: str | None = None
    attributes: list[LineNote] | None = None


class RegisterSalePayment(Struct, omit_defaults=True, kw_only=True):
    retailer_payment_type_id: str
    amount: Decimal
    id: str | None = None
    payment_date: str | None = None
    register_id: str | None = None


class RegisterSale(Struct, omit_defaults=True, kw_only=True):
    register_id: str
    user_id: str
    status: str
    register_sale_products: list[RegisterSaleProduct]
    register_sale_payments: list[RegisterSalePayment]
    id: str | None = None  # makes it an update
    customer_id: str | None = None
    fulfillment_outlet_id: str | None = None
    sale_date: str | None = None
    note: str | None = None
    short_code: str | None = None
    invoice_number: str | None = None
    invoice_sequence: Decimal | None = None
    accounts_transaction_id: str | None = None
    source: str | None = None
    source_id: str | None = None
    register_sale_attributes: list[str] | None = None


class FulfilRequest(Struct):
    fulfillment_type: str
