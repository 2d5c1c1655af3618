"""What the classic dialect is told: the shapes of the tutorials "Sales 101" and "Fulfillments"."""

from decimal import Decimal

import pytest

from syncd.domain.customers import CustomerId
from syncd.domain.ids import ProductId, SaleId
from syncd.domain.orders import Method
from syncd.errors import Refused
from tests.unit.lightspeed.shapes import (
    CASH,
    CLASSIC_SALE,
    CUSTOMER,
    LINE,
    OTHER_PRODUCT,
    OUTLET,
    PAYMENT,
    PRODUCT,
    REGISTER,
    SALE,
    SOURCE_ID,
    TAX,
    USER,
    a_classic_line,
    a_classic_sale,
    a_draft,
    a_draft_line,
    a_draft_payment,
    a_register_sale,
)

WRITE = "/api/register_sales"
DONE = {"register_sale": {"id": SALE}}

# Every attribute that the tutorials name, FACTS 11 (source, source_id, attributes) and an `id` for an update.
SALE_ATTRIBUTES = {
    *("id", "register_id", "customer_id", "user_id", "sale_date", "note", "status", "short_code", "invoice_number"),
    *("invoice_sequence", "register_sale_products", "register_sale_payments", "fulfillment_outlet_id", "source"),
    *("source_id", "register_sale_attributes", "accounts_transaction_id"),
}
LINE_ATTRIBUTES = {
    *("id", "product_id", "register_id", "sequence", "quantity", "price", "cost", "price_set", "discount"),
    *("loyalty_value", "tax", "tax_id", "status", "attributes"),
}
PAYMENT_ATTRIBUTES = {"id", "register_id", "retailer_payment_type_id", "payment_date", "amount"}


def test_a_pickup_order_becomes_a_sale_that_awaits_pickup(vendor, classic):
    vendor.says("POST", WRITE, DONE)

    receipt = classic.create_sale(a_draft())

    assert receipt.sale_id == SALE
    assert vendor.bodies("POST") == [
        {
            "register_id": REGISTER,
            "user_id": USER,
            "fulfillment_outlet_id": OUTLET,
            "status": "AWAITING_PICKUP",
            "sale_date": "2026-12-01 09:00:00",
            "note": "Order 42",
            "invoice_number": "SO0042",
            "source": "syncd",
            "source_id": SOURCE_ID,
            "register_sale_products": [
                {
                    "product_id": PRODUCT,
                    "quantity": 1,
                    "price": 22,
                    "tax": Decimal("3.3"),
                    "tax_id": TAX,
                    "price_set": 1,
                    "sequence": 0,
                }
            ],
            "register_sale_payments": [
                {
                    "retailer_payment_type_id": CASH,
                    "amount": Decimal("25.3"),
                    "payment_date": "2026-12-01 09:30:00",
                    "register_id": REGISTER,
                }
            ],
        }
    ]


def test_a_dispatch_order_awaits_dispatch(vendor, classic):
    vendor.says("POST", WRITE, DONE)

    classic.create_sale(a_draft(method=Method.DISPATCH))

    assert vendor.bodies("POST")[0]["status"] == "AWAITING_DISPATCH"


def test_an_update_makes_our_words_in_the_note_new_and_leaves_those_of_others(vendor, classic):
    vendor.says("GET", CLASSIC_SALE, {"data": a_classic_sale(note="Order 42, 1 Queen St · call first")})
    vendor.says("POST", WRITE, DONE)
    before, draft = (a_draft(note=f"Order 42, {street}") for street in ("1 Queen St", "9 Kings Rd"))

    classic.update_sale(classic.read_sale(SaleId(SALE)), draft, before=before)

    assert vendor.bodies("POST")[0]["note"] == "Order 42, 9 Kings Rd · call first"


def test_a_sale_names_its_customer(vendor, classic):
    vendor.says("POST", WRITE, DONE)

    classic.create_sale(a_draft(customer=CustomerId(CUSTOMER)))

    assert vendor.bodies("POST")[0]["customer_id"] == CUSTOMER


