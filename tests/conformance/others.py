"""A sale as some other application writes it, in either dialect, with every property that the vendor names."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from syncd.domain.sales import SaleDraft
from syncd.sandbox.fixtures import demo_id

OTHER = "webshop"


def sale(dialect: str, draft: SaleDraft, customer: str) -> tuple[str, Any]:
    """Where it is posted, and what."""
    if dialect == "dated":
        return "/api/2026-07/sales", _dated(draft, customer)
    return "/api/register_sales", _classic(draft, customer)


def _dated(draft: SaleDraft, customer: str) -> Any:
    lines = [
        {
            "product": {"id": each.product},
            "quantity": _plain(each.quantity),
            "pricing": {"price": _plain(each.price), "cost": 4.5, "discount": 1.25, "loyalty_amount": 0.5},
            "tax": {"id": each.tax_id, "amount": _plain(each.tax)},
            "status": "CONFIRMED",
            "source": {"author_id": demo_id("user", "anna"), "register_id": draft.register},
            "attributes": [{"name": "line_note", "value": "engrave: A"}],
            "_metadata": {"is_price_override": True, "fulfillment_method": "PICKUP", "sequence": index},
        }
        for index, each in enumerate(draft.lines)
    ]
    payment = {
        "amount": _plain(draft.total),
        "type": {"config_id": demo_id("payment type", "Cash")},
        "date": "2026-11-19T10:00:00Z",
        "source": {"register_id": draft.register},
    }
    return {
        "source": {"author_id": draft.user, "register_id": draft.register, "id": "W-1", "type": OTHER},
        "state": "pending",
        "attributes": ["onaccount", "pickup"],
        "customer_id": customer,
        "date": "2026-11-19T09:59:00Z",
        "note": "From the webshop",
        "invoice_number": draft.invoice_number,
        "short_code": f"w{draft.invoice_number}".lower(),
        "accounts_transaction_id": "XERO-1",
        "fulfillment_outlet_id": draft.outlet,
        "line_items": lines,
        "payments": [payment],
    }


def _classic(draft: SaleDraft, customer: str) -> Any:
    lines = [
        {
            "product_id": each.product,
            "register_id": draft.register,
            "sequence": str(index),
            "quantity": _plain(each.quantity),
            "price": _plain(each.price),
            "cost": 4.5,
            "price_set": 1,
            "discount": 1.25,
            "loyalty_value": 0.5,
            "tax": _plain(each.tax),
            "tax_id": each.tax_id,
            "status": "CONFIRMED",
            "attributes": [{"name": "line_note", "value": "engrave: A"}],
        }
        for index, each in enumerate(draft.lines)
    ]
    payment = {
        "register_id": draft.register,
        "retailer_payment_type_id": demo_id("payment type", "Cash"),
        "payment_date": "2026-11-19 10:00:00",
        "amount": _plain(draft.total),
    }
    return {
        "register_id": draft.register,
        "customer_id": customer,
        "user_id": draft.user,
        "sale_date": "2026-11-19 09:59:00",
        "note": "From the webshop",
        "status": "AWAITING_PICKUP",
        "short_code": f"w{draft.invoice_number}".lower(),
        "invoice_number": draft.invoice_number,
        "invoice_sequence": 1484,
        "source": OTHER,
        "source_id": "W-1",
        "accounts_transaction_id": "XERO-1",
        "fulfillment_outlet_id": draft.outlet,
        "register_sale_attributes": ["onaccount", "pickup"],
        "register_sale_products": lines,
        "register_sale_payments": [payment],
    }


def _plain(number: Decimal) -> float:
    return float(number)
