"""The rows of corrections: which levels a batch of the journal brings to what, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, text, update

from syncd.domain.ids import Account, EntryId, LocationId, OutletId, ProductId, RunId, Sku
from syncd.domain.plan_corrections import Candidate, Corrected, Correction, Key
from syncd.domain.stock_brakes import SideNumbers
from syncd.domain.stock_report import StockReport
from syncd.store import numbers, stock_report
from syncd.store.bulk import execute_many
from syncd.store.codec import scale, to_text, unscale
from syncd.store.compare import Place
from syncd.store.numbers import Kind
from syncd.store.stock_tables import CorrectionRow, StockZeroRow
from syncd.store.upsert import upsert

_rows, _zeros = CorrectionRow.__table__, StockZeroRow.__table__  # type: ignore[attr-defined]


class RowState(StrEnum):
    PLANNED = "planned"  #: of a batch that is under way
    DONE = "done"  #: seen booked
    NOT_KEPT = "not_kept"  #: seen booked, and the level is as it was before
    REFUSED = "refused"  #: X-Series does not take it
    DROPPED = "dropped"  #: it did not happen; a later run decides anew


SETTLED_WELL = (RowState.DONE.value, RowState.NOT_KEPT.value)
LISTED_MAX = 20  # of one level: the newest


@dataclass(frozen=True, slots=True)
class PastCorrection:
    """What a run did with one level, for people."""

    run: RunId
    row: Correction
    state: RowState
    settled_at: str | None  # None while it is under way


# ------------------------------------------------------------------ the rows of a batch


def put(tx: Connection, account: Account, run: RunId, entry: EntryId, rows: Sequence[Correction]) -> None:
    """Note these rows as those of the entry; a row that the run has tried before is tried again."""
    values = [
        {
            "account": account,
            "run_id": run,
            "outlet": one.outlet,
            "product_id": one.product,
            "outlet_name": one.outlet_name,
            "location": one.location,
            "sku": one.sku,
            "level": scale(one.level),
            "expected": scale(one.expected),
            "delta": scale(one.delta),
            "version": one.version,
            "state": RowState.PLANNED.value,
            "entry_id": entry,
            "settled_at": None,
        }
        for one in rows
    ]
    put_ = upsert(tx, _rows)
    keys = ("account", "run_id", "outlet", "product_id")
    fresh = {name: put_.excluded[name] for name in values[0] if name not in keys}
    tx.execute(put_.on_conflict_do_update(index_elements=list(keys), set_=fresh), values)


def of_entry(tx: Connection, entry: EntryId) -> list[Correction]:
    found = select(_rows).where(_rows.c.entry_id == entry)
    return [_read(row) for row in tx.execute(found.order_by(_rows.c.outlet, _rows.c.product_id))]


def of_run(tx: Connection, account: Account, run: RunId) -> list[Correction]:
    """What the run has corrected."""
    here = (_rows.c.account == account, _rows.c.run_id == run, _rows.c.state.in_(SETTLED_WELL))
    found = select(_rows).where(*here).order_by(_rows.c.outlet_name, _rows.c.sku)
    return [_read(row) for row in tx.execute(found)]


def of_level(tx: Connection, account: Account, key: Key) -> list[PastCorrection]:
    """What was done with this level, the newest first."""
    outlet, product = key
    here = (_rows.c.account == account, _rows.c.outlet == outlet, _rows.c.product_id == product)
    found = select(_rows).where(*here).order_by(_rows.c.run_id.desc()).limit(LISTED_MAX)
    return [
        PastCorrection(RunId(row.run_id), _read(row), RowState(row.state), row.settled_at) for row in tx.execute(found)
    ]


def settle(tx: Connection, entry: EntryId, rows: Iterable[Correction], state: RowState, *, now: datetime) -> None:
    """Say what became of these rows of the entry."""
    execute_many(
        tx,
        "UPDATE corrections SET state = ?, settled_at = ? WHERE entry_id = ? AND outlet = ? AND product_id = ?",
        [(state.value, to_text(now), entry, one.outlet, one.product) for one in rows],
    )


def newest(tx: Connection, account: Account, *, since: datetime) -> dict[Key, Corrected]:
    """The newest correction of each level since then, where it was seen booked and nobody has said that it was lost."""
    here: tuple[ColumnElement[bool], ...] = (_rows.c.account == account, _rows.c.settled_at >= to_text(since))
    last = (
        select(_rows.c.outlet, _rows.c.product_id, func.max(_rows.c.settled_at).label("at"))
        .where(*here, _rows.c.state.in_(SETTLED_WELL))
        .group_by(_rows.c.outlet, _rows.c.product_id)
        .subquery()
    )
    same = (
        (_rows.c.outlet == last.c.outlet)
        & (_rows.c.product_id == last.c.product_id)
        & (_rows.c.settled_at == last.c.at)
    )
    found = select(_rows).join(last, same).where(*here, _rows.c.state == RowState.DONE.value)
    return {
        (OutletId(row.outlet), ProductId(row.product_id)): Corrected(unscale(row.level), unscale(row.expected))
        for row in tx.execute(found)
    }


def note_not_kept(tx: Connection, account: Account, keys: Iterable[Key]) -> None:
    """The newest correction of these levels is gone again."""
    for outlet, product in keys:
        here = (_rows.c.account == account, _rows.c.outlet == outlet, _rows.c.product_id == product)
        last = select(func.max(_rows.c.settled_at)).where(*here, _rows.c.state == RowState.DONE.value)
        its = (*here, _rows.c.state == RowState.DONE.value, _rows.c.settled_at == last.scalar_subquery())
        tx.execute(update(_rows).where(*its).values(state=RowState.NOT_KEPT.value))


def _read(row: Row[Any]) -> Correction:
    return Correction(
        outlet=OutletId(row.outlet),
        outlet_name=row.outlet_name,
        location=LocationId(row.location),
        sku=Sku(row.sku),
        product=ProductId(row.product_id),
        level=unscale(row.level),
        expected=unscale(row.expected),
        delta=unscale(row.delta),
        version=row.version,
    )


# ------------------------------------------------------------------ what may be corrected


def candidates(tx: Connection, account: Account, report: StockReport) -> Iterator[Candidate]:
    """Every drift of the report, the largest first, with the version of its level."""
    for row, version, item in stock_report.drifts(tx, account, report):
        yield Candidate(row, version, item)


_SIDES = """
SELECT COUNT(*) AS erp_rows,
  SUM(CASE WHEN m.product IS NULL THEN 0 ELSE 1 END) AS erp_matched,
  SUM(CASE WHEN l.product IS NULL THEN 0 ELSE 1 END) AS both_sides,
  SUM(CASE WHEN l.product IS NOT NULL AND e.on_hand <> 0 THEN 1 ELSE 0 END) AS erp_full,
  SUM(CASE WHEN l.level - l.to_procure <> 0 THEN 1 ELSE 0 END) AS retail_full
