"""Which hand-overs count as told to the other side, and which sales are empty."""

from decimal import Decimal

import pytest

from tests.audit.builders import MUG, OUTLET_OF, a_sale, a_sale_line, a_till_sale, an_order, an_order_line
from tests.audit.facts import Sale, Shipment
from tests.audit.hand_overs import completions, empty_sales, partial_completions, partial_hand_overs, shipments_pushed

SYNCD, CLERK = 2, 3  # users of the ERP

SHIPPED = an_order("7", shipments=(Shipment("DOWNTOWN", "done"),))


def test_a_shipment_is_completed_by_the_sale_that_its_outlet_closed() -> None:
    assert completions([SHIPPED], [a_sale("7", state="closed")], OUTLET_OF) == 1


@pytest.mark.parametrize(
    "sale",
    [
        pytest.param(a_sale("7"), id="still open"),
        pytest.param(a_sale("7", state="closed", outlet="Airport"), id="closed by another outlet"),
        pytest.param(a_sale("8", state="closed"), id="of another order"),
        pytest.param(a_sale("7", state="closed", closed_by="api"), id="closed because it was shipped"),
    ],
)
def test_a_shipment_done_for_another_reason_is_no_completion(sale: Sale) -> None:
    assert completions([SHIPPED], [sale], OUTLET_OF) == 0


def test_goods_handed_over_are_no_completion_until_the_erp_knows() -> None:
    assert completions([an_order("7")], [a_sale("7", state="closed")], OUTLET_OF) == 0


def pushed(shipment: Shipment, sale: Sale) -> int:
    return shipments_pushed([an_order("7", shipments=(shipment,))], [sale], OUTLET_OF, user_of_syncd=SYNCD)


def test_a_shipment_is_pushed_when_software_closed_the_sale_of_what_a_person_sent_off() -> None:
    assert pushed(Shipment("DOWNTOWN", "done", user=CLERK), a_sale("7", state="closed", closed_by="api")) == 1


@pytest.mark.parametrize(
    ("shipment", "sale"),
    [
        pytest.param(Shipment("DOWNTOWN", "done", user=CLERK), a_sale("7"), id="the sale is still open"),
        pytest.param(
            Shipment("DOWNTOWN", "done", user=CLERK),
            a_sale("7", state="closed", closed_by="till"),
            id="a shop did it",
        ),
        pytest.param(
            Shipment("DOWNTOWN", "done", user=SYNCD), a_sale("7", state="closed", closed_by="api"), id="nobody did it"
        ),
        pytest.param(
            Shipment("DOWNTOWN", "packed", user=CLERK),
            a_sale("7", state="closed", closed_by="api"),
            id="closed before it left",
        ),
        pytest.param(
            Shipment("AIRPORT", "done", user=CLERK),
            a_sale("7", state="closed", closed_by="api"),
            id="elsewhere",
        ),
    ],
)
def test_a_shipment_that_did_not_close_its_sale_was_not_pushed(shipment: Shipment, sale: Sale) -> None:
    assert pushed(shipment, sale) == 0


ONE_OF_THREE = a_sale("7", lines=(a_sale_line(quantity="3", handed_over="1"),))


def shipment(state: str, quantity: int, location: str = "DOWNTOWN") -> Shipment:
    return Shipment(location, state, {MUG: Decimal(quantity)})


def completed_in_part(*shipments: Shipment) -> int:
    order = an_order("7", lines=(an_order_line(quantity="3"),), shipments=shipments)
    return partial_completions([order], [ONE_OF_THREE], OUTLET_OF)


def test_a_sale_is_handed_over_in_part_while_it_is_open_and_some_has_left() -> None:
    whole = a_sale("8", state="closed", lines=(a_sale_line(handed_over="1"),))

    assert partial_hand_overs([ONE_OF_THREE, whole, a_sale("9")]) == [ONE_OF_THREE]


def test_of_a_sale_handed_over_in_part_the_erp_ships_just_that_and_keeps_the_rest_open() -> None:
    assert completed_in_part(shipment("done", 1), shipment("waiting", 2)) == 1


@pytest.mark.parametrize(
    "shipments",
    [
        pytest.param([shipment("waiting", 3)], id="not told"),
        pytest.param([shipment("done", 3)], id="all of it"),
        pytest.param([shipment("done", 2), shipment("waiting", 1)], id="more than left"),
        pytest.param([shipment("done", 1)], id="the rest is gone"),
        pytest.param([shipment("done", 1), shipment("cancelled", 2)], id="the rest is cancelled"),
        pytest.param([shipment("done", 1, "AIRPORT"), shipment("waiting", 2)], id="elsewhere"),
    ],
)
def test_any_other_quantity_in_the_erp_is_no_partial_completion(shipments: list[Shipment]) -> None:
    assert completed_in_part(*shipments) == 0


def test_a_standing_sale_without_lines_is_empty_whoever_made_it() -> None:
    empty = [a_sale("7", lines=()), a_till_sale(lines=())]

    assert empty_sales([*empty, a_sale("8"), a_sale("9", lines=(), state="voided")]) == empty
