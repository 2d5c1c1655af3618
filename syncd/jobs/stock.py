"""Compare the stock of both sides, and explain every difference by what is in flight. Reports; corrects nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from syncd.domain.ids import OutletId, ProductId
from syncd.domain.money import ZERO
from syncd.domain.rules import OrderRules
from syncd.domain.stock_report import Observed, OutletSum, StockReport, tells
from syncd.domain.stock_terms import StockRow, StockTerms, explain, seen_twice
from syncd.jobs.decide import settled_rules
from syncd.jobs.feed import read_feed
from syncd.jobs.given import Given, Run
from syncd.jobs.read_orders import read_changed
from syncd.jobs.stock_movements import read_movements
from syncd.jobs.stock_reading import (
    Shelves,
    close_holds,
    open_shelves,
    read_erp,
    read_on_hand,
    read_reserved,
    read_retail,
)
from syncd.jobs.stock_units import refresh_units, uncertain_units
from syncd.store import levels, matches, stock_report, units
from syncd.store.compare import ROWS_AT_ONCE, Comparison, Difference, since_of
from syncd.store.levels import Scaler
from syncd.store.levels_told import told_otherwise
from syncd.store.stock_report import NO_RUN

PRODUCTS_REREAD_MAX = 50  # one request each; what is beyond them is read again by the feed alone
PRODUCTS_CHECKED_MAX = 1_000  # together, where X-Series can be asked so
FIRST_LOOK_AGE_MAX = timedelta(days=1)  # the report before counts as the first look when it is not older

_Outlets = dict[tuple[int, int], bool]


def sync_stock(given: Given, run: Run, *, full: bool = False) -> StockReport:
    """Read both sides, compare, look a second time at what nothing explains, and keep the report.

    `full` reads the whole of the ERP's stock, however fresh the last full reading is.
    """
    with given.locks.stock(run.command, wait=run.lock_wait):
        return compare_stock(given, run, full=full)


def compare_stock(given: Given, run: Run, *, full: bool = False) -> StockReport:
    """The same, for whoever holds the lock of the stock runs."""
    rules = settled_rules(given)
    before = first_look(given)
    # The orders and sales in flight are read first: one that moves meanwhile is caught by the second look.
    read_feed(given)
    read_changed(given, run)
    shelves = open_shelves(given, run, rules.routes)
    read_erp(given, run, shelves, full=full)
    read_retail(given, run, shelves)
    # Nothing moved a level that has not moved.
    known = "" if before is None else before.movements
    movements = _read_movements(given) if shelves.retail_rows or before is None else known
    comparison = _prepare(given, rules, shelves)
    lowering = _compare(given, run, comparison, before)
    if _look_again(given, run, rules, shelves, lowering):
        movements = _read_movements(given) if shelves.retail_rows else movements
    close_holds(given, shelves)
    report = _publish(given, run, shelves, lowering, movements)
    run.counts.update(rows_differing=report.differing, drifts=report.drifts, unmatched=report.unmatched)
    return report


def first_look(given: Given) -> StockReport | None:
    """The report before, where what it saw off counts as seen once: under the same settings, and not long ago."""
    with given.database.read() as tx:
        before = stock_report.newest(tx, given.account)
    if before is None or before.terms != given.settings.stock:
        return None
    return before if given.clock.now() - before.compared_at <= FIRST_LOOK_AGE_MAX else None


def _read_movements(given: Given) -> str:
    """Beyond `orders.start` nothing is read: what came and went before is in the ERP's quantity."""
    since = since_of(given.settings.stock, given.clock.now()).moved
    return read_movements(given, since=max(since, given.settings.names.start))


def _prepare(given: Given, rules: OrderRules, shelves: Shelves) -> Comparison:
    """Bring up to date what the comparison goes by: which item is which product, and what orders put between."""
    with given.database.write() as tx:
        matches.refresh(tx, given.account, shelves.erp, rules.aliases, rules.match)
        shelves.known.reload(tx)
    refresh_units(given, rules)
    with given.database.write() as tx:
        units.make_terms(
            tx,
            given.account,
            shelves.erp,
            shelves.known,
            outlet_of=shelves.outlet_of,
            uncertain=uncertain_units(tx, given),
        )
    terms = given.settings.stock
    buffers = dict(terms.buffers) if terms.buffer_is_kept else {}
    since = since_of(terms, given.clock.now())
    return Comparison(given.account, shelves.erp, tuple(shelves.places), since, buffers)


# ------------------------------------------------------------------ two looks


def _compare(given: Given, run: Run, comparison: Comparison, before: StockReport | None) -> _Outlets:
    """The first look: keep every row that differs, batch by batch; return what open sales were seen to do, and where.

    What the report before saw off as well is seen twice already.
    """
    terms, lowering = given.settings.stock, _Outlets()
    with given.database.read() as tx:
        found = comparison.everything(tx, before=before.run if before else NO_RUN)
        for batch in _batches(found):
            rows = [(one, _looked_at(one, terms)) for one in batch]
            _note(lowering, (one for one, row in rows if row.seen == row.unexplained), terms)
            differing = [(one, row) for one, row in rows if row.difference or row.seen]
            with given.database.write() as writing:
                stock_report.put_rows(writing, run.id, terms, differing)
            given.at("stock.rows_kept")
    return lowering


