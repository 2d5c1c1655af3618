"""An order of the ERP that takes goods back makes the return of its sale, once, and only where all of it fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.cli.return_words import count_returns
from syncd.domain.customers import CustomerMode
from syncd.domain.ids import OrderId, Sku
from syncd.domain.journal import EntryState
from syncd.domain.orders import Order
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import Debt, Returns, Unpaid
from syncd.domain.sales import Sale, SaleState
from syncd.domain.stock_terms import Term
from syncd.errors import Refused, Throttled, Unanswered
from syncd.jobs.given import Mode
from syncd.store import compare, matches, numbers, sources, stock_report
from syncd.store.holds import Verb
from syncd.store.numbers import Kind
from syncd.store.sources import Source
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, a_line, an_order
from tests.fakes.memory_retail import DOWNTOWN, PREPAID
from tests.unit.jobs.told import explained
from tests.unit.jobs.world import ACME, Died, Failpoints, World

ONE = OrderId("1")
MADE = (Outcome.SYNCED, Reason.RETURNED)


@pytest.fixture
def sold(world: World) -> World:
    """Two mugs and a cap of the order SO1 were handed over; returns of the ERP are made."""
    world.use_names(returns=Returns.CREATE)
    world.erp.place(an_order("SO1", a_line(MUG, 2), a_line(CAP, 1, line="2", price="5.00")))
    world.settle()
    world.retail.hand_over(world.retail.standing("1")[0].id)
    world.settle()
    return world


def a_return(number: str = "SO9", sku: Sku = MUG, quantity: int = 1, **changes: object) -> Order:
    price = "10.00" if sku == MUG else "5.00"
    return an_order(number, a_line(sku, -quantity, price=price), return_of=ONE, **changes)


def original(world: World) -> Sale:
    (sale,) = world.retail.standing("1")
    return sale


def made(world: World) -> list[Sale]:
    """Standing returns, by number."""
    found = [sale for sale in world.retail.sales.values() if sale.return_for is not None and sale.is_standing]
    return sorted(found, key=lambda sale: sale.invoice_number)


def sources_of(world: World, sku: Sku) -> list[Source]:
    """What `syncd explain stock` names, of the only outlet that has the product."""
    with world.given.database.read() as tx:
        report = stock_report.newest(tx, ACME)
        assert report is not None
        erp = numbers.number_of_known(tx, ACME, Kind.ERP)
        assert erp is not None
        places = compare.places_of(tx, ACME, [(one.location, one.outlet, one.name) for one in report.outlets])
        since = compare.since_of(report.terms, report.compared_at)
        item = matches.of_sku(tx, erp, sku)[0].item
        [pair] = compare.Comparison(ACME, erp, places, since).one_product(tx, item, before=report.run)
        return sources.of(tx, ACME, pair, since)


def writes(world: World) -> list[str]:
    return [call for call, _ in world.retail.writes if "return" in call]


def test_what_the_erp_takes_back_is_returned_refunded_and_closed_once(sold: World) -> None:
    sold.erp.place(a_return())

    sold.settle()

    [back] = made(sold)
    assert (back.state, back.return_for, back.total) == (SaleState.CLOSED, original(sold).id, Decimal("-11.50"))
    assert [(line.product, line.quantity) for line in back.lines] == [("product-MUG", -1)]
    assert [(one.payment_type, one.amount) for one in back.payments] == [(PREPAID, Decimal("-11.50"))]
    assert sold.stands("9") == MADE
    assert writes(sold) == ["return_sale", "close_return"]
    with sold.given.database.read() as tx:
        assert count_returns(tx, ACME)["rung_up"] == 0
    sold.assert_at_rest()


def test_it_is_told_with_the_order_that_asked_for_it(sold: World) -> None:
    sold.erp.place(a_return())
    sold.settle()

    said = explained(sold, "SO9")

    assert "order SO9 (WEB-SO9): synced, returned" in said
    assert "return goods worth -11.50, refund and close it" in said
    assert "The ERP has not been told" not in explained(sold)
    assert "made for the order 9 of the ERP" in explained(sold)


def test_all_of_a_sale_may_come_back_in_parts_and_no_more(sold: World) -> None:
    for number, sku in (("SO7", MUG), ("SO8", CAP), ("SO9", MUG)):
        sold.erp.place(a_return(number, sku))
        sold.settle()
    sold.erp.place(a_return("SO10"))

    sold.settle()

    assert [sold.stands(order) for order in ("7", "8", "9")] == [MADE] * 3
    assert sold.stands("10") == (Outcome.HELD, Reason.RETURN_DIFFERS)
    assert len(made(sold)) == 3


def test_two_returns_of_one_sale_at_once_are_made_one_after_the_other(sold: World) -> None:
    sold.erp.place(a_return("SO8"))
    sold.erp.place(a_return("SO9", CAP))

    sold.settle()
    sold.settle()

    assert [sold.stands(order) for order in ("8", "9")] == [MADE] * 2
    assert (len(made(sold)), writes(sold)) == (2, ["return_sale", "close_return"] * 2)
    assert sold.holds() == []


@pytest.mark.parametrize("prices", [("10.00", "8.00"), ("8.00", "10.00"), ("8.00",)])
def test_one_product_that_was_sold_at_two_prices_comes_back_at_its_own(world: World, prices: Sequence[str]) -> None:
    world.use_names(returns=Returns.CREATE)
    world.erp.place(an_order("SO1", a_line(MUG, 1), a_line(MUG, 1, line="2", price="8.00")))
    world.settle()
    world.retail.hand_over(original(world).id)
    back = [a_line(MUG, -1, line=str(place), price=price) for place, price in enumerate(prices)]
    order = world.erp.orders[world.erp.place(an_order("SO9", *back, return_of=ONE))]

    world.settle()

    [made_of_it] = made(world)
    assert (world.stands("9"), made_of_it.total, made_of_it.paid) == (MADE, order.total, order.total)


# -- what does not fit


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        pytest.param(a_return(quantity=3), Reason.RETURN_DIFFERS, id="more-than-was-sold"),
        pytest.param(a_return(paid=False), Reason.UNPAID, id="not-paid-back"),
        pytest.param(
            an_order("SO9", a_line(MUG, -1, price="9.00"), return_of=ONE), Reason.RETURN_DIFFERS, id="another-price"
        ),
        pytest.param(
            an_order("SO9", a_line(Sku("TEA"), -1), return_of=ONE), Reason.RETURN_DIFFERS, id="not-in-the-sale"
        ),
        pytest.param(
            an_order("SO9", a_line(MUG, -1, location=THERE), return_of=ONE), Reason.RETURN_DIFFERS, id="another-place"
        ),
        pytest.param(
            an_order("SO9", a_line(MUG, -1), a_line(CAP, 1, line="2"), return_of=ONE), Reason.RETURN_DIFFERS,
            id="an-exchange",
        ),
        pytest.param(
            an_order("SO9", a_line(MUG, -1), a_line(MUG, -1, line="2"), return_of=ONE), Reason.RETURN_DIFFERS,
            id="two-lines-of-one",
        ),
        pytest.param(
            an_order("SO9", a_line(MUG, -1), return_of=OrderId("404")), Reason.RETURN_WITHOUT_SALE, id="of-no-sale"
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_held_and_nothing_is_sent(sold: World, order: Order, reason: Reason) -> None:
    before = sold.all_that_was_done()
    sold.erp.place(order)

    sold.settle()

    assert sold.stands("9") == (Outcome.HELD, reason)
    assert sold.all_that_was_done() == before


def test_without_a_type_of_payment_nothing_is_refunded(sold: World) -> None:
    sold.use_names(paid_with=None)
    sold.erp.place(a_return())

    sold.settle()

    assert (sold.stands("9"), made(sold)) == ((Outcome.HELD, Reason.NO_PAYMENT_TYPE), [])


def test_no_more_is_paid_back_than_the_sale_has_received(world: World) -> None:
    """Handed over on account and never paid: the ERP's credit note is reconciled against the open invoice."""
    world.use_names(
        returns=Returns.CREATE, customers=CustomerMode.MATCH_OR_CREATE, unpaid=Unpaid.ON_ACCOUNT, debt=Debt.ERP
    )
    world.erp.place(an_order("SO1", a_line(MUG, 2), paid=False))
    world.settle()
    sale = original(world).id
    world.retail.hand_over(sale)
    world.erp.place(a_return("SO8"))
    world.settle()
    assert (world.stands("8"), made(world)) == ((Outcome.HELD, Reason.RETURN_DIFFERS), [])
    assert [hold.detail for hold in world.holds()] == [
        "11.50 is to be paid back, and 0.00 of what sale SO1 got is left"
    ]

    world.retail.take_cash(sale, "12.00")
    world.settle()
    world.erp.place(a_return("SO9"))
    world.settle()

    assert (world.stands("8"), world.stands("9")) == (MADE, (Outcome.HELD, Reason.RETURN_DIFFERS))
    assert [one.paid for one in made(world)] == [Decimal("-11.50")]
    assert [hold.detail for hold in world.holds()] == [
        "11.50 is to be paid back, and 0.50 of what sale SO1 got is left"
    ]


