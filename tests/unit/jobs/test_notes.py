"""Where the goods go, when that changes after the sale was made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.domain.ids import OrderId
from syncd.domain.orders import Address, OrderLine
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import Sale
from syncd.errors import NotSent, Unanswered
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import MUG, a_line, an_order
from tests.unit.jobs.world import World

FIRST = OrderId("1")
ELSEWHERE = Address("Ada Lane", "9 Kings Road", "Auckland", "1010", "NZ")


@pytest.fixture
def stood(world: World) -> World:
    world.erp.place(an_order("SO1", delivery="COURIER"))
    world.settle()
    return world


def the_sale(world: World) -> Sale:
    (sale,) = world.retail.standing("1")
    return sale


def updates(world: World) -> int:
    return [call for call, _ in world.retail.writes].count("update_sale")


@pytest.mark.parametrize(
    "lines", [pytest.param([], id="alone"), pytest.param([a_line(MUG, 3)], id="with a new quantity")]
)
def test_a_new_address_reaches_the_sale_once_beside_what_people_wrote(stood: World, lines: list[OrderLine]) -> None:
    stood.retail.change(the_sale(stood).id, note=f"{the_sale(stood).note} · call first")
    stood.erp.edit(FIRST, *lines, address=ELSEWHERE)

    stood.settle()

    assert the_sale(stood).note == "WEB-SO1 · Ada Lane · 9 Kings Road · 1010 Auckland NZ · call first"
    assert updates(stood) == 1
    assert stood.stands() == (Outcome.SYNCED, Reason.STANDS)
    stood.assert_at_rest()


@pytest.mark.parametrize(
    ("error", "effect"),
    [
        pytest.param(Unanswered("cut"), Effect.DONE, id="done"),
        pytest.param(Unanswered("cut"), Effect.NONE, id="not done"),
        pytest.param(NotSent("down"), Effect.NONE, id="not sent"),
    ],
)
def test_a_new_address_whose_answer_is_lost_is_told_once(stood: World, error: Exception, effect: Effect) -> None:
    stood.retail.fail("update_sale", error, effect=effect)
    stood.erp.edit(FIRST, address=ELSEWHERE)

    stood.settle()

    assert "9 Kings Road" in the_sale(stood).note
    assert updates(stood) == 1
    stood.assert_at_rest()


def test_an_address_that_goes_there_and_back_ends_where_it_began(stood: World) -> None:
    began = the_sale(stood).note
    for address in (ELSEWHERE, an_order().address, ELSEWHERE, an_order().address):
        stood.erp.edit(FIRST, address=address)
        stood.settle()

    assert the_sale(stood).note == began
    assert updates(stood) == 4


def test_an_account_that_forgets_notes_is_told_of_and_not_asked_for_ever(stood: World) -> None:
    update = stood.retail.update_sale

    def forget(sale: Sale, *given: object, **named: object) -> object:
        receipt = update(sale, *given, **named)  # type: ignore[arg-type]
        stood.retail.sales[sale.id] = replace(stood.retail.sales[sale.id], note="")
        return receipt

    stood.retail.update_sale = forget  # type: ignore[method-assign, assignment]
    stood.erp.edit(FIRST, address=ELSEWHERE)

    stood.settle()

    assert stood.stands() == (Outcome.HELD, Reason.SALE_DIFFERS)
    assert "9 Kings Road" in stood.holds()[0].detail
    assert updates(stood) == 1
    stood.assert_at_rest()
