"""Search: other filters than the feeds, offset instead of cursor, and a silent cap (FACTS 9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from syncd.sandbox import pages
from syncd.sandbox.exchange import Answer, Call, Refusal, Row, moment
from syncd.sandbox.records import Sale
from syncd.sandbox.world import World

SALE_FILTERS = ("invoice_number", "customer_id", "user_id", "outlet_id", "register_id", "state", "status")


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
            return Answer({"data": []})
        raise Refusal(400, "type must be sales, products or customers")

    return handle


def _sales(world: World, call: Call) -> list[Sale]:
    """Filter sales. There is no filter on the source: it is ignored like any unknown parameter."""
    wanted = {name: call.texts(name) for name in SALE_FILTERS}
    attributes = set(call.texts("attributes"))
    first, last = _time(call, "date_from"), _time(call, "date_to")
    return [
        sale
        for sale in world.sales.values()
        if all(not values or getattr(sale, name) in values for name, values in wanted.items())
        and attributes <= set(sale.attributes)
        and (first is None or sale.date >= first)
        and (last is None or sale.date <= last)
    ]


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
    return [
        row
        for row in world.products.values()
        if (not wanted or row["sku"].lower() in wanted)
        and row["sku"].lower() not in unwanted
        and (call.flag("deleted") or not row.get("deleted_at"))
    ]
