"""Sales in the dated dialect: strict where the classic one is silent."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.sandbox.fixtures import demo_id

from .builders import (
    AIRPORT,
    DATED,
    DOWNTOWN,
    ERP_USER,
    GST,
    LINE_1,
    LINE_2,
    ONLINE,
    PREPAID,
    SALE_1,
    SKU_1,
    SKU_2,
    UNKNOWN,
    Shop,
    a_dated_line,
    a_dated_sale,
)

SECOND_LINE = a_dated_line(id=LINE_2, product={"id": SKU_2})


def test_a_sale_is_answered_without_where_and_how_it_is_handed_over(shop: Shop) -> None:
    sale = shop.post_dated(
        date="2026-07-01T10:00:00Z",
        note="gate 4",
        line_items=[a_dated_line(fulfilment_outlet_id=AIRPORT, _metadata={"fulfillment_method": "PICKUP"})],
    )

    assert sale == {
        "id": SALE_1,
        "state": "pending",
        "attributes": ["pickup"],
        "date": "2026-07-01T10:00:00+00:00",
        "created_at": sale["created_at"],
        "updated_at": sale["updated_at"],
        "invoice_number": "SO0001",
        "receipt_number": "SO0001",
        "note": "gate 4",
        "source": {
            "id": "SO0001",
            "type": "erp",
            "outlet_id": DOWNTOWN,
            "register_id": ONLINE,
            "author": {"id": ERP_USER},
        },
        "totals": {"price": 24, "price_incl_tax": 26.4, "tax": 2.4, "surcharge": 0, "loyalty": 0},
        "taxes": [{"id": GST, "tax": 2.4}],
        "line_items": [
            {
                "id": LINE_1,
                "product": {"id": SKU_1},
                "quantity": 2,
                "status": "SAVED",
                "pricing": {
                    "price": 12,
                    "total": 24,
                    "cost": 0,
                    "cost_total": 0,
                    "discount": 0,
                    "discount_total": 0,
                    "loyalty_amount": 0,
                    "loyalty_amount_total": 0,
                },
                "tax": {"id": GST, "amount": 1.2, "total": 2.4},
                "return": {"is_return": False},
                "_metadata": {"is_price_override": False, "sequence": 0},
            }
        ],
        "payments": [
            {
                "id": sale["payments"][0]["id"],
                "amount": 26.4,
                "date": sale["payments"][0]["date"],
                "type": {"config_id": PREPAID, "id": "3", "name": "ERP prepaid"},
                "source": {"outlet_id": DOWNTOWN, "register_id": ONLINE},
            }
        ],
        "return": {"is_return": False, "return_sale_ids": []},
        "external_applications": [],
        "adjustments": [],
        "_metadata": {"version": sale["_metadata"]["version"]},
    }
    assert shop.get(f"{DATED}/sales/{SALE_1}") == {"data": sale}


REFUSED: list[Any] = [
    pytest.param(400, {"source": None}, id="no source"),
    pytest.param(400, {"source": {"register_id": ONLINE}}, id="no author"),
    pytest.param(400, {"state": None}, id="no state"),
    pytest.param(400, {"state": "AWAITING_PICKUP"}, id="a classic status"),
    pytest.param(400, {"state": ["pending"]}, id="a state that is a list"),
    pytest.param(400, {"id": "SO0001"}, id="an id that is no uuid"),
    pytest.param(400, {"date": "2026-07-01 10:00:00"}, id="a date without a zone"),
    pytest.param(400, {"line_items": [a_dated_line(tax=None)]}, id="no tax"),
    pytest.param(400, {"line_items": [a_dated_line(tax={"id": GST})]}, id="no tax amount"),
    pytest.param(400, {"line_items": [a_dated_line(pricing={})]}, id="no price"),
    pytest.param(400, {"line_items": [a_dated_line(quantity="some")]}, id="no number"),
    pytest.param(400, {"payments": [{"amount": "1"}]}, id="no payment type"),
    pytest.param(422, {"source": {"author_id": demo_id("user", "old-hand")}}, id="an author who left"),
    pytest.param(422, {"source": {"author_id": ERP_USER, "register_id": UNKNOWN}}, id="unknown register"),
    pytest.param(422, {"fulfillment_outlet_id": UNKNOWN}, id="unknown outlet"),
    pytest.param(422, {"line_items": [a_dated_line(product={"id": UNKNOWN})]}, id="unknown product"),
    pytest.param(422, {"line_items": [a_dated_line(tax={"id": UNKNOWN, "amount": 0})]}, id="unknown tax"),
    pytest.param(422, {"payments": [{"amount": 1, "type": {"config_id": UNKNOWN}}]}, id="unknown payment"),
    pytest.param(422, {"attributes": []}, id="pending alone is OPEN"),
    pytest.param(422, {"attributes": ["pickup", "delivery"]}, id="pickup and delivery"),
    pytest.param(422, {"attributes": ["onaccount", "layby", "pickup"]}, id="account and layby"),
    pytest.param(
        422,
        {"line_items": [a_dated_line(_metadata={"fulfillment_method": "DISPATCH"})]},
        id="a delivered line in a pickup",
    ),
]


@pytest.mark.parametrize(("status", "wrong"), REFUSED)
def test_a_bad_dated_payload_is_refused_and_nothing_is_made(shop: Shop, status: int, wrong: dict[str, Any]) -> None:
    before = shop.state()

    answer = shop.send("POST", f"{DATED}/sales", a_dated_sale(**wrong))

    assert (answer[0], sorted(answer[1])) == (status, ["error", "message"])
    assert shop.state() == before


def test_a_second_post_with_the_same_id_is_refused_by_default(shop: Shop) -> None:
    shop.post_dated()

    assert shop.send("POST", f"{DATED}/sales", a_dated_sale(note="again"))[0] == 409
    assert [each["note"] for each in shop.state()["sales"]] == [""]


def test_a_second_post_with_the_same_id_may_update(shop: Shop) -> None:
    shop.switch(resent_id="updated")
    shop.post_dated()

    shop.post_dated(note="again")

    assert [each["note"] for each in shop.state()["sales"]] == ["again"]


def test_a_second_post_with_the_same_id_may_be_ignored(shop: Shop) -> None:
    shop.switch(resent_id="ignored")
    first = shop.post_dated()

    assert shop.post_dated(note="again") == first


def test_an_update_keeps_what_it_does_not_name(shop: Shop) -> None:
    first = shop.post_dated()

    status, answer = shop.put_dated(note="later")

    changed = {"note", "updated_at", "_metadata"}
    assert status == 200
    assert {name: value for name, value in answer["data"].items() if name not in changed} == {
        name: value for name, value in first.items() if name not in changed
    }
    assert answer["data"]["note"] == "later"


def test_updated_lines_replace_by_default(shop: Shop) -> None:
    shop.post_dated(line_items=[a_dated_line(), SECOND_LINE])

    shop.put_dated(line_items=[SECOND_LINE])

    assert [each["id"] for each in shop.sale()["line_items"]] == [LINE_2]


def test_updated_lines_may_merge(shop: Shop) -> None:
    shop.switch(dated_update_lines="merge")
    shop.post_dated()

    shop.put_dated(line_items=[SECOND_LINE])
    shop.put_dated(line_items=[a_dated_line(quantity=5)])

    assert [(each["id"], each["quantity"]) for each in shop.sale()["line_items"]] == [
        (LINE_1, "5"),
        (LINE_2, "2"),
    ]


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        (["pickup"], "PICKED_UP_CLOSED"),
        (["delivery"], "DISPATCHED_CLOSED"),
        (["onaccount"], "ONACCOUNT_CLOSED"),
    ],
)
def test_closing_keeps_the_attribute(shop: Shop, attributes: list[str], status: str) -> None:
    shop.post_dated(attributes=attributes)

    assert shop.put_dated(state="closed")[0] == 200
    assert (shop.sale()["status"], shop.sale()["closed_by"]) == (status, "api")


def test_a_closed_sale_can_only_be_voided(shop: Shop) -> None:
    shop.post_dated(state="closed", attributes=[])

    refused = [shop.put_dated(state=state, attributes=["pickup"])[0] for state in ("pending", "closed")]
    voided = shop.put_dated(state="voided")[0]

    assert (refused, voided) == ([409, 409], 200)
    assert shop.sale()["status"] == "VOIDED"
    assert shop.put_dated(state="parked")[0] == 409


def test_a_fulfilled_sale_cannot_be_voided(shop: Shop) -> None:
    shop.post_dated(state="closed")

    assert shop.put_dated(state="voided")[0] == 409
    assert shop.sale()["status"] == "PICKED_UP_CLOSED"


def test_a_sale_without_a_register_gets_one_of_its_outlet(shop: Shop) -> None:
    made = shop.post_dated(source={"author_id": ERP_USER}, fulfillment_outlet_id=AIRPORT)

    assert made["source"]["register_id"] == demo_id("register", "Main Airport")


def test_totals_are_exact_and_shown_with_five_decimals(shop: Shop) -> None:
    line = a_dated_line(quantity=3, pricing={"price": "2.631578947"}, tax={"id": GST, "amount": "0.1"})

    made = shop.post_dated(line_items=[line])

    assert made["totals"] == {
        "price": 7.89474,
        "price_incl_tax": 8.19474,
        "tax": 0.3,
        "surcharge": 0,
        "loyalty": 0,
    }
    assert shop.sale()["total_incl"] == "8.194736841"


def test_a_payment_on_a_closed_register_is_refused_when_switched(shop: Shop) -> None:
    shop.do("PATCH", f"/_sandbox/registers/{ONLINE}", {"is_open": False})
    accepted = shop.send("POST", f"{DATED}/sales", a_dated_sale())[0]
    shop.switch(closed_register_refused=True)

    assert (accepted, shop.send("POST", f"{DATED}/sales", a_dated_sale(id=None))[0]) == (200, 422)


def test_a_version_nobody_supports_is_served_all_the_same(shop: Shop) -> None:
    shop.post_dated()

    assert shop.get(f"/api/2025-01/sales/{SALE_1}") == shop.get(f"{DATED}/sales/{SALE_1}")


def test_the_fulfil_calls_under_sales_are_removed(shop: Shop) -> None:
    shop.post_dated()

    assert shop.send("POST", f"{DATED}/sales/{SALE_1}/fulfill", {"fulfillment_type": "PICKED_UP"}) == (
        404,
        {"error": "Not Found", "message": "There is no such endpoint"},
    )
