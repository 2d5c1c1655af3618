"""When goods that left are told once to the other side, and when more left than anybody handed over."""

from decimal import Decimal
from typing import Any

import pytest

from tests.audit.builders import MUG, OUTLET_OF, a_sale, a_sale_line, an_order, an_order_line
from tests.audit.facts import CLOSED, Order, Sale, Shipment
from tests.audit.totals_of_goods import completed_twice, not_told, too_much_of_lines, unasked

FIVE = (an_order_line(quantity="5"),)


def shipped(*quantities: int, waiting: int = 0) -> Order:
    """An order of five mugs of which so many have left, shipment by shipment."""
    done = tuple(Shipment("DOWNTOWN", "done", {MUG: Decimal(one)}) for one in quantities)
    rest = (Shipment("DOWNTOWN", "waiting", {MUG: Decimal(waiting)}),) if waiting else ()
    return an_order("7", lines=FIVE, shipments=done + rest)


def collected(quantity: int, **fields: Any) -> Sale:
    return a_sale("7", lines=(a_sale_line(quantity="5", handed_over=str(quantity)),), **fields)


def by_people(*quantities: int) -> list[dict[str, Any]]:
    return [{"side": "xseries", "order": "id-7", "sku": MUG, "quantity": str(one)} for one in quantities]


def a_move(quantity: str, state: str = "done", line: int = 1, kind: str = "stock.shipment.out") -> dict[str, Any]:
    return {"origin": f"sale.line,{line}", "state": state, "quantity": quantity, "shipment": f"{kind},4"}


def test_both_sides_agree_when_as_much_has_left_the_one_as_the_other() -> None:
    assert not_told([shipped(2, 1, waiting=2)], [collected(3)], OUTLET_OF, dialect="2026-07") == []


@pytest.mark.parametrize("quantity", [1, 3])
def test_a_side_that_knows_of_more_or_less_has_not_been_told(quantity: int) -> None:
    found = not_told([shipped(2, waiting=3)], [collected(quantity)], OUTLET_OF, dialect="2026-07")

    assert found == [("id-7", "Downtown", MUG)]


def test_the_classic_dialect_need_not_be_told_of_a_part() -> None:
    assert not_told([shipped(2, waiting=3)], [collected(0)], OUTLET_OF, dialect="classic") == []
    assert not_told([shipped(2, 3)], [collected(0)], OUTLET_OF, dialect="classic") != []
    assert not_told([shipped(2, waiting=3)], [collected(5, state=CLOSED)], OUTLET_OF, dialect="classic") != []


def test_what_people_handed_over_may_leave_once() -> None:
    assert unasked([shipped(2, 1, waiting=2)], [collected(3)], by_people(2, 1), OUTLET_OF) == []


@pytest.mark.parametrize(
    ("order", "sale"),
    [
        pytest.param(shipped(3, 3), collected(3), id="the ERP shipped more"),
        pytest.param(shipped(3, waiting=2), collected(5), id="X-Series handed over more"),
    ],
)
def test_more_than_people_handed_over_was_nobodys_wish(order: Order, sale: Sale) -> None:
    assert unasked([order], [sale], by_people(3), OUTLET_OF) == [("id-7", MUG)]


@pytest.mark.parametrize(
    ("moves", "found"),
    [
        pytest.param([a_move("2"), a_move("3", "draft")], [], id="all of it"),
        pytest.param([a_move("2"), a_move("3", "draft"), a_move("3", "draft")], [1], id="two shipments of the rest"),
        pytest.param([a_move("5"), a_move("5", "cancelled")], [], id="cancelled"),
        pytest.param([a_move("5"), a_move("2", kind="stock.shipment.out.return")], [], id="goods that come back"),
    ],
)
def test_no_line_is_carried_twice(moves: list[dict[str, Any]], found: list[int]) -> None:
    assert too_much_of_lines({"moves": moves, "lines": [{"id": 1, "quantity": "5"}]}, []) == found


def test_a_sale_that_gave_more_than_it_sold_is_named() -> None:
    assert too_much_of_lines({"moves": [], "lines": []}, [collected(6)]) == ["sale-1"]


def test_a_shipment_that_was_told_to_leave_twice_is_named() -> None:
    steps = [{"shipment": one, "step": step} for one, step in [(4, "pick"), (4, "do"), (4, "do"), (5, "do")]]

    assert completed_twice({"steps": steps}) == [4]
