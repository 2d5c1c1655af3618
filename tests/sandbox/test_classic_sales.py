"""Sales in the classic dialect: what 0.9 and 2.0 make of a payload."""

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
    NO_TAX,
    ONLINE,
    PREPAID,
    SALE_1,
    SKU_1,
    SKU_2,
    UNKNOWN,
    Shop,
    a_classic_line,
    a_classic_sale,
)


def test_a_good_payload_becomes_the_sale_it_says(shop: Shop) -> None:
    made = shop.post_classic(sale_date="2026-05-05 23:35:34", note="gate 4")

    sale = shop.get(f"/api/2.0/sales/{made['id']}")["data"]
    assert sale == {
        "id": made["id"],
        "outlet_id": DOWNTOWN,
        "register_id": ONLINE,
        "user_id": ERP_USER,
        "customer_id": None,
        "invoice_number": "SO0001",
        "invoice_sequence": 1,
        "source": "erp",
        "source_id": "SO0001",
        "status": "AWAITING_PICKUP",
        "state": "pending",
        "attributes": ["pickup"],
        "note": "gate 4",
        "short_code": None,
        "return_for": None,
        "total_price": 24,
        "total_tax": 2.4,
        "total_loyalty": 0,
        "sale_date": "2026-05-05T23:35:34+00:00",
        "created_at": sale["created_at"],
        "updated_at": sale["updated_at"],
        "deleted_at": None,
        "version": sale["version"],
        "adjustments": [],
        "taxes": [{"name": "GST", "rate": 0.1, "amount": 2.4}],
        "line_items": [
            {
                "id": sale["line_items"][0]["id"],
                "product_id": SKU_1,
                "quantity": 2,
                "price": 12,
                "unit_price": 12,
                "price_total": 24,
                "tax": 1.2,
                "unit_tax": 1.2,
                "tax_total": 2.4,
                "tax_id": GST,
                "tax_components": [{"rate_id": demo_id("rate", "GST"), "total_tax": 2.4}],
                "discount": 0,
                "discount_total": 0,
                "cost": 0,
                "cost_total": 0,
                "loyalty_value": 0,
                "price_set": False,
                "sequence": 0,
                "note": None,
                "status": "SAVED",
                "is_return": False,
            }
        ],
        "payments": [
            {
                "id": sale["payments"][0]["id"],
                "name": "ERP prepaid",
                "register_id": ONLINE,
                "retailer_payment_type_id": PREPAID,
                "payment_type_id": "3",
                "payment_date": sale["payments"][0]["payment_date"],
                "amount": 26.4,
            }
        ],
    }


def test_the_answer_has_the_names_of_09(shop: Shop) -> None:
    made = shop.post_classic(sale_date="2026-05-05 23:35:34")

    assert made["sale_date"] == "2026-05-05 23:35:34"
    assert made["register_sale_attributes"] == ["pickup"]
    assert [each["product_id"] for each in made["register_sale_products"]] == [SKU_1]
    assert [each["amount"] for each in made["register_sale_payments"]] == [26.4]
    assert shop.get(f"/api/register_sales/{made['id']}") == {"register_sale": made}


