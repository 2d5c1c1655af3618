"""What X-Series shows is heeded before anything is made, and a decision lifts only the hold that it was said of."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.domain.ids import OrderId, SaleId, Sku
from syncd.domain.journal import Action, EntryState
from syncd.domain.orders import OrderState
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import Sale, SalesPage, SaleState
from syncd.errors import NotSent, Refused, Unanswered, UsageError
from syncd.jobs.feed import read_feed
from syncd.store import seen
from syncd.store.holds import SOURCE_SUBJECT, Verb
from syncd.store.journal import Entry
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, a_line, an_order
from tests.fakes.memory_retail import MemoryRetail, a_product, without_lines, without_source
from tests.unit.jobs.world import ACME, WIDGET, World

FIRST = OrderId("1")


class BusyRetail(MemoryRetail):
    """X-Series where things happen while it is asked, and where a sale read by id may be an old one."""

    def __init__(self, world: World) -> None:
        super().__init__(world.clock, keeps_client_ids=world.retail.keeps_client_ids)
        self.meanwhile: list[Callable[[], object]] = []  # after the feed is asked for, before it answers
        self.old: dict[SaleId, Sale] = {}  # what a read by id still shows

    def read_sales(self, *, after: int) -> Iterator[SalesPage]:
        meanwhile, self.meanwhile = self.meanwhile, []
        for happen in meanwhile:
            happen()
        yield from super().read_sales(after=after)

    def read_sale(self, sale: SaleId) -> Sale | None:
        return self.old.get(sale) or super().read_sale(sale)


@pytest.fixture
def proved(classic: World) -> World:
    """A classic account that has shown that it keeps our source."""
    classic.erp.place(an_order("SO0"))
    classic.settle()
    return classic


def the_sale(world: World, order: str = "1") -> SaleId:
    [sale] = world.retail.standing(order)
    return sale.id


def creates(world: World, number: str) -> int:
    return world.retail.asked.count(("create_sale", number))


def creates_in_all(world: World) -> int:
    return sum(call == "create_sale" for call, _ in world.retail.asked)


def is_done_create(entry: Entry) -> bool:
    return (entry.action, entry.state) == (Action.CREATE_SALE, EntryState.DONE)


def states(world: World, order: str = "1") -> list[SaleState]:
    return [sale.state for sale in world.retail.sales_of(OrderId(order))]


def change_settings(world: World) -> None:
    world.use_names(fingerprint="settings-2")


def change_catalogue(world: World) -> None:
    sku = Sku("NEW")
    world.retail.products[sku] = a_product(sku, version=world.retail.version + 1)
    assert world.sync_catalogue().outcome == "done"


# -- the witness before a create


def restore(world: World, backup: Path) -> None:
    """The store is yesterday's again."""
    world.close()
    for ending in ("", "-wal", "-shm"):
        world.path.with_name(world.path.name + ending).unlink(missing_ok=True)
    shutil.copy(backup, world.path)
    world.start()


def test_a_waiting_create_of_a_restored_store_adopts_the_sale_that_the_feed_shows(world: World, tmp_path: Path) -> None:
    world.erp.place(an_order("SO0"))
    world.settle()
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", NotSent("down"))
    world.sync_orders()
    assert world.entry().state is EntryState.WAITING
    world.close()
    backup = Path(shutil.copy(world.path, tmp_path / "backup.db"))
    world.start()
    world.clock.advance(60)
    world.settle()
    asked, sale = list(world.retail.asked), the_sale(world)

    restore(world, backup)
    assert world.entry().state is EntryState.WAITING
    world.settle()

    assert world.retail.asked == asked
    assert the_sale(world) == sale
    assert (world.entry().state, world.entry().sale) == (EntryState.DONE, sale)
    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    world.assert_at_rest()


def test_the_slower_of_two_readers_of_the_feed_keeps_the_newer_version(world: World) -> None:
    world.retail = retail = BusyRetail(world)
    world.erp.place(an_order("SO1"))
    world.settle()
    sale = the_sale(world)
    retail.change(sale)
    retail.ring_up("t1")
    retail.meanwhile = [lambda: read_feed(world.given), lambda: retail.hand_over(sale)]

    read_feed(world.given)

    with world.given.database.read() as tx:
        kept = seen.get(tx, ACME, sale)
    assert kept is not None
    assert (kept.state, kept.version) == (SaleState.CLOSED, retail.sales[sale].version)
    world.clock.advance(900)
    world.settle()
    assert [shipment for shipment, _ in world.erp.completed] == [f"1@{HERE}"]
    assert world.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)
    world.assert_at_rest()


