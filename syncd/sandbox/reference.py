"""Lists of reference data. The dated rows are the same as the 2.0 rows (FACTS 19)."""

from __future__ import annotations

from collections.abc import Callable

from syncd.sandbox import pages
from syncd.sandbox.bulk import Chained
from syncd.sandbox.exchange import Answer, Call, Refusal, Row
from syncd.sandbox.world import World

# These lists take a `deleted` parameter, so deleted rows are left out unless asked for. The others (users, taxes,
# payment types in 2.0) take none: their deleted rows stand in the list, and the client has to look.
HIDES_DELETED = frozenset({"outlets", "registers", "products"})


def list_of(name: str) -> Callable[[World, Call], Answer]:
    """Make the handler that lists a reference table."""

    def handle(world: World, call: Call) -> Answer:
        hide = name in HIDES_DELETED and not call.flag("deleted")
        keep = _stands if hide else None
        return pages.answer_feed(world, call, world.in_order(name), keep=keep)

    return handle


def get_of(name: str, noun: str) -> Callable[[World, Call], Answer]:
    """Make the handler that answers one row of a reference table."""

    def handle(world: World, call: Call) -> Answer:
        return Answer({"data": _row(world.table(name), call.path["id"], noun)})

    return handle


def _stands(row: Row) -> bool:
    return not row.get("deleted_at")


def list_taxes(world: World, call: Call) -> Answer:
    """List taxes: the collection has `data` only, no version object (FACTS 19)."""
    answer = list_of("taxes")(world, call)
    return Answer({"data": answer.body["data"]})


def list_products(world: World, call: Call) -> Answer:
    """List products. With `sku`, `name` or `family_name` every other parameter is ignored (FACTS 13, 17).

    `sku` loads by one of a product's codes, as they are written: several products may share one (FACTS 22.15).
    """
    sku, name = call.text("sku"), call.text("name") or call.text("family_name")
    if sku is not None:
        found = world.products_with_code(sku)
    elif name is not None:
        found = [row for row in world.products.values() if row["name"] == name and _stands(row)]
    else:
        return list_of("products")(world, call)
    versions = [row["version"] for row in found]
    ends = {"min": min(versions, default=None), "max": max(versions, default=None)}
    return Answer({"data": found} | pages.version_field(world, ends))


def list_payment_types(world: World, call: Call) -> Answer:
    """List payment types, perhaps only those of an outlet (FACTS 19)."""
    outlet_id = call.text("outlet_id")

    def keep(row: Row) -> bool:
        return outlet_id is None or not row["outlet_ids"] or outlet_id in row["outlet_ids"]

    return pages.answer_feed(world, call, world.in_order("payment_types"), keep=keep)


def list_outlet_taxes(world: World, call: Call) -> Answer:
    """List the tax of each product at each outlet; may be narrowed to one outlet (FACTS 13)."""
    outlet_id = call.text("outlet_id")
    # A large store has both: what it began with, numbered before all that was added since.
    rows = Chained(world.bulk_taxes, world.outlet_taxes)
    return pages.answer_feed(world, call, rows, keep=lambda row: outlet_id in (None, row["outlet_id"]))


def get_retailer(world: World, _call: Call) -> Answer:
    """Return the store itself."""
    return Answer({"data": world.retailer})


def owner(world: World) -> Row:
    """Return the owner of the token: the first admin."""
    admins = [row for row in world.users.values() if row["account_type"] == "admin"]
    if not admins:
        raise Refusal(404, "User not found")
    return admins[0]


def get_user(world: World, _call: Call) -> Answer:
    """Return the owner of the token. The schema says one user, the example an array: a switch."""
    user = owner(world)
    return Answer({"data": [user] if world.switches.user_answer == "array" else user})


def _row(table: dict[str, Row], row_id: str, noun: str) -> Row:
    if row_id not in table:
        raise Refusal(404, f"{noun} not found")
    return table[row_id]
