"""`syncd explain stock`: one product, outlet by outlet, as a sum of terms, each with where it comes from.

From what the store knows: it asks neither side. Levels and terms are those of the newest comparison; what runs have
corrected of the level stands below the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any

import typer

from syncd.bootstrap import job_settings, open_database
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, settings_of
from syncd.cli.screen import print_json, print_line, print_table, quantity
from syncd.cli.stock_table import VERDICT_WORDS
from syncd.domain.ids import Account, Sku
from syncd.domain.near_matches import NearMatches
from syncd.domain.stock_report import StockReport
from syncd.domain.stock_terms import (
    SETTINGS,
    TERM_WORDS,
    Interval,
    Start,
    StockTerms,
    Term,
    interval_of,
    sign,
    start_of,
)
from syncd.errors import UsageError
from syncd.store import compare, corrections, levels, matches, numbers, sources, stock_report, units
from syncd.store.compare import Comparison, Difference
from syncd.store.corrections import PastCorrection, RowState
from syncd.store.database import Transaction
from syncd.store.matches import Verdict
from syncd.store.numbers import Kind
from syncd.store.sources import Source

SIGNS = {-1: "-", 0: "0", 1: "+"}
CORRECTION_WORDS = {
    RowState.PLANNED: "under way",
    RowState.DONE: "seen booked",
    RowState.NOT_KEPT: "booked, and gone again",
    RowState.REFUSED: "refused by X-Series",
    RowState.DROPPED: "not done, and decided anew",
}


@dataclass(frozen=True, slots=True)
class Story:
    """One product at one outlet."""

    one: Difference
    terms: StockTerms
    movements: str
    seen: Decimal | None  # how far off the newest report saw it, where it is in the report
    sources: Sequence[Source]
    corrected: Sequence[PastCorrection]  # the newest first
    others: Sequence[tuple[str, Decimal]]

    def under(self, start: Start, lower: bool) -> Interval:
        """What the level may be under other settings."""
        terms = replace(self.terms, start=start, open_sales_lower_level=lower)
        return interval_of(self.one.pair, terms, self.one.units, self.one.uncertain, moved_known=self.one.moved_known)


def stock(
    sku: Annotated[str, typer.Argument(help="The ERP's SKU.", metavar="SKU")],
    outlet: Annotated[str | None, typer.Option("--outlet", help="Only this outlet.", metavar="NAME")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Say why an outlet's level is what it is: the sum of all that stands between it and the ERP, term by term."""
    settings = settings_of(config)
    account = Account(settings.account)
    with open_database(settings) as database:
        database.prepare()
        with database.read() as tx:
            report = stock_report.newest(tx, account)
            if report is None:
                raise UsageError("no stock was compared yet", hint="`syncd sync stock` does it.")
            terms = job_settings(settings).stock
            stories = stories_of(tx, account, replace(report, terms=terms), Sku(sku), outlet)
    if as_json:
        print_json([_as_data(story) for story in stories])
        return
    print_line(f"as compared {report.compared_at:%Y-%m-%d %H:%M} UTC")
    for story in stories:
        _print(story)


def stories_of(tx: Transaction, account: Account, report: StockReport, sku: Sku, outlet: str | None) -> list[Story]:
    """The product at every outlet that the report compares, or at this one. Raise UsageError where there is none."""
    erp = numbers.number_of_known(tx, account, Kind.ERP) or 0
    item = _item(tx, erp, sku)
    wanted = [one for one in report.outlets if outlet in (None, one.name, one.outlet)]
    if not wanted:
        known = ", ".join(one.name for one in report.outlets)
        raise UsageError(f"no stock is compared at {outlet}", hint=f"It is at: {known}.")
    places = compare.places_of(tx, account, [(one.location, one.outlet, one.name) for one in wanted])
    since = compare.since_of(report.terms, report.compared_at)
    found = list(Comparison(account, erp, places, since).one_product(tx, item, before=report.run))
    if not found:
        raise UsageError(f"{sku} has no level on both sides there", hint="Absence is not zero: nothing is compared.")
    return [
        Story(
            one,
            report.terms,
            report.movements,
            one.before,
            sources.of(tx, account, one, since),
            corrections.of_level(tx, account, (one.pair.outlet, one.pair.product)),
            units.reserved_by_others(tx, account, location=one.place.location_number, item=item),
        )
        for one in found
    ]


def _item(tx: Transaction, erp: int, sku: Sku) -> int:
    """The item of this SKU. Raise UsageError, saying why, when it is compared with nothing."""
    found = matches.of_sku(tx, erp, sku)
    if not found:
        near = NearMatches(levels.known_skus(tx, erp)).of(sku)
        perhaps = f"Perhaps {' or '.join(near)}?" if near else "`syncd sync stock --full` reads all of them again."
        raise UsageError(f"the ERP has no product {sku}", hint=perhaps)
    if found[0].verdict is not Verdict.MATCHED:
        raise UsageError(f"{sku} is compared with nothing: {VERDICT_WORDS[found[0].verdict]}", hint="`syncd report`")
    return found[0].item


# ------------------------------------------------------------------ for people


