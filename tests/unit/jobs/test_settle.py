"""How long a write stays unknown: absent twice, `settle` apart, the first not before its deadline + settle."""

import pytest

from syncd.domain.journal import EntryState
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import Sale
from syncd.errors import Unanswered
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import an_order
from tests.unit.jobs.world import World

SETTLE_S, DEADLINE_S = 180, 30


@pytest.fixture
def lost(world: World) -> World:
    """A create of which nobody knows whether it took place; it did not."""
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Unanswered("cut"))
    world.sync_orders()
    return world


def absent_once(world: World) -> bool:
    settling = world.entry().settling
    assert world.entry().state is EntryState.UNKNOWN
    return settling is not None and settling.absent_at is not None


def test_a_look_up_before_the_deadline_and_settle_proves_nothing(lost: World) -> None:
    lost.clock.advance(DEADLINE_S + SETTLE_S - 1)

    lost.sync_orders()

    assert not absent_once(lost)


def test_the_first_look_up_counts_from_the_deadline_and_settle_on(lost: World) -> None:
    lost.clock.advance(DEADLINE_S + SETTLE_S)

    lost.sync_orders()

    assert absent_once(lost)


@pytest.mark.parametrize(("wait_s", "sent"), [(SETTLE_S - 1, 1), (SETTLE_S, 2)], ids=["too-early", "settle-later"])
def test_the_second_look_up_counts_when_settle_has_passed(lost: World, wait_s: int, sent: int) -> None:
    lost.clock.advance(DEADLINE_S + SETTLE_S)
    lost.sync_orders()

    lost.clock.advance(wait_s)
    lost.sync_orders()

    assert len(lost.retail.asked) == sent


def test_a_new_process_keeps_the_time_that_has_passed(lost: World) -> None:
    lost.clock.advance(DEADLINE_S + SETTLE_S)
    lost.start()
    lost.sync_orders()
    lost.start()
    lost.clock.advance(SETTLE_S)

    lost.sync_orders()

    assert lost.entry().state is EntryState.DONE


@pytest.mark.parametrize(
    "looked_up_s", [DEADLINE_S, DEADLINE_S + SETTLE_S], ids=["before-the-first", "after-the-first"]
)
def test_a_reboot_begins_the_waiting_again(lost: World, looked_up_s: int) -> None:
    lost.clock.advance(looked_up_s)
    lost.sync_orders()

    lost.clock.advance(10 * SETTLE_S)
    lost.clock.reboot()
    lost.start()
    for _ in range(3):
        lost.sync_orders()
        lost.clock.advance(SETTLE_S - 1)
        assert len(lost.retail.asked) == 1

    lost.settle()
    assert len(lost.retail.asked) == 2
    lost.assert_at_rest()


@pytest.mark.parametrize("route", ["read_sales", "find_sales"])
def test_a_route_that_fails_leaves_it_unknown_however_late_it_is(lost: World, route: str) -> None:
    lost.clock.advance(DEADLINE_S + SETTLE_S)
    lost.sync_orders()
    lost.clock.advance(SETTLE_S)
    lost.retail.fail(route, Unanswered("down"), times=9)

    lost.sync_orders()

    assert lost.entry().state is EntryState.UNKNOWN
    assert len(lost.retail.asked) == 1


def test_a_sale_asked_for_by_its_id_in_vain_leaves_it_unknown(dated: World) -> None:
    dated.erp.place(an_order("SO1"))
    dated.retail.fail("create_sale", Unanswered("cut"))
    dated.sync_orders()
    dated.clock.advance(10_000)
    dated.sync_orders()
    dated.clock.advance(10_000)
    dated.retail.fail("read_sale", Unanswered("down"), times=9)

    dated.sync_orders()

    assert dated.entry().state is EntryState.UNKNOWN


@pytest.mark.parametrize("shown_by", ["id", "feed", "search"])
def test_one_route_that_shows_the_sale_is_enough(world: World, shown_by: str) -> None:
    if shown_by == "id" and not world.retail.keeps_client_ids:
        pytest.skip("classic gives its own ids")
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Unanswered("cut"), effect=Effect.DONE)
    world.retail.feed_lags = shown_by != "feed"

    world.sync_orders()

    assert len(world.retail.asked) == 1
    assert world.entry().state in (EntryState.ANSWERED, EntryState.DONE)
    world.retail.catch_up()
    world.settle()
    assert len(world.retail.asked) == 1
    world.assert_at_rest()


def test_a_sale_that_takes_place_between_the_look_ups_is_found(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Unanswered("cut"), effect=Effect.LATE)
    world.sync_orders()
    world.clock.advance(DEADLINE_S + SETTLE_S)
    world.sync_orders()

    world.retail.commit_late()
    world.settle()

    assert len(world.retail.asked) == 1
    world.assert_one_sale_a_part(parts=1)
    world.assert_at_rest()


def test_an_answered_sale_that_no_route_shows_becomes_unknown_and_is_not_doubled(world: World) -> None:
    def shown_nowhere(sale: Sale) -> Sale:
        world.retail.hidden_by_id.add(sale.id)
        world.retail.hidden_from_search.add(sale.id)
        return sale

    world.erp.place(an_order("SO1"))
    world.retail.next_sale.append(shown_nowhere)
    world.retail.feed_lags = True
    world.sync_orders()
    assert world.entry().state is EntryState.ANSWERED

    world.clock.advance(DEADLINE_S + SETTLE_S + 1)
    world.sync_orders()
    assert world.entry().state is EntryState.UNKNOWN
    world.retail.catch_up()
    world.settle()

    assert len(world.retail.asked) == 1
    world.assert_one_sale_a_part(parts=1)
    world.assert_at_rest()


def test_newer_readings_wait_in_the_inbox_while_a_write_is_open(lost: World) -> None:
    lost.erp.edit(lost.inbox().id, reference="WEB-NEW")

    lost.sync_orders()

    assert lost.inbox().seq == 2
    assert lost.inbox().planned_seq == 1
    assert lost.stands() == (Outcome.WAITING, Reason.SENDING)
    lost.settle()
    assert lost.inbox().planned_seq == 2
