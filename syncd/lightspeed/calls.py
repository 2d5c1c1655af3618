"""Every call that syncd makes to X-Series, in both dialects: its path, whether it may change something, its look-up.

`{version}` in a path is the dated version (`2026-07`). Sources: openapi-2026-07-condensed.yaml, openapi-2.0.json and
the vendor's two tutorials (`/api/register_sales`, API 0.9).
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.transport import Access, Call


@dataclass(frozen=True, slots=True)
class Calls:
    """One dialect's table; the field is what we want, the call is how this dialect says it."""

    sales: Call
    sale: Call
    search: Call
    fulfilments: Call
    outlets: Call
    registers: Call
    users: Call
    user: Call
    taxes: Call
    payment_types: Call
    products: Call
    levels: Call
    levels_of: Call
    create_sale: Call
    update_sale: Call
    void_sale: Call
    fulfil_sale: Call


def _read(name: str, path: str, method: str = "GET") -> Call:
    return Call(name, method, path, Access.READ)


def _write(name: str, method: str, path: str, look_up: str) -> Call:
    return Call(name, method, path, Access.WRITE, look_up)


_BY_ID = "read the sale by its id and compare it with what was sent"

DATED = Calls(
    sales=_read("list sales", "/api/{version}/sales"),
    sale=_read("get sale", "/api/{version}/sales/{sale_id}"),
    search=_read("search sales", "/api/{version}/search"),
    fulfilments=_read("list fulfilments", "/api/{version}/fulfillments"),
    outlets=_read("list outlets", "/api/{version}/outlets"),
    registers=_read("list registers", "/api/{version}/registers"),
    users=_read("list users", "/api/{version}/users"),
    user=_read("get user", "/api/{version}/user"),
    taxes=_read("list taxes", "/api/{version}/taxes"),
    payment_types=_read("list payment types", "/api/{version}/payment_types"),
    products=_read("list products", "/api/{version}/products"),
    levels=_read("list inventory", "/api/{version}/inventory", "POST"),  # a read by POST (FACTS 22.12)
    levels_of=_read("get inventory", "/api/{version}/inventory/{product_id}"),
    create_sale=_write(
        "create sale", "POST", "/api/{version}/sales", "by our sale id, by source id in the feed, by invoice number"
    ),
    update_sale=_write("update sale", "PUT", "/api/{version}/sales/{sale_id}", _BY_ID),
    void_sale=_write("void sale", "PUT", "/api/{version}/sales/{sale_id}", _BY_ID),
    # The sale's own /fulfill was removed in 2026-07 (FACTS 22.3).
    fulfil_sale=_write("fulfil sale", "POST", "/api/{version}/fulfillments/fulfill", "by the fulfilments of the sale"),
)

CLASSIC = Calls(
    sales=_read("list sales", "/api/2.0/sales"),
    sale=_read("get sale", "/api/2.0/sales/{sale_id}"),
    search=_read("search sales", "/api/2.0/search"),
    fulfilments=_read("list fulfilments", "/api/2.0/sales/{sale_id}/fulfillments"),
    outlets=_read("list outlets", "/api/2.0/outlets"),
    registers=_read("list registers", "/api/2.0/registers"),
    users=_read("list users", "/api/2.0/users"),
    user=_read("get user", "/api/2.0/user"),
    taxes=_read("list taxes", "/api/2.0/taxes"),
    payment_types=_read("list payment types", "/api/2.0/payment_types"),
    products=_read("list products", "/api/2.0/products"),
    levels=_read("list inventory", "/api/2.0/inventory"),
    levels_of=_read("get inventory", "/api/2.0/products/{product_id}/inventory"),
    # One route for all three: with an `id` in the body it is an update (tutorial "Sales 101", FACTS 11).
    create_sale=_write(
        "create sale", "POST", "/api/register_sales", "by source id in the feed, by invoice number, by empty sales"
    ),
    update_sale=_write("update sale", "POST", "/api/register_sales", _BY_ID),
    void_sale=_write("void sale", "POST", "/api/register_sales", _BY_ID),
    fulfil_sale=_write("fulfil sale", "POST", "/api/2.0/sales/{sale_id}/fulfill", "by the status of the sale"),
)

# 2.0 promises single sales for completed ones only (FACTS 13, UNCONFIRMED for pending); 0.9 has them all.
REGISTER_SALE = _read("get register sale", "/api/register_sales/{sale_id}")
