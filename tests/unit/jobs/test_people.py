"""What persons decide, what brakes stop for them, and what shadow mode leaves alone."""

from dataclasses import replace
from decimal import Decimal

import pytest

from syncd.domain.catalogue import ReferenceKind
from syncd.domain.ids import OrderId
from syncd.domain.reasons import Outcome, Reason
from syncd.errors import NotSent, Refused, Unanswered
from syncd.jobs.given import Brakes, Mode
from syncd.jobs.orders import sync_orders
from syncd.jobs.run import run_job
from syncd.store import holds
from syncd.store.holds import Verb
from tests.fakes.memory_erp import MUG, THERE, a_line, an_order
from tests.fakes.memory_retail import a_product
from tests.unit.jobs.world import ACME, WIDGET, Died, Failpoints, World


@pytest.fixture
def refused(world: World) -> World:
    """An order whose create X-Series refused."""
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Refused("422", status=422))
    assert world.sync_orders().outcome == "held"
    return world


def test_what_was_refused_is_not_sent_again_by_itself(refused: World) -> None:
    for _ in range(3):
        refused.clock.advance(3600)
        assert refused.sync_orders().outcome == "done"

    assert len(refused.retail.asked) == 1
    assert refused.reasons() == [Reason.REFUSED]


def test_what_was_refused_is_tried_again_when_the_order_changed(refused: World) -> None:
    refused.erp.edit(OrderId("1"), a_line(MUG, 3))

    refused.settle()

    assert refused.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert refused.holds() == []


def test_what_was_refused_is_tried_again_when_the_settings_changed(refused: World) -> None:
    refused.use_names(fingerprint="settings-2")

    refused.settle()

    assert refused.stands() == (Outcome.SYNCED, Reason.STANDS)


def test_a_retry_is_consumed_once(refused: World) -> None:
    refused.retail.fail("create_sale", Refused("422 again", status=422))
    refused.say(Verb.RETRY)
    refused.settle()
    refused.settle()

    assert len(refused.retail.asked) == 2
    assert refused.reasons() != []
    refused.say(Verb.RETRY)
    refused.settle()
    assert refused.stands() == (Outcome.SYNCED, Reason.STANDS)
    refused.assert_at_rest()


def test_a_dropped_order_is_left_alone_and_not_held_again(refused: World) -> None:
    refused.say(Verb.DROP, why="sold by hand")
    refused.settle()

    assert refused.stands() == (Outcome.IGNORED, Reason.DROPPED)
    assert refused.inbox().detail == "by ada: sold by hand"
    assert refused.holds() == []
    assert len(refused.retail.asked) == 1
    refused.assert_at_rest()


@pytest.mark.parametrize("call", ["read_clock", "read_changed_orders"])
def test_a_retry_is_not_lost_when_the_erp_cannot_be_reached(refused: World, call: str) -> None:
    refused.say(Verb.RETRY)
    refused.erp.fail(call, NotSent("down"))
    assert refused.sync_orders().outcome == "failed"

    refused.settle()

    assert refused.stands() == (Outcome.SYNCED, Reason.STANDS)


def test_a_retry_is_not_lost_when_the_process_dies(refused: World) -> None:
    refused.say(Verb.RETRY)
    refused.start(at=Failpoints("feed.page_kept", 1))
    with pytest.raises(Died):
        refused.sync_orders()

    refused.start()
    refused.settle()

    assert refused.stands() == (Outcome.SYNCED, Reason.STANDS)


def test_a_retry_is_not_lost_when_the_run_is_braked(refused: World) -> None:
    refused.say(Verb.RETRY)
    for number in range(2, 5):
        refused.erp.place(an_order(f"SO{number}"))
    refused.use(brakes=Brakes(creates=2, voids=9, value=Decimal(9999), deleted=9))
    assert refused.sync_orders().outcome == "braked"

    refused.use(brakes=Brakes(creates=9, voids=9, value=Decimal(9999), deleted=9))
    refused.settle()

    assert refused.stands() == (Outcome.SYNCED, Reason.STANDS)


def test_an_unknown_sku_holds_the_order_until_the_catalogue_has_it(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(WIDGET)))
    world.settle()
    assert world.stands() == (Outcome.HELD, Reason.UNKNOWN_SKU)
    assert world.retail.asked == []

    world.retail.products[WIDGET] = a_product(WIDGET, version=2)
    assert world.sync_catalogue().outcome == "done"
    world.settle()

    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert world.holds() == []
    world.assert_at_rest()


@pytest.mark.parametrize(
    "brakes",
    [
        pytest.param(Brakes(creates=2, voids=9, value=Decimal(9999), deleted=9), id="too-many-creates"),
        pytest.param(Brakes(creates=9, voids=9, value=Decimal("68.99"), deleted=9), id="too-much-value"),
    ],
)
def test_a_plan_too_large_to_be_true_stops_and_passes_once_when_approved(world: World, brakes: Brakes) -> None:
    world.use(brakes=brakes)
    for number in range(1, 4):
        world.erp.place(an_order(f"SO{number}"))

    result = world.sync_orders()

    assert result.outcome == "braked"
    assert world.retail.asked == []
    assert world.open_entries() == []
    assert world.reasons() == [Reason.BRAKE]
    assert f"syncd holds approve {world.holds()[0].id}" in result.run.lines[-1]
    world.say(Verb.APPROVE)
    assert world.sync_orders().outcome == "done"
    world.settle()
    world.assert_one_sale_a_part(parts=3)
    assert world.holds() == []


