"""Which shipments count as completed by a hand-over, and which sales are empty."""

import pytest

from tests.audit.builders import OUTLET_OF, a_sale, a_till_sale, an_order
from tests.audit.facts import Sale, Shipment
from tests.audit.hand_overs import completions, empty_sales

SHIPPED = an_order("7", shipments=(Shipment("DOWNTOWN", "done"),))


def test_a_shipment_is_completed_by_the_sale_that_its_outlet_closed() -> None:
    assert completions([SHIPPED], [a_sale("7", state="closed")], OUTLET_OF) == 1


@pytest.mark.parametrize(
    "sale",
    [
        pytest.param(a_sale("7"), id="still open"),
        pytest.param(a_sale("7", state="closed", outlet="Airport"), id="closed by another outlet"),
        pytest.param(a_sale("8", state="closed"), id="of another order"),
    ],
)
def test_a_shipment_done_for_another_reason_is_no_completion(sale: Sale) -> None:
    assert completions([SHIPPED], [sale], OUTLET_OF) == 0


def test_goods_handed_over_are_no_completion_until_the_erp_knows() -> None:
    assert completions([an_order("7")], [a_sale("7", state="closed")], OUTLET_OF) == 0


def test_a_standing_sale_without_lines_is_empty_whoever_made_it() -> None:
    empty = [a_sale("7", lines=()), a_till_sale(lines=())]

    assert empty_sales([*empty, a_sale("8"), a_sale("9", lines=(), state="voided")]) == empty
