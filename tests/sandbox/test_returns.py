"""Goods coming back: a new sale of its own, which takes stock back when it is closed."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import DATED, LINE_1, LINE_2, PREPAID, SALE_1, SKU_1, SKU_2, UNKNOWN, Shop, a_classic_sale, a_dated_line


def start_return(shop: Shop, base: str = DATED) -> Any:
    return shop.do("POST", f"{base}/sales/{SALE_1}/actions/return")["data"]


@pytest.fixture
def sold(shop: Shop) -> Shop:
    shop.post_dated(state="closed", attributes=[])
    return shop


REFUND = [{"amount": "-26.4", "type": {"config_id": PREPAID}}]


def test_a_return_is_a_new_parked_sale_of_negative_quantities(sold: Shop) -> None:
    made = start_return(sold)

    assert (made["state"], made["attributes"], made["payments"]) == ("parked", [], [])
    assert made["return"] == {"is_return": True, "original_sale_id": SALE_1, "return_sale_ids": []}
    assert [(each["product"]["id"], each["quantity"]) for each in made["line_items"]] == [(SKU_1, -2)]
    assert made["totals"]["price_incl_tax"] == -26.4
    assert made["line_items"][0]["id"] != LINE_1
    assert made["invoice_number"] not in ("", "SO0001")
    assert sold.stock() == ("25", "0")


def test_the_original_names_its_returns(sold: Shop) -> None:
    made = start_return(sold)

    original = sold.get(f"{DATED}/sales/{SALE_1}")["data"]

    assert original["return"] == {"is_return": False, "return_sale_ids": [made["id"]]}


def test_a_refunded_and_closed_return_gives_the_stock_back(sold: Shop) -> None:
    made = start_return(sold)

    status, _ = sold.put_dated(made["id"], state="closed", payments=REFUND)

    sale = sold.sale(made["id"])
    assert (status, sale["status"], sale["return_for"]) == (200, "CLOSED", SALE_1)
    assert [each["amount"] for each in sale["payments"]] == ["-26.4"]
    assert sold.stock() == ("27", "0")


def test_a_part_can_be_returned(sold: Shop) -> None:
    made = start_return(sold)
    line = a_dated_line(id=made["line_items"][0]["id"], quantity=-1)

    sold.put_dated(made["id"], state="closed", line_items=[line])

    assert sold.stock() == ("26", "0")


STRANGER = a_dated_line(id=LINE_2, product={"id": SKU_2}, quantity=-1)


def test_a_product_the_original_never_sold_is_refused_when_a_return_is_closed(sold: Shop) -> None:
    made = start_return(sold)

    closing = sold.put_dated(made["id"], state="closed", line_items=[STRANGER])[0]
    parking = sold.put_dated(made["id"], state="parked", line_items=[STRANGER])[0]

    assert (closing, parking) == (422, 200)
    assert sold.sale(made["id"])["status"] == "SAVED"


@pytest.mark.parametrize("version", ["2026-01", "2026-04"])
def test_before_2026_07_any_product_may_come_back(sold: Shop, version: str) -> None:
    base = f"/api/{version}"
    made = start_return(sold, base)
    source = {"author_id": sold.get(f"{DATED}/user")["data"]["id"]}
    body = {"state": "closed", "source": source, "line_items": [STRANGER]}

    assert sold.send("PUT", f"{base}/sales/{made['id']}", body)[0] == 200


def test_goods_can_come_back_without_an_original(shop: Shop) -> None:
    shop.post_dated(state="closed", attributes=[], line_items=[a_dated_line(quantity=-2)], payments=REFUND)

    assert shop.stock() == ("29", "0")


def test_the_classic_dialect_returns_by_put_and_in_its_own_shape(shop: Shop) -> None:
    made = shop.post_classic(status="CLOSED")
    path = f"/api/2.0/sales/{made['id']}/actions/return"

    by_post = shop.send("POST", path)[0]
    back = shop.do("PUT", path)["data"]

    assert by_post == 404
    assert (back["status"], back["return_for"], back["total_price"], back["total_tax"]) == (
        "SAVED",
        made["id"],
        -24,
        -2.4,
    )
    (line,) = back["line_items"]
    assert (line["quantity"], line["unit_tax"], line["tax_total"], line["is_return"]) == (-2, 1.2, -2.4, True)


def test_a_classic_return_is_closed_by_an_update(shop: Shop) -> None:
    made = shop.post_classic(status="CLOSED")
    back = shop.do("PUT", f"/api/2.0/sales/{made['id']}/actions/return")["data"]
    shown = shop.get(f"/api/register_sales/{back['id']}")["register_sale"]
    refund = {"retailer_payment_type_id": PREPAID, "amount": -26.4}

    closing = shown | {"status": "CLOSED", "register_sale_payments": [refund]}
    shop.do("POST", "/api/register_sales", closing)

    assert (shop.sale(back["id"])["status"], shop.stock()) == ("CLOSED", ("27", "0"))


def test_only_a_closed_sale_can_be_returned(shop: Shop) -> None:
    shop.post_dated()

    assert shop.send("POST", f"{DATED}/sales/{SALE_1}/actions/return")[0] == 409
    assert shop.send("POST", f"{DATED}/sales/{UNKNOWN}/actions/return")[0] == 404
    assert shop.send("PUT", f"/api/2.0/sales/{SALE_1}/actions/return")[0] == 409


def test_a_return_is_not_returned_itself(sold: Shop) -> None:
    made = start_return(sold)
    sold.put_dated(made["id"], state="closed")

    assert sold.send("POST", f"{DATED}/sales/{made['id']}/actions/return")[0] == 409


def test_a_dated_return_may_be_answered_in_the_classic_shape(sold: Shop) -> None:
    sold.switch(return_answer="classic")

    made = start_return(sold)

    assert (made["status"], made["return_for"], made["line_items"][0]["tax"]) == ("SAVED", SALE_1, 1.2)


def test_a_sale_that_was_picked_up_can_be_returned(shop: Shop) -> None:
    shop.post_dated()
    fulfilment = shop.fulfilment()
    shop.do("POST", f"{DATED}/fulfillments/fulfill", {"sale_id": SALE_1})

    made = start_return(shop)
    shop.put_dated(made["id"], state="closed", payments=REFUND)

    events = shop.get(f"{DATED}/fulfillments/{fulfilment['id']}/history")["data"]
    assert shop.stock() == ("27", "0")
    assert [(each["event_type"], each["quantity_delta"]) for each in events][-1] == ("RETURNED", "-2")
    assert events[-1]["source_sale_id"] == made["id"]


def test_a_classic_payload_cannot_make_a_return_of_a_sale(shop: Shop) -> None:
    made = shop.post_classic(status="CLOSED")

    other = shop.do("POST", "/api/register_sales", a_classic_sale(return_for=made["id"], invoice_number="X"))

    assert other["register_sale"]["return_for"] is None
