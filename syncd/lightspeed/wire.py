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
    line_items: list[FulfilmentLine] | None = None


# ------------------------------------------------------------------ catalogue and stock


class Outlet(Struct):
    id: str
    name: str
    time_zone: str | None = None
    currency: str | None = None
    deleted_at: str | None = None


class Register(Struct):
    id: str
    name: str
    outlet_id: str | None = None
    is_open: bool | None = None
    deleted_at: str | None = None


class User(Struct):
    id: str
    username: str | None = None
    display_name: str | None = None
    enabled: bool | None = None
    deleted_at: str | None = None


class TaxRate(Struct):
    rate: Number = None


class Tax(Struct):
    id: str
    name: str | None = None
    display_name: str | None = None
    rates: list[TaxRate] | None = None
    deleted_at: str | None = None


class PaymentType(Struct):
    id: str
    name: str
    disabled: bool | None = None
    internal: bool | None = None
    deleted_at: str | None = None


class ProductCode(Struct):
    code: Text = None


class Product(Struct):
    id: str
    sku: Text = None
    name: str | None = None
    variant_name: str | None = None
    product_codes: list[ProductCode] | None = None
    active: bool | None = None
    is_active: bool | None = None
    has_inventory: bool | None = None
    track_inventory: bool | None = None
    is_composite: bool | None = None
    deleted_at: str | None = None
    version: int | None = None


class Level(Struct):
    outlet_id: str
    product_id: str
    current_inventory_level: Number = None  # dated (FACTS 22.17: five names for one number)
    inventory_level: Number = None  # 2.0
    quantity_to_procure: Number = None  # dated only
    deleted_at: str | None = None
    version: int | None = None


# ------------------------------------------------------------------ around the rows


class Version(Struct):
    min: int | None = None
    max: int | None = None


class _Envelope(Struct):
    data: list[Raw] | None
    version: Raw = Raw()


class _Versioned(Struct, rename={"metadata": "_metadata"}):
    version: int | None = None
    metadata: SaleMetadata | None = None


class Page(Struct):
    """Rows still undecoded, so that a bad one spoils no other."""

    rows: list[Raw]
    version_max: int | None
    has_version: bool  # whether the answer speaks of versions at all


_page = msgspec.json.Decoder(list[Raw] | _Envelope)
_version = Decoder(Version)
_versioned = Decoder(_Versioned)
_one = msgspec.json.Decoder(dict[str, Raw] | list[Raw] | str | int | None)


def open_page(content: bytes) -> Page:
    """`{data: [...], version: {min, max}}`, the same without or with a null version, or a bare array."""
    found = _page.decode(content)
    if isinstance(found, list):
        return Page(found, None, False)
    try:
        version = _version(found.version) if bytes(found.version) not in (b"", b"null") else None
    except msgspec.DecodeError:
        version = None
    return Page(found.data or [], version.max if version else None, version is not None)


def open_one(content: bytes | Raw) -> Raw | None:
    """The one thing that an answer is about: an object or a bare id; None when it holds nothing.

    Under `data` (an object, an id, or an array of one, as `GET /user` shows), under 0.9's `register_sale` (or
    `register_sales`), or without any wrapper (FACTS 11, 17 and 18).
    """
    found = _one.decode(content)
    match found:
        case None | "" | []:
            return None
        case list():
            return open_one(found[0])
        case dict():
            for wrapper in ("data", "register_sale", "register_sales"):
                if wrapper in found:
                    return open_one(found[wrapper])
            return Raw(bytes(content)) if "id" in found else None
    return Raw(bytes(content))


def version_of(row: Raw) -> int | None:
    """The version of any row; None when it has none that we can read."""
    try:
        found = _versioned(row)
    except msgspec.DecodeError:
        return None
    if found.metadata is not None and found.metadata.version is not None:
        return found.metadata.version
    return found.version


def id_of(row: Raw) -> str:
    """The id of any row or a bare id, for a log line or a receipt; empty when there is none."""
    try:
        found = _one.decode(row)
        if isinstance(found, dict):
            found = _one.decode(found["id"])
    except (msgspec.DecodeError, KeyError):
        return ""
    return str(found) if isinstance(found, str | int) else ""


def source_type_of(row: Raw) -> str:
    """The source type of a sale whose row cannot be decoded as a whole."""
    try:
        found = _one.decode(row)
        source = _one.decode(found["source"]) if isinstance(found, dict) else None
        if isinstance(source, dict):
            source = _one.decode(source["type"])
    except (msgspec.DecodeError, KeyError):
        return ""
    return source if isinstance(source, str) else ""
