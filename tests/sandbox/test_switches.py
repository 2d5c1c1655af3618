"""Switches that no other file tests, and the rules of a sale that came with them."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import (
    DATED,
    GST,
    SALE_1,
    SKU_1,
    UNKNOWN,
    Shop,
    a_classic_line,
    a_classic_sale,
    a_dated_line,
    a_dated_sale,
)

LISTS = [
    *(f"{DATED}/{name}" for name in ("sales", "products", "outlets", "customers", "consignments", "outlet_taxes")),
    *(f"/api/2.0/{name}" for name in ("sales", "inventory", "registers", "users", "payment_types")),
    f"{DATED}/products?sku=SKU-00001",
    f"{DATED}/stock_adjustments",
]


@pytest.mark.parametrize("path", LISTS)
def test_the_version_of_a_list_is_there_missing_or_null(shop: Shop, path: str) -> None:
    shop.post_dated()
    seen: list[Any] = []
    for position in ("present", "missing", "null"):
        shop.switch(list_version=position)
        seen.append(shop.send("GET", path)[1])

    assert sorted(seen[0]["version"]) == ["max", "min"]
    assert "version" not in seen[1]
    assert seen[2]["version"] is None
    assert seen[0]["data"] == seen[1]["data"] == seen[2]["data"]


def test_a_list_of_taxes_never_has_one(shop: Shop) -> None:
    assert sorted(shop.get(f"{DATED}/taxes")) == ["data"]


def test_a_classic_create_with_an_unknown_id_may_be_empty(shop: Shop) -> None:
    shop.switch(classic_unknown_id="empty")

    made = shop.post_classic(id=SALE_1)
    without = shop.post_classic(invoice_number="SO0002")

    assert (made["register_sale_products"], made["register_sale_payments"]) == ([], [])
    assert len(without["register_sale_products"]) == 1


def test_a_short_code_is_used_once(shop: Shop) -> None:
    shop.post_dated(short_code="mlzs94")

    again = shop.send("POST", f"{DATED}/sales", a_dated_sale(id=None, short_code="mlzs94", line_items=[]))
    classic = shop.post_classic(short_code="mlzs94")

    assert (again[0], classic["register_sale_products"]) == (422, [])
    assert shop.put_dated(short_code="mlzs94")[0] == 200


def test_an_account_sale_keeps_its_reference(shop: Shop) -> None:
    made = shop.post_dated(attributes=["onaccount"], accounts_transaction_id="INV-1")

    assert made["_metadata"]["xero_reference"] == "INV-1"


def test_card_like_digits_in_the_note_of_a_line_are_hidden(shop: Shop) -> None:
    note = {"attributes": [{"name": "line_note", "value": "4111 1111 1111 1111"}]}

    made = shop.post_dated(line_items=[a_dated_line(**note)])
    classic = shop.post_classic(register_sale_products=[a_classic_line(**note)])

    assert made["line_items"][0]["note"] == classic["register_sale_products"][0]["note"] == "[REDACTED]"


# What is wrong but taken as it is: a gross price, a line total as tax, a float's tail. Only the totals tell.
def test_wrong_amounts_are_taken_at_their_word(shop: Shop) -> None:
    line = a_dated_line(pricing={"price": "13.2"}, tax={"id": GST, "amount": "2.4"})

    made = shop.post_dated(line_items=[line])

    assert (made["totals"]["price"], made["totals"]["tax"], made["totals"]["price_incl_tax"]) == (26.4, 4.8, 31.2)


def test_an_unknown_field_is_ignored(shop: Shop) -> None:
    sale = shop.post_dated(status="CLOSED", request_id="7", line_items=[a_dated_line(colour="red")])

    assert (sale["state"], len(sale["line_items"])) == ("pending", 1)
    assert "request_id" not in sale


def test_an_unknown_customer_id_of_a_search_finds_nothing(shop: Shop) -> None:
    shop.post_dated()

    assert shop.get(f"{DATED}/search", type="sales", customer_id=UNKNOWN) == {"data": []}
    assert len(shop.get(f"{DATED}/search", type="sales", product_id=SKU_1)["data"]) == 1
    assert shop.get(f"{DATED}/search", type="sales", sale_total=26.4)["data"]


def test_a_search_of_an_unknown_type_or_date_is_400(shop: Shop) -> None:
    for query in ("type=orders", "", "type=sales&date_from=yesterday"):
        assert shop.send("GET", f"{DATED}/search?{query}")[0] == 400


@pytest.mark.parametrize("query", ["after=x", "page_size=-1", "before=1e9"])
def test_a_cursor_that_is_no_number_is_400(shop: Shop, query: str) -> None:
    assert shop.send("GET", f"{DATED}/sales?{query}")[0] == 400


def test_a_page_of_no_rows_at_all_is_a_full_one(shop: Shop) -> None:
    assert len(shop.get(f"{DATED}/products", page_size=0)["data"]) == 52


def test_a_body_that_is_no_json_is_400_in_the_dated_dialect(shop: Shop) -> None:
    answer = shop.client.post(f"{DATED}/sales", content=b"{")

    assert (answer.status_code, sorted(answer.json())) == (400, ["error", "message"])


def test_a_classic_update_names_no_line_and_loses_them_all(shop: Shop) -> None:
    made = shop.post_classic()
    left = {name: value for name, value in a_classic_sale(id=made["id"]).items() if name != "register_sale_products"}

    shop.do("POST", "/api/register_sales", left)

    assert shop.sale(made["id"])["line_items"] == []
