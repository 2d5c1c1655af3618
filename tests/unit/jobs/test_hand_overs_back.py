"""What the ERP has shipped is handed over in X-Series; and with both directions on, nothing goes round."""

import pytest

from syncd.domain.ids import OrderId, SaleId
from syncd.domain.journal import Action, EntryState, FulfilSale
from syncd.domain.reasons import Reason
from syncd.domain.sales import SaleState
from syncd.errors import Conflict, NotSent, Refused, Unanswered
from syncd.jobs.given import Mode
from syncd.store import holds
from syncd.store.holds import Verb
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import CAP, MUG, THERE, a_line, an_order
from tests.unit.jobs.world import ACME, World

FIRST = OrderId("1")


def back(world: World) -> World:
    world.use(fulfilments_to_erp=False, fulfilments_to_retail=True)
    return world


def both(world: World) -> World:
    world.use(fulfilments_to_erp=True, fulfilments_to_retail=True)
    return world


def place(world: World, quantity: int = 5) -> World:
    world.erp.place(an_order("SO1", a_line(MUG, quantity)))
    world.settle()
    return world


def sale_of(world: World, order: str = "1") -> SaleId:
    return world.retail.standing(order)[0].id


def writes(world: World) -> list[str]:
    return [call for call, _ in world.retail.writes if call != "create_sale"]


def gone(world: World) -> list[int]:
    return [int(quantity) for quantity in world.retail.fulfilled[sale_of(world)].values()]


def test_a_shipment_done_in_the_erp_closes_its_sale_once(world: World) -> None:
    place(back(world))
    world.erp.ship(FIRST)

    world.settle()
    world.sync_orders()

    assert world.retail.sales[sale_of(world)].state is SaleState.CLOSED
    assert writes(world) == ["fulfil_sale"]
    assert world.stands()[1] is Reason.HANDED_OVER
    world.assert_at_rest()


def test_a_part_shipped_in_the_erp_is_handed_over_and_the_sale_stays_open(dated: World) -> None:
    place(back(dated))
    dated.erp.ship(FIRST, quantity=2)

    dated.settle()

    assert (gone(dated), writes(dated)) == ([2], ["fulfil"])
    assert dated.retail.sales[sale_of(dated)].state is SaleState.PENDING
    dated.assert_at_rest()


def test_the_backorder_finishes_the_sale(dated: World) -> None:
    place(back(dated))
    dated.erp.ship(FIRST, quantity=2)
    dated.settle()

    dated.erp.ship(FIRST)
    dated.settle()
    dated.sync_orders()

    assert writes(dated) == ["fulfil", "fulfil_sale"]
    assert dated.stands()[1] is Reason.HANDED_OVER
    dated.assert_at_rest()


def test_the_classic_dialect_waits_until_every_line_is_shipped(classic: World) -> None:
    place(back(classic))
    classic.erp.ship(FIRST, quantity=2)
    classic.settle()
    assert writes(classic) == []

    classic.erp.ship(FIRST)
    classic.settle()

    assert writes(classic) == ["fulfil_sale"]
    assert classic.holds() == []


def test_of_an_order_over_two_outlets_only_what_was_shipped_is_handed_over(world: World) -> None:
    back(world).erp.place(an_order("SO1", a_line(MUG, 1), a_line(CAP, 1, line="2", location=THERE)))
    world.settle()
    world.erp.ship(FIRST, THERE)

    world.settle()

    closed = [sale.id for sale in world.retail.standing() if sale.state is SaleState.CLOSED]
    assert [world.retail.fulfilling[sale] for sale in closed] == ["outlet-airport"]
    world.assert_at_rest()


def test_of_two_lines_of_one_product_the_shipped_one_is_handed_over(dated: World) -> None:
    back(dated).erp.place(an_order("SO1", a_line(MUG, 4), a_line(MUG, 1, line="2", price="9.00")))
    dated.settle()
    sale = dated.retail.sales[sale_of(dated)]

    dated.erp.ship(FIRST, quantity=1)
    dated.settle()

    assert dated.retail.fulfilled[sale.id] == {line.id: 1 for line in sale.lines}


def test_switched_off_the_erps_shipments_are_not_told(world: World) -> None:
    place(world)
    world.erp.ship(FIRST)

    for _ in range(2):
        world.sync_orders()
        world.sync_fulfilments()

    assert writes(world) == []


def test_in_shadow_nothing_is_handed_over(world: World) -> None:
    place(back(world))
    world.use(fulfilments_mode=Mode.SHADOW)
    world.erp.ship(FIRST)
    world.sync_orders()

    world.sync_fulfilments()

    assert writes(world) == []
    assert world.entry().action is Action.CREATE_SALE


# -- both directions at once


def test_what_was_handed_over_in_xseries_does_not_come_back(dated: World) -> None:
    place(both(dated))
    dated.retail.hand_over_part(sale_of(dated), 2)

    dated.settle()

    assert [line.quantity for lines in dated.erp.shipped.values() for line in lines] == [2]
    assert writes(dated) == []
    dated.assert_at_rest()


