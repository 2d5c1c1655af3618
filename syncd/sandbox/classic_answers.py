"""Showing a sale in the classic dialect, which has two shapes: 0.9 (`register_sale_...`) and 2.0 (`line_items`)."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from syncd.sandbox import states
from syncd.sandbox.exchange import Row, offset_time, shown
from syncd.sandbox.records import ZERO, Fulfilment, Line, Payment, Sale
from syncd.sandbox.world import World

FULFILMENT_NAMESPACE = UUID("6f1c5c2e-52a2-5d0c-9a9e-3f4f7a0f9f20")


def show_sale(world: World, sale: Sale) -> Row:
    """Return the 2.0 view of a sale (openapi-2.0.json, Sale)."""
    return {
        **_common(sale),
        "taxes": _taxes(world, sale),
        "line_items": [_line(world, each) for each in sale.lines],
        "payments": [_payment(world, each) for each in sale.payments],
        "sale_date": offset_time(sale.date),
        "created_at": offset_time(sale.created_at),
        "updated_at": offset_time(sale.updated_at),
        "attributes": list(sale.attributes),
        "adjustments": [],
    }


def show_register_sale(world: World, sale: Sale) -> Row:
    """Return the 0.9 view of a sale, other names for the same things (FACTS 10, 11)."""
    return {
        **_common(sale),
        "taxes": _taxes(world, sale),
        "register_sale_products": [
            {
                **{name: value for name, value in _line(world, each).items() if not name.startswith("unit_")},
                "register_id": sale.register_id,
                "price_set": int(each.price_set),
            }
            for each in sale.lines
        ],
        "register_sale_payments": [_payment(world, each) for each in sale.payments],
        "register_sale_attributes": list(sale.attributes),
        "sale_date": _bare_time(sale.date),
        "created_at": _bare_time(sale.created_at),
        "updated_at": _bare_time(sale.updated_at),
    }


def _common(sale: Sale) -> Row:
    return {
        "id": sale.id,
        "outlet_id": sale.outlet_id,
        "register_id": sale.register_id,
        "user_id": sale.user_id,
        "customer_id": sale.customer_id,
        "invoice_number": sale.invoice_number,
        "invoice_sequence": _sequence(sale.invoice_number),
        "source": sale.source,
        "source_id": sale.source_id,
        "status": sale.status,
        "state": sale.state,
        "note": sale.note,
        "short_code": sale.short_code,
        "return_for": sale.return_for,
        "total_price": shown(sale.total_price),
        "total_tax": shown(sale.total_tax),
        "total_loyalty": shown(sum((each.loyalty * each.quantity for each in sale.lines), ZERO)),
        "deleted_at": None,
        "version": sale.version,
    }


def _sequence(invoice_number: str) -> int:
    digits = "".join(each for each in invoice_number if each.isascii() and each.isdigit())
    return int(digits[-9:] or 0)


def _bare_time(at: datetime) -> str:
    """Write a time as 0.9 does: UTC without an offset (FACTS 8)."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _taxes(world: World, sale: Sale) -> list[Row]:
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in sale.lines:
        sums[line.tax_id] += line.tax_total
    return [
        {"name": world.taxes[tax_id]["name"], "rate": _rate(world, tax_id), "amount": shown(amount)}
        for tax_id, amount in sums.items()
    ]


def _rate(world: World, tax_id: str) -> Decimal | int:
    rates: list[Decimal | int] = [each["rate"] for each in world.taxes[tax_id]["rates"]]
    return sum(rates, 0)


def _line(world: World, line: Line) -> Row:
    return {
        "id": line.id,
        "product_id": line.product_id,
        "quantity": shown(line.quantity),
        "price": shown(line.price),
        "unit_price": shown(line.price),
        "price_total": shown(line.price_total),
        "tax": shown(line.tax),
        "unit_tax": shown(line.tax),
        "tax_total": shown(line.tax_total),
        "tax_id": line.tax_id,
        "tax_components": [
            {"rate_id": rate_id, "total_tax": shown(share)} for rate_id, share in world.tax_shares(line)
        ],
        "discount": shown(line.discount),
        "discount_total": shown(line.discount * line.quantity),
        "cost": shown(line.cost),
        "cost_total": shown(line.cost * line.quantity),
        "loyalty_value": shown(line.loyalty),
        "price_set": line.price_set,
        "sequence": line.sequence,
        "note": line.note or None,
        "status": line.status,
        "is_return": line.quantity < 0,
    }


def _payment(world: World, payment: Payment) -> Row:
    kind = world.payment_types.get(payment.payment_type_id, {})
    return {
        "id": payment.id,
        "name": kind.get("name", ""),
        "register_id": payment.register_id,
        "retailer_payment_type_id": payment.payment_type_id,
        "payment_type_id": str(kind.get("type_id", "")),
        "payment_date": offset_time(payment.date) if payment.date else None,
        "amount": shown(payment.amount),
    }


def show_done(sale: Sale, fulfilment: Fulfilment) -> Row:
    """Return a finished fulfilment as 2.0 lists it: a uuid here, a number in the dated dialect."""
    return {
        "id": str(uuid5(FULFILMENT_NAMESPACE, fulfilment.id)),
        "sale_id": sale.id,
        "outlet_id": fulfilment.outlet_id,
        "user_id": sale.user_id,
        "status": states.CLASSIC_WORD_OF_TYPE[fulfilment.type],
        "created_at": offset_time(fulfilment.updated_at),
        "line_items": [
            {
                "id": line.sale_line_id,
                "product_id": line.product_id,
                "quantity": shown(line.fulfilled),
            }
            for line in fulfilment.lines
        ],
    }


def show_pick_list(sale: Sale, fulfilment: Fulfilment) -> Row:
    """Return an open fulfilment as 2.0 lists it: a pick list, deleted when fulfilled (FACTS 19)."""
    return {
        "id": str(uuid5(FULFILMENT_NAMESPACE, fulfilment.id)),
        "sale_id": sale.id,
        "outlet_id": fulfilment.outlet_id,
        "user_id": sale.user_id,
        "status": fulfilment.state,
        "type": states.CLASSIC_WORD_OF_TYPE[fulfilment.type],
        "created_at": offset_time(fulfilment.created_at),
        "note": fulfilment.note,
        "line_items": [
            {
                "id": line.sale_line_id,
                "sale_line_item_id": line.sale_line_id,
                "product_id": line.product_id,
                "quantity": shown(line.quantity),
                "picked_quantity": shown(line.picked),
                "note": None,
            }
            for line in fulfilment.lines
        ],
    }
