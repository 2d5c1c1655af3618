"""Levels by location, for people rather than for feeds: no id, no version, sorted by amount (dated only)."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import Any

from syncd.sandbox.exchange import Answer, Call, Refusal, Row, shown, whole
from syncd.sandbox.records import Level
from syncd.sandbox.world import World

SIZE, SIZE_MAX = 100, 10_000
IDS_MAX = 1_000
SORTS = (
    "total_count",
    "total_cost",
    "average_cost",
    "reorder_point",
    "reorder_amount",
    "product_name",
    "created_at",
)


def read_levels(world: World, call: Call) -> Answer:
    """Answer POST /inventory_levels: a read, a bare array, the fullest shelf first (dated description)."""
    fields = {} if call.body is None else call.fields()
    size = min(whole(fields.get("size") or SIZE, "size"), SIZE_MAX)
    offset = whole(fields.get("offset") or 0, "offset")
    outlets, products = _ids(fields, "location_ids"), _ids(fields, "product_ids")
    roots, suppliers = _ids(fields, "root_product_ids"), _ids(fields, "supplier_ids")
    if products and roots:
        raise Refusal(400, "product_ids and root_product_ids exclude each other")
    short_only = fields.get("to_be_procured_only") is True
    inactive_too = fields.get("include_inactive") is True

    def wanted(level: Level) -> bool:
        product = world.products[level.product_id]
        return (
            not product.get("deleted_at")
            and (inactive_too or product["active"])
            and (not outlets or level.outlet_id in outlets)
            and (not roots or (product["variant_parent_id"] or product["id"]) in roots)
            and (not suppliers or product.get("supplier_id") in suppliers)
            and (not short_only or world.to_procure(level) > 0)
        )

    ids = sorted(products)
    every: Iterable[Level] = world.levels if not ids else (x for each in ids for x in world.levels.of_product(each))
    rank, most_first = _rank(world, fields)
    pick: Any = heapq.nlargest if most_first else heapq.nsmallest
    found = pick(offset + size, (level for level in every if wanted(level)), key=rank)
    return Answer([_row(world, each) for each in found[offset:]])


def get_levels(world: World, call: Call) -> Answer:
    """Answer GET /inventory_levels/{product_id} (FACTS 4b)."""
    return Answer([_row(world, each) for each in world.levels.of_product(call.path["id"])])


def _ids(fields: Row, name: str) -> frozenset[str]:
    found = fields.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found) or len(found) > IDS_MAX:
        raise Refusal(400, f"{name} is a list of at most {IDS_MAX} ids")
    return frozenset(found)


def _rank(world: World, fields: Row) -> tuple[Callable[[Level], Any], bool]:
    """Return the order asked for; what we keep no figures of (costs) leaves the order of the ids."""
    sort, direction = fields.get("sort_type") or SORTS[0], fields.get("sort_direction") or "desc"
    if sort not in SORTS or direction not in ("asc", "desc"):
        raise Refusal(400, f"sort_type is one of {', '.join(SORTS)}; sort_direction is asc or desc")
    ranks: dict[str, Callable[[Level], Any]] = {
        "total_count": lambda level: (world.available(level), level.product_id, level.outlet_id),
        "reorder_point": lambda level: (level.reorder_point or 0, level.product_id, level.outlet_id),
        "reorder_amount": lambda level: (level.reorder_amount or 0, level.product_id, level.outlet_id),
        "product_name": lambda level: (world.products[level.product_id]["name"], level.outlet_id),
        "created_at": lambda level: (world.products[level.product_id]["created_at"], level.product_id),
    }
    return ranks.get(sort, lambda level: (level.product_id, level.outlet_id)), direction == "desc"


def _row(world: World, level: Level) -> Row:
    product = world.products[level.product_id]
    row: Row = {
        "location_id": level.outlet_id,
        "product_id": level.product_id,
        "root_product_id": product["variant_parent_id"] or level.product_id,
        "name": product["name"],
        "current_inventory_level": shown(world.available(level)),
        "quantity_to_procure": shown(world.to_procure(level)),
    }
    if level.reorder_point is not None:
        row["reorder_threshold"] = shown(level.reorder_point)
        row["reorder_amount"] = shown(level.reorder_amount or level.reorder_point * 0)
    return row