BAD_PAYLOADS: list[Any] = [
    pytest.param({"register_id": None}, id="no register"),
    pytest.param({"register_id": UNKNOWN}, id="unknown register"),
    pytest.param({"user_id": None}, id="no user"),
    pytest.param({"user_id": demo_id("user", "old-hand")}, id="a user who left"),
    pytest.param({"status": "OPEN"}, id="status OPEN"),
    pytest.param({"status": "DONE"}, id="unknown status"),
    pytest.param({"status": None}, id="no status"),
    pytest.param({"fulfillment_outlet_id": UNKNOWN}, id="unknown outlet"),
    pytest.param({"register_sale_attributes": ["delivery"]}, id="pickup and delivery"),
    pytest.param({"note": 7}, id="a note that is no text"),
    pytest.param({"sale_date": "5 May"}, id="a date that is none"),
    pytest.param({"register_sale_products": {"0": a_classic_line()}}, id="lines that are no list"),
    pytest.param({"register_sale_products": [a_classic_line(product_id=None)]}, id="no product"),
    pytest.param({"register_sale_products": [a_classic_line(product_id=UNKNOWN)]}, id="unknown product"),
    pytest.param({"register_sale_products": [a_classic_line(quantity=None)]}, id="no quantity"),
    pytest.param({"register_sale_products": [a_classic_line(price=None)]}, id="no price"),
    pytest.param({"register_sale_products": [a_classic_line(tax=None)]}, id="no tax"),
    pytest.param({"register_sale_products": [a_classic_line(tax_id=None)]}, id="no tax id"),
    pytest.param({"register_sale_products": [a_classic_line(tax_id=UNKNOWN)]}, id="unknown tax id"),
    pytest.param({"register_sale_products": [a_classic_line(price="dear")]}, id="a price that is no number"),
    pytest.param({"register_sale_products": [a_classic_line(), a_classic_line(price=True)]}, id="one line"),
    pytest.param({"register_sale_payments": [{"amount": 26.4}]}, id="no payment type"),
    pytest.param({"register_sale_payments": [{"retailer_payment_type_id": PREPAID}]}, id="no amount"),
    pytest.param(
        {
            "register_sale_payments": [
                {"retailer_payment_type_id": demo_id("payment type", "Old Terminal"), "amount": 1}
            ]
        },
        id="a payment type that is gone",
    ),
]


@pytest.mark.parametrize("wrong", BAD_PAYLOADS)
def test_a_bad_classic_payload_makes_an_empty_sale_and_answers_200(shop: Shop, wrong: dict[str, Any]) -> None:
    before = shop.stock()

    made = shop.post_classic(**wrong)

    sale = shop.sale(made["id"])
    assert (sale["line_items"], sale["payments"], sale["total_incl"]) == ([], [], "0")
    assert (sale["source_id"], sale["invoice_number"]) == ("SO0001", "SO0001")
    assert shop.stock() == before


def test_a_body_that_is_no_json_makes_an_empty_sale_too(shop: Shop) -> None:
    answer = shop.client.post("/api/register_sales", content=b"{")

    assert answer.status_code == 200
    assert answer.json()["register_sale"]["register_sale_products"] == []


def test_an_empty_sale_may_keep_nothing_at_all(shop: Shop) -> None:
    shop.switch(empty_sale_keeps="nothing")

    made = shop.post_classic(id=SALE_1, user_id=UNKNOWN)

    assert made["id"] != SALE_1
    assert (made["source"], made["source_id"], made["register_id"]) == (None, None, None)
    assert made["invoice_number"] != "SO0001"


def test_an_id_nobody_knows_is_kept_by_default(shop: Shop) -> None:
    assert shop.post_classic(id=SALE_1)["id"] == SALE_1


def test_an_id_nobody_knows_may_be_ignored(shop: Shop) -> None:
    shop.switch(classic_unknown_id="ignored")

    assert shop.post_classic(id=SALE_1)["id"] != SALE_1


def test_an_update_deletes_the_lines_and_payments_it_leaves_out(shop: Shop) -> None:
    lines = [a_classic_line(), a_classic_line(product_id=SKU_2, price="8.5", tax=0, tax_id=NO_TAX)]
    made = shop.post_classic(register_sale_products=lines)
    keep = made["register_sale_products"][1]

    updated = shop.post_classic(
        id=made["id"], register_sale_products=[keep | {"quantity": 3}], register_sale_payments=None
    )

    sale = shop.sale(made["id"])
    assert [(each["id"], each["sku"], each["quantity"]) for each in sale["line_items"]] == [
        (keep["id"], "SKU-00002", "3")
    ]
    assert sale["payments"] == []
    assert sale["total_incl"] == "25.5"
    assert updated["version"] > made["version"]
    assert len(shop.state()["sales"]) == 1


def test_a_bad_update_empties_the_sale(shop: Shop) -> None:
    made = shop.post_classic()

    shop.post_classic(id=made["id"], register_sale_products=[a_classic_line(tax_id=UNKNOWN)])

    assert shop.sale(made["id"])["line_items"] == []
    assert shop.stock() == ("27", "0")


