"""Customers, their addresses, and deliveries that go there."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import DATED, SALE_1, UNKNOWN, Shop, a_customer, a_dated_sale, an_address

BOTH = pytest.mark.parametrize("base", [DATED, "/api/2.0"])


@pytest.fixture
def customer(shop: Shop) -> str:
    return str(shop.create(f"{DATED}/customers", a_customer())["id"])


def add_address(shop: Shop, customer: str, version: str = "2026-07", **changes: Any) -> tuple[int, Any]:
    return shop.send("POST", f"/api/{version}/customers/{customer}/addresses", an_address(**changes))


@BOTH
def test_a_customer_gets_a_code_and_is_found_again(shop: Shop, base: str) -> None:
    made = shop.create(f"{base}/customers", a_customer())

    assert made["customer_code"].startswith("Tony-")
    assert (made["name"], made["email"], made["balance"]) == ("Tony Stark", "tony@example.com", 0)
    assert shop.get(f"{base}/customers/{made['id']}") == {"data": made}
    assert shop.get(f"{base}/customers")["data"] == [made]


def test_a_code_that_is_given_stays(shop: Shop) -> None:
    assert shop.create(f"{DATED}/customers", a_customer(customer_code="ERP-7"))["customer_code"] == "ERP-7"


def test_names_may_be_null_but_not_absent(shop: Shop) -> None:
    shop.create(f"{DATED}/customers", a_customer(first_name=None, last_name=None))

    assert shop.send("POST", f"{DATED}/customers", {"first_name": "Tony"})[0] == 400


def test_customers_are_searched_by_what_they_are_called(shop: Shop, customer: str) -> None:
    def found(**query: Any) -> list[str]:
        return [row["id"] for row in shop.get(f"{DATED}/search", type="customers", **query)["data"]]

    assert found(email="tony@example.com") == found(last_name="Stark") == [customer]
    assert found(email="other@example.com") == []


@BOTH
def test_a_customer_is_changed_and_deleted(shop: Shop, base: str, customer: str) -> None:
    changed = shop.do("PUT", f"{base}/customers/{customer}", {"phone": "555 0100"})["data"]
    gone = shop.send("DELETE", f"{base}/customers/{customer}")

    assert (changed["phone"], changed["first_name"], gone) == ("555 0100", "Tony", (204, None))
    assert shop.get(f"{base}/customers")["data"] == []
    assert [row["id"] for row in shop.get(f"{base}/customers", deleted="true")["data"]] == [customer]
    assert shop.send("DELETE", f"{base}/customers/{customer}")[0] == 404


def test_card_like_digits_are_hidden_in_a_customer_too(shop: Shop) -> None:
    made = shop.create(f"{DATED}/customers", a_customer(company_name="4111 1111 1111 1111 Ltd", phone="4111"))

    assert (made["company_name"], made["phone"]) == ("[REDACTED] Ltd", "4111")


def test_an_address_is_a_number_with_a_token_that_only_the_create_shows(shop: Shop, customer: str) -> None:
    status, answer = add_address(shop, customer)

    made = answer["data"]
    (listed,) = shop.get(f"{DATED}/customers/{customer}/addresses")["data"]
    assert (status, isinstance(made["id"], int), made["country_name"]) == (201, True, "New Zealand")
    assert made["id_token"]
    assert listed == {name: value for name, value in made.items() if name != "id_token"}


BAD_ADDRESSES: list[Any] = [
    pytest.param({"country_code": "US", "postcode": "94105"}, id="no state in the US"),
    pytest.param({"country_code": "CA", "postcode": "K1A 0B1"}, id="no state in Canada"),
    pytest.param({"postcode": "10100"}, id="a postcode of no such country"),
    pytest.param({"country_code": "GB", "postcode": "1010"}, id="a British postcode of digits"),
    pytest.param({"country_code": "US", "state_code": "CA", "postcode": "9410"}, id="a short ZIP"),
    pytest.param({"address_line_1": "x" * 51}, id="a long street"),
    pytest.param({"city": "x" * 29}, id="a long city"),
    pytest.param({"city": None}, id="no city"),
    pytest.param({"postcode": ""}, id="no postcode"),
    pytest.param({"country_code": "nz"}, id="a country in lower case"),
    pytest.param({"type": "HOME"}, id="another type"),
]


@pytest.mark.parametrize("wrong", BAD_ADDRESSES)
def test_a_bad_address_is_400(shop: Shop, customer: str, wrong: dict[str, Any]) -> None:
    assert add_address(shop, customer, **wrong)[0] == 400
    assert shop.get(f"{DATED}/customers/{customer}/addresses") == {"data": []}


def test_a_good_address_of_each_kind_is_taken(shop: Shop, customer: str) -> None:
    good = (
        {"country_code": "US", "state_code": "CA", "postcode": "94105-1234"},
        {"country_code": "CA", "state_code": "ON", "postcode": "K1A 0B1"},
        {"country_code": "GB", "postcode": "SW1A 1AA"},
        {"country_code": "CH", "postcode": "8001", "type": "BILLING"},
        {"country_code": "KE", "postcode": "anything"},
    )

    assert [add_address(shop, customer, **each)[0] for each in good] == [201] * 5


@pytest.mark.parametrize(("version", "status"), [("2026-01", 201), ("2026-04", 201), ("2026-07", 400)])
def test_postcodes_are_checked_since_2026_07(shop: Shop, customer: str, version: str, status: int) -> None:
    assert add_address(shop, customer, version, postcode="10100")[0] == status


def test_an_address_needs_its_customer(shop: Shop) -> None:
    assert add_address(shop, UNKNOWN)[0] == 404
    assert shop.send("GET", f"{DATED}/customers/{UNKNOWN}/addresses")[0] == 404


def deliver(shop: Shop, *details: dict[str, Any], **changes: Any) -> tuple[int, Any]:
    sale = a_dated_sale(attributes=["delivery"], fulfillment_details=list(details) or None)
    return shop.send("POST", f"{DATED}/sales", sale | changes)


@pytest.mark.parametrize("by", ["shipping_address_token", "shipping_address_id"])
def test_a_delivery_goes_to_an_address_by_its_token_or_id(shop: Shop, customer: str, by: str) -> None:
    made = add_address(shop, customer)[1]["data"]
    name = made["id_token"] if by == "shipping_address_token" else str(made["id"])

    status, _ = deliver(shop, {"type": "DISPATCH", "note": "ring twice", by: name}, customer_id=customer)

    fulfilment = shop.fulfilment()
    assert status == 200
    assert (fulfilment["shipping_address_id"], fulfilment["note"]) == (str(made["id"]), "ring twice")


def test_a_delivery_to_nowhere_or_to_nobody_is_refused(shop: Shop) -> None:
    token = {"shipping_address_token": "nobody"}
    tries = [deliver(shop, {"type": "DISPATCH"} | more)[0] for more in ({}, token, {"shipping_address_id": "7"})]

    assert tries == [400, 422, 422]
    assert shop.state()["sales"] == []


def test_a_detail_must_be_of_the_kind_of_the_sale(shop: Shop) -> None:
    assert deliver(shop, {"type": "PICKUP", "note": "x"})[0] == 422
    assert deliver(shop, {"type": "PICKUP", "note": "at the door"}, attributes=["pickup"])[0] == 200
    assert shop.fulfilment(sale_id=SALE_1)["note"] == "at the door"


def test_a_delivery_without_details_is_taken_unless_switched(shop: Shop) -> None:
    taken = deliver(shop)[0]
    shop.switch(delivery_without_details_refused=True)

    assert (taken, deliver(shop, id=None)[0]) == (200, 422)


def test_a_customer_nobody_knows_is_refused_or_empties_the_sale(shop: Shop) -> None:
    assert shop.send("POST", f"{DATED}/sales", a_dated_sale(customer_id=UNKNOWN))[0] == 422
    assert shop.post_classic(customer_id=UNKNOWN)["register_sale_products"] == []
