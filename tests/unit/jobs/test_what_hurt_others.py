"""What users of other tools suffer from, each named after what must not happen here.

One test for each kind of failure, in the order of its pain; those that need the command are in
`tests/acceptance/test_what_hurt_others.py` under the same numbers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.ids import OrderId, Sku
from syncd.domain.money import to_cents
from syncd.domain.orders import Customer, UnreadableOrder
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import Sale, SaleState
from syncd.errors import Refused, Unanswered
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import CAP, HERE, MUG, NOON, PAGE_SIZE, THERE, a_line, an_order
from tests.fakes.memory_retail import DOWNTOWN, product_id
from tests.unit.jobs.world import WIDGET, Died, Failpoints, World

STANDS = (Outcome.SYNCED, Reason.STANDS)
FIRST = OrderId("1")


def numbers(world: World) -> list[str]:
    return sorted(sale.invoice_number for sale in world.retail.standing())


def the_sale(world: World, order: str = "1") -> Sale:
    (sale,) = world.retail.standing(order)
    return sale


def test_1_no_order_is_missed_at_the_edge_of_the_cursor(world: World) -> None:
    """Silently missed: equal stamps across the border of a page, and one that shows up behind the cursor."""
    for place in range(2 * PAGE_SIZE + 1):
        world.erp.place(an_order(f"SO{place + 1}"))
    world.sync_orders()
    world.clock.advance(60)
    late = world.erp.place(an_order("SO90"))
    world.erp.edit(late, changed_at=NOON - timedelta(minutes=3))  # committed late, stamped before all that was read

    world.settle()

    assert numbers(world) == sorted([f"SO{place + 1}" for place in range(2 * PAGE_SIZE + 1)] + ["SO90"])
    world.assert_at_rest()


def test_2_no_order_of_the_hour_that_comes_twice_is_missed_or_dated_wrong(world: World) -> None:
    """Time zones and daylight saving: the hour that comes twice, and a time without a zone."""
    zurich = ZoneInfo("Europe/Zurich")
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=zurich, fold=fold) for fold in (0, 1))
    world.use_names(start=first - timedelta(days=1))
    for number, moment in (("SO1", second), ("SO2", first)):  # the earlier one is placed last
        world.erp.place(an_order(number, confirmed_at=moment))
        world.erp.edit(OrderId(number.removeprefix("SO")), changed_at=moment)

    world.settle()

    assert numbers(world) == ["SO1", "SO2"]
    drafted = {entry.command.draft.date for entry in world.entries() if hasattr(entry.command, "draft")}
    assert {date.isoformat() for date in drafted} == {"2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"}
    with pytest.raises(ValueError, match="zone"):
        an_order("SO3", confirmed_at=datetime(2026, 10, 25, 2, 30))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize("effect", [Effect.DONE, Effect.LATE, Effect.NONE])
def test_3_no_repeat_of_a_lost_answer_doubles_a_sale_or_its_payment(world: World, effect: Effect) -> None:
    """Duplicates from retries: done, done late, or not done at all."""
    world.erp.place(an_order("SO0", confirmed_at=NOON))
    world.settle()  # the account has shown that it keeps our source
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Unanswered("cut"), effect=effect)
    world.sync_orders()
    world.retail.commit_late()

    world.settle()

    sale = the_sale(world)
    assert (sale.total, sale.paid) == (Decimal("23.00"), Decimal("23.00"))
    assert len(world.retail.sales_of(FIRST)) == 1
    world.assert_at_rest()


def test_4_no_goods_promised_are_counted_twice_or_not_at_all(world: World) -> None:
    """Overselling: an open sale lowers the level once, and what is held and not yet a sale is not taken for free."""
    for sku in (MUG, CAP):
        world.erp.levels[HERE, sku] = Decimal(10)
        world.retail.set_level(DOWNTOWN, sku, 10)
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2", a_line(CAP, 2), a_line(WIDGET, 1, line="2")))
    world.settle()
    world.retail.set_level(DOWNTOWN, MUG, 8)  # the open sale has taken two; the held order none

    report = world.stock_report()

    assert report.drifts == 0
    assert [(row.sku, row.reserved, row.unexplained) for row in world.stock_rows()] == [(MUG, 2, 0)]
    world.retail.set_level(DOWNTOWN, MUG, 6)  # taken twice
    assert world.stock_report().drifts == 1
    assert [(row.sku, row.unexplained) for row in world.stock_rows() if row.unexplained] == [(MUG, Decimal(-2))]


def test_6_no_bad_order_stops_the_others(world: World) -> None:
    """One bad row stops everything: unreadable, unknown to X-Series, without end, or refused by it."""
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2", a_line(WIDGET)))
    world.erp.place(an_order("SO3", a_line(MUG, "0")))
    world.erp.place(an_order("SO4"))
    world.erp.place(an_order("SO5"))
    raw = UnreadableOrder(OrderId("6"), "SO6", NOON, "{}", "an order state that is not known: 'lost'")
    world.erp.unreadable[raw.id] = raw
    world.retail.fail("create_sale", Refused("no", side="X-Series", status=422), of="SO4")

    world.settle()

    assert numbers(world) == ["SO1", "SO5"]
    assert {world.stands(one)[1] for one in "2346"} == {
        Reason.UNKNOWN_SKU,
        Reason.BAD_QUANTITY,
        Reason.REFUSED,
        Reason.UNREADABLE,
    }
    world.assert_at_rest()


@pytest.mark.parametrize("point", ["writer.taken", "apply.sending_committed", "apply.answered_not_committed"])
def test_7_no_dead_process_leaves_a_lock_or_a_job_stuck(world: World, point: str) -> None:
    """Zombie jobs and locks: what dies at any line is finished by the next process, without a person."""
    world.erp.place(an_order("SO1"))
    world.start(Failpoints(point, 1))
    with pytest.raises(Died):
        world.sync_orders()

    world.start()
    world.settle()

    assert world.stands() == STANDS
    assert len(world.retail.sales_of(FIRST)) == 1
    world.assert_at_rest()


def test_9_no_cent_is_lost_made_or_taxed_to_the_wrong_part(world: World) -> None:
    """Tax and cent differences: odd prices over two outlets; and a total that the lines do not give."""
    world.erp.place(
        an_order("SO1", a_line(MUG, 3, price="3.3333"), a_line(CAP, 7, line="2", price="0.1499", location=THERE))
    )
    world.erp.place(an_order("SO2"))
    world.erp.edit(OrderId("2"), total=Decimal("23.05"))

    world.settle()

    order = world.erp.orders[FIRST]
    here, there = sorted(world.retail.standing("1"), key=lambda sale: -sale.total)
    assert here.total + there.total == here.paid + there.paid == order.total
    assert to_cents(sum((line.tax_total for line in (*here.lines, *there.lines)), Decimal(0))) == order.total_tax
    assert world.stands("2") == (Outcome.HELD, Reason.TOTAL_DIFFERS)
    assert world.retail.standing("2") == []


def test_10_no_product_is_guessed_from_a_like_sku(world: World) -> None:
    """SKU mis-match: other letters, spaces, or two products of one SKU are held, and nothing is made."""
    products = dict(world.retail.products)
    for number, sku in (("SO1", "mug"), ("SO2", "MUG "), ("SO3", "")):
        world.erp.place(an_order(number, a_line(Sku(sku))))

    world.settle()

    assert {world.stands(one) for one in "123"} == {(Outcome.HELD, Reason.UNKNOWN_SKU)}
    assert (world.retail.sales, world.retail.products) == ({}, products)
    twin = replace(world.retail.products[CAP], id=product_id(Sku("TWIN")), version=9)
    world.retail.products[Sku("TWIN")] = twin
    world.sync_catalogue()
    world.erp.place(an_order("SO4", a_line(CAP)))
    world.settle()
    assert world.stands("4") == (Outcome.HELD, Reason.AMBIGUOUS_SKU)


def test_11_no_cancelled_or_edited_order_keeps_its_old_sale(world: World) -> None:
    """Changes not followed: of lines, of price, of place and of address, cancelled, and cancelled for a moment."""
    for number in ("SO1", "SO2", "SO3", "SO4", "SO5"):
        world.erp.place(an_order(number))
    world.settle()
    world.erp.edit(OrderId("1"), a_line(MUG, 1, price="12.00"), a_line(CAP, 1, line="2"))
    world.erp.cancel(OrderId("2"))
    world.erp.move(OrderId("3"), THERE)
    world.erp.edit(OrderId("4"), address=replace(an_order().address, street="9 Kings Road"))
    world.erp.cancel(OrderId("5"))
    world.erp.edit(OrderId("5"), state=an_order().state)

    world.settle()

    assert {line.product: line.quantity for line in the_sale(world).lines} == {
        product_id(MUG): Decimal(1),
        product_id(CAP): Decimal(1),
    }
    assert world.retail.standing("2") == []
    assert world.retail.fulfilling[the_sale(world, "3").id] == "outlet-airport"
    assert "9 Kings Road" in the_sale(world, "4").note
    assert len(world.retail.sales_of(OrderId("5"))) == 1
    world.assert_at_rest()


def test_12_no_part_that_was_handed_over_ships_or_taxes_the_rest(world: World) -> None:
    """Partial fulfilment: one outlet's goods leave; the other's stay open in both systems, with their own tax."""
    world.erp.place(an_order("SO1", a_line(MUG, 2), a_line(CAP, 1, line="2", location=THERE)))
    world.settle()
    here, there = sorted(world.retail.standing("1"), key=lambda sale: -sale.total)
    world.retail.hand_over(here.id)

    world.settle()

    assert [shipment for shipment, _ in world.erp.completed] == [f"1@{HERE}"]
    assert [line.shipped for line in world.erp.orders[FIRST].lines] == [Decimal(2), Decimal(0)]
    assert world.retail.sales[there.id] == there
    assert (here.total, there.total) == (Decimal("23.00"), Decimal("11.50"))


def test_13_no_change_needs_a_webhook_and_no_echo_of_our_own_write_undoes_anything(world: World) -> None:
    """Webhooks die silently or out of order: polling is the truth, and what the feed shows again changes nothing."""
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2", a_line(WIDGET)))
    world.settle()
    held = world.reasons()
    world.retail.change(the_sale(world).id)  # the same sale at a new version: an echo
    asked = list(world.retail.asked)

    world.settle()

    assert (world.reasons(), world.retail.asked) == (held, asked)
    world.retail.hand_over(the_sale(world).id)  # nobody sends word of it
    world.settle()
    assert [shipment for shipment, _ in world.erp.completed] == [f"1@{HERE}"]


def test_14_no_order_is_passed_over_without_a_reason(world: World) -> None:
    """Success in the log, and nothing happened: every order is in one state, with a code and words for it."""
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2", a_line(WIDGET)))
    world.erp.place(an_order("SO3", confirmed_at=NOON - timedelta(days=9)))
    world.erp.place(an_order("SO4", undecided=True))
    world.erp.place(an_order("SO5", paid=False))
    world.erp.cancel(world.erp.place(an_order("SO6")))

    run = world.sync_orders()

    assert run.outcome == "held"
    assert sum(world.counts().values()) == 6
    assert [world.stands(one) for one in "123456"] == [
        STANDS,
        (Outcome.HELD, Reason.UNKNOWN_SKU),
        (Outcome.IGNORED, Reason.BEFORE_START),
        (Outcome.WAITING, Reason.ERP_UNDECIDED),
        (Outcome.HELD, Reason.UNPAID),
        (Outcome.IGNORED, Reason.CANCELLED),
    ]


def test_15_no_customer_is_made_twice_or_merged(world: World) -> None:
    """Duplicate customers and guests: one e-mail in other letters, and no e-mail at all. No customer is written."""
    for number, customer in (
        ("SO1", Customer("C1", "Ada Lane", "ada@example.test")),
        ("SO2", Customer("C2", "Ada Lane", "ADA@Example.test")),
        ("SO3", Customer("", "A guest")),
    ):
        world.erp.place(an_order(number, customer=customer))

    world.settle()

    assert numbers(world) == ["SO1", "SO2", "SO3"]
    assert {call for call, _ in world.retail.asked} == {"create_sale"}
    assert {sale.state for sale in world.retail.standing()} == {SaleState.PENDING}
