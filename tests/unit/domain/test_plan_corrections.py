"""Which drifts are corrected, when a plan is too much, and what can be taken back: as rules, without any side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.domain.ids import LocationId, OutletId, ProductId, Sku
from syncd.domain.plan_corrections import (
    Candidate,
    Corrected,
    Correction,
    CorrectionFacts,
    LeftAlone,
    QuietHours,
    Way,
    matched_as_booked,
    sort_drifts,
    stale_rows,
    undo_of,
    why_left_alone,
)
from syncd.domain.stock_brakes import SideNumbers, StockBrakes, tripped
from syncd.domain.stock_terms import BookedBy, Start, StockRow, StockTerms

DOWNTOWN, AIRPORT = OutletId("downtown"), OutletId("airport")
MUG = Sku("MUG")
TERMS = StockTerms(Start.ON_HAND, True, BookedBy.ERP, timedelta(hours=26))
FACTS = CorrectionFacts(TERMS)
LIMITS = StockBrakes()


def a_drift(level: int = 7, expected: int = 10, **changes: object) -> Candidate:
    """A mug downtown that is off, as two looks have seen."""
    off = Decimal(level - expected)
    row = StockRow(
        outlet=DOWNTOWN, outlet_name="Downtown", location=LocationId("HERE"), sku=MUG, product=ProductId("mug"),
        on_hand=Decimal(expected), reserved=Decimal(0), level=Decimal(level), units={}, uncertain=Decimal(0),
        start=Decimal(expected), expected_low=Decimal(expected), expected_high=Decimal(expected), seen=off,
        unexplained=off,
    )  # fmt: skip
    return Candidate(replace(row, **changes), version=1, item=1)


def a_row(n: int = 0, level: int = 7, expected: int = 10, outlet: OutletId = DOWNTOWN) -> Correction:
    return Correction(
        outlet, str(outlet), LocationId("HERE"), Sku(f"SKU-{n}"), ProductId(f"p{n}"), Decimal(level),
        Decimal(expected), Decimal(expected - level), version=1,
    )  # fmt: skip


def test_a_drift_becomes_the_difference_that_is_left() -> None:
    [row] = sort_drifts([a_drift(7, 10)], FACTS).corrections

    assert (row.level, row.expected, row.delta) == (7, 10, 3)


def test_of_a_drift_that_two_looks_see_differently_the_common_part_is_corrected() -> None:
    [row] = sort_drifts([a_drift(5, 10, seen=Decimal(-5), unexplained=Decimal(-2))], FACTS).corrections

    assert (row.expected, row.delta) == (7, 2)


KEY = (DOWNTOWN, ProductId("mug"))


@pytest.mark.parametrize(
    ("drift", "facts", "why"),
    [
        (a_drift(unexplained=Decimal(0)), FACTS, LeftAlone.SEEN_ONCE),
        (a_drift(), replace(FACTS, terms=replace(TERMS, booked_by=BookedBy.NOBODY)), LeftAlone.NOBODY_BOOKS),
        (a_drift(), replace(FACTS, terms=replace(TERMS, moved_by=BookedBy.NOBODY)), LeftAlone.NOBODY_BOOKS),
        (a_drift(), replace(FACTS, movements="no scope"), LeftAlone.MOVEMENTS_UNKNOWN),
        (a_drift(expected_high=Decimal(12)), FACTS, LeftAlone.NOT_EXACT),
        (a_drift(uncertain=Decimal(1)), FACTS, LeftAlone.NOT_EXACT),
        (a_drift(moved_known=False), FACTS, LeftAlone.NOT_EXACT),
        (a_drift(), replace(FACTS, dropped={KEY}), LeftAlone.DROPPED),
        (a_drift(), replace(FACTS, held={KEY}), LeftAlone.HELD),
        (a_drift(), replace(FACTS, last={KEY: Corrected(Decimal(7), Decimal(10))}), LeftAlone.NOT_KEPT),
        (a_drift(), replace(FACTS, last={KEY: Corrected(Decimal(6), Decimal(10))}), None),
        (a_drift(), replace(FACTS, busy={KEY}), LeftAlone.UNDER_WAY),
        (a_drift(), replace(FACTS, counted={DOWNTOWN}), LeftAlone.COUNT_UNDER_WAY),
        (a_drift(), replace(FACTS, counted={AIRPORT}), None),
        (a_drift(), replace(FACTS, moving={KEY}), LeftAlone.TRANSFER_UNDER_WAY),
        (a_drift(2, -1), FACTS, LeftAlone.BELOW_ZERO),
        (a_drift(2, 0), FACTS, LeftAlone.ZERO_SEEN_ONCE),
        (a_drift(2, 0), replace(FACTS, zeros={KEY}), None),
        (a_drift(), replace(FACTS, way=Way.LEVELS, is_quiet=False), LeftAlone.NOT_QUIET),
        (a_drift(), replace(FACTS, way=Way.LEVELS, is_quiet=True), None),
    ],
)
def test_what_forbids_a_correction(drift: Candidate, facts: CorrectionFacts, why: LeftAlone | None) -> None:
    assert why_left_alone(drift, facts) is why


def test_quiet_hours_may_go_over_midnight() -> None:
    night = QuietHours(time(22), time(6), ZoneInfo("Pacific/Auckland"))

    assert night.contains(datetime(2026, 6, 1, 11, tzinfo=UTC))  # 23:00 there
    assert night.contains(datetime(2026, 6, 1, 17, 59, tzinfo=UTC))  # 5:59 there
    assert not night.contains(datetime(2026, 6, 1, 18, tzinfo=UTC))


# -- brakes


def sides(rows: int = 100, **changes: int) -> dict[OutletId, SideNumbers]:
    full = {"rows": rows, "erp_full": rows, "retail_full": rows, "erp_rows": rows, "erp_matched": rows}
    return {DOWNTOWN: SideNumbers("Downtown", **(full | changes))}


def rows(count: int, **changes: int) -> list[Correction]:
    return [a_row(n, **changes) for n in range(count)]


@pytest.mark.parametrize(
    ("corrections", "numbers", "limits", "words"),
    [
        (rows(20), sides(), LIMITS, None),
        (rows(21), sides(), LIMITS, "21 of 100 rows changed, 21% (limit 20%)"),
        (rows(4), sides(19), LIMITS, None),
        (rows(6, expected=0), sides(), LIMITS, "6 of 100 rows to zero, 6% (limit 5%)"),
        (rows(1), sides(erp_matched=79), LIMITS, "only 79% of the ERP's levels have a product in X-Series (least 80%)"),
        (rows(1), sides(retail_full=0), LIMITS, "X-Series has nothing of 100 products, and the ERP has 100"),
        (rows(1), sides(erp_full=0), LIMITS, "the ERP has nothing of 100 products, and X-Series has 100"),
        (rows(3), sides(), replace(LIMITS, rows_changed=2), "3 rows changed (limit 2)"),
        (rows(2, level=0, expected=300), sides(), LIMITS, "600 units changed (limit 500)"),
        ([], sides(erp_full=0, retail_full=0), LIMITS, None),
        ([], sides(erp_full=0), LIMITS, None),
    ],
)
def test_a_plan_that_is_too_much_to_be_true(
    corrections: list[Correction], numbers: dict[OutletId, SideNumbers], limits: StockBrakes, words: str | None
) -> None:
    assert tripped(corrections, numbers, limits) == (() if words is None else (f"Downtown: {words}",))


def test_small_outlets_are_looked_at_together() -> None:
    few = {DOWNTOWN: SideNumbers("Downtown", 15, 15, 15, 15, 15), AIRPORT: SideNumbers("Airport", 15, 15, 15, 15, 15)}
    plan = [*rows(4), *(a_row(n, outlet=AIRPORT) for n in range(4))]

    assert tripped(plan, few, LIMITS) == ("over all: 8 of 30 rows changed, 26.7% (limit 20%)",)


# -- plans kept, and taken back


def test_a_plan_is_stale_by_what_moved() -> None:
    was = a_row()
    now = [replace(was, level=Decimal(6)), replace(was, expected=Decimal(9)), replace(was, version=2)]

    assert [stale_rows([was], {was.key: one})[0].partition(": ")[2] for one in now] == [
        "the level was 7 and is 6",
        "10 was expected and is 9",
        "the level was moved and is 7 again",
    ]
    assert stale_rows([was], {was.key: was}) == []


def test_an_undo_leaves_what_has_moved_since() -> None:
    back, moved = undo_of([a_row(1), a_row(2), a_row(3)], {a_row(1).key: Decimal(10), a_row(2).key: Decimal(9)})

    assert [(one.sku, one.level, one.expected, one.delta) for one in back] == [("SKU-1", 10, 7, -3)]
    assert len(moved) == 2


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=8), st.data())
def test_each_booked_change_stands_for_one_row_at_most(said: list[tuple[int, int]], data: st.DataObject) -> None:
    """As multisets: what is found is there, what is missing is not there any more, and nothing is in both."""
    plan = [a_row(product, 0, quantity) for product, quantity in said]
    booked = data.draw(st.lists(st.sampled_from(plan), max_size=8)) if plan else []

    found, missing = matched_as_booked(plan, [(one.key, one.delta) for one in booked])

    assert sorted([*found, *missing], key=repr) == sorted(plan, key=repr)
    for row in plan:
        assert found.count(row) == min(plan.count(row), booked.count(row))