def test_a_read_that_lags_behind_an_update_is_no_difference(world: World) -> None:
    world.retail = retail = BusyRetail(world)
    world.erp.place(an_order("SO1"))
    world.settle()
    sale = the_sale(world)
    retail.old[sale] = retail.sales[sale]
    retail.hidden_from_feed.add(sale)
    world.erp.edit(FIRST, a_line(MUG, 3))

    world.sync_orders()

    assert retail.writes[-1] == ("update_sale", sale)
    assert world.entry().state is EntryState.ANSWERED
    assert world.holds() == []
    retail.old.clear()
    retail.catch_up()
    world.settle()
    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert [call for call, _ in retail.asked] == ["create_sale", "update_sale"]
    world.assert_at_rest()


# -- what persons did, and what they said of it


@pytest.fixture
def voided_unseen(proved: World) -> World:
    """Staff voided a sale whose answer was lost, before syncd looked it up."""

    def void(point: str) -> None:
        if point == "apply.failed":
            proved.retail.void_by_hand(the_sale(proved))

    proved.erp.place(an_order("SO1"))
    proved.retail.fail("create_sale", Unanswered("cut"), effect=Effect.DONE)
    proved.start(at=void)
    proved.sync_orders()
    proved.start()
    assert states(proved) == [SaleState.VOIDED]
    proved.settle()
    return proved


def test_a_sale_voided_before_its_lost_answer_was_looked_up_is_not_made_again(voided_unseen: World) -> None:
    assert voided_unseen.stands() == (Outcome.HELD, Reason.VOIDED_BY_HAND)
    assert voided_unseen.reasons() == [Reason.VOIDED_BY_HAND]
    assert states(voided_unseen) == [SaleState.VOIDED]
    assert creates(voided_unseen, "SO1") == 1
    voided_unseen.assert_at_rest()


def test_a_retry_of_a_void_by_hand_makes_the_next_generation(voided_unseen: World) -> None:
    voided_unseen.say(Verb.RETRY)

    voided_unseen.settle()

    assert states(voided_unseen) == [SaleState.VOIDED, SaleState.PENDING]
    assert [sale.source_id.rpartition("/")[2] for sale in voided_unseen.retail.sales_of(FIRST)] == ["1", "2"]
    assert voided_unseen.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert voided_unseen.holds() == []
    voided_unseen.assert_at_rest()


def test_a_retry_of_another_hold_does_not_make_a_sale_again_that_was_voided_by_hand(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.take_cash(the_sale(world))
    world.erp.edit(FIRST, a_line(MUG, 3))
    world.sync_orders()
    assert world.reasons() == [Reason.EDITED_AT_TILL]

    world.say(Verb.RETRY)
    world.retail.void_by_hand(the_sale(world))
    world.settle()

    assert world.stands() == (Outcome.HELD, Reason.VOIDED_BY_HAND)
    assert states(world) == [SaleState.VOIDED]
    assert creates(world, "SO1") == 1


def test_only_a_brake_can_be_approved(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(WIDGET)))
    world.sync_orders()
    assert world.reasons() == [Reason.UNKNOWN_SKU]

    with pytest.raises(UsageError, match="is no brake"):
        world.say(Verb.APPROVE)


def test_a_dropped_order_is_taken_up_again_by_a_retry_of_its_closed_hold(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Refused("422", status=422))
    world.sync_orders()
    [hold] = world.holds()
    world.say(Verb.DROP)
    world.settle()
    assert (world.stands(), world.holds()) == ((Outcome.IGNORED, Reason.DROPPED), [])

    world.say(Verb.RETRY, hold.id)
    world.settle()

    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert creates(world, "SO1") == 2
    world.assert_at_rest()


# -- what other settings or another catalogue may cure


