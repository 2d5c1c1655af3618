"""The newest stock report: its rows as narrow columns, what it says in short, and drift over time.

A report is visible when it is complete: its rows are written under its run, and the run is named last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, delete, func, insert, or_, select, update

from syncd.domain.ids import Account, LocationId, OutletId, ProductId, RunId, Sku
from syncd.domain.stock_report import OutletSum, StockReport
from syncd.domain.stock_terms import StockReason, StockRow, StockTerms, reason_of
from syncd.store.bulk import execute_many
from syncd.store.codec import decode, encode, scale, to_moment, to_text, unscale
from syncd.store.compare import TERM_OF_COLUMN, Difference
from syncd.store.stock_tables import (
    ErpItemRow,
    NumberRow,
    RetailLevelRow,
    StockHistoryRow,
    StockReportRow,
    StockRowRow,
)
from syncd.store.upsert import upsert

_rows, _reports = StockRowRow.__table__, StockReportRow.__table__  # type: ignore[attr-defined]
_history, _items = StockHistoryRow.__table__, ErpItemRow.__table__  # type: ignore[attr-defined]
_numbers, _levels = NumberRow.__table__, RetailLevelRow.__table__  # type: ignore[attr-defined]

NO_RUN = RunId(-1)
HISTORY_KEPT = timedelta(days=400)  # one point an hour and outlet: about 10,000 a year and outlet
ROWS_AT_ONCE = 1_000

_COLUMNS = (
    "run_id", "outlet", "product", "location", "item", "on_hand", "promised", "level", "to_procure", *TERM_OF_COLUMN,
    "uncertain", "start", "expected_low", "expected_high", "seen", "unexplained", "moved_known", "reason",
)  # fmt: skip
_KEY = ("run_id", "outlet", "product")
_PUT = (
    f"INSERT INTO stock_rows ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
    f" ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET"
    f" {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS if name not in _KEY)}"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows of a report are asked for."""

    outlet: OutletId | None = None
    sku: Sku | None = None
    reason: StockReason | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """How an outlet stood in one hour."""

    at: datetime
    outlet: OutletId
    levels: int
    differing: int
    drifts: int
    missing: Decimal
    surplus: Decimal


# ------------------------------------------------------------------ writing


def put_rows(tx: Connection, run: RunId, terms: StockTerms, rows: Sequence[tuple[Difference, StockRow]]) -> None:
    """Write rows of a report that is being made; a row that is there is replaced."""
    execute_many(tx, _PUT, [_values(run, terms, difference, row) for difference, row in rows])


def drop_rows(tx: Connection, run: RunId, keys: Sequence[tuple[int, int]]) -> None:
    """The second look has found these (outlet, product) to agree."""
    drop = "DELETE FROM stock_rows WHERE run_id = ? AND outlet = ? AND product = ?"
    execute_many(tx, drop, [(run, *key) for key in keys])


def forget_first_look(tx: Connection, account: Account, levels: Sequence[tuple[OutletId, ProductId]]) -> None:
    """What was seen of these levels was corrected: what the next report sees of them is seen for the first time."""
    number = "(SELECT number FROM numbers WHERE account = ? AND kind = ? AND id = ?)"
    forget = f"UPDATE stock_rows SET seen = 0 WHERE outlet = {number} AND product = {number}"
    rows = [(account, "outlet", outlet, account, "product", product) for outlet, product in levels]
    execute_many(tx, forget, rows)


def keep_places(tx: Connection, run: RunId, locations: Sequence[int]) -> None:
    """Nothing is said of other places than these."""
    tx.execute(delete(_rows).where(_rows.c.run_id == run, _rows.c.location.not_in(locations)))


def _values(run: RunId, terms: StockTerms, difference: Difference, row: StockRow) -> tuple[object, ...]:
    return (
        run,
        difference.place.outlet_number,
        difference.product_number,
        difference.place.location_number,
        difference.item,
        scale(row.on_hand),
        scale(row.reserved),
        scale(row.level),
        scale(row.to_procure),
        *(scale(row.units.get(term, Decimal(0))) for term in TERM_OF_COLUMN.values()),
        scale(row.uncertain),
        scale(row.start),
        scale(row.expected_low),
        scale(row.expected_high),
        scale(row.seen),
        scale(row.unexplained),
        row.moved_known,
        reason_of(terms, row).value,
    )


