"""Goods of our sales that come back at the till are reported, and nothing is done about them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from syncd.cli.return_words import count_returns, print_returns
from syncd.domain.ids import OrderId, SaleId
from syncd.domain.orders import Order, OrderState
from syncd.domain.reasons import Outcome, Reason, next_step
from syncd.domain.rules import Returns
from syncd.domain.sales import SaleState
from syncd.domain.stock_terms import Start, StockRow, Term
from syncd.store.holds import Verb
from tests.fakes.memory_erp import CAP, HERE, MUG, NOON, a_line, an_order
from tests.fakes.memory_retail import AIRPORT, DOWNTOWN
from tests.unit.jobs.told import as_json, explained
from tests.unit.jobs.world import ACME, World

NOTHING: Mapping[str, Any] = {"rung_up": 0, "parked": 0, "orders": []}


@pytest.fixture
def sold(world: World) -> World:
    """Two mugs of the order SO1 were handed over, and the ERP knows."""
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.hand_over(the_sale(world))
    world.settle()
    assert world.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)
    return world


def the_sale(world: World) -> SaleId:
    (sale,) = world.retail.standing("1")
    return sale.id


def counted(world: World) -> dict[str, Any]:
    with world.given.database.read() as tx:
        return count_returns(tx, ACME)


def stock_rows(world: World) -> list[StockRow]:
    world.stock_report()
    return world.stock_rows()


def status_line(world: World) -> str:
    said = io.StringIO()
    with redirect_stdout(said):
        print_returns(counted(world))
    return said.getvalue().strip()


def test_a_return_at_the_till_is_counted_and_told_and_nothing_is_sent(sold: World) -> None:
    assert (counted(sold), status_line(sold)) == (NOTHING, "")
    before = sold.all_that_was_done()
    sold.retail.take_back(the_sale(sold), "R-1", {MUG: 1}, outlet=AIRPORT)

    sold.settle()

    assert counted(sold) == {"rung_up": 1, "parked": 0, "orders": ["SO1"]}
    assert "1 rung up at the till of SO1; the ERP has not been told" in status_line(sold)
    [told] = as_json(sold)["returns"]
    assert told["lines"] == [{"sku": "MUG", "quantity": "-1", "sold": "2", "total": "-11.50"}]
    assert (told["outlet"], told["total"], told["rung_up"], told["exchange"]) == ("Airport", "-11.50", True, False)
    assert sold.all_that_was_done() == before
    assert sold.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)
    sold.assert_at_rest()


def test_a_shop_owner_reads_what_came_back_when_where_and_for_how_much(sold: World) -> None:
    sold.retail.take_back(the_sale(sold), "R-1", {MUG: 1})
    sold.settle()

    said = explained(sold)

    assert "exchange" not in said
    assert "return T-R-1 of SO1 at Downtown: 11.50 given back" in said
    assert "1 of 2 x MUG came back, 11.50" in said
    assert "The ERP has not been told" in said


@pytest.mark.parametrize(
    ("instead", "money"),
    [
        pytest.param(1, "no money changed hands", id="for-as-much"),
        pytest.param(3, "23.00 paid on top", id="for-more"),
    ],
)
def test_an_exchange_tells_what_the_customer_took_instead(sold: World, instead: int, money: str) -> None:
    sold.retail.take_back(the_sale(sold), "R-1", {MUG: 1}, instead={CAP: instead})
    sold.settle()

    said = explained(sold)

    assert f"exchange T-R-1 of SO1 at Downtown: {money}" in said
    assert f"1 of 2 x MUG came back, 11.50\n    {instead} x CAP taken instead" in said
    assert counted(sold)["rung_up"] == 1


def test_a_return_that_is_parked_at_the_till_has_brought_nothing_back_yet(sold: World) -> None:
    back = sold.retail.take_back(the_sale(sold), "R-1", {MUG: 1}, state=SaleState.PARKED)
    sold.settle()

    assert counted(sold) == {"rung_up": 0, "parked": 1, "orders": []}
    assert "begun at the till and not finished" in status_line(sold)
    assert "begun and parked, nothing has come back yet" in explained(sold)
    assert "The ERP has not been told" not in explained(sold)

    sold.retail.change(back, state=SaleState.CLOSED)
    sold.settle()

    assert counted(sold) == {"rung_up": 1, "parked": 0, "orders": ["SO1"]}


def test_a_return_that_was_voided_is_told_no_more(sold: World) -> None:
    back = sold.retail.take_back(the_sale(sold), "R-1", {MUG: 1})
    sold.settle()

    sold.retail.void_by_hand(back)
    sold.settle()

    assert counted(sold) == NOTHING
    assert as_json(sold)["returns"] == []


def test_two_returns_of_one_order_are_told_in_their_order(sold: World) -> None:
    for number in (1, 2):
        sold.retail.take_back(the_sale(sold), f"R-{number}", {MUG: 1})
        sold.settle()

    assert counted(sold) == {"rung_up": 2, "parked": 0, "orders": ["SO1"]}
    assert [one["invoice_number"] for one in as_json(sold)["returns"]] == ["T-R-1", "T-R-2"]


def test_the_return_of_a_sale_that_is_none_of_ours_is_not_our_matter(sold: World) -> None:
    till = sold.retail.ring_up("till-1")
    sold.retail.take_back(till, "R-1", {MUG: 1})

    sold.settle()

    assert counted(sold) == NOTHING


def test_a_return_that_an_emptied_store_is_shown_before_its_sale_is_told(sold: World) -> None:
    sold.retail.take_back(the_sale(sold), "R-1", {MUG: 1})
    sold.retail.change(the_sale(sold), note="signed for")  # now the feed shows the sale after its return
    sold.close()
    sold.path.unlink()
    sold.start()
    sold.sync_catalogue()

    sold.settle()

    assert counted(sold) == {"rung_up": 1, "parked": 0, "orders": ["SO1"]}


def test_a_return_that_bears_the_source_of_its_sale_is_no_second_sale(sold: World) -> None:
    """Whether X-Series copies it nobody documents; such a return must be neither doubled nor voided by us."""
    original = sold.retail.sales[the_sale(sold)]
    back = sold.retail.take_back(original.id, "R-1", {MUG: 1}, state=SaleState.PARKED)
    sold.retail.change(back, source_type=original.source_type, source_id=original.source_id)
    before = sold.all_that_was_done()

    sold.settle()

    assert (sold.stands(), sold.holds()) == ((Outcome.SYNCED, Reason.HANDED_OVER), [])
    assert sold.all_that_was_done() == before
    assert counted(sold)["parked"] == 1


def test_a_return_moves_the_stock_once(sold: World) -> None:
    sold.erp.levels[HERE, MUG] = Decimal(8)
    sold.retail.set_level(DOWNTOWN, MUG, 9)
    sold.retail.take_back(the_sale(sold), "R-1", {MUG: 1})
    sold.settle()

    [row] = stock_rows(sold)

    assert (row.units, row.unexplained) == ({Term.RETURNED: Decimal(1)}, 0)


# -- in the ERP


def a_return(number: str = "SO9", quantity: int = 1) -> Order:
    """The ERP takes mugs of the order SO1 back."""
    return an_order(number, a_line(MUG, -quantity), return_of=OrderId("1"))


def test_a_return_in_the_erp_is_held_by_its_own_reason_and_says_what_comes_back(sold: World) -> None:
    before = sold.all_that_was_done()
    sold.erp.place(a_return())

    sold.settle()

    assert sold.stands("9") == (Outcome.HELD, Reason.RETURN_IN_ERP)
    assert sold.inbox("9").detail == "1 x MUG, -11.50"
    assert "from that order's sale" in next_step(Reason.RETURN_IN_ERP)
    assert sold.all_that_was_done() == before
    assert sold.stands("1") == (Outcome.SYNCED, Reason.HANDED_OVER)
    sold.assert_at_rest()


def test_a_return_in_the_erp_may_be_ignored_and_is_never_a_sale(sold: World) -> None:
    sold.erp.place(a_return())
    sold.settle()
    before = sold.all_that_was_done()

    sold.use_names(returns=Returns.IGNORE, fingerprint="settings-2")
    sold.settle()

    assert (sold.stands("9"), sold.holds()) == ((Outcome.IGNORED, Reason.RETURN_IGNORED), [])
    assert sold.all_that_was_done() == before


def test_a_return_that_a_person_has_made_by_hand_is_dropped(sold: World) -> None:
    sold.erp.place(a_return())
    sold.settle()
    sold.say(Verb.DROP, why="rung up at the till")

    sold.settle()

    assert (sold.stands("9"), sold.holds()) == ((Outcome.IGNORED, Reason.DROPPED), [])


def test_an_order_made_from_another_that_takes_nothing_back_is_sold_like_any(sold: World) -> None:
    sold.erp.place(an_order("SO9", return_of=OrderId("1")))

    sold.settle()

    assert sold.stands("9") == (Outcome.SYNCED, Reason.STANDS)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"state": OrderState.CANCELLED}, Reason.CANCELLED, id="cancelled"),
        pytest.param({"at": NOON - timedelta(days=9)}, Reason.BEFORE_START, id="before-the-start"),
    ],
)
def test_a_return_that_is_none_of_ours_is_ignored_by_the_rule_for_any_order(
    sold: World, changes: dict[str, Any], reason: Reason
) -> None:
    sold.erp.place(an_order("SO9", a_line(MUG, -1), return_of=OrderId("1"), **changes))

    sold.settle()

    assert sold.stands("9") == (Outcome.IGNORED, reason)


def test_a_return_in_the_erp_reserves_nothing(sold: World) -> None:
    sold.use(stock=replace(sold.settings.stock, start=Start.AVAILABLE))
    sold.erp.levels[HERE, MUG] = Decimal(8)
    sold.retail.set_level(DOWNTOWN, MUG, 8)
    sold.erp.place(a_return())
    sold.settle()

    assert stock_rows(sold) == []


# -- both


def test_an_order_cancelled_after_its_goods_came_back_is_held_beside_the_return(sold: World) -> None:
    sold.retail.take_back(the_sale(sold), "R-1", {MUG: 2})
    sold.erp.cancel(sold.entries()[0].order)

    sold.settle()

    assert sold.stands() == (Outcome.HELD, Reason.CANCELLED_AFTER_CLOSED)
    assert "2 of 2 x MUG came back, 23.00" in explained(sold)


def test_an_adopted_sale_that_comes_back_is_told_too(sold: World) -> None:
    """Known as ours by the store alone: the original's source is the other connector's."""
    sale = sold.retail.sales[the_sale(sold)]
    sold.retail.change(sale.id, source_type="SHOPIFY", source_id="gid-1")
    sold.retail.take_back(sale.id, "R-1", {MUG: 1})

    sold.settle()

    assert counted(sold)["orders"] == ["SO1"]