def test_what_was_shipped_in_the_erp_does_not_come_back(world: World) -> None:
    place(both(world))
    world.erp.ship(FIRST)

    world.settle()

    assert world.erp.completed == []
    assert writes(world) == ["fulfil_sale"]
    world.assert_at_rest()


def test_some_at_the_till_and_some_in_the_erp_are_the_same_goods(dated: World) -> None:
    """By totals: two left here and three there are three in all, as each side says of its own."""
    place(both(dated))
    dated.retail.hand_over_part(sale_of(dated), 2)
    dated.erp.ship(FIRST, quantity=3)

    dated.settle()

    assert gone(dated) == [3]
    assert [line.quantity for lines in dated.erp.shipped.values() for line in lines] == [3]
    dated.assert_at_rest()


def test_a_store_that_is_lost_hands_nothing_over_twice(dated: World) -> None:
    place(both(dated))
    dated.erp.ship(FIRST, quantity=2)
    dated.settle()
    dated.close()
    for ending in ("", "-wal", "-shm"):
        dated.path.with_name(dated.path.name + ending).unlink(missing_ok=True)

    dated.start()
    dated.sync_catalogue()
    dated.settle()

    assert (gone(dated), writes(dated)) == ([2], ["fulfil"])
    assert dated.erp.completed == []


# -- what goes wrong


@pytest.mark.parametrize("effect", list(Effect), ids=lambda effect: str(effect.value))
@pytest.mark.parametrize("quantity", [5, 2], ids=["whole", "part"])
def test_a_lost_answer_hands_over_once(dated: World, effect: Effect, quantity: int) -> None:
    place(back(dated))
    call = "fulfil_sale" if quantity == 5 else "fulfil"
    dated.erp.ship(FIRST, quantity=quantity)
    dated.retail.fail(call, Unanswered("cut"), effect=effect)

    dated.sync_both()
    dated.retail.commit_late()
    dated.settle()

    assert writes(dated) == [call]
    assert dated.retail.sales[sale_of(dated)].state is (SaleState.CLOSED if quantity == 5 else SaleState.PENDING)
    dated.assert_at_rest()


def test_a_stale_version_hands_over_what_is_still_missing(dated: World) -> None:
    """A cashier hands one over between our look and our write: the second try asks for the rest only."""
    place(back(dated))
    dated.erp.ship(FIRST, quantity=3)
    dated.retail.before_next_fulfil.append(lambda: dated.retail.hand_over_part(sale_of(dated), 1))

    dated.settle()

    assert gone(dated) == [3]
    dated.assert_at_rest()


def test_a_sale_closed_by_hand_meanwhile_is_left_as_it_is(world: World) -> None:
    place(back(world))
    world.erp.ship(FIRST)
    world.retail.fail("fulfil_sale", NotSent("down"))
    world.sync_both()
    world.retail.hand_over(sale_of(world))

    world.settle()

    assert writes(world) == []
    assert world.entry().state is EntryState.DONE
    world.assert_at_rest()


def test_a_sale_that_a_till_edited_is_held_and_not_handed_over(world: World) -> None:
    place(back(world))
    world.erp.ship(FIRST)
    world.retail.fail("fulfil_sale", NotSent("down"))
    world.sync_both()
    line = world.retail.sales[sale_of(world)].lines[0]
    world.retail.change(sale_of(world), lines=(line, line))
    world.clock.advance(60)

    world.sync_fulfilments()

    assert writes(world) == []
    assert Reason.EDITED_AT_TILL in world.reasons()


def test_a_sale_voided_by_hand_is_held_though_the_goods_are_shipped(world: World) -> None:
    place(back(world))
    world.erp.ship(FIRST)
    world.retail.void_by_hand(sale_of(world))

    for _ in range(3):
        world.sync_both()

    assert writes(world) == []
    assert world.reasons() == [Reason.VOIDED_BY_HAND]


def test_an_unpaid_sale_that_xseries_refuses_is_held_and_tried_again_when_it_is_paid(world: World) -> None:
    back(world)
    world.retail.refuses_unpaid = True
    place(world)
    sale = sale_of(world)
    paid = world.retail.sales[sale].payments
    world.erp.ship(FIRST)
    world.sync_orders()
    world.retail.change(sale, payments=())
    for _ in range(6):
        world.sync_fulfilments()
        world.clock.advance(220)
    assert Reason.SALE_UNPAID in world.reasons()

    world.retail.change(sale, payments=paid)
    world.settle()

    assert writes(world) == ["fulfil_sale"]
    assert world.holds() == []


def test_a_refusal_is_held_and_not_sent_again_and_again(world: World) -> None:
    place(back(world))
    world.erp.ship(FIRST)
    world.retail.fail("fulfil_sale", Refused("no", status=400), times=9)

    for _ in range(4):
        world.sync_both()
        world.clock.advance(220)

    assert world.reasons() == [Reason.FULFIL_REFUSED]
    assert [call for call, _ in world.retail.asked].count("fulfil_sale") == 1
    world.say(Verb.RETRY)
    world.retail.faults.clear()
    world.settle()
    assert writes(world) == ["fulfil_sale"]
    assert world.holds() == []