def test_goods_that_are_not_handed_over_yet_come_back_when_they_are(world: World) -> None:
    world.use_names(returns=Returns.CREATE)
    world.erp.place(an_order("SO1"))
    world.erp.place(a_return())
    world.settle()
    assert world.stands("9") == (Outcome.HELD, Reason.RETURN_WITHOUT_SALE)

    world.retail.hand_over(original(world).id)
    world.settle()

    assert (world.stands("9"), len(made(world)), world.holds()) == (MADE, 1, [])


@pytest.mark.parametrize("state", [SaleState.CLOSED, SaleState.PARKED], ids=["rung-up", "begun"])
def test_what_a_till_has_taken_back_is_not_refunded_again(sold: World, state: SaleState) -> None:
    sold.retail.take_back(original(sold).id, "R-1", {MUG: 1}, state=state)
    sold.erp.place(a_return())

    sold.settle()

    assert sold.stands("9") == (Outcome.HELD, Reason.RETURNED_ALREADY)
    assert writes(sold) == []


@pytest.mark.parametrize("cut", ["died-before-it-was-closed", "throttled"])
def test_what_a_till_takes_back_while_a_return_is_begun_is_not_refunded_again(sold: World, cut: str) -> None:
    sold.erp.place(a_return())
    if cut == "throttled":
        sold.retail.fail("close_return", Throttled("slow down", wait=timedelta(minutes=1)))
        sold.sync_orders()
    else:
        sold.start(at=Failpoints("orders.planned", 2))
        with pytest.raises(Died):
            sold.sync_orders()
        sold.start()
    assert [one.state for one in made(sold)] == [SaleState.PARKED]
    at_the_till = sold.retail.take_back(original(sold).id, "R-9", {MUG: 1})

    sold.settle()

    assert sold.stands("9") == (Outcome.HELD, Reason.RETURNED_ALREADY)
    assert [one.id for one in made(sold) if one.state is SaleState.CLOSED] == [at_the_till]

    sold.retail.void_by_hand(at_the_till)
    sold.settle()

    assert (sold.stands("9"), writes(sold)) == (MADE, ["return_sale", "close_return"])