@pytest.mark.parametrize("change", [change_settings, change_catalogue])
def test_an_empty_sale_that_was_found_is_not_sent_again_by_a_change(
    proved: World, change: Callable[[World], None]
) -> None:
    proved.retail.next_sale.append(lambda sale: without_source(without_lines(sale)))
    proved.retail.fail("create_sale", Unanswered("cut"), effect=Effect.DONE)
    proved.erp.place(an_order("SO1"))
    proved.settle()
    assert proved.stands() == (Outcome.HELD, Reason.EMPTY_SALE_FOUND)

    change(proved)
    proved.settle()

    assert proved.stands() == (Outcome.HELD, Reason.EMPTY_SALE_FOUND)
    assert creates(proved, "SO1") == 1


@pytest.mark.parametrize(("change", "sent"), [(change_settings, 2), (change_catalogue, 1)])
def test_a_refused_create_is_tried_again_with_other_settings_only(
    world: World, change: Callable[[World], None], sent: int
) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Refused("422", status=422), times=9)
    world.settle()
    assert (world.stands(), creates(world, "SO1")) == ((Outcome.HELD, Reason.REFUSED), 1)

    change(world)
    world.settle()

    assert creates(world, "SO1") == sent
    assert world.stands() == (Outcome.HELD, Reason.REFUSED)


def test_a_retry_of_the_accounts_hold_lets_creates_go_again_the_first_alone(classic: World) -> None:
    classic.retail.drops_source = True
    for number in range(1, 4):
        classic.erp.place(an_order(f"SO{number}"))
        classic.settle()
    assert classic.counts() == {(Outcome.HELD, Reason.SOURCE_NOT_KEPT): 3}
    assert creates_in_all(classic) == 1
    [account] = [hold for hold in classic.holds() if hold.subject == SOURCE_SUBJECT]
    proofs: list[int] = []  # at every send, how many creates were done

    def note(point: str) -> None:
        if point == "apply.sending_committed":
            proofs.append(sum(is_done_create(entry) for entry in classic.entries()))

    classic.retail.drops_source = False
    classic.say(Verb.RETRY, account.id)
    classic.start(at=note)
    classic.settle()

    assert proofs == [0, 1, 1]
    classic.assert_one_sale_a_part(parts=3)
    assert classic.counts() == {(Outcome.SYNCED, Reason.STANDS): 3}
    assert classic.holds() == []


def test_the_accounts_hold_is_held_again_when_the_source_is_still_not_kept(classic: World) -> None:
    classic.retail.drops_source = True
    for number in range(1, 3):
        classic.erp.place(an_order(f"SO{number}"))
        classic.settle()
    [account] = [hold for hold in classic.holds() if hold.subject == SOURCE_SUBJECT]

    classic.say(Verb.RETRY, account.id)
    classic.settle()

    assert creates_in_all(classic) == 2
    assert SOURCE_SUBJECT in [hold.subject for hold in classic.holds()]
    assert classic.counts() == {(Outcome.HELD, Reason.SOURCE_NOT_KEPT): 2}


# -- what was handed over


def test_a_cancelled_order_with_one_part_collected_still_voids_the_other_part(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(MUG), a_line(CAP, line="2", location=THERE)))
    world.settle()
    collected, open_one = world.retail.standing()
    world.retail.hand_over(collected.id)
    world.erp.cancel(FIRST)

    world.settle()

    assert world.erp.orders[FIRST].state is OrderState.CANCELLED
    assert world.retail.sales[collected.id].state is SaleState.CLOSED
    assert world.retail.sales[open_one.id].state is SaleState.VOIDED
    assert world.stands() == (Outcome.HELD, Reason.CANCELLED_AFTER_CLOSED)


def test_a_completion_refused_on_a_later_attempt_is_released_when_the_erp_shows_it_shipped(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.hand_over(the_sale(world))
    world.erp.fail("complete_shipment", NotSent("down"))
    world.sync_both()
    world.erp.fail("complete_shipment", Refused("not enough stock"), times=9)
    world.clock.advance(300)
    world.settle()
    assert world.reasons() == [Reason.COMPLETION_REFUSED]
    assert world.erp.completed == []

    world.erp.ship(FIRST)
    world.settle()

    assert world.holds() == []
    assert world.erp.completed == []
    assert world.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)
    world.assert_at_rest()
