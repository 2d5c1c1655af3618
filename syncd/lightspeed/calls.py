"""Every call that syncd makes to X-Series: its path in each dialect, its scopes, what it is for, how it is looked up.

`{version}` in a path is the dated version (`2026-07`). Sources: openapi-2026-07-condensed.yaml, openapi-2.0.json, the
vendor's two tutorials (`/api/register_sales`, API 0.9), and for consignments the vendor's dated description as
mirrored by api-evangelist. The scopes needed by a configuration are derived from this table and from nothing else.
2.0 names no scopes: the dated ones are taken for both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from syncd.budget import Priority
from syncd.transport import Access, Call


class Use(StrEnum):
    """What a configuration wants of X-Series."""

    SYNC = "sync"  #: what every configuration reads: names, products, the sales feed
    ORDERS = "orders"  #: orders become sales
    HAND_OVER = "hand_over"  #: fulfilments are read from X-Series
    HAND_OVER_BACK = "hand_over_back"  #: fulfilments are written to X-Series
    STOCK = "stock"  #: levels are read
    CORRECTIONS = "corrections"  #: levels are written
    MOVEMENTS = "movements"  #: receipts, counts, transfers and adjustments are read; useful, not required
    CUSTOMERS = "customers"  #: customers are matched
    NEW_CUSTOMERS = "new_customers"  #: and created
    SETTINGS = "settings"  #: the retailer's own; useful, not required
    RETURNS = "returns"
    WEBHOOKS = "webhooks"


OPTIONAL = frozenset({Use.MOVEMENTS, Use.SETTINGS})  # without them, what they show is unknown (DESIGN 5, term M)


@dataclass(frozen=True, slots=True)
class Row:
    """One call; `dated` or `classic` is None where that dialect has no such call."""

    name: str
    dated: Call | None
    classic: Call | None
    uses: frozenset[Use]


def _row(
    name: str,
    access: Access,
    *,
    uses: Iterable[Use],
    dated: str = "",
    classic: str = "",
    scopes: str = "",
    look_up: str = "",
    classic_look_up: str = "",
    priority: Priority = Priority.ORDERS,
    is_personal: bool = False,
) -> Row:
    def call(line: str, route: str) -> Call | None:
        if not line:
            return None
        method, _, path = line.partition(" ")
        return Call(name, method, path, access, route, frozenset(scopes.split()), priority, is_personal)

    return Row(name, call(dated, look_up), call(classic, classic_look_up or look_up), frozenset(uses))


def _alike(
    name: str, path: str, scopes: str, use: Use, priority: Priority = Priority.ORDERS, *, is_personal: bool = False
) -> Row:
    """A read that is the same in both dialects, but for where it lives."""
    dated, classic = f"GET /api/{{version}}{path}", f"GET /api/2.0{path}"
    return _row(
        name,
        Access.READ,
        dated=dated,
        classic=classic,
        scopes=scopes,
        uses=[use],
        priority=priority,
        is_personal=is_personal,
    )


_V = "/api/{version}"
_BY_ID = "read the sale by its id and compare it with what was sent"
_R, _W = Access.READ, Access.WRITE
_STOCK, _CATALOGUE = Priority.STOCK, Priority.CATALOGUE

# ------------------------------------------------------------------ sales

SALES = _alike("list sales", "/sales", "sales:read", Use.SYNC)
SALE = _alike("get sale", "/sales/{sale_id}", "sales:read", Use.SYNC)
# 2.0 promises single sales for completed ones only (FACTS 13, UNCONFIRMED for pending); 0.9 has them all.
REGISTER_SALE = _row(
    "get register sale", _R, classic="GET /api/register_sales/{sale_id}", scopes="sales:read", uses=[Use.SYNC]
)
SEARCH_SALES = _alike("search sales", "/search", "sales:read", Use.SYNC)
# One classic route for three: with an `id` in the body it is an update (tutorial "Sales 101", FACTS 11).
CREATE_SALE = _row(
    "create sale",
    _W,
    dated=f"POST {_V}/sales",
    classic="POST /api/register_sales",
    scopes="sales:write",
    look_up="by our sale id, by source id in the feed, by invoice number",
    classic_look_up="by source id in the feed, by invoice number, by empty sales",
    uses=[Use.ORDERS],
    is_personal=True,
)
UPDATE_SALE = _row(
    "update sale",
    _W,
    dated=f"PUT {_V}/sales/{{sale_id}}",
    classic="POST /api/register_sales",
    scopes="sales:write",
    look_up=_BY_ID,
    uses=[Use.ORDERS],
    is_personal=True,
)
VOID_SALE = _row(
    "void sale",
    _W,
    dated=f"PUT {_V}/sales/{{sale_id}}",
    classic="POST /api/register_sales",
    scopes="sales:write",
    look_up=_BY_ID,
    uses=[Use.ORDERS],
    is_personal=True,
)
# PUT in 2.0, POST in the dated dialect (FACTS 22.10).
RETURN_SALE = _row(
    "return sale",
    _W,
    dated=f"POST {_V}/sales/{{sale_id}}/actions/return",
    classic="PUT /api/2.0/sales/{sale_id}/actions/return",
    scopes="sales:write users:read",
    look_up="by return_for in the feed: a new parked sale that points at this one",
    uses=[Use.RETURNS],
)

# ------------------------------------------------------------------ fulfilments

_BY_FULFILMENT = "by the fulfilments of the sale: quantities and version"

# The dated list names no scope, its history fulfillments:read (FACTS 24): asked for, to be right under both.
FULFILMENTS = _row(
    "list fulfilments", _R, dated=f"GET {_V}/fulfillments", scopes="fulfillments:read", uses=[Use.SYNC, Use.HAND_OVER]
)
# The sale's own three routes were removed in 2026-07 (FACTS 7 and 22.3).
FULFILMENTS_OF = _row(
    "list fulfilments of a sale",
    _R,
    dated=f"GET {_V}/sales/{{sale_id}}/fulfillments",
    classic="GET /api/2.0/sales/{sale_id}/fulfillments",
    scopes="sales:read",
    uses=[Use.SYNC, Use.HAND_OVER],
)
PICK_LISTS_OF = _alike("list pick lists of a sale", "/sales/{sale_id}/pick_lists", "sales:read", Use.HAND_OVER)
FULFIL_SALE = _row(
    "fulfil sale",
    _W,
    dated=f"POST {_V}/fulfillments/fulfill",
    classic="POST /api/2.0/sales/{sale_id}/fulfill",
    scopes="sales:write",
    look_up="by the fulfilments of the sale",
    classic_look_up="by the status of the sale",
    uses=[Use.HAND_OVER_BACK],
)
FULFIL_SALE_BEFORE_2026_07 = _row(
    "fulfil sale (before 2026-07)",
    _W,
    dated=f"POST {_V}/sales/{{sale_id}}/fulfill",
    scopes="sales:write",
    look_up="by the state of the sale",
    uses=[Use.HAND_OVER_BACK],
)
PICK = _row(
    "pick fulfilment",
    _W,
    dated=f"POST {_V}/fulfillments/{{fulfillment_id}}/pick",
    scopes="sales:write",
    look_up=_BY_FULFILMENT,
    uses=[Use.HAND_OVER_BACK],
)
PACK = _row(
    "pack fulfilment",
    _W,
    dated=f"POST {_V}/fulfillments/{{fulfillment_id}}/pack",
    scopes="sales:write",
    look_up=_BY_FULFILMENT,
    uses=[Use.HAND_OVER_BACK],
)
FULFIL = _row(
    "fulfil fulfilment",
    _W,
    dated=f"POST {_V}/fulfillments/{{fulfillment_id}}/fulfill",
    scopes="sales:write",
    look_up=_BY_FULFILMENT,
    uses=[Use.HAND_OVER_BACK],
)

# ------------------------------------------------------------------ stock

# Two reads by POST (FACTS 22.12).
LEVELS = _row(
    "list inventory",
    _R,
    dated=f"POST {_V}/inventory",
    classic="GET /api/2.0/inventory",
    scopes="inventory:read",
    priority=_STOCK,
    uses=[Use.STOCK],
)
LEVELS_OF = _row(
    "get inventory",
    _R,
    dated=f"GET {_V}/inventory/{{product_id}}",
    classic="GET /api/2.0/products/{product_id}/inventory",
    scopes="inventory:read",
    priority=_STOCK,
    uses=[Use.STOCK],
)
AVAILABLE = _row(
    "list inventory levels",
    _R,
    dated=f"POST {_V}/inventory_levels",
    scopes="inventory:read",
    priority=_STOCK,
    uses=[Use.STOCK],
)
ADJUSTMENTS = _row(
    "list stock adjustments",
    _R,
    dated=f"GET {_V}/stock_adjustments",
    scopes="inventory:write",  # a read that wants the write scope (FACTS 24)
    priority=_STOCK,
    uses=[Use.MOVEMENTS, Use.CORRECTIONS],
)
ADJUST = _row(
    "adjust stock",
    _W,
    dated=f"POST {_V}/stock_adjustments",
    scopes="inventory:write",
    look_up="by the adjustments above the version read before, matched as a multiset",
    priority=_STOCK,
    uses=[Use.CORRECTIONS],
)
REASONS = _row(
    "list adjustment reasons",
    _R,
    dated=f"GET {_V}/custom_inventory_adjustment_reasons",
    scopes="inventory:write",
    priority=_STOCK,
    uses=[Use.CORRECTIONS],
)
CREATE_REASON = _row(
    "create adjustment reason",
    _W,
    dated=f"POST {_V}/custom_inventory_adjustment_reasons",
    scopes="inventory:write",
    look_up="by its name in the list",
    priority=_STOCK,
    uses=[Use.CORRECTIONS],
)
# Absolute: a repeat is the same again, but what was sold in between is lost (FACTS 14).
SET_LEVEL = _row(
    "set stock level",
    _W,
    dated=f"PUT {_V}/products/{{product_id}}",
    classic="PUT /api/2.1/products/{product_id}",
    scopes="products:write",
    look_up="by the inventory of the product",
    priority=_STOCK,
    uses=[Use.CORRECTIONS],
)
CONSIGNMENTS = _alike("list consignments", "/consignments", "consignments:read", Use.MOVEMENTS, _STOCK)
CONSIGNMENT_LINES = _alike(
    "list consignment products", "/consignments/{consignment_id}/products", "consignments:read", Use.MOVEMENTS, _STOCK
)

# ------------------------------------------------------------------ products

PRODUCTS = _alike("list products", "/products", "products:read", Use.SYNC, _CATALOGUE)
PRODUCTS_BY_SKU = _alike("get products by SKU", "/products", "products:read", Use.SYNC, _CATALOGUE)
PRODUCT = _alike("get product", "/products/{product_id}", "products:read", Use.SYNC, _CATALOGUE)
SEARCH_PRODUCTS = _alike("search products", "/search", "products:read", Use.SYNC, _CATALOGUE)

# ------------------------------------------------------------------ customers

CUSTOMERS = _alike("list customers", "/customers", "customers:read", Use.CUSTOMERS, is_personal=True)
SEARCH_CUSTOMERS = _alike("search customers", "/search", "customers:read", Use.CUSTOMERS, is_personal=True)
CUSTOMER = _alike("get customer", "/customers/{customer_id}", "customers:read", Use.CUSTOMERS, is_personal=True)
CREATE_CUSTOMER = _row(
    "create customer",
    _W,
    dated=f"POST {_V}/customers",
    classic="POST /api/2.0/customers",
    scopes="customers:write",
    look_up="by code and e-mail in the customers' feed, then by search",
    uses=[Use.NEW_CUSTOMERS],
    is_personal=True,
)
ADDRESSES = _row(
    "list customer addresses",
    _R,
    dated=f"GET {_V}/customers/{{customer_id}}/addresses",
    scopes="customers:read",
    uses=[Use.CUSTOMERS],
    is_personal=True,
)
CREATE_ADDRESS = _row(
    "create customer address",
    _W,
    dated=f"POST {_V}/customers/{{customer_id}}/addresses",
    scopes="customers:write",
    look_up="by its text in the customer's addresses",
    uses=[Use.NEW_CUSTOMERS],
    is_personal=True,
)

# ------------------------------------------------------------------ reference data

OUTLETS = _alike("list outlets", "/outlets", "outlets:read", Use.SYNC)
REGISTERS = _alike("list registers", "/registers", "registers:read", Use.SYNC)
USERS = _alike("list users", "/users", "users:read", Use.SYNC)
USER = _alike("get user", "/user", "users:read", Use.SYNC)
TAXES = _alike("list taxes", "/taxes", "taxes:read", Use.SYNC)
PAYMENT_TYPES = _alike("list payment types", "/payment_types", "payment_types:read", Use.SYNC)
OUTLET_TAXES = _alike("list outlet taxes", "/outlet_taxes", "outlets:read", Use.SYNC)  # not taxes:read (FACTS 19)
RETAILER = _alike(
    "get retailer", "/retailer", "retailer:read payment_types:read", Use.SETTINGS
)  # two scopes (FACTS 24)

# ------------------------------------------------------------------ webhooks and tokens

WEBHOOKS = _row(
    "list webhooks",
    _R,
    dated=f"GET {_V}/webhooks",
    classic="GET /api/webhooks",
    scopes="webhooks",
    uses=[Use.WEBHOOKS],
)
CREATE_WEBHOOK = _row(
    "create webhook",
    _W,
    dated=f"POST {_V}/webhooks",
    classic="POST /api/webhooks",  # a form with the field `data` (FACTS 17)
    scopes="webhooks",
    look_up="by type and address in the list",
    uses=[Use.WEBHOOKS],
)
UPDATE_WEBHOOK = _row(
    "update webhook",
    _W,
    dated=f"PUT {_V}/webhooks/{{webhook_id}}",
    scopes="webhooks",
    look_up="by its id in the list",
    uses=[Use.WEBHOOKS],
)
DELETE_WEBHOOK = _row(
    "delete webhook",
    _W,
    dated=f"DELETE {_V}/webhooks/{{webhook_id}}",
    scopes="webhooks",
    look_up="by its id in the list",
    uses=[Use.WEBHOOKS],
)
# Not a read and not a write: it changes our own log-in only, and a read-only run may make it too.
TOKEN = _row(
    "get token",
    Access.TOKEN,
    dated="POST /api/1.0/token",
    classic="POST /api/1.0/token",
    look_up="by the token file: whoever answered last is in it; a lost answer may cost the log-in",
    uses=[],
)

#: What an account that is spoken to in the classic dialect may use all the same (`stock.api: adjustments`).
DATED_ADJUSTMENTS = frozenset(row.name for row in (ADJUSTMENTS, ADJUST, REASONS, CREATE_REASON))

TABLE: tuple[Row, ...] = tuple(row for row in list(globals().values()) if isinstance(row, Row))


def scopes_needed(uses: Iterable[Use], *, classic: bool) -> set[str]:
    """The scopes without which these uses do not work in this dialect."""
    return scopes_wanted(set(uses) - OPTIONAL, classic=classic)


def scopes_wanted(uses: Iterable[Use], *, classic: bool) -> set[str]:
    """The same with what would only be useful: what a log-in asks for."""
    wanted = set(uses)
    calls = (row.classic if classic else row.dated for row in TABLE if row.uses & wanted)
    return {scope for call in calls if call is not None for scope in call.scopes}