def test_a_sale_on_account_says_so_beside_its_hand_over(vendor, classic):
    vendor.says("POST", WRITE, DONE)

    classic.create_sale(a_draft(customer=CustomerId(CUSTOMER), on_account=True, payments=()))

    said = vendor.bodies("POST")[0]
    assert (said["status"], said["register_sale_attributes"]) == ("AWAITING_PICKUP", ["onaccount", "pickup"])


@pytest.mark.parametrize(
    "there",
    [{"status": "ONACCOUNT", "attributes": ["onaccount", "pickup"]}, {"attributes": ["onaccount", "pickup"]}],
    ids=["status-on-account", "status-of-the-hand-over"],
)
def test_an_update_leaves_a_sale_on_account(vendor, classic, there):
    vendor.says("GET", CLASSIC_SALE, {"data": a_classic_sale(customer_id=CUSTOMER, **there)})
    vendor.says("POST", WRITE, DONE)

    classic.update_sale(classic.read_sale(SaleId(SALE)), a_draft(customer=CustomerId(CUSTOMER), on_account=True))

    assert sorted(vendor.bodies("POST")[0]["register_sale_attributes"]) == ["onaccount", "pickup"]


@pytest.mark.parametrize(("there", "said"), [(None, CUSTOMER), ("c-other", "c-other")], ids=["nobody", "another"])
def test_an_update_names_a_customer_where_nobody_is_and_leaves_another(vendor, classic, there, said):
    vendor.says("GET", CLASSIC_SALE, {"data": a_classic_sale(customer_id=there)})
    vendor.says("POST", WRITE, DONE)

    classic.update_sale(classic.read_sale(SaleId(SALE)), a_draft(customer=CustomerId(CUSTOMER)))

    assert vendor.bodies("POST")[0]["customer_id"] == said


def test_an_update_says_a_2_0_sale_again_in_0_9_names(vendor, classic):
    vendor.says("GET", CLASSIC_SALE, {"data": a_classic_sale(note="call first")})
    vendor.says("POST", WRITE, DONE)
    more = a_draft_line(product=ProductId(OTHER_PRODUCT))
    draft = a_draft(lines=(a_draft_line(quantity=Decimal(2)), more), payments=(a_draft_payment("300.00"),))

    classic.update_sale(classic.read_sale(SaleId(SALE)), draft)

    assert vendor.bodies("POST") == [
        {
            "id": SALE,
            "register_id": REGISTER,
            "user_id": USER,
            "status": "AWAITING_PICKUP",
            "customer_id": CUSTOMER,
            "fulfillment_outlet_id": OUTLET,
            "sale_date": "2026-12-01 09:00:00",
            "note": "call first",
            "short_code": "xamfvy",
            "invoice_number": "SO0042",
            "source": "syncd",
            "source_id": SOURCE_ID,
            "register_sale_products": [
                {
                    "id": LINE,
                    "product_id": PRODUCT,
                    "quantity": 2,
                    "price": 22,
                    "tax": Decimal("3.3"),
                    "tax_id": TAX,
                    "price_set": 1,
                    "sequence": 0,
                    "cost": 100,
                    "loyalty_value": 23,
                    "status": "CONFIRMED",
                },
                {
                    "product_id": OTHER_PRODUCT,
                    "quantity": 1,
                    "price": 22,
                    "tax": Decimal("3.3"),
                    "tax_id": TAX,
                    "price_set": 1,
                    "sequence": 1,
                },
            ],
            "register_sale_payments": [
                {
                    "id": PAYMENT,
                    "retailer_payment_type_id": CASH,
                    "amount": 230,
                    "payment_date": "2014-09-18 01:37:54",
                    "register_id": REGISTER,
                },
                {
                    "retailer_payment_type_id": CASH,
                    "amount": 70,
                    "payment_date": "2026-12-01 09:30:00",
                    "register_id": REGISTER,
                },
            ],
        }
    ]