FROM erp_levels e
LEFT JOIN stock_matches m ON m.erp = :erp AND m.item = e.item AND m.verdict = 'matched'
LEFT JOIN retail_levels l ON l.outlet = :outlet AND l.product = m.product
WHERE e.location = :location
"""


def sides(tx: Connection, account: Account, places: Sequence[Place]) -> dict[OutletId, SideNumbers]:
    """How full both sides are at each of these places, as last read."""
    erp = numbers.number_of_known(tx, account, Kind.ERP)
    found: dict[OutletId, SideNumbers] = {}
    for place in places:
        values = {"erp": erp, "outlet": place.outlet_number, "location": place.location_number}
        row = tx.execute(text(_SIDES), values).one()
        found[place.outlet] = SideNumbers(
            place.outlet_name,
            rows=row.both_sides or 0,
            erp_full=row.erp_full or 0,
            retail_full=row.retail_full or 0,
            erp_rows=row.erp_rows,
            erp_matched=row.erp_matched or 0,
        )
    return found


# ------------------------------------------------------------------ zeros that wait


def keep_zeros(tx: Connection, account: Account, keys: Iterable[Key], *, now: datetime) -> Mapping[Key, str]:
    """Make these the levels that are to become zero; return since when each of them is."""
    known = {
        (OutletId(row.outlet), ProductId(row.product_id)): row.seen_at
        for row in tx.execute(select(_zeros).where(_zeros.c.account == account))
    }
    waiting = {key: known.get(key, to_text(now)) for key in keys}
    gone = [(account, *key) for key in known.keys() - waiting.keys()]
    execute_many(tx, "DELETE FROM stock_zeros WHERE account = ? AND outlet = ? AND product_id = ?", gone)
    put_zero = "INSERT INTO stock_zeros (account, outlet, product_id, seen_at) VALUES (?, ?, ?, ?)"
    execute_many(tx, put_zero, [(account, *key, waiting[key]) for key in sorted(waiting.keys() - known.keys())])
    return waiting
