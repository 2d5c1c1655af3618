"""Which reports keep the promises of the demo."""

from typing import Any

import pytest

from tests.audit.promises import promises, table

GOOD: dict[str, Any] = {
    "dialect": "dated",
    "orders": 32,
    "sales": 26,
    "held": 2,
    "ignored": 5,
    "completions": 5,
    "partial_hand_overs": 1,
    "partial_completions": 1,
    "erp_shipments_pushed": 1,
    "duplicates": 0,
    "lost": 0,
    "empty_sales": 0,
    "sales_without_order": 0,
    "drift_rows": 2,
    "disturbed_levels": 2,
    "second_run_writes": 0,
    "unmatched_totals": 0,
    "total_erp": "110.00",
    "total_xseries": "110.00",
    "requests_per_order": 1.2,
    "seconds": 60,
}


def broken(report: dict[str, Any]) -> list[str]:
    return [promise.key for promise in promises(report) if not promise.kept]


def test_a_good_report_keeps_every_promise() -> None:
    assert broken(GOOD) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("duplicates", 1),
        ("lost", 1),
        ("empty_sales", 1),
        ("sales_without_order", 1),
        ("second_run_writes", 1),
        ("unmatched_totals", 1),
        ("total_xseries", "110.01"),
        ("completions", 3),
        ("partial_completions", 0),
        ("erp_shipments_pushed", 0),
        ("held", 1),
        ("ignored", 1),
        ("sales", 0),
        ("drift_rows", 3),
        ("seconds", 240),
    ],
)
def test_a_number_that_is_not_as_promised_breaks_its_promise(key: str, value: object) -> None:
    assert broken(GOOD | {key: value}) == [key]


def test_over_classic_nothing_leaves_in_part() -> None:
    nothing = {"partial_hand_overs": 0, "partial_completions": 0}

    assert broken(GOOD | nothing | {"dialect": "classic"}) == []
    assert broken(GOOD | nothing) == ["partial_hand_overs"]


def test_the_table_shows_every_number_and_marks_the_broken_promise() -> None:
    lines = list(table(GOOD | {"lost": 1}))

    assert [line.split()[0] for line in lines] == list(GOOD)
    assert [line.split()[0] for line in lines if "BROKEN" in line] == ["lost"]
