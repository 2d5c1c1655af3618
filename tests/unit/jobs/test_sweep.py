"""The sweep finds what the reading of changes cannot: orders that came late, changed without a trace, or are gone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.ids import OrderId
from syncd.domain.journal import EntryState
from syncd.domain.orders import Order, UnreadableOrder
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import SaleState
from syncd.errors import NotSent, Unanswered
from syncd.jobs.run import run_job
from syncd.jobs.sweep import WINDOW, plan_sweep, sync_sweep
from syncd.store import cursors
from syncd.store.holds import Verb
from tests.fakes.memory_erp import MUG, THERE, a_line, an_order
from tests.unit.jobs.world import ACME, Died, Failpoints, World

ONE = OrderId("1")
HOUR = timedelta(hours=1)
Emptied = tuple[World, dict[OrderId, Order]]
POINTS = ("sweep.page_kept", "sweep.orders_read", "sweep.reading_noted", "sweep.gone_noted")


def commit_late(world: World, number: str = "SO1") -> None:
    """The ERP shows an order only now that was stamped before what has been read."""
    order = world.erp.place(an_order(number))
    world.erp.edit(order, changed_at=world.clock.now() - HOUR)


def watermark(world: World) -> str | None:
    with world.given.database.read() as tx:
        return cursors.position(tx, ACME, cursors.ERP_ORDERS)


def sold(world: World) -> None:
    """An order whose sale stands."""
    world.erp.place(an_order("SO1"))
    world.settle()
    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)


def test_an_order_committed_later_than_the_overlap_is_found_and_becomes_one_sale(world: World) -> None:
    world.sync_orders()
    commit_late(world)
    world.sync_orders()
    assert world.counts() == {}  # its stamp is older than what is read again
    before = watermark(world)

    swept = world.sync_sweep()
    assert (swept.outcome, swept.run.counts["orders_changed"]) == ("done", 1)
    assert watermark(world) == before
    world.settle()

    world.assert_one_sale_a_part(parts=1, order="1")
    world.assert_at_rest()


def test_a_change_that_no_stamp_shows_reaches_the_sale(world: World) -> None:
    sold(world)
    world.clock.advance(HOUR)
    world.sync_orders()

    world.erp.edit(ONE, a_line(MUG, 5), changed_at=world.erp.orders[ONE].changed_at)
    world.settle()
    assert [line.quantity for sale in world.retail.standing() for line in sale.lines] == [2]
    world.sync_sweep()
    world.settle()

    assert [line.quantity for sale in world.retail.standing() for line in sale.lines] == [5]
    world.assert_at_rest()


def test_a_second_sweep_reads_nothing_that_did_not_change(world: World) -> None:
    for number in range(1, 8):
        world.erp.place(an_order(f"SO{number}"))
    world.settle()

    first, second = world.sync_sweep(), world.sync_sweep()
    world.erp.edit(ONE, a_line(MUG, 5))
    third = world.sync_sweep()

    listed = [swept.run.counts["orders_listed"] for swept in (first, second, third)]
    read = [swept.run.counts["orders_read"] for swept in (first, second, third)]
    assert (listed, read) == ([7, 7, 7], [7, 0, 1])


def test_an_order_that_was_read_but_is_missing_in_an_older_store_is_read_again(world: World) -> None:
    sold(world)
    world.sync_sweep()
    with world.given.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM orders")

    swept = world.sync_sweep()

    assert swept.run.counts["orders_changed"] == 1
    world.settle()
    world.assert_at_rest()


def test_a_sweep_that_the_erp_does_not_answer_fails_and_says_so(world: World) -> None:
    sold(world)
    world.erp.fail("read_stamps", NotSent("no route to the ERP"))

    swept = world.sync_sweep()

    assert (swept.outcome, swept.message) == ("failed", "no route to the ERP")
    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)


# -- deleted


def test_a_deleted_order_whose_sale_stands_is_held_and_its_sale_is_left_alone(world: World) -> None:
    sold(world)
    writes = len(world.retail.writes)
    world.erp.delete(ONE)

    world.sync_sweep()
    planned = world.sync_orders()

    assert planned.outcome == "held"
    assert world.stands() == (Outcome.HELD, Reason.DELETED_IN_ERP)
    [hold] = world.holds()
    assert (hold.reason, hold.detail) == (Reason.DELETED_IN_ERP, "sale SO1 is pending, 23.00")
    assert len(world.retail.writes) == writes
    world.sync_sweep()
    world.sync_orders()
    assert [one.id for one in world.holds()] == [hold.id]


def test_a_deleted_order_that_comes_back_closes_its_hold_and_has_no_second_sale(world: World) -> None:
    sold(world)
    order = world.erp.delete(ONE)
    world.sync_sweep()
    world.sync_orders()

    world.erp.orders[ONE] = order  # as it was, stamp and all: from a backup of the ERP
    world.sync_sweep()
    world.settle()

    assert world.holds() == []
    world.assert_one_sale_a_part(parts=1, order="1")
    world.assert_at_rest()


def test_a_deleted_order_that_comes_back_otherwise_changes_its_sale(world: World) -> None:
    sold(world)
    order = world.erp.delete(ONE)
    world.sync_sweep()
    world.sync_orders()

    world.erp.place(order)
    world.erp.edit(ONE, a_line(MUG, 3))
    world.settle()

    assert [call for call, _ in world.retail.writes] == ["create_sale", "update_sale"]
    assert world.holds() == []
    world.assert_at_rest()


def test_a_person_who_brought_the_order_back_need_not_wait_for_the_next_sweep(world: World) -> None:
    sold(world)
    order = world.erp.delete(ONE)
    world.sync_sweep()
    world.sync_orders()

    world.say(Verb.RETRY)
    world.sync_orders()
    assert world.reasons() == [Reason.DELETED_IN_ERP]  # it is still gone
    world.erp.orders[ONE] = order
    world.say(Verb.RETRY)
    world.settle()

    assert world.holds() == []
    world.assert_at_rest()


def test_a_person_may_leave_the_sale_of_a_deleted_order_as_it_is(world: World) -> None:
    sold(world)
    world.erp.delete(ONE)
    world.sync_sweep()
    world.sync_orders()

    world.say(Verb.DROP, why="the customer still wants it")
    for _ in range(2):
        world.sync_orders()
        world.sync_sweep()

    assert world.stands() == (Outcome.IGNORED, Reason.DROPPED)
    assert (world.holds(), len(world.retail.standing())) == ([], 1)


def test_a_person_who_voids_the_sale_of_a_deleted_order_has_settled_it(world: World) -> None:
    sold(world)
    world.erp.delete(ONE)
    world.sync_sweep()
    world.sync_orders()

    world.retail.void_by_hand(world.retail.standing()[0].id)
    world.sync_orders()

    assert world.stands() == (Outcome.IGNORED, Reason.DELETED)
    assert world.holds() == []


def test_an_order_deleted_while_it_waited_for_a_person_is_held_no_longer(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(location=None)))
    world.sync_orders()
    assert world.reasons() == [Reason.UNMAPPED_LOCATION]
    world.clock.advance(WINDOW + HOUR)  # far outside of what a sweep lists
    world.erp.delete(ONE)

    world.sync_sweep()
    world.sync_orders()

    assert world.stands() == (Outcome.IGNORED, Reason.DELETED)
    assert (world.holds(), world.retail.writes) == ([], [])


def test_an_order_that_made_no_sense_and_was_deleted_is_held_no_longer(world: World) -> None:
    world.erp.unreadable[ONE] = UnreadableOrder(ONE, "SO1", world.clock.now(), "{}", "no currency")
    world.sync_orders()
    assert world.reasons() == [Reason.UNREADABLE]

    del world.erp.unreadable[ONE]
    world.sync_sweep()
    world.sync_orders()

    assert world.stands() == (Outcome.IGNORED, Reason.DELETED)
    assert world.holds() == []


def test_an_old_order_is_not_gone_because_a_sweep_does_not_list_it(world: World) -> None:
    sold(world)
    world.clock.advance(WINDOW + HOUR)

    swept = world.sync_sweep()
    world.settle()

    assert (swept.run.counts["orders_listed"], swept.run.counts["orders_gone"]) == (0, 0)
    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    world.assert_at_rest()


def test_an_order_deleted_weeks_after_its_sale_was_made_is_held_while_that_is_open(world: World) -> None:
    sold(world)
    world.clock.advance(WINDOW + HOUR)
    world.erp.delete(ONE)

    world.sync_sweep()
    world.sync_orders()

    assert world.stands() == (Outcome.HELD, Reason.DELETED_IN_ERP)


def test_what_was_handed_over_and_shipped_is_no_business_of_a_sweep_when_the_erp_forgets_it(world: World) -> None:
    sold(world)
    world.retail.hand_over(world.retail.standing()[0].id)
    world.settle()
    world.erp.delete(ONE)

    world.sync_sweep()
    world.sync_orders()

    assert world.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)


def test_goods_handed_over_for_a_deleted_order_are_told_with_both_stories(world: World) -> None:
    sold(world)
    world.erp.delete(ONE)
    world.retail.hand_over(world.retail.standing()[0].id)

    world.sync_sweep()
    world.sync_both()

    assert world.reasons() == [Reason.DELETED_IN_ERP, Reason.COLLECTED_BUT_CANCELLED]
    assert world.holds()[0].detail == "sale SO1 is closed, 23.00"


def test_a_create_that_was_never_tried_is_not_sent_for_a_deleted_order(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.start(at=Failpoints("decide.order_committed", 1))
    with pytest.raises(Died):
        world.sync_orders()
    world.start()
    assert [entry.state for entry in world.open_entries()] == [EntryState.WAITING]

    world.erp.delete(ONE)
    world.sync_sweep()
    world.sync_orders()

    assert world.stands() == (Outcome.IGNORED, Reason.DELETED)
    assert (world.open_entries(), world.retail.writes) == ([], [])


@pytest.mark.parametrize("call", ["create_sale", "update_sale", "void_sale"])
def test_what_was_tried_in_vain_is_not_sent_again_for_a_deleted_order(world: World, call: str) -> None:
    world.erp.place(an_order("SO1"))
    if call != "create_sale":
        world.settle()
    if call == "update_sale":
        world.erp.edit(ONE, a_line(MUG, 5))
    if call == "void_sale":
        world.erp.cancel(ONE)
    world.retail.fail(call, Unanswered("cut"))
    world.sync_orders()
    before = [*world.retail.writes]
    assert [entry.state for entry in world.open_entries()] == [EntryState.UNKNOWN]

    world.erp.delete(ONE)
    world.sync_sweep()
    world.settle()

    stands = (Outcome.IGNORED, Reason.DELETED) if call == "create_sale" else (Outcome.HELD, Reason.DELETED_IN_ERP)
    assert world.stands() == stands
    assert world.retail.writes == before
    assert [entry.state for entry in world.entries("1")][-1] is EntryState.HELD


def test_a_deleted_order_asked_for_by_its_number_is_noticed_without_a_sweep(world: World) -> None:
    sold(world)
    world.erp.delete(ONE)

    world.sync_orders(references=["SO1"])

    assert world.stands() == (Outcome.HELD, Reason.DELETED_IN_ERP)


def test_an_order_that_was_hidden_from_us_for_a_while_is_not_lost(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(location=None)))
    world.sync_orders()
    world.clock.advance(WINDOW + HOUR)
    order = world.erp.delete(ONE)
    world.sync_sweep()
    world.sync_orders()
    assert world.stands() == (Outcome.IGNORED, Reason.DELETED)

    world.erp.orders[ONE] = order
    world.clock.advance(24 * HOUR)
    world.sync_sweep()
    world.sync_orders()

    assert world.stands() == (Outcome.HELD, Reason.UNMAPPED_LOCATION)


# -- too many at once


@pytest.fixture
def emptied(world: World) -> Emptied:
    """Three orders whose sales stand, and an ERP that shows our user none of them any more."""
    for number in range(1, 4):
        world.erp.place(an_order(f"SO{number}"))
    world.settle()
    world.use(brakes=replace(world.settings.brakes, deleted=2))
    return world, {order: world.erp.delete(order) for order in sorted(world.erp.orders)}


def test_more_orders_than_the_brake_allows_are_not_believed_to_be_gone(emptied: Emptied) -> None:
    world, _ = emptied

    swept = world.sync_sweep()
    world.sync_orders()

    assert (swept.outcome, swept.run.counts["orders_gone"]) == ("braked", 0)
    assert world.counts() == {(Outcome.SYNCED, Reason.STANDS): 3}
    [hold] = world.holds()
    assert (hold.reason, hold.detail) == (Reason.GONE_AT_ONCE, "3 orders at once are gone from the ERP (limit 2)")
    assert f"syncd holds approve {hold.id}" in swept.run.lines[-1]


def test_what_was_braked_is_believed_once_when_a_person_approves(emptied: Emptied) -> None:
    world, _ = emptied
    world.sync_sweep()

    world.say(Verb.APPROVE)
    world.sync_orders()
    assert world.counts() == {(Outcome.SYNCED, Reason.STANDS): 3}  # it is the sweep that was let through
    assert world.sync_sweep().run.counts["orders_gone"] == 3
    world.sync_orders()

    assert world.reasons() == [Reason.DELETED_IN_ERP] * 3
    assert world.sync_sweep().outcome == "done"  # they are no news


def test_a_person_may_not_drop_the_brake_of_the_sweep_for_ever(emptied: Emptied) -> None:
    world, _ = emptied
    world.sync_sweep()
    before = world.holds()[0].id

    world.say(Verb.DROP)

    assert world.sync_sweep().outcome == "braked"
    assert [hold.id > before for hold in world.holds()] == [True]


def test_the_brake_of_the_sweep_is_over_when_the_orders_are_back(emptied: Emptied) -> None:
    world, orders = emptied
    world.sync_sweep()

    world.erp.orders |= orders
    swept = world.sync_sweep()
    world.settle()

    assert (swept.outcome, world.holds()) == ("done", [])
    world.assert_at_rest()


# -- not to its end


def test_a_plan_of_the_sweep_reads_no_order_and_notes_none_as_gone(world: World) -> None:
    sold(world)
    world.erp.delete(ONE)
    commit_late(world, "SO2")

    planned = run_job(world.given, "sweep", plan_sweep, command="test")

    assert (planned.value, planned.run.counts["orders_listed"]) == (2, 1)
    assert world.counts() == {(Outcome.SYNCED, Reason.STANDS): 1}
    assert not world.inbox().gone


def test_a_stopped_sweep_says_so_and_concludes_nothing(world: World) -> None:
    sold(world)
    world.erp.delete(ONE)

    stopped = run_job(replace(world.given, stopping=lambda: True), "sweep", sync_sweep, command="test")

    assert (stopped.outcome, stopped.message) == (
        "failed", "the sweep was stopped before its end: 0 of 1 orders are read. The next one goes on there."
    )  # fmt: skip
    assert not world.inbox().gone
    assert world.sync_sweep().run.counts["orders_gone"] == 1


# -- numbered anew


def test_an_order_with_a_new_number_keeps_its_one_sale_and_that_its_number(world: World) -> None:
    sold(world)

    world.erp.edit(ONE, number="SO99")
    world.settle()
    world.erp.edit(ONE, a_line(MUG, 5))
    world.settle()

    [sale] = world.retail.standing()
    assert (sale.invoice_number, [line.quantity for line in sale.lines]) == ("SO1", [5])
    assert [call for call, _ in world.retail.writes] == ["create_sale", "update_sale"]
    assert (world.inbox().number, world.holds()) == ("SO99", [])
    world.assert_at_rest()


def test_an_order_with_a_new_number_that_moves_has_one_standing_sale(world: World) -> None:
    sold(world)

    world.erp.edit(ONE, number="SO99")
    world.erp.move(ONE, THERE)
    world.settle()

    assert [sale.state for sale in world.retail.sales_of(ONE)].count(SaleState.VOIDED) == 1
    world.assert_one_sale_a_part(parts=1, order="1")
    world.assert_at_rest()


# -- death


@pytest.mark.parametrize("passing", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_what_a_sweep_was_looking_for_is_found_by_the_next_one(world: World, point: str, passing: int) -> None:
    for number in range(1, 6):
        world.erp.place(an_order(f"SO{number}"))
    world.settle()
    before = watermark(world)
    world.erp.delete(ONE)
    world.erp.edit(OrderId("2"), a_line(MUG, 5), changed_at=world.erp.orders[OrderId("2")].changed_at)
    commit_late(world, "SO6")
    world.start(at=Failpoints(point, passing))
    if passing == 2 and point != "sweep.page_kept":  # a first sweep comes to its end
        world.sync_sweep()
        world.erp.edit(OrderId("3"), reference="touched")
    with pytest.raises(Died):
        world.sync_sweep()
    world.start()

    assert watermark(world) == before
    world.sync_sweep()
    world.settle()

    assert world.stands("1") == (Outcome.HELD, Reason.DELETED_IN_ERP)
    assert [line.quantity for sale in world.retail.standing("2") for line in sale.lines] == [5]
    world.assert_one_sale_a_part(parts=6)
    assert world.sync_sweep().run.counts["orders_changed"] == 0
