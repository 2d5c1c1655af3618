"""The stock report as one HTML file that needs nothing else: no network, no other file, safe to send by mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TextIO

from syncd.cli.screen import quantity
from syncd.cli.stock_chart import chart
from syncd.cli.stock_table import VERDICT_WORDS, reasons_in_words
from syncd.cli.stock_view import StockView
from syncd.domain.stock_report import OutletSum, StockReport
from syncd.domain.stock_terms import REASON_WORDS, BookedBy, StockRow, reason_of

# `default-src 'none'`: a browser that opens the file must not fetch anything, whatever a product is called.
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 14px/1.45 system-ui, sans-serif; margin: 2rem; color: #1c2330; background: #fff; }}
h1 {{ font-size: 1.5rem; margin: 0; }} h2 {{ font-size: 1.1rem; margin: 2rem 0 .5rem; }}
table {{ border-collapse: collapse; width: 100%; }} td, th {{ padding: .25rem .6rem; text-align: left; }}
th {{ border-bottom: 2px solid #c9cfda; font-weight: 600; }} td {{ border-bottom: 1px solid #e7eaf0; }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.off {{ color: #b3261e; font-weight: 600; }} .quiet {{ color: #5c6675; }}
.warn {{ background: #fff4e0; border-left: 4px solid #e09a1a; padding: .5rem .8rem; margin: .8rem 0; }}
input {{ font: inherit; padding: .3rem .6rem; width: 20rem; max-width: 100%; margin: .4rem 0; }}
svg {{ width: 100%; max-width: 60rem; height: auto; }} svg text {{ font: 11px system-ui, sans-serif; fill: #5c6675; }}
</style>
</head>
<body>
"""

_FIND = """<script>
const find = document.getElementById("find");
find.addEventListener("input", () => {
  const wanted = find.value.toLowerCase();
  for (const row of document.querySelectorAll("#rows tbody tr"))
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
});
</script>
"""

_SUMS = ("Outlet", ">Levels", ">Differing", ">Drifts", ">Units missing", ">Units too many")
_ROWS = ("Outlet", "SKU", ">ERP", ">X-Series", ">Difference", ">Expected", ">Unexplained", "Because", "Reason")


def write_html(view: StockView, file: TextIO) -> None:
    """The whole report; the rows go through one by one."""
    report = view.report
    title = f"Stock of {view.account}, {report.compared_at:%Y-%m-%d %H:%M} UTC"
    file.write(_HEAD.format(title=escape(title)))
    file.write(f'<h1>{escape(title)}</h1>\n<p class="quiet">{escape(_settings(report))}</p>\n')
    file.writelines(f'<p class="warn">{escape(word)}</p>\n' for word in _warnings(report))
    _write_table(file, "Outlets", _SUMS, (_sum_cells(one) for one in report.outlets))
    file.write("<h2>Drift over time: units that nothing explains, by outlet</h2>\n")
    file.write(chart(view.history(), {one.outlet: one.name for one in report.outlets}))
    file.write('<h2>Differences, the largest first</h2>\n<input id="find" placeholder="Outlet, SKU or reason">\n')
    _write_table(file, "", _ROWS, (_row_cells(view, row) for row in view.rows()), name="rows")
    _write_lists(view, file)
    file.write(f"{_FIND}</body>\n</html>\n")


def _settings(report: StockReport) -> str:
    terms = report.terms
    lowers = "lower" if terms.open_sales_lower_level else "do not lower"
    booked = "by nobody" if terms.booked_by is BookedBy.NOBODY else f"by the ERP within {terms.booked_within}"
    return (
        f"Compared with what is {terms.start.replace('_', ' ')} in the ERP, read in full since "
        f"{report.erp_read_at:%Y-%m-%d %H:%M} UTC; open sales {lowers} the level; till sales are booked {booked}. "
        f"{report.observed.in_words().capitalize()}."
    )


def _warnings(report: StockReport) -> Iterable[str]:
    if report.observed.contradicts(report.terms):
        yield f"{report.observed.in_words().capitalize()}: `stock.open_sales_lower_level` says otherwise."
    if report.movements:
        yield f"Receipts, counts and adjustments in X-Series are unknown (term M): {report.movements}."
    for location, why in report.left_out.items():
        yield f"{location} is not compared: {why}."
    if report.unmapped:
        yield f"Locations of the ERP that are not mapped: {', '.join(report.unmapped)}."
    if report.bad_count:
        yield f"{report.bad_count} levels are no quantities, for instance {report.bad[0].item}: {report.bad[0].said}."


def _sum_cells(one: OutletSum) -> Sequence[str]:
    drifts = _off(str(one.drifts), is_off=bool(one.drifts))
    return (
        escape(one.name),
        str(one.levels),
        str(one.differing),
        drifts,
        _off(quantity(one.missing), is_off=bool(one.missing)),
        _off(quantity(one.surplus), is_off=bool(one.surplus)),
    )


def _row_cells(view: StockView, row: StockRow) -> Sequence[str]:
    low, high = quantity(row.expected_low), quantity(row.expected_high)
    return (
        escape(row.outlet_name),
        escape(row.sku),
        quantity(row.start),
        quantity(row.level),
        f"{row.difference.normalize():+f}",
        low if low == high else f"{low} to {high}",
        _off(f"{row.unexplained.normalize():+f}", is_off=True) if row.unexplained else "",
        escape(reasons_in_words(view.report.terms, row)),
        escape(REASON_WORDS[reason_of(view.report.terms, row)]),
    )


def _off(text: str, *, is_off: bool) -> str:
    return f'<span class="off">{escape(text)}</span>' if is_off else escape(text)


def _write_lists(view: StockView, file: TextIO) -> None:
    one_sided = view.one_sided()
    _write_table(
        file,
        f"In the ERP, and compared with nothing: {view.report.unmatched}",
        ("SKU", "Why", "Perhaps"),
        (
            (escape(one.sku), escape(VERDICT_WORDS[one.verdict]), escape(", ".join(near)))
            for one, near in one_sided.unmatched
        ),
    )
    _write_table(
        file,
        f"Counted in X-Series, and not in the ERP: {view.report.unstocked}",
        ("SKU", "Name", "Perhaps"),
        ((escape(one.sku), escape(one.name), escape(", ".join(near))) for one, near in one_sided.unstocked),
    )
    sides = {"erp": "the ERP", "retail": "X-Series"}
    _write_table(
        file,
        "Below zero",
        ("Side", "Place", "SKU", ">Quantity"),
        ((sides[one.side], escape(one.place), escape(one.sku), quantity(one.quantity)) for one in view.negative()),
    )


def _write_table(
    file: TextIO, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, name: str = ""
) -> None:
    """A table of cells that are HTML already; columns of numbers are named with a leading `>`. Nothing without rows."""
    sides = [' class="n"' if column.startswith(">") else "" for column in columns]
    written = False
    for row in rows:
        if not written:
            named = zip(sides, columns, strict=True)
            heads = "".join(f"<th{side}>{escape(column.removeprefix('>'))}</th>" for side, column in named)
            head = f"<h2>{escape(title)}</h2>\n" if title else ""
            file.write(f'{head}<table id="{name}"><thead><tr>{heads}</tr></thead><tbody>\n')
            written = True
        file.write(f"<tr>{''.join(f'<td{side}>{cell}</td>' for side, cell in zip(sides, row, strict=True))}</tr>\n")
    file.write("</tbody></table>\n" if written else ('<p class="quiet">None.</p>\n' if name else ""))
