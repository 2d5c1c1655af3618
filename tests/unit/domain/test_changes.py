"""What a newer reading of an order changed, as a person would say it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.changes import Reading, changes
from syncd.domain.ids import OrderId, OrderLineId
from syncd.domain.orders import Address, Customer, OrderState, UnreadableOrder
from tests.builders import CONFIRMED, a_line, an_order

BAD = UnreadableOrder(OrderId("42"), "1001", CONFIRMED, "{}", "quantity is NaN")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param(an_order(state=OrderState.DONE), ["state processing -> done"], id="state"),
        pytest.param(an_order(paid=False), ["no longer paid"], id="paid"),
        pytest.param(an_order(undecided=True), ["a person has to decide it in the ERP"], id="undecided"),
        pytest.param(
            an_order(a_line(quantity="3")), ["MUG-BLUE: quantity 2 -> 3", "total 23.00 -> 34.50"], id="quantity"
        ),
        pytest.param(
            an_order(a_line(), a_line("LAMP", "1", id="2")),
            ["1 x LAMP added (leaves from DOWNTOWN)", "total 23.00 -> 34.50"],
            id="a line more",
        ),
        pytest.param(an_order(a_line(at="AIRPORT")), ["MUG-BLUE: leaves from DOWNTOWN -> AIRPORT"], id="moved"),
        pytest.param(an_order(a_line(shipped=Decimal(2))), ["MUG-BLUE: shipped 0 -> 2"], id="shipped"),
        pytest.param(an_order(a_line("LAMP")), ["MUG-BLUE is now LAMP"], id="another product"),
        pytest.param(an_order(delivery="COURIER"), ["delivery none -> COURIER"], id="delivery"),
        pytest.param(an_order(number="1002"), ["number 1001 -> 1002"], id="renumbered"),
        pytest.param(BAD, ["it cannot be understood: quantity is NaN"], id="unreadable"),
    ],
)
def test_a_change_is_told_in_words(after: Reading, said: list[str]) -> None:
    assert changes(an_order(), after) == said


def test_a_line_taken_away_is_told_with_what_was_asked_for() -> None:
    before = an_order(a_line(), a_line("LAMP", "4", id="2"))

    assert changes(before, an_order()) == ["4 x LAMP taken away (leaves from DOWNTOWN)", "total 69.00 -> 23.00"]


def test_a_line_that_is_served_from_a_second_place_is_told_as_such() -> None:
    split = an_order(a_line(quantity="1"), a_line(quantity="1", at="AIRPORT"))

    said = changes(an_order(), split)

    assert said == [
        "1 x MUG-BLUE added (leaves from DOWNTOWN)",
        "1 x MUG-BLUE added (leaves from AIRPORT)",
        "2 x MUG-BLUE taken away (leaves from DOWNTOWN)",
    ]


def test_no_person_is_named() -> None:
    after = an_order(
        customer=Customer("C2", "Mere Tau", "mere@example.nz", "021 555 0102"),
        address=Address("Mere Tau", "9 High St", "Napier", "4110", "NZ"),
        reference="for Mere",
    )

    assert changes(an_order(), after) == [
        "the customer's reference changed",
        "the customer changed",
        "the address changed",
    ]


def test_an_order_that_makes_sense_again_is_told() -> None:
    assert changes(BAD, an_order()) == ["it can be understood again"]


def test_what_nobody_asks_about_is_not_told() -> None:
    before = an_order()
    after = replace(before, lines=(a_line(id=OrderLineId("1"), description="A blue mug"),))

    assert changes(before, after) == []
    assert changes(before, an_order(confirmed_at=CONFIRMED + timedelta(hours=1))) == ["the confirmation changed"]
