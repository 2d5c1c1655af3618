"""The dated answers are what the vendor's description says they are."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from .builders import AIRPORT, DATED, LINE_1, LINE_2, SALE_1, SKU_1, Shop, a_dated_line

FOLDER_VARIABLE = "SYNCD_XSERIES_DESCRIPTIONS"
BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[3] / "shared" / "lightspeed"
NAME = "openapi-2026-07-condensed.yaml"


@functools.cache
def description() -> dict[str, Any]:
    path = Path(os.environ.get(FOLDER_VARIABLE) or BESIDE_THE_REPOSITORY) / NAME
    if not path.exists():
        pytest.skip(f"{path} is not there; {FOLDER_VARIABLE} names its folder")
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def check(method: str, path: str, body: Any) -> None:
    """Hold an answer against the 200 of its operation."""
    operation = description()["paths"][path][method]
    (content,) = operation["responses"]["200"]["content"].values()
    schema = content["schema"] | {"components": description()["components"]}
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(body)


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A shop with sales of every kind."""
    shop.post_dated(line_items=[a_dated_line(note="x"), a_dated_line(id=LINE_2, fulfilment_outlet_id=AIRPORT)])
    shop.post_dated(id=None, state="closed", attributes=["delivery"], customer_id=SALE_1, short_code="a")
    shop.post_dated(id=None, state="parked", attributes=[], source={"author_id": _author(shop)}, payments=[])
    shop.post_classic(user_id=None, register_id=None)
    return shop


def _author(shop: Shop) -> str:
    return str(shop.get(f"{DATED}/user")["data"]["id"])


@pytest.mark.parametrize(
    "path",
    [
        "/sales",
        "/fulfillments",
        "/products",
        "/outlets",
        "/registers",
        "/users",
        "/user",
        "/taxes",
        "/outlet_taxes",
        "/payment_types",
        "/retailer",
    ],
)
def test_a_list_is_as_described(busy: Shop, path: str) -> None:
    body = busy.get(f"{DATED}{path}", page_size=200)

    check("get", path, body)
    assert body["data"]


def test_an_empty_feed_is_as_described(shop: Shop) -> None:
    body = shop.get(f"{DATED}/sales")

    check("get", "/sales", body)
    assert body["data"] == []


def test_one_sale_product_and_search_are_as_described(busy: Shop) -> None:
    sale = busy.get(f"{DATED}/sales/{SALE_1}")

    check("get", "/sales/{sale_id}", sale)
    check("put", "/sales/{sale_id}", busy.put_dated(note="x")[1])
    check("get", "/products/{product_id}", busy.get(f"{DATED}/products/{SKU_1}"))
    check("get", "/search", busy.get(f"{DATED}/search", type="sales"))
    assert sale["data"]["id"] == SALE_1


def test_inventory_is_as_described(busy: Shop) -> None:
    rows = busy.do("POST", f"{DATED}/inventory", {"size": 50})

    check("post", "/inventory", rows)
    check("get", "/inventory/{product_id}", busy.get(f"{DATED}/inventory/{SKU_1}"))
    check("post", "/inventory_levels", busy.do("POST", f"{DATED}/inventory_levels", {}))
    assert len(rows) == 50


def test_handing_over_is_answered_as_described(busy: Shop) -> None:
    first = busy.get(f"{DATED}/fulfillments", sale_id=SALE_1)["data"][0]
    for n, verb in enumerate(("pick", "pack", "fulfill"), start=1):
        body = {"version": n, "line_items": [{"sale_line_item_id": LINE_1, "quantity": 1}]}
        answer = busy.do("POST", f"{DATED}/fulfillments/{first['id']}/{verb}", body)
        check("post", f"/fulfillments/{{fulfillment_id}}/{verb}", answer)

    whole = busy.do("POST", f"{DATED}/fulfillments/fulfill", {"sale_id": SALE_1})

    check("post", "/fulfillments/fulfill", whole)
    assert len(whole["data"]) == 2