def test_a_return_that_somebody_edits_before_it_is_closed_is_left_to_them(sold: World) -> None:
    sold.erp.place(a_return())
    sold.retail.fail("close_return", Unanswered("cut"))
    sold.sync_orders()
    [begun] = made(sold)
    sold.retail.take_cash(begun.id, "-5.00")

    sold.settle()

    assert sold.stands("9") == (Outcome.HELD, Reason.EDITED_AT_TILL)
    assert made(sold)[0].state is SaleState.PARKED


def test_a_begun_return_that_somebody_voids_is_made_again_only_on_demand(sold: World) -> None:
    sold.erp.place(a_return())
    sold.retail.fail("close_return", Refused("no", status=422))
    sold.sync_orders()
    sold.retail.void_by_hand(made(sold)[0].id)
    sold.say(Verb.RETRY)
    sold.settle()
    assert made(sold) != [] or sold.stands("9")[1] is Reason.VOIDED_BY_HAND
    if sold.holds():
        sold.say(Verb.RETRY)
        sold.settle()

    assert (sold.stands("9"), len(made(sold))) == (MADE, 1)


def test_a_refused_return_waits_for_a_person(sold: World) -> None:
    sold.retail.fail("return_sale", Refused("no", status=422))
    sold.erp.place(a_return())
    sold.settle()
    assert (sold.stands("9"), made(sold)) == ((Outcome.HELD, Reason.REFUSED), [])

    sold.say(Verb.RETRY)
    sold.settle()

    assert (sold.stands("9"), len(made(sold))) == (MADE, 1)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda world: world.erp.cancel(OrderId("9")), id="cancelled"),
        pytest.param(lambda world: world.erp.edit(OrderId("9"), a_line(MUG, -2)), id="edited"),
    ],
)
def test_a_return_of_the_erp_that_changes_after_it_was_made_is_held(
    sold: World, change: Callable[[World], None]
) -> None:
    sold.erp.place(a_return())
    sold.settle()

    change(sold)
    sold.settle()

    assert sold.stands("9") == (Outcome.HELD, Reason.RETURN_DIFFERS)
    assert len(made(sold)) == 1


