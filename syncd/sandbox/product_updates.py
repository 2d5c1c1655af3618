"""`PUT /products/{id}`, of 2.1 and of the dated dialect: the one way to set a stock level outright (FACTS 14, 18)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from syncd.sandbox.exchange import Answer, Call, Refusal, Row, number, offset_time
from syncd.sandbox.records import ZERO
from syncd.sandbox.world import World

CODE_TYPES = ("CUSTOM", "EAN", "ISBN", "ITF", "JAN", "UPC")
CLEARED = Decimal(-1)
ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class LevelChange:
    """What is to be set at one outlet; None leaves it."""

    outlet_id: str
    amount: Decimal | None
    reorder_point: Decimal | None
    reorder_amount: Decimal | None


def put_product(world: World, call: Call) -> Answer:
    """Change what is named and leave the rest; the declared refusals are 404 and 422. All of it or none."""
    product = world.products.get(call.path["id"])
    if product is None or product.get("deleted_at"):
        raise Refusal(404, "Product not found")
    if not isinstance(call.body, dict):
        raise Refusal(422, "The body must be an object: common, details")
    common, details = _part(call.body, "common"), _part(call.body, "details")
    changes = _plain_changes(world, common, details)
    tracked = bool(changes.get("has_inventory", product["has_inventory"]))
    levels = [_level_change(world, each, tracked=tracked) for each in _list(details, "inventory")]
    if changes:
        world.put("products", product | changes | {"updated_at": offset_time(world.now())})
    for each in levels:
        _apply(world, call.path["id"], each)
    return Answer({"data": world.products[call.path["id"]]})


def _plain_changes(world: World, common: Row, details: Row) -> Row:
    changes: Row = {}
    if "name" in common:
        changes["name"] = _of_type(common, "name", str)
    if "track_inventory" in common:
        changes["has_inventory"] = _of_type(common, "track_inventory", bool)
    if "is_active" in details:
        changes["active"] = changes["is_active"] = _of_type(details, "is_active", bool)
    if "product_codes" in details:
        codes = [_code(world, each) for each in _list(details, "product_codes")]
        if not codes:
            raise Refusal(422, "product_codes is the full list, it must not be empty")
        changes |= {"product_codes": codes, "sku": codes[0]["code"]}  # the first is the default (FACTS 18)
    return changes | _prices(world, details)


def _prices(world: World, details: Row) -> Row:
    """Read a price: the one kind the store has, never both (FACTS 17)."""
    kinds = [each for each in ("price_excluding_tax", "price_including_tax") if each in details]
    if not kinds:
        return {}
    own, other = "price_excluding_tax", "price_including_tax"
    if not world.retailer["tax_exclusive"]:
        own, other = other, own
    if kinds != [own]:
        raise Refusal(422, f"This store has {own}, and only that can be set")
    price = _number(details, own)
    if price is None:
        raise Refusal(422, f"{own} must be a number")
    tax = next(row for row in world.taxes.values() if row["is_default"])
    factor = 1 + sum((Decimal(each["rate"]) for each in tax["rates"]), ZERO)
    return {own: price, other: price * factor if own == "price_excluding_tax" else price / factor}


def _code(world: World, fields: object) -> Row:
    if not isinstance(fields, dict) or not isinstance(fields.get("code"), str) or not fields["code"]:
        raise Refusal(422, "A product code has a code")
    kind = fields.get("type", "CUSTOM")
    if kind not in CODE_TYPES:
        raise Refusal(422, f"The type of a product code is one of {', '.join(CODE_TYPES)}")
    return {"id": world.new_id(), "code": fields["code"], "type": kind}


def _level_change(world: World, fields: object, *, tracked: bool) -> LevelChange:
    if not isinstance(fields, dict) or not world.knows("outlets", fields.get("outlet_id")):
        raise Refusal(422, "inventory names an outlet that does not exist")
    if not tracked:
        raise Refusal(422, "The product has no inventory")
    names = ("current_amount", "reorder_point", "reorder_amount")
    amount, point, reorder = (_number(fields, each) for each in names)
    return LevelChange(fields["outlet_id"], amount, point, reorder)


def _apply(world: World, product_id: str, change: LevelChange) -> None:
    level = world.level(change.outlet_id, product_id)
    before = (level.reorder_point, level.reorder_amount)
    if change.reorder_point is not None:
        level.reorder_point = None if change.reorder_point == CLEARED else change.reorder_point
    if change.reorder_amount is not None:
        level.reorder_amount = change.reorder_amount
    if before != (level.reorder_point, level.reorder_amount):
        world.levels.touch(level, world.next_version())
    if change.amount is not None:
        # Absolute, whatever open sales hold: what is reserved is given free by it (FACTS 22.9).
        world.move(change.outlet_id, product_id, change.amount - level.balance)


def _part(fields: Row, name: str) -> Row:
    return _of_type(fields, name, dict) if fields.get(name) is not None else {}


def _list(fields: Row, name: str) -> list[object]:
    return _of_type(fields, name, list) if fields.get(name) is not None else []


def _of_type(fields: Row, name: str, kind: type) -> Any:
    found = fields.get(name)
    if not isinstance(found, kind):
        raise Refusal(422, f"{name} has the wrong type")
    return found


def _number(fields: Row, name: str) -> Decimal | None:
    """Read a number that must be one: a string is none here, unlike in a sale or an adjustment."""
    found = fields.get(name)
    if found is None:
        return None
    value = None if isinstance(found, str) else number(found)
    if value is None:
        raise Refusal(422, f"{name} must be a number")
    return value
