"""What X-Series made is looked at before it counts: empty, different, or not to be found again."""

from dataclasses import replace

from syncd.domain.ids import OrderId
from syncd.domain.journal import EntryState
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import SaleState
from syncd.errors import Unanswered
from syncd.store.holds import Verb
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import MUG, a_line, an_order
from tests.fakes.memory_retail import ONLINE_AIRPORT, with_another_price, without_lines, without_source
from tests.unit.jobs.world import World


def test_a_sale_made_without_lines_is_voided_and_held_with_its_payload(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.next_sale.append(without_lines)

    world.settle()

    assert [sale.state for sale in world.retail.sales_of(OrderId("1"))] == [SaleState.VOIDED]
    assert world.stands() == (Outcome.HELD, Reason.EMPTY_SALE)
    assert '"MUG"' in world.holds()[0].evidence
    world.assert_at_rest()


def test_after_an_empty_sale_a_person_can_have_it_tried_again(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.next_sale.append(without_lines)
    world.settle()

    world.say(Verb.RETRY)
    world.settle()

    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    world.assert_one_sale_a_part(parts=1)
    world.assert_at_rest()


def test_a_sale_that_differs_from_what_was_sent_is_held_and_not_voided_when_its_lines_are_not_ours(
    world: World,
) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.next_sale.append(with_another_price)

    world.settle()

    assert world.stands() == (Outcome.HELD, Reason.SALE_DIFFERS)
    assert "not ours" in world.holds()[0].detail
    assert [call for call, _ in world.retail.writes] == ["create_sale"]
    world.assert_at_rest()


def test_a_sale_that_differs_and_nobody_touched_is_voided_and_held(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(MUG, 1), a_line(MUG, 3, line="2")))

    def with_half_the_lines(sale: object) -> object:
        return replace(sale, lines=sale.lines[:1], total=sale.lines[0].net + sale.lines[0].tax_total, payments=())

    world.retail.next_sale.append(with_half_the_lines)

    world.settle()

    assert world.stands() == (Outcome.HELD, Reason.SALE_DIFFERS)
    assert world.retail.standing() == []
    world.assert_at_rest()


def test_the_first_create_of_a_classic_account_goes_alone(classic: World) -> None:
    for number in range(1, 4):
        classic.erp.place(an_order(f"SO{number}"))
    sent: list[int] = []

    def at(point: str) -> None:
        if point == "verify.one" and not sent:
            sent.append(len(classic.retail.asked))

    classic.start(at=at)

    classic.sync_orders()

    assert sent == [1]
    assert len(classic.retail.standing()) == 3


def test_while_the_first_create_of_a_classic_account_is_unknown_no_other_is_sent(classic: World) -> None:
    for number in range(1, 4):
        classic.erp.place(an_order(f"SO{number}"))
    classic.retail.fail("create_sale", Unanswered("cut"))

    classic.sync_orders()

    assert len(classic.retail.asked) == 1
    classic.settle()
    classic.assert_one_sale_a_part(parts=3)
    classic.assert_at_rest()


def test_creates_stop_when_the_first_sale_does_not_show_our_source(classic: World) -> None:
    for number in range(1, 4):
        classic.erp.place(an_order(f"SO{number}"))
    classic.retail.drops_source = True

    classic.settle()

    assert [call for call, _ in classic.retail.asked].count("create_sale") == 1
    assert Reason.SOURCE_NOT_KEPT in classic.reasons()
    assert {classic.stands(order) for order in "123"} == {(Outcome.HELD, Reason.SOURCE_NOT_KEPT)}
    classic.assert_at_rest()


def test_creates_stay_stopped_for_orders_that_come_later(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.next_sale.append(without_source)
    world.settle()

    world.erp.place(an_order("SO2"))
    world.settle()

    assert [call for call, _ in world.retail.asked].count("create_sale") == 1
    assert world.stands("2") == (Outcome.HELD, Reason.SOURCE_NOT_KEPT)


def test_an_empty_sale_found_after_a_lost_answer_is_held_and_nothing_is_sent_again(classic: World) -> None:
    """It has not even our source: only user, register and the time say that it may be ours."""
    classic.erp.place(an_order("SO1"))
    classic.retail.next_sale.append(lambda sale: without_source(without_lines(sale)))
    classic.retail.fail("create_sale", Unanswered("cut"), effect=Effect.DONE)

    classic.settle()

    assert classic.stands() == (Outcome.HELD, Reason.EMPTY_SALE_FOUND)
    assert [call for call, _ in classic.retail.asked] == ["create_sale"]
    classic.assert_at_rest()


def test_an_empty_sale_of_another_register_is_nobodys_lost_answer(classic: World) -> None:
    classic.erp.place(an_order("SO1"))
    classic.retail.fail("create_sale", Unanswered("cut"))
    classic.sync_orders()
    till = classic.retail.ring_up("till-1")
    classic.retail.add(replace(classic.retail.sales[till], lines=(), state=SaleState.PENDING))

    classic.settle()

    assert classic.stands() == (Outcome.SYNCED, Reason.STANDS)


def test_a_sale_that_cannot_be_read_leaves_the_other_orders_alone(dated: World) -> None:
    """One bad order never stops the others (DESIGN 4)."""
    dated.retail.feed_lags = True
    dated.erp.place(an_order("SO1"))
    dated.erp.place(an_order("SO2"))
    dated.retail.fail("read_sale", Unanswered("500 for this one"), times=99, of="SO1")

    dated.sync_orders()

    assert dated.entry("2").state is EntryState.DONE
    assert dated.entry("1").state is EntryState.ANSWERED


def test_the_dated_sale_is_done_only_when_its_fulfilment_shows_the_outlet(dated: World) -> None:
    dated.erp.place(an_order("SO1"))
    dated.retail.next_sale.append(lambda sale: replace(sale, register=ONLINE_AIRPORT))

    dated.settle()

    assert dated.stands() == (Outcome.HELD, Reason.SALE_DIFFERS)
    assert "outlet-airport" in dated.holds()[0].detail