def test_a_return_of_the_erp_that_is_deleted_once_it_is_begun_is_left_to_a_person(sold: World) -> None:
    sold.retail.fail("close_return", Refused("no", status=422))
    sold.erp.place(a_return())
    sold.settle()

    sold.erp.delete(OrderId("9"))
    sold.sync_sweep()
    sold.settle()

    assert sold.stands("9") == (Outcome.HELD, Reason.RETURN_DIFFERS)
    assert ([one.state for one in made(sold)], writes(sold)) == ([SaleState.PARKED], ["return_sale"])


def test_a_return_of_the_erp_that_is_deleted_before_it_is_begun_is_forgotten(sold: World) -> None:
    sold.erp.place(a_return(paid=False))
    sold.settle()

    sold.erp.delete(OrderId("9"))
    sold.sync_sweep()
    sold.settle()

    assert (sold.stands("9"), made(sold), sold.holds()) == ((Outcome.IGNORED, Reason.DELETED), [], [])


def test_a_return_that_was_made_stays_made_when_the_switch_is_turned_off(sold: World) -> None:
    sold.erp.place(a_return())
    sold.settle()
    sold.use_names(returns=Returns.HOLD, fingerprint="settings-2")
    sold.erp.edit(OrderId("9"), a_line(MUG, -1), reference="PO-8")

    sold.settle()

    assert (sold.stands("9"), sold.holds()) == (MADE, [])


def test_a_return_that_was_made_stays_made_whatever_is_paid_with_from_now_on(sold: World) -> None:
    sold.erp.place(a_return())
    sold.settle()
    sold.use_names(paid_with=None)
    sold.erp.edit(OrderId("9"), a_line(MUG, -1), reference="PO-8")

    sold.settle()

    assert (sold.stands("9"), sold.holds()) == (MADE, [])


def test_while_x_series_keeps_no_source_no_return_is_begun(sold: World) -> None:
    sold.retail.drops_source = True
    sold.erp.place(an_order("SO5"))
    sold.sync_orders()
    sold.erp.place(a_return())

    sold.sync_orders()

    assert sold.stands("9") == (Outcome.HELD, Reason.SOURCE_NOT_KEPT)
    assert made(sold) == []


def test_in_shadow_mode_nothing_is_returned(sold: World) -> None:
    sold.use(orders_mode=Mode.SHADOW)
    sold.erp.place(a_return())

    sold.sync_orders()

    assert (sold.stands("9"), made(sold)) == ((Outcome.WAITING, Reason.SHADOW), [])


def test_what_comes_back_counts_in_the_stock_until_the_erp_has_received_it(sold: World) -> None:
    sold.erp.levels[HERE, MUG] = Decimal(8)
    sold.erp.place(a_return())
    sold.settle()
    sold.retail.set_level(DOWNTOWN, MUG, 9)

    sold.stock_report()
    [row] = sold.stock_rows()
    assert (row.units, row.unexplained) == ({Term.RETURNED: Decimal(1)}, 0)

    sold.erp.levels[HERE, MUG] = Decimal(9)
    sold.erp.edit(OrderId("9"), replace(a_line(MUG, -1), shipped=Decimal(-1)))

    sold.stock_report()
    assert sold.stock_rows() == []


def test_each_product_is_received_for_itself(sold: World) -> None:
    """The ERP has received the cap, and the mug is still on its way."""
    back = (a_line(MUG, -1), a_line(CAP, -1, line="2", price="5.00"))
    for sku, there, here in ((MUG, 8, 9), (CAP, 5, 5)):
        sold.erp.levels[HERE, sku] = Decimal(there)
        sold.retail.set_level(DOWNTOWN, sku, here)
    order = sold.erp.place(an_order("SO9", *back, return_of=ONE))
    sold.settle()
    sold.erp.edit(order, back[0], replace(back[1], shipped=Decimal(-1)))

    sold.stock_report()

    [row] = sold.stock_rows()
    assert (row.sku, row.units, row.unexplained) == (MUG, {Term.RETURNED: Decimal(1)}, 0)


