"""An order's customer in X-Series, from the ERP's party to the sale, in both dialects; and what no log ever tells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.shop import FakeErpShop, Shop

JANE = ("C-0001", "Jane Moreno", "jane@example.com", "+14155550100")  # whom every order of the fake ERP is
PERSONAL = ("Jane", "Moreno", "jane@example.com", "4155550100", "1 Main Street")


@pytest.fixture
def making(either_shop: FakeErpShop) -> FakeErpShop:
    either_shop.configure({"orders.customers": "match_or_create"})
    return either_shop


def customers(shop: Shop) -> list[dict[str, Any]]:
    return [row for row in shop.retail_state()["customers"] if not row["deleted_at"]]


def customers_of_sales(shop: Shop) -> list[str | None]:
    return [row["customer_id"] for row in shop.retail_state()["sales"] if row["status"] != "VOIDED"]


def test_a_new_customer_is_made_once_and_every_sale_names_them(making: FakeErpShop) -> None:
    before = len(customers(making))
    making.order("S1")
    making.order("S2")

    assert making.sync().code == 0

    (made,) = customers(making)[before:]
    assert (made["customer_code"], made["first_name"], made["last_name"]) == ("C-0001", "Jane", "Moreno")
    assert (made["email"], made["phone"]) == ("jane@example.com", "+14155550100")
    assert customers_of_sales(making) == [made["id"], made["id"]]
    making.rest(reasons={"synced/stands": 2})


def test_a_customer_is_found_again_by_later_orders_and_by_an_empty_store(making: FakeErpShop) -> None:
    before = len(customers(making))
    making.order("S1")
    making.sync()
    making.order("S2")
    making.sync()
    making.lose_store()
    making.order("S3")

    ended = making.sync()

    assert ended.code == 0, ended
    (made,) = customers(making)[before:]
    assert customers_of_sales(making) == [made["id"]] * 3
    assert [one["path"].rpartition("/")[2] for one in making.retail_writes()].count("customers") == 1
    making.rest(reasons={"synced/stands": 3})


def test_one_whom_x_series_has_is_found_by_the_e_mail_and_where_nobody_is_to_be_made_none_is(
    making: FakeErpShop,
) -> None:
    making.order("S1")
    making.sync()
    (jane,) = customers(making)
    making.configure({"orders.customers": "match"})
    named = []

    for number, email in (("S2", " Jane@Example.com"), ("S3", "somebody@example.com")):
        making.retail("PATCH", f"/customers/{jane['id']}", {"customer_code": "X-1", "email": email})
        making.lose_store()
        making.order(number)
        making.sync()
        named.append(making.sale_row(number)["customer_id"])

    assert named == [jane["id"], None]
    assert len(customers(making)) == 1
    making.rest(reasons={"synced/stands": 3})


@pytest.mark.parametrize("kind", ["lost_after_commit", "error_before", "reset"])
def test_a_customer_whose_answer_is_lost_is_not_made_twice(making: FakeErpShop, kind: str) -> None:
    before = len(customers(making))
    making.strike(kind, path="customers$")
    making.order("S1")

    making.sync_until(lambda: len(making.standing("S1")) == 1)

    (made,) = customers(making)[before:]
    assert customers_of_sales(making) == [made["id"]]
    making.rest(reasons={"synced/stands": 1})


def test_a_refused_customer_holds_the_order_and_says_so(making: FakeErpShop) -> None:
    making.strike("status", path="customers$", status=422)
    making.order("S1")

    assert making.sync().code == 3

    assert making.holds() == {"S1": "customer_refused"}
    assert making.sales("S1") == []


def test_a_dispatch_sale_names_the_address_of_its_customer_where_x_series_demands_one(shop: FakeErpShop) -> None:
    shop.configure({"orders.customers": "match_or_create"})
    shop.retail("PUT", "/switches", {"delivery_without_details_refused": True})
    first, _ = shop.order("S1", delivery="COURIER"), shop.order("S2", delivery="COURIER")
    shop.sync()
    shop.erp.set_quantity(first, 0, 3)

    ended = shop.sync()

    assert ended.code == 0, ended
    (address,) = shop.retail_state()["addresses"]
    assert (address["address_line_1"], address["state_code"], address["type"]) == ("1 Main Street", "CA", "SHIPPING")
    there = [row["shipping_address_id"] for row in shop.retail_state()["fulfillments"]]
    assert there == [str(address["id"])] * 2
    shop.rest(reasons={"synced/stands": 2})


def test_no_log_tells_whose_an_order_is(making: FakeErpShop) -> None:
    making.order("S1")
    making.order("S2", delivery="COURIER")
    ended = []
    for kind, path in (
        ("error_before", "customers$"),
        ("status", "customers$"),
        ("error_before", "addresses$"),
        ("status", "addresses$"),
        ("status", "sales$"),
    ):
        making.strike(kind, path=path, status=422)
        ended.append(making.sync("--verbose"))
    making.erp.rename_customer(making.order("S3"), "Jane Moreno-Diaz")
    ended += [making.sync("--verbose") for _ in range(3)]

    told = "".join(one.out + one.err for one in ended)

    assert "send failed" in told
    assert [word for word in PERSONAL if word.casefold() in told.casefold()] == []


def test_an_unpaid_order_is_owed_by_its_customer_until_the_erp_has_the_money(making: FakeErpShop) -> None:
    making.configure(
        {"erp.paid": "invoice", "orders.payments": {"paid": "ERP prepaid", "unpaid": "on_account", "debt": "erp"}}
    )
    making.erp.set_stock("DOWNTOWN", "SKU-00001", 100)
    order = making.erp.add_order("S1", [("SKU-00001", 2, "10.00", ("GST 10%",))], delivery="CLICK-COLLECT", paid=False)
    making.sync()
    (owed,) = [row for row in making.retail_state()["sales"] if row["invoice_number"] == "S1"]

    making.erp.invoice(order, received="22.00")
    making.sync()

    (paid,) = [row for row in making.retail_state()["sales"] if row["invoice_number"] == "S1"]
    assert (set(owed["attributes"]), owed["payments"]) == ({"onaccount", "pickup"}, [])
    assert [payment["amount"] for payment in paid["payments"]] == ["22"]
    assert paid["customer_id"] is not None
    making.rest(reasons={"synced/stands": 1})


def test_an_order_paid_twice_is_held(making: FakeErpShop) -> None:
    making.configure({"erp.paid": "invoice"})
    order = making.order("S1")
    making.erp.invoice(order, received="22.00")
    making.erp.invoice(order, received="22.00")

    assert making.sync().code == 3

    assert making.holds() == {"S1": "overpaid"}
    assert making.sales("S1") == []
