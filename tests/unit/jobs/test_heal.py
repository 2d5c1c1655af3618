"""X-Series is the witness: late commits, cloned hosts and restored stores heal to one standing sale per part."""

import shutil
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.customers import CustomerMode
from syncd.domain.ids import OrderId, SaleId
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import Debt, Unpaid
from syncd.domain.sales import SaleState
from syncd.errors import Refused, Unanswered
from syncd.jobs.sweep import WINDOW
from syncd.store.holds import Verb
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import MUG, THERE, a_line, an_order
from tests.fakes.memory_retail import with_another_price
from tests.unit.jobs.world import World


@pytest.fixture
def stood(world: World) -> World:
    """One order with its sale."""
    world.erp.place(an_order("SO1"))
    world.settle()
    return world


def forget(world: World, template: object) -> None:
    """The store is lost: the next process begins with an empty one."""
    world.close()
    for ending in ("", "-wal", "-shm"):
        world.path.with_name(world.path.name + ending).unlink(missing_ok=True)
    shutil.copy(template, world.path)  # type: ignore[arg-type]
    world.start()


def test_an_empty_store_finds_its_sales_again_and_sends_nothing(stood: World, template: object) -> None:
    forget(stood, template)

    stood.settle()

    assert stood.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert len(stood.retail.asked) == 1
    stood.assert_at_rest()


def test_a_sale_that_is_not_todays_plan_is_linked_and_held_and_not_changed(stood: World, template: object) -> None:
    stood.erp.edit(OrderId("1"), a_line(MUG, 9))
    forget(stood, template)

    stood.settle()

    assert stood.stands() == (Outcome.HELD, Reason.ADOPTED_DIFFERENT)
    assert len(stood.retail.asked) == 1
    stood.assert_at_rest()


@pytest.mark.parametrize("debt", Debt)
def test_an_empty_store_links_a_sale_on_account_that_was_paid_in_part(
    world: World, template: object, debt: Debt
) -> None:
    world.use_names(customers=CustomerMode.MATCH_OR_CREATE, unpaid=Unpaid.ON_ACCOUNT, debt=debt)
    world.erp.place(an_order("SO1", paid=False, paid_amount=Decimal("10.00")))
    world.settle()
    forget(world, template)

    world.settle()

    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert [payment.amount for sale in world.retail.standing() for payment in sale.payments] == [Decimal("10.00")]
    world.assert_at_rest()


def test_a_late_commit_after_a_resend_leaves_one_standing_sale(classic: World) -> None:
    classic.erp.place(an_order("SO1"))
    classic.retail.fail("create_sale", Unanswered("cut"), effect=Effect.LATE)
    classic.settle()
    assert len(classic.retail.asked) == 2

    classic.retail.commit_late()
    classic.settle()

    assert [sale.state for sale in classic.retail.sales_of(OrderId("1"))] == [SaleState.PENDING, SaleState.VOIDED]
    assert classic.stands() == (Outcome.SYNCED, Reason.STANDS)
    classic.assert_at_rest()


def test_of_two_sales_the_earliest_stands_and_the_link_follows_it(stood: World) -> None:
    [first] = stood.retail.standing()
    earlier = replace(first, id=SaleId("a-clone"), created_at=first.created_at.replace(hour=1))
    stood.retail.add(earlier)

    stood.settle()

    assert [sale.id for sale in stood.retail.standing()] == ["a-clone"]
    stood.erp.edit(OrderId("1"), a_line(MUG, 5))
    stood.settle()
    assert [line.quantity for sale in stood.retail.standing() for line in sale.lines] == [5]
    stood.assert_at_rest()


def test_of_two_sales_the_one_that_people_worked_on_stands(stood: World) -> None:
    [first] = stood.retail.standing()
    clone = stood.retail.clone(first.id, new="z-clone")
    stood.retail.take_cash(clone)

    stood.settle()

    assert [sale.id for sale in stood.retail.standing()] == [clone]


def test_two_sales_that_people_worked_on_are_both_left_and_held(stood: World) -> None:
    [first] = stood.retail.standing()
    clone = stood.retail.clone(first.id, new="z-clone")
    stood.retail.take_cash(clone)
    stood.retail.take_cash(first.id)

    stood.settle()

    assert stood.stands() == (Outcome.HELD, Reason.TWO_TOUCHED)
    assert len(stood.retail.standing()) == 2
    stood.assert_at_rest()


