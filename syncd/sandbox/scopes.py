"""Which scopes a call needs: the dated description's `x-scope`s, and FACTS 16 for what it leaves out.

A personal token has them all. The table is held against the description by `tests/sandbox/test_scopes.py`.
"""

from __future__ import annotations

import re

from syncd.sandbox.exchange import Call, Refusal

# FACTS 16, and the scopes that operations of the description name.
KNOWN = frozenset(
    {
        "consignments:read",
        "consignments:write:inventory_count",
        "consignments:write:stock_order",
        "consignments:write:stock_transfer",
        "custom_fields:read",
        "custom_fields:write",
        "customers:read",
        "customers:write",
        "fulfillments:read",
        "fulfillments:write",
        "inventory:read",
        "inventory:write",
        "outlets:read",
        "payment_types:read",
        "payments:read",
        "products:read",
        "products:write",
        "register:close",
        "register:open",
        "registers:read",
        "retailer:read",
        "sales:read",
        "sales:write",
        "taxes:read",
        "users:read",
        "webhooks",
    }
)

# Paths without their version and without the names of their parameters: both dialects share them.
OF_OPERATION: dict[tuple[str, str], tuple[str, ...]] = {
    ("GET", "/sales"): ("sales:read",),
    ("POST", "/sales"): ("sales:write",),
    ("GET", "/sales/{}"): ("sales:read",),
    ("PUT", "/sales/{}"): ("sales:write",),
    ("POST", "/sales/{}/actions/return"): ("sales:write", "users:read"),
    # The list names no scope in the source, and handing over is a write of the sale (FACTS 16, 24).
    ("GET", "/fulfillments"): (),
    ("POST", "/fulfillments/fulfill"): ("sales:write",),
    ("POST", "/fulfillments/{}/pick"): ("sales:write",),
    ("POST", "/fulfillments/{}/pack"): ("sales:write",),
    ("POST", "/fulfillments/{}/fulfill"): ("sales:write",),
    ("GET", "/fulfillments/{}/history"): ("fulfillments:read",),
    ("POST", "/inventory"): ("inventory:read",),
    ("GET", "/inventory/{}"): ("inventory:read",),
    ("POST", "/inventory_levels"): ("inventory:read",),
    ("GET", "/inventory_levels/{}"): ("inventory:read",),
    # Listing adjustments and reasons needs the scope to write (FACTS 24).
    ("GET", "/stock_adjustments"): ("inventory:write",),
    ("POST", "/stock_adjustments"): ("inventory:write",),
    ("GET", "/custom_inventory_adjustment_reasons"): ("inventory:write",),
    ("POST", "/custom_inventory_adjustment_reasons"): ("inventory:write",),
    ("GET", "/products"): ("products:read",),
    ("POST", "/products"): ("products:write",),
    ("GET", "/products/{}"): ("products:read",),
    ("PUT", "/products/{}"): ("products:write",),
    ("GET", "/customers"): ("customers:read",),
    ("POST", "/customers"): ("customers:write",),
    ("GET", "/customers/{}"): ("customers:read",),
    ("PUT", "/customers/{}"): ("customers:write",),
    ("DELETE", "/customers/{}"): ("customers:write",),
    ("GET", "/customers/{}/addresses"): ("customers:read",),
    ("POST", "/customers/{}/addresses"): ("customers:write",),
    ("GET", "/outlets"): ("outlets:read",),
    ("GET", "/outlets/{}"): ("outlets:read",),
    ("GET", "/registers"): ("registers:read",),
    ("GET", "/registers/{}"): ("registers:read",),
    ("GET", "/users"): ("users:read",),
    ("GET", "/users/{}"): ("users:read",),
    ("GET", "/user"): ("users:read",),
    ("GET", "/taxes"): ("taxes:read",),
    ("GET", "/outlet_taxes"): ("outlets:read",),  # not taxes:read (FACTS 19)
    ("GET", "/payment_types"): ("payment_types:read",),
    ("GET", "/retailer"): ("retailer:read", "payment_types:read"),  # both (FACTS 24)
    ("GET", "/webhooks"): ("webhooks",),
    ("POST", "/webhooks"): ("webhooks",),
    ("GET", "/webhooks/{}"): ("webhooks",),
    ("PUT", "/webhooks/{}"): ("webhooks",),
    ("DELETE", "/webhooks/{}"): ("webhooks",),
    ("GET", "/consignments"): ("consignments:read",),
    ("GET", "/consignments/{}"): ("consignments:read",),
    ("GET", "/consignments/{}/products"): ("consignments:read",),
    ("GET", "/consignments/{}/totals"): ("consignments:read",),
    ("GET", "/workflows/custom_fields"): ("custom_fields:read",),
    ("POST", "/workflows/custom_fields"): ("custom_fields:write",),
    ("GET", "/workflows/custom_fields/values"): ("custom_fields:read",),
    ("POST", "/workflows/custom_fields/values"): ("custom_fields:write",),
    # The classic dialect alone. No source names its scopes: the scope of the dated call that replaced it.
    ("POST", "/register_sales"): ("sales:write",),
    ("GET", "/register_sales"): ("sales:read",),
    ("GET", "/register_sales/{}"): ("sales:read",),
    ("PUT", "/sales/{}/actions/return"): ("sales:write", "users:read"),
    ("POST", "/sales/{}/fulfill"): ("sales:write",),
    ("GET", "/sales/{}/fulfillments"): ("sales:read",),
    ("GET", "/sales/{}/pick_lists"): ("sales:read",),
    ("GET", "/inventory"): ("inventory:read",),
    ("GET", "/products/{}/inventory"): ("inventory:read",),
}

# One of them, by the `type` asked for.
OF_SEARCH = {"sales": "sales:read", "products": "products:read", "customers": "customers:read"}

VERSION = re.compile(r"^/[0-9]+\.[0-9]+(?=/)")
PARAMETER = re.compile(r"\{[^}]*\}")


class NoScopeStated(LookupError):
    """An endpoint stands in no line of the table of scopes. Add it, with its source."""


def needed_by(method: str, path: str, kind: str | None = None) -> tuple[str, ...]:
    """Return the scopes an endpoint needs, all of them; raises NoScopeStated. `kind` is the type of a search."""
    plain = PARAMETER.sub("{}", VERSION.sub("", path))
    if (method, plain) == ("GET", "/search"):
        return (OF_SEARCH[kind],) if kind in OF_SEARCH else ()
    if (method, plain) not in OF_OPERATION:
        raise NoScopeStated(f"{method} {plain}")
    return OF_OPERATION[method, plain]


def require(needed: tuple[str, ...], call: Call) -> None:
    """Refuse a caller that was not granted every scope needed (FACTS 8: 403)."""
    granted = call.caller.scopes
    missing = [] if granted is None else [each for each in needed if each not in granted]
    if missing:
        raise Refusal(403, f"The access token lacks the scope {', '.join(missing)}")
