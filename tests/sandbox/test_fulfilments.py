"""Handing over: fulfilments come with their sale, close it when done, and guard their version."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import (
    AIRPORT,
    DATED,
    DOWNTOWN,
    LINE_1,
    LINE_2,
    SALE_1,
    SKU_1,
    UNKNOWN,
    Shop,
    a_dated_line,
)


def act(shop: Shop, verb: str, fulfilment: Any, quantity: Any, **more: Any) -> tuple[int, Any]:
    line = {"sale_line_item_id": LINE_1, "quantity": quantity} | more
    body = {"version": fulfilment["version"], "line_items": [line]}
    return shop.send("POST", f"{DATED}/fulfillments/{fulfilment['id']}/{verb}", body)


def amounts(fulfilment: Any) -> tuple[str, ...]:
    (line,) = fulfilment["line_items"]
    return tuple(line[f"{name}quantity"] for name in ("", "picked_", "packed_", "fulfilled_"))


def test_a_fulfilment_comes_with_its_sale(shop: Shop) -> None:
    sale = shop.post_dated(line_items=[a_dated_line(quantity="2.5")])

    found = shop.fulfilment(sale_id=SALE_1)

    assert found == {
        "id": found["id"],
        "outlet_id": DOWNTOWN,
        "sale_id": SALE_1,
        "type": "PICKUP",
        "state": "OPEN",
        "user_ids": [],
        "note": "",
        "shipping_address_id": None,
        "created_at": sale["created_at"].replace("+00:00", "Z"),
        "updated_at": sale["created_at"].replace("+00:00", "Z"),
        "version": 1,
        "line_items": [
            {
                "sale_line_item_id": LINE_1,
                "product_id": SKU_1,
                "quantity": "2.50",
                "picked_quantity": "0.00",
                "packed_quantity": "0.00",
                "fulfilled_quantity": "0.00",
            }
        ],
    }
    assert found["id"].isdecimal()


def test_a_sale_has_one_fulfilment_for_each_outlet(shop: Shop) -> None:
    shop.post_dated(
        attributes=["delivery"],
        line_items=[a_dated_line(), a_dated_line(id=LINE_2, fulfilment_outlet_id=AIRPORT)],
    )

    found = shop.get(f"{DATED}/fulfillments", sale_id=SALE_1)["data"]

    assert [(each["outlet_id"], each["type"]) for each in found] == [
        (DOWNTOWN, "DISPATCH"),
        (AIRPORT, "DISPATCH"),
    ]


def test_take_now_lines_of_a_marked_sale_are_not_fulfilled_later(shop: Shop) -> None:
    marked = a_dated_line(_metadata={"fulfillment_method": "PICKUP"})
    shop.post_dated(line_items=[marked, a_dated_line(id=LINE_2)])

    found = shop.fulfilment()

    assert [each["sale_line_item_id"] for each in found["line_items"]] == [LINE_1]


def test_a_method_is_ignored_on_update(shop: Shop) -> None:
    marked = {"_metadata": {"fulfillment_method": "PICKUP"}}
    shop.post_dated(line_items=[a_dated_line(**marked), a_dated_line(id=LINE_2)])

    shop.put_dated(line_items=[a_dated_line(), a_dated_line(id=LINE_2, **marked)])

    assert [each["sale_line_item_id"] for each in shop.fulfilment()["line_items"]] == [LINE_1]


def test_fulfilling_the_sale_closes_it_and_again_changes_nothing(shop: Shop) -> None:
    shop.post_dated()

    first = shop.do("POST", f"{DATED}/fulfillments/fulfill", {"sale_id": SALE_1})
    sale = shop.sale()
    again = shop.do("POST", f"{DATED}/fulfillments/fulfill", {"sale_id": SALE_1})

    assert first == again == {"data": [{"id": shop.fulfilment()["id"], "version": 2}]}
    assert (sale["status"], sale["closed_by"]) == ("PICKED_UP_CLOSED", "api")
    assert (shop.sale(), shop.fulfilment()["state"]) == (sale, "FULFILLED")


def test_an_unknown_sale_a_missing_one_and_one_without_a_hand_over_are_refused(shop: Shop) -> None:
    shop.post_dated(attributes=["onaccount"])
    bodies = ({"sale_id": UNKNOWN}, {}, {"sale_id": SALE_1})

    assert [shop.send("POST", f"{DATED}/fulfillments/fulfill", body)[0] for body in bodies] == [404, 400, 409]


def test_a_sale_closes_when_the_last_part_is_handed_over(shop: Shop) -> None:
    shop.post_dated()

    act(shop, "fulfill", shop.fulfilment(), 1)
    halfway = (shop.sale()["status"], shop.fulfilment()["state"], amounts(shop.fulfilment()))
    act(shop, "fulfill", shop.fulfilment(), 1)

    assert halfway == ("AWAITING_PICKUP", "STARTED", ("2.00", "0.00", "0.00", "1.00"))
    assert (shop.sale()["status"], shop.fulfilment()["state"]) == ("PICKED_UP_CLOSED", "FULFILLED")


def test_a_sale_of_two_outlets_waits_for_both(shop: Shop) -> None:
    shop.post_dated(line_items=[a_dated_line(), a_dated_line(id=LINE_2, fulfilment_outlet_id=AIRPORT)])

    act(shop, "fulfill", shop.fulfilment(outlet_id=DOWNTOWN), 2)

    assert shop.sale()["status"] == "AWAITING_PICKUP"
    assert shop.fulfilment(fulfillment_state="FULFILLED")["outlet_id"] == DOWNTOWN


def test_more_than_is_open_cannot_be_handed_over(shop: Shop) -> None:
    shop.post_dated()
    before = shop.fulfilment()

    refused = [act(shop, "fulfill", before, quantity)[0] for quantity in (3, 0, -1, None)]

    assert refused == [400, 400, 400, 400]
    assert shop.fulfilment() == before


def test_portions_are_done_all_or_none(shop: Shop) -> None:
    shop.post_dated()
    before = shop.fulfilment()
    lines = [{"sale_line_item_id": LINE_1, "quantity": each} for each in (1, 2)]

    refused = shop.send("POST", f"{DATED}/fulfillments/{before['id']}/fulfill", {"version": 1, "line_items": lines})

    assert refused[0] == 400
    assert shop.fulfilment() == before


@pytest.mark.parametrize("verb", ["fulfill", "pick", "pack"])
def test_a_stale_version_is_a_conflict(shop: Shop, verb: str) -> None:
    shop.post_dated()
    stale = shop.fulfilment()
    act(shop, "pick", stale, 1)

    assert act(shop, verb, stale, 1)[0] == 409
    assert amounts(shop.fulfilment()) == ("2.00", "1.00", "0.00", "0.00")


def test_goods_go_from_the_shelf_over_the_parcel_to_the_customer(shop: Shop) -> None:
    shop.post_dated()
    seen = []
    for verb, quantity in (("pick", 2), ("pack", 2), ("pack", -1), ("fulfill", 2)):
        act(shop, verb, shop.fulfilment(), quantity)
        seen.append((shop.fulfilment()["state"], *amounts(shop.fulfilment())[1:]))

    assert seen == [
        ("PICKED", "2.00", "0.00", "0.00"),
        ("PACKED", "0.00", "2.00", "0.00"),
        ("STARTED", "0.00", "1.00", "0.00"),
        ("FULFILLED", "0.00", "0.00", "2.00"),
    ]


def test_a_breakdown_must_add_up_and_be_there(shop: Shop) -> None:
    shop.post_dated()
    act(shop, "pick", shop.fulfilment(), 1)
    names = ("quantity_from_picked", "quantity_from_packed", "quantity_from_not_started")
    tries = [dict(zip(names, shares, strict=False)) for shares in ((0, 0, 2), (0, 1, 1), (1, 0), (1, 0, 0))]

    refused = [act(shop, "fulfill", shop.fulfilment(), 2, source_breakdown=each)[0] for each in tries]
    taken = act(shop, "fulfill", shop.fulfilment(), 2, source_breakdown=dict(zip(names, (1, 0, 1), strict=True)))

    assert (refused, taken[0]) == ([400] * 4, 200)


def test_an_unpaid_sale_may_be_fulfilled_unless_switched(shop: Shop) -> None:
    shop.post_dated(payments=[])
    shop.switch(unpaid_may_be_fulfilled=False)
    whole = shop.send("POST", f"{DATED}/fulfillments/fulfill", {"sale_id": SALE_1})[0]
    part = act(shop, "fulfill", shop.fulfilment(), 1)[0]
    shop.switch(unpaid_may_be_fulfilled=True)

    assert (whole, part) == (409, 409)
    assert act(shop, "fulfill", shop.fulfilment(), 2)[0] == 200


def test_an_unpaid_sale_on_account_may_always_be_fulfilled(shop: Shop) -> None:
    shop.switch(unpaid_may_be_fulfilled=False)
    shop.post_dated(payments=[], attributes=["onaccount", "pickup"])

    assert act(shop, "fulfill", shop.fulfilment(), 2)[0] == 200


def test_a_part_moves_the_sale_in_the_feed_unless_switched(shop: Shop) -> None:
    versions = [shop.post_dated(line_items=[a_dated_line(quantity=3)])["_metadata"]["version"]]
    act(shop, "fulfill", shop.fulfilment(), 1)
    versions.append(shop.sale()["version"])
    shop.switch(partial_bumps_sale=False)
    act(shop, "fulfill", shop.fulfilment(), 1)
    versions.append(shop.sale()["version"])

    assert versions[0] < versions[1] == versions[2]


def test_an_edit_keeps_what_is_handed_over_and_opens_what_is_new(shop: Shop) -> None:
    shop.post_dated()
    act(shop, "fulfill", shop.fulfilment(), 1)

    shop.put_dated(line_items=[a_dated_line(quantity=3), a_dated_line(id=LINE_2)])

    found = shop.fulfilment()
    assert (found["version"], found["state"]) == (3, "STARTED")
    assert [(each["quantity"], each["fulfilled_quantity"]) for each in found["line_items"]] == [
        ("3.00", "1.00"),
        ("2.00", "0.00"),
    ]


def test_the_fulfilments_of_a_voided_sale_leave_the_list(shop: Shop) -> None:
    shop.post_dated()

    shop.put_dated(state="voided")

    assert shop.get(f"{DATED}/fulfillments") == {"data": []}


def test_fulfilments_page_by_number_ten_at_a_time(shop: Shop) -> None:
    for _ in range(11):
        shop.post_dated(id=None, line_items=[a_dated_line(id=None)])

    pages = [shop.get(f"{DATED}/fulfillments", page_number=n)["data"] for n in (1, 2, 3)]

    assert [len(each) for each in pages] == [10, 1, 0]
    assert len(shop.get(f"{DATED}/fulfillments", page_size=500)["data"]) == 11
    assert shop.send("GET", f"{DATED}/fulfillments?page_number=0")[0] == 400


def test_fulfilments_are_found_by_repeated_filters(shop: Shop) -> None:
    ids = [shop.post_dated(id=None, line_items=[a_dated_line(id=None)])["id"] for _ in range(3)]

    found = shop.get(f"{DATED}/fulfillments", sale_id=ids[:2], fulfillment_type="PICKUP")["data"]

    assert [each["sale_id"] for each in found] == ids[:2]
    assert shop.get(f"{DATED}/fulfillments", fulfillment_type="DISPATCH") == {"data": []}
