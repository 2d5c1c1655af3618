"""A store of yesterday, however it came back, makes no second sale and loses no change."""

import copy as copying
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.domain.customers import CustomerMode
from syncd.domain.ids import OrderId, SaleId
from syncd.domain.journal import EntryState
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import SaleState
from syncd.errors import NotSent, Refused, Unanswered, WriterLost
from syncd.jobs.given import Brakes
from syncd.store import copy, journal
from syncd.store.holds import Verb
from syncd.store.journal import Pen
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import CAP, HERE, MUG, NOON, THERE, a_line, an_order
from tests.unit.jobs.test_deaths import POINTS, is_passed_by
from tests.unit.jobs.world import ACME, NO_RUN, World, a_world

FIRST = OrderId("1")
ROOMS_OF_ENTRIES = ("decide", "apply", "lookup", "verify")  # what stands in the journal differs from line to line
LINES = [
    point if point.partition(".")[0] in ROOMS_OF_ENTRIES else pytest.param(point, marks=pytest.mark.slow)
    for point in POINTS
    if not point.startswith("catalogue.")  # read once, before the morning begins
]
Restore = Callable[[World, Path], None]


def keep(world: World, name: str = "yesterday.db") -> Path:
    """A copy of the store as it is now."""
    path = world.path.with_name(name)
    with closing(sqlite3.connect(world.path)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return path


def by_hand(world: World, kept: Path) -> None:
    """Somebody copies the file over the other one."""
    world.close()
    for ending in ("-wal", "-shm"):
        world.path.with_name(world.path.name + ending).unlink(missing_ok=True)
    shutil.copy(kept, world.path)
    world.start()


def by_command(world: World, kept: Path) -> None:
    copy.restore(world.path, kept, ACME, holder="store restore", now=world.clock.now())
    world.start()


@pytest.fixture(params=[by_hand, by_command], ids=["by-hand", "by-command"])
def restore(request: pytest.FixtureRequest) -> Restore:
    restored: Restore = request.param
    return restored


@pytest.fixture
def stood(world: World) -> World:
    world.erp.place(an_order("SO1"))
    world.settle()
    return world


def the_sale(world: World, order: str = "1") -> SaleId:
    [sale] = world.retail.standing(order)
    return sale.id


def quantities(world: World, order: str = "1") -> list[int]:
    return [int(line.quantity) for sale in world.retail.standing(order) for line in sale.lines]


def assert_synced(world: World, reason: Reason = Reason.STANDS) -> None:
    assert world.stands() == (Outcome.SYNCED, reason)
    world.assert_at_rest()


# -- what happened since


def test_before_a_create(world: World, restore: Restore) -> None:
    kept = keep(world)
    world.erp.place(an_order("SO1"))
    world.settle()

    restore(world, kept)
    world.settle()

    assert len(world.retail.asked) == 1
    assert_synced(world)


def test_before_an_update(stood: World, restore: Restore) -> None:
    kept = keep(stood)
    stood.erp.edit(FIRST, a_line(MUG, 5))
    stood.settle()

    restore(stood, kept)
    stood.settle()

    assert (len(stood.retail.asked), quantities(stood)) == (2, [5])
    assert_synced(stood)


def test_before_an_update_and_another_since(stood: World, restore: Restore) -> None:
    """The ERP's newest word is not lost, though the store knows neither of the two."""
    kept = keep(stood)
    stood.erp.edit(FIRST, a_line(MUG, 5))
    stood.settle()
    restore(stood, kept)
    stood.erp.edit(FIRST, a_line(MUG, 7))

    stood.settle()

    # What the sale of 5 was made of is lost with the store: a person judges it, and nothing is overwritten.
    assert stood.stands() == (Outcome.HELD, Reason.EDITED_AT_TILL)
    assert quantities(stood) == [5]
    stood.assert_at_rest()


def test_before_a_void(stood: World, restore: Restore) -> None:
    kept = keep(stood)
    stood.erp.cancel(FIRST)
    stood.settle()

    restore(stood, kept)
    stood.settle()

    assert (len(stood.retail.asked), stood.retail.standing()) == (2, [])
    assert_synced(stood, Reason.VOIDED)


def test_before_a_cancellation_that_was_not_followed_yet(stood: World, restore: Restore) -> None:
    kept = keep(stood)
    restore(stood, kept)
    stood.erp.cancel(FIRST)

    stood.settle()

    assert stood.retail.standing() == []
    assert_synced(stood, Reason.VOIDED)


def test_before_a_completion(stood: World, restore: Restore) -> None:
    kept = keep(stood)
    stood.retail.hand_over(the_sale(stood))
    stood.settle()

    restore(stood, kept)
    stood.settle()

    assert [shipment for shipment, _ in stood.erp.completed] == [f"1@{HERE}"]
    assert_synced(stood, Reason.HANDED_OVER)


def test_before_a_hand_over_that_was_not_completed_yet(stood: World, restore: Restore) -> None:
    kept = keep(stood)
    stood.retail.hand_over(the_sale(stood))
    stood.sync_orders()

    restore(stood, kept)
    stood.settle()

    assert [shipment for shipment, _ in stood.erp.completed] == [f"1@{HERE}"]
    assert_synced(stood, Reason.HANDED_OVER)


def test_before_a_move(stood: World, restore: Restore) -> None:
    kept = keep(stood)
    stood.erp.move(FIRST, THERE)
    stood.settle()
    sales = dict(stood.retail.sales)

    restore(stood, kept)
    stood.settle()

    assert stood.retail.sales == sales
    stood.assert_one_sale_a_part(parts=1)
    assert_synced(stood)


def test_between_the_two_steps_of_a_move(stood: World, restore: Restore) -> None:
    stood.retail.fail("create_sale", NotSent("down"), times=2)
    stood.erp.move(FIRST, THERE)
    stood.sync_orders()
    kept = keep(stood)
    stood.clock.advance(300)
    stood.settle()
    sales = dict(stood.retail.sales)

    restore(stood, kept)
    stood.settle()

    assert stood.retail.sales == sales
    stood.assert_one_sale_a_part(parts=1)
    assert_synced(stood)


def test_before_the_second_generation(stood: World, restore: Restore) -> None:
    kept = keep(stood)
    stood.retail.void_by_hand(the_sale(stood))
    stood.settle()
    stood.say(Verb.RETRY)
    stood.settle()

    restore(stood, kept)
    stood.settle()

    assert [sale.invoice_number for sale in stood.retail.standing()] == ["SO1-v2"]
    assert len(stood.retail.asked) == 2
    assert_synced(stood)


def test_between_a_void_by_hand_and_the_second_generation(stood: World, restore: Restore) -> None:
    stood.retail.void_by_hand(the_sale(stood))
    stood.settle()
    kept = keep(stood)
    stood.say(Verb.RETRY)
    stood.settle()

    restore(stood, kept)
    stood.settle()

    assert len(stood.retail.asked) == 2
    assert_synced(stood)


def test_with_the_retry_of_a_hold_still_to_be_taken_up(stood: World, restore: Restore) -> None:
    """The decision was consumed since: taking it up a second time makes no third sale."""
    stood.retail.void_by_hand(the_sale(stood))
    stood.settle()
    stood.say(Verb.RETRY)
    kept = keep(stood)
    stood.settle()

    restore(stood, kept)
    stood.settle()

    assert [sale.invoice_number for sale in stood.retail.standing()] == ["SO1-v2"]
    assert len(stood.retail.asked) == 2
    assert_synced(stood)


def test_before_a_person_voided_the_sale(stood: World, restore: Restore) -> None:
    kept = keep(stood)
    stood.retail.void_by_hand(the_sale(stood))
    stood.settle()

    restore(stood, kept)
    stood.settle()

    assert stood.stands() == (Outcome.HELD, Reason.VOIDED_BY_HAND)
    assert len(stood.retail.asked) == 1


def test_before_a_hold_was_dropped(world: World, restore: Restore) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Refused("422", status=422))
    world.settle()
    kept = keep(world)
    world.say(Verb.DROP)
    world.settle()

    restore(world, kept)
    world.settle()

    assert world.stands() == (Outcome.HELD, Reason.REFUSED)
    assert len(world.retail.asked) == 1
    world.assert_at_rest()


