"""Customers and addresses, taxes with several rates, the retailer, products by SKU, webhooks, and the calendar."""

import json
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs

import pytest

from syncd.domain.customers import Address, AddressDraft, AddressId, AddressKind, CustomerDraft, CustomerId
from syncd.domain.ids import OutletId, ProductId, Sku, TaxId
from syncd.domain.retailer import OutletTax, Retailer, TaxRate, Webhook
from syncd.errors import Conflict, NotUnderstood, Refused, Unanswered
from syncd.lightspeed import Use, connect
from syncd.lightspeed.asking import SEARCH_PAGES_MAX
from syncd.lightspeed.versions import judge
from tests.unit.lightspeed.shapes import CUSTOMER, OUTLET, PRODUCT, TAX, a_classic_sale, a_dated_sale
from tests.unit.lightspeed.vendor import Reply

V = "/api/2026-07"
SEARCH, ADDRESSES = f"{V}/search", f"{V}/customers/{CUSTOMER}/addresses"
END = {"data": [], "version": {"min": None, "max": None}}


def a_customer(**other):
    return {
        "id": CUSTOMER,
        "customer_code": "Tony-37YP",
        "first_name": "Tony",
        "last_name": None,
        "email": "Tony@Stark.com",
        "phone": 123,
        "version": 3,
    } | other


def test_customers_are_found_by_e_mail_whatever_its_letters(vendor, dated):
    near = a_customer(id="c-2", email="tony@stark.com.au")
    vendor.says("GET", SEARCH, {"data": [a_customer(), near]}, {"data": []})

    found = dated.find_customers(email="tony@stark.com")

    assert [(one.id, one.code, one.last_name, one.phone, one.active) for one in found] == [
        (CUSTOMER, "Tony-37YP", "", "123", True)
    ]
    assert vendor.queries(SEARCH)[0] == {
        "type": "customers",
        "email": "tony@stark.com",
        "page_size": "1000",
        "offset": "0",
    }


def test_the_customers_feed_is_read_by_version_to_its_end_with_those_deleted(vendor, dated, classic):
    gone = a_customer(id="c-2", version=9, customer_code=None, email=None, deleted_at="2026-11-20T10:00:00+00:00")
    for client, path in ((dated, f"{V}/customers"), (classic, "/api/2.0/customers")):
        page = {"data": [a_customer(), gone], "version": {"min": 3, "max": 9}}
        vendor.says("GET", path, page, END)

        (read,) = client.read_customers(after=2)

        assert [(one.id, one.code, one.email, one.active, one.version) for one in read] == [
            (CUSTOMER, "Tony-37YP", "Tony@Stark.com", True, 3),
            ("c-2", "", "", False, 9),
        ]
        assert [(one["after"], one["deleted"]) for one in vendor.queries(path)] == [("2", "true"), ("9", "true")]


def test_a_search_that_never_ends_tells_nobody_for_whom_it_was(vendor, dated):
    vendor.says("GET", SEARCH, *({"data": [a_customer(id=f"c-{n}")]} for n in range(SEARCH_PAGES_MAX + 1)))

    with pytest.raises(NotUnderstood) as told:
        dated.find_customers(email="tony@stark.com")

    assert "tony" not in str(told.value)


@pytest.mark.parametrize("row", [CUSTOMER, {"id": CUSTOMER}], ids=["a-bare-id", "an-id-in-an-object"])
def test_a_customer_of_which_search_says_too_little_is_read(vendor, classic, row):
    vendor.says("GET", "/api/2.0/search", {"data": [row]}, {"data": []})
    vendor.says("GET", f"/api/2.0/customers/{CUSTOMER}", {"data": a_customer()})

    assert [one.id for one in classic.find_customers(code="tony-37yp")] == [CUSTOMER]


def test_a_customer_is_made_with_both_names_said(vendor, dated):
    vendor.says("POST", f"{V}/customers", {"data": a_customer()}, status=201)

    made = dated.create_customer(CustomerDraft(code="ERP-7", first_name="", last_name="Stark", email="a@b.c"))

    assert made.id == CUSTOMER
    assert vendor.bodies("POST") == [
        {"first_name": None, "last_name": "Stark", "customer_code": "ERP-7", "email": "a@b.c"}
    ]


