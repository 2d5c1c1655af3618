"""The stock report as a table and as data."""

from __future__ import annotations

from typing import Any

from syncd.cli.screen import print_line, print_table, quantity
from syncd.domain.stock_terms import TERM_WORDS, StockRow, Term
from syncd.jobs.stock import StockReport

UNMATCHED_SHOWN_MAX = 10


def print_stock(report: StockReport) -> None:
    if report.rows:
        print_table(
            ("outlet", "SKU", ">ERP", ">X-Series", ">difference", ">unexplained", "because"),
            (
                (
                    row.outlet_name,
                    row.sku,
                    quantity(row.start),
                    quantity(row.level),
                    f"{row.difference:+f}",
                    f"{row.unexplained:+f}" if row.unexplained else "",
                    reasons_in_words(row),
                )
                for row in report.rows
            ),
        )
    print_line(
        f"stock: {len(report.rows)} rows differ, {len(report.drifts)} of them by something that nothing explains; "
        f"{len(report.unmatched)} SKUs of the ERP are not in X-Series"
        + (f" ({', '.join(report.unmatched[:UNMATCHED_SHOWN_MAX])})" if report.unmatched else "")
    )


def reasons_in_words(row: StockRow) -> str:
    words = [f"{quantity(units)} {TERM_WORDS[term]}" for term, units in row.units.items()]
    if row.uncertain:
        words.append(f"{quantity(row.uncertain)} in writes that may have happened")
    return "; ".join(words) or "nothing known"


def stock_as_data(report: StockReport) -> dict[str, Any]:
    return {
        "rows": [
            {
                "outlet": row.outlet_name,
                "outlet_id": row.outlet,
                "location": row.location,
                "sku": row.sku,
                "product": row.product,
                "on_hand": row.on_hand,
                "reserved": row.reserved,
                "level": row.level,
                "difference": row.difference,
                "terms": {term.value: row.units[term] for term in Term if term in row.units},
                "not_read": [Term.MOVED.value],
                "expected": [row.expected_low, row.expected_high],
                "unexplained": row.unexplained,
            }
            for row in report.rows
        ],
        "unmatched": list(report.unmatched),
    }
