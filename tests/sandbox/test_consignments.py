"""Transfers and stocktakes, to be read."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.sandbox.fixtures import demo_id

from .builders import AIRPORT, DATED, DOWNTOWN, SKU_1, SKU_2, UNKNOWN, Shop

BOTH = pytest.mark.parametrize("base", [DATED, "/api/2.0"])
RECEIVED = demo_id("consignment", "Transfer of last week")


def names(shop: Shop, base: str, **query: Any) -> list[str]:
    return [row["name"] for row in shop.get(f"{base}/consignments", **query)["data"]]


@BOTH
def test_consignments_are_listed_by_type_status_and_outlet(shop: Shop, base: str) -> None:
    assert names(shop, base, type="STOCKTAKE") == ["Count of this week", "Count of last month"]
    assert names(shop, base, type="OUTLET", status="SENT") == ["Transfer on its way"]
    assert len(names(shop, base, outlet_id=DOWNTOWN)) == 7
    assert names(shop, base, outlet_id=AIRPORT) == []


@BOTH
def test_a_completed_transfer_carries_what_was_received(shop: Shop, base: str) -> None:
    row = shop.get(f"{base}/consignments/{RECEIVED}")["data"]
    page = shop.get(f"{base}/consignments/{RECEIVED}/products")

    assert (row["status"], row["source_outlet_id"], row["received_at"] is not None) == ("RECEIVED", AIRPORT, True)
    assert [(each["product_id"], each["count"], each["received"]) for each in page["data"]] == [
        (SKU_1, "10.00000", "10.00000"),
        (SKU_2, "10.00000", "8.00000"),
    ]
    versions = [each["version"] for each in page["data"]]
    assert page["version"] == {"min": min(versions), "max": max(versions)}


def test_a_count_says_what_it_found(shop: Shop) -> None:
    lines = shop.get(f"{DATED}/consignments/{demo_id('consignment', 'Count of last month')}/products")["data"]

    assert [(each.get("count"), each["received"]) for each in lines] == [(None, "27.00000"), (None, "34.00000")]


def test_totals_are_sums_and_a_stocktake_has_none(shop: Shop) -> None:
    totals = shop.get(f"/api/2.0/consignments/{RECEIVED}/totals")["data"]
    count = demo_id("consignment", "Count of this week")

    assert totals == [
        {
            "total_sent_count": "20.00000",
            "total_sent_cost": "80.0000000000",
            "total_received_count": "18.00000",
            "total_received_cost": "72.0000000000",
        }
    ]
    assert shop.send("GET", f"/api/2.0/consignments/{count}/totals")[0] == 422


def test_consignments_page_by_version(shop: Shop) -> None:
    first = shop.get(f"{DATED}/consignments", page_size=3)
    rest = shop.get(f"{DATED}/consignments", after=first["version"]["max"])

    assert (len(first["data"]), len(rest["data"])) == (3, 4)


def test_a_changed_one_comes_again(shop: Shop) -> None:
    last = shop.get(f"{DATED}/consignments")["version"]["max"]
    path = f"/_sandbox/consignments/{demo_id('consignment', 'Transfer on its way')}"

    shop.do("PATCH", path, {"status": "RECEIVED"})

    (row,) = shop.get(f"{DATED}/consignments", after=last)["data"]
    assert (row["name"], row["status"]) == ("Transfer on its way", "RECEIVED")


def test_one_that_is_not_there_is_404(shop: Shop) -> None:
    for path in ("", "/products", "/totals"):
        assert shop.send("GET", f"{DATED}/consignments/{UNKNOWN}{path}")[0] == 404
