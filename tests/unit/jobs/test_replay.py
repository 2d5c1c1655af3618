"""`syncd replay --since T`: every order changed since then is taken up as if it were new, and nothing is made twice."""

from datetime import timedelta

import pytest

from syncd.domain.ids import OrderId
from syncd.domain.reasons import Outcome, Reason
from syncd.errors import Conflict, Refused, Unanswered
from syncd.jobs.given import Mode
from syncd.store.holds import Verb
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import MUG, a_line, an_order
from tests.unit.jobs.world import SETTLE, Died, Failpoints, World

ONE = OrderId("1")


@pytest.fixture
def stood(world: World) -> World:
    """Two orders with their sales, an hour apart."""
    world.erp.place(an_order("SO1"))
    world.settle()
    world.clock.advance(timedelta(hours=1))
    world.erp.place(an_order("SO2", at=world.clock.now()))
    world.settle()
    return world


def replayed(world: World) -> int:
    """How many orders a replay of everything takes up."""
    result = world.replay(since=world.clock.now() - timedelta(days=9))
    assert result.outcome in ("done", "held"), result.message
    return result.run.counts["orders_replayed"]


def test_what_stands_is_left_as_it_is(stood: World) -> None:
    before = stood.all_that_was_done()

    assert replayed(stood) == 2

    assert stood.all_that_was_done() == before
    stood.assert_one_sale_a_part(parts=2)
    assert stood.stands() == (Outcome.SYNCED, Reason.STANDS)
    stood.assert_at_rest()


def test_only_what_changed_since_is_taken_up(stood: World) -> None:
    result = stood.replay(since=stood.clock.now() - timedelta(minutes=30))

    assert result.run.counts["orders_replayed"] == 1


def test_every_order_is_read_again_from_the_erp(stood: World) -> None:
    changed = stood.erp.orders[ONE].changed_at
    stood.clock.advance(timedelta(hours=1))
    stood.erp.edit(ONE, a_line(MUG, 3), changed_at=changed)  # by a clock that went back: no sync would see it
    stood.settle()
    assert stood.retail.standing("1")[0].total == 23

    replayed(stood)

    assert stood.retail.standing("1")[0].total == stood.erp.orders[ONE].total
    stood.assert_at_rest()


def test_what_was_refused_is_sent_again_once(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Refused("422", status=422), times=2)
    world.settle()

    replayed(world)
    world.settle()
    assert len(world.retail.asked) == 2
    replayed(world)
    world.settle()

    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    world.assert_one_sale_a_part(parts=1)


@pytest.mark.parametrize("error", [Conflict("409"), Unanswered("cut")])
def test_what_may_have_happened_is_not_sent_again(world: World, error: Exception) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", error, effect=Effect.LATE)
    world.sync_orders()

    replayed(world)
    asked = len(world.retail.asked)
    world.retail.commit_late()
    world.settle()

    assert asked == 1
    world.assert_one_sale_a_part(parts=1)


def test_a_conflict_that_nobody_found_waits_for_a_person(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Conflict("409"))
    world.settle()
    assert world.stands() == (Outcome.HELD, Reason.CONFLICT)

    assert replayed(world) == 0

    assert world.stands() == (Outcome.HELD, Reason.CONFLICT)
    assert len(world.retail.asked) == 1


def test_what_a_person_has_dropped_stays_dropped(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Refused("422", status=422))
    world.sync_orders()
    world.say(Verb.DROP)
    world.settle()

    assert replayed(world) == 0

    assert world.stands() == (Outcome.IGNORED, Reason.DROPPED)
    world.assert_at_rest()


def test_a_sale_that_a_person_has_voided_is_not_made_again(stood: World) -> None:
    stood.retail.void_by_hand(stood.retail.standing("1")[0].id)
    stood.settle()

    replayed(stood)

    assert stood.stands() == (Outcome.HELD, Reason.VOIDED_BY_HAND)
    assert stood.retail.standing("1") == []


def test_in_shadow_mode_nothing_is_sent(stood: World) -> None:
    stood.erp.place(an_order("SO3", at=stood.clock.now()))
    stood.use(orders_mode=Mode.SHADOW)
    before = stood.all_that_was_done()

    replayed(stood)

    assert stood.all_that_was_done() == before


@pytest.mark.parametrize("point", ["writer.taken", "inbox.page_read", "orders.planned", "decide.order_written"])
def test_what_a_death_cuts_off_the_next_run_goes_on_with(world: World, point: str) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Refused("422", status=422))
    world.settle()
    world.start(at=Failpoints(point, 1))
    with pytest.raises(Died):
        world.replay(since=world.clock.now() - timedelta(days=1))

    world.start()
    world.clock.advance(SETTLE)
    world.settle()

    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    world.assert_one_sale_a_part(parts=1)
