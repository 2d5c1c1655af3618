"""The dated dialect: `/api/2026-07/...`, the two versions before it, and any other date, which the oldest serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

from syncd.sandbox import (
    addresses,
    adjustments,
    classic,
    classic_answers,
    consignments,
    custom_fields,
    customers,
    dated_requests,
    fulfilments,
    history,
    inventory,
    inventory_levels,
    pages,
    product_updates,
    reference,
    returns,
    sales,
    states,
    versions,
)
from syncd.sandbox.dated_answers import show_fulfilment, show_sale
from syncd.sandbox.exchange import Answer, Call, Refusal, Row, number
from syncd.sandbox.fulfilments import API, Portion
from syncd.sandbox.records import Fulfilment, Sale, SaleDraft
from syncd.sandbox.search import searcher
from syncd.sandbox.world import World

INT32_MAX = 2**31 - 1


def list_sales(world: World, call: Call) -> Answer:
    """Answer the feed of sales; dates and states are no filters here, they are ignored (FACTS 17)."""
    data, version = pages.feed(world, call, sales.in_order(world), version_of=lambda sale: sale.version)
    return Answer({"data": [show_sale(world, sale) for sale in data]} | version)


def get_sale(world: World, call: Call) -> Answer:
    """Answer one sale."""
    return Answer({"data": show_sale(world, world.sale(call.path["id"]))})


def create_sale(world: World, call: Call) -> Answer:
    """Create a sale; success is 200 (dated description). The client may choose the id.

    Older versions answer that id and nothing else (FACTS 18).
    """
    draft = dated_requests.read_sale(world, call.fields())
    _refuse_open(draft.state, draft.attributes or ())
    existing = world.sales.get(draft.id or "")
    if existing is None:
        dated_requests.refuse_other_details(draft, draft.attributes or ())
        dated_requests.refuse_delivery_to_nowhere(world, draft)
        sale = sales.create(world, _on_a_register(world, draft))
    elif world.switches.resent_id == "refused":
        raise Refusal(409, "A sale with this id exists")
    elif world.switches.resent_id == "updated":
        sale = _update(world, existing, draft)
    else:
        sale = existing
    if versions.served(call) < versions.ANSWERS_WHOLE_SALES:
        return Answer({"data": sale.id if world.switches.old_create_answer == "text" else {"id": sale.id}})
    return Answer({"data": show_sale(world, sale)})


def update_sale(world: World, call: Call) -> Answer:
    """Update a sale; fields left out stay, lines and payments given replace or merge by switch."""
    sale = world.sale(call.path["id"])
    draft = dated_requests.read_sale(world, call.fields())
    returns.refuse_strangers(world, sale, draft, call)
    return Answer({"data": show_sale(world, _update(world, sale, draft))})


def return_sale(world: World, call: Call) -> Answer:
    """Start the return of a closed sale. The example has the 2.0 shape, the schema the dated one: a switch."""
    sale = returns.start(world, world.sale(call.path["id"]))
    classic_shape = world.switches.return_answer == "classic"
    return Answer({"data": (classic_answers.show_sale if classic_shape else show_sale)(world, sale)})


def _update(world: World, sale: Sale, draft: SaleDraft) -> Sale:
    attributes = sale.attributes if draft.attributes is None else draft.attributes
    _refuse_open(draft.state, attributes)
    dated_requests.refuse_other_details(draft, attributes)
    return sales.update(world, sale, draft, merge=world.switches.dated_update_lines == "merge")


def _on_a_register(world: World, draft: SaleDraft) -> SaleDraft:
    """Give a sale without a register one: the register is optional here (FACTS 18), which one it gets is not said.

    Our choice: the first of the fulfilment outlet, else the first of the store.
    """
    if draft.register_id is not None:
        return draft
    standing = [row for row in world.registers.values() if not row.get("deleted_at")]
    here = [row for row in standing if row["outlet_id"] == draft.fulfilment_outlet_id]
    first = next(iter(here or standing), None)
    return draft if first is None else replace(draft, register_id=first["id"])


def _refuse_open(state: str, attributes: tuple[str, ...]) -> None:
    # Pending without an attribute is the classic OPEN, which must never be posted (FACTS 6, 22.11).
    if states.status_of(state, attributes) == "OPEN":
        raise Refusal(422, "A pending sale needs an attribute: onaccount, layby, pickup, delivery or service")


def list_fulfilments(world: World, call: Call) -> Answer:
    """Answer the fulfilments: no version cursor, pages by number (FACTS 3b)."""
    wanted = {
        "sale_id": call.texts("sale_id"),
        "outlet_id": call.texts("outlet_id"),
        "type": call.texts("fulfillment_type"),
        "state": call.texts("fulfillment_state"),
    }
    found = [
        each
        for each in world.fulfilments.values()
        if all(not values or getattr(each, name) in values for name, values in wanted.items())
    ]
    return Answer({"data": [show_fulfilment(each) for each in pages.by_number(call, found)]})


def fulfil_sale(world: World, call: Call) -> Answer:
    """Complete every fulfilment of one sale; idempotent (FACTS 3b)."""
    sale_id = call.fields().get("sale_id")
    if not isinstance(sale_id, str):
        raise Refusal(400, "sale_id is required")
    sale = world.sale(sale_id)
    fulfilments.fulfil_sale(world, sale, by=API)
    return Answer({"data": [{"id": each.id, "version": each.version} for each in sale.fulfilments]})


def fulfil(world: World, call: Call) -> Answer:
    """Hand over some lines of one fulfilment."""
    return _work_on(world, call, fulfilments.fulfil)


def pick(world: World, call: Call) -> Answer:
    """Pick some lines of one fulfilment."""
    return _work_on(world, call, fulfilments.pick)


def pack(world: World, call: Call) -> Answer:
    """Pack some lines of one fulfilment."""
    return _work_on(world, call, fulfilments.pack)


def _work_on(world: World, call: Call, act: Callable[[World, Fulfilment, int, list[Portion]], None]) -> Answer:
    fulfilment = fulfilments.find(world, call.path["id"])
    fields = call.fields()
    version, rows = fields.get("version"), fields.get("line_items")
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version <= INT32_MAX:
        raise Refusal(400, "version is required")
    if not isinstance(rows, list):
        raise Refusal(400, "line_items is required")
    act(world, fulfilment, version, [_portion(each, has_packed=act is fulfilments.fulfil) for each in rows])
    return Answer({"data": {"id": fulfilment.id, "version": fulfilment.version}})


def _portion(row: object, *, has_packed: bool) -> Portion:
    """Read one line of a pick, pack or fulfil; a breakdown must add up to the quantity (FACTS 3b)."""
    if not isinstance(row, dict) or not isinstance(row.get("sale_line_item_id"), str):
        raise Refusal(400, "sale_line_item_id is required")
    quantity = number(row.get("quantity"))
    if quantity is None:
        raise Refusal(400, "quantity must be a number")
    breakdown = row.get("source_breakdown")
    if breakdown is None:
        return Portion(row["sale_line_item_id"], quantity)
    if not isinstance(breakdown, dict):
        raise Refusal(400, "source_breakdown must be an object")
    picked, fresh = _share(breakdown, "quantity_from_picked"), _share(breakdown, "quantity_from_not_started")
    # Packing has two sources, handing over three (dated description).
    packed = _share(breakdown, "quantity_from_packed") if has_packed else Decimal(0)
    if picked + packed + fresh != quantity or min(picked, packed, fresh) < 0:
        raise Refusal(400, "source_breakdown must sum to quantity")
    return Portion(row["sale_line_item_id"], quantity, picked, packed)


def _share(breakdown: Row, name: str) -> Decimal:
    found = number(breakdown.get(name))
    if found is None:
        raise Refusal(400, f"{name} is required")
    return found


_until_2026_04 = partial(versions.removed_in, versions.WITHOUT_OLD_FULFIL_CALLS)

ROUTES = (
    ("GET", "/sales", list_sales),
    ("POST", "/sales", create_sale),
    ("GET", "/sales/{id}", get_sale),
    ("PUT", "/sales/{id}", update_sale),
    ("POST", "/sales/{id}/actions/return", return_sale),
    ("POST", "/sales/{id}/fulfill", _until_2026_04(classic.fulfil_sale)),
    ("GET", "/sales/{id}/fulfillments", _until_2026_04(classic.list_fulfilments)),
    ("GET", "/sales/{id}/pick_lists", _until_2026_04(classic.list_pick_lists)),
    ("GET", "/fulfillments", list_fulfilments),
    ("POST", "/fulfillments/fulfill", fulfil_sale),
    ("POST", "/fulfillments/{id}/fulfill", fulfil),
    ("POST", "/fulfillments/{id}/pick", pick),
    ("POST", "/fulfillments/{id}/pack", pack),
    ("GET", "/fulfillments/{id}/history", history.get_history),
    ("POST", "/inventory", inventory.dated_read),
    ("GET", "/inventory/{id}", inventory.dated_of_product),
    ("POST", "/inventory_levels", inventory_levels.read_levels),
    ("GET", "/inventory_levels/{id}", inventory_levels.get_levels),
    ("GET", "/stock_adjustments", adjustments.list_adjustments),
    ("POST", "/stock_adjustments", adjustments.post_adjustments),
    ("GET", "/custom_inventory_adjustment_reasons", adjustments.list_reasons),
    ("POST", "/custom_inventory_adjustment_reasons", adjustments.post_reason),
    ("GET", "/products", reference.list_products),
    ("GET", "/products/{id}", reference.get_of("products", "Product")),
    ("PUT", "/products/{id}", product_updates.put_product),
    ("GET", "/customers", customers.list_customers),
    ("POST", "/customers", customers.post_customer),
    ("GET", "/customers/{id}", customers.get_customer),
    ("PUT", "/customers/{id}", customers.put_customer),
    ("DELETE", "/customers/{id}", customers.delete_customer),
    ("GET", "/customers/{id}/addresses", addresses.list_addresses),
    ("POST", "/customers/{id}/addresses", addresses.post_address),
    ("GET", "/consignments", consignments.list_consignments),
    ("GET", "/consignments/{id}", consignments.get_consignment),
    ("GET", "/consignments/{id}/products", consignments.list_lines),
    ("GET", "/consignments/{id}/totals", consignments.get_totals),
    ("GET", "/workflows/custom_fields", custom_fields.list_fields),
    ("POST", "/workflows/custom_fields", custom_fields.post_field),
    ("GET", "/workflows/custom_fields/values", custom_fields.get_values),
    ("POST", "/workflows/custom_fields/values", custom_fields.post_values),
    ("GET", "/outlets", reference.list_of("outlets")),
    ("GET", "/registers", reference.list_of("registers")),
    ("GET", "/users", reference.list_of("users")),
    ("GET", "/user", reference.get_user),
    ("GET", "/taxes", reference.list_taxes),
    ("GET", "/payment_types", reference.list_payment_types),
    ("GET", "/outlet_taxes", reference.list_outlet_taxes),
    ("GET", "/retailer", reference.get_retailer),
    ("GET", "/search", searcher(show_sale)),
)