@pytest.mark.parametrize(
    ("there", "status", "attributes"),
    [
        pytest.param({"status": "AWAITING_PICKUP", "attributes": ["pickup"]}, "AWAITING_PICKUP", None, id="plain"),
        pytest.param({"status": "OPEN"}, "AWAITING_PICKUP", None, id="open-is-never-posted"),
        pytest.param(
            {"status": "ONACCOUNT", "attributes": ["onaccount", "pickup"]},
            "ONACCOUNT",
            ["onaccount", "pickup"],
            id="on-account",
        ),
    ],
)
def test_an_update_keeps_the_status_that_says_more(vendor, classic, there, status, attributes):
    vendor.says("GET", CLASSIC_SALE, {"data": a_classic_sale(**there)})
    vendor.says("POST", WRITE, DONE)

    classic.update_sale(classic.read_sale(SaleId(SALE)), a_draft())

    body = vendor.bodies("POST")[0]
    assert body["status"] == status
    assert body.get("register_sale_attributes") == attributes


@pytest.mark.parametrize("shape", ["2.0", "0.9"])
def test_a_void_says_the_whole_sale_again_from_either_shape(vendor, classic, shape):
    if shape == "2.0":
        vendor.says("GET", CLASSIC_SALE, {"data": a_classic_sale()})
    else:
        vendor.says("GET", f"/api/register_sales/{SALE}", {"register_sale": a_register_sale()})
    vendor.says("POST", WRITE, DONE)

    classic.void_sale(classic.read_sale(SaleId(SALE)))

    body = vendor.bodies("POST")[0]
    line, payment = body["register_sale_products"][0], body["register_sale_payments"][0]
    assert (body["id"], body["status"], body["sale_date"]) == (SALE, "VOIDED", "2014-09-18 01:37:56")
    assert (body["customer_id"], body["source"], body["source_id"]) == (CUSTOMER, "syncd", SOURCE_ID)
    assert (line["id"], line["quantity"], line["price"], line["tax"], line["tax_id"]) == (LINE, 1, 200, 30, TAX)
    assert (payment["id"], payment["amount"], payment["payment_date"]) == (PAYMENT, 230, "2014-09-18 01:37:54")


def test_nothing_is_sent_that_the_vendor_does_not_name(vendor, classic):
    noted = a_classic_line(attributes=[{"name": "line_note", "value": "wrap it"}], discount=1.5)
    vendor.says("GET", CLASSIC_SALE, {"data": a_classic_sale(line_items=[noted], invoice_sequence=42)})
    vendor.says("POST", WRITE, DONE)
    sale = classic.read_sale(SaleId(SALE))

    classic.create_sale(a_draft(lines=(a_draft_line(note="x"),)))
    classic.update_sale(sale, a_draft())
    classic.void_sale(sale)

    bodies = vendor.bodies("POST")
    assert len(bodies) == 3
    for body in bodies:
        assert set(body) <= SALE_ATTRIBUTES
        assert all(set(line) <= LINE_ATTRIBUTES for line in body["register_sale_products"])
        assert all(set(payment) <= PAYMENT_ATTRIBUTES for payment in body["register_sale_payments"])
    assert bodies[1]["register_sale_products"][0]["attributes"] == [{"name": "line_note", "value": "wrap it"}]
    assert bodies[2]["register_sale_products"][0]["discount"] == Decimal("1.5")


@pytest.mark.parametrize(("status", "word"), [("AWAITING_PICKUP", "PICKED_UP"), ("AWAITING_DISPATCH", "SHIPPED")])
def test_a_hand_over_says_how(vendor, classic, status, word):
    vendor.says("GET", CLASSIC_SALE, {"data": a_classic_sale(status=status)})
    vendor.says("POST", f"{CLASSIC_SALE}/fulfill", {"data": {"id": "f-1", "status": word}})

    classic.fulfil_sale(classic.read_sale(SaleId(SALE)))

    assert vendor.bodies("POST") == [{"fulfillment_type": word}]


def test_a_sale_that_waits_for_nothing_cannot_be_handed_over(vendor, classic):
    vendor.says("GET", CLASSIC_SALE, {"data": a_classic_sale(status="SAVED")})
    sale = classic.read_sale(SaleId(SALE))

    with pytest.raises(Refused, match="neither for pickup nor for dispatch"):
        classic.fulfil_sale(sale)
