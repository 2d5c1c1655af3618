"""The whole store as plain JSON for an auditor: every amount exact and as text, nothing rounded or hidden."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from syncd.sandbox.exchange import Row, plain
from syncd.sandbox.records import Fulfilment, Level, Line, Payment, Sale
from syncd.sandbox.world import World


def state_of(world: World) -> Row:
    """Return everything the world holds."""
    return {
        "outlets": _rows(world.outlets),
        "registers": _rows(world.registers),
        "users": _rows(world.users),
        "taxes": _rows(world.taxes),
        "payment_types": _rows(world.payment_types),
        "products": _rows(world.products),
        "sales": [sale_row(world, each) for each in world.sales.values()],
        "fulfillments": [_fulfilment(each) for each in world.fulfilments.values()],
        "customers": _rows(world.customers),
        "addresses": list(world.addresses.values()),
        "stock_adjustments": list(world.stock_adjustments),
        "consignments": _rows(world.consignments),
        "inventory": [_level(world, each) for each in world.levels],
    }


def sale_row(world: World, sale: Sale) -> Row:
    """Return a sale with what neither dialect shows."""
    return {
        "id": sale.id,
        "status": sale.status,
        "state": sale.state,
        "attributes": list(sale.attributes),
        "date": _time(sale.date),
        "created_at": _time(sale.created_at),
        "updated_at": _time(sale.updated_at),
        "version": sale.version,
        "invoice_number": sale.invoice_number,
        "source": sale.source,
        "source_id": sale.source_id,
        "return_for": sale.return_for,
        "outlet_id": sale.outlet_id,
        "register_id": sale.register_id,
        "user_id": sale.user_id,
        "customer_id": sale.customer_id,
        "note": sale.note,
        "short_code": sale.short_code,
        "fulfillment_outlet_id": sale.fulfilment_outlet_id,
        "fulfilment_type": sale.hand_over,
        "total_price": plain(sale.total_price),
        "total_tax": plain(sale.total_tax),
        "total_incl": plain(sale.total_incl),
        "line_items": [_line(world, each) for each in sale.lines],
        "payments": [_payment(each) for each in sale.payments],
        "closed_by": sale.closed_by,
    }


def _line(world: World, line: Line) -> Row:
    return {
        "id": line.id,
        "product_id": line.product_id,
        "sku": _sku(world, line.product_id),
        "quantity": plain(line.quantity),
        "price": plain(line.price),
        "tax": plain(line.tax),
        "tax_id": line.tax_id,
        "sequence": line.sequence,
        "price_set": line.price_set,
        "discount": plain(line.discount),
        "note": line.note,
        "status": line.status,
        "method": line.method,
        "fulfilment_outlet_id": line.outlet_id,
    }


def _payment(payment: Payment) -> Row:
    return {
        "id": payment.id,
        "payment_type_id": payment.payment_type_id,
        "amount": plain(payment.amount),
        "date": _time(payment.date),
        "register_id": payment.register_id,
    }


def _fulfilment(fulfilment: Fulfilment) -> Row:
    return {
        "id": fulfilment.id,
        "sale_id": fulfilment.sale_id,
        "outlet_id": fulfilment.outlet_id,
        "type": fulfilment.type,
        "state": fulfilment.state,
        "version": fulfilment.version,
        "shipping_address_id": fulfilment.address_id,
        "created_at": _time(fulfilment.created_at),
        "updated_at": _time(fulfilment.updated_at),
        "line_items": [
            {
                "sale_line_item_id": line.sale_line_id,
                "product_id": line.product_id,
                "quantity": plain(line.quantity),
                "picked_quantity": plain(line.picked),
                "packed_quantity": plain(line.packed),
                "fulfilled_quantity": plain(line.fulfilled),
            }
            for line in fulfilment.lines
        ],
    }


def _level(world: World, level: Level) -> Row:
    return {
        "outlet_id": level.outlet_id,
        "outlet": world.outlets[level.outlet_id]["name"],
        "product_id": level.product_id,
        "sku": _sku(world, level.product_id),
        "level": plain(world.available(level)),
        "to_procure": plain(world.to_procure(level)),
        "version": level.version,
    }


def _sku(world: World, product_id: str) -> str | None:
    return world.products.get(product_id, {}).get("sku")


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _rows(table: dict[str, Row]) -> list[Any]:
    return [_as_text(row) for row in table.values()]


def _as_text(value: Any) -> Any:
    """Turn every Decimal inside a reference row into text."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict):
        return {name: _as_text(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    return value