def suspects(tx: Connection, run: RunId, *, most: int) -> list[tuple[int, int, int]]:
    """(location, item, product) of the suspects, by their numbers, the furthest off first."""
    found = select(_rows.c.location, _rows.c.item, _rows.c.product).where(*_suspect(run))
    ordered = found.order_by(func.abs(_rows.c.seen).desc(), _rows.c.outlet, _rows.c.product).limit(most)
    return [(row.location, row.item, row.product) for row in tx.execute(ordered)]


def _suspect(run: RunId) -> tuple[Any, ...]:
    return _rows.c.run_id == run, _rows.c.seen != _rows.c.unexplained


def outlet_sums(tx: Connection, run: RunId, places: Sequence[tuple[int, OutletSum]]) -> tuple[OutletSum, ...]:
    """What the rows come to, outlet by outlet (given with their numbers)."""
    unexplained = _rows.c.unexplained
    found = tx.execute(
        select(
            _rows.c.outlet,
            func.count().label("differing"),
            func.sum(case((unexplained != 0, 1), else_=0)).label("drifts"),
            func.sum(case((unexplained < 0, -unexplained), else_=0)).label("missing"),
            func.sum(case((unexplained > 0, unexplained), else_=0)).label("surplus"),
        )
        .where(_rows.c.run_id == run)
        .group_by(_rows.c.outlet)
    )
    sums = {row.outlet: row for row in found}
    filled: list[OutletSum] = []
    for number, place in places:
        count = tx.execute(select(func.count()).where(_levels.c.outlet == number)).scalar_one()
        row = sums.get(number)
        filled.append(
            replace(place, levels=count)
            if row is None
            else replace(
                place,
                levels=count,
                differing=row.differing,
                drifts=int(row.drifts),
                missing=unscale(row.missing),
                surplus=unscale(row.surplus),
            )
        )
    return tuple(filled)


def all_reasons(tx: Connection, run: RunId) -> dict[str, int]:
    """Rows of the run by reason."""
    found = select(_rows.c.reason, func.count().label("rows")).where(_rows.c.run_id == run).group_by(_rows.c.reason)
    return {row.reason: row.rows for row in tx.execute(found.order_by(_rows.c.reason))}


def publish(tx: Connection, account: Account, report: StockReport, *, outlets: Sequence[int]) -> None:
    """Make this the account's report, and note it in the history. `outlets`: the numbers of all of the account's."""
    here = _reports.c.account == account
    values = {"run_id": report.run, "compared_at": to_text(report.compared_at), "payload": encode(report)}
    if tx.execute(update(_reports).where(here).values(**values)).rowcount == 0:
        tx.execute(insert(_reports).values(account=account, **values))
    tx.execute(delete(_rows).where(_rows.c.outlet.in_(list(outlets)), _rows.c.run_id != report.run))
    hour = to_text(report.compared_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
    points = [
        {
            "account": account,
            "hour": hour,
            "outlet": one.outlet,
            "levels": one.levels,
            "differing": one.differing,
            "drifts": one.drifts,
            "missing": scale(one.missing),
            "surplus": scale(one.surplus),
        }
        for one in report.outlets
    ]
    if points:
        put = upsert(tx, _history)
        fresh = {name: put.excluded[name] for name in ("levels", "differing", "drifts", "missing", "surplus")}
        tx.execute(put.on_conflict_do_update(index_elements=["account", "hour", "outlet"], set_=fresh), points)
    oldest = to_text(report.compared_at - HISTORY_KEPT)
    tx.execute(delete(_history).where(_history.c.account == account, _history.c.hour < oldest))


# ------------------------------------------------------------------ reading


def newest(tx: Connection, account: Account) -> StockReport | None:
    """The newest complete report; None before the first."""
    payload = tx.execute(select(_reports.c.payload).where(_reports.c.account == account)).scalar_one_or_none()
    return None if payload is None else decode(payload, StockReport)


def rows(
    tx: Connection, account: Account, report: StockReport, wanted: Filter, *, most: int | None = None
) -> Iterator[StockRow]:
    """The report's rows, the largest unexplained first; all of them unless `most` is given."""
    names = {one.outlet: one for one in report.outlets}
    found = _selected(account, report, wanted).order_by(
        func.abs(_rows.c.unexplained).desc(),
        func.abs(_rows.c.level - _rows.c.start).desc(),
        _rows.c.outlet,
        _items.c.sku,
    )
    if most is not None:
        found = found.limit(most)
    for row in tx.execute(found.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)):
        yield _read(row, names[OutletId(row.outlet_id)])


