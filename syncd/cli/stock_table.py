"""The stock report for a terminal: grouped by reason, the largest first, then what is compared with nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncd.cli.screen import print_line, print_table, quantity
from syncd.cli.stock_view import StockView
from syncd.domain.stock_report import StockReport
from syncd.domain.stock_terms import REASON_WORDS, TERM_WORDS, StockReason, StockRow, StockTerms, told
from syncd.store.matches import Verdict

ROWS_SHOWN_MAX = 25  # of one reason
LISTED_MAX = 10  # of each list below the table
# Rows of which nobody has to do anything: they are counted, and shown when they are asked for.
ONLY_COUNTED = (StockReason.OPEN_SALE,)

VERDICT_WORDS: dict[Verdict, str] = {
    Verdict.MATCHED: "",
    Verdict.UNKNOWN: "not in X-Series",
    Verdict.INACTIVE: "deleted or switched off in X-Series",
    Verdict.AMBIGUOUS: "several products of X-Series have it",
    Verdict.TWICE: "several products of the ERP have it",
    Verdict.UNTRACKED: "X-Series does not count it",
    Verdict.COMPOSITE: "made of others in X-Series",
}
_COLUMNS = ("outlet", "SKU", ">ERP", ">X-Series", ">difference", ">unexplained", "because")


def print_stock(view: StockView, *, most: int = ROWS_SHOWN_MAX) -> None:
    """Rows worth a look one by one, grouped by reason; then lists, then what was observed."""
    rows = 0
    for reason, count in view.reasons().items():
        rows += count
        if reason in ONLY_COUNTED and view.wanted.reason is None:
            print_line(f"{count} rows: {REASON_WORDS[reason]} (`syncd report --reason {reason}` shows them)")
            continue
        shown = list(view.rows(reason=reason, most=most))
        print_table(
            _COLUMNS,
            (_cells(view.report.terms, row) for row in shown),
            title=f"{REASON_WORDS[reason]}: {count}",
        )
        if count > len(shown):
            print_line(f"... and {count - len(shown)} more (`syncd report --reason {reason} --limit {count}`)")
        print_line()
    _print_one_sided(view)
    _print_wrong(view)
    _print_sum(view.report, rows)


def _cells(terms: StockTerms, row: StockRow) -> Sequence[object]:
    return (
        row.outlet_name,
        row.sku,
        quantity(row.start),
        quantity(row.level),
        f"{row.difference.normalize():+f}",
        f"{row.unexplained.normalize():+f}" if row.unexplained else "",
        reasons_in_words(terms, row),
    )


def reasons_in_words(terms: StockTerms, row: StockRow) -> str:
    words = [f"{quantity(by)} {TERM_WORDS[term]}" for term, by in told(terms, row).items()]
    if not row.moved_known:
        words.append("a count, by how much it was off is not told")
    if row.uncertain:
        words.append(f"{quantity(row.uncertain)} in writes that may have happened")
    return "; ".join(words) or "nothing in flight"


def _print_one_sided(view: StockView) -> None:
    one_sided = view.one_sided()
    _print_list(
        "in the ERP, and compared with nothing",
        view.report.unmatched,
        (
            f"{one.sku} ({VERDICT_WORDS[one.verdict]}){_near(near)}"
            for one, near in one_sided.unmatched
            if one.verdict is not Verdict.MATCHED
        ),
    )
    _print_list(
        "counted in X-Series, and not in the ERP",
        view.report.unstocked,
        (f"{one.sku}{_near(near)}" for one, near in one_sided.unstocked),
    )


def _near(skus: Sequence[str]) -> str:
    return f", perhaps {' or '.join(skus)}" if skus else ""


def _print_wrong(view: StockView) -> None:
    report = view.report
    below = view.negative()
    _print_list("below zero", len(below), (f"{one.sku} at {one.place}: {quantity(one.quantity)}" for one in below))
    _print_list("no quantities", report.bad_count, (f"{one.item}: {one.said}" for one in report.bad))
    _print_list("locations of the ERP that are not mapped", len(report.unmapped), report.unmapped)
    _print_list(
        "not compared", len(report.left_out), (f"{location}: {why}" for location, why in report.left_out.items())
    )
    if report.movements:
        print_line(f"receipts, counts and adjustments in X-Series are unknown (term M): {report.movements}")


def _print_list(title: str, count: int, words: Iterable[str]) -> None:
    if not count:
        return
    print_line(f"{title}: {count}")
    for place, word in enumerate(words):
        if place == LISTED_MAX:
            print_line(f"  ... and {count - LISTED_MAX} more (`syncd report --format json`)")
            return
        print_line(f"  {word}")


def _print_sum(report: StockReport, rows: int) -> None:
    said = report.observed.in_words()
    if report.observed.contradicts(report.terms):
        print_line(f"WARNING: {said}, but `stock.open_sales_lower_level` is {_yes(report.terms)}")
    elif report.observed.telling:
        print_line(said)
    levels = sum(one.levels for one in report.outlets)
    print_line(f"{levels} levels at {len(report.outlets)} outlets; {rows} rows differ")
    print_line(f"drifts, which nothing in flight explains: {report.drifts} of {report.differing} differing rows")


def _yes(terms: StockTerms) -> str:
    return "true" if terms.open_sales_lower_level else "false"
