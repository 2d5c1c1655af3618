"""Rows as the vendor shows them, and our own drafts: valid by default, a test spells out only its point.

Sources: tutorials "Sales 101" and "Fulfillments", the examples of openapi-2.0.json (GET /sales) and of
openapi-2026-07-condensed.yaml, reduced.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from syncd.domain.ids import (
    OrderLineId,
    OutletId,
    PaymentTypeId,
    ProductId,
    RegisterId,
    SaleId,
    Sku,
    SourceId,
    TaxId,
    UserId,
)
from syncd.domain.orders import Method
from syncd.domain.sales import DraftLine, DraftPayment, SaleDraft

SALE = "81b37e5f-aa50-4fe3-95d3-a3cec73a7e2c"
OUTLET = "b1e04bd8-f019-11e3-a0f5-b8ca3a64f8f4"
REGISTER = "b1e198a9-f019-11e3-a0f5-b8ca3a64f8f4"
USER = "b1ed6158-f019-11e3-a0f5-b8ca3a64f8f4"
CUSTOMER = "06e35f89-3783-11e6-ec7e-13193f7bd2ed"
PRODUCT = "b1d87b58-f019-11e3-a0f5-b8ca3a64f8f4"
OTHER_PRODUCT = "b8ca3a65-0183-11e4-fbb5-9776c5cd0240"
TAX = "b1d192bc-f019-11e3-a0f5-b8ca3a64f8f4"
CASH = "b1e1d70e-f019-11e3-a0f5-b8ca3a64f8f4"
LINE = "a604d16b-a999-8ae0-11e4-39f8234e68d5"
PAYMENT = "a604d16b-a999-beb5-11e4-3ed468ffbb24"
SOURCE_ID = "acme/tryton/42/pickup/1"
PAID_AT = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)

ONE_SALE = f"/api/2026-07/sales/{SALE}"
CLASSIC_SALE = f"/api/2.0/sales/{SALE}"


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def a_dated_line(**other: Any) -> dict[str, Any]:
    return {
        "id": LINE,
        "quantity": 1,
        "status": "SAVED",
        "product": {"id": PRODUCT},
        "pricing": {"price": 22, "total": 22, "cost": 20, "discount": 0, "loyalty_amount": 0},
        "tax": {"id": TAX, "amount": 3.3, "total": 3.3},
        "_metadata": {"is_price_override": True, "sequence": 0},
    } | other


def a_dated_payment(**other: Any) -> dict[str, Any]:
    return {
        "id": PAYMENT,
        "amount": 25.3,
        "date": "2026-12-01T09:30:00Z",
        "type": {"config_id": CASH, "id": "1", "name": "Cash"},
        "source": {"register_id": REGISTER, "outlet_id": OUTLET},
    } | other


def a_dated_sale(**other: Any) -> dict[str, Any]:
    return {
        "id": SALE,
        "state": "pending",
        "attributes": ["pickup"],
        "date": "2026-12-01T09:00:00+00:00",
        "created_at": "2026-12-01T09:00:01+00:00",
        "updated_at": "2026-12-01T09:00:02+00:00",
        "invoice_number": "SO0042",
        "note": "",
        "source": {
            "id": SOURCE_ID,
            "type": "syncd",
            "outlet_id": OUTLET,
            "register_id": REGISTER,
            "author": {"id": USER},
        },
        "totals": {"price": 22, "price_incl_tax": 25.3, "tax": 3.3, "surcharge": 0, "loyalty": 0},
        "line_items": [a_dated_line()],
        "payments": [a_dated_payment()],
        "_metadata": {"version": 413},
    } | other


def a_classic_line(**other: Any) -> dict[str, Any]:
    return {
        "id": LINE,
        "product_id": PRODUCT,
        "tax_id": TAX,
        "discount_total": 0,
        "discount": 0,
        "price_total": 200,
        "price": 200,
        "cost": 100,
        "tax_total": 30,
        "tax": 30,
        "quantity": 1,
        "loyalty_value": 23,
        "price_set": False,
        "status": "CONFIRMED",
        "sequence": 1,
        "unit_price": 200,
        "unit_tax": 30,
        "total_price": 200,
        "total_tax": 30,
        "is_return": False,
    } | other


def a_classic_payment(**other: Any) -> dict[str, Any]:
    return {
        "id": PAYMENT,
        "register_id": REGISTER,
        "outlet_id": OUTLET,
        "retailer_payment_type_id": CASH,
        "payment_type_id": "1",
        "name": "Cash",
        "amount": 230,
        "payment_date": "2014-09-18T01:37:54+00:00",
    } | other


def a_classic_sale(**other: Any) -> dict[str, Any]:
    """A row of API 2.0."""
    return {
        "id": SALE,
        "outlet_id": OUTLET,
        "register_id": REGISTER,
        "user_id": USER,
        "customer_id": CUSTOMER,
        "invoice_number": "SO0042",
        "source": "syncd",
        "source_id": SOURCE_ID,
        "status": "AWAITING_PICKUP",
        "note": "",
        "short_code": "xamfvy",
        "total_price": 200,
        "total_tax": 30,
        "created_at": "2014-09-11T21:09:59+00:00",
        "updated_at": "2014-09-18T01:37:59+00:00",
        "sale_date": "2014-09-18T01:37:56+00:00",
        "line_items": [a_classic_line()],
        "payments": [a_classic_payment()],
        "version": 413,
    } | other


def a_register_sale(**other: Any) -> dict[str, Any]:
    """A row of API 0.9: other names, no version."""
    row = without(a_classic_sale(), "line_items", "payments", "version", "outlet_id")
    row |= {"created_at": "2014-09-11 21:09:59", "sale_date": "2014-09-18 01:37:56", "deleted_at": ""}
    row["register_sale_products"] = [a_classic_line(price_set=1, sequence="0")]
    row["register_sale_payments"] = [a_classic_payment(payment_date="2014-09-18 01:37:54")]
    return row | other


def a_draft_line(**other: Any) -> DraftLine:
    values: dict[str, Any] = {
        "order_line": OrderLineId("1"),
        "product": ProductId(PRODUCT),
        "sku": Sku("MUG"),
        "quantity": Decimal("1"),
        "price": Decimal("22"),
        "tax": Decimal("3.3"),
        "tax_id": TaxId(TAX),
        "net": Decimal("22.00"),
        "tax_total": Decimal("3.30"),
    }
    return DraftLine(**(values | other))


def a_draft_payment(amount: str = "25.30") -> DraftPayment:
    return DraftPayment(PaymentTypeId(CASH), Decimal(amount), PAID_AT)


def a_draft(**other: Any) -> SaleDraft:
    values: dict[str, Any] = {
        "sale_id": SaleId(SALE),
        "source_id": SourceId(SOURCE_ID),
        "invoice_number": "SO0042",
        "outlet": OutletId(OUTLET),
        "register": RegisterId(REGISTER),
        "user": UserId(USER),
        "method": Method.PICKUP,
        "date": datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
        "note": "Order 42",
        "lines": (a_draft_line(),),
        "payments": (a_draft_payment(),),
    }
    return SaleDraft(**(values | other))
