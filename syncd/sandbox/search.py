"""Search: other filters than the feeds, offset instead of cursor, and a silent cap (FACTS 9).

What was made less than `search_lag_s` ago is not found yet. A change shows at once: only how long a new thing takes
matters to somebody who looks before making it again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from syncd.sandbox import pages
from syncd.sandbox.exchange import Answer, Call, Refusal, Row, moment, number
from syncd.sandbox.records import Sale
from syncd.sandbox.world import World

SALE_FILTERS = ("invoice_number", "customer_id", "user_id", "outlet_id", "register_id", "state", "status")
PRODUCT_FILTERS = ("supplier_id", "brand_id", "product_type_id", "variant_parent_id")
CUSTOMER_FILTERS = ("customer_code", "email", "first_name", "last_name", "company_name", "mobile", "phone")


def searcher(show_sale: Callable[[World, Sale], Row]) -> Callable[[World, Call], Answer]:
    """Make the handler of a dialect; the row shape of sales is not stated, so each shows its own."""

    def handle(world: World, call: Call) -> Answer:
        kind = call.text("type")
        if kind == "sales":
            found = [show_sale(world, sale) for sale in pages.by_offset(call, _sales(world, call))]
            return Answer({"data": found})
        if kind == "products":
            return Answer({"data": pages.by_offset(call, _products(world, call))})
        if kind == "customers":
            return Answer({"data": pages.by_offset(call, _customers(world, call))})
        raise Refusal(400, "type must be sales, products or customers")

    return handle


def _sales(world: World, call: Call) -> list[Sale]:
    """Filter sales. There is no filter on the source: it is ignored like any unknown parameter."""
    wanted = {name: call.texts(name) for name in SALE_FILTERS}
    ids, attributes = call.texts("_id"), set(call.texts("attributes"))
    products, payment_types = set(call.texts("product_id")), set(call.texts("payment_type_id"))
    first, last = _time(call, "date_from"), _time(call, "date_to")
    total = number(call.text("sale_total"))
    found = [
        sale
        for sale in world.sales.values()
        if _is_indexed(world, sale.created_at)
        and all(not values or getattr(sale, name) in values for name, values in wanted.items())
        and (not ids or sale.id in ids)
        and attributes <= set(sale.attributes)
        and (not products or products & {line.product_id for line in sale.lines})
        and (not payment_types or payment_types & {each.payment_type_id for each in sale.payments})
        and (first is None or sale.date >= first)
        and (last is None or sale.date <= last)
        and (total is None or sale.total_incl == total)
    ]
    return _in_order(call, found, lambda sale, name: getattr(sale, name, None))


def _time(call: Call, name: str) -> datetime | None:
    text = call.text(name)
    if text is None:
        return None
    at = moment(text)
    if at is None:
        raise Refusal(400, f"{name} must be a UTC time like 2016-08-08T12:00:00Z")
    return at


def _products(world: World, call: Call) -> list[Row]:
    """Filter products. The values must come in lower case: anything else finds nothing (FACTS 22.14)."""
    wanted, unwanted = call.texts("sku"), call.texts("-sku")
    found = [
        row
        for row in _rows(world, call, "products", PRODUCT_FILTERS)
        if (not wanted or row["sku"].lower() in wanted) and row["sku"].lower() not in unwanted
    ]
    return _in_order(call, found, lambda row, name: row.get(name))


def _customers(world: World, call: Call) -> list[Row]:
    """Filter customers by what they are called or how they are reached; how the texts compare is not said: as is."""
    found = _rows(world, call, "customers", CUSTOMER_FILTERS)
    return _in_order(call, found, lambda row, name: row.get(name))


def _rows(world: World, call: Call, table: str, filters: tuple[str, ...]) -> list[Row]:
    wanted = {name: call.texts(name) for name in filters}
    wanted["id"] = call.texts("_id")
    deleted_too = call.flag("deleted")
    return [
        row
        for row in world.table(table).values()
        if (deleted_too or not row.get("deleted_at"))
        and all(not values or row.get(name) in values for name, values in wanted.items())
        and _is_indexed(world, moment(row["created_at"]))
    ]


def _is_indexed(world: World, created_at: datetime | None) -> bool:
    lag = timedelta(seconds=world.switches.search_lag_s)
    return not lag or created_at is None or created_at + lag <= world.now()


def _in_order(call: Call, found: list[Any], value_of: Callable[[Any, str], Any]) -> list[Any]:
    """Order by any filter name, as they are found when none is given."""
    name = call.text("order_by")
    if name is None:
        return found
    descending = call.text("order_direction") == "desc"
    return sorted(found, key=lambda each: str(value_of(each, name) or ""), reverse=descending)