def _look_again(given: Given, run: Run, rules: OrderRules, shelves: Shelves, lowering: _Outlets) -> bool:
    """The second look, at the rows that were seen off for the first time; False when there are none.

    When there are more than one question to the ERP can name, the furthest off come first and the others' turn comes
    with the next run.
    """
    with given.database.read() as tx:
        suspects = stock_report.suspects(tx, run.id, most=given.erp.items_a_request)
    if not suspects:
        return False
    _read_again(given, run, shelves, suspects)
    again = _prepare(given, rules, shelves)
    terms, reread = given.settings.stock, {item for _, item, _ in suspects}
    with given.database.read() as tx:
        for batch in _batches(one for one in again.suspects(tx, run=run.id) if one.item in reread):
            rows = [(one, _looked_at(one, terms)) for one in batch]
            _note(lowering, (one for one, _ in rows), terms)
            agreeing = {_key(one) for one, row in rows if not row.difference and not row.unexplained}
            differing = [(one, replace(row, seen=row.unexplained)) for one, row in rows if _key(one) not in agreeing]
            with given.database.write() as writing:
                stock_report.drop_rows(writing, run.id, sorted(agreeing))
                stock_report.put_rows(writing, run.id, terms, differing)
    return True


def _read_again(given: Given, run: Run, shelves: Shelves, suspects: Sequence[tuple[int, int, int]]) -> None:
    """Both sides of just these. A place that is left out now was compared before: what was seen there is forgotten."""
    items = sorted({item for _, item, _ in suspects})
    where = {location for location, _, _ in suspects}
    shelves.retail_rows = 0
    read_feed(given)
    read_changed(given, run)
    read_reserved(given, shelves, items)
    scale = Scaler()
    for place in [place for place in shelves.places if place.location_number in where]:
        read_on_hand(given, run, shelves, place, items, scale)
    with given.database.write() as tx:
        stock_report.keep_places(tx, run.id, list(shelves.outlet_of))
    read_retail(given, run, shelves)
    _read_products_again(given, shelves, [one for one in suspects if one[0] in shelves.outlet_of])


def _read_products_again(given: Given, shelves: Shelves, suspects: Sequence[tuple[int, int, int]]) -> None:
    """A feed may lag; a product asked for by its id does not."""
    id_of = {number: ProductId(id_) for id_, number in shelves.known.products.items()}
    wanted = list(dict.fromkeys(id_of[product] for _, _, product in suspects))  # the furthest off first
    if wanted and given.retail.tells_levels_together:
        at = {location for location, _, _ in suspects}
        outlets = [place.outlet for place in shelves.places if place.location_number in at]
        wanted = _told_otherwise(given, shelves, outlets, wanted[:PRODUCTS_CHECKED_MAX])[:PRODUCTS_REREAD_MAX]
    if not wanted or len(wanted) > PRODUCTS_REREAD_MAX:
        return
    found = given.retail.read_levels_of(wanted)
    with given.database.write() as tx:
        bad = levels.keep_retail(tx, shelves.known, found, Scaler())
    shelves.note_bad(bad, "X-Series")


def _told_otherwise(
    given: Given, shelves: Shelves, outlets: Sequence[OutletId], products: Sequence[ProductId]
) -> list[ProductId]:
    """Those of which X-Series, asked for all at once, says something else than its feed has said.

    Only these are worth a request each. The answer itself is not kept: it bears no version, so nobody could say which
    of the two is the newer.
    """
    told = given.retail.read_available(products, outlets)
    with given.database.read() as tx:
        return told_otherwise(tx, shelves.known, outlets, products, told)


def _looked_at(one: Difference, terms: StockTerms) -> StockRow:
    """The row as it looks now; unexplained is only what was seen before as well."""
    row = explain(one.pair, terms, one.units, one.uncertain, moved_known=one.moved_known)
    return replace(row, unexplained=seen_twice(one.before or ZERO, row.seen))


def _key(one: Difference) -> tuple[int, int]:
    return one.place.outlet_number, one.product_number


def _batches(found: Iterable[Difference]) -> Iterator[list[Difference]]:
    rows = iter(found)
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        yield batch


def _note(lowering: _Outlets, found: Iterable[Difference], terms: StockTerms) -> None:
    for one in found:
        said = tells(one.pair, terms, one.units, one.uncertain) if one.moved_known else None
        if said is not None:
            lowering[_key(one)] = said


# ------------------------------------------------------------------ the report


def _publish(given: Given, run: Run, shelves: Shelves, lowering: _Outlets, movements: str) -> StockReport:
    now, terms = given.clock.now(), given.settings.stock
    places = [
        (place.outlet_number, OutletSum(place.outlet, place.outlet_name, place.location, 0)) for place in shelves.places
    ]
    with given.database.write() as tx:
        open_sales = units.open_sales(tx, [number for number, _ in places])
        report = StockReport(
            run=run.id,
            compared_at=now,
            erp_read_at=shelves.read_at or now,
            terms=terms,
            outlets=stock_report.outlet_sums(tx, run.id, places),
            reasons=stock_report.all_reasons(tx, run.id),
            observed=_observed(lowering, open_sales),
            movements=movements,
            items={verdict.value: count for verdict, count in matches.counts(tx, shelves.erp).items()},
            unstocked=matches.count_unstocked(tx, given.account),
            bad=tuple(shelves.bad),
            bad_count=shelves.bad_count,
            unmapped=shelves.unmapped,
            left_out=shelves.left_out,
        )
        stock_report.publish(tx, given.account, report, outlets=sorted(shelves.known.outlets.values()))
    given.at("stock.report_kept")
    return report


def _observed(lowering: _Outlets, open_sales: Iterable[tuple[str, int, int]]) -> Observed:
    """Of the orders whose open sales tell, how many say with one voice that they lower the level."""
    said: dict[str, set[bool]] = {}
    for order, outlet, product in open_sales:
        if (outlet, product) in lowering:
            said.setdefault(order, set()).add(lowering[outlet, product])
    telling = [voices for voices in said.values() if len(voices) == 1]
    return Observed(lowering=sum(voices == {True} for voices in telling), telling=len(telling))
