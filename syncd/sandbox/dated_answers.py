"""Showing a sale or a fulfilment in the dated dialect.

A sale never shows its fulfilment outlet, details, or the method of its lines (FACTS 24); there is no `status`. The
schema declares no nullable field, so what is not there is left out.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from syncd.sandbox.exchange import Row, offset_time, shown, zulu_time
from syncd.sandbox.records import ZERO, Fulfilment, Line, Payment, Sale
from syncd.sandbox.world import World


def show_sale(world: World, sale: Sale) -> Row:
    """Return the dated view of a sale."""
    return _present(
        {
            "id": sale.id,
            "state": sale.state,
            "attributes": list(sale.attributes),
            "date": offset_time(sale.date),
            "created_at": offset_time(sale.created_at),
            "updated_at": offset_time(sale.updated_at),
            "customer_id": sale.customer_id,
            "invoice_number": sale.invoice_number,
            "receipt_number": sale.invoice_number,
            "short_code": sale.short_code,
            "note": sale.note,
            "source": _source(sale),
            "totals": {
                "price": shown(sale.total_price),
                "price_incl_tax": shown(sale.total_incl),
                "tax": shown(sale.total_tax),
                "surcharge": 0,
                "loyalty": shown(sum((each.loyalty * each.quantity for each in sale.lines), ZERO)),
            },
            "taxes": _taxes(sale),
            "line_items": [_line(world, each) for each in sale.lines],
            "payments": [_payment(world, each) for each in sale.payments],
            "return": _present(
                {
                    "is_return": sale.return_for is not None,
                    "original_sale_id": sale.return_for,
                    "return_sale_ids": list(sale.return_ids),
                }
            ),
            "external_applications": [],
            "adjustments": [],
            "_metadata": _present({"version": sale.version, "xero_reference": sale.xero_reference}),
        }
    )


def _source(sale: Sale) -> Row:
    author = {"id": sale.user_id} if sale.user_id else None
    return _present(
        {
            "id": sale.source_id,
            "type": sale.source,
            "outlet_id": sale.outlet_id,
            "register_id": sale.register_id,
            "author": author,
        }
    )


def _taxes(sale: Sale) -> list[Row]:
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in sale.lines:
        sums[line.tax_id] += line.tax_total
    return [{"id": tax_id, "tax": shown(amount)} for tax_id, amount in sums.items()]


def _line(world: World, line: Line) -> Row:
    return _present(
        {
            "id": line.id,
            "product": {"id": line.product_id},
            "quantity": shown(line.quantity),
            "status": line.status,
            "note": line.note or None,
            "salesperson_id": line.user_id,
            "pricing": {
                "price": shown(line.price),
                "total": shown(line.price_total),
                "cost": shown(line.cost),
                "cost_total": shown(line.cost * line.quantity),
                "discount": shown(line.discount),
                "discount_total": shown(line.discount * line.quantity),
                "loyalty_amount": shown(line.loyalty),
                "loyalty_amount_total": shown(line.loyalty * line.quantity),
            },
            "tax": {"id": line.tax_id, "amount": shown(line.tax), "total": shown(line.tax_total)},
            "return": {"is_return": line.quantity < 0},
            "_metadata": _present(
                {
                    "is_price_override": line.price_set,
                    "sequence": line.sequence,
                    "tax_components": _tax_components(world, line),
                }
            ),
        }
    )


def _tax_components(world: World, line: Line) -> list[Row] | None:
    """Return the shares of a tax that is made of several; of a plain one there are none to show."""
    if len(world.taxes[line.tax_id]["rates"]) == 1:
        return None
    return [{"rate_id": rate_id, "total_tax": shown(share)} for rate_id, share in world.tax_shares(line)]


def _payment(world: World, payment: Payment) -> Row:
    kind = world.payment_types.get(payment.payment_type_id, {})
    return _present(
        {
            "id": payment.id,
            "amount": shown(payment.amount),
            "date": offset_time(payment.date) if payment.date else None,
            "type": {
                "config_id": payment.payment_type_id,
                "id": str(kind.get("type_id", "")),
                "name": kind.get("name", ""),
            },
            "source": _present(
                {
                    "outlet_id": world.outlet_of_register(payment.register_id),
                    "register_id": payment.register_id,
                }
            ),
        }
    )


def show_fulfilment(fulfilment: Fulfilment) -> Row:
    """Return a row of GET /fulfillments: quantities are decimal strings there (FACTS 3b)."""
    return {
        "id": fulfilment.id,
        "outlet_id": fulfilment.outlet_id,
        "sale_id": fulfilment.sale_id,
        "type": fulfilment.type,
        "state": fulfilment.state,
        "user_ids": list(fulfilment.user_ids),
        "note": fulfilment.note,
        "shipping_address_id": fulfilment.address_id,
        "created_at": zulu_time(fulfilment.created_at),
        "updated_at": zulu_time(fulfilment.updated_at),
        "version": fulfilment.version,
        "line_items": [
            {
                "sale_line_item_id": line.sale_line_id,
                "product_id": line.product_id,
                "quantity": _decimal_text(line.quantity),
                "picked_quantity": _decimal_text(line.picked),
                "packed_quantity": _decimal_text(line.packed),
                "fulfilled_quantity": _decimal_text(line.fulfilled),
            }
            for line in fulfilment.lines
        ],
    }


def _decimal_text(value: Decimal) -> str:
    """Write a quantity with two decimals, or all it has."""
    exponent = value.as_tuple().exponent
    return f"{value:f}" if isinstance(exponent, int) and exponent < -2 else f"{value:.2f}"


def _present(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}
