"""Custom fields: defined first, written after the sale exists."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import DATED, LINE_1, SALE_1, UNKNOWN, Shop

FIELDS, VALUES = f"{DATED}/workflows/custom_fields", f"{DATED}/workflows/custom_fields/values"


def a_field(**changes: Any) -> dict[str, Any]:
    return {"entity": "sale", "name": "erp_order", "title": "ERP order", "type": "string"} | changes


def some_values(**changes: Any) -> dict[str, Any]:
    values = [{"name": "erp_order", "string_value": "SO0001"}]
    return {"entity": "sale", "entity_id": SALE_1, "values": values} | changes


@pytest.fixture
def ready(shop: Shop) -> Shop:
    shop.post_dated()
    shop.do("POST", FIELDS, a_field())
    return shop


def test_a_field_is_defined_for_one_kind_of_thing(shop: Shop) -> None:
    made = shop.do("POST", FIELDS, a_field(visible_in_ui=True))["data"]

    assert made["id"].isdecimal()
    assert shop.get(FIELDS, entity="sale") == {"data": [made]}
    assert shop.get(FIELDS, entity="customer") == {"data": []}
    assert shop.get("/api/2.0/workflows/custom_fields", entity="sale") == {"data": [made]}


def test_values_are_set_read_and_overwritten(ready: Shop) -> None:
    ready.do("POST", FIELDS, a_field(name="boxes", type="integer"))
    ready.do("POST", VALUES, some_values())

    boxes = [{"name": "boxes", "string_value": "3", "integer_value": 3}]
    answer = ready.do("POST", VALUES, some_values(values=boxes))

    assert [(each["name"], each["string_value"], each["type"]) for each in answer["data"]] == [
        ("erp_order", "SO0001", "string"),
        ("boxes", "3", "integer"),
    ]
    assert ready.get(VALUES, entity="sale", entity_id=SALE_1) == answer


def test_a_line_can_have_values_too(ready: Shop) -> None:
    ready.do("POST", FIELDS, a_field(entity="line_item"))

    ready.do("POST", VALUES, some_values(entity="line_item", entity_id=LINE_1))

    assert ready.get(VALUES, entity="sale", entity_id=SALE_1) == {"data": []}


BAD_VALUES: list[Any] = [
    pytest.param(422, {"values": [{"name": "other", "string_value": "x"}]}, id="a name nobody defined"),
    pytest.param(422, {"entity": "product", "entity_id": None}, id="a name of another entity"),
    pytest.param(404, {"entity_id": UNKNOWN}, id="a sale that does not exist"),
    pytest.param(400, {"values": [{"name": "erp_order", "integer_value": 7}]}, id="no string value"),
    pytest.param(
        400,
        {"values": [{"name": "erp_order", "string_value": "7", "integer_value": "7"}]},
        id="an integer that is text",
    ),
    pytest.param(400, {"values": None}, id="no values"),
    pytest.param(400, {"entity": "order"}, id="an unknown entity"),
]


@pytest.mark.parametrize(("status", "wrong"), BAD_VALUES)
def test_bad_values_are_refused_and_none_is_set(ready: Shop, status: int, wrong: dict[str, Any]) -> None:
    if wrong.get("entity") == "product":
        wrong = wrong | {"entity_id": ready.state()["products"][0]["id"]}

    assert ready.send("POST", VALUES, some_values(**wrong))[0] == status
    assert ready.get(VALUES, entity="sale", entity_id=SALE_1) == {"data": []}


def test_a_name_that_is_taken_and_a_bad_definition_are_refused(ready: Shop) -> None:
    tries = (a_field(), a_field(name="x", type="number"), a_field(name="x", title=None), a_field(entity="order"))

    assert [ready.send("POST", FIELDS, each)[0] for each in tries] == [409, 400, 400, 400]


def test_reading_needs_to_know_whose_values(ready: Shop) -> None:
    assert ready.send("GET", f"{VALUES}?entity=sale")[0] == 400
    assert ready.send("GET", FIELDS)[0] == 400