def test_an_unpaid_part_that_xseries_refuses_is_held_too(dated: World) -> None:
    back(dated)
    dated.retail.refuses_unpaid = True
    place(dated)
    dated.erp.ship(FIRST, quantity=2)
    dated.sync_orders()
    dated.retail.change(sale_of(dated), payments=())

    for _ in range(6):
        dated.sync_fulfilments()
        dated.clock.advance(220)

    assert Reason.SALE_UNPAID in dated.reasons()


def test_a_conflict_without_an_effect_is_held_after_it_was_looked_up(world: World) -> None:
    place(back(world))
    world.erp.ship(FIRST)
    world.retail.fail("fulfil_sale", Conflict("409", status=409))

    for _ in range(4):
        world.sync_both()
        world.clock.advance(220)

    assert world.reasons() == [Reason.FULFIL_REFUSED]


def test_the_command_says_totals_and_not_steps(dated: World) -> None:
    place(back(dated))
    dated.erp.ship(FIRST, quantity=2)
    dated.settle()
    dated.erp.ship(FIRST, quantity=1)
    dated.settle()

    commands = [entry.command for entry in dated.entries() if isinstance(entry.command, FulfilSale)]

    assert [[int(total) for _, total in command.lines] for command in commands] == [[2], [3]]


# -- the order changes, and this job reads it before the orders job has planned it


@pytest.mark.parametrize("amended", [7, 3])
def test_of_an_amended_order_the_sale_is_amended_before_it_is_handed_over(world: World, amended: int) -> None:
    place(back(world))
    world.erp.edit(FIRST, a_line(MUG, amended))
    world.erp.ship(FIRST)

    world.sync_fulfilments()
    assert writes(world) == []
    world.settle()
    world.sync_orders()

    assert writes(world) == ["update_sale", "fulfil_sale"]
    assert world.stands()[1] is Reason.HANDED_OVER
    assert world.holds() == []


def test_of_a_new_price_the_sale_is_told_before_it_is_handed_over(world: World) -> None:
    place(back(world))
    world.erp.edit(FIRST, a_line(MUG, 5, price="11.00"))
    world.erp.ship(FIRST)

    world.sync_fulfilments()
    world.settle()

    assert writes(world) == ["update_sale", "fulfil_sale"]
    assert world.holds() == []


def test_while_the_sale_still_has_other_goods_nothing_is_handed_over(world: World) -> None:
    """The orders job has planned the change, and X-Series does not take it yet."""
    place(back(world))
    world.erp.edit(FIRST, a_line(MUG, 3))
    world.erp.ship(FIRST)
    world.retail.fail("update_sale", NotSent("down"))
    world.sync_orders()

    world.sync_fulfilments()

    assert writes(world) == []
    world.settle()
    assert writes(world) == ["update_sale", "fulfil_sale"]


# -- X-Series takes a whole hand-over, and keeps the sale open


def test_a_whole_hand_over_that_leaves_the_sale_open_is_seen_by_its_fulfilments(dated: World) -> None:
    place(back(dated))
    dated.retail.keeps_owed_open = True
    dated.erp.ship(FIRST)

    dated.settle()

    assert dated.retail.sales[sale_of(dated)].state is SaleState.PENDING
    assert [call for call, _ in dated.retail.asked].count("fulfil_sale") == 1
    assert dated.holds() == []
    dated.assert_at_rest()


def test_where_nothing_shows_that_it_was_handed_over_it_is_held_after_the_second_try(classic: World) -> None:
    place(back(classic))
    classic.retail.keeps_owed_open = True
    classic.erp.ship(FIRST)

    for _ in range(12):
        classic.sync_both()
        classic.clock.advance(220)

    assert [call for call, _ in classic.retail.asked].count("fulfil_sale") == 2
    assert classic.reasons() == [Reason.FULFIL_REFUSED]
    assert classic.open_entries() == []


# -- a hold is closed for what is true


def refuse(world: World) -> World:
    place(back(world))
    world.erp.ship(FIRST)
    world.retail.fail("fulfil_sale", Refused("no", status=400), times=9)
    world.sync_both()
    assert world.reasons() == [Reason.FULFIL_REFUSED]
    return world


def closed_because(world: World) -> list[str]:
    with world.given.database.read() as tx:
        found = holds.of_order(tx, ACME, FIRST)
    return [one.closed_because for one in found if one.subject.startswith("fulfil:")]


def test_a_hold_of_a_sale_that_was_voided_is_closed_as_that(world: World) -> None:
    refuse(world).retail.void_by_hand(sale_of(world))

    world.sync_fulfilments()

    assert closed_because(world) == ["its sale was voided"]


def test_a_hold_of_a_direction_that_was_switched_off_stays(world: World) -> None:
    refuse(world).use(fulfilments_to_erp=True, fulfilments_to_retail=False)

    world.sync_fulfilments()

    assert closed_because(world) == [""]


def test_a_hold_of_a_sale_that_was_handed_over_by_hand_is_closed_as_that(world: World) -> None:
    refuse(world).retail.hand_over(sale_of(world))

    world.sync_fulfilments()

    assert closed_because(world) == ["both sides show it handed over"]
