"""The plain days: orders become sales, and sales follow their orders."""

from datetime import timedelta

from syncd.domain.ids import OrderId
from syncd.domain.journal import EntryState
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import SaleState
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, a_line, an_order
from tests.fakes.memory_retail import AIRPORT, DOWNTOWN
from tests.unit.jobs.world import World


def test_an_order_becomes_one_sale(world: World) -> None:
    world.erp.place(an_order("SO1"))

    result = world.sync_orders()

    assert result.outcome == "done", result.message
    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert [(sale.invoice_number, str(sale.total)) for sale in world.retail.standing()] == [("SO1", "23.00")]
    assert [(entry.state, entry.attempts) for entry in world.entries()] == [(EntryState.DONE, 1)]
    world.assert_at_rest()


def test_an_order_for_two_outlets_becomes_two_sales_that_sum_to_it(world: World) -> None:
    order = an_order("SO1", a_line(MUG, 2, line="1"), a_line(CAP, 1, line="2", price="7.77", location=THERE))
    world.erp.place(order)

    world.settle()

    sales = world.retail.standing("1")
    assert {world.retail.fulfilling[sale.id] for sale in sales} == {DOWNTOWN, AIRPORT}
    assert sum(sale.total for sale in sales) == order.total
    world.assert_at_rest()


def test_an_edited_order_changes_its_sale_and_makes_no_second(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()

    world.erp.edit(OrderId("1"), a_line(MUG, 5))
    world.settle()

    [sale] = world.retail.standing("1")
    assert [line.quantity for line in sale.lines] == [5]
    assert [call for call, _ in world.retail.writes] == ["create_sale", "update_sale"]
    world.assert_at_rest()


def test_a_cancelled_order_leaves_no_standing_sale(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()

    world.erp.cancel(OrderId("1"))
    world.settle()

    assert world.stands() == (Outcome.SYNCED, Reason.VOIDED)
    assert [sale.state for sale in world.retail.sales_of(OrderId("1"))] == [SaleState.VOIDED]
    world.assert_at_rest()


def test_an_order_confirmed_again_after_its_cancellation_gets_the_next_generation(world: World) -> None:
    order = world.erp.place(an_order("SO1"))
    world.settle()
    world.erp.cancel(order)
    world.settle()

    world.erp.edit(order, state=an_order().state)
    world.settle()

    assert [sale.invoice_number for sale in world.retail.standing()] == ["SO1-v2"]
    world.assert_at_rest()


def test_a_moved_order_stands_at_its_new_outlet_only(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()

    world.erp.move(OrderId("1"), THERE)
    world.settle()

    [sale] = world.retail.standing("1")
    assert world.retail.fulfilling[sale.id] == AIRPORT
    assert [call for call, _ in world.retail.writes] == ["create_sale", "void_sale", "create_sale"]
    world.assert_at_rest()


def test_a_line_handed_over_by_another_outlet_too_gets_a_sale_there(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(MUG, 2)))
    world.settle()

    world.erp.edit(OrderId("1"), a_line(MUG, 2, location=HERE), a_line(CAP, 1, line="2", location=THERE))
    world.settle()

    world.assert_one_sale_a_part(parts=2, order="1")
    world.assert_at_rest()


def test_one_order_that_cannot_be_sold_stops_no_other(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(MUG), a_line(CAP, 1, line="2", location=None)))
    world.erp.place(an_order("SO2"))

    result = world.sync_orders()
    world.settle()

    assert result.outcome == "held"
    assert world.stands("1") == (Outcome.HELD, Reason.UNMAPPED_LOCATION)
    assert world.stands("2") == (Outcome.SYNCED, Reason.STANDS)
    assert world.retail.standing("1") == []
    world.assert_at_rest()


def test_an_order_asked_for_by_number_is_synced_alone(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2"))

    world.sync_orders(references=["WEB-SO2"])

    assert [sale.invoice_number for sale in world.retail.standing()] == ["SO2"]


def test_an_order_asked_for_that_the_erp_does_not_have_is_a_mistake_in_the_command(world: World) -> None:
    result = world.sync_orders(references=["NOBODY"])

    assert result.outcome == "misconfigured"
    assert "no order NOBODY" in result.message


def test_a_stamp_from_the_future_is_taken_and_does_not_move_the_watermark(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.erp.edit(OrderId("1"), changed_at=world.clock.now() + timedelta(days=400))
    world.sync_orders()

    world.clock.advance(60)
    world.erp.place(an_order("SO2"))
    world.sync_orders()

    assert world.stands("1") == world.stands("2") == (Outcome.SYNCED, Reason.STANDS)


def test_an_order_of_which_the_erps_clock_runs_behind_is_not_missed(world: World) -> None:
    world.erp.clock_ahead = timedelta(minutes=-30)
    world.sync_orders()

    world.erp.place(an_order("SO1"))
    world.erp.edit(OrderId("1"), changed_at=world.clock.now() - timedelta(minutes=30))
    world.sync_orders()

    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
