"""Goods taken back at a till: the ERP hears of them from a person, who is told once."""

from syncd.domain.ids import OrderId
from syncd.domain.orders import Order
from syncd.domain.reasons import Reason
from syncd.domain.sales import SaleState
from syncd.store.holds import Verb
from tests.fakes.memory_erp import an_order
from tests.unit.jobs.world import World

FIRST = OrderId("1")


def handed_over(world: World, order: Order | None = None) -> World:
    world.erp.place(order or an_order("SO1"))
    world.settle()
    world.retail.hand_over(world.retail.standing("1")[0].id)
    world.settle()
    return world


def test_a_return_at_the_till_is_held_with_both_stories(world: World) -> None:
    handed_over(world)
    world.retail.take_back(world.retail.standing("1")[0].id)

    result = world.sync_fulfilments()

    (hold,) = world.holds()
    assert (result.outcome, hold.reason, hold.order) == ("held", Reason.RETURNED_AT_TILL, FIRST)
    assert hold.detail.endswith("took back 1 of sale SO1; shipped in the ERP: 2 of line 1")


def test_the_order_of_a_return_stays_handed_over_and_nothing_is_written(world: World) -> None:
    handed_over(world)
    world.retail.take_back(world.retail.standing("1")[0].id)

    world.settle()

    assert world.stands()[1] is Reason.HANDED_OVER
    assert world.reasons() == [Reason.RETURNED_AT_TILL]
    world.assert_at_rest()


def test_a_return_that_a_person_has_settled_is_not_told_again_and_another_is(world: World) -> None:
    sale = handed_over(world).retail.standing("1")[0].id
    world.retail.take_back(sale)
    world.settle()

    world.say(Verb.DROP)
    world.settle()

    assert world.holds() == []
    world.retail.take_back(sale)
    world.settle()
    assert world.reasons() == [Reason.RETURNED_AT_TILL]


def test_a_return_that_is_not_done_or_of_somebody_elses_sale_is_no_matter_of_ours(world: World) -> None:
    sale = handed_over(world).retail.standing("1")[0].id
    begun = world.retail.take_back(sale)
    world.retail.change(begun, state=SaleState.PARKED)
    world.retail.take_back(world.retail.ring_up("of-the-till"))

    world.settle()

    assert world.holds() == []
