"""The dated answers are what the vendor's description says they are: every operation of it, and each status asked for.

Webhooks are held against it in `test_webhooks.py`.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from .builders import (
    AIRPORT,
    DATED,
    DOWNTOWN,
    LINE_1,
    LINE_2,
    SALE_1,
    SKU_1,
    Shop,
    a_customer,
    a_dated_line,
    a_dated_sale,
    an_address,
    an_adjustment,
)

FOLDER_VARIABLE = "SYNCD_XSERIES_DESCRIPTIONS"
BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[3] / "shared" / "lightspeed"
DATED_NAME, CLASSIC_NAME = "openapi-2026-07-condensed.yaml", "openapi-2.0.json"


@functools.cache
def description(name: str = DATED_NAME) -> dict[str, Any]:
    path = Path(os.environ.get(FOLDER_VARIABLE) or BESIDE_THE_REPOSITORY) / name
    if not path.exists():
        pytest.skip(f"{path} is not there; {FOLDER_VARIABLE} names its folder")
    text = path.read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text) if name.endswith("json") else yaml.safe_load(text)
    return found


def check(method: str, path: str, body: Any, status: int = 200) -> None:
    """Hold an answer against one status of its operation."""
    response = description()["paths"][path][method]["responses"][str(status)]
    (content,) = response["content"].values()
    schema = content["schema"] | {"components": description()["components"]}
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(body)


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A shop with sales of every kind, a customer, and a field for sales."""
    customer = shop.create(f"{DATED}/customers", a_customer())["id"]
    shop.create(f"{DATED}/customers/{customer}/addresses", an_address())
    shop.post_dated(line_items=[a_dated_line(note="x"), a_dated_line(id=LINE_2, fulfilment_outlet_id=AIRPORT)])
    shop.post_dated(id=None, state="closed", attributes=["delivery"], customer_id=customer, short_code="a")
    shop.post_dated(id=None, state="parked", attributes=[], source={"author_id": _author(shop)}, payments=[])
    shop.post_classic(user_id=None, register_id=None)
    shop.create(f"{DATED}/stock_adjustments", {"stock_adjustments": [an_adjustment()]})
    field = {"entity": "sale", "name": "erp", "title": "ERP", "type": "string"}
    shop.do("POST", f"{DATED}/workflows/custom_fields", field)
    return shop


def _author(shop: Shop) -> str:
    return str(shop.get(f"{DATED}/user")["data"]["id"])


def _customer(shop: Shop) -> str:
    return str(shop.get(f"{DATED}/customers")["data"][0]["id"])


def _fulfilment(shop: Shop) -> str:
    return str(shop.get(f"{DATED}/fulfillments", sale_id=SALE_1)["data"][0]["id"])


def _returned(shop: Shop) -> str:
    closed = next(each for each in shop.state()["sales"] if each["state"] == "closed")
    return f"/sales/{closed['id']}/actions/return"


def _work_by(verb: str, shop: Shop) -> tuple[str, Any]:
    body = {"version": 1, "line_items": [{"sale_line_item_id": LINE_1, "quantity": 1}]}
    return f"/fulfillments/{_fulfilment(shop)}/{verb}", body


def _list_of(name: str, _shop: Shop) -> tuple[str, Any]:
    return f"/{name}", None


REASON = {"name": "ERP sync +", "enabled": True, "type": "POSITIVE"}
FIELD = {"entity": "sale", "name": "n", "title": "N", "type": "integer"}
VALUES = {"entity": "sale", "entity_id": SALE_1, "values": [{"name": "erp", "string_value": "SO0001"}]}
LEVEL = {"details": {"inventory": [{"outlet_id": DOWNTOWN, "current_amount": 21}]}}

