"""What sales do to the stock that may be sold, under both readings of the documents."""

from __future__ import annotations

import pytest

from .builders import AIRPORT, DATED, LINE_2, SALE_1, SHIPPING, SKU_2, Shop, a_dated_line

START, LESS_TWO = ("27", "0"), ("25", "0")  # SKU-00001 at Downtown before and after selling two


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        pytest.param({"state": "parked", "attributes": []}, START, id="parked"),
        pytest.param({"attributes": ["pickup"]}, LESS_TWO, id="awaiting pickup"),
        pytest.param({"attributes": ["delivery"]}, LESS_TWO, id="awaiting dispatch"),
        pytest.param({"attributes": ["onaccount"]}, LESS_TWO, id="on account"),
        pytest.param({"state": "closed", "attributes": []}, LESS_TWO, id="closed"),
        pytest.param({"state": "voided", "attributes": []}, START, id="voided"),
    ],
)
def test_a_sale_lowers_stock_at_creation(shop: Shop, changes: dict[str, object], after: tuple[str, str]) -> None:
    shop.post_dated(**changes)

    assert shop.stock() == after


def test_an_open_sale_may_lower_stock_only_at_fulfilment(shop: Shop) -> None:
    shop.switch(open_sale_lowers="fulfilment")
    shop.post_dated()
    created = shop.stock()

    shop.do("POST", f"{DATED}/fulfillments/fulfill", {"sale_id": SALE_1})

    assert (created, shop.stock()) == (START, LESS_TWO)


def test_a_partial_fulfilment_lowers_its_part(shop: Shop) -> None:
    shop.switch(open_sale_lowers="fulfilment")
    shop.post_dated()
    part = shop.fulfilment()

    shop.do(
        "POST",
        f"{DATED}/fulfillments/{part['id']}/fulfill",
        {
            "version": 1,
            "line_items": [{"sale_line_item_id": part["line_items"][0]["sale_line_item_id"], "quantity": 1}],
        },
    )

    assert shop.stock() == ("26", "0")


def test_an_account_sale_lowers_at_once_under_either_reading(shop: Shop) -> None:
    shop.switch(open_sale_lowers="fulfilment")

    shop.post_dated(attributes=["onaccount", "pickup"])

    assert shop.stock() == LESS_TWO


def test_fulfilling_does_not_lower_twice(shop: Shop) -> None:
    shop.post_dated()

    shop.do("POST", f"{DATED}/fulfillments/fulfill", {"sale_id": SALE_1})

    assert shop.stock() == LESS_TWO


def test_stock_leaves_the_outlet_that_hands_over(shop: Shop) -> None:
    shop.post_dated(line_items=[a_dated_line(), a_dated_line(id=LINE_2, fulfilment_outlet_id=AIRPORT)])

    assert (shop.stock(), shop.stock(outlet="Airport")) == (LESS_TWO, ("19", "0"))


def test_an_edit_moves_only_the_difference(shop: Shop) -> None:
    shop.post_dated()

    shop.put_dated(line_items=[a_dated_line(quantity=1), a_dated_line(id=LINE_2, product={"id": SKU_2})])

    assert (shop.stock(), shop.stock("SKU-00002")) == (("26", "0"), ("32", "0"))


def test_below_zero_stands_in_quantity_to_procure_and_comes_back_with_a_void(shop: Shop) -> None:
    shop.post_dated(line_items=[a_dated_line(quantity=30)])
    short = shop.stock()

    shop.put_dated(state="voided")

    assert (short, shop.stock()) == (("0", "3"), START)


def test_below_zero_may_be_shown_as_it_is(shop: Shop) -> None:
    shop.switch(below_zero="negative")

    shop.post_dated(line_items=[a_dated_line(quantity=30)])

    assert shop.stock() == ("-3", "0")


def test_a_product_without_inventory_has_no_levels(shop: Shop) -> None:
    shop.post_dated(line_items=[a_dated_line(product={"id": SHIPPING})])

    assert [row for row in shop.state()["inventory"] if row["product_id"] == SHIPPING] == []
    assert shop.get(f"{DATED}/inventory/{SHIPPING}") == []


def test_a_change_gives_only_its_row_a_new_version(shop: Shop) -> None:
    before = {(row["sku"], row["outlet"]): row["version"] for row in shop.state()["inventory"]}

    shop.do("POST", "/_sandbox/inventory", {"outlet": "Airport", "sku": "SKU-00002", "delta": -4})

    after = {(row["sku"], row["outlet"]): row["version"] for row in shop.state()["inventory"]}
    assert [key for key in after if after[key] != before[key]] == [("SKU-00002", "Airport")]
    assert after["SKU-00002", "Airport"] > max(before.values())
    assert shop.stock("SKU-00002", "Airport") == ("28", "0")
