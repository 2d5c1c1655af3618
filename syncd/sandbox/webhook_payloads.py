"""What a webhook says: the shapes of API 1.0, a third one beside 2.0 and dated (FACTS 15).

They are described nowhere any more. These follow the 0.9 names and a payload of 2015 in public code: amounts of lines
and totals as strings, `totals` as an object. A receiver does best to read the id and ask the API for the rest.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from syncd.sandbox.exchange import Row, plain, shown, zulu_time
from syncd.sandbox.records import ZERO, Level, Line, Payment, Sale
from syncd.sandbox.world import World


def show(world: World, kind: str, row: Any) -> Row:
    """Return the payload of an event about a row of its table."""
    if kind == "sale.update":
        return _sale(world, row)
    if kind == "inventory.update":
        return _level(world, row)
    if kind == "product.update":
        return _product(world, row)
    return dict(row)


def _sale(world: World, sale: Sale) -> Row:
    paid = sum((each.amount for each in sale.payments), ZERO)
    return {
        "id": sale.id,
        "sale_date": zulu_time(sale.date),
        "status": sale.status,
        "state": sale.state,
        "user_id": sale.user_id,
        "customer_id": sale.customer_id,
        "register_id": sale.register_id,
        "outlet_id": sale.outlet_id,
        "invoice_number": sale.invoice_number,
        "short_code": sale.short_code,
        "source": sale.source,
        "source_id": sale.source_id,
        "return_for": sale.return_for,
        "totals": {
            "total_price": _text(sale.total_price),
            "total_tax": _text(sale.total_tax),
            "total_payment": _text(paid),
            "total_to_pay": _text(sale.total_incl - paid),
        },
        "note": sale.note or None,
        "created_at": _bare_time(sale.created_at),
        "updated_at": _bare_time(sale.updated_at),
        "deleted_at": None,
        "register_sale_products": [_line(each) for each in sale.lines],
        "register_sale_payments": [_payment(world, each) for each in sale.payments],
        "taxes": _taxes(world, sale),
        "version": sale.version,
    }


def _line(line: Line) -> Row:
    return {
        "id": line.id,
        "product_id": line.product_id,
        "quantity": shown(line.quantity),
        "price": _text(line.price),
        "price_set": line.price_set,
        "tax": _text(line.tax),
        "price_total": _text(line.price_total),
        "tax_total": _text(line.tax_total),
        "tax_id": line.tax_id,
        "discount": _text(line.discount),
        "status": line.status,
        "sequence": line.sequence,
    }


def _payment(world: World, payment: Payment) -> Row:
    kind = world.payment_types.get(payment.payment_type_id, {})
    return {
        "id": payment.id,
        "payment_date": zulu_time(payment.date) if payment.date else None,
        "amount": shown(payment.amount),
        "retailer_payment_type_id": payment.payment_type_id,
        "payment_type_id": kind.get("type_id"),
        "name": kind.get("name", ""),
    }


def _taxes(world: World, sale: Sale) -> list[Row]:
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in sale.lines:
        sums[line.tax_id] += line.tax_total
    return [
        {"id": tax_id, "name": world.taxes.get(tax_id, {}).get("name", ""), "tax": shown(amount)}
        for tax_id, amount in sums.items()
    ]


def _level(world: World, level: Level) -> Row:
    product = world.products.get(level.product_id, {})
    return {
        "id": level.id,
        "outlet_id": level.outlet_id,
        "product_id": level.product_id,
        "product": {"id": level.product_id, "sku": product.get("sku"), "name": product.get("name")},
        "count": _text(world.available(level)),  # the 0.9 word for it (FACTS 13)
        "reorder_point": None,
        "version": level.version,
    }


def _product(world: World, row: Row) -> Row:
    inventory = [
        {"outlet_id": outlet_id, "outlet_name": outlet["name"], "count": _text(world.available(level))}
        for outlet_id, outlet in world.outlets.items()
        if (level := world.levels.find(outlet_id, row["id"])) is not None
    ]
    return {
        "id": row["id"],
        "handle": row["handle"],
        "name": row["name"],
        "sku": row["sku"],
        "active": row["active"],
        "price": _text(row["price_excluding_tax"]),
        "source_id": row["source_id"],
        "inventory": inventory,
        "updated_at": row["updated_at"],
        "deleted_at": row["deleted_at"],
        "version": row["version"],
    }


def _text(value: Decimal | int) -> str:
    return plain(Decimal(shown(Decimal(value))))


def _bare_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
