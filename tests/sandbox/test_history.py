"""The history of a fulfilment: what happened to each line, also when the fulfilment itself is gone."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import DATED, LINE_1, LINE_2, SALE_1, SKU_1, Shop, a_dated_line


def history(shop: Shop, fulfilment_id: str, **query: Any) -> Any:
    return shop.get(f"{DATED}/fulfillments/{fulfilment_id}/history", **query)


def act(shop: Shop, verb: str, quantity: int) -> None:
    found = shop.fulfilment()
    line = {"sale_line_item_id": LINE_1, "quantity": quantity}
    body = {"version": found["version"], "line_items": [line]}
    shop.do("POST", f"{DATED}/fulfillments/{found['id']}/{verb}", body)


def told(answer: Any) -> list[tuple[str, ...]]:
    names = ("event_type", "quantity_delta", "picked_quantity_delta", "packed_quantity_delta", "fulfilled_delta")
    return [tuple(each[name] for name in names) for each in answer["data"]]


def test_every_step_is_told_as_a_difference(shop: Shop) -> None:
    shop.post_dated(line_items=[a_dated_line(quantity=5)])
    for verb, quantity in (("pick", 3), ("pack", 2), ("fulfill", 2)):
        act(shop, verb, quantity)

    answer = history(shop, shop.fulfilment()["id"])

    assert told(answer) == [
        ("CREATED", "5", "0", "0", "0"),
        ("PICKED", "0", "3", "0", "0"),
        ("PACKED", "0", "-2", "2", "0"),
        ("FULFILLED", "0", "0", "-2", "2"),
    ]
    assert {(each["sale_line_item_id"], each["product_id"]) for each in answer["data"]} == {(LINE_1, SKU_1)}
    assert answer["next_cursor"] == ""


def test_an_edited_sale_tells_what_changed_and_what_went(shop: Shop) -> None:
    shop.post_dated(line_items=[a_dated_line(), a_dated_line(id=LINE_2)])
    fulfilment = shop.fulfilment()["id"]

    shop.put_dated(line_items=[a_dated_line(quantity=7)])

    assert told(history(shop, fulfilment))[2:] == [
        ("QUANTITY_UPDATED", "5", "0", "0", "0"),
        ("REMOVED", "-2", "0", "0", "0"),
    ]


def test_a_void_shows_only_here(shop: Shop) -> None:
    shop.post_dated()
    fulfilment = shop.fulfilment()["id"]

    shop.put_dated(state="voided")

    assert shop.get(f"{DATED}/fulfillments")["data"] == []
    assert told(history(shop, fulfilment))[-1] == ("VOIDED", "-2", "0", "0", "0")


def test_fulfilling_the_sale_is_told_too(shop: Shop) -> None:
    shop.post_dated()

    shop.do("POST", f"{DATED}/fulfillments/fulfill", {"sale_id": SALE_1})

    assert told(history(shop, shop.fulfilment()["id"]))[-1] == ("FULFILLED", "0", "0", "0", "2")


def test_it_pages_by_a_cursor_that_says_nothing(shop: Shop) -> None:
    shop.post_dated(line_items=[a_dated_line(quantity=5)])
    for _ in range(4):
        act(shop, "pick", 1)
    fulfilment = shop.fulfilment()["id"]
    pages, cursor = [], ""
    for _ in range(3):
        answer = history(shop, fulfilment, limit=2, cursor=cursor)
        pages.append(len(answer["data"]))
        cursor = answer["next_cursor"]

    assert (pages, cursor) == ([2, 2, 1], "")
    assert len(history(shop, fulfilment, limit=0)["data"]) == 5


@pytest.mark.parametrize("query", [{"limit": 1_001}, {"limit": "x"}, {"cursor": "x"}, {"cursor": "YXQ6LTE="}])
def test_a_bad_limit_or_cursor_is_400(shop: Shop, query: dict[str, Any]) -> None:
    shop.post_dated()
    path = f"{DATED}/fulfillments/{shop.fulfilment()['id']}/history"

    assert shop.client.get(path, params=query).status_code == 400


def test_the_feature_may_be_off(shop: Shop) -> None:
    shop.post_dated()
    path = f"{DATED}/fulfillments/{shop.fulfilment()['id']}/history"
    on = shop.send("GET", path)[0]
    shop.switch(fulfilment_history=False)

    assert (on, shop.send("GET", path)[0]) == (200, 404)
    assert shop.send("GET", f"{DATED}/fulfillments/7/history")[0] == 404
