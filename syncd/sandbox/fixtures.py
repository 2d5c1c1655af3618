"""The stores one can start with.

`demo` has goods and stock, `empty` the same shops without either. `nasty` is all that goes wrong in a real store, in
one: see `fixtures_nasty.py`. `large` has 10 outlets with 50,000 products each: see `fixtures_large.py`.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid5

from syncd.sandbox.exchange import Row, offset_time, zulu_time
from syncd.sandbox.world import World

NAMESPACE = UUID("0b1f5cf0-7a0e-5f0d-8d5b-2f3a5d9c1e77")

OUTLETS = ("Downtown", "Airport", "Harbour")
REGISTERS = (
    ("Main Downtown", "Downtown", "MD-"),
    ("Online Downtown", "Downtown", "OD-"),
    ("Main Airport", "Airport", "MA-"),
    ("Online Airport", "Airport", "OA-"),
    ("Main Harbour", "Harbour", "MH-"),
)
USERS = (("erp-sync", "admin", True), ("anna", "cashier", True), ("old-hand", "cashier", False))
TAXES = (("No Tax", Decimal(0)), ("GST", Decimal("0.10")), ("Reduced", Decimal("0.05")))
DEFAULT_TAX = "GST"
PAYMENT_TYPES: tuple[tuple[str, int, Row], ...] = (
    ("Cash", 1, {}),
    ("ERP prepaid", 3, {}),
    ("Card", 3, {}),
    ("Store Credit", 106, {"internal": True}),
    ("Old Terminal", 3, {"disabled": True, "deleted_at": "2025-03-01T00:00:00+00:00"}),
)
# Name, type, status, whether from another outlet, and what was received or counted of two products.
CONSIGNMENTS: tuple[tuple[str, str, str, bool, tuple[str, ...]], ...] = (
    ("Transfer to come", "OUTLET", "OPEN", True, ("0.00000", "0.00000")),
    ("Transfer on its way", "OUTLET", "SENT", True, ("0.00000", "0.00000")),
    ("Transfer of last week", "OUTLET", "RECEIVED", True, ("10.00000", "8.00000")),
    ("Order from the maker", "SUPPLIER", "DISPATCHED", False, ("4.00000", "0.00000")),
    ("Count of this week", "STOCKTAKE", "STOCKTAKE_IN_PROGRESS", False, ("3.00000",)),
    ("Count of last month", "STOCKTAKE", "STOCKTAKE_COMPLETE", False, ("27.00000", "34.00000")),
    ("Transfer called off", "OUTLET", "CANCELLED", True, ()),
)
DONE = frozenset({"RECEIVED", "STOCKTAKE_COMPLETE"})
GOODS = 49  # SKU-00050 is missing on purpose: the ERP sells it, X-Series lacks it
UNTRACKED = ("SHIPPING", "DISCOUNT", "ROUNDING")
GONE_AT = "2025-01-31T12:00:00+00:00"


def demo_id(kind: str, name: str) -> str:
    """Return the id of a fixture row, the same in every run."""
    return str(uuid5(NAMESPACE, f"{kind}/{name}"))


def add_shops(
    world: World,
    outlets: tuple[str, ...] = OUTLETS,
    registers: tuple[tuple[str, str, str], ...] = REGISTERS,
) -> None:
    """Add outlets, registers and the users."""
    made_at = offset_time(world.now())
    for name in outlets:
        world.put(
            "outlets",
            {
                "id": demo_id("outlet", name),
                "name": name,
                "currency": "USD",
                "currency_symbol": "$",
                "display_prices": "exclusive",
                "default_tax_id": demo_id("tax", DEFAULT_TAX),
                "time_zone": "America/Los_Angeles",
                "attributes": [],
                "deleted_at": None,
            },
        )
    for name, outlet, prefix in registers:
        world.put(
            "registers",
            {
                "id": demo_id("register", name),
                "name": name,
                "outlet_id": demo_id("outlet", outlet),
                "is_open": True,
                "register_open_time": made_at,
                "register_close_time": None,
                "invoice_prefix": prefix,
                "invoice_sequence": 1000,
                "invoice_suffix": "-X",
                "ask_for_note_on_save": 0,
                "deleted_at": None,
            },
        )
    for name, account_type, stays in USERS:
        world.put(
            "users",
            {
                "id": demo_id("user", name),
                "username": name,
                "display_name": name,
                "email": f"{name}@example.com",
                "account_type": account_type,
                "enabled": stays,
                "is_primary_user": account_type == "admin",
                "restricted_outlet_ids": [],
                "created_at": made_at,
                "updated_at": made_at,
                "deleted_at": None if stays else GONE_AT,
            },
        )


def add_money(world: World) -> None:
    """Add taxes, payment types and the store itself."""
    for name, rate in TAXES:
        rate_row = {"id": demo_id("rate", name), "name": name, "display_name": name, "rate": rate}
        world.put(
            "taxes",
            {
                "id": demo_id("tax", name),
                "name": name,
                "display_name": name,
                "is_default": name == DEFAULT_TAX,
                "rates": [rate_row],
                "deleted_at": None,
            },
        )
    for name, type_id, more in PAYMENT_TYPES:
        row: Row = {
            "id": demo_id("payment type", name),
            "name": name,
            "type_id": type_id,
            "config": None,
            "disabled": False,
            "internal": False,
            "outlet_ids": None,
            "deleted_at": None,
        }
        world.put("payment_types", row | more)
    world.retailer = {
        "id": demo_id("retailer", "demo"),
        "name": "Demo",
        "domain_prefix": "sandbox",
        "account_status": "active",
        "country": "US",
        "currency": {"code": "USD", "symbol": "$"},
        "timezone": "America/Los_Angeles",
        "created_at": offset_time(world.now()),
        "tax_exclusive": True,
        "no_tax_group_id": demo_id("tax", "No Tax"),
        "discount_product_id": demo_id("product", "DISCOUNT"),
        "version": str(world.next_version()),  # a string here, a number everywhere else (FACTS 24)
    }


def add_goods(world: World) -> None:
    """Add the goods of the demo, and stock of them."""
    for i in range(1, GOODS + 1):
        sku = f"SKU-{i:05d}"
        price = 5 + Decimal(i * 137 % 9000) / 100
        row = add_product(world, sku, name=f"Product {i:05d}", price=price, product_id=demo_id("product", sku))
        levels = {"Downtown": 20 + (i * 7) % 60, "Airport": 10 + (i * 11) % 50, "Harbour": 5 + i % 20}
        for outlet, level in levels.items():
            world.move(demo_id("outlet", outlet), row["id"], Decimal(level))
    for sku in UNTRACKED:
        product_id = demo_id("product", sku)
        add_product(world, sku, name=sku.title(), price=Decimal(0), product_id=product_id, has_inventory=False)


def add_movements(world: World, product_ids: list[str]) -> None:
    """Add transfers and stocktakes, under way and done; the stock of the fixture already counts those done."""
    made_at = offset_time(world.now())
    for name, kind, status, source, received in CONSIGNMENTS:
        row: Row = {
            "id": demo_id("consignment", name),
            "name": name,
            "type": kind,
            "status": status,
            "outlet_id": next(iter(world.outlets)),
            "source_outlet_id": list(world.outlets)[1] if source else None,
            "supplier_id": None,
            "consignment_date": made_at,
            "due_at": None,
            "received_at": made_at if status in DONE else None,
            "show_inactive": True,
            "created_at": made_at,
            "updated_at": made_at,
            "deleted_at": None,
            "filters": [],
        }
        world.put("consignments", row)
        lines = [
            {
                "product_id": product_id,
                "product_sku": world.products[product_id]["sku"],
                "count": None if kind == "STOCKTAKE" else "10.00000",
                "received": found,
                "cost": "4.00000",
                "is_included": True,
                "status": "RECEIVE_SUCCESS" if status in DONE else "PENDING",
                "created_at": made_at,
                "updated_at": made_at,
                "version": world.next_version(),
            }
            for product_id, found in zip(product_ids, received, strict=False)
        ]
        # A field without a value is left out, as in the description's example.
        world.consignment_products[row["id"]] = [
            {name: value for name, value in line.items() if value is not None} for line in lines
        ]


def add_reason(world: World, name: str, kind: str, *, enabled: bool = True) -> Row:
    """Add a reason for stock adjustments that somebody made by hand."""
    made_at = zulu_time(world.now())
    row: Row = {"id": demo_id("reason", name), "name": name, "enabled": enabled, "type": kind}
    row |= {"is_from_external_source": False, "created_at": made_at, "updated_at": made_at}
    return world.put("adjustment_reasons", row)


def add_product(
    world: World,
    sku: str,
    *,
    name: str,
    price: Decimal,
    product_id: str,
    has_inventory: bool = True,
) -> Row:
    """Add a product with its tax at each outlet and, when it is tracked, a level of zero there."""
    made_at = offset_time(world.now())
    default_tax = next(row for row in world.taxes.values() if row["is_default"])
    rate = sum((each["rate"] for each in default_tax["rates"]), Decimal(0))
    row = world.put(
        "products",
        {
            "id": product_id,
            "handle": sku.lower(),
            "name": name,
            "variant_name": name,
            "variant_parent_id": None,
            "sku": sku,
            "product_codes": [{"id": demo_id("code", product_id), "code": sku, "type": "CUSTOM"}],
            "active": True,
            "is_active": True,
            "is_composite": False,
            "has_inventory": has_inventory,
            "has_variants": False,
            "price_excluding_tax": price,
            "price_including_tax": price * (1 + rate),
            "supply_price": 0,
            "source": "USER",
            "source_id": None,
            "attributes": [],
            "created_at": made_at,
            "updated_at": made_at,
            "deleted_at": None,
        },
    )
    for outlet_id in world.outlets:
        world.outlet_taxes.append(
            {
                "outlet_id": outlet_id,
                "product_id": product_id,
                "tax_id": default_tax["id"],
                "deleted_at": None,
                "version": world.next_version(),
            }
        )
        if has_inventory:
            world.level(outlet_id, product_id)
    return row
