"""`syncd holds adopt`: a person names the sale, and it becomes the part's only where it is what the part asks for."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from syncd.domain.ids import HoldId, OrderId, SaleId, SaleLineId, UserId
from syncd.domain.orders import Method
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import Sale, SaleLine, SaleState
from syncd.errors import Unanswered
from syncd.jobs.adopt_by_hand import AdoptedByHand, Said, adopt_by_hand
from syncd.jobs.given import Given, Run
from syncd.jobs.run import RunResult, run_job
from syncd.store import holds, parts
from syncd.store.holds import Verb
from tests.fakes.memory_erp import CAP, MUG, THERE, a_line, an_order
from tests.fakes.memory_retail import AIRPORT, DOWNTOWN, GST_TAX, ONLINE_AIRPORT, ONLINE_DOWNTOWN, product_id
from tests.store.shelf import moved_at_the_till
from tests.unit.jobs.told import story_of
from tests.unit.jobs.world import ACME, WIDGET, World

ONE = OrderId("1")
THEIRS = SaleId("theirs")


def adopt(world: World, sale: str = THEIRS, *, hold: HoldId | None = None) -> RunResult[AdoptedByHand]:
    said = Said(hold or world.holds()[0].id, sale, "ada", "made by the old connector")

    def job(given: Given, run: Run) -> AdoptedByHand:
        return adopt_by_hand(given, run, said)

    return run_job(world.given, "adopt", job, command="test")


def sold_by_another_connector(world: World) -> SaleId:
    """What the order SO1 asks for: two mugs, to be picked up at Downtown."""
    now = world.clock.now()
    line = SaleLine(
        SaleLineId("t-1"), product_id(MUG), Decimal(2), Decimal(10), Decimal("1.5"), GST_TAX, Decimal(20), Decimal(3), 1
    )  # fmt: skip
    return world.retail.add(
        Sale(
            id=THEIRS, version=0, state=SaleState.PENDING, method=Method.PICKUP, attributes=("pickup",),
            source_type="SHOPIFY", source_id="gid-77", invoice_number="SO1", outlet=DOWNTOWN, register=ONLINE_DOWNTOWN,
            user=UserId("shopify"), created_at=now, updated_at=now, total=Decimal("23.00"), return_for=None,
            lines=(line,), payments=(),
        )
    )  # fmt: skip


@pytest.fixture
def taken(world: World) -> World:
    """An order for which another connector has made the sale already, and one for which it has not."""
    world.use(takeover=True)
    sold_by_another_connector(world)
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2"))
    world.settle()
    assert world.stands() == (Outcome.HELD, Reason.INVOICE_TAKEN)
    return world


def linked(world: World) -> SaleId | None:
    with world.given.database.read() as tx:
        (record,) = parts.of_order(tx, ACME, ONE)
    return record.sale


def test_a_sale_of_another_connector_becomes_the_orders_and_nothing_is_sent(taken: World) -> None:
    before = taken.all_that_was_done()

    result = adopt(taken)

    assert result.outcome == "done", result.message
    assert linked(taken) == THEIRS
    assert taken.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert taken.holds() == []
    assert taken.all_that_was_done() == before
    taken.assert_at_rest()


def test_who_adopted_it_and_why_is_kept_and_told(taken: World) -> None:
    adopt(taken)

    [hold] = story_of(taken)["holds"]

    assert hold["closed_because"] == "adopt by ada: made by the old connector"
    [part] = story_of(taken)["parts"]
    assert (part["sale"], part["made_by"]) == (THEIRS, "SHOPIFY")


def test_it_is_found_by_its_number_as_well(taken: World) -> None:
    assert adopt(taken, "SO1").outcome == "done"

    assert linked(taken) == THEIRS


def test_what_is_handed_over_of_it_completes_the_erps_shipment(taken: World) -> None:
    adopt(taken)

    taken.retail.hand_over(THEIRS)
    taken.settle()

    assert [shipment for shipment, _ in taken.erp.completed] == ["1@DOWNTOWN"]
    assert taken.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)


def test_it_no_longer_counts_as_a_sale_of_the_till(taken: World) -> None:
    taken.retail.hand_over(THEIRS)
    taken.settle()
    with taken.given.database.read() as tx:
        assert moved_at_the_till(tx, ACME) != []

    adopt(taken)
    taken.retail.change(THEIRS, user=UserId("cashier"))
    taken.settle()

    with taken.given.database.read() as tx:
        assert moved_at_the_till(tx, ACME) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda world: world.erp.edit(ONE, a_line(MUG, 3)), id="edited"),
        pytest.param(lambda world: world.erp.cancel(ONE), id="cancelled"),
        pytest.param(lambda world: world.erp.move(ONE, THERE), id="moved"),
    ],
)
def test_it_is_never_changed_or_voided_by_us(taken: World, change: Callable[[World], None]) -> None:
    adopt(taken)
    before = taken.retail.sales[THEIRS]

    change(taken)
    taken.settle()

    assert taken.stands() == (Outcome.HELD, Reason.MADE_BY_OTHERS)
    assert taken.retail.sales[THEIRS] == before
    taken.assert_at_rest()


def test_what_a_till_does_to_it_is_held_as_with_any_sale(taken: World) -> None:
    adopt(taken)

    taken.retail.change(THEIRS, lines=())
    taken.settle()

    assert taken.stands() == (Outcome.HELD, Reason.EDITED_AT_TILL)


def test_a_voided_one_is_made_anew_only_when_a_person_says_so(taken: World) -> None:
    adopt(taken)
    taken.retail.void_by_hand(THEIRS)
    taken.settle()
    assert taken.stands() == (Outcome.HELD, Reason.VOIDED_BY_HAND)

    taken.say(Verb.RETRY)
    taken.settle()

    [ours] = taken.retail.standing("1")
    assert ours.invoice_number == "SO1-v2"
    assert taken.stands() == (Outcome.SYNCED, Reason.STANDS)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        pytest.param({"lines": ()}, "a line is missing", id="lines"),
        pytest.param({"total": Decimal("24.00")}, "its total is 24.00, not 23.00", id="total"),
        pytest.param({"state": SaleState.PARKED}, "the sale is parked", id="parked"),
        pytest.param({"return_for": SaleId("other")}, "the sale is a return", id="return"),
        pytest.param(
            {"source_type": "syncd", "source_id": "acme/memory/9/outlet-downtown/pickup/1"},
            "names another order or part",
            id="ours, of another order",
        ),
        pytest.param({"outlet": AIRPORT, "register": ONLINE_AIRPORT}, "outlet-airport", id="outlet"),
    ],
)
def test_a_sale_that_is_something_else_is_not_adopted(taken: World, changes: dict[str, object], word: str) -> None:
    taken.retail.change(THEIRS, **changes)
    before = taken.all_that_was_done()

    result = adopt(taken)

    assert result.outcome == "misconfigured"
    assert word in result.message
    assert taken.stands() == (Outcome.HELD, Reason.INVOICE_TAKEN)
    assert [hold.id for hold in taken.holds() if hold.order == ONE] == [1]
    assert linked(taken) is None
    assert taken.all_that_was_done() == before


def test_a_sale_is_one_orders_only(taken: World) -> None:
    adopt(taken)
    taken.retail.void_by_hand(taken.retail.standing("2")[0].id)
    taken.settle()
    (hold,) = [one.id for one in taken.holds() if one.order == "2"]

    result = adopt(taken, hold=hold)

    assert (result.outcome, linked(taken)) == ("misconfigured", THEIRS)
    assert "linked to another part" in result.message


def test_a_sale_that_nobody_knows_is_told_so(taken: World) -> None:
    result = adopt(taken, "NOBODY")

    assert (result.outcome, result.message.partition(".")[0]) == ("misconfigured", "X-Series has no sale NOBODY")


def test_two_sales_of_one_number_are_to_be_named_by_their_id(taken: World) -> None:
    taken.retail.clone(THEIRS, new="theirs-too")

    result = adopt(taken, "SO1")

    assert "theirs, theirs-too" in result.message
    assert linked(taken) is None
    assert adopt(taken, "theirs-too").outcome == "done"


def test_a_sale_of_ours_that_no_list_shows_is_linked(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    [made] = world.retail.standing()
    world.retail.void_by_hand(made.id)
    world.settle()
    clone = world.retail.add(replace(made, id=SaleId("again"), source_id=made.source_id, state=SaleState.PENDING))
    world.retail.hidden_from_feed.add(clone)
    assert world.stands() == (Outcome.HELD, Reason.VOIDED_BY_HAND)

    result = adopt(world, clone)

    assert result.outcome == "done", result.message
    assert linked(world) == clone
    assert world.stands() == (Outcome.SYNCED, Reason.STANDS)


def test_a_sale_of_ours_that_differs_is_linked_and_held(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    [made] = world.retail.standing()
    world.retail.void_by_hand(made.id)
    world.settle()
    clone = world.retail.add(replace(made, id=SaleId("again"), state=SaleState.PENDING, total=Decimal("24.00")))
    world.retail.hidden_from_feed.add(clone)

    result = adopt(world, clone)

    assert (result.outcome, linked(world)) == ("held", clone)
    assert world.stands() == (Outcome.HELD, Reason.ADOPTED_DIFFERENT)
    assert world.reasons() == [Reason.ADOPTED_DIFFERENT]


def test_the_other_part_of_the_order_is_the_next_runs_to_make(taken: World) -> None:
    taken.erp.edit(ONE, a_line(MUG), a_line(CAP, 1, line="2", location=THERE))
    taken.settle()

    result = adopt(taken)
    assert result.outcome == "done", result.message
    taken.settle()

    assert taken.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert [sale.register for sale in taken.retail.standing("1")] == [ONLINE_AIRPORT]


def test_nothing_is_adopted_while_something_is_under_way(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.void_by_hand(world.retail.standing()[0].id)
    world.settle()
    hold = world.holds()[0].id
    world.say(Verb.RETRY)
    world.retail.fail("create_sale", Unanswered("cut"))
    world.sync_orders()

    result = adopt(world, hold=hold)

    assert "something is under way" in result.message


def test_a_hold_that_is_about_no_order_adopts_nothing(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    del world.erp.orders[ONE]
    world.lose_store()
    world.sync_orders()
    assert world.reasons() == [Reason.SALE_WITHOUT_ORDER]

    assert "is about no order" in adopt(world).message


def test_an_order_that_cannot_be_sold_takes_no_sale(taken: World) -> None:
    taken.erp.edit(ONE, a_line(WIDGET))
    taken.settle()

    result = adopt(taken)

    assert "unknown_sku" in result.message
    with taken.given.database.read() as tx:
        assert holds.decisions(tx, ACME) == []
