"""Setting a product's stock outright, and what else a product update may change."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import AIRPORT, DATED, DOWNTOWN, HARBOUR, SHIPPING, SKU_1, UNKNOWN, Shop, a_dated_line

BOTH = pytest.mark.parametrize("base", [DATED, "/api/2.1"])


def put(shop: Shop, body: Any, base: str = DATED, product: str = SKU_1) -> tuple[int, Any]:
    return shop.send("PUT", f"{base}/products/{product}", body)


def set_level(outlet: str, **fields: Any) -> dict[str, Any]:
    return {"details": {"inventory": [{"outlet_id": outlet} | fields]}}


@BOTH
def test_a_level_is_set_to_what_is_said(shop: Shop, base: str) -> None:
    status, _ = put(shop, set_level(DOWNTOWN, current_amount=21.5), base)

    assert (status, shop.stock(), shop.stock(outlet="Airport")) == (200, ("21.5", "0"), ("21", "0"))


def test_setting_a_level_frees_what_open_sales_hold(shop: Shop) -> None:
    shop.post_dated(line_items=[a_dated_line(quantity=30)])
    short = shop.stock()

    put(shop, set_level(DOWNTOWN, current_amount=27))

    assert (short, shop.stock()) == (("0", "3"), ("27", "0"))


def test_the_same_level_again_moves_nothing(shop: Shop) -> None:
    before = shop.state()["inventory"]

    put(shop, set_level(DOWNTOWN, current_amount=27))

    assert shop.state()["inventory"] == before


def test_a_reorder_point_is_set_and_cleared_with_minus_one(shop: Shop) -> None:
    def row() -> Any:
        (found,) = [each for each in shop.get(f"{DATED}/inventory/{SKU_1}") if each["outlet_id"] == HARBOUR]
        return found["reorder_method"], found["reorder_point"], found["reorder_amount"], found["reorder_target"]

    put(shop, set_level(HARBOUR, reorder_point=5, reorder_amount=20))
    given = row()
    put(shop, set_level(HARBOUR, reorder_point=-1))

    assert (given, row()[:2]) == (("FIXED", 5, 20, 25), (None, None))
    assert shop.stock(outlet="Harbour") == ("6", "0")


def test_codes_are_the_full_list_and_the_first_is_the_sku(shop: Shop) -> None:
    codes = [{"code": "NEW-1"}, {"code": "4006381333931", "type": "EAN"}]

    put(shop, {"details": {"product_codes": codes}})

    def found(code: str) -> list[str]:
        return [row["sku"] for row in shop.get(f"{DATED}/products", sku=code)["data"]]

    assert [found(each) for each in ("NEW-1", "4006381333931", "SKU-00001")] == [["NEW-1"], ["NEW-1"], []]


def test_the_name_and_the_price_change_and_the_rest_stays(shop: Shop) -> None:
    before = shop.get(f"{DATED}/products/{SKU_1}")["data"]

    put(shop, {"common": {"name": "Mug"}, "details": {"price_excluding_tax": 2.63158}})

    after = shop.get(f"{DATED}/products/{SKU_1}")["data"]
    changed = {name for name in after if after[name] != before[name]} - {"updated_at"}
    assert changed == {"name", "price_excluding_tax", "price_including_tax", "version"}
    assert (after["name"], after["price_including_tax"]) == ("Mug", 2.894738)


def test_a_product_that_is_no_longer_tracked_takes_no_level(shop: Shop) -> None:
    put(shop, {"common": {"track_inventory": False}})

    assert put(shop, set_level(DOWNTOWN, current_amount=1))[0] == 422


REFUSED: list[Any] = [
    pytest.param([], id="no object"),
    pytest.param(set_level(UNKNOWN, current_amount=1), id="unknown outlet"),
    pytest.param({"details": {"inventory": [{"current_amount": 1}]}}, id="no outlet"),
    pytest.param(set_level(DOWNTOWN, current_amount="21"), id="an amount that is a string"),
    pytest.param({"details": {"inventory": {"outlet_id": DOWNTOWN}}}, id="inventory that is no list"),
    pytest.param({"details": {"price_excluding_tax": 1, "price_including_tax": 1}}, id="both prices"),
    pytest.param({"details": {"price_including_tax": 1}}, id="a gross price in a store without"),
    pytest.param({"details": {"product_codes": []}}, id="no codes"),
    pytest.param({"details": {"product_codes": [{"code": "X", "type": "custom"}]}}, id="a type in lower case"),
    pytest.param({"common": {"name": 7}}, id="a name that is no text"),
    pytest.param(
        {
            "details": {
                "inventory": [{"outlet_id": DOWNTOWN, "current_amount": 1}, {"outlet_id": "x", "current_amount": 1}]
            }
        },
        id="one outlet of two",
    ),
]


@BOTH
@pytest.mark.parametrize("body", REFUSED)
def test_a_bad_update_is_422_and_changes_nothing(shop: Shop, base: str, body: Any) -> None:
    before = shop.state()

    assert put(shop, body, base)[0] == 422
    assert shop.state() == before


def test_a_product_that_is_not_there_is_404(shop: Shop) -> None:
    assert put(shop, {}, product=UNKNOWN)[0] == 404
    assert put(shop, set_level(AIRPORT, current_amount=1), product=SHIPPING)[0] == 422
