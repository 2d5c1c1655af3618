"""What may still be sold, in the words of each dialect (FACTS 4, 22.17)."""

from __future__ import annotations

from syncd.sandbox import pages
from syncd.sandbox.exchange import VERSION_MAX, Answer, Call, Refusal, Row, shown, whole
from syncd.sandbox.records import Level
from syncd.sandbox.world import World

SIZE, SIZE_MAX = 1_000, 5_000  # of both dated inventory reads
LEVELS_SIZE, LEVELS_SIZE_MAX = 100, 10_000


def classic_feed(world: World, call: Call) -> Answer:
    """Answer GET /api/2.0/inventory: the number is called `inventory_level`."""
    rows = [
        {
            "id": level.id,
            "product_id": level.product_id,
            "outlet_id": level.outlet_id,
            "inventory_level": shown(world.available(level)),
            "reorder_point": None,
            "reorder_amount": None,
            "version": level.version,
        }
        for level in _levels(world)
    ]
    return pages.answer_feed(call, rows, world.switches.page_size_max)


def dated_read(world: World, call: Call) -> Answer:
    """Answer POST /inventory: a read, a bare array, newest first unless told (FACTS 22.12)."""
    fields = {} if call.body is None else call.fields()
    after = whole(fields.get("after") or 0, "after")
    before = whole(fields.get("before") or VERSION_MAX, "before")
    size = min(whole(fields.get("size") or SIZE, "size"), SIZE_MAX)
    direction = fields.get("sort_direction") or "desc"
    if direction not in ("asc", "desc"):
        raise Refusal(400, "sort_direction is asc or desc")
    levels = _levels(world, fields.get("product_id"), include_deleted=fields.get("include_deleted") is True)
    return Answer(_page(world, levels, after, before, size, direction))


def dated_of_product(world: World, call: Call) -> Answer:
    """Answer GET /inventory/{product_id}: the same rows, other parameter names, ascending by default."""
    after, before = call.whole("after", 0), call.whole("before", VERSION_MAX)
    size = min(call.whole("page_size", SIZE) or SIZE, SIZE_MAX)
    direction = call.text("order_direction") or "asc"
    levels = _levels(world, call.path["id"], include_deleted=call.flag("include_deleted"))
    return Answer(_page(world, levels, after, before, size, direction))


def dated_levels(world: World, call: Call) -> Answer:
    """Answer POST /inventory_levels: a read; the outlet is called `location_id`, no version (FACTS 4b)."""
    fields = {} if call.body is None else call.fields()
    size = min(whole(fields.get("size") or LEVELS_SIZE, "size"), LEVELS_SIZE_MAX)
    offset = whole(fields.get("offset") or 0, "offset")
    outlets, products = fields.get("location_ids"), fields.get("product_ids")
    rows = [
        {
            "location_id": level.outlet_id,
            "product_id": level.product_id,
            "root_product_id": level.product_id,
            "name": world.products[level.product_id]["name"],
            "current_inventory_level": shown(world.available(level)),
            "quantity_to_procure": shown(world.to_procure(level)),
        }
        for level in _levels(world)
        if (not outlets or level.outlet_id in outlets) and (not products or level.product_id in products)
    ]
    return Answer(rows[offset : offset + size])


def _levels(world: World, product_id: object = None, *, include_deleted: bool = False) -> list[Level]:
    """Return the levels, those of deleted products only when asked for."""
    return [
        level
        for level in world.levels.values()
        if product_id in (None, level.product_id)
        and (include_deleted or not world.products[level.product_id].get("deleted_at"))
    ]


def _page(world: World, levels: list[Level], after: int, before: int, size: int, direction: str) -> list[Row]:
    found = [each for each in levels if after < each.version < before]
    found.sort(key=lambda each: each.version, reverse=direction == "desc")
    return [_dated_row(world, each) for each in found[:size]]


def _dated_row(world: World, level: Level) -> Row:
    return {
        "id": level.id,
        "outlet_id": level.outlet_id,
        "product_id": level.product_id,
        "current_inventory_level": shown(world.available(level)),
        "quantity_to_procure": shown(world.to_procure(level)),
        "reorder_method": None,
        "reorder_point": None,
        "reorder_amount": None,
        "reorder_target": None,
        "version": level.version,
    }
