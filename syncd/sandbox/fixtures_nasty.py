"""A store in which everything is there that an integration forgets to think of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from syncd.sandbox import fixtures
from syncd.sandbox.exchange import Row, offset_time
from syncd.sandbox.fixtures import GONE_AT, add_product, demo_id
from syncd.sandbox.world import World

OUTLETS = ("Downtown", "Airport", "Old Town")  # Old Town is deleted
REGISTERS = (
    ("Main Downtown", "Downtown", "MD-"),
    ("Online Downtown", "Downtown", "OD-"),
    ("Night Downtown", "Downtown", ""),  # closed for now
    ("Old Downtown", "Downtown", "XD-"),  # deleted
    ("Main Airport", "Airport", "MA-"),
    ("Main Old Town", "Old Town", "MO-"),
)
COMPOSITE_TAX = "City and State"
COMPOSITE_RATES = (("City", Decimal("0.015")), ("State", Decimal("0.07375")))

# Key of the id, SKU, price, stock at Downtown and at Airport, what differs from a plain product.
GOODS: tuple[tuple[str, str, str, str, str, dict[str, Any]], ...] = (
    ("lower", "abc-1", "10", "5", "1", {}),
    ("upper", "ABC-1", "11", "6", "2", {}),
    ("mixed", "Abc-1", "12", "7", "3", {}),
    ("zeros", "00042", "4.2", "8", "0", {}),
    ("no zeros", "42", "4.3", "9", "0", {}),
    ("twin one", "TWIN", "20", "3", "3", {"name": "Twin, first"}),
    ("twin two", "TWIN", "21", "4", "4", {"name": "Twin, second"}),
    ("codes", "MANY-1", "7", "12", "2", {}),
    ("gone", "GONE", "9", "2", "0", {"deleted_at": GONE_AT}),
    ("asleep", "ASLEEP", "9", "2", "0", {"active": False, "is_active": False}),
    ("fine", "FINE", "2.63158", "100", "50", {}),
    ("cheese", "CHEESE-KG", "31.99995", "1.375", "0.001", {}),
    ("short", "SHORT", "15", "-10", "0", {}),
    ("odd", " Ü 1/2&x=3+# ", "1", "1", "1", {"name": "Näme with “quotes” \\ and 日本"}),
    ("card", "4111111111111111", "5", "5", "5", {}),  # looks like a card number
    ("mug", "MUG", "8", "40", "4", {}),
    ("plate", "PLATE", "6", "30", "3", {}),
    ("parent", "SHIRT", "25", "0", "0", {"has_variants": True}),
    ("red", "SHIRT-RED", "25", "5", "2", {"variant_name": "Shirt / Red"}),
    ("blue", "SHIRT-BLUE", "25", "0", "9", {"variant_name": "Shirt / Blue"}),
)
CODES = (("MANY-1", "CUSTOM"), ("4006381333931", "EAN"), ("036000291452", "UPC"), ("MANY-OLD", "CUSTOM"))
SET = {"mug": 2, "plate": 1}


def fill(world: World) -> None:
    """Fill an empty world."""
    fixtures.add_shops(world, OUTLETS, REGISTERS)
    fixtures.add_money(world)
    _add_composite_tax(world)
    for key, sku, price, downtown, airport, changes in GOODS:
        _add(world, key, sku, price, (downtown, airport), changes)
    _change(world, "codes", product_codes=[_code(code, kind) for code, kind in CODES])
    for key in ("red", "blue"):
        _change(world, key, variant_parent_id=product_id("parent"))
    _add(world, "set", "SET", "19.5", (), {"name": "Two mugs and a plate"}, has_inventory=False)
    bom = {product_id(each): count for each, count in SET.items()}
    _change(world, "set", is_composite=True, composite_bom=bom)
    for sku in fixtures.UNTRACKED:
        add_product(world, sku, name=sku, price=Decimal(0), product_id=demo_id("product", sku), has_inventory=False)
    _mix_taxes(world)
    _retire(world)
    fixtures.add_movements(world, [product_id("mug"), product_id("cheese")])
    fixtures.add_reason(world, "Lost in transit", "NEGATIVE")
    fixtures.add_reason(world, "No longer used", "POSITIVE", enabled=False)


def product_id(key: str) -> str:
    """Return the id of a product of this store; its SKU would not do, for two share one."""
    return demo_id("nasty product", key)


def _add(
    world: World,
    key: str,
    sku: str,
    price: str,
    levels: tuple[str, ...],
    changes: dict[str, Any],
    *,
    has_inventory: bool = True,
) -> None:
    name = str(changes.get("name", sku))
    row_id = product_id(key)
    add_product(world, sku, name=name, price=Decimal(price), product_id=row_id, has_inventory=has_inventory)
    for outlet, level in zip(OUTLETS, levels, strict=False):
        world.move(demo_id("outlet", outlet), row_id, Decimal(level))
    if changes:
        _change(world, key, **changes)


def _change(world: World, key: str, **changes: Any) -> None:
    world.put("products", world.products[product_id(key)] | changes)


def _code(code: str, kind: str) -> Row:
    return {"id": demo_id("code", code), "code": code, "type": kind}


def _add_composite_tax(world: World) -> None:
    rates = [
        {"id": demo_id("rate", name), "name": name, "display_name": name, "rate": rate}
        for name, rate in COMPOSITE_RATES
    ]
    row: Row = {"id": demo_id("tax", COMPOSITE_TAX), "name": COMPOSITE_TAX, "display_name": COMPOSITE_TAX}
    world.put("taxes", row | {"is_default": False, "rates": rates, "deleted_at": None})


def _mix_taxes(world: World) -> None:
    """Give one product another tax at each outlet."""
    taxes = dict(zip(OUTLETS, (COMPOSITE_TAX, "No Tax", "Reduced"), strict=True))
    wanted = {demo_id("outlet", outlet): demo_id("tax", tax) for outlet, tax in taxes.items()}
    mine = [row for row in world.outlet_taxes if row["product_id"] == product_id("mug")]
    for row in mine:
        world.outlet_taxes.remove(row)
        changed = {"tax_id": wanted[row["outlet_id"]], "version": world.next_version()}
        world.outlet_taxes.append(row | changed)


def _retire(world: World) -> None:
    """Close, delete and archive."""
    registers, outlets, users = world.registers, world.outlets, world.users
    world.put("registers", registers[demo_id("register", "Night Downtown")] | {"is_open": False})
    world.put("registers", registers[demo_id("register", "Old Downtown")] | {"is_open": False, "deleted_at": GONE_AT})
    world.put("outlets", outlets[demo_id("outlet", "Old Town")] | {"deleted_at": GONE_AT})
    # An archived user need not be deleted: no longer enabled is all that shows.
    gone = users[demo_id("user", "old-hand")] | {"id": demo_id("user", "archived"), "username": "archived"}
    world.put("users", gone | {"email": "archived@example.com", "enabled": False, "deleted_at": None})
    at = offset_time(world.now())
    for name, deleted_at in (("Ada", None), ("Ada", GONE_AT)):  # two of one name, one of them deleted
        key = f"{name}/{deleted_at}"
        row: Row = {"id": demo_id("customer", key), "first_name": name, "last_name": None, "name": name}
        row |= {"customer_code": f"Ada-{len(world.customers)}", "email": "ada@example.com"}
        world.put("customers", row | {"created_at": at, "updated_at": at, "deleted_at": deleted_at})
