"""What X-Series answers, in its own words. No meaning is given here: see `translate.py`.

Unknown fields are passed over and nearly all known ones may be absent or null: most schemas have no required list.
Amounts are read into Decimal from the text of the number, or from a numeric string: never through binary floats.
One sale struct holds the names of all shapes, because the dated dialect shows 2.0 rows in places (the return answer,
perhaps search) and the classic one speaks 2.0 and 0.9 side by side (FACTS 2, 13 and 24).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Generic, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

Text = str | int | None  # names and numbers that some answers write without quotes
Number = Decimal | None

T = TypeVar("T")


class Decoder(Generic[T]):
    """Decodes one row; numbers in quotes and 0/1 for booleans are taken too."""

    def __init__(self, kind: type[T]) -> None:
        self._decoder = msgspec.json.Decoder(kind, strict=False)

    def __call__(self, raw: Raw | bytes) -> T:
        return self._decoder.decode(raw)


# ------------------------------------------------------------------ sales


class Id(Struct):
    id: Text = None


class Named(Struct):
    """An attribute of a line (`line_note`), or however an attribute of a 0.9 sale may be wrapped."""

    name: str = ""
    value: Text = None


class SaleSource(Struct):
    id: Text = None
    type: str | None = None
    outlet_id: str | None = None
    register_id: str | None = None
    author: Id | None = None


class SaleTotals(Struct):
    price: Number = None
    price_incl_tax: Number = None
    tax: Number = None
    total_price: Number = None  # 0.9
    total_tax: Number = None


class SaleReturn(Struct):
    original_sale_id: str | None = None


class SaleMetadata(Struct):
    version: int | None = None
    xero_reference: str | None = None


class LinePricing(Struct):
    price: Number = None
    total: Number = None
    cost: Number = None
    discount: Number = None
    loyalty_amount: Number = None


class LineTax(Struct):
    id: str | None = None
    amount: Number = None  # of one unit
    total: Number = None


class LineMetadata(Struct):
    is_price_override: bool | None = None
    sequence: Number = None


class LineSource(Struct):
    register_id: str | None = None


class Line(Struct, rename={"metadata": "_metadata"}):
    id: str | None = None
    quantity: Number = None
    status: str | None = None
    note: str | None = None
    salesperson_id: str | None = None
    tax: LineTax | Decimal | None = None  # an object (dated) or the amount of one unit (2.0, 0.9)
    # dated
    product: Id | None = None
    pricing: LinePricing | None = None
    source: LineSource | None = None
    metadata: LineMetadata | None = None
    # 2.0 and 0.9
    product_id: str | None = None
    register_id: str | None = None
    price: Number = None
    unit_price: Number = None
    price_total: Number = None
    total_price: Number = None
    unit_tax: Number = None
    tax_total: Number = None
    total_tax: Number = None
    tax_id: str | None = None
    cost: Number = None
    discount: Number = None
    loyalty_value: Number = None
    price_set: bool | None = None
    sequence: Number = None
    attributes: list[Named | str] | None = None


class PaymentKind(Struct):
    config_id: str | None = None


class PaymentSource(Struct):
    register_id: str | None = None


class Payment(Struct):
    id: Text = None
    amount: Number = None
    deleted_at: str | None = None
    # dated
    date: str | None = None
    type: PaymentKind | str | None = None
    source: PaymentSource | str | None = None
    # 2.0 and 0.9; `payment_type_id` is the global kind and names no payment type (FACTS 22.20)
    retailer_payment_type_id: str | None = None
    payment_date: str | None = None
    register_id: str | None = None


class Sale(Struct, rename={"metadata": "_metadata", "return_": "return"}):
    id: str
    state: str | None = None
    status: str | None = None
    attributes: list[str | Named] | None = None
    created_at: str | None = None
    updated_at: str | None = None
    deleted_at: str | None = None
    customer_id: str | None = None
    invoice_number: Text = None
    short_code: Text = None
    note: str | None = None
    source: SaleSource | str | int | UnsetType | None = UNSET  # an object (dated) or its type (2.0, 0.9)
    totals: SaleTotals | None = None
    # dated
    date: str | None = None
    return_: SaleReturn | None = None
    metadata: SaleMetadata | None = None
    line_items: list[Line] | UnsetType | None = UNSET  # 2.0 too
    payments: list[Payment] | UnsetType | None = UNSET  # 2.0 too
    # 2.0 and 0.9
    version: int | None = None
    source_id: Text = None
    outlet_id: str | None = None
    register_id: str | None = None
    user_id: str | None = None
    sale_date: str | None = None
    invoice_sequence: Number = None
    accounts_transaction_id: str | None = None
    return_for: str | None = None
    total_price: Number = None
    total_tax: Number = None
    fulfillment_outlet_id: str | None = None
    # 0.9
    register_sale_attributes: list[str | Named] | None = None
    register_sale_products: list[Line] | UnsetType | None = UNSET
    register_sale_payments: list[Payment] | UnsetType | None = UNSET

    @property
    def shows_lines(self) -> bool:
        """False when the answer does not speak of lines at all, which is not the same as a sale without lines."""
        return self.line_items is not UNSET or self.register_sale_products is not UNSET

    @property
    def lines(self) -> list[Line]:
        found = self.line_items if self.line_items is not UNSET else self.register_sale_products
        return found or []

    @property
    def all_payments(self) -> list[Payment]:
        found = self.payments if self.payments is not UNSET else self.register_sale_payments
        return found or []


class FulfilmentLine(Struct):
    quantity: Number = None
    picked_quantity: Number = None
    packed_quantity: Number = None
    fulfilled_quantity: Number = None
    sale_line_item_id: str | None = None
    product_id: str | None = None
    id: str | None = None  # 2.0: of the fulfilment's own line


class Fulfilment(Struct):
    """Dated: `type` and `state`. 2.0: `status` SHIPPED or PICKED_UP, and only done ones are listed (FACTS 19)."""

    id: Text = None
    sale_id: str | None = None
    outlet_id: str | None = None
    type: str | None = None
    state: str | None = None
    status: str | None = None
    version: int | None = None  # dated only
    line_items: list[FulfilmentLine] | None = None
