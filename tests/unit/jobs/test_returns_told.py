"""Goods taken back at a till: the ERP hears of them from a person, who is told once."""

import pytest

from syncd.cli.return_words import count_returns
from syncd.domain.ids import OrderId
from syncd.domain.orders import Order
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import Returns
from syncd.domain.sales import SaleState
from syncd.jobs.till_returns import RETURN_PAGES_MAX, RETURNS_A_PAGE
from syncd.store.holds import Verb
from tests.fakes.memory_erp import CAP, MUG, a_line, an_order
from tests.unit.jobs.world import ACME, World

FIRST = OrderId("1")


def handed_over(world: World, order: Order | None = None) -> World:
    world.erp.place(order or an_order("SO1"))
    world.settle()
    world.retail.hand_over(world.retail.standing("1")[0].id)
    world.settle()
    return world


def returns_counted(world: World) -> int:
    """By `syncd status`."""
    with world.given.database.read() as tx:
        counted: int = count_returns(tx, ACME)["rung_up"]
    return counted


def test_a_return_at_the_till_is_held_with_both_stories(world: World) -> None:
    handed_over(world)
    world.retail.take_back(world.retail.standing("1")[0].id, "R-1", {MUG: 1})

    result = world.sync_fulfilments()

    (hold,) = world.holds()
    assert (result.outcome, hold.reason, hold.order) == ("held", Reason.RETURNED_AT_TILL, FIRST)
    assert hold.detail.endswith("took back 1 of sale SO1; shipped in the ERP: 2 of line 1")


def test_the_order_of_a_return_stays_handed_over_and_nothing_is_written(world: World) -> None:
    handed_over(world)
    world.retail.take_back(world.retail.standing("1")[0].id, "R-1", {MUG: 1})

    world.settle()

    assert world.stands()[1] is Reason.HANDED_OVER
    assert world.reasons() == [Reason.RETURNED_AT_TILL]
    world.assert_at_rest()


def test_an_exchange_is_held_by_what_came_back_whatever_was_taken_instead(world: World) -> None:
    handed_over(world)
    world.retail.take_back(world.retail.standing("1")[0].id, "R-1", {MUG: 1}, instead={CAP: 3})

    world.settle()

    (hold,) = world.holds()
    assert "took back 1 of sale SO1" in hold.detail


def test_a_return_that_is_only_begun_is_held_when_it_is_done(world: World) -> None:
    sale = handed_over(world).retail.standing("1")[0].id
    begun = world.retail.take_back(sale, "R-1", {MUG: 1}, state=SaleState.PARKED)
    world.settle()
    assert world.holds() == []

    world.retail.change(begun, state=SaleState.CLOSED)
    world.settle()

    assert world.reasons() == [Reason.RETURNED_AT_TILL]


def test_a_return_that_was_settled_is_not_told_again_when_the_feed_shows_it_anew(world: World) -> None:
    back = world.retail.take_back(handed_over(world).retail.standing("1")[0].id, "R-1", {MUG: 1})
    world.settle()
    world.say(Verb.DROP)

    world.retail.change(back, note="looked at")
    world.settle()

    assert world.holds() == []


@pytest.mark.parametrize("verb", [Verb.DROP, Verb.RETRY])
def test_a_return_is_counted_until_a_person_has_settled_it(world: World, verb: Verb) -> None:
    sale = handed_over(world).retail.standing("1")[0].id
    world.retail.take_back(sale, "R-1", {MUG: 1})
    world.sync_orders()
    counted = [returns_counted(world)]
    world.settle()
    counted.append(returns_counted(world))

    world.say(verb)
    world.settle()

    assert counted == [1, 1]
    assert returns_counted(world) == 0
    world.retail.take_back(sale, "R-2", {MUG: 1})
    world.settle()
    assert returns_counted(world) == 1


def test_a_return_that_we_have_made_for_an_order_is_told_to_nobody(world: World) -> None:
    world.use_names(returns=Returns.CREATE)
    handed_over(world)
    world.erp.place(an_order("SO9", a_line(MUG, -1), return_of=FIRST))

    world.settle()

    assert (world.stands("9"), world.holds()) == ((Outcome.SYNCED, Reason.RETURNED), [])


def test_a_return_that_a_person_has_settled_is_not_told_again_and_another_is(world: World) -> None:
    sale = handed_over(world).retail.standing("1")[0].id
    world.retail.take_back(sale, "R-1", {MUG: 1})
    world.settle()

    world.say(Verb.DROP)
    world.settle()

    assert world.holds() == []
    world.retail.take_back(sale, "R-2", {MUG: 1})
    world.settle()
    assert world.reasons() == [Reason.RETURNED_AT_TILL]


def test_a_return_that_is_not_done_or_of_somebody_elses_sale_is_no_matter_of_ours(world: World) -> None:
    sale = handed_over(world).retail.standing("1")[0].id
    world.retail.take_back(sale, "R-1", {MUG: 1}, state=SaleState.PARKED)
    world.retail.take_back(world.retail.ring_up("of-the-till"), "R-2", {MUG: 1})

    world.settle()

    assert world.holds() == []


def test_many_returns_are_told_page_by_page_and_no_run_tells_more_than_its_share(world: World) -> None:
    sale = handed_over(world).retail.standing("1")[0].id
    for number in range(RETURNS_A_PAGE * RETURN_PAGES_MAX + 1):
        world.retail.take_back(sale, f"R-{number}", {MUG: 1})
    world.retail.take_back(sale, "begun", {MUG: 1}, state=SaleState.PARKED)

    world.sync_fulfilments()

    assert len(world.holds()) == RETURNS_A_PAGE * RETURN_PAGES_MAX
    world.sync_fulfilments()
    assert len(world.holds()) == RETURNS_A_PAGE * RETURN_PAGES_MAX + 1