def test_of_three_sales_of_one_part_two_are_voided(stood: World) -> None:
    [first] = stood.retail.standing()
    stood.retail.clone(first.id, new="y-clone")
    stood.retail.clone(first.id, new="z-clone")

    stood.settle()

    assert [sale.id for sale in stood.retail.standing()] == [first.id]
    stood.assert_at_rest()


def test_a_double_of_an_order_that_was_edited_meanwhile_heals_too(stood: World) -> None:
    """Two writes of one part in one decision: the second has to wait for the first."""
    [first] = stood.retail.standing()
    stood.retail.clone(first.id, new="z-clone")
    stood.erp.edit(OrderId("1"), a_line(MUG, 5))

    stood.settle()

    assert stood.stands()[0] is Outcome.SYNCED
    assert [[line.quantity for line in sale.lines] for sale in stood.retail.standing()] == [[5]]
    stood.assert_at_rest()


def test_both_sales_of_a_cancelled_order_are_voided(stood: World) -> None:
    [first] = stood.retail.standing()
    stood.retail.clone(first.id, new="z-clone")
    stood.erp.cancel(OrderId("1"))

    stood.settle()

    assert stood.retail.standing() == []
    stood.assert_at_rest()


def test_a_double_stops_no_other_order(stood: World) -> None:
    [first] = stood.retail.standing()
    stood.retail.clone(first.id, new="y-clone")
    stood.retail.clone(first.id, new="z-clone")
    stood.erp.place(an_order("SO2"))

    result = stood.sync_orders()

    assert result.outcome != "failed", result.message
    assert stood.stands("2") == (Outcome.SYNCED, Reason.STANDS)


def test_a_void_by_hand_is_held(stood: World) -> None:
    [first] = stood.retail.standing()

    stood.retail.void_by_hand(first.id)
    stood.settle()

    assert stood.stands() == (Outcome.HELD, Reason.VOIDED_BY_HAND)
    assert stood.retail.standing() == []
    stood.assert_at_rest()


def test_a_void_by_hand_after_we_voided_a_double_is_held_all_the_same(stood: World) -> None:
    """We voided the double, not this one: a void that is not ours is held (DESIGN 4)."""
    [first] = stood.retail.standing()
    stood.retail.clone(first.id, new="z-clone")
    stood.settle()

    stood.retail.void_by_hand(first.id)
    stood.settle()

    assert stood.stands() == (Outcome.HELD, Reason.VOIDED_BY_HAND)
    assert stood.retail.standing() == []


def test_a_retry_after_a_void_by_hand_makes_the_next_generation(stood: World) -> None:
    [first] = stood.retail.standing()
    stood.retail.void_by_hand(first.id)
    stood.settle()

    stood.say(Verb.RETRY)
    stood.settle()

    assert [sale.invoice_number for sale in stood.retail.standing()] == ["SO1-v2"]
    stood.assert_at_rest()


def test_a_sale_edited_at_the_till_is_not_overwritten(stood: World) -> None:
    [first] = stood.retail.standing()
    edited = with_another_price(first)
    stood.retail.change(first.id, lines=edited.lines, total=edited.total)

    stood.erp.edit(OrderId("1"), a_line(MUG, 5))
    stood.settle()

    assert stood.stands() == (Outcome.HELD, Reason.EDITED_AT_TILL)
    assert stood.retail.sales[first.id].lines == edited.lines
    stood.assert_at_rest()


def test_a_sale_edited_and_handed_over_between_two_looks_is_held(stood: World) -> None:
    """Found by the simulation: three mugs left the shop, the ERP ships two, and nobody was told."""
    [sale] = stood.retail.standing()
    [line] = sale.lines
    more = replace(line, quantity=line.quantity + 1, net=line.net * 3 / 2, tax_total=line.tax_total * 3 / 2)
    stood.retail.change(sale.id, lines=(more,), state=SaleState.CLOSED)

    stood.settle()

    assert stood.stands() == (Outcome.HELD, Reason.EDITED_AT_TILL)
    stood.assert_at_rest()


def test_a_sale_edited_between_the_decision_and_the_write_is_not_overwritten(stood: World) -> None:
    [first] = stood.retail.standing()

    def edit(point: str) -> None:
        if point == "decide.order_committed":
            stood.retail.take_cash(first.id)

    stood.start(at=edit)
    stood.erp.edit(OrderId("1"), a_line(MUG, 5))
    stood.sync_orders()

    assert stood.stands() == (Outcome.HELD, Reason.EDITED_AT_TILL)
    assert [line.quantity for line in stood.retail.sales[first.id].lines] == [2]


