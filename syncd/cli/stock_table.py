"""The stock report as a table and as data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from syncd.cli.screen import print_line, print_table, quantity
from syncd.domain.stock_terms import TERM_WORDS, StockRow, StockTerms, Term, sign
from syncd.jobs.stock import StockReport

UNMATCHED_SHOWN_MAX = 10


def print_stock(report: StockReport) -> None:
    """Rows worth a look one by one; rows that open sales alone explain are only counted."""
    told = [row for row in report.rows if row.unexplained or not _is_open_sales_only(report.terms, row)]
    if told:
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
                    reasons_in_words(report.terms, row),
                )
                for row in told
            ),
        )
    _print_sum(report, told)


def _print_sum(report: StockReport, told: list[StockRow]) -> None:
    rest = len(report.rows) - len(told)
    if rest:
        more = "more " if told else ""
        print_line(f"{rest} {more}rows differ only by open sales, still to be handed over (`--json` lists them)")
    if report.unmatched:
        more = ", ..." if len(report.unmatched) > UNMATCHED_SHOWN_MAX else ""
        names = ", ".join(report.unmatched[:UNMATCHED_SHOWN_MAX])
        print_line(f"in the ERP, and not or not only once in X-Series: {names}{more}")
    print_line(f"drifts, which nothing in flight explains: {len(report.drifts)} of {len(report.rows)} differing rows")


def _is_open_sales_only(terms: StockTerms, row: StockRow) -> bool:
    return set(_told(terms, row)) <= {Term.OPEN_SALE} and not row.uncertain


def _told(terms: StockTerms, row: StockRow) -> dict[Term, Decimal]:
    """The terms that move the expected level under these settings."""
    return {term: units for term, units in row.units.items() if sign(terms, term)}


def reasons_in_words(terms: StockTerms, row: StockRow) -> str:
    words = [f"{quantity(sign(terms, term) * units)} {TERM_WORDS[term]}" for term, units in _told(terms, row).items()]
    if row.uncertain:
        words.append(f"{quantity(row.uncertain)} in writes that may have happened")
    return "; ".join(words) or "nothing in flight"


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
