"""The rows of a stock report as CSV, one by one."""

from __future__ import annotations

import csv
from typing import TextIO

from syncd.cli.screen import quantity
from syncd.cli.stock_view import StockView
from syncd.domain.stock_terms import Term, reason_of

COLUMNS = (
    "outlet",
    "location",
    "sku",
    "product",
    "on_hand",
    "reserved",
    "level",
    "to_procure",
    "difference",
    *(term.value for term in Term),
    "uncertain",
    "expected_low",
    "expected_high",
    "seen",
    "unexplained",
    "reason",
)


def write_csv(view: StockView, file: TextIO) -> None:
    """A header, then the wanted rows. Empty cells are terms that hold nothing."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in view.rows():
        writer.writerow(
            (
                row.outlet_name,
                row.location,
                row.sku,
                row.product,
                quantity(row.on_hand),
                quantity(row.reserved),
                quantity(row.level),
                quantity(row.to_procure),
                quantity(row.difference),
                *(quantity(row.units[term]) if term in row.units else "" for term in Term),
                quantity(row.uncertain),
                quantity(row.expected_low),
                quantity(row.expected_high),
                quantity(row.seen),
                quantity(row.unexplained),
                reason_of(view.report.terms, row).value,
            )
        )
