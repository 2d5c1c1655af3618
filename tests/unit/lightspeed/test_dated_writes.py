"""What the dated dialect is told: whole bodies, and each against the vendor's schema where it can be had."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from syncd.domain.customers import AddressId, CustomerId
from syncd.domain.ids import ProductId, SaleId
from syncd.domain.orders import Method
from syncd.errors import NotFound, NotSent, Refused, Unanswered
from tests.unit.lightspeed.shapes import (
    CASH,
    CUSTOMER,
    LINE,
    ONE_SALE,
    OTHER_PRODUCT,
    OUTLET,
    PAYMENT,
    PRODUCT,
    REGISTER,
    SALE,
    SOURCE_ID,
    TAX,
    USER,
    a_classic_sale,
    a_dated_line,
    a_dated_payment,
    a_dated_sale,
    a_draft,
    a_draft_line,
    a_draft_payment,
)
from tests.unit.lightspeed.vendor import NO_ANSWER

HERE = Path(__file__).resolve()
DESCRIPTIONS = Path(os.environ.get("SYNCD_XSERIES_DESCRIPTIONS") or HERE.parents[4] / "shared" / "lightspeed")
CONDENSED = DESCRIPTIONS / "openapi-2026-07-condensed.yaml"
needs_descriptions = pytest.mark.skipif(
    not CONDENSED.exists(), reason=f"no X-Series description at {CONDENSED}: set SYNCD_XSERIES_DESCRIPTIONS"
)

SALES = "/api/2026-07/sales"
DONE = {"data": {"id": SALE}}

CREATED = {
    "id": SALE,
    "source": {"author_id": USER, "register_id": REGISTER, "id": SOURCE_ID, "type": "syncd"},
    "state": "pending",
    "attributes": ["pickup"],
    "date": "2026-12-01T09:00:00Z",
    "note": "Order 42",
    "invoice_number": "SO0042",
    "fulfillment_outlet_id": OUTLET,
    "line_items": [
        {
            "product": {"id": PRODUCT},
            "quantity": 1,
            "pricing": {"price": 22},
            "tax": {"id": TAX, "amount": Decimal("3.3")},
            "_metadata": {"fulfillment_method": "PICKUP", "is_price_override": True, "sequence": 0},
        }
    ],
    "payments": [
        {
            "amount": Decimal("25.3"),
            "type": {"config_id": CASH},
            "date": "2026-12-01T09:30:00Z",
            "source": {"register_id": REGISTER},
        }
    ],
}


def check_schema(name: str, body: Any) -> None:
    """Also against properties that the schema does not declare, wherever an object of ours goes."""
    document = yaml.safe_load(CONDENSED.read_text())
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(body)
    schemas = document["components"]["schemas"]
    declared = {**schemas["SaleRequestBase"]["properties"], **({"id": {}} if name == "SaleRequest" else {})}
    assert set(body) <= set(declared)
    for line in body["line_items"]:
        _check_declared(line, schemas["SaleLineItem"])
    for payment in body["payments"]:
        _check_declared(payment, schemas["SalePayment"])
    _check_declared(body["source"], declared["source"])


def _check_declared(value: Any, schema: dict[str, Any]) -> None:
    assert set(value) <= set(schema["properties"])
    for name, inner in value.items():
        if isinstance(inner, dict):
            _check_declared(inner, schema["properties"][name])


def test_a_pickup_order_becomes_a_pending_sale_under_our_id(vendor, dated):
    vendor.says("POST", SALES, DONE)

    receipt = dated.create_sale(a_draft())

    assert vendor.bodies("POST") == [CREATED]
    assert receipt.sale_id == SALE
    assert receipt.echo is None


def test_a_dispatch_order_is_a_delivery_on_the_sale_and_a_dispatch_on_the_line(vendor, dated):
    vendor.says("POST", SALES, DONE)

    dated.create_sale(a_draft(method=Method.DISPATCH))

    body = vendor.bodies("POST")[0]
    assert body["attributes"] == ["delivery"]
    assert body["line_items"][0]["_metadata"]["fulfillment_method"] == "DISPATCH"


def test_amounts_are_json_numbers_with_exactly_their_digits(vendor, dated):
    vendor.says("POST", SALES, DONE)
    line = a_draft_line(quantity=Decimal("1E+1"), price=Decimal("2.631580"), tax=Decimal("0.39474"))

    dated.create_sale(a_draft(lines=(line,), payments=(a_draft_payment("30.10"),)))

    raw = vendor.asked[0].raw
    assert b'"quantity":10,' in raw
    assert b'"price":2.63158' in raw
    assert b'"amount":0.39474' in raw
    assert b'"amount":30.1,' in raw


def test_a_word_on_a_line_is_sent_as_its_note(vendor, dated):
    vendor.says("POST", SALES, DONE)

    dated.create_sale(a_draft(lines=(a_draft_line(note="rounded by 0.01"),)))

    assert vendor.bodies("POST")[0]["line_items"][0]["attributes"] == [
        {"name": "line_note", "value": "rounded by 0.01"}
    ]


def test_an_update_makes_our_words_in_the_note_new_and_leaves_those_of_others(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale(note="Order 42, 1 Queen St · call first")})
    vendor.says("PUT", ONE_SALE, DONE)
    before, draft = (a_draft(note=f"Order 42, {street}") for street in ("1 Queen St", "9 Kings Rd"))

    dated.update_sale(dated.read_sale(SaleId(SALE)), draft, before=before)

    assert vendor.bodies("PUT")[0]["note"] == "Order 42, 9 Kings Rd · call first"


def test_a_sale_names_its_customer(vendor, dated):
    vendor.says("POST", SALES, DONE)

    dated.create_sale(a_draft(customer=CustomerId(CUSTOMER)))

    assert vendor.bodies("POST") == [CREATED | {"customer_id": CUSTOMER}]


def test_a_dispatch_sale_names_the_address_it_goes_to_when_it_is_made_and_at_every_change(vendor, dated):
    row = a_dated_sale(customer_id=CUSTOMER, attributes=["delivery"])
    vendor.says("POST", SALES, DONE)
    vendor.says("GET", ONE_SALE, {"data": row})
    vendor.says("PUT", ONE_SALE, DONE)
    draft = a_draft(customer=CustomerId(CUSTOMER), method=Method.DISPATCH, ship_to_id=AddressId("123456789"))

    dated.create_sale(draft)
    dated.update_sale(dated.read_sale(SaleId(SALE)), draft)

    said = [*vendor.bodies("POST"), *vendor.bodies("PUT")]
    assert [body["fulfillment_details"] for body in said] == [
        [{"type": "DISPATCH", "shipping_address_id": "123456789"}]
    ] * 2
    for body, name in zip(said, ("SaleRequest", "SaleUpdateRequest"), strict=True):
        check_schema(name, body)


def test_a_sale_that_a_till_gave_another_customer_is_not_sent_to_the_address_of_ours(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale(customer_id="somebody-else", attributes=["delivery"])})
    vendor.says("PUT", ONE_SALE, DONE)
    draft = a_draft(customer=CustomerId(CUSTOMER), method=Method.DISPATCH, ship_to_id=AddressId("123456789"))

    dated.update_sale(dated.read_sale(SaleId(SALE)), draft)

    assert "fulfillment_details" not in vendor.bodies("PUT")[0]


def test_a_sale_on_account_says_so_beside_its_hand_over(vendor, dated):
    vendor.says("POST", SALES, DONE)

    dated.create_sale(a_draft(customer=CustomerId(CUSTOMER), on_account=True, payments=(), method=Method.DISPATCH))

    assert vendor.bodies("POST")[0]["attributes"] == ["onaccount", "delivery"]


def test_an_update_leaves_a_sale_on_account(vendor, dated):
    row = a_dated_sale(customer_id=CUSTOMER, attributes=["pickup", "onaccount"])
    vendor.says("GET", ONE_SALE, {"data": row})
    vendor.says("PUT", ONE_SALE, {"data": row})

    dated.update_sale(dated.read_sale(SaleId(SALE)), a_draft(customer=CustomerId(CUSTOMER), on_account=True))

    assert sorted(vendor.bodies("PUT")[0]["attributes"]) == ["onaccount", "pickup"]


@pytest.mark.parametrize(("there", "said"), [(None, CUSTOMER), ("c-other", "c-other")], ids=["nobody", "another"])
def test_an_update_names_a_customer_where_nobody_is_and_leaves_another(vendor, dated, there, said):
    row = a_dated_sale(customer_id=there)
    vendor.says("GET", ONE_SALE, {"data": row})
    vendor.says("PUT", ONE_SALE, {"data": row})

    dated.update_sale(dated.read_sale(SaleId(SALE)), a_draft(customer=CustomerId(CUSTOMER)))

    assert vendor.bodies("PUT")[0]["customer_id"] == said


def test_an_update_says_lines_payments_customer_and_note_again(vendor, dated):
    line = a_dated_line(status="CONFIRMED", note="wrap it")
    there = a_dated_sale(customer_id=CUSTOMER, note="call first", short_code="mlzs94", line_items=[line])
    vendor.says("GET", ONE_SALE, {"data": there})
    vendor.says("PUT", ONE_SALE, {"data": there})
    more = a_draft_line(product=ProductId(OTHER_PRODUCT))
    draft = a_draft(lines=(a_draft_line(quantity=Decimal(2)), more), payments=(a_draft_payment("75.90"),))

    dated.update_sale(dated.read_sale(SaleId(SALE)), draft)

    assert vendor.bodies("PUT") == [
        {
            "source": CREATED["source"],
            "state": "pending",
            "attributes": ["pickup"],
            "date": "2026-12-01T09:00:00Z",
            "note": "call first",
            "customer_id": CUSTOMER,
            "invoice_number": "SO0042",
            "short_code": "mlzs94",
            "fulfillment_outlet_id": OUTLET,
            "line_items": [
                {
                    "id": LINE,
                    "product": {"id": PRODUCT},
                    "quantity": 2,
                    "pricing": {"price": 22, "cost": 20},
                    "tax": {"id": TAX, "amount": Decimal("3.3")},
                    "status": "CONFIRMED",
                    "attributes": [{"name": "line_note", "value": "wrap it"}],
                    "_metadata": {"is_price_override": True, "sequence": 0},
                },
                {
                    "product": {"id": OTHER_PRODUCT},
                    "quantity": 1,
                    "pricing": {"price": 22},
                    "tax": {"id": TAX, "amount": Decimal("3.3")},
                    "_metadata": {"is_price_override": True, "sequence": 1},
                },
            ],
            "payments": [
                {
                    "id": PAYMENT,
                    "amount": Decimal("25.3"),
                    "type": {"config_id": CASH},
                    "date": "2026-12-01T09:30:00Z",
                    "source": {"register_id": REGISTER},
                },
                {
                    "amount": Decimal("50.6"),
                    "type": {"config_id": CASH},
                    "date": "2026-12-01T09:30:00Z",
                    "source": {"register_id": REGISTER},
                },
            ],
        }
    ]


def test_an_update_keeps_the_account_of_a_sale_on_account(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale(attributes=["onaccount", "pickup"])})
    vendor.says("PUT", ONE_SALE, DONE)

    dated.update_sale(dated.read_sale(SaleId(SALE)), a_draft())

    assert vendor.bodies("PUT")[0]["attributes"] == ["onaccount", "pickup"]


def test_our_payment_is_lowered_when_the_order_became_smaller(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale(payments=[a_dated_payment(amount="40.00")])})
    vendor.says("PUT", ONE_SALE, DONE)

    dated.update_sale(dated.read_sale(SaleId(SALE)), a_draft())

    assert [payment["amount"] for payment in vendor.bodies("PUT")[0]["payments"]] == [Decimal("25.3")]


def test_two_lines_of_one_product_keep_their_own_ids(vendor, dated):
    first, second = a_dated_line(id="l-1", quantity=1), a_dated_line(id="l-2", quantity=5)
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale(line_items=[first, second])})
    vendor.says("PUT", ONE_SALE, DONE)
    draft = a_draft(lines=(a_draft_line(quantity=Decimal(5)), a_draft_line(quantity=Decimal(2))))

    dated.update_sale(dated.read_sale(SaleId(SALE)), draft)

    said = [(line["id"], line["quantity"]) for line in vendor.bodies("PUT")[0]["line_items"]]
    assert said == [("l-2", 5), ("l-1", 2)]


def test_a_void_says_the_whole_sale_again(vendor, dated):
    there = a_dated_sale(customer_id=CUSTOMER)
    vendor.says("GET", ONE_SALE, {"data": there})
    vendor.says("PUT", ONE_SALE, {"data": there | {"state": "voided", "payments": []}})

    receipt = dated.void_sale(dated.read_sale(SaleId(SALE)))

    body = vendor.bodies("PUT")[0]
    assert body["state"] == "voided"
    assert body["source"] == CREATED["source"]
    assert body["customer_id"] == CUSTOMER
    assert [line["id"] for line in body["line_items"]] == [LINE]
    assert [payment["id"] for payment in body["payments"]] == [PAYMENT]
    assert receipt.echo is not None
    assert receipt.echo.state == "voided"


def test_a_sale_that_is_voided_already_is_not_voided_again(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale(state="voided")})

    receipt = dated.void_sale(dated.read_sale(SaleId(SALE)))

    assert vendor.bodies("PUT") == []
    assert receipt.echo is not None


def test_a_sale_that_the_dated_api_shows_in_2_0_names_can_be_written_back(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_classic_sale()})
    vendor.says("PUT", ONE_SALE, DONE)

    dated.void_sale(dated.read_sale(SaleId(SALE)))

    body = vendor.bodies("PUT")[0]
    assert body["source"] == CREATED["source"]
    assert body["line_items"][0]["pricing"] == {"price": 200, "cost": 100, "loyalty_amount": 23}
    assert body["line_items"][0]["tax"] == {"id": TAX, "amount": 30}
    assert body["payments"][0]["type"] == {"config_id": CASH}


def test_nothing_is_sent_when_the_sale_changed_since_it_was_read(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale()}, {"data": a_dated_sale(_metadata={"version": 414})})
    sale = dated.read_sale(SaleId(SALE))

    with pytest.raises(NotSent, match="at version 414, not at 413"):
        dated.update_sale(sale, a_draft())

    assert vendor.bodies("PUT") == []


def test_a_closed_sale_is_never_edited(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale(state="closed")})
    sale = dated.read_sale(SaleId(SALE))

    with pytest.raises(NotSent, match="not open any more"):
        dated.update_sale(sale, a_draft())

    assert vendor.bodies("PUT") == []


def test_nothing_is_sent_when_the_sale_cannot_be_read_first(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale()}, NO_ANSWER)
    sale = dated.read_sale(SaleId(SALE))

    with pytest.raises(NotSent):
        dated.void_sale(sale)


def test_a_sale_that_is_gone_cannot_be_voided(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale()}, {"data": None})
    sale = dated.read_sale(SaleId(SALE))

    with pytest.raises(NotFound):
        dated.void_sale(sale)


def test_a_sale_without_an_author_is_refused_before_anything_is_sent(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale(source={"id": "1", "type": "other"})})
    sale = dated.read_sale(SaleId(SALE))

    with pytest.raises(Refused, match=r"without source\.author\.id"):
        dated.void_sale(sale)


def test_a_hand_over_names_the_sale_only(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale()})
    vendor.says("POST", "/api/2026-07/fulfillments/fulfill", {"data": [{"id": "1950523126384443392", "version": 2}]})

    dated.fulfil_sale(dated.read_sale(SaleId(SALE)))

    assert vendor.bodies("POST") == [{"sale_id": SALE}]


def test_a_hand_over_with_an_unreadable_answer_may_have_been_done(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale()})
    vendor.says("POST", "/api/2026-07/fulfillments/fulfill", "<html>")
    sale = dated.read_sale(SaleId(SALE))

    with pytest.raises(Unanswered):
        dated.fulfil_sale(sale)


@needs_descriptions
def test_a_create_is_what_the_vendors_schema_asks_for(vendor, dated):
    vendor.says("POST", SALES, DONE)

    dated.create_sale(a_draft(lines=(a_draft_line(note="x"), a_draft_line())))

    body = vendor.asked[0].body
    check_schema("SaleRequest", body)
    assert body["id"] == SALE


@needs_descriptions
@pytest.mark.parametrize("row", [a_dated_sale(customer_id=CUSTOMER), a_classic_sale()], ids=["dated", "2.0"])
def test_an_update_and_a_void_are_what_the_vendors_schema_asks_for(vendor, dated, row):
    vendor.says("GET", ONE_SALE, {"data": row})
    vendor.says("PUT", ONE_SALE, DONE)
    sale = dated.read_sale(SaleId(SALE))

    dated.update_sale(sale, a_draft())
    dated.void_sale(sale)

    bodies = vendor.bodies("PUT")
    assert len(bodies) == 2
    for body in bodies:
        check_schema("SaleUpdateRequest", body)