def test_before_a_brake_was_approved(world: World, restore: Restore) -> None:
    world.use(brakes=Brakes(creates=1, voids=1, value=world.settings.brakes.value, deleted=9))
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2"))
    assert world.sync_orders().outcome == "braked"
    kept = keep(world)
    world.say(Verb.APPROVE)
    world.settle()
    assert len(world.retail.asked) == 2

    restore(world, kept)
    world.settle()

    assert len(world.retail.asked) == 2
    assert world.counts() == {(Outcome.SYNCED, Reason.STANDS): 2}
    assert world.holds() == []
    world.assert_at_rest()


# -- with something under way in it


def test_with_a_create_waiting_that_was_sent_since(world: World, restore: Restore) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", NotSent("down"))
    world.sync_orders()
    assert world.entry().state is EntryState.WAITING
    kept = keep(world)
    world.clock.advance(300)
    world.settle()

    restore(world, kept)
    world.settle()

    assert len(world.retail.writes) == 1
    assert_synced(world)


def test_with_a_create_waiting_whose_sale_was_voided_by_hand_since(world: World, restore: Restore) -> None:
    """It was made, and a person took it away: it is not made again."""
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", NotSent("down"))
    world.sync_orders()
    kept = keep(world)
    world.clock.advance(300)
    world.settle()
    world.retail.void_by_hand(the_sale(world))

    restore(world, kept)
    world.settle()

    assert world.stands() == (Outcome.HELD, Reason.VOIDED_BY_HAND)
    assert [call for call, _ in world.retail.writes] == ["create_sale"]
    world.assert_at_rest()


