"""What may still be sold, in the words of each dialect (FACTS 4, 22.17)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from syncd.sandbox import pages
from syncd.sandbox.exchange import VERSION_MAX, Answer, Call, Refusal, Row, encode, shown, whole
from syncd.sandbox.records import Level
from syncd.sandbox.world import World

SIZE, SIZE_MAX = 1_000, 5_000  # of both dated inventory reads
PAGES_KEPT = 128  # written pages of a large store: at 5,000 rows each, the whole of half a million rows


def classic_feed(world: World, call: Call) -> Answer:
    """Answer GET /api/2.0/inventory: the number is called `inventory_level`."""
    after, before = call.whole("after", 0), call.whole("before", VERSION_MAX)
    cap = world.switches.page_size_max
    size = min(call.whole("page_size", cap) or cap, cap)
    rows, ends = _page(world, after, before, size, "asc", shape="classic", include_deleted=False)
    return Answer({"data": rows} | pages.version_field(world, ends))


def classic_of_product(world: World, call: Call) -> Answer:
    """Answer GET /api/2.0/products/{id}/inventory: the same rows, with the number under a second name as well."""
    if call.path["id"] not in world.products:
        raise Refusal(404, "Product not found")
    levels = world.levels.of_product(call.path["id"])
    found, version = pages.feed(world, call, levels, version_of=lambda level: level.version)
    rows = [_classic_row(world, each) | {"current_amount": shown(world.available(each))} for each in found]
    return Answer({"data": rows} | version)


def dated_read(world: World, call: Call) -> Answer:
    """Answer POST /inventory: a read, a bare array, newest first unless told (FACTS 22.12)."""
    fields = {} if call.body is None else call.fields()
    after = whole(fields.get("after") or 0, "after")
    before = whole(fields.get("before") or VERSION_MAX, "before")
    size = min(whole(fields.get("size") or SIZE, "size"), SIZE_MAX)
    direction = _direction(fields.get("sort_direction") or "desc", "sort_direction")
    include_deleted = fields.get("include_deleted") is True
    if fields.get("product_id") is not None:
        levels = _levels_of(world, fields["product_id"], variants=fields.get("variants") is True)
        return Answer(_cut(world, levels, after, before, size, direction, include_deleted=include_deleted))
    return Answer(_page(world, after, before, size, direction, shape="dated", include_deleted=include_deleted)[0])


def dated_of_product(world: World, call: Call) -> Answer:
    """Answer GET /inventory/{product_id}: the same rows, other parameter names, ascending by default."""
    after, before = call.whole("after", 0), call.whole("before", VERSION_MAX)
    size = min(call.whole("page_size", SIZE) or SIZE, SIZE_MAX)
    direction = _direction(call.text("order_direction") or "asc", "order_direction")
    levels = _levels_of(world, call.path["id"], variants=call.flag("variants"))
    return Answer(_cut(world, levels, after, before, size, direction, include_deleted=call.flag("include_deleted")))


def _direction(found: object, name: str) -> str:
    if found not in ("asc", "desc"):
        raise Refusal(400, f"{name} is asc or desc")
    return str(found)


def _levels_of(world: World, product_id: object, *, variants: bool) -> list[Level]:
    """Return the levels of a product, or of a whole family when the id is its root's."""
    ids = [str(product_id)]
    if variants:
        ids += [row["id"] for row in world.products.values() if row["variant_parent_id"] == product_id]
    return [level for each in ids for level in world.levels.of_product(each)]


def _keep(world: World, *, include_deleted: bool) -> Callable[[str], bool]:
    if include_deleted:
        return lambda _product_id: True
    return lambda product_id: product_id not in world.deleted_products


def _cut(
    world: World, levels: list[Level], after: int, before: int, size: int, direction: str, *, include_deleted: bool
) -> list[Row]:
    keep = _keep(world, include_deleted=include_deleted)
    found = [each for each in levels if after < each.version < before and keep(each.product_id)]
    found.sort(key=lambda each: each.version, reverse=direction == "desc")
    return [_dated_row(world, each) for each in found[:size]]


def _page(
    world: World, after: int, before: int, size: int, direction: str, *, shape: str, include_deleted: bool
) -> tuple[msgspec.Raw, Row]:
    """Return a page of all levels, already written, and its lowest and highest version.

    Written pages are kept until anything in the store changes.
    """
    if world.written_at != world.version or len(world.written) >= PAGES_KEPT:
        world.written.clear()
        world.written_at = world.version
    key = (after, before, size, direction, shape, include_deleted, world.switches.below_zero)
    page: tuple[msgspec.Raw, Row] | None = world.written.get(key)
    if page is None:
        page = _write(world, after, before, size, direction, shape, include_deleted)
        world.written[key] = page
    return page


def _write(
    world: World, after: int, before: int, size: int, direction: str, shape: str, include_deleted: bool
) -> tuple[msgspec.Raw, Row]:
    levels, descending = world.levels, direction == "desc"
    hidden: set[str] = set() if include_deleted else world.deleted_products
    keep = _keep(world, include_deleted=include_deleted)
    if descending:  # every touched level is newer than any untouched one
        own = levels.own_page(after, before, size, descending=True, keep=keep)
        numbers = levels.bulk_page(after, before, size - len(own), descending=True, hidden=hidden)
    else:
        numbers = levels.bulk_page(after, before, size, descending=False, hidden=hidden)
        own = levels.own_page(after, before, size - len(numbers), descending=False, keep=keep)
    dated = shape == "dated"
    show = _dated_row if dated else _classic_row
    parts = [encode([show(world, each) for each in own])[1:-1]]
    versions = [each.version for each in own]
    if levels.bulk is not None and numbers:
        written = levels.bulk.written_dated(numbers) if dated else levels.bulk.written_classic(numbers)
        parts.insert(len(parts) if descending else 0, written.encode())
        versions += [levels.bulk.version_of(numbers[0]), levels.bulk.version_of(numbers[-1])]
    ends = {"min": min(versions, default=None), "max": max(versions, default=None)}
    return msgspec.Raw(b"[" + b",".join(each for each in parts if each) + b"]"), ends


def _classic_row(world: World, level: Level) -> Row:
    return {
        "id": level.id,
        "product_id": level.product_id,
        "outlet_id": level.outlet_id,
        "inventory_level": shown(world.available(level)),
        "reorder_point": _shown(level.reorder_point),
        "reorder_amount": _shown(level.reorder_amount),
        "version": level.version,
    }


def _dated_row(world: World, level: Level) -> Row:
    point, amount = level.reorder_point, level.reorder_amount
    return {
        "id": level.id,
        "outlet_id": level.outlet_id,
        "product_id": level.product_id,
        "current_inventory_level": shown(world.available(level)),
        "quantity_to_procure": shown(world.to_procure(level)),
        "reorder_method": None if point is None else "FIXED",
        "reorder_point": _shown(point),
        "reorder_amount": _shown(amount),
        "reorder_target": None if point is None else shown(point + (amount or 0)),
        "version": level.version,
    }


def _shown(value: Decimal | None) -> Decimal | int | None:
    return None if value is None else shown(value)
