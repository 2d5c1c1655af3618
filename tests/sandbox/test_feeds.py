"""Paging, reference lists, inventory reads and search, with the traps the documents name."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from syncd.sandbox.fixtures import demo_id

from .builders import AIRPORT, DATED, DOWNTOWN, ERP_USER, ONLINE, SALE_1, SKU_1, Shop, a_dated_line


def all_pages(shop: Shop, path: str, page_size: int) -> list[list[Any]]:
    pages, after = [], 0
    for _ in range(50):
        page = shop.get(path, after=after, page_size=page_size)
        pages.append(page["data"])
        if not page["data"]:
            assert page["version"] == {"min": None, "max": None}
            return pages
        versions = [row.get("version") or row["_metadata"]["version"] for row in page["data"]]
        assert page["version"] == {"min": min(versions), "max": max(versions)}
        assert versions == sorted(versions)
        after = page["version"]["max"]
    raise AssertionError("the feed does not end")


@pytest.mark.parametrize("base", [DATED, "/api/2.0"])
def test_the_feed_of_sales_ends_with_an_empty_page(shop: Shop, base: str) -> None:
    ids = [shop.post_dated(id=None, line_items=[a_dated_line(id=None)])["id"] for _ in range(5)]

    pages = all_pages(shop, f"{base}/sales", 2)

    assert [[row["id"] for row in page] for page in pages] == [ids[:2], ids[2:4], ids[4:], []]


def test_versions_are_global_and_jump(shop: Shop) -> None:
    versions = [shop.post_dated(id=None)["_metadata"]["version"] for _ in range(5)]

    steps = [after - before for before, after in pairwise(versions)]
    assert all(step > 1 for step in steps)
    assert len(set(steps)) > 1


def test_a_changed_sale_moves_to_the_end_of_the_feed(shop: Shop) -> None:
    ids = [shop.post_dated(id=None, line_items=[a_dated_line(id=None)])["id"] for _ in range(3)]

    shop.put_dated(ids[0], note="changed")

    assert [row["id"] for row in shop.get(f"{DATED}/sales")["data"]] == [ids[1], ids[2], ids[0]]


def test_before_is_an_upper_bound_and_date_filters_are_ignored(shop: Shop) -> None:
    first, second = (shop.post_dated(id=None)["_metadata"]["version"] for _ in range(2))

    page = shop.get(f"{DATED}/sales", before=second, date_from="2099-01-01T00:00:00Z")

    assert page["version"] == {"min": first, "max": first}


def test_a_page_is_no_larger_than_the_cap(shop: Shop) -> None:
    shop.switch(page_size_max=20)

    pages = all_pages(shop, "/api/2.0/inventory", 1000)

    assert [len(page) for page in pages] == [20] * 7 + [7, 0]  # 49 tracked products at 3 outlets


def test_a_cursor_that_is_no_number_is_refused(shop: Shop) -> None:
    assert [shop.send("GET", f"{DATED}/sales?after={each}")[0] for each in ("x", "-1", "1.5")] == [400] * 3


@pytest.mark.parametrize("base", [DATED, "/api/2.0"])
@pytest.mark.parametrize(
    ("name", "column", "values"),
    [
        ("outlets", "name", ["Downtown", "Airport", "Harbour"]),
        (
            "registers",
            "name",
            ["Main Downtown", "Online Downtown", "Main Airport", "Online Airport", "Main Harbour"],
        ),
        ("users", "username", ["erp-sync", "anna", "old-hand"]),
        ("taxes", "name", ["No Tax", "GST", "Reduced"]),
        ("payment_types", "name", ["Cash", "ERP prepaid", "Card", "Store Credit", "Old Terminal"]),
    ],
)
def test_both_dialects_list_the_same_reference_rows(
    shop: Shop, base: str, name: str, column: str, values: list[str]
) -> None:
    page = shop.get(f"{base}/{name}")

    assert [row[column] for row in page["data"]] == values
    assert ("version" in page) == (name != "taxes")


def test_the_store_and_the_owner_of_the_token_are_told(shop: Shop) -> None:
    retailer = shop.get(f"{DATED}/retailer")["data"]

    assert (retailer["currency"]["code"], retailer["tax_exclusive"]) == ("USD", True)
    assert retailer["no_tax_group_id"] == demo_id("tax", "No Tax")
    assert shop.get(f"{DATED}/user")["data"]["id"] == ERP_USER


def test_each_product_has_a_tax_at_each_outlet(shop: Shop) -> None:
    page = shop.get(f"{DATED}/outlet_taxes", outlet_id=AIRPORT)

    assert len(page["data"]) == 52
    assert {(row["outlet_id"], row["tax_id"]) for row in page["data"]} == {(AIRPORT, demo_id("tax", "GST"))}


def test_a_deleted_product_leaves_the_list_unless_asked_for(shop: Shop) -> None:
    shop.do("PATCH", f"/_sandbox/products/{SKU_1}", {"deleted_at": "2026-07-01T00:00:00Z"})

    without, along = (
        {row["sku"] for row in shop.get(f"{DATED}/products", **query)["data"]} for query in ({}, {"deleted": "true"})
    )

    assert along - without == {"SKU-00001"}
    assert len(without) == 51
    assert len(shop.client.post(f"{DATED}/inventory", json={}).json()) == 48 * 3


def test_a_product_is_found_by_sku_whatever_else_is_asked(shop: Shop) -> None:
    page = shop.get(f"{DATED}/products", sku="SKU-00001", after=10**12, page_size=1)

    assert [row["id"] for row in page["data"]] == [SKU_1]
    assert shop.get(f"{DATED}/products", sku="SKU-00050")["data"] == []
    assert shop.get(f"{DATED}/products/{SKU_1}") == {"data": page["data"][0]}
    assert page["data"][0]["price_excluding_tax"] == 6.37


def test_inventory_is_read_by_post_as_a_bare_array_newest_first(shop: Shop) -> None:
    rows = shop.do("POST", f"{DATED}/inventory", {"size": 3})
    onward = shop.do("POST", f"{DATED}/inventory", {"sort_direction": "asc", "after": rows[1]["version"]})

    assert [row["version"] for row in rows] == sorted((row["version"] for row in rows), reverse=True)
    assert onward == rows[:1]


def test_the_inventory_of_a_product_is_ascending(shop: Shop) -> None:
    rows = shop.get(f"{DATED}/inventory/{SKU_1}")

    assert [(row["outlet_id"], row["current_inventory_level"]) for row in rows] == [
        (DOWNTOWN, 27),
        (AIRPORT, 21),
        (demo_id("outlet", "Harbour"), 6),
    ]
    assert rows[:1] == shop.do("POST", f"{DATED}/inventory", {"product_id": SKU_1, "sort_direction": "asc", "size": 1})


def test_the_same_number_has_another_name_in_each_read(shop: Shop) -> None:
    classic = next(
        row
        for row in shop.get("/api/2.0/inventory")["data"]
        if (row["product_id"], row["outlet_id"]) == (SKU_1, DOWNTOWN)
    )
    (level,) = shop.do("POST", f"{DATED}/inventory_levels", {"product_ids": [SKU_1], "location_ids": [DOWNTOWN]})

    assert classic["inventory_level"] == level["current_inventory_level"] == 27
    assert (level["location_id"], "version" in level) == (DOWNTOWN, False)


@pytest.mark.parametrize("base", [DATED, "/api/2.0"])
def test_a_sale_is_found_by_its_invoice_number_not_by_its_source(shop: Shop, base: str) -> None:
    shop.post_dated()
    shop.post_dated(id=None, invoice_number="SO0002", line_items=[a_dated_line(id=None)])
    path = f"{base}/search"

    found = shop.get(path, type="sales", invoice_number="SO0001")

    assert found == {"data": [shop.get(f"{base}/sales/{SALE_1}")["data"]]}
    assert len(shop.get(path, type="sales", source_id="SO0001")["data"]) == 2


def test_sales_are_searched_by_state_register_user_and_date(shop: Shop) -> None:
    shop.post_dated(date="2026-07-01T10:00:00Z")
    asked = {"type": "sales", "state": "pending", "register_id": ONLINE, "user_id": ERP_USER}
    path = f"{DATED}/search"

    found = [
        len(shop.get(path, **asked | more)["data"])
        for more in (
            {},
            {"state": "closed"},
            {"date_from": "2026-07-01T10:00:00Z", "date_to": "2026-07-01T10:00:00Z"},
            {"date_from": "2026-07-01T10:00:01Z"},
        )
    ]

    assert found == [1, 0, 1, 0]


def test_a_sku_is_searched_in_lower_case_only(shop: Shop) -> None:
    found = [
        len(shop.get(f"{DATED}/search", type="products", sku=sku)["data"])
        for sku in ("sku-00001", "SKU-00001", ["sku-00001", "sku-00002"])
    ]

    assert found == [1, 0, 2]


def test_a_search_pages_by_offset(shop: Shop) -> None:
    pages = [
        [row["sku"] for row in shop.get(f"{DATED}/search", type="products", page_size=50, offset=each)["data"]]
        for each in (0, 50, 100)
    ]

    assert [len(page) for page in pages] == [50, 2, 0]