def _print(story: Story) -> None:
    pair, terms = story.one.pair, story.terms
    print_line()
    print_line(f"{pair.sku} at {pair.outlet_name} ({pair.location})")
    chosen = SETTINGS.index((terms.start, terms.open_sales_lower_level))
    columns = [f">{_name(start, lower)}{' *' if n == chosen else ''}" for n, (start, lower) in enumerate(SETTINGS)]
    print_table(("", ">units", *columns), [*_rows(story)])
    print_line(f"X-Series says {quantity(pair.level)}" + _procured(pair.to_procure) + f": {_verdict(story)}")
    print_line("* as the config says; the other columns are what would be expected under other settings")
    if story.movements:
        print_line(f"M, N: unknown, {story.movements}")
    for source in story.sources:
        letter = source.term.value if source.term else "?"
        more = f" ({source.words})" if source.words else ""
        units_of = "?" if source.units is None else quantity(source.units)
        print_line(f"  {letter} {units_of}  {source.what}{more}")
    for order, amount in story.others:
        print_line(f"  - {quantity(amount)}  reserved for {_other(order)}, which becomes no sale here")
    for past in story.corrected:
        print_line(f"  run {past.run}: {_past(past)}")


def _rows(story: Story) -> list[Sequence[object]]:
    pair, units_of = story.one.pair, story.one.units
    starts = [quantity(start_of(pair, start)) for start, _ in SETTINGS]
    rows: list[Sequence[object]] = [("the ERP", "", *starts)]
    for term in Term:
        if amount := units_of.get(term):
            moved = [sign(replace(story.terms, start=s, open_sales_lower_level=lo), term) for s, lo in SETTINGS]
            shown = [f"{SIGNS[by]}{quantity(amount)}" if by else "0" for by in moved]
            rows.append((f"{term.value} {TERM_WORDS[term]}", quantity(amount), *shown))
    if story.one.uncertain:
        may = [""] * len(SETTINGS)
        rows.append(("? writes that may have happened", quantity(story.one.uncertain), *may))
    if buffer := story.terms.buffer_at(pair.location):
        taken = f"-{quantity(buffer)}" if story.terms.buffer_is_kept else f"0 or -{quantity(buffer)}"
        rows.append(("buffer, never below zero", quantity(buffer), *[taken] * len(SETTINGS)))
    rows.append(("expected", "", *(_interval(story.under(start, lower)) for start, lower in SETTINGS)))
    left = [story.under(start, lower).distance(pair.level) for start, lower in SETTINGS]
    rows.append(("X-Series is off by", "", *(f"{by.normalize():+f}" if by else "0" for by in left)))
    return rows


def _name(start: Start, lower: bool) -> str:
    return f"{start}, {'lower' if lower else 'not'}"


def _interval(one: Interval) -> str:
    return quantity(one.low) if one.low == one.high else f"{quantity(one.low)} to {quantity(one.high)}"


def _procured(amount: Decimal) -> str:
    return f" (and {quantity(amount)} to be procured, taken off already)" if amount else ""


def _verdict(story: Story) -> str:
    off = story.under(story.terms.start, story.terms.open_sales_lower_level).distance(story.one.pair.level)
    if not off:
        return "as expected"
    return f"off by {off.normalize():+f}, which nothing in flight explains"


def _past(past: PastCorrection) -> str:
    row = past.row
    when = f", {past.settled_at[:16].replace('T', ' ')}" if past.settled_at else ""
    steps = f"{quantity(row.level)} to {quantity(row.expected)} ({row.delta.normalize():+f})"
    return f"corrected {steps}: {CORRECTION_WORDS[past.state]}{when}"


def _other(order: str) -> str:
    return f"order {order}" if order else "something that is no order"


# ------------------------------------------------------------------ for programs


def _as_data(story: Story) -> dict[str, Any]:
    pair = story.one.pair
    return {
        "sku": pair.sku,
        "outlet": pair.outlet_name,
        "outlet_id": pair.outlet,
        "location": pair.location,
        "product": pair.product,
        "on_hand": pair.on_hand,
        "reserved": pair.reserved,
        "level": pair.level,
        "to_procure": pair.to_procure,
        "terms": {term.value: story.one.units[term] for term in Term if term in story.one.units},
        "uncertain": story.one.uncertain,
        "movements_unknown": story.movements,
        "settings": {"start": story.terms.start, "open_sales_lower_level": story.terms.open_sales_lower_level},
        "expected": [
            {
                "start": start,
                "open_sales_lower_level": lower,
                "from": quantity(start_of(pair, start)),
                "low": story.under(start, lower).low,
                "high": story.under(start, lower).high,
                "off": story.under(start, lower).distance(pair.level),
            }
            for start, lower in SETTINGS
        ],
        "sources": [
            {"term": one.term.value if one.term else "?", "units": one.units, "what": one.what, "words": one.words}
            for one in story.sources
        ],
        "corrections": [
            {
                "run": past.run,
                "from": past.row.level,
                "to": past.row.expected,
                "delta": past.row.delta,
                "state": past.state,
                "at": past.settled_at,
            }
            for past in story.corrected
        ],
        "reserved_by_others": [{"order": order, "units": amount} for order, amount in story.others],
    }
