"""What goes into a row comes out of it: exact numbers, zones and types, or an error that says so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.domain.journal import CreateSale
from syncd.domain.orders import Order
from syncd.domain.sales import Sale, SaleDraft
from syncd.errors import StoreError
from syncd.store.codec import decode, digest, encode, scale, to_moment, to_text, unscale
from tests.fakes.memory_erp import CAP, MUG, THERE, a_line, an_order
from tests.store.shelf import COMMANDS, NOW, a_draft, a_sale

exact = st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**12), max_value=10**12)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(an_order("SO1", a_line(MUG, "0.125", price="3.3333"), a_line(CAP, line="2")), id="order"),
        pytest.param(a_draft(quantity="2.50"), id="draft"),
        pytest.param(a_sale(created_at=None, outlet=None, method=None, return_for=None), id="sale"),
        *(pytest.param(command, id=name) for name, command in COMMANDS.items()),
    ],
)
def test_a_value_comes_back_equal_and_of_its_types(value: object) -> None:
    back = decode(encode(value), type(value))

    assert back == value
    assert encode(back) == encode(value)


@given(exact)
def test_a_decimal_keeps_every_digit(amount: Decimal) -> None:
    draft = replace(a_draft(), lines=(replace(a_draft().lines[0], price=amount),))

    back = decode(encode(draft), SaleDraft).lines[0].price

    assert str(back) == str(amount)


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", '"text"', "{}", '{"part": 1, "generation": 1, "draft": {}}'],
)
def test_a_row_that_holds_something_else_is_an_error_of_the_store(text: str) -> None:
    with pytest.raises(StoreError, match="stored CreateSale cannot be read"):
        decode(text, CreateSale)


@pytest.mark.parametrize("field", ["id", "total", "version", "state"])
def test_a_sale_with_a_field_of_another_type_is_an_error_of_the_store(field: str) -> None:
    wrong = encode(a_sale()).replace(f'"{field}":', f'"{field}":[],"x":', 1)

    with pytest.raises(StoreError):
        decode(wrong, Sale)


def test_a_stored_order_without_a_zone_is_refused() -> None:
    naive = encode(an_order()).replace("12:00:00Z", "12:00:00")

    with pytest.raises(StoreError, match="zone"):
        decode(naive, Order)


def test_the_digest_tells_values_apart_and_nothing_else() -> None:
    assert digest(an_order()) == digest(an_order())
    assert digest(an_order()) != digest(an_order("SO1", a_line(location=THERE)))


@given(st.integers(-(10**15), 10**15), st.integers(-12, 13))
def test_moments_sort_as_their_texts_do(microseconds: int, hours: int) -> None:
    here = (NOW + timedelta(microseconds=microseconds)).astimezone(timezone(timedelta(hours=hours)))

    assert to_moment(to_text(here)) == here
    assert (to_text(here) < to_text(NOW)) == (here < NOW)
    assert to_text(here).endswith("+00:00")


@given(exact)
def test_a_quantity_of_five_decimals_scales_there_and_back(quantity: Decimal) -> None:
    assert unscale(scale(quantity)) == quantity


@pytest.mark.parametrize(
    "quantity",
    ["0.000001", "NaN", "Infinity", "-Infinity", "1000000000000.00001", "-1000000000000.00001", "1E+30"],
)
def test_a_quantity_that_does_not_fit_is_refused(quantity: str) -> None:
    with pytest.raises(ValueError, match="quantity"):
        scale(Decimal(quantity))


@pytest.mark.parametrize("quantity", ["1000000000000", "-1000000000000", "0", "-0.00001"])
def test_the_largest_and_smallest_quantities_fit(quantity: str) -> None:
    assert unscale(scale(Decimal(quantity))) == Decimal(quantity)


def test_a_moment_is_kept_to_the_microsecond() -> None:
    assert to_text(datetime(2026, 12, 1, 1, 2, 3, 4, tzinfo=UTC)) == "2026-12-01T01:02:03.000004+00:00"