def test_with_a_create_waiting_whose_sale_was_handed_over_since(world: World, restore: Restore) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", NotSent("down"))
    world.sync_orders()
    kept = keep(world)
    world.clock.advance(300)
    world.settle()
    world.retail.hand_over(the_sale(world))
    world.settle()

    restore(world, kept)
    world.settle()

    assert [call for call, _ in world.retail.writes] == ["create_sale"]
    assert len(world.erp.completed) == 1
    assert_synced(world, Reason.HANDED_OVER)


@pytest.mark.parametrize("effect", [Effect.LATE, Effect.NONE], ids=["done-late", "not-done"])
def test_with_a_create_unknown_that_was_settled_since(world: World, restore: Restore, effect: Effect) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Unanswered("cut"), effect=effect)
    world.sync_orders()
    assert world.entry().state is EntryState.UNKNOWN
    kept = keep(world)
    world.retail.commit_late()
    world.settle()
    made = [sale for call, sale in world.retail.writes if call == "create_sale"]

    restore(world, kept)
    world.settle()

    assert [sale for call, sale in world.retail.writes if call == "create_sale"] == made
    assert_synced(world)


def test_with_an_update_waiting_that_was_overtaken_since(stood: World, restore: Restore) -> None:
    stood.retail.fail("update_sale", NotSent("down"))
    stood.erp.edit(FIRST, a_line(MUG, 5))
    stood.sync_orders()
    kept = keep(stood)
    stood.clock.advance(300)
    stood.settle()
    stood.erp.edit(FIRST, a_line(MUG, 7))
    stood.settle()
    assert quantities(stood) == [7]

    restore(stood, kept)
    stood.settle()

    # The update to 5 is never sent over the 7.
    assert quantities(stood) == [7]
    assert [call for call, _ in stood.retail.writes].count("update_sale") == 2
    stood.assert_at_rest()


def test_with_a_void_waiting_that_was_done_since(stood: World, restore: Restore) -> None:
    stood.retail.fail("void_sale", NotSent("down"))
    stood.erp.cancel(FIRST)
    stood.sync_orders()
    kept = keep(stood)
    stood.clock.advance(300)
    stood.settle()

    restore(stood, kept)
    stood.settle()

    assert [call for call, _ in stood.retail.writes] == ["create_sale", "void_sale"]
    assert_synced(stood, Reason.VOIDED)


