"""Goods that came back, as both sides have them: each return of the ERP is one return of its sale, and no more."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.audit.facts import Order, Sale
from tests.audit.order_numbers import sales_by_order

Row = Mapping[str, Any]
Back = tuple[str, str]  # (order whose goods they were, SKU)
CLOSED = "closed"
NONE = Decimal(0)
OF_AN_ORDER = "sale.sale"


def returns_in_erp(erp: Row) -> dict[str, str]:
    """The orders that take goods back, each with the order whose goods they were."""
    found = {}
    for row in erp["sales"]:
        model, _, origin = (row.get("origin") or "").partition(",")
        if model == OF_AN_ORDER:
            found[str(row["id"])] = origin
    return found


def returns_in_xseries(xseries: Row) -> dict[str, str]:
    """The sales that take goods back, each with the sale whose goods they were."""
    return {row["id"]: row["return_for"] for row in xseries["sales"] if row.get("return_for")}


def taken_back_otherwise(
    life: Row, orders: Sequence[Order], sales: Sequence[Sale], asked: Collection[str]
) -> tuple[list[Back], list[Back]]:
    """(order, SKU) of which X-Series took more back than the ERP did; and of which it took less.

    `asked` are the returns of the ERP about which a person is asked: nothing needs to have come of these.
    """
    of_erp = returns_in_erp(life["erp"])
    wanted, demanded = _of_erp(life["erp"], of_erp), _of_erp(life["erp"], _without(of_erp, asked))
    taken = _of_xseries(life["xseries"], orders, sales)
    return (
        sorted(key for key, quantity in taken.items() if quantity > wanted.get(key, NONE)),
        sorted(key for key, quantity in demanded.items() if taken.get(key, NONE) < quantity),
    )


def _of_erp(erp: Row, returns: Mapping[str, str]) -> dict[Back, Decimal]:
    found: dict[Back, Decimal] = {}
    for line in erp["lines"]:
        product, back = line["product."], str(line["sale"])
        if back in returns and product and product["type"] == "goods":
            key = returns[back], product["code"]
            found[key] = found.get(key, NONE) - Decimal(line["quantity"])
    return found


def _of_xseries(xseries: Row, orders: Sequence[Order], sales: Sequence[Sale]) -> dict[Back, Decimal]:
    order_of = {sale.id: order for order, its in sales_by_order(orders, sales).items() for sale in its}
    returns = returns_in_xseries(xseries)
    found: dict[Back, Decimal] = {}
    for row in xseries["sales"]:
        order = order_of.get(returns.get(row["id"], ""))
        if order is None or row["state"] != CLOSED:
            continue
        for line in row["line_items"]:
            if Decimal(line["quantity"]) < 0:
                found[order, line["sku"]] = found.get((order, line["sku"]), NONE) - Decimal(line["quantity"])
    goods = {(order.id, line.sku) for order in orders for line in order.lines if line.is_goods}
    return {key: quantity for key, quantity in found.items() if key in goods}


def _without(returns: Mapping[str, str], some: Collection[str]) -> dict[str, str]:
    return {back: origin for back, origin in returns.items() if back not in some}
