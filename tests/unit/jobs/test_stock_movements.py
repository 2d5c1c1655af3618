"""Receipts, counts, transfers and adjustments in X-Series explain a level, and so do units of orders, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.stock_changes import (
    OUR_REASONS,
    AdjustmentReason,
    AdjustmentReasonId,
    ConsignmentKind,
    ConsignmentLine,
)
from syncd.domain.stock_terms import BookedBy, Start, StockReason, Term, reason_of
from syncd.errors import Forbidden, Unanswered
from tests.fakes.memory_erp import HERE, MUG, THERE, a_line, an_order
from tests.fakes.memory_retail import AIRPORT, DOWNTOWN, product_id
from tests.unit.jobs.world import World


@pytest.fixture
def shop(dated: World) -> World:
    """Ten mugs at each place, as both sides say; nobody books what is moved in X-Series."""
    dated.use(stock=replace(dated.settings.stock, moved_by=BookedBy.NOBODY))
    for location, outlet in ((HERE, DOWNTOWN), (THERE, AIRPORT)):
        dated.erp.levels[location, MUG] = Decimal(10)
        dated.retail.set_level(outlet, MUG, 10)
    return dated


def mugs(expected: int | None, received: int | None) -> ConsignmentLine:
    amounts = [None if one is None else Decimal(one) for one in (expected, received)]
    return ConsignmentLine(product_id(MUG), *amounts, booked=True, version=1)


def units(world: World) -> dict[str, dict[Term, Decimal]]:
    """What explains each row; nothing may be left over."""
    world.stock_report()
    rows = world.stock_rows()
    assert [row.unexplained for row in rows] == [0] * len(rows)
    return {row.outlet_name: dict(row.units) for row in rows}


def test_goods_from_a_supplier_explain_a_higher_level(shop: World) -> None:
    shop.retail.complete("PO-1", ConsignmentKind.SUPPLIER, mugs(5, 4))
    shop.retail.set_level(DOWNTOWN, MUG, 14)

    assert units(shop) == {"Downtown": {Term.MOVED_IN: 4}}


@pytest.mark.parametrize(
    ("found", "level", "explained"),
    [
        pytest.param(12, 12, {Term.MOVED_IN: 2}, id="more than expected"),
        pytest.param(7, 7, {Term.MOVED_OUT: 3}, id="fewer than expected"),
    ],
)
def test_a_count_explains_what_it_found(shop: World, found: int, level: int, explained: dict[Term, int]) -> None:
    shop.retail.complete("Count", ConsignmentKind.COUNT, mugs(10, found))
    shop.retail.set_level(DOWNTOWN, MUG, level)

    assert units(shop) == {"Downtown": explained}


def test_a_count_that_does_not_say_what_it_expected_may_explain_any_level(shop: World) -> None:
    shop.use(stock=replace(shop.settings.stock, moved_by=BookedBy.ERP))
    shop.retail.complete("Count", ConsignmentKind.COUNT, mugs(None, 27))
    shop.retail.set_level(DOWNTOWN, MUG, 27)

    assert units(shop) == {"Downtown": {}}
    [row] = shop.stock_rows()
    assert (row.moved_known, reason_of(shop.settings.stock, row)) == (False, StockReason.COUNTED)


def test_a_count_that_nobody_books_and_that_does_not_say_what_it_expected_leaves_a_drift(shop: World) -> None:
    shop.retail.complete("Count", ConsignmentKind.COUNT, mugs(None, 27))
    shop.retail.set_level(DOWNTOWN, MUG, 27)

    assert shop.stock_report().drifts == 1
    assert [row.moved_known for row in shop.stock_rows()] == [False]


def test_a_transfer_explains_both_outlets(shop: World) -> None:
    shop.retail.complete("T-1", ConsignmentKind.TRANSFER, mugs(3, 3), outlet=DOWNTOWN, source=AIRPORT)
    shop.retail.set_level(DOWNTOWN, MUG, 13)
    shop.retail.set_level(AIRPORT, MUG, 7)

    assert units(shop) == {"Downtown": {Term.MOVED_IN: 3}, "Airport": {Term.MOVED_OUT: 3}}


def test_goods_sent_back_explain_a_lower_level(shop: World) -> None:
    shop.retail.complete("R-1", ConsignmentKind.RETURN, mugs(2, None))
    shop.retail.set_level(DOWNTOWN, MUG, 8)

    assert units(shop) == {"Downtown": {Term.MOVED_OUT: 2}}


def test_an_adjustment_by_hand_explains_a_level(shop: World) -> None:
    shop.retail.adjust(MUG, "-2")

    assert units(shop) == {"Downtown": {Term.MOVED_OUT: 2}}


def test_an_adjustment_of_our_own_explains_nothing(shop: World) -> None:
    """It brings X-Series to what the ERP says: counted as a movement it would be taken back for ever."""
    ours = AdjustmentReason(AdjustmentReasonId("r-1"), OUR_REASONS[0], True, True)
    shop.retail.set_level(DOWNTOWN, MUG, 8)
    shop.retail.adjust(MUG, "2", reason=ours)

    assert units(shop) == {}


def test_a_movement_is_counted_once_however_often_it_is_read(shop: World) -> None:
    shop.retail.adjust(MUG, "2")
    units(shop)
    with shop.given.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM cursors WHERE name IN ('adjustments', 'consignments')")
    shop.retail.set_level(AIRPORT, MUG, 10)

    assert units(shop) == {"Downtown": {Term.MOVED_IN: 2}}


def test_what_the_erp_books_by_itself_may_be_booked_already(shop: World) -> None:
    shop.use(stock=replace(shop.settings.stock, moved_by=BookedBy.ERP))
    shop.retail.adjust(MUG, "4")

    assert units(shop) == {"Downtown": {Term.MOVED_IN: 4}}

    shop.erp.levels[HERE, MUG] = Decimal(14)
    assert units(shop) == {}


def test_what_the_erp_should_have_booked_long_ago_explains_nothing(shop: World) -> None:
    shop.use(stock=replace(shop.settings.stock, moved_by=BookedBy.ERP))
    shop.retail.adjust(MUG, "4")
    shop.stock_report()

    shop.clock.advance(timedelta(hours=27))
    report = shop.stock_report()

    assert report.drifts == 1


@pytest.mark.parametrize("call", ["read_consignments", "read_adjustments"])
def test_what_the_token_may_not_read_is_unknown_and_no_failure(shop: World, call: str) -> None:
    shop.retail.adjust(MUG, "4")
    shop.retail.fail(call, Forbidden("403", status=403), times=9)

    report = shop.stock_report()

    assert "the token may not read" in report.movements
    assert report.drifts == (1 if call == "read_adjustments" else 0)


def test_a_list_that_cannot_be_read_just_now_fails_the_run(shop: World) -> None:
    shop.retail.fail("read_consignments", Unanswered("cut"))

    assert shop.sync_stock().outcome == "failed"


def test_the_classic_dialect_has_no_adjustments_and_is_well_without(classic: World) -> None:
    classic.erp.levels[HERE, MUG] = Decimal(10)
    classic.retail.set_level(DOWNTOWN, MUG, 10)

    assert classic.stock_report().movements == ""


def test_movements_are_not_asked_for_while_no_level_moves(shop: World) -> None:
    shop.stock_report()
    shop.retail.fail("read_consignments", Unanswered("asked although nothing moved"))

    assert shop.sync_stock().outcome == "done"


# -- orders: no reservation counts twice


@pytest.mark.parametrize("start", Start)
@pytest.mark.parametrize("lower", [True, False])
def test_whatever_is_compared_the_sides_agree_step_by_step(shop: World, start: Start, lower: bool) -> None:
    """One order on its way, under all four combinations of settings."""
    shop.use(stock=replace(shop.settings.stock, start=start, open_sales_lower_level=lower))

    def agree() -> None:
        shop.stock_report()
        assert [row.unexplained for row in shop.stock_rows()] == [0] * len(shop.stock_rows())

    agree()
    order = shop.erp.place(an_order("SO1", a_line(MUG, 3)))
    shop.stock_report()  # reserved in the ERP, not yet a sale
    agree()
    shop.settle()
    shop.retail.set_level(DOWNTOWN, MUG, 7 if lower else 10)
    agree()
    [sale] = shop.retail.sales_of(order)
    shop.retail.hand_over(sale.id)
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    agree()
    shop.settle()
    shop.sync_fulfilments()
    assert shop.erp.levels[HERE, MUG] == 7
    agree()
    assert shop.stock_rows() == []


# -- what was observed about open sales


@pytest.mark.parametrize("lower", [True, False])
def test_open_sales_are_seen_to_lower_the_level_or_not(shop: World, lower: bool) -> None:
    for number in range(1, 4):
        shop.erp.place(an_order(f"SO{number}"))
    shop.settle()
    shop.retail.set_level(DOWNTOWN, MUG, 4 if lower else 10)

    observed = shop.stock_report().observed

    assert (observed.lowering, observed.telling) == (3 if lower else 0, 3)
    assert observed.contradicts(shop.settings.stock) is not lower


def test_a_level_that_fits_neither_tells_nothing(shop: World) -> None:
    shop.erp.place(an_order("SO1"))
    shop.settle()
    shop.retail.set_level(DOWNTOWN, MUG, 5)

    observed = shop.stock_report().observed

    assert observed.telling == 0
    assert not observed.contradicts(shop.settings.stock)
