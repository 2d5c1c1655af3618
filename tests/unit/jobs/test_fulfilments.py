"""What was handed over is completed in the ERP, by totals."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.ids import OrderId, OrderLineId, SaleLineId, ShipmentId
from syncd.domain.journal import EntryState
from syncd.domain.orders import OrderState
from syncd.domain.reasons import Reason
from syncd.domain.shipments import ShipmentLine
from syncd.errors import NotSent
from syncd.jobs.given import Mode
from syncd.store.holds import Verb
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, a_line, an_order
from tests.unit.jobs.world import Died, Failpoints, World

SHIPMENT = ShipmentId(f"1@{HERE}")


@pytest.fixture
def collected(world: World) -> World:
    """One order whose sale was handed over."""
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.hand_over(world.retail.standing()[0].id)
    return world


def test_a_hand_over_completes_the_shipment_once(collected: World) -> None:
    collected.sync_fulfilments()

    assert [shipment for shipment, _ in collected.erp.completed] == [SHIPMENT]
    assert collected.entry().state is EntryState.DONE
    collected.settle()
    assert collected.stands()[1] is Reason.HANDED_OVER
    collected.assert_at_rest()


def test_the_shipment_carries_the_mark_of_its_entry(collected: World) -> None:
    collected.sync_fulfilments()

    assert collected.erp.completed == [(SHIPMENT, f"syncd {collected.entry().id}")]


def test_what_the_erp_shipped_itself_is_not_completed_again(collected: World) -> None:
    collected.erp.ship(OrderId("1"))

    collected.sync_fulfilments()

    assert collected.erp.completed == []
    assert collected.holds() == []


def test_of_an_order_over_two_outlets_only_what_was_handed_over_is_completed(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(MUG), a_line(CAP, 1, line="2", location=THERE)))
    world.settle()
    [sale] = [one for one in world.retail.standing() if world.retail.fulfilling[one.id] == "outlet-airport"]
    world.retail.hand_over(sale.id)

    world.settle()

    assert [shipment for shipment, _ in world.erp.completed] == [f"1@{THERE}"]
    world.assert_at_rest()


def test_a_refused_completion_is_held_and_not_sent_again_and_again(collected: World) -> None:
    collected.erp.no_stock.add(SHIPMENT)
    assert collected.sync_fulfilments().outcome == "held"

    for _ in range(3):
        collected.clock.advance(600)
        collected.sync_orders()
        collected.sync_fulfilments()

    assert collected.reasons() == [Reason.NO_STOCK]
    assert len(collected.entries()) == 2  # the create and one completion
    collected.assert_at_rest()


def test_goods_that_lack_at_a_later_attempt_are_tried_again_after_an_hour_as_well(collected: World) -> None:
    collected.erp.fail("complete_shipment", NotSent("down"))
    collected.sync_fulfilments()
    collected.erp.no_stock.add(SHIPMENT)
    collected.clock.advance(300)
    collected.settle()
    assert (collected.reasons(), len(collected.entries())) == ([Reason.NO_STOCK], 2)
    collected.erp.no_stock.clear()

    collected.clock.advance(timedelta(minutes=61))
    collected.sync_fulfilments()

    assert len(collected.erp.completed) == 1
    assert collected.holds() == []
    collected.assert_at_rest()


def test_what_was_tried_in_vain_is_asked_for_alone_so_that_it_spoils_no_other(world: World) -> None:
    ours = []
    for order in ("1", "2", "3"):
        world.erp.place(an_order(f"SO{order}", id=OrderId(order)))
        ours.append(ShipmentId(f"{order}@{HERE}"))
    world.settle()
    for sale in world.retail.standing():
        world.retail.hand_over(sale.id)
    world.erp.fail("complete_shipment", NotSent("down"), times=2)
    world.sync_fulfilments()

    world.clock.advance(300)
    world.sync_fulfilments()

    assert [len(together) for together in world.erp.asked_together] == [3, 1, 1]
    assert sorted(shipment for shipment, _ in world.erp.completed) == ours
    world.assert_at_rest()


def test_a_refused_completion_is_tried_again_when_a_person_says_so(collected: World) -> None:
    collected.erp.no_stock.add(SHIPMENT)
    collected.sync_fulfilments()
    collected.erp.no_stock.clear()

    collected.say(Verb.RETRY)
    collected.sync_fulfilments()

    assert len(collected.erp.completed) == 1
    assert collected.holds() == []


def test_a_refused_completion_that_a_person_dropped_is_left_alone(collected: World) -> None:
    collected.erp.no_stock.add(SHIPMENT)
    collected.sync_fulfilments()

    collected.say(Verb.DROP)
    collected.sync_fulfilments()
    collected.sync_fulfilments()

    assert len(collected.entries()) == 2
    assert collected.holds() == []


def test_a_refused_completion_is_released_when_the_erp_shows_it_shipped(collected: World) -> None:
    collected.erp.no_stock.add(SHIPMENT)
    collected.sync_fulfilments()

    collected.erp.ship(OrderId("1"))
    collected.sync_orders()
    collected.sync_fulfilments()

    assert collected.holds() == []
    assert collected.erp.completed == []


def test_goods_collected_of_a_cancelled_order_are_held_with_both_stories(collected: World) -> None:
    collected.erp.cancel(OrderId("1"))

    assert collected.sync_fulfilments().outcome == "held"

    [hold] = collected.holds()
    assert hold.reason is Reason.COLLECTED_BUT_CANCELLED
    assert "SO1" in hold.detail
    assert "2 of line 1" in hold.detail


def test_a_refused_completion_whose_shipment_was_cancelled_is_held_once_with_both_stories(collected: World) -> None:
    collected.erp.no_stock.add(SHIPMENT)
    collected.sync_fulfilments()
    assert collected.reasons() == [Reason.NO_STOCK]

    collected.erp.cancel(OrderId("1"))
    collected.sync_fulfilments()

    assert collected.reasons() == [Reason.COLLECTED_BUT_CANCELLED]


def test_it_stays_held_for_its_shipment_where_a_person_dropped_what_was_held_of_the_sale(collected: World) -> None:
    collected.erp.cancel(OrderId("1"))
    collected.sync_fulfilments()
    collected.say(Verb.DROP)
    collected.erp.edit(OrderId("1"), state=OrderState.PROCESSING)
    collected.erp.no_stock.add(SHIPMENT)
    collected.sync_fulfilments()
    assert collected.reasons() == [Reason.NO_STOCK]

    collected.erp.cancel(OrderId("1"))
    collected.sync_fulfilments()

    assert collected.reasons() == [Reason.NO_STOCK]


def test_of_a_shipment_that_holds_more_just_what_was_handed_over_is_shipped(collected: World) -> None:
    collected.erp.edit(OrderId("1"), a_line(MUG, 5))

    assert collected.sync_fulfilments().outcome == "done"

    assert collected.erp.shipped == {SHIPMENT: (ShipmentLine(OrderLineId("1"), Decimal(2)),)}
    assert collected.holds() == []


def test_more_handed_over_than_ordered_ships_what_there_is_and_holds_the_rest(collected: World) -> None:
    collected.erp.edit(OrderId("1"), a_line(MUG, 1))
    collected.sync_orders()

    assert collected.sync_fulfilments().outcome == "held"

    assert collected.erp.shipped == {SHIPMENT: (ShipmentLine(OrderLineId("1"), Decimal(1)),)}
    hold = next(hold for hold in collected.holds() if hold.subject.startswith("completion:"))
    assert hold.reason is Reason.MORE_HANDED_OVER
    assert "ordered: 1 of line 1" in hold.detail


def test_a_disagreement_that_a_person_dropped_is_not_held_again(collected: World) -> None:
    collected.erp.cancel(OrderId("1"))
    collected.sync_fulfilments()

    collected.say(Verb.DROP)
    collected.sync_fulfilments()

    assert collected.holds() == []


def test_shadow_mode_completes_nothing(collected: World) -> None:
    collected.use(fulfilments_mode=Mode.SHADOW)

    collected.sync_fulfilments()

    assert collected.erp.completed == []
    assert len(collected.entries()) == 1


def test_switched_off_it_does_not_even_look(collected: World) -> None:
    collected.use(fulfilments_to_erp=False)

    result = collected.sync_fulfilments()

    assert result.outcome == "done"
    assert collected.erp.completed == []


def test_a_till_sale_completes_nothing(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.ring_up("till-1", quantity=2)

    world.settle()

    assert world.erp.completed == []


def test_the_line_ids_of_the_sale_do_not_matter_to_the_totals(collected: World) -> None:
    [sale] = collected.retail.standing()
    renamed = tuple(replace(line, id=SaleLineId(f"new-{line.id}")) for line in sale.lines)
    collected.retail.change(sale.id, lines=renamed)

    collected.sync_fulfilments()

    assert [line.shipped for line in collected.erp.orders[OrderId("1")].lines] == [Decimal(2)]


# -- what waits is looked at again before it is sent


def wait_for_the_erp(world: World) -> None:
    """The completion is decided, and the ERP takes no connection: it waits."""
    world.erp.fail("complete_shipment", NotSent("down", side="the ERP"))
    world.sync_fulfilments()
    assert [one.state for one in world.open_entries()] == [EntryState.WAITING]
    world.clock.advance(3 * 3600)


def test_a_completion_whose_sale_was_voided_meanwhile_is_held(collected: World) -> None:
    wait_for_the_erp(collected)
    collected.retail.void_by_hand(collected.retail.standing()[0].id)

    collected.sync_fulfilments()

    assert collected.erp.completed == []
    assert (collected.entry().state, collected.entry().reason) == (EntryState.HELD, Reason.VOIDED_BY_HAND)
    assert collected.reasons() == [Reason.VOIDED_BY_HAND]


def test_goods_that_left_by_another_shipment_meanwhile_are_not_shipped_again(collected: World) -> None:
    wait_for_the_erp(collected)
    collected.erp.edit(OrderId("1"), a_line(MUG, 5))  # so that the shipment stays open
    collected.erp.ship_apart(OrderId("1"), 2)

    collected.sync_fulfilments()

    assert collected.erp.completed == []
    assert collected.entry().reason == Reason.COMPLETION_DIFFERS


def test_a_completion_that_was_never_tried_is_decided_anew(collected: World) -> None:
    """Decided, and a death before its first attempt; then the sale is voided."""
    collected.start(Failpoints("apply.looked_before", 1))
    with pytest.raises(Died):
        collected.sync_fulfilments()
    collected.start()
    collected.clock.advance(3600)
    collected.retail.void_by_hand(collected.retail.standing()[0].id)

    collected.sync_fulfilments()

    assert collected.erp.completed == []
    assert collected.entry().state is EntryState.SUPERSEDED
    assert collected.holds() == []


def test_one_shipment_of_two_orders_gives_the_goods_of_both(world: World) -> None:
    """As Tryton groups them: what it holds of the second order stays open, and is completed after the first."""
    world.erp.place(an_order("SO1", a_line(MUG, 2)))
    world.erp.place(an_order("SO2", a_line(MUG, 3, line="2")))
    world.erp.sent_together[OrderId("2")] = OrderId("1")
    world.settle()
    for sale in world.retail.standing():
        world.retail.hand_over(sale.id)

    assert world.sync_fulfilments().outcome == "done"
    world.settle()

    assert sorted(line.quantity for lines in world.erp.shipped.values() for line in lines) == [Decimal(2), Decimal(3)]
    assert [world.stands(order)[1] for order in "12"] == [Reason.HANDED_OVER] * 2
    world.assert_at_rest()