def test_a_sale_with_somebodys_payment_is_not_voided(stood: World) -> None:
    [first] = stood.retail.standing()
    stood.retail.take_cash(first.id)

    stood.erp.cancel(OrderId("1"))
    stood.settle()

    assert stood.stands() == (Outcome.HELD, Reason.PAID_BY_OTHERS)
    assert stood.retail.sales[first.id].is_standing
    stood.assert_at_rest()


def test_a_sale_whose_order_the_erp_does_not_have_is_held_and_never_voided(stood: World, template: object) -> None:
    stood.erp.orders.clear()
    forget(stood, template)

    result = stood.sync_orders()

    assert result.outcome == "held"
    assert [(hold.reason, hold.order) for hold in stood.holds()] == [(Reason.SALE_WITHOUT_ORDER, "1")]
    assert len(stood.retail.standing()) == 1
    stood.assert_at_rest()


def test_an_orphan_that_a_person_dropped_is_not_held_again(stood: World, template: object) -> None:
    stood.erp.orders.clear()
    forget(stood, template)
    stood.sync_orders()

    stood.say(Verb.DROP)
    stood.sync_orders()

    assert stood.holds() == []
    assert stood.sync_orders().outcome == "done"


@pytest.mark.parametrize("verb", [None, Verb.DROP], ids=["held", "dropped"])
def test_an_orphan_that_a_person_was_told_of_is_asked_for_by_the_sweep_alone(
    stood: World, template: object, verb: Verb | None
) -> None:
    order = stood.erp.delete(OrderId("1"))
    forget(stood, template)
    stood.sync_orders()
    if verb is not None:
        stood.say(verb)
    asked = stood.erp.ids_read.copy()

    stood.sync_orders()
    stood.sync_orders()
    assert stood.erp.ids_read == asked
    older_than_any_listing = stood.clock.now() - WINDOW - timedelta(days=1)
    stood.erp.orders[order.id] = replace(order, changed_at=older_than_any_listing)
    stood.sync_sweep()
    stood.sync_orders()

    assert stood.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert stood.holds() == []


def test_many_orphans_are_read_a_batch_at_a_time(stood: World) -> None:
    [first] = stood.retail.standing()
    for number in range(2, 203):
        source = first.source_id.replace("/1/", f"/{number}/")
        stood.retail.add(replace(first, id=SaleId(f"sale-{number}"), source_id=source, invoice_number=f"SO{number}"))

    stood.sync_orders()

    assert [len(ids) for ids in stood.erp.ids_read] == [200, 1]


def test_the_sale_of_another_instance_is_never_taken_for_ours(stood: World) -> None:
    [first] = stood.retail.standing()
    theirs = replace(first, id=SaleId("theirs"), source_id=first.source_id.replace("acme", "other", 1))
    stood.retail.add(theirs)

    stood.settle()

    assert stood.retail.sales[SaleId("theirs")].is_standing
    stood.assert_at_rest()


def test_with_takeover_an_invoice_number_of_somebody_else_is_held(world: World) -> None:
    world.use(takeover=True)
    world.retail.ring_up("theirs")
    world.retail.change(SaleId("theirs"), invoice_number="SO1")

    world.erp.place(an_order("SO1"))
    world.settle()

    assert world.stands() == (Outcome.HELD, Reason.INVOICE_TAKEN)
    assert world.retail.asked == []
    world.assert_at_rest()


def test_a_create_refused_after_its_move_says_that_no_sale_stands(stood: World) -> None:
    stood.retail.fail("create_sale", Refused("422", status=422))
    stood.erp.move(OrderId("1"), THERE)

    stood.settle()

    assert stood.stands() == (Outcome.HELD, Reason.MOVED_NOT_CREATED)
    assert stood.retail.standing() == []
    stood.assert_at_rest()


def test_the_new_sale_of_a_moved_order_is_not_made_while_the_old_one_stands(stood: World) -> None:
    stood.retail.fail("void_sale", Unanswered("cut"))
    stood.erp.move(OrderId("1"), THERE)

    stood.sync_orders()
    assert len(stood.retail.standing()) == 1

    stood.settle()
    stood.assert_one_sale_a_part(parts=1)
    stood.assert_at_rest()
