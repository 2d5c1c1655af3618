"""What the integrator decides in the config, and that a changed decision reaches the orders that already wait."""

from syncd.domain.ids import OrderId
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import IgnoreRules
from tests.fakes.memory_erp import a_line, an_order
from tests.unit.jobs.world import WIDGET, World

IGNORED = (Outcome.IGNORED, Reason.IGNORED_BY_RULE)
STANDS = (Outcome.SYNCED, Reason.STANDS)


def test_an_order_that_a_rule_ignores_makes_no_sale_and_says_which_rule(world: World) -> None:
    world.use_names(ignore=IgnoreRules(tags=("wholesale",)))
    world.erp.place(an_order("SO1", tags=("wholesale",)))
    world.erp.place(an_order("SO2"))

    world.settle()

    assert (world.stands("1"), world.stands("2")) == (IGNORED, STANDS)
    assert world.inbox("1").detail == "orders.ignore.tags: wholesale"
    assert [sale.invoice_number for sale in world.retail.standing()] == ["SO2"]
    world.assert_at_rest()


def test_a_new_rule_reaches_the_order_that_is_held_and_closes_its_hold(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(WIDGET)))
    world.settle()
    assert world.reasons() == [Reason.UNKNOWN_SKU]

    world.use_names(ignore=IgnoreRules(numbers=("SO1",)), fingerprint="settings-2")
    world.settle()

    assert (world.stands(), world.reasons()) == (IGNORED, [])
    world.assert_at_rest()


def test_a_rule_that_is_taken_away_lets_the_order_become_a_sale(world: World) -> None:
    world.use_names(ignore=IgnoreRules(references=("WEB-*",)))
    world.erp.place(an_order("SO1"))
    world.settle()
    assert world.stands() == IGNORED

    world.use_names(ignore=IgnoreRules(), fingerprint="settings-2")
    world.settle()

    assert world.stands() == STANDS
    world.assert_one_sale_a_part(parts=1)
    world.assert_at_rest()


def test_a_new_rule_leaves_a_standing_sale_alone_and_lets_it_follow_its_order(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()

    world.use_names(ignore=IgnoreRules(numbers=("SO1",)), fingerprint="settings-2")
    world.erp.edit(OrderId("1"), a_line(quantity=5))
    world.settle()

    [sale] = world.retail.standing("1")
    assert [line.quantity for line in sale.lines] == [5]
    assert world.stands() == STANDS
    world.assert_at_rest()