def test_with_a_completion_waiting_that_was_done_since(stood: World, restore: Restore) -> None:
    stood.retail.hand_over(the_sale(stood))
    stood.erp.fail("complete_shipment", NotSent("down"))
    stood.sync_both()
    kept = keep(stood)
    stood.clock.advance(300)
    stood.settle()

    restore(stood, kept)
    stood.settle()

    assert len(stood.erp.completed) == 1
    assert_synced(stood, Reason.HANDED_OVER)


class Busy:
    """A morning with all kinds of changes, in one dialect: made once and copied."""

    def __init__(self, template: Path, folder: Path, *, keeps_client_ids: bool) -> None:
        world = a_world(template, folder, keeps_client_ids=keeps_client_ids)
        for number in range(3, 7):
            world.erp.place(an_order(f"SO{number}"))
        world.settle()
        world.close()
        self.store, self.sides = world.path, (world.clock, world.erp, world.retail)

    def begin(self, folder: Path) -> World:
        shutil.copy(self.store, folder / "acme.db")
        world = World(folder / "acme.db", keeps_client_ids=self.sides[2].keeps_client_ids)
        world.clock, world.erp, world.retail = copying.deepcopy(self.sides)
        world.use_names(customers=CustomerMode.MATCH_OR_CREATE)
        world.use(retention=timedelta(minutes=1))
        world.retail.fail("create_customer", Unanswered("cut"), effect=Effect.DONE)
        world.erp.place(an_order("SO1"))
        world.erp.place(an_order("SO2", a_line(MUG, 1), a_line(CAP, 1, line="2", location=THERE)))
        world.erp.edit(OrderId("3"), a_line(MUG, 7))
        world.erp.cancel(OrderId("4"))
        world.erp.move(OrderId("5"), THERE)
        world.retail.hand_over(the_sale(world, "6"))
        world.retail.fail("create_sale", Unanswered("cut"), effect=Effect.DONE, of="SO1")
        world.retail.fail("void_sale", Unanswered("cut"))
        world.retail.fail("update_sale", Unanswered("cut"), effect=Effect.DONE)
        world.erp.fail("complete_shipment", Unanswered("cut"), effect=Effect.DONE)
        return world


