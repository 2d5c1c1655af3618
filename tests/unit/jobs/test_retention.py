"""Whose an order was is kept as long as `orders.retention`; what keeps it from happening twice is kept for ever."""

import shutil
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from syncd.domain.customers import CustomerMode
from syncd.domain.ids import OrderId
from syncd.domain.journal import Action, EntryState
from syncd.domain.orders import OrderState
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import Returns
from syncd.errors import Refused, Unanswered
from syncd.jobs import retention
from syncd.jobs.given import Brakes
from syncd.store.holds import Verb
from tests.fakes.memory_erp import MUG, NOON, a_line, an_order
from tests.unit.jobs.told import story_of
from tests.unit.jobs.world import WIDGET, World

KEEP = timedelta(days=30)
PERSONAL = ("Ada Lane", "ada@example.test", "Quay Street", '"C1"', '"c1"', "customer-1")
DONE, VOIDED = (Outcome.SYNCED, Reason.HANDED_OVER), (Outcome.SYNCED, Reason.VOIDED)
RETURNED = (Outcome.SYNCED, Reason.RETURNED)


@pytest.fixture
def keeping(world: World) -> World:
    world.use(retention=KEEP)
    world.use_names(customers=CustomerMode.MATCH_OR_CREATE)
    return world


def dump(world: World) -> str:
    """Every row of every table but the one that finds customers, which holds digests."""
    with world.given.database.read() as tx:
        tables = [row[0] for row in tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = (tx.exec_driver_sql(f"SELECT * FROM {table}") for table in tables if table != "customers")
        return repr([tuple(row) for found in rows for row in found])


def told(world: World) -> list[str]:
    return [word for word in PERSONAL if word in dump(world)]


def later(world: World, wait: timedelta = KEEP) -> None:
    world.clock.advance(wait)
    world.settle()


@pytest.fixture
def finished(keeping: World) -> World:
    """One order handed over, one edited and cancelled; nothing is left to do."""
    keeping.erp.place(an_order("SO1"))
    keeping.erp.place(an_order("SO2"))
    keeping.settle()
    keeping.retail.hand_over(keeping.retail.standing("1")[0].id)
    keeping.erp.edit(OrderId("2"), a_line(MUG, 3))
    keeping.settle()
    keeping.erp.cancel(OrderId("2"))
    keeping.settle()
    assert (keeping.stands("1"), keeping.stands("2")) == (DONE, VOIDED)
    assert told(keeping)
    return keeping


def test_nobody_is_named_any_more_once_everything_is_finished_for_so_long(finished: World) -> None:
    later(finished)

    assert told(finished) == []
    assert (finished.stands("1"), finished.stands("2")) == (DONE, VOIDED)
    finished.assert_at_rest()


def test_a_return_that_was_made_for_the_erp_is_forgotten_too_and_not_made_again(finished: World) -> None:
    finished.use_names(returns=Returns.CREATE)
    finished.erp.place(an_order("SO9", a_line(MUG, -1), return_of=OrderId("1"), paid=True))
    finished.settle()
    assert finished.stands("9") == RETURNED
    before = finished.all_that_was_done()

    later(finished)
    assert (told(finished), finished.stands("9")) == ([], RETURNED)
    finished.erp.edit(OrderId("9"), reference="received")
    finished.settle()

    assert finished.stands("9") == RETURNED
    assert finished.all_that_was_done() == before


def test_a_return_that_somebody_voids_after_it_is_forgotten_is_not_refunded_again(finished: World) -> None:
    finished.use_names(returns=Returns.CREATE)
    finished.erp.place(an_order("SO9", a_line(MUG, -1), return_of=OrderId("1"), paid=True))
    finished.settle()
    later(finished)
    assert [entry.action for entry in finished.entries("9")] == [Action.FINISH_RETURN]
    finished.retail.void_by_hand(next(one.id for one in finished.retail.sales.values() if one.return_for))
    before = finished.all_that_was_done()

    finished.erp.edit(OrderId("9"), reference="received")
    finished.settle()

    assert finished.stands("9") == (Outcome.HELD, Reason.VOIDED_BY_HAND)
    assert finished.all_that_was_done() == before


def test_what_is_finished_for_less_is_still_known(finished: World) -> None:
    later(finished, KEEP - timedelta(days=1))

    assert told(finished)


def test_of_the_journal_the_newest_entry_of_each_subject_stays(finished: World) -> None:
    before = {entry.subject: entry.k for entry in finished.entries()}

    later(finished)

    kept = finished.entries()
    assert {entry.subject: entry.k for entry in kept} == before
    assert len(kept) == len(before)
    assert {entry.state for entry in kept} == {EntryState.DONE}


def test_links_and_identities_stay_and_nothing_happens_twice(finished: World) -> None:
    later(finished)
    finished.retail.feed_lags = False

    finished.erp.edit(OrderId("1"), changed_at=finished.clock.now())
    finished.settle()
    finished.erp.edit(OrderId("2"), state=OrderState.PROCESSING)
    finished.settle()

    sources = [sale.source_id.rpartition("/")[2] for sale in finished.retail.sales.values()]
    assert sorted(sources) == ["1", "1", "2"]
    finished.assert_one_sale_a_part(parts=2)
    assert {sale.customer for sale in finished.retail.standing()} == {"customer-1"}
    finished.assert_at_rest()


@pytest.mark.parametrize(
    "make_busy",
    [
        pytest.param(lambda world: world.erp.place(an_order("SO1")), id="its-sale-stands"),
        pytest.param(lambda world: world.erp.place(an_order("SO1", a_line(WIDGET))), id="held"),
        pytest.param(lambda world: world.erp.place(an_order("SO1", undecided=True)), id="undecided-in-the-erp"),
    ],
)
def test_an_order_that_is_not_finished_is_known_however_old_it_is(keeping: World, make_busy) -> None:
    make_busy(keeping)
    keeping.settle()

    later(keeping, 3 * KEEP)

    assert "Ada Lane" in dump(keeping)


def test_an_order_that_no_rule_lets_in_is_forgotten_too(keeping: World) -> None:
    keeping.erp.place(an_order("SO1", at=NOON - timedelta(days=9)))
    keeping.settle()
    assert keeping.stands() == (Outcome.IGNORED, Reason.BEFORE_START)

    later(keeping)

    assert told(keeping) == []


def test_an_order_that_was_let_in_after_it_was_forgotten_is_read_whole_first(keeping: World) -> None:
    keeping.erp.place(an_order("SO1", at=NOON - timedelta(days=9)))
    keeping.settle()
    later(keeping)

    keeping.use_names(start=NOON - timedelta(days=20), fingerprint="settings-2")
    keeping.settle()

    (sale,) = keeping.retail.standing()
    assert sale.customer == "customer-1"
    assert told(keeping)
    keeping.assert_at_rest()


def test_a_dropped_order_is_forgotten_and_stays_dropped(keeping: World) -> None:
    keeping.retail.fail("create_sale", Refused("422", status=422, body="Ada Lane has no address"))
    keeping.erp.place(an_order("SO1"))
    keeping.settle()
    keeping.say(Verb.DROP)
    keeping.settle()
    later(keeping, KEEP - timedelta(days=1))
    assert told(keeping)

    later(keeping, timedelta(days=2))

    assert told(keeping) == []
    assert keeping.stands() == (Outcome.IGNORED, Reason.DROPPED)
    assert len(keeping.retail.asked) == 2
    keeping.assert_at_rest()


def test_a_forgotten_order_that_is_retried_is_read_whole_first(keeping: World) -> None:
    keeping.retail.fail("create_sale", Refused("422", status=422))
    keeping.erp.place(an_order("SO1"))
    keeping.settle()
    hold = keeping.holds()[0].id
    keeping.say(Verb.DROP)
    keeping.settle()
    later(keeping)
    later(keeping, timedelta(days=1))
    assert told(keeping) == []

    keeping.say(Verb.RETRY, hold)
    keeping.settle()

    (sale,) = keeping.retail.standing()
    assert sale.customer == "customer-1"


def test_a_sale_voided_by_hand_long_after_is_held_and_made_again_only_whole(finished: World) -> None:
    later(finished)
    finished.retail.void_by_hand(finished.retail.sales_of(OrderId("1"))[0].id)
    finished.settle()
    assert finished.stands("1") == (Outcome.HELD, Reason.VOIDED_BY_HAND)

    finished.say(Verb.RETRY)
    finished.settle()

    assert [sale.customer for sale in finished.retail.standing("1")] == ["customer-1"]


def test_reading_an_old_order_again_brings_nobody_back(finished: World) -> None:
    later(finished)

    finished.sync_orders(references=["SO1"])

    assert told(finished) == []


def test_a_change_long_after_is_known_again_until_it_is_old(finished: World) -> None:
    later(finished)
    finished.erp.edit(OrderId("1"), reference="WEB-9")
    finished.settle()
    assert told(finished)

    later(finished)
    later(finished, timedelta(days=1))

    assert told(finished) == []


def test_what_is_forgotten_once_is_not_rewritten_every_day(finished: World) -> None:
    later(finished)

    runs = []
    for _ in range(3):
        finished.clock.advance(timedelta(days=1))
        runs.append(finished.sync_orders().run.counts["orders_forgotten"])

    assert runs == [0, 0, 0]


def test_many_are_forgotten_a_few_at_a_time(keeping: World, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [an_order(f"SO{number}", at=NOON - timedelta(days=9)) for number in range(1, 8)]
    for order in orders:
        keeping.erp.place(order)
    keeping.settle()
    monkeypatch.setattr(retention, "FORGOTTEN_TOGETHER", 2)
    monkeypatch.setattr(retention, "BATCHES_A_RUN_MAX", 2)
    keeping.clock.advance(KEEP)

    runs = [keeping.sync_orders().run.counts["orders_forgotten"] for _ in range(3)]

    assert runs == [4, 3, 0]
    assert told(keeping) == []


def test_old_runs_and_closed_holds_go_and_the_newest_run_of_each_job_stays(keeping: World) -> None:
    keeping.sync_catalogue()
    keeping.erp.place(an_order("SO1", a_line(WIDGET)))
    keeping.settle()
    keeping.erp.cancel(OrderId("1"))
    keeping.settle()
    before = dump(keeping).count("catalogue")

    later(keeping)
    later(keeping, timedelta(days=2))

    with keeping.given.database.read() as tx:
        runs = tx.exec_driver_sql("SELECT job, started_at FROM runs ORDER BY id").fetchall()
        holds = tx.exec_driver_sql("SELECT * FROM holds").fetchall()
    assert holds == []
    assert [job for job, _ in runs].count("catalogue") == 1
    assert len([job for job, _ in runs if job == "orders"]) <= 4
    assert before


def test_an_order_may_have_no_customer_at_all(keeping: World) -> None:
    nobody = replace(an_order("SO1").customer, code="", email="", name="")
    keeping.erp.place(an_order("SO1", customer=nobody))
    keeping.settle()
    keeping.erp.cancel(OrderId("1"))
    keeping.settle()

    later(keeping)

    assert keeping.stands() == VOIDED
    keeping.assert_at_rest()


def test_what_an_answer_said_about_a_person_is_forgotten_with_the_order(keeping: World) -> None:
    keeping.retail.fail("create_sale", Unanswered("cut", body="Ada Lane of Quay Street"))
    keeping.erp.place(an_order("SO1", comment="Ada Lane rings twice"))
    keeping.settle()
    keeping.erp.cancel(OrderId("1"))
    keeping.settle()
    assert told(keeping)

    later(keeping)

    assert told(keeping) == []
    assert keeping.stands() == VOIDED


def test_to_be_read_whole_again_is_no_change_that_anybody_made(keeping: World) -> None:
    keeping.erp.place(an_order("SO1", at=NOON - timedelta(days=9)))
    keeping.settle()
    later(keeping)

    keeping.use_names(start=NOON - timedelta(days=20), fingerprint="settings-2")
    keeping.settle()

    assert [one["changes"] for one in story_of(keeping)["erp"]["revisions"]] == [("nothing that is told here",)]


def test_brakes_count_an_order_that_is_read_whole_first_once(keeping: World) -> None:
    keeping.use(brakes=Brakes(creates=2, voids=9, value=Decimal("46.00"), deleted=9))
    for number in range(1, 3):
        keeping.erp.place(an_order(f"SO{number}", at=NOON - timedelta(days=9)))
    keeping.settle()
    later(keeping)

    keeping.use_names(start=NOON - timedelta(days=20), fingerprint="settings-2")
    outcomes = [keeping.sync_orders().outcome for _ in range(2)]

    assert outcomes == ["done", "done"]
    keeping.assert_one_sale_a_part(parts=2)


def test_a_forgotten_order_that_the_erp_has_deleted_is_not_waited_for(keeping: World) -> None:
    keeping.erp.place(an_order("SO1", at=NOON - timedelta(days=9)))
    keeping.settle()
    later(keeping)

    keeping.erp.delete(OrderId("1"))
    keeping.use_names(start=NOON - timedelta(days=20), fingerprint="settings-2")
    keeping.settle()

    assert keeping.stands() == (Outcome.IGNORED, Reason.DELETED)
    assert keeping.retail.standing() == []
    assert keeping.open_entries() == []
    assert keeping.sync_orders().run.counts["orders_gone"] == 0


def test_a_sale_whose_order_the_erp_does_not_have_names_nobody_in_the_end(keeping: World, template: Path) -> None:
    keeping.erp.place(an_order("SO1"))
    keeping.settle()
    keeping.erp.delete(OrderId("1"))
    keeping.close()
    shutil.copy(template, keeping.path)
    for ending in ("-wal", "-shm"):
        keeping.path.with_name(keeping.path.name + ending).unlink(missing_ok=True)
    keeping.start()
    keeping.settle()
    later(keeping)
    assert "Ada Lane" in told(keeping)

    keeping.say(Verb.DROP)
    keeping.sync_orders()
    later(keeping, KEEP + timedelta(days=2))

    assert told(keeping) == []