def test_too_many_voids_stop(world: World) -> None:
    for number in range(1, 4):
        world.erp.place(an_order(f"SO{number}"))
    world.settle()
    world.use(brakes=Brakes(creates=9, voids=2, value=Decimal(9999), deleted=9))
    for number in range(1, 4):
        world.erp.cancel(OrderId(str(number)))

    assert world.sync_orders().outcome == "braked"

    assert len(world.retail.standing()) == 3


def test_a_plan_exactly_at_its_brake_passes(world: World) -> None:
    world.use(brakes=Brakes(creates=2, voids=0, value=Decimal("46.00"), deleted=9))
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2"))

    assert world.sync_orders().outcome == "done"


def test_an_approval_is_for_the_whole_plan_and_not_used_up_by_one_order(world: World) -> None:
    world.use(brakes=Brakes(creates=2, voids=9, value=Decimal(9999), deleted=9))
    for number in range(1, 5):
        world.erp.place(an_order(f"SO{number}"))
    assert world.sync_orders().outcome == "braked"
    world.say(Verb.APPROVE)

    assert world.sync_orders(references=["SO1"]).outcome == "done"

    assert len(world.retail.standing()) == 1
    assert world.sync_orders().outcome == "done"
    world.settle()
    world.assert_one_sale_a_part(parts=4)
    assert world.holds() == []


def test_an_approval_lets_no_orders_by_name_over_the_brake(world: World) -> None:
    world.use(brakes=Brakes(creates=1, voids=9, value=Decimal(9999), deleted=9))
    for number in range(1, 4):
        world.erp.place(an_order(f"SO{number}"))
    world.sync_orders()
    world.say(Verb.APPROVE)

    assert world.sync_orders(references=["SO1", "SO2"]).outcome == "braked"

    assert world.retail.asked == []


def test_the_brake_is_over_when_the_plan_is_small_again(world: World) -> None:
    world.use(brakes=Brakes(creates=1, voids=9, value=Decimal(9999), deleted=9))
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2"))
    assert world.sync_orders().outcome == "braked"

    world.erp.cancel(OrderId("2"))
    world.settle()

    assert world.holds() == []
    assert world.stands("1") == (Outcome.SYNCED, Reason.STANDS)


def test_a_run_counts_against_its_brake_over_all_its_rounds(world: World) -> None:
    """Brakes are per run (DESIGN 4): a move makes its create in a later round than its void."""
    world.erp.place(an_order("SO1"))
    world.settle()
    world.use(brakes=Brakes(creates=1, voids=9, value=Decimal(9999), deleted=9))
    world.erp.move(OrderId("1"), THERE)
    world.erp.place(an_order("SO2"))
    before = len(world.retail.asked)

    world.sync_orders()

    creates = [call for call, _ in world.retail.asked[before:] if call == "create_sale"]
    assert len(creates) <= 1


def test_shadow_mode_writes_nothing_and_no_journal_entry(world: World) -> None:
    world.use(orders_mode=Mode.SHADOW)
    world.erp.place(an_order("SO1"))

    world.sync_orders()

    assert world.stands() == (Outcome.WAITING, Reason.SHADOW)
    assert world.entries() == []
    assert world.retail.asked == []
    assert sum(world.counts().values()) == 1
    world.use(orders_mode=Mode.LIVE)
    world.settle()
    world.assert_one_sale_a_part(parts=1)
    world.assert_at_rest()


def test_going_back_to_shadow_looks_open_entries_up_and_sends_nothing(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Unanswered("cut"))
    world.sync_orders()
    world.use(orders_mode=Mode.SHADOW)

    for _ in range(5):
        world.clock.advance(211)
        world.sync_orders()

    assert len(world.retail.asked) == 1


def test_a_stopping_process_begins_no_further_write(dated: World) -> None:
    for number in range(1, 5):
        dated.erp.place(an_order(f"SO{number}"))
    given = replace(dated.given, stopping=lambda: len(dated.retail.asked) >= 2)

    run_job(given, "orders", sync_orders, command="test")

    assert len(dated.retail.asked) == 2
    dated.settle()
    dated.assert_one_sale_a_part(parts=4)
    dated.assert_at_rest()


def test_a_name_that_means_another_thing_stops_the_job_until_a_person_accepts_it(world: World) -> None:
    world.settle()
    world.retail.references = [
        replace(one, id="tax-new") if one.kind is ReferenceKind.TAX and one.name == "GST" else one
        for one in world.retail.references
    ]
    world.sync_catalogue()

    assert world.sync_orders().outcome == "misconfigured"
    assert world.reasons() == [Reason.MAP_CHANGED]
    world.say(Verb.RETRY)
    assert world.sync_orders().outcome == "done"
    assert world.holds() == []


def test_another_process_at_work_is_named_and_nothing_is_done(world: World) -> None:
    world.erp.place(an_order("SO1"))

    with world.given.locks.writer("syncd run"):
        result = world.sync_orders()

    assert result.outcome == "locked"
    assert "`syncd run`" in result.message
    assert world.retail.asked == []


def test_a_defect_ends_the_run_and_not_the_caller(world: World) -> None:
    world.erp.fail("read_clock", ZeroDivisionError("ours"))

    result = world.sync_orders()

    assert (result.outcome, result.message) == ("failed", "ZeroDivisionError: ours")


def test_a_newer_revision_of_a_held_order_is_planned_and_closes_its_hold(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(WIDGET, 1)))
    world.settle()
    assert world.stands() == (Outcome.HELD, Reason.UNKNOWN_SKU)

    world.erp.edit(OrderId("1"), a_line(MUG, 1))
    world.settle()

    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    with world.given.database.read() as tx:
        (hold,) = holds.of_order(tx, ACME, OrderId("1"))
    assert hold.closed_because.startswith("a newer revision was read")
