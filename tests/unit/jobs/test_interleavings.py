"""Interleavings in which a double stood for ever, a void was lost, or an order was never looked at again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.ids import OrderId, OrderLineId, SaleId
from syncd.domain.journal import EntryState
from syncd.domain.names import LocationNames
from syncd.domain.orders import UnreadableOrder
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import Fulfilment, SalesPage
from syncd.errors import NotUnderstood, Refused
from syncd.jobs.feed import read_feed
from syncd.jobs.fulfilments import plan_completions
from syncd.jobs.given import Given
from syncd.jobs.orders import sync_orders
from syncd.jobs.run import RunResult, run_job
from syncd.store import hand_overs, parts
from syncd.store.locks import Locks
from tests.fakes.memory_erp import CAP, MUG, THERE, a_line, an_order
from tests.fakes.memory_retail import MemoryRetail, without_lines
from tests.unit.jobs.test_idle import TO_ERP, Counted
from tests.unit.jobs.world import ACME, Died, World

FIRST = OrderId("1")


class Once:
    """Something that happens at the first passing of a failpoint, or at a later one."""

    def __init__(self, point: str, happens: Callable[[], object], *, passing: int = 1) -> None:
        self.left, self.point, self.happens = passing, point, happens

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                self.happens()


def die() -> None:
    raise Died


# -- what shows late


def test_a_double_that_shows_late_below_the_newest_version_is_voided(classic: World) -> None:
    classic.erp.place(an_order("SO1"))
    classic.settle()
    (first,) = classic.retail.standing()
    double = classic.retail.clone(first.id, new="double")  # another host made it
    classic.retail.hidden_from_feed.add(double)
    classic.retail.change(first.id, invoice_number="SO1")  # a higher version, visible first
    classic.sync_orders()
    classic.clock.advance(60)

    classic.retail.catch_up()
    classic.settle()
    classic.settle()

    assert len(classic.retail.standing()) == 1


def test_a_void_by_hand_that_shows_late_below_its_sibling_is_held(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(MUG, 1), a_line(CAP, 1, line="2", location=THERE)))
    world.settle()
    one, other = world.retail.standing()
    world.retail.void_by_hand(one.id)
    world.retail.hidden_from_feed.add(one.id)
    world.retail.change(other.id, invoice_number=other.invoice_number)
    world.sync_orders()
    world.clock.advance(60)

    world.retail.catch_up()
    world.settle()
    world.settle()

    assert world.stands()[1] is Reason.VOIDED_BY_HAND


class SlowRetail(MemoryRetail):
    """Waits once between two pages, as after a 429."""

    slow: timedelta | None = None

    def read_sales(self, *, after: int) -> Iterator[SalesPage]:
        for number, page in enumerate(list(super().read_sales(after=after))):
            yield page
            if self.slow and number == 0:
                wait, self.slow = self.slow, None
                self.clock.advance(10)
                self.catch_up()
                self.clock.advance(int(wait.total_seconds()))


def test_what_shows_while_a_reading_is_throttled_is_seen(classic: World) -> None:
    retail = SlowRetail(classic.clock, keeps_client_ids=False)
    classic.retail = retail
    classic.erp.place(an_order("SO1"))
    classic.settle()
    for _ in range(4):
        classic.sync_orders()
        classic.clock.advance(60)
    (first,) = retail.standing()
    retail.hidden_from_feed.add(retail.clone(first.id, new="double"))
    retail.ring_up("till-1")
    classic.sync_orders()
    classic.clock.advance(30)
    retail.ring_up("till-2")
    retail.slow = timedelta(seconds=400)

    for _ in range(7):
        classic.sync_orders()
        classic.clock.advance(60)

    assert len(retail.standing()) == 1


def test_a_wall_clock_that_is_set_forward_cuts_no_settling_short(classic: World) -> None:
    classic.erp.place(an_order("SO1"))
    classic.settle()
    for _ in range(5):
        classic.sync_orders()
        classic.clock.advance(60)
    (first,) = classic.retail.standing()
    classic.retail.hidden_from_feed.add(classic.retail.clone(first.id, new="double"))
    classic.retail.ring_up("till-1")
    classic.sync_orders()
    classic.clock.jump(600)
    for _ in range(2):
        classic.sync_orders()
        classic.clock.advance(5)

    classic.retail.catch_up()  # 10 s after it was made
    for _ in range(6):
        classic.sync_orders()
        classic.clock.advance(60)

    assert len(classic.retail.standing()) == 1


# -- a writer whose lock was taken from it


class TakenLocks(Locks):
    """The writer's lock as after its session was ended: nobody is kept out, and only the epoch tells."""

    @contextmanager
    def writer(self, command: str, *, wait: timedelta = timedelta(0)) -> Iterator[int]:
        yield self._raise_epoch(command)


