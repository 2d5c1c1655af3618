"""The classic dialect: `/api/register_sales` (0.9) and `/api/2.0/...`, as in the vendor's tutorials."""

from __future__ import annotations

from dataclasses import replace

from syncd.sandbox import (
    classic_requests,
    consignments,
    custom_fields,
    customers,
    fulfilments,
    inventory,
    pages,
    product_updates,
    reference,
    returns,
    sales,
    states,
)
from syncd.sandbox.classic_answers import show_done, show_pick_list, show_register_sale, show_sale
from syncd.sandbox.classic_requests import BadPayload
from syncd.sandbox.exchange import Answer, Call, Refusal
from syncd.sandbox.fulfilments import API
from syncd.sandbox.records import Sale
from syncd.sandbox.search import searcher
from syncd.sandbox.world import World

EMPTY_SALE = "empty_sale"


def post_register_sale(world: World, call: Call) -> Answer:
    """Create a sale, or update the one `id` names, by full replace (FACTS 11).

    A bad payload answers 200 all the same: the new sale is empty, an existing one is emptied (FACTS 22.1, 22.2).
    """
    fields = call.body if isinstance(call.body, dict) else {}
    existing = world.sales.get(fields["id"]) if isinstance(fields.get("id"), str) else None
    try:
        if call.fault == EMPTY_SALE:
            raise BadPayload("the fault asked for it")
        if existing is None and fields.get("id") and world.switches.classic_unknown_id == "empty":
            raise BadPayload("id means an update, and there is no such sale")
        draft = classic_requests.read_sale(world, fields)
    except BadPayload:
        draft = classic_requests.read_empty_sale(world, fields)
    if existing is not None:
        sale = sales.update(world, existing, draft)
    else:
        kept = world.switches.classic_unknown_id == "kept"
        sale = sales.create(world, draft if kept else replace(draft, id=None))
    # The top key of the answer is UNCONFIRMED (FACTS 11); this is what old public code reads.
    return Answer({"register_sale": show_register_sale(world, sale)})


def get_register_sale(world: World, call: Call) -> Answer:
    """Answer one sale under its 0.9 names."""
    return Answer({"register_sale": show_register_sale(world, world.sale(call.path["id"]))})


def list_sales(world: World, call: Call) -> Answer:
    """Answer the feed of sales in the 2.0 shape, sales of every status."""
    data, version = pages.feed(world, call, sales.in_order(world), version_of=lambda sale: sale.version)
    return Answer({"data": [show_sale(world, sale) for sale in data]} | version)


def get_sale(world: World, call: Call) -> Answer:
    """Answer one sale in the 2.0 shape."""
    return Answer({"data": show_sale(world, world.sale(call.path["id"]))})


def return_sale(world: World, call: Call) -> Answer:
    """Start the return of a closed sale: PUT here, POST on dated versions (FACTS 12)."""
    return Answer({"data": show_sale(world, returns.start(world, world.sale(call.path["id"])))})


def fulfil_sale(world: World, call: Call) -> Answer:
    """Fulfil an unfulfilled sale as a whole (tutorial "Fulfillments").

    Unlike the dated call this one is not stated to be idempotent: a second one is refused.
    """
    word = call.fields().get("fulfillment_type")
    if not isinstance(word, str) or word not in states.CLASSIC_WORD_OF_TYPE.values():
        raise Refusal(400, "fulfillment_type is PICKED_UP or SHIPPED")
    sale = world.sale(call.path["id"])
    _refuse_other_type(sale, word)
    if sale.state != states.PENDING:
        raise Refusal(409, f"Sale is {sale.status}, there is nothing to fulfil")
    fulfilments.fulfil_sale(world, sale, by=API)
    return Answer({"data": show_done(sale, sale.fulfilments[0])})


def _refuse_other_type(sale: Sale, word: str) -> None:
    if sale.hand_over is not None and states.CLASSIC_WORD_OF_TYPE[sale.hand_over] != word:
        raise Refusal(422, f"Sale is {sale.status}, it cannot be {word}")


def list_fulfilments(world: World, call: Call) -> Answer:
    """Answer the part of a sale that is handed over (FACTS 19)."""
    sale = world.sale(call.path["id"])
    done = [each for each in sale.fulfilments if each.state == "FULFILLED"]
    return Answer({"data": [show_done(sale, each) for each in done]})


def list_pick_lists(world: World, call: Call) -> Answer:
    """Answer the part of a sale that is still open (FACTS 19)."""
    sale = world.sale(call.path["id"])
    standing = [each for each in sale.fulfilments if each.state != "FULFILLED"]
    return Answer({"data": [show_pick_list(sale, each) for each in standing]})


ROUTES = (
    ("POST", "/register_sales", post_register_sale),
    ("GET", "/register_sales/{id}", get_register_sale),
    ("GET", "/2.0/sales", list_sales),
    ("GET", "/2.0/sales/{id}", get_sale),
    ("PUT", "/2.0/sales/{id}/actions/return", return_sale),
    ("POST", "/2.0/sales/{id}/fulfill", fulfil_sale),
    ("GET", "/2.0/sales/{id}/fulfillments", list_fulfilments),
    ("GET", "/2.0/sales/{id}/pick_lists", list_pick_lists),
    ("GET", "/2.0/outlets", reference.list_of("outlets")),
    ("GET", "/2.0/registers", reference.list_of("registers")),
    ("GET", "/2.0/users", reference.list_of("users")),
    ("GET", "/2.0/user", reference.get_user),
    ("GET", "/2.0/taxes", reference.list_taxes),
    ("GET", "/2.0/outlets/{id}", reference.get_of("outlets", "Outlet")),
    ("GET", "/2.0/registers/{id}", reference.get_of("registers", "Register")),
    ("GET", "/2.0/users/{id}", reference.get_of("users", "User")),
    ("GET", "/2.0/payment_types", reference.list_payment_types),
    ("GET", "/2.0/products", reference.list_products),
    ("GET", "/2.0/products/{id}", reference.get_of("products", "Product")),
    ("PUT", "/2.1/products/{id}", product_updates.put_product),
    ("GET", "/2.0/products/{id}/inventory", inventory.classic_of_product),
    ("GET", "/2.0/customers", customers.list_customers),
    ("POST", "/2.0/customers", customers.post_customer),
    ("GET", "/2.0/customers/{id}", customers.get_customer),
    ("PUT", "/2.0/customers/{id}", customers.put_customer),
    ("DELETE", "/2.0/customers/{id}", customers.delete_customer),
    ("GET", "/2.0/consignments", consignments.list_consignments),
    ("GET", "/2.0/consignments/{id}", consignments.get_consignment),
    ("GET", "/2.0/consignments/{id}/products", consignments.list_lines),
    ("GET", "/2.0/consignments/{id}/totals", consignments.get_totals),
    ("GET", "/2.0/workflows/custom_fields", custom_fields.list_fields),
    ("POST", "/2.0/workflows/custom_fields", custom_fields.post_field),
    ("GET", "/2.0/workflows/custom_fields/values", custom_fields.get_values),
    ("POST", "/2.0/workflows/custom_fields/values", custom_fields.post_values),
    ("GET", "/2.0/inventory", inventory.classic_feed),
    ("GET", "/2.0/outlet_taxes", reference.list_outlet_taxes),
    ("GET", "/2.0/retailer", reference.get_retailer),
    ("GET", "/2.0/search", searcher(show_sale)),
)
