"""Levels by location, the read that is no feed."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import AIRPORT, DATED, DOWNTOWN, SKU_1, SKU_2, Shop, a_dated_line

PATH = f"{DATED}/inventory_levels"


def read(shop: Shop, **fields: Any) -> Any:
    return shop.do("POST", PATH, fields)


def test_the_fullest_shelf_comes_first_a_hundred_at_a_time(shop: Shop) -> None:
    rows = read(shop)

    amounts = [row["current_inventory_level"] for row in rows]
    assert (len(rows), amounts) == (100, sorted(amounts, reverse=True))
    assert set(rows[0]) == {
        "location_id",
        "product_id",
        "root_product_id",
        "name",
        "current_inventory_level",
        "quantity_to_procure",
    }


def test_offsets_lead_through_all_of_it(shop: Shop) -> None:
    pages = [read(shop, size=60, offset=n) for n in (0, 60, 120, 180)]

    assert [len(each) for each in pages] == [60, 60, 27, 0]
    assert len({(row["product_id"], row["location_id"]) for each in pages for row in each}) == 147


def test_products_and_places_can_be_named(shop: Shop) -> None:
    rows = read(shop, product_ids=[SKU_1, SKU_2], location_ids=[AIRPORT], sort_direction="asc")

    assert [(row["product_id"], row["location_id"], row["current_inventory_level"]) for row in rows] == [
        (SKU_1, AIRPORT, 21),
        (SKU_2, AIRPORT, 32),
    ]


def test_what_must_be_procured_can_be_asked_for(shop: Shop) -> None:
    shop.post_dated(line_items=[a_dated_line(quantity=30)])

    (row,) = read(shop, to_be_procured_only=True)

    assert (row["product_id"], row["location_id"], row["quantity_to_procure"]) == (SKU_1, DOWNTOWN, 3)


def test_an_inactive_product_is_left_out_unless_asked_for(shop: Shop) -> None:
    shop.do("PATCH", f"/_sandbox/products/{SKU_1}", {"active": False})

    assert len(read(shop, product_ids=[SKU_1])) == 0
    assert len(read(shop, product_ids=[SKU_1], include_inactive=True)) == 3


def test_one_product_is_read_by_get(shop: Shop) -> None:
    rows = shop.get(f"{PATH}/{SKU_1}")

    assert [(row["location_id"], row["current_inventory_level"]) for row in rows][:2] == [(DOWNTOWN, 27), (AIRPORT, 21)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"product_ids": [SKU_1], "root_product_ids": [SKU_1]},
        {"product_ids": [SKU_1] * 1_001},
        {"location_ids": DOWNTOWN},
        {"sort_type": "price"},
        {"sort_direction": "up"},
        {"size": "many"},
    ],
)
def test_a_bad_question_is_400(shop: Shop, wrong: dict[str, Any]) -> None:
    assert shop.send("POST", PATH, wrong)[0] == 400


def test_the_classic_dialect_reads_a_product_under_two_names(shop: Shop) -> None:
    page = shop.get(f"/api/2.0/products/{SKU_1}/inventory")

    assert [(row["inventory_level"], row["current_amount"]) for row in page["data"]] == [(27, 27), (21, 21), (6, 6)]
    assert page["version"]["max"] == page["data"][-1]["version"]
