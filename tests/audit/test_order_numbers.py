"""Whose sale an invoice number says it is."""

import pytest

from tests.audit.builders import a_sale, a_till_sale, an_order
from tests.audit.order_numbers import order_number_of, sales_by_order, sales_without_order

NUMBERS = ["1", "12", "SO-12", "SO-12-B"]


@pytest.mark.parametrize(
    ("invoice_number", "order_number"),
    [
        pytest.param("12", "12", id="the number itself"),
        pytest.param("1-B", "1", id="another part"),
        pytest.param("12-v2", "12", id="made anew"),
        pytest.param("12-C-v13", "12", id="another part, made anew"),
        pytest.param("SO-12", "SO-12", id="a number with letters"),
        pytest.param("SO-12-B", "SO-12-B", id="of two that fit, the longer"),
        pytest.param("123", None, id="a longer number is another order"),
        pytest.param("12-A", None, id="the first part has no suffix"),
        pytest.param("12-BC", None, id="no suffix of ours"),
        pytest.param("12-v2-B", None, id="the suffixes the wrong way round"),
        pytest.param("MD-1001-X", None, id="a till's own number"),
        pytest.param("", None, id="no number at all"),
    ],
)
def test_the_order_is_read_from_the_invoice_number(invoice_number: str, order_number: str | None) -> None:
    assert order_number_of(invoice_number, NUMBERS) == order_number


def test_a_voided_sale_is_no_sale_of_an_order() -> None:
    assert sales_by_order([an_order("7")], [a_sale("7", state="voided")]) == {}


def test_a_draft_without_a_number_claims_no_sale() -> None:
    assert sales_by_order([an_order(None)], [a_sale("-B"), a_sale("")]) == {}


def test_a_sale_that_no_order_explains_is_found() -> None:
    stray = a_sale("8")

    assert sales_without_order([an_order("7")], [a_sale("7"), stray]) == [stray]


def test_a_till_sale_needs_no_order() -> None:
    assert sales_without_order([an_order("7")], [a_till_sale()]) == []


def test_a_sale_with_the_number_its_order_had_before_is_still_that_orders_sale() -> None:
    order, sale = an_order("N7", former_numbers=("7",)), a_sale("7-B")

    assert sales_by_order([order], [sale]) == {order.id: [sale]}
    assert sales_without_order([order], [sale]) == []