@pytest.fixture(scope="module", params=[True, pytest.param(False, marks=pytest.mark.slow)], ids=["dated", "classic"])
def busy(request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Busy:
    return Busy(template, tmp_path_factory.mktemp("busy"), keeps_client_ids=request.param)


@pytest.mark.parametrize("restored", [by_command, pytest.param(by_hand, marks=pytest.mark.slow)])
@pytest.mark.parametrize("point", LINES)
def test_a_store_kept_at_any_line_makes_nothing_twice(busy: Busy, folder: Path, point: str, restored: Restore) -> None:
    """With entries waiting, sending, unknown and answered in it, of every kind of write."""
    world = busy.begin(folder)
    kept: list[Path] = []

    def keep_here(passed: str) -> None:
        if passed == point and not kept:
            kept.append(keep(world))

    world.start(at=keep_here)
    world.sync_sweep()
    world.settle()
    sales = {sale.id: sale.state for sale in world.retail.sales.values()}

    if not kept:
        assert is_passed_by(point, world)
        world.close()
        return
    restored(world, kept[0])
    world.settle()

    assert len(world.retail.customers) == 1
    assert {sale.id: sale.state for sale in world.retail.sales.values()} == sales
    world.assert_one_sale_a_part(parts=6)
    assert (quantities(world, "3"), len(world.erp.completed)) == ([7], 1)
    assert world.reasons() == []
    assert {outcome for outcome, _ in world.counts()} == {Outcome.SYNCED}
    world.assert_at_rest()
    world.close()


def test_an_empty_store_after_everything(busy: Busy, folder: Path) -> None:
    world = busy.begin(folder)
    world.settle()
    sales, completed = dict(world.retail.sales), list(world.erp.completed)
    world.close()
    for file in folder.glob("acme.db*"):
        file.unlink()
    world.start()
    world.sync_catalogue()

    world.settle()

    assert world.retail.sales == sales
    assert world.erp.completed == completed
    assert world.reasons() == []
    world.assert_at_rest()
    world.close()


# -- whoever was at work before


def test_a_process_of_before_the_restore_can_move_nothing(stood: World) -> None:
    kept = keep(stood)
    with stood.given.locks.writer("zombie") as epoch:
        zombie = Pen(ACME, epoch, NO_RUN)
    other = stood.given.database
    copy.restore(stood.path, kept, ACME, holder="store restore", now=stood.clock.now())

    with pytest.raises(WriterLost), other.write() as tx:
        journal.put(tx, zombie, stood.entry().command, seq=1, watermark=0, now=NOON)


# -- a cloned host


class Clone:
    """The same account run from two copies of one store."""

    def __init__(self, world: World) -> None:
        self.one = world
        path = keep(world, "clone.db")
        self.two = World(path, keeps_client_ids=world.retail.keeps_client_ids)
        self.two.clock, self.two.erp, self.two.retail = world.clock, world.erp, world.retail
        self.two.settings = world.settings

    def turn_by_turn(self, turns: int = 8) -> None:
        for _ in range(turns):
            for world in (self.one, self.two):
                world.sync_both()
                world.clock.advance(97)


@pytest.fixture
def clone(stood: World) -> Clone:
    return Clone(stood)


@pytest.mark.parametrize("point", ["decide.order_committed", "apply.sending_committed"])
def test_two_clones_that_make_the_same_sale_agree_on_one(clone: Clone, point: str) -> None:
    one, two = clone.one, clone.two
    one.erp.place(an_order("SO2"))

    def meanwhile(passed: str) -> None:
        if passed == point:
            one.at = lambda _point: None
            assert two.sync_orders().outcome == "done"

    one.start(at=meanwhile)
    one.sync_orders()
    clone.turn_by_turn()

    one.assert_one_sale_a_part(parts=2)
    assert len(one.retail.sales_of(OrderId("2"))) == (1 if one.retail.keeps_client_ids else 2)
    for world in (one, two):
        assert world.stands("2") == (Outcome.SYNCED, Reason.STANDS)
        assert world.holds() == []
        world.assert_at_rest()


def test_of_two_clones_one_ends_and_the_other_goes_on(clone: Clone) -> None:
    one, two = clone.one, clone.two
    for number in range(2, 5):
        one.erp.place(an_order(f"SO{number}"))
    clone.turn_by_turn()
    one.erp.edit(OrderId("2"), a_line(MUG, 5))
    one.erp.cancel(OrderId("3"))
    one.settle()
    one.close()

    two.erp.edit(OrderId("4"), a_line(MUG, 6))
    two.settle()

    two.assert_one_sale_a_part(parts=3)
    assert (quantities(two, "2"), quantities(two, "4")) == ([5], [6])
    assert two.holds() == []
    two.assert_at_rest()


def test_what_both_clones_change_is_changed_once(clone: Clone) -> None:
    one = clone.one
    one.erp.edit(FIRST, a_line(MUG, 5))
    clone.turn_by_turn()
    one.erp.cancel(FIRST)
    clone.turn_by_turn()

    assert [call for call, _ in one.retail.writes] == ["create_sale", "update_sale", "void_sale"]
    for world in (one, clone.two):
        assert world.holds() == []
        world.assert_at_rest()


def test_what_both_clones_hand_over_is_shipped_once(clone: Clone) -> None:
    clone.one.retail.hand_over(the_sale(clone.one))

    clone.turn_by_turn()

    assert len(clone.one.erp.completed) == 1
    for world in (clone.one, clone.two):
        assert world.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)
        assert world.holds() == []


def test_two_clones_that_move_an_order_leave_one_sale(clone: Clone) -> None:
    one = clone.one
    one.erp.move(FIRST, THERE)

    clone.turn_by_turn()

    one.assert_one_sale_a_part(parts=1)
    assert [sale.state for sale in one.retail.sales.values()].count(SaleState.PENDING) == 1
    assert one.holds() == []
    one.assert_at_rest()