# What is asked of each operation: path and body, as the shop of the moment has them, and the status that it gets.
Asked = Callable[[Shop], tuple[str, Any]]
OPERATIONS: dict[tuple[str, str], tuple[int, Asked]] = {
    ("get", "/sales"): (200, lambda _: ("/sales", None)),
    ("post", "/sales"): (200, lambda _: ("/sales", a_dated_sale(id=None, line_items=[a_dated_line(id=None)]))),
    ("get", "/sales/{sale_id}"): (200, lambda _: (f"/sales/{SALE_1}", None)),
    ("put", "/sales/{sale_id}"): (
        200,
        lambda shop: (f"/sales/{SALE_1}", {"state": "pending", "source": {"author_id": _author(shop)}, "note": "x"}),
    ),
    ("post", "/sales/{sale_id}/actions/return"): (200, lambda shop: (_returned(shop), None)),
    ("get", "/fulfillments"): (200, lambda _: ("/fulfillments", None)),
    ("post", "/fulfillments/fulfill"): (200, lambda _: ("/fulfillments/fulfill", {"sale_id": SALE_1})),
    **{
        ("post", f"/fulfillments/{{fulfillment_id}}/{verb}"): (200, functools.partial(_work_by, verb))
        for verb in ("pick", "pack", "fulfill")
    },
    ("get", "/fulfillments/{fulfillment_id}/history"): (
        200,
        lambda shop: (f"/fulfillments/{_fulfilment(shop)}/history", None),
    ),
    ("post", "/inventory"): (200, lambda _: ("/inventory", {"size": 50})),
    ("get", "/inventory/{product_id}"): (200, lambda _: (f"/inventory/{SKU_1}", None)),
    ("post", "/inventory_levels"): (200, lambda _: ("/inventory_levels", {})),
    ("get", "/stock_adjustments"): (200, lambda _: ("/stock_adjustments", None)),
    ("post", "/stock_adjustments"): (201, lambda _: ("/stock_adjustments", {"stock_adjustments": [an_adjustment()]})),
    ("get", "/custom_inventory_adjustment_reasons"): (200, lambda _: ("/custom_inventory_adjustment_reasons", None)),
    ("post", "/custom_inventory_adjustment_reasons"): (
        200,
        lambda _: ("/custom_inventory_adjustment_reasons", REASON),
    ),
    ("get", "/products"): (200, lambda _: ("/products", None)),
    ("get", "/products/{product_id}"): (200, lambda _: (f"/products/{SKU_1}", None)),
    ("put", "/products/{product_id}"): (200, lambda _: (f"/products/{SKU_1}", LEVEL)),
    ("get", "/customers"): (200, lambda _: ("/customers", None)),
    ("post", "/customers"): (201, lambda _: ("/customers", a_customer())),
    ("get", "/customers/{customer_id}"): (200, lambda shop: (f"/customers/{_customer(shop)}", None)),
    ("get", "/customers/{customer_id}/addresses"): (
        200,
        lambda shop: (f"/customers/{_customer(shop)}/addresses", None),
    ),
    ("post", "/customers/{customer_id}/addresses"): (
        201,
        lambda shop: (f"/customers/{_customer(shop)}/addresses", an_address()),
    ),
    **{
        ("get", f"/{name}"): (200, functools.partial(_list_of, name))
        for name in ("outlets", "registers", "users", "user", "taxes", "outlet_taxes", "payment_types", "retailer")
    },
    ("get", "/search"): (200, lambda _: ("/search?type=sales", None)),
    ("get", "/workflows/custom_fields"): (200, lambda _: ("/workflows/custom_fields?entity=sale", None)),
    ("post", "/workflows/custom_fields"): (200, lambda _: ("/workflows/custom_fields", FIELD)),
    ("get", "/workflows/custom_fields/values"): (
        200,
        lambda _: (f"/workflows/custom_fields/values?entity=sale&entity_id={SALE_1}", None),
    ),
    ("post", "/workflows/custom_fields/values"): (200, lambda _: ("/workflows/custom_fields/values", VALUES)),
}


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{m} {p}" for m, p in OPERATIONS])
def test_an_operation_answers_as_described(busy: Shop, method: str, path: str) -> None:
    expected, asked = OPERATIONS[method, path]

    status, body = busy.send(method.upper(), DATED + asked(busy)[0], asked(busy)[1])

    assert status == expected, body
    check(method, path, body, status)


def test_no_operation_of_the_description_is_left_out() -> None:
    described = {
        (method, path)
        for path, operations in description()["paths"].items()
        for method in operations.keys() & {"get", "post", "put", "delete", "patch"}
        if not path.startswith("/webhooks")
    }

    assert described == OPERATIONS.keys()


def test_lists_with_rows_are_as_described(busy: Shop) -> None:
    busy.do("POST", f"{DATED}/custom_inventory_adjustment_reasons", REASON)
    busy.do("POST", f"{DATED}/workflows/custom_fields/values", VALUES)

    for (method, path), (_, asked) in OPERATIONS.items():
        if method == "get":
            body = busy.send("GET", DATED + asked(busy)[0])[1]
            assert body if isinstance(body, list) else body["data"], path


@pytest.mark.parametrize("fixture", ["nasty", "large"])
def test_the_other_stores_are_as_described_too(shop: Shop, fixture: str) -> None:
    shop.do("POST", "/_sandbox/reset", {"fixture": fixture})
    first = shop.get(f"{DATED}/products", page_size=1)["data"][0]["id"]

    for name in ("products", "outlets", "registers", "users", "taxes", "outlet_taxes", "customers"):
        check("get", f"/{name}", shop.get(f"{DATED}/{name}", deleted="true"))
    check("post", "/inventory", shop.do("POST", f"{DATED}/inventory", {}))
    check("get", "/inventory/{product_id}", shop.get(f"{DATED}/inventory/{first}"))
    rows = shop.do("POST", f"{DATED}/inventory_levels", {"product_ids": [first]})
    check("post", "/inventory_levels", rows)
    assert {each["product_id"] for each in rows} == {first}


def test_an_empty_feed_is_as_described(shop: Shop) -> None:
    body = shop.get(f"{DATED}/sales")

    check("get", "/sales", body)
    assert body == {"data": [], "version": {"min": None, "max": None}}


def test_both_shapes_of_the_owner_are_as_described(shop: Shop) -> None:
    shop.switch(user_answer="array")

    body = shop.get(f"{DATED}/user")

    check("get", "/user", body)
    assert len(body["data"]) == 1


def _nullable(schema: Any) -> Any:
    """Let null stand wherever a property may be absent: the 2.0 description says of few that they may be null."""
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _nullable(each) for name, each in schema.items()}
    if isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        made |= {"enum": [*made["enum"], None]} if "enum" in made else {}
    return made


# The paths of the 2.0 description that the sandbox answers: properties that it declares have the types it declares.
CLASSIC_SHAPES = {
    "/sales": "Sale",
    "/customers": "Customer",
    "/inventory": "Inventory",
    "/consignments": "Consignment",
    "/outlets": "Outlet",
    "/registers": "Register",
    "/taxes": "Tax",
}


@pytest.mark.parametrize(("path", "name"), CLASSIC_SHAPES.items())
def test_a_classic_list_is_as_described(busy: Shop, path: str, name: str) -> None:
    components = {"schemas": _nullable(description(CLASSIC_NAME)["components"]["schemas"])}
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}

    rows = busy.get(f"/api/2.0{path}")["data"]

    for row in rows:
        jsonschema.Draft202012Validator(schema).validate(row)
    assert rows
