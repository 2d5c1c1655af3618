"""The person behind the scenes: the shop's own acts, changed reference data, switches, evidence."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.sandbox.fixtures import demo_id

from .builders import (
    DATED,
    DOWNTOWN,
    ERP_USER,
    GST,
    LINE_1,
    ONLINE,
    PREPAID,
    SALE_1,
    SKU_1,
    SKU_2,
    UNKNOWN,
    Shop,
    a_dated_sale,
)


def test_the_state_is_exact_and_in_strings(shop: Shop) -> None:
    shop.post_dated(note="gate 4", date="2026-07-01T10:00:00Z")

    sale = shop.sale()
    assert sale == {
        "id": SALE_1,
        "status": "AWAITING_PICKUP",
        "state": "pending",
        "attributes": ["pickup"],
        "date": "2026-07-01T10:00:00+00:00",
        "created_at": sale["created_at"],
        "updated_at": sale["updated_at"],
        "version": sale["version"],
        "invoice_number": "SO0001",
        "source": "erp",
        "source_id": "SO0001",
        "return_for": None,
        "outlet_id": DOWNTOWN,
        "register_id": ONLINE,
        "user_id": ERP_USER,
        "customer_id": None,
        "note": "gate 4",
        "short_code": None,
        "fulfillment_outlet_id": DOWNTOWN,
        "fulfilment_type": "PICKUP",
        "total_price": "24",
        "total_tax": "2.4",
        "total_incl": "26.4",
        "line_items": [
            {
                "id": LINE_1,
                "product_id": SKU_1,
                "sku": "SKU-00001",
                "quantity": "2",
                "price": "12",
                "tax": "1.2",
                "tax_id": GST,
                "sequence": 0,
                "price_set": False,
                "discount": "0",
                "note": "",
                "status": "SAVED",
                "method": "PICKUP",
                "fulfilment_outlet_id": None,
            }
        ],
        "payments": [
            {
                "id": sale["payments"][0]["id"],
                "payment_type_id": PREPAID,
                "amount": "26.4",
                "date": sale["payments"][0]["date"],
                "register_id": ONLINE,
            }
        ],
        "closed_by": None,
    }


def test_the_demo_store_is_the_same_after_every_reset(shop: Shop) -> None:
    shop.post_dated()
    shop.switch(page_size_max=3)
    shop.fault("slow")

    shop.do("POST", "/_sandbox/reset", {"fixture": "demo"})

    state = shop.state()
    stocked = {(row["sku"], row["outlet"]): row["level"] for row in state["inventory"]}
    assert (state["sales"], state["fulfillments"]) == ([], [])
    assert (len(state["products"]), len(stocked)) == (52, 147)
    assert [stocked["SKU-00049", each] for each in ("Downtown", "Airport", "Harbour")] == ["63", "49", "14"]
    assert shop.get("/_sandbox/switches")["page_size_max"] == 200
    assert shop.get("/_sandbox/faults") == {"faults": []}


def test_the_empty_store_has_shops_but_no_goods(shop: Shop) -> None:
    shop.do("POST", "/_sandbox/reset", {"fixture": "empty"})

    state = shop.state()
    assert (len(state["outlets"]), state["products"], state["inventory"]) == (3, [], [])


def test_an_unknown_fixture_is_refused(shop: Shop) -> None:
    assert shop.send("POST", "/_sandbox/reset", {"fixture": "moon"}) == (
        400,
        {"error": "Bad Request", "message": "unknown fixture moon; known: demo, empty, nasty, large"},
    )


def test_the_shop_hands_over_and_closes(shop: Shop) -> None:
    version = shop.post_dated()["_metadata"]["version"]

    sale = shop.do("POST", f"/_sandbox/sales/{SALE_1}/complete")

    assert (sale["status"], sale["closed_by"]) == ("PICKED_UP_CLOSED", "till")
    assert shop.sale()["version"] > version
    assert shop.fulfilment()["state"] == "FULFILLED"


def test_the_shop_voids(shop: Shop) -> None:
    shop.post_dated()

    sale = shop.do("POST", f"/_sandbox/sales/{SALE_1}/void")

    assert (sale["status"], sale["payments"], shop.stock()) == ("VOIDED", [], ("27", "0"))
    assert shop.send("POST", f"/_sandbox/sales/{SALE_1}/void")[0] == 409


def test_the_shop_edits_an_open_sale(shop: Shop) -> None:
    shop.post_dated()

    shop.do(
        "POST",
        f"/_sandbox/sales/{SALE_1}/edit",
        {
            "note": "swapped",
            "invoice_number": "SO0001-B",
            "remove_line": LINE_1,
            "add_line": {"sku": "SKU-00002", "quantity": 3, "price": "8.50"},
            "add_payment": {"payment_type_id": PREPAID, "amount": "1.65"},
        },
    )

    sale = shop.sale()
    assert (sale["note"], sale["invoice_number"], sale["total_incl"]) == ("swapped", "SO0001-B", "28.0500")
    assert [(each["product_id"], each["quantity"]) for each in sale["line_items"]] == [(SKU_2, "3")]
    assert [each["amount"] for each in sale["payments"]] == ["26.4", "1.65"]
    assert (shop.stock(), shop.stock("SKU-00002")) == (("27", "0"), ("31", "0"))
    assert [each["quantity"] for each in shop.fulfilment()["line_items"]] == ["3.00"]


def test_a_wrong_edit_changes_nothing(shop: Shop) -> None:
    shop.post_dated()
    before = shop.state()
    wrong = ({"remove_line": UNKNOWN}, {"note": "x", "add_line": {"sku": "SKU-00050", "quantity": 1}})

    assert [shop.send("POST", f"/_sandbox/sales/{SALE_1}/edit", each)[0] for each in wrong] == [404, 404]
    assert shop.state() == before


def test_a_sale_at_the_till_is_closed_paid_and_lowers_stock(shop: Shop) -> None:
    lines = [{"sku": "SKU-00001", "quantity": 2}]

    sale = shop.do("POST", "/_sandbox/till_sales", {"outlet": "Downtown", "lines": lines})

    assert (sale["status"], sale["closed_by"], sale["source_id"]) == ("CLOSED", "till", None)
    assert sale["user_id"] == demo_id("user", "anna")
    assert sale["total_incl"] == sale["payments"][0]["amount"] == "14.0140"
    assert shop.stock() == ("25", "0")
    assert shop.get(f"{DATED}/fulfillments") == {"data": []}


def test_goods_come_back_at_the_till_and_others_are_taken_instead(shop: Shop) -> None:
    shop.post_dated(state="closed", attributes=[])
    lines, instead = [{"sku": "SKU-00001", "quantity": 1}], [{"sku": "SKU-00002", "quantity": 1, "price": "12"}]

    back = shop.do("POST", f"/_sandbox/sales/{SALE_1}/return", {"lines": lines, "instead": instead})

    assert (back["status"], back["return_for"], back["closed_by"]) == ("CLOSED", SALE_1, "till")
    assert [(each["sku"], each["quantity"]) for each in back["line_items"]] == [("SKU-00001", "-1"), ("SKU-00002", "1")]
    assert back["total_incl"] == back["payments"][0]["amount"] == "0.00"
    assert (shop.stock(), shop.stock("SKU-00002")) == (("26", "0"), ("33", "0"))


def test_a_return_may_be_begun_at_the_till_and_left_parked(shop: Shop) -> None:
    shop.post_dated(state="closed", attributes=[])

    back = shop.do("POST", f"/_sandbox/sales/{SALE_1}/return", {"parked": True, "outlet": "Airport"})

    assert (back["status"], back["line_items"][0]["quantity"], back["payments"]) == ("SAVED", "-2", [])
    assert shop.stock() == ("25", "0")


def test_what_a_sale_never_sold_does_not_come_back(shop: Shop) -> None:
    shop.post_dated(state="closed", attributes=[])
    before = shop.state()

    wrong = {"lines": [{"sku": "SKU-00002", "quantity": 1}]}

    assert shop.send("POST", f"/_sandbox/sales/{SALE_1}/return", wrong)[0] == 404
    assert shop.state() == before


@pytest.mark.parametrize(
    ("table", "name", "change", "payload"),
    [
        ("registers", ONLINE, {"deleted_at": "2026-07-01T00:00:00Z"}, {}),
        ("users", ERP_USER, {"enabled": False}, {}),
        ("taxes", GST, {"deleted_at": "2026-07-01T00:00:00Z"}, {}),
        ("payment_types", PREPAID, {"disabled": True}, {}),
        ("products", SKU_1, {"deleted_at": "2026-07-01T00:00:00Z"}, {}),
        ("outlets", DOWNTOWN, {"deleted_at": "2026-07-01T00:00:00Z"}, {}),
    ],
)
def test_what_was_deleted_can_no_longer_be_sold_with(
    shop: Shop, table: str, name: str, change: dict[str, Any], payload: dict[str, Any]
) -> None:
    before = next(row for row in shop.state()[table] if row["id"] == name)

    shop.do("PATCH", f"/_sandbox/{table}/{name}", change)

    after = next(row for row in shop.state()[table] if row["id"] == name)
    assert after == before | change | {"version": after["version"]}
    assert after["version"] > before["version"]
    assert shop.send("POST", f"{DATED}/sales", a_dated_sale(**payload))[0] == 422


def test_a_product_can_be_added(shop: Shop) -> None:
    shop.do("POST", "/_sandbox/products", {"sku": "SKU-00050", "price": "7.77", "levels": {"Airport": 4}})

    (row,) = shop.get(f"{DATED}/products", sku="SKU-00050")["data"]
    assert (row["price_excluding_tax"], row["has_inventory"]) == (7.77, True)
    assert (shop.stock("SKU-00050", "Airport"), shop.stock("SKU-00050")) == (("4", "0"), ("0", "0"))


def test_switches_turn_all_or_none_and_name_the_known(shop: Shop) -> None:
    before = shop.get("/_sandbox/switches")
    wrong = (
        {"resent_id": "updated", "resent": 1},
        {"resent_id": "maybe"},
        {"page_size_max": 0},
        {"rate_limit": "fast"},
        {"unpaid_may_be_fulfilled": 1},
    )

    answers = [shop.send("PUT", "/_sandbox/switches", each) for each in wrong]

    assert [status for status, _ in answers] == [400] * 5
    assert all(name in answers[0][1]["message"] for name in before)
    assert shop.get("/_sandbox/switches") == before