def test_what_came_back_is_explained_by_the_order_that_takes_it_back_and_by_no_till(sold: World) -> None:
    sold.erp.levels[HERE, MUG] = Decimal(8)
    sold.retail.set_level(DOWNTOWN, MUG, 9)
    sold.erp.place(a_return())
    sold.settle()
    sold.stock_report()

    assert [(one.term, one.units, one.what) for one in sources_of(sold, MUG)] == [
        (Term.RETURNED, Decimal(1), "order SO9")
    ]


# -- nothing twice, nothing lost


@pytest.mark.parametrize("effect", [Effect.NONE, Effect.DONE, Effect.LATE])
@pytest.mark.parametrize("call", ["return_sale", "close_return"])
def test_a_lost_answer_makes_no_second_return(sold: World, call: str, effect: Effect) -> None:
    sold.retail.fail(call, Unanswered("cut"), effect=effect)
    sold.erp.place(a_return())
    sold.sync_orders()
    sold.retail.commit_late()

    sold.settle()

    assert (sold.stands("9"), [one.total for one in made(sold)]) == (MADE, [Decimal("-11.50")])
    assert sorted(writes(sold)) == ["close_return", "return_sale"]
    sold.assert_at_rest()


def test_a_return_that_the_feed_shows_late_is_not_begun_again(sold: World) -> None:
    sold.retail.feed_lags = True
    sold.retail.fail("return_sale", Unanswered("cut"), effect=Effect.DONE)
    sold.erp.place(a_return())
    sold.sync_orders()
    sold.clock.advance(timedelta(seconds=211))
    sold.sync_orders()
    sold.retail.catch_up()

    sold.settle()

    assert (sold.stands("9"), len(made(sold)), writes(sold).count("return_sale")) == (MADE, 1, 1)


POINTS = (
    "orders.planned", "decide.order_written", "decide.order_committed", "apply.looked_before", "apply.sending_written",
    "apply.sending_committed", "apply.answered_not_committed", "apply.answer_written", "apply.answer_committed",
    "verify.read", "verify.one",
)  # fmt: skip


@pytest.mark.parametrize("passing", [1, 2], ids=["begun", "closed"])
@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_any_step_doubles_nothing(sold: World, point: str, passing: int) -> None:
    sold.erp.place(a_return())
    sold.start(at=Failpoints(point, passing))
    with pytest.raises(Died):
        sold.sync_orders()
    sold.start()

    sold.settle()

    assert (sold.stands("9"), [one.total for one in made(sold)]) == (MADE, [Decimal("-11.50")])
    assert writes(sold) == ["return_sale", "close_return"]
    assert {entry.state for entry in sold.entries("9")} == {EntryState.DONE}
    sold.assert_at_rest()


def test_a_lost_store_finds_the_return_again_by_its_source(sold: World) -> None:
    sold.erp.place(a_return())
    sold.settle()
    sold.lose_store()

    sold.settle()

    assert (sold.stands("9"), len(made(sold)), writes(sold)) == (MADE, 1, ["return_sale", "close_return"])


def test_a_return_that_somebody_voided_is_not_refunded_again_when_the_store_is_lost(sold: World) -> None:
    sold.erp.place(a_return())
    sold.settle()
    sold.retail.void_by_hand(made(sold)[0].id)
    sold.lose_store()

    sold.settle()

    assert (sold.stands("9"), made(sold)) == ((Outcome.HELD, Reason.VOIDED_BY_HAND), [])
    assert writes(sold) == ["return_sale", "close_return"]

    sold.say(Verb.RETRY)
    sold.settle()

    assert (sold.stands("9"), len(made(sold))) == (MADE, 1)
    sold.assert_at_rest()


def test_a_store_lost_in_between_leaves_the_begun_return_to_a_person(sold: World) -> None:
    sold.retail.fail("close_return", Refused("no", status=422))
    sold.erp.place(a_return())
    sold.settle()
    sold.lose_store()

    sold.settle()

    assert sold.stands("9") == (Outcome.HELD, Reason.RETURNED_ALREADY)
    assert (len(made(sold)), writes(sold)) == (1, ["return_sale"])
