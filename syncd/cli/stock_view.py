"""A stock report with everything that is shown beside it: rows by reason, SKUs of one side only, what is negative."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from syncd.domain.ids import Account, Sku
from syncd.domain.near_matches import NearMatches
from syncd.domain.stock_report import StockReport
from syncd.domain.stock_terms import StockReason, StockRow, Term, reason_of
from syncd.store import levels, matches, numbers, stock_report
from syncd.store.database import Database
from syncd.store.levels import Negative
from syncd.store.matches import Unmatched, Unstocked
from syncd.store.numbers import Kind
from syncd.store.stock_report import Filter, Point

LISTED_MAX = 1_000  # of SKUs that only one side has, and of negative levels
ROWS_IN_DATA_MAX = 10_000  # of a run's answer as JSON; `syncd report --format json` writes all of them
CHART_SPAN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OneSided:
    """SKUs that are compared with nothing, with those of the other side that may have been meant."""

    unmatched: tuple[tuple[Unmatched, tuple[Sku, ...]], ...]
    unstocked: tuple[tuple[Unstocked, tuple[Sku, ...]], ...]


class StockView:
    """Reads the store as it is asked: a report may have more rows than fit into memory."""

    def __init__(self, database: Database, account: Account, report: StockReport, wanted: Filter | None = None) -> None:
        self.account = account
        self.report = report
        self.wanted = wanted or Filter()
        self._database = database

    def rows(self, *, reason: StockReason | None = None, most: int | None = None) -> Iterator[StockRow]:
        """The rows that are wanted, the largest first; only of one reason when it is given."""
        wanted = self.wanted if reason is None else Filter(self.wanted.outlet, self.wanted.sku, reason)
        with self._database.read() as tx:
            yield from stock_report.rows(tx, self.account, self.report, wanted, most=most)

    def reasons(self) -> dict[StockReason, int]:
        """How many of the wanted rows have which reason; drifts first, then the most frequent."""
        with self._database.read() as tx:
            found = stock_report.reasons(tx, self.account, self.report, self.wanted)
        first = (StockReason.DRIFT, StockReason.SEEN_ONCE)
        return dict(sorted(found.items(), key=lambda one: (one[0] not in first, -one[1], one[0])))

    def one_sided(self) -> OneSided:
        with self._database.read() as tx:
            erp = numbers.number_of_known(tx, self.account, Kind.ERP)
            if erp is None:
                return OneSided((), ())
            alone = matches.unmatched(tx, erp, most=LISTED_MAX)
            unstocked = list(matches.unstocked(tx, self.account, erp, most=LISTED_MAX))
        here, there = NearMatches(one.sku for one in alone), NearMatches(one.sku for one in unstocked)
        return OneSided(
            tuple((one, there.of(one.sku)) for one in alone), tuple((one, here.of(one.sku)) for one in unstocked)
        )

    def negative(self) -> list[Negative]:
        places = {place.location: place.outlet for place in self.report.outlets}
        with self._database.read() as tx:
            return levels.negative(tx, self.account, places, most=LISTED_MAX)

    def history(self) -> list[Point]:
        with self._database.read() as tx:
            return stock_report.history(tx, self.account, since=self.report.compared_at - CHART_SPAN)


def newest_view(database: Database, account: Account) -> StockView | None:
    """The newest report; None before the first."""
    with database.read() as tx:
        report = stock_report.newest(tx, account)
    return None if report is None else StockView(database, account, report)


# ------------------------------------------------------------------ as data


def row_as_data(view: StockView, row: StockRow) -> dict[str, Any]:
    """One row with stable keys."""
    return {
        "outlet": row.outlet_name,
        "outlet_id": row.outlet,
        "location": row.location,
        "sku": row.sku,
        "product": row.product,
        "on_hand": row.on_hand,
        "reserved": row.reserved,
        "level": row.level,
        "to_procure": row.to_procure,
        "difference": row.difference,
        "terms": {term.value: row.units[term] for term in Term if term in row.units},
        "uncertain": row.uncertain,
        "not_read": _not_read(view.report, row),
        "expected": [row.expected_low, row.expected_high],
        "seen": row.seen,
        "unexplained": row.unexplained,
        "reason": reason_of(view.report.terms, row),
    }


def _not_read(report: StockReport, row: StockRow) -> list[str]:
    """The terms of which nobody knows all: such a row is not to be corrected."""
    return [Term.MOVED_IN.value, Term.MOVED_OUT.value] if report.movements or not row.moved_known else []


def report_as_data(view: StockView) -> dict[str, Any]:
    """Everything but the rows."""
    report, one_sided = view.report, view.one_sided()
    return {
        "run": report.run,
        "compared_at": report.compared_at,
        "erp_read_at": report.erp_read_at,
        "settings": report.terms,
        "outlets": report.outlets,
        "reasons": report.reasons,
        "open_sales_observed": {
            "lowering": report.observed.lowering,
            "telling": report.observed.telling,
            "contradicts_the_setting": report.observed.contradicts(report.terms),
        },
        "movements_unknown": report.movements,
        "items": report.items,
        "unmatched": [
            {"sku": one.sku, "item": one.item, "why": one.verdict, "near": near} for one, near in one_sided.unmatched
        ],
        "unstocked": [
            {"sku": one.sku, "product": one.product, "name": one.name, "near": near}
            for one, near in one_sided.unstocked
        ],
        "unstocked_count": report.unstocked,
        "negative": view.negative(),
        "bad": [{"item": one.item, "said": one.said} for one in report.bad],
        "bad_count": report.bad_count,
        "unmapped_locations": report.unmapped,
        "left_out": report.left_out,
    }


def whole_as_data(view: StockView) -> dict[str, Any]:
    """The report with its rows, the largest first, for the answer of a run."""
    rows = [row_as_data(view, row) for row in view.rows(most=ROWS_IN_DATA_MAX)]
    return {**report_as_data(view), "rows": rows, "rows_left_out": view.report.differing - len(rows)}
