"""Some of a sale was handed over: the ERP ships just that, and keeps the rest open."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.ids import OrderId, OrderLineId, SaleId, ShipmentId
from syncd.domain.journal import EntryState
from syncd.domain.reasons import Reason
from syncd.domain.rotation import Allowance
from syncd.domain.shipments import ShipmentLine
from syncd.errors import NotSent, NotUnderstood, Unanswered
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, a_line, an_order
from tests.unit.jobs.test_idle import Counted
from tests.unit.jobs.world import World

FIRST = OrderId("1")
SHIPMENT, BACKORDER = ShipmentId(f"1@{HERE}"), ShipmentId(f"1@{HERE}#2")


def of_line(quantity: int, line: str = "1") -> tuple[ShipmentLine, ...]:
    return (ShipmentLine(OrderLineId(line), Decimal(quantity)),)


def sale_of(world: World, order: str = "1") -> SaleId:
    return world.retail.standing(order)[0].id


@pytest.fixture
def waiting(dated: World) -> World:
    """One order of five mugs whose sale waits for its customer."""
    dated.erp.place(an_order("SO1", a_line(MUG, 5)))
    dated.settle()
    return dated


def test_the_erp_ships_just_what_was_handed_over_and_keeps_the_rest_open(waiting: World) -> None:
    waiting.retail.hand_over_part(sale_of(waiting), 2)

    waiting.settle()

    assert waiting.erp.shipped == {SHIPMENT: of_line(2)}
    assert [one.lines for one in waiting.erp.read_shipments([FIRST])] == [of_line(2), of_line(3)]
    assert waiting.stands()[1] is Reason.STANDS
    waiting.assert_at_rest()


def test_several_hand_overs_of_one_sale_complete_a_shipment_each(waiting: World) -> None:
    for quantity in (2, 1, 2):
        waiting.retail.hand_over_part(sale_of(waiting), quantity)
        waiting.settle()

    assert list(waiting.erp.shipped.values()) == [of_line(2), of_line(1), of_line(2)]
    assert waiting.stands()[1] is Reason.HANDED_OVER
    waiting.assert_at_rest()


def test_the_rest_of_a_sale_collected_at_once_completes_the_backorder(waiting: World) -> None:
    waiting.retail.hand_over_part(sale_of(waiting), 2)
    waiting.settle()

    waiting.retail.hand_over(sale_of(waiting))
    waiting.settle()

    assert waiting.erp.shipped == {SHIPMENT: of_line(2), BACKORDER: of_line(3)}
    waiting.assert_at_rest()


def test_of_two_lines_of_one_product_the_one_that_left_is_shipped(dated: World) -> None:
    dated.erp.place(an_order("SO1", a_line(MUG, 4), a_line(MUG, 3, line="2", price="9.00")))
    dated.settle()
    dated.retail.hand_over_part(sale_of(dated), 2, line=1)

    dated.settle()

    assert dated.erp.shipped == {SHIPMENT: of_line(2, "2")}


def test_two_shipments_of_one_part_are_completed_side_by_side(waiting: World) -> None:
    """The clerk has shipped one mug before: its backorder is open, and what is missing comes from there."""
    waiting.erp.ship(FIRST, quantity=1)
    waiting.sync_orders()
    waiting.retail.hand_over_part(sale_of(waiting), 3)

    waiting.settle()

    assert waiting.erp.shipped == {SHIPMENT: of_line(1), BACKORDER: of_line(2)}
    waiting.assert_at_rest()


def test_what_the_erp_has_shipped_already_is_not_shipped_again(waiting: World) -> None:
    waiting.erp.ship(FIRST, quantity=3)
    waiting.sync_orders()
    waiting.retail.hand_over_part(sale_of(waiting), 3)

    waiting.settle()

    assert waiting.erp.completed == []


def test_a_part_at_each_outlet_ships_from_its_own_location(dated: World) -> None:
    dated.erp.place(an_order("SO1", a_line(MUG, 5), a_line(CAP, 4, line="2", location=THERE)))
    dated.settle()
    for sale in dated.retail.standing():
        dated.retail.hand_over_part(sale.id, 1)

    dated.settle()

    assert dated.erp.shipped == {SHIPMENT: of_line(1), ShipmentId(f"1@{THERE}"): of_line(1, "2")}


@pytest.mark.parametrize("effect", list(Effect), ids=lambda effect: str(effect.value))
def test_a_lost_answer_ships_the_part_once_and_no_backorder_in_its_place(waiting: World, effect: Effect) -> None:
    waiting.retail.hand_over_part(sale_of(waiting), 2)
    waiting.erp.fail("complete_shipment", Unanswered("cut"), effect=effect)

    waiting.sync_fulfilments()
    for late in waiting.erp.late:
        late()
    waiting.settle()

    assert waiting.erp.shipped == {SHIPMENT: of_line(2)}
    waiting.assert_at_rest()


def test_while_a_completion_is_unknown_no_other_is_decided_of_the_order(waiting: World) -> None:
    """More is handed over meanwhile: what the first has done shows in the totals only when it is known."""
    waiting.retail.hand_over_part(sale_of(waiting), 2)
    waiting.erp.fail("complete_shipment", Unanswered("cut"), effect=Effect.DONE)
    waiting.sync_fulfilments()
    waiting.retail.hand_over_part(sale_of(waiting), 1)
    waiting.clock.advance(60)
    waiting.erp.fail("read_shipments", NotSent("down"), times=1)

    waiting.sync_fulfilments()
    assert waiting.erp.shipped == {SHIPMENT: of_line(2)}
    waiting.settle()

    assert waiting.erp.shipped == {SHIPMENT: of_line(2), BACKORDER: of_line(1)}


def test_a_store_from_before_a_part_was_handed_over_ships_nothing_twice(waiting: World) -> None:
    before = waiting.path.with_name("before.db")
    waiting.close()
    before.write_bytes(waiting.path.read_bytes())
    waiting.start()
    waiting.retail.hand_over_part(sale_of(waiting), 2)
    waiting.settle()
    waiting.close()
    for ending in ("", "-wal", "-shm"):
        waiting.path.with_name(waiting.path.name + ending).unlink(missing_ok=True)
    before.rename(waiting.path)

    waiting.start()
    waiting.settle()

    assert waiting.erp.shipped == {SHIPMENT: of_line(2)}
    waiting.assert_at_rest()


def test_goods_that_the_erp_lacks_are_tried_again_after_an_hour(waiting: World) -> None:
    waiting.erp.no_stock.add(SHIPMENT)
    waiting.retail.hand_over_part(sale_of(waiting), 2)
    assert waiting.sync_fulfilments().outcome == "held"
    assert waiting.reasons() == [Reason.NO_STOCK]
    waiting.erp.no_stock.clear()

    waiting.clock.advance(timedelta(minutes=59))
    waiting.sync_fulfilments()
    assert waiting.erp.completed == []
    waiting.clock.advance(timedelta(minutes=2))
    waiting.sync_fulfilments()

    assert waiting.erp.shipped == {SHIPMENT: of_line(2)}
    assert waiting.holds() == []


def test_a_hold_for_want_of_goods_gives_way_when_more_was_handed_over(waiting: World) -> None:
    waiting.erp.no_stock.add(SHIPMENT)
    waiting.retail.hand_over_part(sale_of(waiting), 2)
    waiting.sync_fulfilments()
    waiting.erp.no_stock.clear()

    waiting.retail.hand_over_part(sale_of(waiting), 1)
    waiting.clock.advance(60)
    waiting.sync_fulfilments()

    assert waiting.erp.shipped == {SHIPMENT: of_line(3)}


def test_goods_of_a_line_that_nobody_knows_are_held_and_the_others_shipped(waiting: World) -> None:
    sale = waiting.retail.sales[sale_of(waiting)]
    stranger = replace(sale.lines[0], id=type(sale.lines[0].id)("new"), quantity=Decimal(1))
    waiting.retail.change(sale.id, lines=(*sale.lines, stranger))
    waiting.retail.hand_over_part(sale.id, 2)
    waiting.retail.hand_over_part(sale.id, 1, line=1)

    waiting.sync_fulfilments()

    assert waiting.erp.shipped == {SHIPMENT: of_line(2)}
    assert waiting.reasons() == [Reason.COMPLETION_DIFFERS]
    assert "1 of its line new" in waiting.holds()[0].detail


def test_a_closed_sale_that_names_no_hand_over_is_held_until_the_erp_shows_it_shipped(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.hand_over(sale_of(world))
    world.retail.change(sale_of(world), method=None, attributes=())

    assert world.sync_fulfilments().outcome == "held"
    assert world.erp.completed == []
    assert Reason.CLOSED_WITHOUT_HAND_OVER in world.reasons()
    world.erp.ship(FIRST)
    world.sync_orders()
    world.sync_fulfilments()

    assert Reason.CLOSED_WITHOUT_HAND_OVER not in world.reasons()


def test_nothing_is_completed_in_part_in_the_classic_dialect(classic: World) -> None:
    classic.erp.place(an_order("SO1", a_line(MUG, 5)))
    classic.settle()
    classic.retail = Counted(classic.retail)  # type: ignore[assignment]

    classic.sync_fulfilments()

    assert classic.retail.calls["read_fulfilments"] == 0  # type: ignore[attr-defined]


# -- asking in turn


@pytest.fixture
def crowded(dated: World) -> World:
    """Three hundred open sales: more than one request asks about."""
    for number in range(1, 301):
        dated.erp.place(an_order(f"SO{number}"))
    dated.use(brakes=replace(dated.settings.brakes, creates=1_000))
    dated.settle()
    return dated


def asked(world: World, run: Callable[[], object]) -> int:
    world.retail = Counted(world.retail)  # type: ignore[assignment]
    run()
    asked = world.retail.calls["read_fulfilments"]  # type: ignore[attr-defined]
    world.retail = world.retail._side  # type: ignore[attr-defined]
    return int(asked)


def test_open_sales_are_asked_about_in_turn_within_their_share_of_the_allowance(crowded: World) -> None:
    crowded.allow(Allowance(50, timedelta(minutes=5)))  # a fifth of it: ten in five minutes, two a minute
    crowded.clock.advance(timedelta(hours=1))

    first = asked(crowded, crowded.sync_fulfilments)
    crowded.clock.advance(timedelta(minutes=1))
    second = asked(crowded, crowded.sync_fulfilments)
    third = asked(crowded, crowded.sync_fulfilments)

    assert (first, second, third) == (4, 2, 0)


def test_every_open_sale_has_its_turn(crowded: World) -> None:
    crowded.allow(Allowance(5, timedelta(minutes=5)))  # one request in five minutes
    last = crowded.retail.standing("300")[0].id
    crowded.sync_fulfilments()
    crowded.retail.hand_over_part(last, 1)

    for _ in range(5):
        crowded.clock.advance(timedelta(minutes=5))
        crowded.sync_fulfilments()

    assert list(crowded.erp.shipped) == [f"300@{HERE}"]


def test_a_sale_of_which_the_feed_shows_news_is_asked_about_first(crowded: World) -> None:
    crowded.retail.feed_shows_parts = True
    crowded.allow(Allowance(5, timedelta(minutes=5)))
    for _ in range(4):
        crowded.clock.advance(timedelta(minutes=5))
        crowded.sync_fulfilments()
    crowded.retail.hand_over_part(crowded.retail.standing("200")[0].id, 1)

    crowded.clock.advance(timedelta(minutes=5))
    crowded.sync_fulfilments()

    assert list(crowded.erp.shipped) == [f"200@{HERE}"]


def test_a_completion_of_a_part_waits_in_the_journal_before_it_is_sent(waiting: World) -> None:
    waiting.retail.hand_over_part(sale_of(waiting), 2)
    waiting.erp.fail("complete_shipment", NotSent("down"))

    waiting.sync_fulfilments()

    assert waiting.entry().state is EntryState.WAITING
    assert waiting.entry().command.lines == of_line(2)  # type: ignore[union-attr]


def test_one_sale_whose_fulfilments_make_no_sense_stops_no_other(waiting: World) -> None:
    waiting.erp.place(an_order("SO2", a_line(MUG, 5)))
    waiting.settle()
    waiting.retail.hand_over_part(sale_of(waiting, "2"), 2)
    waiting.retail.fail("fulfilments_of", NotUnderstood("a drone"), times=99, of=sale_of(waiting, "1"))

    assert waiting.sync_fulfilments().outcome == "done"

    assert [line.quantity for lines in waiting.erp.shipped.values() for line in lines] == [Decimal(2)]
