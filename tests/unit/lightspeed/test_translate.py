"""X-Series' sales in every shape that it shows, read as one and the same."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from syncd.domain.customers import CustomerId
from syncd.domain.ids import OutletId, PaymentTypeId, ProductId, RegisterId, SaleId, SaleLineId, TaxId, UserId
from syncd.domain.orders import Method
from syncd.domain.sales import Sale, SaleLine, SalePayment, SaleState
from syncd.errors import BadRecord
from syncd.lightspeed import wire
from syncd.lightspeed.states import OPEN_STATUS_OF, read_status
from syncd.lightspeed.translate import is_set, read_time, to_sale
from tests.unit.lightspeed.shapes import (
    CASH,
    LINE,
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
    a_dated_line,
    a_dated_payment,
    a_dated_sale,
    a_register_sale,
    without,
)

_decode = wire.Decoder(wire.Sale)

AS_DATED = Sale(
    id=SaleId(SALE),
    version=413,
    state=SaleState.PENDING,
    method=Method.PICKUP,
    attributes=("pickup",),
    source_type="syncd",
    source_id=SOURCE_ID,
    invoice_number="SO0042",
    outlet=OutletId(OUTLET),
    register=RegisterId(REGISTER),
    user=UserId(USER),
    created_at=datetime(2026, 12, 1, 9, 0, 1, tzinfo=UTC),
    updated_at=datetime(2026, 12, 1, 9, 0, 2, tzinfo=UTC),
    total=Decimal("25.3"),
    return_for=None,
    lines=(
        SaleLine(
            id=SaleLineId(LINE),
            product=ProductId(PRODUCT),
            quantity=Decimal(1),
            price=Decimal(22),
            tax=Decimal("3.3"),
            tax_id=TaxId(TAX),
            net=Decimal(22),
            tax_total=Decimal("3.3"),
            sequence=0,
        ),
    ),
    payments=(SalePayment(PAYMENT, PaymentTypeId(CASH), Decimal("25.3")),),
)

AS_CLASSIC = replace(
    AS_DATED,
    created_at=datetime(2014, 9, 11, 21, 9, 59, tzinfo=UTC),
    updated_at=datetime(2014, 9, 18, 1, 37, 59, tzinfo=UTC),
    total=Decimal(230),
    lines=(
        replace(
            AS_DATED.lines[0],
            price=Decimal(200),
            tax=Decimal(30),
            net=Decimal(200),
            tax_total=Decimal(30),
            sequence=1,
        ),
    ),
    payments=(SalePayment(PAYMENT, PaymentTypeId(CASH), Decimal(230)),),
    customer=CustomerId("06e35f89-3783-11e6-ec7e-13193f7bd2ed"),
)


def read(row, **options):
    return to_sale(_decode(json.dumps(row).encode()), **options)


def test_a_dated_sale_is_read_whole():
    assert read(a_dated_sale()) == AS_DATED


def test_a_2_0_sale_is_read_whole():
    assert read(a_classic_sale()) == AS_CLASSIC


def test_a_0_9_sale_is_read_whole_at_the_version_of_its_page():
    line = replace(AS_CLASSIC.lines[0], sequence=0)

    assert read(a_register_sale(), version=7) == replace(AS_CLASSIC, version=7, outlet=None, lines=(line,))


def test_numbers_may_be_texts():
    line = a_dated_line(
        quantity="1.0",
        pricing={"price": "22.00", "total": "22.00"},
        tax={"id": TAX, "amount": "3.30", "total": "3.30"},
        _metadata={"sequence": "0"},
    )
    row = a_dated_sale(
        line_items=[line], payments=[a_dated_payment(amount="25.30")], totals={"price": "22", "tax": "3.30"}
    )

    assert read(row | {"_metadata": {"version": "413"}}) == AS_DATED


def test_an_amount_keeps_every_digit():
    raw = json.dumps(a_dated_sale()).replace('"price": 22,', '"price": 2.631580000000000000001,')

    assert to_sale(_decode(raw.encode())).lines[0].price == Decimal("2.631580000000000000001")


def test_a_line_tax_may_be_a_number_in_a_dated_sale():
    line = without(a_dated_line(tax=3.3, tax_id=TAX), "_metadata") | {"sequence": 0}

    assert read(a_dated_sale(line_items=[line])) == AS_DATED


def test_line_totals_that_are_not_shown_are_unit_times_quantity():
    line = a_dated_line(quantity=-2, pricing={"price": 22}, tax={"id": TAX, "amount": 3.3})

    sale = read(without(a_dated_sale(line_items=[line]), "totals"))

    assert (sale.lines[0].net, sale.lines[0].tax_total) == (Decimal(-44), Decimal("-6.6"))
    assert sale.total == Decimal("-50.6")


def test_a_return_names_its_origin_in_both_shapes():
    dated = read(a_dated_sale(**{"return": {"is_return": True, "original_sale_id": "s-0"}}))
    classic = read(a_classic_sale(return_for="s-0"))

    assert dated.return_for == classic.return_for == "s-0"
    assert read(a_dated_sale(**{"return": {"is_return": False, "original_sale_id": ""}})).return_for is None


def test_what_is_deleted_or_voided_inside_a_standing_sale_does_not_count():
    gone = a_dated_payment(id="p-2", deleted_at="2026-12-01T10:00:00Z")
    voided = a_classic_line(id="l-2", status="VOIDED")

    assert read(a_dated_sale(payments=[a_dated_payment(), gone])) == AS_DATED
    assert read(a_classic_sale(line_items=[a_classic_line(), voided])) == AS_CLASSIC


def test_a_voided_sale_still_shows_its_lines():
    sale = read(a_classic_sale(status="VOIDED", line_items=[a_classic_line(status="VOIDED")], payments=[]))

    assert sale.state is SaleState.VOIDED
    assert len(sale.lines) == 1


@pytest.mark.parametrize(
    ("deleted_at", "state"),
    [
        (None, SaleState.PENDING),
        ("", SaleState.PENDING),
        ("0000-00-00 00:00:00", SaleState.PENDING),
        ("2026-12-01 10:00:00", SaleState.VOIDED),
    ],
)
def test_a_deleted_sale_stands_no_more(deleted_at, state):
    assert read(a_dated_sale(deleted_at=deleted_at)).state is state


@pytest.mark.parametrize(
    ("status", "state", "method"),
    [
        ("SAVED", SaleState.PARKED, None),
        ("OPEN", SaleState.PENDING, None),
        ("VOIDED", SaleState.VOIDED, None),
        ("CLOSED", SaleState.CLOSED, None),
        ("ONACCOUNT", SaleState.PENDING, None),
        ("ONACCOUNT_CLOSED", SaleState.CLOSED, None),
        ("LAYBY", SaleState.PENDING, None),
        ("LAYBY_CLOSED", SaleState.CLOSED, None),
        ("AWAITING_DISPATCH", SaleState.PENDING, Method.DISPATCH),
        ("DISPATCHED_CLOSED", SaleState.CLOSED, Method.DISPATCH),
        ("AWAITING_PICKUP", SaleState.PENDING, Method.PICKUP),
        ("PICKED_UP_CLOSED", SaleState.CLOSED, Method.PICKUP),
        ("SERVICE", SaleState.PENDING, None),
        ("SERVICE_CLOSED", SaleState.CLOSED, None),
        ("RENTAL_CLOSED", SaleState.CLOSED, None),
        ("RENTAL", SaleState.PENDING, None),
    ],
)
def test_a_classic_status_is_a_state_and_a_way_of_hand_over(status, state, method):
    sale = read(a_classic_sale(status=status))

    assert (sale.state, sale.method) == (state, method)


def test_a_status_that_nobody_told_us_of_is_kept():
    assert read(a_classic_sale(status="RENTAL")).attributes == ("RENTAL",)


def test_the_status_that_we_send_is_read_back_as_what_we_meant():
    for method, status in OPEN_STATUS_OF.items():
        assert read(a_classic_sale(status=status)).method is method
        assert read_status(status)[0] is SaleState.PENDING


@pytest.mark.parametrize(
    "attributes",
    [
        {"attributes": ["delivery"]},
        {"register_sale_attributes": ["delivery"]},
        {"register_sale_attributes": [{"name": "delivery"}]},
    ],
    ids=["2.0", "0.9", "0.9-wrapped"],
)
def test_the_state_goes_before_the_old_status(attributes):
    sale = read(a_classic_sale(status="OPEN", state="closed", **attributes))

    assert (sale.state, sale.method, sale.attributes) == (SaleState.CLOSED, Method.DISPATCH, ("delivery",))


@pytest.mark.parametrize(
    ("row", "field"),
    [
        pytest.param(without(a_dated_sale(), "state"), "state", id="state"),
        pytest.param(a_dated_sale(state="asleep"), "state", id="unknown-state"),
        pytest.param(a_dated_sale(line_items=[without(a_dated_line(), "quantity")]), "quantity", id="quantity"),
        pytest.param(a_dated_sale(line_items=[without(a_dated_line(), "product")]), "product", id="product"),
        pytest.param(a_dated_sale(line_items=[without(a_dated_line(), "pricing")]), "price", id="price"),
        pytest.param(a_dated_sale(payments=[without(a_dated_payment(), "amount")]), "amount", id="amount"),
        pytest.param(a_dated_sale(payments=[a_dated_payment(amount="NaN")]), "amount", id="not-a-number"),
    ],
)
def test_a_sale_that_makes_no_sense_names_the_field(row, field):
    with pytest.raises(BadRecord) as caught:
        read(row)

    assert caught.value.field == field
    assert SALE in caught.value.message


@pytest.mark.parametrize(
    "text",
    ["2016-05-05 23:35:34", "2016-05-05T23:35:34Z", "2016-05-05T23:35:34+00:00", "2016-05-06T11:35:34+12:00"],
)
def test_a_time_without_an_offset_is_utc(text):
    assert read_time(text) == datetime(2016, 5, 5, 23, 35, 34, tzinfo=UTC)


def test_a_time_that_is_none_is_none():
    assert [read_time(text) for text in (None, "", "0000-00-00 00:00:00", "yesterday")] == [None] * 4
    assert not is_set(" ")