def given_without_lock(world: World, at: Callable[[str], None] = lambda _point: None) -> Given:
    given = world.given
    return replace(given, locks=TakenLocks(given.database, ACME, world.clock), at=at)


def overtaken(world: World, by: Callable[[], object]) -> RunResult[None]:
    """A writer that has planned when it is overtaken, and goes on afterwards."""
    return run_job(given_without_lock(world, Once("orders.planned", by)), "orders", sync_orders, command="first")


def second(world: World) -> None:
    world.erp.edit(FIRST, paid=True)
    run_job(given_without_lock(world), "orders", sync_orders, command="second")


@pytest.fixture
def unpaid(classic: World) -> World:
    """An order that is held, beside one whose sale stands."""
    classic.erp.place(an_order("SO0"))
    classic.settle()
    classic.erp.place(an_order("SO1", paid=False))
    return classic


def test_a_writer_that_was_overtaken_lifts_no_hold_of_its_successor(unpaid: World) -> None:
    unpaid.retail.next_sale.append(without_lines)

    ended = overtaken(unpaid, lambda: second(unpaid))

    assert ended.outcome == "failed"
    assert unpaid.stands()[1] is Reason.EMPTY_SALE


def test_a_writer_that_was_overtaken_lets_nothing_be_sent_again_that_was_refused(unpaid: World) -> None:
    unpaid.retail.fail("create_sale", Refused("no", side="X-Series", status=422))

    overtaken(unpaid, lambda: second(unpaid))
    unpaid.sync_orders()

    assert unpaid.stands() == (Outcome.HELD, Reason.REFUSED)
    assert unpaid.retail.asked.count(("create_sale", "SO1")) == 1


# -- what is judged, and what is true when it is decided