def drifts(tx: Connection, account: Account, report: StockReport) -> Iterator[tuple[StockRow, int, int]]:
    """Every row that is off, the furthest first, with the version of its level and the number of its item."""
    names = {one.outlet: one for one in report.outlets}
    same = and_(_levels.c.outlet == _rows.c.outlet, _levels.c.product == _rows.c.product)
    found = (
        _selected(account, report, Filter())
        .add_columns(_levels.c.version)
        .join(_levels, same)
        .where(or_(_rows.c.unexplained != 0, _rows.c.seen != 0))
        .order_by(func.abs(_rows.c.unexplained).desc(), _rows.c.outlet, _rows.c.product)
    )
    for row in tx.execute(found.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)):
        yield _read(row, names[OutletId(row.outlet_id)]), row.version, row.item


def reasons(tx: Connection, account: Account, report: StockReport, wanted: Filter) -> dict[StockReason, int]:
    """How many of the wanted rows have which reason."""
    found = _selected(account, report, wanted).subquery()
    counted = select(found.c.reason, func.count()).group_by(found.c.reason)
    return {StockReason(reason): number for reason, number in tx.execute(counted)}


def _selected(account: Account, report: StockReport, wanted: Filter) -> Select[Any]:
    outlets, products = _numbers.alias("outlets"), _numbers.alias("products")
    erps = _numbers.alias("erps")
    found = (
        select(_rows, outlets.c.id.label("outlet_id"), products.c.id.label("product_id"), _items.c.sku)
        .join(outlets, outlets.c.number == _rows.c.outlet)
        .join(products, products.c.number == _rows.c.product)
        .join(erps, and_(erps.c.account == account, erps.c.kind == "erp"))
        .join(_items, and_(_items.c.erp == erps.c.number, _items.c.item == _rows.c.item))
        .where(_rows.c.run_id == report.run)
    )
    if wanted.outlet is not None:
        found = found.where(outlets.c.id == wanted.outlet)
    if wanted.sku is not None:
        found = found.where(_items.c.sku == wanted.sku)
    if wanted.reason is not None:
        found = found.where(_rows.c.reason == wanted.reason.value)
    return found


def _read(row: Row[Any], outlet: OutletSum) -> StockRow:
    return StockRow(
        outlet=outlet.outlet,
        outlet_name=outlet.name,
        location=LocationId(outlet.location),
        sku=Sku(row.sku),
        product=ProductId(row.product_id),
        on_hand=unscale(row.on_hand),
        reserved=unscale(row.promised),
        level=unscale(row.level),
        units={term: unscale(getattr(row, name)) for name, term in TERM_OF_COLUMN.items() if getattr(row, name)},
        uncertain=unscale(row.uncertain),
        start=unscale(row.start),
        expected_low=unscale(row.expected_low),
        expected_high=unscale(row.expected_high),
        seen=unscale(row.seen),
        unexplained=unscale(row.unexplained),
        to_procure=unscale(row.to_procure),
        moved_known=row.moved_known,
    )


def history(tx: Connection, account: Account, *, since: datetime) -> list[Point]:
    """How each outlet stood, hour by hour."""
    found = select(_history).where(_history.c.account == account, _history.c.hour >= to_text(since))
    return [
        Point(
            to_moment(row.hour),
            OutletId(row.outlet),
            row.levels,
            row.differing,
            row.drifts,
            unscale(row.missing),
            unscale(row.surplus),
        )
        for row in tx.execute(found.order_by(_history.c.hour, _history.c.outlet))
    ]