def test_state_and_attributes_are_taken_in_place_of_the_status(shop: Shop) -> None:
    made = shop.post_classic(status=None, state="pending", register_sale_attributes=["onaccount", "delivery"])

    assert made["status"] == "AWAITING_DISPATCH"
    assert made["register_sale_attributes"] == ["onaccount", "delivery"]


@pytest.mark.parametrize(
    ("position", "shown"),
    [("kept", ("erp", "SO0001")), ("upper", ("ERP", "SO0001")), ("dropped", (None, None))],
)
def test_the_source_is_kept_upper_cased_or_dropped(shop: Shop, position: str, shown: tuple[str, str]) -> None:
    shop.switch(classic_source=position)

    made = shop.post_classic()

    assert (made["source"], made["source_id"]) == shown


def test_the_invoice_number_is_made_by_the_register_when_absent(shop: Shop) -> None:
    numbers = [shop.post_classic(invoice_number=None)["invoice_number"] for _ in range(2)]

    assert numbers == ["OD-1001-X", "OD-1002-X"]


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("card 4111 1111 1111 1111 ok", "card [REDACTED] ok"),
        ("order 4111111111111112", "order 4111111111111112"),
        ("call 555 0100", "call 555 0100"),
    ],
)
def test_card_like_digits_in_a_note_are_redacted_without_a_word(shop: Shop, note: str, kept: str) -> None:
    assert shop.post_classic(note=note)["note"] == kept


def test_a_pickup_is_fulfilled_as_a_whole_and_closes(shop: Shop) -> None:
    made = shop.post_classic(fulfillment_outlet_id=AIRPORT)
    (waiting,) = shop.get(f"/api/2.0/sales/{made['id']}/pick_lists")["data"]

    done = shop.do("POST", f"/api/2.0/sales/{made['id']}/fulfill", {"fulfillment_type": "PICKED_UP"})["data"]

    assert done == {
        "id": waiting["id"],
        "sale_id": made["id"],
        "outlet_id": AIRPORT,
        "user_id": ERP_USER,
        "status": "PICKED_UP",
        "created_at": done["created_at"],
        "line_items": [{"id": made["register_sale_products"][0]["id"], "product_id": SKU_1, "quantity": 2}],
    }
    assert shop.sale(made["id"])["status"] == "PICKED_UP_CLOSED"
    assert shop.get(f"/api/2.0/sales/{made['id']}/fulfillments") == {"data": [done]}
    assert shop.get(f"/api/2.0/sales/{made['id']}/pick_lists") == {"data": []}


def test_a_delivery_is_shipped(shop: Shop) -> None:
    made = shop.post_classic(status="AWAITING_DISPATCH")
    path = f"/api/2.0/sales/{made['id']}/fulfill"

    refusals = [shop.send("POST", path, {"fulfillment_type": word})[0] for word in ("PICKED_UP", "DISPATCH")]
    shop.do("POST", path, {"fulfillment_type": "SHIPPED"})

    assert refusals == [422, 400]
    assert shop.sale(made["id"])["status"] == "DISPATCHED_CLOSED"
    assert shop.send("POST", path, {"fulfillment_type": "SHIPPED"})[0] == 409


def test_a_sale_of_one_dialect_stands_in_the_other(shop: Shop) -> None:
    made = shop.post_classic(status="AWAITING_DISPATCH")

    sale = shop.get(f"{DATED}/sales/{made['id']}")["data"]

    assert (sale["state"], sale["attributes"]) == ("pending", ["delivery"])
    assert (sale["source"]["type"], sale["source"]["id"]) == ("erp", "SO0001")
    assert sale["_metadata"] == {"version": made["version"]}


def test_a_voided_sale_gives_stock_back_loses_its_payments_and_is_final(shop: Shop) -> None:
    made = shop.post_classic()
    assert shop.stock() == ("25", "0")

    shop.post_classic(id=made["id"], status="VOIDED")

    sale = shop.sale(made["id"])
    assert (sale["status"], sale["payments"]) == ("VOIDED", [])
    assert shop.stock() == ("27", "0")
    assert shop.send("POST", "/api/register_sales", a_classic_sale(id=made["id"]))[0] == 409
