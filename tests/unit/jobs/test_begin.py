"""An empty store reads the sales feed from `orders.start`, to its end, before anything is written."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.ids import OrderId, SaleId
from syncd.domain.reasons import Outcome, Reason
from syncd.errors import NotSent, Refused, Unanswered
from syncd.jobs.feed import read_feed
from syncd.store import beginning, cursors
from tests.fakes.memory_erp import MUG, NOON, a_line, an_order
from tests.fakes.memory_retail import PAGE_SIZE
from tests.unit.jobs.world import ACME, SETTLE, Died, Failpoints, World

YEAR = timedelta(days=365)


@pytest.fixture
def old_shop(world: World) -> World:
    """A shop that has rung up sales for a year before `orders.start`."""
    old_sales(world, 300)
    return world


def old_sales(world: World, count: int) -> None:
    world.clock.advance(-YEAR)
    for number in range(count):
        world.retail.ring_up(f"old-{number}")
        world.retail.version += 1_000
        world.clock.advance(YEAR / (count + 50))
    world.clock.advance(NOON - world.clock.now())


def start_of(world: World) -> int:
    with world.given.database.read() as tx:
        began = beginning.find(tx, ACME)
    assert began is not None
    return began.version


def pages_read(world: World) -> int:
    """How many pages of rows a reading from the beginning takes."""
    return sum(sale.version > start_of(world) for sale in world.retail.sales.values()) // PAGE_SIZE


def test_the_first_reading_begins_shortly_before_orders_start(old_shop: World) -> None:
    old_shop.retail.ring_up("new")
    old_shop.erp.place(an_order("SO1"))

    old_shop.settle()

    matters = [one.version for one in old_shop.retail.sales.values() if one.updated_at >= NOON - timedelta(days=2)]
    assert 0 < start_of(old_shop) < min(matters)
    assert pages_read(old_shop) < 20
    assert old_shop.stands() == (Outcome.SYNCED, Reason.STANDS)
    old_shop.assert_one_sale_a_part(parts=1)
    old_shop.assert_at_rest()


def test_the_old_sales_are_never_read_again_in_the_minutes_after(old_shop: World) -> None:
    for _ in range(4):
        old_shop.sync_orders()
        old_shop.clock.advance(20)

    assert old_shop.retail.read_from
    assert min(old_shop.retail.read_from) == start_of(old_shop) > 0
    assert old_shop.retail.glimpses.count(0) == 1


def test_an_empty_store_in_an_old_shop_finds_its_sales_again_and_sends_nothing(old_shop: World) -> None:
    old_shop.erp.place(an_order("SO1"))
    old_shop.settle()
    forget(old_shop)

    old_shop.settle()

    assert start_of(old_shop) > 0
    assert old_shop.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert len(old_shop.retail.asked) == 1
    old_shop.assert_at_rest()


def forget(world: World) -> None:
    """The store is lost: the next process begins with an empty one."""
    world.close()
    for ending in ("", "-wal", "-shm"):
        world.path.with_name(world.path.name + ending).unlink(missing_ok=True)
    world.start()
    assert world.sync_catalogue().outcome == "done"


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_first_reading_that_dies_is_gone_on_with_and_nothing_is_written_before_its_end(
    world: World, page: int
) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    for number in range(PAGE_SIZE * 3):
        world.retail.ring_up(f"new-{number}")
    forget(world)
    world.start(at=Failpoints("feed.page_kept", page))
    with pytest.raises(Died):
        world.sync_orders()
    world.start()

    world.settle()

    assert len(world.retail.asked) == 1
    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    world.assert_at_rest()


def test_a_long_first_reading_that_dies_goes_on_from_where_it_was(world: World) -> None:
    world.use_names(start=NOON - YEAR)
    world.clock.advance(-timedelta(days=30))
    for number in range(PAGE_SIZE * 4):
        world.retail.ring_up(f"new-{number}")
    world.clock.advance(timedelta(days=30))
    world.start(at=Failpoints("feed.page_kept", 3))
    with pytest.raises(Died):
        world.sync_orders()
    world.start()

    world.sync_orders()

    versions = sorted(sale.version for sale in world.retail.sales.values())
    assert world.retail.read_from[:2] == [0, versions[PAGE_SIZE * 3 - 1]]


def test_what_became_visible_after_the_last_reading_is_read_however_long_that_is_ago(world: World) -> None:
    """Read once an hour: a hand-over that the feed showed a minute after we had read past its version is not lost."""
    world.erp.place(an_order("SO1"))
    world.settle()
    [sale] = world.retail.standing()
    world.retail.hand_over(sale.id)
    world.retail.hidden_from_feed.add(sale.id)
    world.retail.ring_up("later")
    world.sync_orders()
    world.clock.advance(60)
    world.retail.catch_up()
    world.clock.advance(3_600)

    world.sync_both()

    assert [order for order, _ in world.erp.completed] == ["1@DOWNTOWN"]


def test_an_earlier_orders_start_makes_the_store_read_from_further_down(old_shop: World) -> None:
    old_shop.sync_orders()
    first = start_of(old_shop)
    old_shop.clock.advance(600)

    old_shop.retail.read_from.clear()
    old_shop.use_names(start=NOON - YEAR / 2)
    old_shop.sync_orders()

    assert start_of(old_shop) < first
    assert old_shop.retail.read_from[0] == start_of(old_shop)


def test_a_later_orders_start_changes_nothing(old_shop: World) -> None:
    old_shop.sync_orders()
    first = start_of(old_shop)
    old_shop.retail.glimpses.clear()

    old_shop.use_names(start=NOON + timedelta(days=9))
    old_shop.sync_orders()

    assert start_of(old_shop) == first
    assert old_shop.retail.glimpses == []


def test_a_short_feed_is_read_from_its_first_version(world: World) -> None:
    world.retail.ring_up("old")

    world.sync_orders()

    assert set(world.retail.read_from) == {0}
    assert len(world.retail.glimpses) <= 2


@pytest.mark.parametrize("error", [Refused("400", status=400), Unanswered("cut")], ids=["refused", "unanswered"])
def test_a_glimpse_that_fails_only_makes_it_read_more(old_shop: World, error: Exception) -> None:
    old_shop.erp.place(an_order("SO1"))
    old_shop.settle()
    forget(old_shop)
    plain = start_after_search(old_shop, [])
    forget(old_shop)

    broken = start_after_search(old_shop, [None, None, None, error])

    assert 0 <= broken <= plain
    assert old_shop.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert len(old_shop.retail.asked) == 1


def start_after_search(world: World, glimpses: list[Exception | None]) -> int:
    """Sync with these glimpses failing, in order."""
    read = world.retail.read_glimpse
    left = list(glimpses)

    def sometimes(*, after: int) -> object:
        error = left.pop(0) if left else None
        if error is not None:
            raise error
        return read(after=after)

    world.retail.read_glimpse = sometimes  # type: ignore[method-assign, assignment]
    assert world.sync_orders().outcome == "done"
    world.retail.read_glimpse = read  # type: ignore[method-assign]
    return start_of(world)


def test_a_side_that_cannot_be_reached_at_first_is_asked_again_by_the_next_run(old_shop: World) -> None:
    old_shop.retail.fail("read_glimpse", NotSent("down"))

    assert old_shop.sync_orders().outcome == "failed"
    assert old_shop.retail.read_from == []
    assert old_shop.sync_orders().outcome == "done"

    assert start_of(old_shop) > 0


def test_the_first_glimpse_must_succeed(old_shop: World) -> None:
    """Else one bad moment would make a shop with a million old sales read them all."""
    old_shop.retail.fail("read_glimpse", Unanswered("502"))

    assert old_shop.sync_orders().outcome == "failed"

    with old_shop.given.database.read() as tx:
        assert beginning.find(tx, ACME) is None


def test_a_sale_below_the_beginning_is_found_by_other_routes_before_it_would_be_made_again(old_shop: World) -> None:
    """The limit of dates: old sales were given versions above ours without being changed."""
    old_shop.erp.place(an_order("SO1"))
    old_shop.settle()
    [ours] = old_shop.retail.standing()
    middle = old_shop.retail.sales[SaleId("old-150")].version + 1
    old_shop.retail.sales[ours.id] = replace(ours, version=middle)
    forget(old_shop)

    old_shop.settle()

    assert start_of(old_shop) > middle
    assert len(old_shop.retail.asked) == 1
    old_shop.assert_one_sale_a_part(parts=1)
    assert old_shop.stands() == (Outcome.SYNCED, Reason.STANDS)


def test_orders_of_after_the_beginning_are_not_looked_up_one_by_one(old_shop: World) -> None:
    old_shop.sync_orders()
    old_shop.clock.advance(timedelta(days=3))
    old_shop.erp.place(an_order("SO1", at=old_shop.clock.now()))
    old_shop.retail.fail("find_sales", Unanswered("must not be asked"))

    old_shop.sync_orders()

    assert old_shop.stands() == (Outcome.SYNCED, Reason.STANDS)


def test_a_store_of_an_earlier_syncd_that_read_everything_goes_on(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.settle()  # what was made is read as a whole, and stays
    with world.given.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM cursors WHERE name IN ('sales.begin', 'sales.read')")
    world.retail.glimpses.clear()
    world.retail.read_from.clear()

    read_feed(world.given)

    assert world.retail.glimpses == []
    assert min(world.retail.read_from) > 0


def test_no_run_moves_the_cursor_of_the_feed_back(old_shop: World) -> None:
    old_shop.sync_orders()
    with old_shop.given.database.read() as tx:
        before = cursors.version(tx, ACME, cursors.SALES)

    old_shop.use_names(start=NOON - YEAR / 2)
    old_shop.clock.advance(SETTLE * 2)
    old_shop.sync_orders()

    with old_shop.given.database.read() as tx:
        assert cursors.version(tx, ACME, cursors.SALES) >= before > 0


def test_an_edit_after_the_store_was_lost_in_an_old_shop_is_not_overwritten(old_shop: World) -> None:
    old_shop.erp.place(an_order("SO1"))
    old_shop.settle()
    old_shop.erp.edit(OrderId("1"), a_line(MUG, 5))
    forget(old_shop)

    old_shop.settle()

    assert old_shop.stands() == (Outcome.HELD, Reason.ADOPTED_DIFFERENT)
    assert SaleId("old-1") in old_shop.retail.sales
    assert len(old_shop.retail.asked) == 1