def test_a_customer_whose_answer_cannot_be_read_may_be_there(vendor, dated):
    vendor.says("POST", f"{V}/customers", {"data": None}, status=201)

    with pytest.raises(Unanswered):
        dated.create_customer(CustomerDraft(code="ERP-7", first_name="", last_name="Stark"))


def test_an_address_has_a_token_once(vendor, dated, classic):
    draft = AddressDraft(AddressKind.SHIPPING, "123 Main Street", "Auckland", "1010", "NZ")
    row = {"id": 123456789, "customer_id": CUSTOMER, "type": "SHIPPING", "address_line_1": "123 Main Street"}
    row |= {"city": "Auckland", "postcode": "1010", "country_code": "NZ"}
    vendor.says("POST", ADDRESSES, {"data": row | {"id_token": "abc123token"}}, status=201)
    vendor.says("GET", ADDRESSES, {"data": [row]})

    made, listed = dated.create_address(CustomerId(CUSTOMER), draft), dated.read_addresses(CustomerId(CUSTOMER))

    assert made == Address(AddressId("123456789"), CustomerId(CUSTOMER), draft, token="abc123token")
    assert listed == [Address(AddressId("123456789"), CustomerId(CUSTOMER), draft)]
    with pytest.raises(Refused, match="no such call"):
        classic.create_address(CustomerId(CUSTOMER), draft)


def test_a_tax_may_have_several_rates_and_thresholds(vendor, dated):
    rates = [
        {"id": "1", "name": "State", "rate": 0.0625, "rules": [{"type": "threshold", "tax_code": "x", "value": 110}]},
        {"id": "2", "name": "City", "rate": "0.01"},
    ]
    vendor.says("GET", f"{V}/taxes", {"data": [{"id": TAX, "name": "NY", "is_default": True, "rates": rates}]})

    tax = dated.read_taxes()[0]

    assert tax.rates == (
        TaxRate("1", "State", Decimal("0.0625"), by_threshold=True),
        TaxRate("2", "City", Decimal("0.01")),
    )
    assert (tax.rate, tax.is_default, tax.active) == (Decimal("0.0725"), True, True)


def test_outlet_taxes_are_read_by_version(vendor, classic):
    row = {"outlet_id": OUTLET, "product_id": PRODUCT, "tax_id": TAX, "version": 5}
    vendor.says("GET", "/api/2.0/outlet_taxes", {"data": [row], "version": {"min": 5, "max": 5}}, END)

    found = classic.read_outlet_taxes(outlet=OutletId(OUTLET))

    assert found == [OutletTax(OutletId(OUTLET), ProductId(PRODUCT), TaxId(TAX), True, 5)]


def test_the_retailer_says_its_currency_and_its_tax_for_nothing(vendor, dated):
    row = {
        "id": "r",
        "name": "Acme",
        "domain_prefix": "acme",
        "currency": {"code": "NZD"},
        "timezone": "Pacific/Auckland",
    }
    vendor.says(
        "GET", f"{V}/retailer", {"data": row | {"tax_exclusive": False, "no_tax_group_id": TAX, "version": "7"}}
    )

    assert dated.read_retailer() == Retailer("r", "Acme", "acme", "NZD", "Pacific/Auckland", False, TaxId(TAX), None)


def a_product(**other):
    return {
        "id": PRODUCT,
        "sku": "MUG-Blue",
        "name": "Mug",
        "product_codes": [{"code": "MUG-Blue"}],
        "version": 1,
    } | other


