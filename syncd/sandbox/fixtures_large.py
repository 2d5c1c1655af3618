"""A store of 10 outlets with 50,000 products: half a million rows of stock, made in a second and paged in no time."""

from __future__ import annotations

from array import array
from decimal import Decimal

from syncd.sandbox import fixtures
from syncd.sandbox.bulk import STEP, BulkStock, BulkTaxes
from syncd.sandbox.exchange import Row, offset_time
from syncd.sandbox.world import World

OUTLETS = tuple(f"Outlet {n:02d}" for n in range(1, 11))
REGISTERS = tuple((f"Online {name}", name, f"O{n:02d}-") for n, name in enumerate(OUTLETS, 1))
PRODUCTS = 50_000
LEVELS_CYCLE = 97  # a prime, so that no two neighbours look alike


def product_id(n: int) -> str:
    """Return the id of the nth product, counted from 1."""
    return f"{n:08x}-9d0c-5000-8000-000000000000"


def fill(world: World) -> None:
    """Fill an empty world."""
    fixtures.add_shops(world, OUTLETS, REGISTERS)
    fixtures.add_money(world)
    _add_products(world)
    outlets, products = list(world.outlets), list(world.products)
    rows = len(outlets) * len(products)
    amounts = array("i", [n * 31 % LEVELS_CYCLE for n in range(rows)])
    world.levels.bulk = BulkStock(outlets, products, world.reserve_versions(rows * STEP), amounts)
    tax = next(row["id"] for row in world.taxes.values() if row["is_default"])
    world.bulk_taxes = BulkTaxes(outlets, products, world.reserve_versions(rows * STEP), tax)


def _add_products(world: World) -> None:
    made_at = offset_time(world.now())
    plain: Row = {
        "variant_parent_id": None,
        "active": True,
        "is_active": True,
        "is_composite": False,
        "has_inventory": True,
        "has_variants": False,
        "supply_price": 0,
        "source": "USER",
        "source_id": None,
        "attributes": (),
        "created_at": made_at,
        "updated_at": made_at,
        "deleted_at": None,
    }
    first = world.reserve_versions(PRODUCTS * STEP)
    for n in range(1, PRODUCTS + 1):
        sku, price = f"L-{n:06d}", Decimal(100 + n * 137 % 9_000) / 100
        world.products[product_id(n)] = plain | {
            "id": product_id(n),
            "handle": f"l-{n:06d}",
            "name": sku,
            "variant_name": sku,
            "sku": sku,
            "product_codes": ({"code": sku, "type": "CUSTOM"},),
            "price_excluding_tax": price,
            "price_including_tax": price * 11 / 10,
            "version": first + n * STEP - 1,
        }
