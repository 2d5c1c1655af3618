"""What an OAuth application may do: what it was granted, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.sandbox import classic, dated, scopes, webhook_calls
from syncd.sandbox.scopes import KNOWN, OF_OPERATION, OF_SEARCH, needed_by

from .builders import DATED, SALE_1, Shop, a_dated_sale
from .test_descriptions import description

ONE_OF_THEM = "one, by type"


def granted(shop: Shop, *wanted: str) -> dict[str, str]:
    """Return the header of an application that was granted these scopes."""
    token = shop.do("POST", "/_sandbox/oauth/grants", {"scope": " ".join(wanted)})["access_token"]
    return {"Authorization": f"Bearer {token}"}


def described() -> dict[tuple[str, str], tuple[set[str], bool]]:
    """Return scopes by operation, and whether one of them is enough."""
    found: dict[tuple[str, str], tuple[set[str], bool]] = {}
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            if method in {"get", "post", "put", "delete"}:
                plain = scopes.PARAMETER.sub("{}", path)
                one = operation.get("x-scope-mode") == ONE_OF_THEM
                found[method.upper(), plain] = (set(operation["x-scope"]), one)
    return found


def test_the_table_says_what_the_description_says() -> None:
    operations = described()

    all_needed = {key: set(OF_OPERATION[key]) for key, (_, one) in operations.items() if not one}
    assert all_needed == {key: wanted for key, (wanted, one) in operations.items() if not one}
    assert {key: wanted for key, (wanted, one) in operations.items() if one} == {
        ("GET", "/search"): set(OF_SEARCH.values())
    }
    assert len(operations) > 40


def test_no_scope_is_unheard_of() -> None:
    named = {each for needed in OF_OPERATION.values() for each in needed} | set(OF_SEARCH.values())

    assert named <= KNOWN


def test_every_endpoint_has_its_line() -> None:
    endpoints: list[tuple[Any, ...]] = [
        *classic.ROUTES,
        *dated.ROUTES,
        *webhook_calls.DATED_ROUTES,
        *webhook_calls.CLASSIC_ROUTES,
    ]

    missing = []
    for method, path, *_ in endpoints:
        try:
            needed_by(method, path)
        except scopes.NoScopeStated as error:
            missing.append(str(error))
    assert missing == []


def test_an_endpoint_nobody_thought_about_opens_to_nobody() -> None:
    with pytest.raises(scopes.NoScopeStated, match=r"^GET /nowhere/\{\}$"):
        needed_by("GET", "/2.0/nowhere/{id}")


def test_a_call_without_its_scope_is_refused_and_does_nothing(shop: Shop) -> None:
    reader = granted(shop, "sales:read")

    refused = shop.client.post(f"{DATED}/sales", json=a_dated_sale(), headers=reader)

    assert refused.status_code == 403
    assert refused.json() == {"error": "Forbidden", "message": "The access token lacks the scope sales:write"}
    assert "X-RateLimit-Remaining" in refused.headers
    assert shop.client.get(f"{DATED}/sales", headers=reader).json()["data"] == []


def test_what_was_granted_is_allowed(shop: Shop) -> None:
    writer = granted(shop, "sales:write")

    created = shop.client.post(f"{DATED}/sales", json=a_dated_sale(), headers=writer)
    read = shop.client.get(f"{DATED}/sales/{SALE_1}", headers=writer)

    assert (created.status_code, read.status_code) == (200, 403)


def test_a_call_may_need_two_scopes_and_names_the_one_that_lacks(shop: Shop) -> None:
    half, whole = granted(shop, "retailer:read"), granted(shop, "retailer:read", "payment_types:read")

    answers = [shop.client.get(f"{DATED}/retailer", headers=each) for each in (half, whole)]

    assert [each.status_code for each in answers] == [403, 200]
    assert answers[0].json()["message"] == "The access token lacks the scope payment_types:read"


def test_a_search_needs_the_scope_of_its_type(shop: Shop) -> None:
    seller = granted(shop, "sales:read")

    statuses = {
        kind: shop.client.get(f"{DATED}/search", params={"type": kind}, headers=seller).status_code
        for kind in ("sales", "products", "customers")
    }

    assert statuses == {"sales": 200, "products": 403, "customers": 403}


def test_fulfilments_are_listed_without_any_scope_but_handed_over_with_sales_write(shop: Shop) -> None:
    shop.post_dated()
    nothing, wrong = granted(shop), granted(shop, "fulfillments:write")

    listed = shop.client.get(f"{DATED}/fulfillments", headers=nothing)
    handed = shop.client.post(f"{DATED}/fulfillments/fulfill", json={"sale_id": SALE_1}, headers=wrong)

    assert (listed.status_code, handed.status_code) == (200, 403)


def test_the_classic_dialect_holds_the_same_scopes(shop: Shop) -> None:
    reader = granted(shop, "sales:read")

    statuses = [
        shop.client.get("/api/2.0/sales", headers=reader).status_code,
        shop.client.post("/api/register_sales", json={}, headers=reader).status_code,
        shop.client.get("/api/2.0/outlets", headers=reader).status_code,
    ]

    assert statuses == [200, 403, 403]


def test_a_personal_token_may_do_everything(shop: Shop) -> None:
    answers = [shop.client.get(f"{DATED}/{each}") for each in ("sales", "outlets", "retailer", "webhooks")]

    assert [each.status_code for each in answers] == [200] * 4