def test_products_are_searched_for_in_small_letters_and_asked_for_one_by_one_where_it_lags(vendor, dated):
    other = a_product(id="p-2", sku="00042", product_codes=[{"code": "00042"}, {"code": "EAN-1"}])
    vendor.says("GET", SEARCH, {"data": [a_product()]}, {"data": []})
    vendor.says("GET", f"{V}/products", {"data": [other], "version": {"min": 1, "max": 1}})

    found = dated.find_products([Sku("MUG-Blue"), Sku("EAN-1")])

    assert [one.id for one in found] == [PRODUCT, "p-2"]
    assert [value for name, value in vendor.asked[0].query if name == "sku"] == ["mug-blue", "ean-1"]
    assert vendor.queries(f"{V}/products") == [{"sku": "EAN-1"}]


def test_a_webhook_is_made_as_json_or_as_a_form(vendor, dated, classic):
    row = {"id": "w", "retailer_id": "r", "type": "sale.update", "url": "https://x/h", "active": True}
    vendor.says("POST", f"{V}/webhooks", {"data": row}, status=201)
    vendor.says("POST", "/api/webhooks", row, status=200)
    vendor.says("GET", "/api/webhooks", [row])
    hook = Webhook("w", "sale.update", "https://x/h", True)

    assert dated.create_webhook("sale.update", "https://x/h") == hook
    assert classic.create_webhook("sale.update", "https://x/h") == hook
    assert classic.read_webhooks() == [hook]

    wanted = {"active": True, "type": "sale.update", "url": "https://x/h"}
    assert vendor.asked[0].body == wanted
    assert vendor.asked[1].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert json.loads(parse_qs(vendor.asked[1].raw.decode())["data"][0]) == wanted


def test_a_webhook_is_changed_and_taken_away(vendor, dated):
    hook = Webhook("w", "sale.update", "https://x/h", False)
    vendor.says(
        "PUT", f"{V}/webhooks/w", {"data": {"id": "w", "type": "sale.update", "url": "https://x/h", "active": False}}
    )
    vendor.says("DELETE", f"{V}/webhooks/w", Reply())
    vendor.says("POST", f"{V}/webhooks", {"error": "exists"}, status=409)

    assert dated.update_webhook(hook) == hook
    dated.delete_webhook(hook)

    assert [asked.method for asked in vendor.asked] == ["PUT", "DELETE"]
    with pytest.raises(Conflict):
        dated.create_webhook("sale.update", "https://x/h")


@pytest.mark.parametrize(
    ("version", "today", "ok", "said"),
    [
        ("2026-07", date(2026, 12, 1), True, "until 2027-07"),
        ("2026-01", date(2026, 10, 1), True, "until 2027-01"),
        ("2026-01", date(2026, 12, 1), True, "until 2027-01"),
        ("2026-01", date(2027, 1, 1), False, "may serve another"),
        ("2026-04", date(2027, 3, 31), True, "until 2027-04"),
        ("2026-10", date(2026, 12, 1), True, "newer than 2026-07"),
        ("2027-01", date(2026, 12, 1), False, "not out yet"),
        ("2026-05", date(2026, 12, 1), False, "no version 2026-05"),
        ("2025-10", date(2026, 12, 1), False, "no version 2025-10"),
    ],
)
def test_the_calendar_says_how_long_a_version_lives(version, today, ok, said):
    finding = judge(version, today=today)

    assert (finding.ok, said in finding.message) == (ok, True)


def test_a_version_that_ends_soon_says_what_to_do():
    assert judge("2026-01", today=date(2026, 10, 1)).hint == ""
    assert judge("2026-01", today=date(2026, 11, 15)).hint != ""


@pytest.mark.parametrize(("row", "ok"), [(a_dated_sale(), True), (a_classic_sale(), False), (None, True)])
def test_another_version_is_seen_where_its_shape_differs(vendor, row, ok):
    vendor.says("GET", f"{V}/user", {"data": {"id": "u", "username": "x"}})
    vendor.says("GET", f"{V}/sales", {"data": [row] if row else []})

    findings = connect(vendor.transport(), "2026-07", uses={Use.ORDERS}).check()

    assert [(one.subject, one.ok) for one in findings] == [
        ("lightspeed token", True),
        ("lightspeed scopes", True),
        ("lightspeed.api", ok),
    ]
    assert findings[1].message == "this config needs: sales:write"
