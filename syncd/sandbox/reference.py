"""Lists of reference data. The dated rows are the same as the 2.0 rows (FACTS 19)."""

from __future__ import annotations

from collections.abc import Callable

from syncd.sandbox import pages
from syncd.sandbox.exchange import Answer, Call, Refusal, Row
from syncd.sandbox.world import World

# These lists take a `deleted` parameter, so deleted rows are left out unless asked for. The others (users, taxes,
# payment types in 2.0) take none: their deleted rows stand in the list, and the client has to look.
HIDES_DELETED = frozenset({"outlets", "registers", "products"})


def list_of(name: str) -> Callable[[World, Call], Answer]:
    """Make the handler that lists a reference table."""

    def handle(world: World, call: Call) -> Answer:
        rows = list(world.table(name).values())
        if name in HIDES_DELETED and not call.flag("deleted"):
            rows = [row for row in rows if not row.get("deleted_at")]
        return pages.answer_feed(call, rows, world.switches.page_size_max)

    return handle


def list_taxes(world: World, call: Call) -> Answer:
    """List taxes: the collection has `data` only, no version object (FACTS 19)."""
    answer = list_of("taxes")(world, call)
    return Answer({"data": answer.body["data"]})


def list_products(world: World, call: Call) -> Answer:
    """List products. With `sku` every other parameter is ignored (FACTS 17)."""
    sku = call.text("sku")
    if sku is None:
        return list_of("products")(world, call)
    found = [row for row in world.products.values() if row["sku"] == sku and not row.get("deleted_at")]
    versions = [row["version"] for row in found]
    return Answer({"data": found, "version": {"min": min(versions, default=None), "max": max(versions, default=None)}})


def get_product(world: World, call: Call) -> Answer:
    """Return one product."""
    return Answer({"data": _row(world.products, call.path["id"], "Product")})


def list_outlet_taxes(world: World, call: Call) -> Answer:
    """List the tax of each product at each outlet; may be narrowed to one outlet (FACTS 13)."""
    outlet_id = call.text("outlet_id")
    rows = [row for row in world.outlet_taxes if outlet_id in (None, row["outlet_id"])]
    return pages.answer_feed(call, rows, world.switches.page_size_max)


def get_retailer(world: World, _call: Call) -> Answer:
    """Return the store itself."""
    return Answer({"data": world.retailer})


def get_user(world: World, _call: Call) -> Answer:
    """Return the owner of the token: the first admin. The schema says one user, the example an array; one here."""
    admins = [row for row in world.users.values() if row["account_type"] == "admin"]
    if not admins:
        raise Refusal(404, "User not found")
    return Answer({"data": admins[0]})


def _row(table: dict[str, Row], row_id: str, noun: str) -> Row:
    if row_id not in table:
        raise Refusal(404, f"{noun} not found")
    return table[row_id]