def test_a_double_is_not_voided_when_its_winner_fell_meanwhile(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    (first,) = world.retail.standing()
    world.retail.clone(first.id, new="double")

    def fall() -> None:
        world.retail.void_by_hand(first.id)
        read_feed(world.given)  # another job of the daemon, or `syncd plan`

    world.at = Once("orders.planned", fall)
    world.sync_orders()
    world.settle()

    assert len(world.retail.standing()) == 1


def test_an_update_that_was_so_already_and_then_was_not_comes_to_an_end(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    (sale,) = world.retail.standing()
    total = Decimal("34.50")
    three = {
        "lines": tuple(
            replace(line, quantity=Decimal(3), net=line.price * 3, tax_total=line.tax * 3) for line in sale.lines
        ),
        "total": total,
        "payments": tuple(replace(payment, amount=total) for payment in sale.payments),
    }
    as_it_was = {"lines": sale.lines, "total": sale.total, "payments": sale.payments}
    world.erp.edit(FIRST, a_line(MUG, 3))

    def at(point: str) -> None:
        if point == "decide.order_committed":
            world.retail.change(sale.id, **three)  # a till makes the same change first
        if point == "feed.page_read" and any(entry.state is EntryState.ANSWERED for entry in world.open_entries()):
            world.retail.change(sale.id, **as_it_was)  # and takes it back

    world.at = at
    world.sync_orders()
    for _ in range(12):
        world.at = lambda _point: None
        world.sync_orders()
        world.clock.advance(400)

    assert world.open_entries() == []


def test_the_void_of_an_empty_sale_is_sent_whatever_was_read_of_its_order_since(world: World) -> None:
    world.erp.place(an_order("SO0"))
    world.settle()
    world.retail.next_sale.append(without_lines)
    world.erp.place(an_order("SO1"))
    world.start(Once("orders.planned", die, passing=2))
    with pytest.raises(Died):
        world.sync_orders()
    world.start()
    assert [entry.action.value for entry in world.open_entries()] == ["void_sale"]

    world.erp.edit(FIRST, a_line(MUG, 5))
    world.settle()

    assert not any(sale.is_empty for sale in world.retail.standing("1"))


# -- routes that say nothing


class NothingListed(MemoryRetail):
    """The list of fulfilments lags."""

    def read_fulfilments(self, sales: object) -> list[Fulfilment]:
        return []


def test_a_dated_sale_is_not_done_while_its_fulfilment_may_still_come(dated: World) -> None:
    dated.retail = NothingListed(dated.clock, keeps_client_ids=True)
    dated.erp.place(an_order("SO1"))

    dated.sync_orders()

    assert dated.entry().state is EntryState.ANSWERED
    dated.settle()
    assert dated.stands() == (Outcome.SYNCED, Reason.STANDS)


class BrokenList(MemoryRetail):
    """The list of fulfilments holds what nobody can read."""

    def read_fulfilments(self, sales: object) -> list[Fulfilment]:
        raise NotUnderstood("a fulfilment of a kind nobody knows", side="X-Series")


def test_fulfilments_that_cannot_be_read_stop_no_other_order(dated: World) -> None:
    dated.retail = BrokenList(dated.clock, keeps_client_ids=True)
    dated.erp.place(an_order("SO1"))
    dated.sync_orders()
    dated.clock.advance(60)

    dated.erp.place(an_order("SO2"))
    dated.sync_orders()

    assert ("create_sale", "SO2") in dated.retail.asked


# -- hand-overs


@pytest.fixture
def handed_over(world: World) -> World:
    world.erp.place(an_order("SO1", a_line(MUG, 1), a_line(CAP, 1, line="2")))
    world.settle()
    world.retail.hand_over(SaleId(world.retail.standing()[0].id))
    return world


def test_a_hand_over_at_an_outlet_that_is_no_longer_mapped_is_held(handed_over: World) -> None:
    handed_over.sync_orders()
    handed_over.use_names(locations=(LocationNames(THERE, "Airport", "Online Airport"),), fingerprint="settings-2")

    for _ in range(3):
        handed_over.sync_both()

    assert handed_over.erp.completed == []
    assert handed_over.reasons() == [Reason.UNMAPPED_LOCATION]


def test_a_refused_completion_stays_held_while_its_order_cannot_be_read(handed_over: World) -> None:
    handed_over.erp.fail("complete_shipment", Refused("no", side="the ERP", status=400))
    handed_over.sync_both()
    assert Reason.COMPLETION_REFUSED in handed_over.reasons()
    handed_over.clock.advance(60)
    order = handed_over.erp.orders.pop(FIRST)
    handed_over.erp.unreadable[FIRST] = UnreadableOrder(
        id=order.id, number="SO1", changed_at=handed_over.clock.now(), raw="{}", problem="?"
    )

    handed_over.sync_orders()
    handed_over.sync_fulfilments()

    assert Reason.COMPLETION_REFUSED in handed_over.reasons()


def test_a_dry_run_marks_nothing_as_agreed(handed_over: World) -> None:
    handed_over.sync_orders()
    order = handed_over.erp.orders[FIRST]
    handed_over.erp.edit(FIRST, *(replace(line, shipped=line.quantity) for line in order.lines))
    handed_over.sync_orders()

    ended = run_job(handed_over.given, "fulfilments", plan_completions, command="plan")

    assert ended.outcome == "done"
    with handed_over.given.database.read() as tx:
        assert [story.part.order for story in hand_overs.differing(tx, ACME, TO_ERP)] == [FIRST]
        assert {line for line, _, _ in parts.lines_of(tx, ACME, parts.of_order(tx, ACME, FIRST)[0].part)} == {
            OrderLineId("1"),
            OrderLineId("2"),
        }


def test_an_undecided_order_does_not_double_the_reads(world: World) -> None:
    world.erp.place(an_order("SO1", undecided=True))
    world.settle()
    counted = Counted(world.retail)
    world.retail = counted

    world.sync_orders()

    assert counted.calls["read_sales"] == 1
