"""Rows of corrections: kept with their batch, read back exactly, and what is newest of each level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection

from syncd.domain.ids import EntryId, LocationId, OutletId, ProductId, RunId
from syncd.domain.plan_corrections import Corrected
from syncd.domain.stock import RetailLevel
from syncd.domain.stock_brakes import SideNumbers
from syncd.store import corrections, levels, numbers
from syncd.store.codec import to_text
from syncd.store.compare import Place
from syncd.store.corrections import RowState
from syncd.store.database import Database
from syncd.store.levels import RetailNumbers, Scaler
from syncd.store.numbers import Kind
from syncd.store.stock_tables import StockMatchRow
from tests.store.shelf import ACME, NOW, a_correction

HERE, DOWNTOWN = LocationId("HERE"), OutletId("downtown")
ONE, TWO = RunId(1), RunId(2)
FIRST, SECOND = EntryId(11), EntryId(12)
LATER = NOW + timedelta(minutes=15)


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        yield tx


def test_the_rows_of_a_batch_are_read_back_exactly(tx: Connection) -> None:
    rows = [a_correction("CAP", level="-3"), a_correction()]

    corrections.put(tx, ACME, ONE, FIRST, rows)

    assert corrections.of_entry(tx, FIRST) == rows
    assert corrections.of_run(tx, ACME, ONE) == [], "nothing is corrected yet"


def test_a_row_that_is_tried_again_belongs_to_the_newer_batch(tx: Connection) -> None:
    corrections.put(tx, ACME, ONE, FIRST, [a_correction(), a_correction("CAP")])
    corrections.put(tx, ACME, ONE, SECOND, [a_correction()])

    assert [row.sku for row in corrections.of_entry(tx, FIRST)] == ["CAP"]
    assert [row.sku for row in corrections.of_entry(tx, SECOND)] == ["MUG"]


def test_what_is_newest_of_a_level_is_what_was_done_last(tx: Connection) -> None:
    for run, entry, level, at in ((ONE, FIRST, "7", NOW), (TWO, SECOND, "8", LATER)):
        corrections.put(tx, ACME, run, entry, [a_correction(level=level)])
        corrections.settle(tx, entry, [a_correction()], RowState.DONE, now=at)
    mug = a_correction().key

    assert corrections.newest(tx, ACME, since=NOW) == {mug: Corrected(Decimal(8), Decimal(10))}
    assert corrections.newest(tx, ACME, since=LATER + timedelta(seconds=1)) == {}
    corrections.note_not_kept(tx, ACME, [mug])
    assert corrections.newest(tx, ACME, since=NOW) == {}, "that it was lost is known"
    assert [row.level for row in corrections.of_run(tx, ACME, TWO)] == [8]


def test_a_zero_is_known_since_it_was_seen_first(tx: Connection) -> None:
    mug, cap = a_correction().key, a_correction("CAP").key

    corrections.keep_zeros(tx, ACME, [mug], now=NOW)

    assert corrections.keep_zeros(tx, ACME, [mug, cap], now=LATER) == {mug: to_text(NOW), cap: to_text(LATER)}
    corrections.keep_zeros(tx, ACME, [cap], now=LATER)
    assert corrections.keep_zeros(tx, ACME, [mug], now=LATER) == {mug: to_text(LATER)}, "it was none in between"


def test_how_full_the_sides_are(tx: Connection) -> None:
    erp, known = numbers.number_of(tx, ACME, Kind.ERP), RetailNumbers(tx, ACME)
    page = [RetailLevel(DOWNTOWN, ProductId(f"p{n}"), n, Decimal(0), 1) for n in (0, 1)]
    levels.keep_retail(tx, known, page, Scaler())
    here = numbers.number_of(tx, ACME, Kind.LOCATION, HERE)
    levels.keep_on_hand(tx, here, [1, 2, 3], [(1, 4), (2, 0), (3, 7)], Scaler())
    for item, product in ((1, "p0"), (2, "p1"), (3, None)):
        verdict = "matched" if product else "unknown"
        number = known.products[product] if product else None
        values = {"erp": erp, "item": item, "verdict": verdict, "product": number, "code": ""}
        tx.execute(StockMatchRow.__table__.insert().values(**values))
    place = Place(HERE, here, DOWNTOWN, known.outlets[DOWNTOWN], "Downtown")

    assert corrections.sides(tx, ACME, [place]) == {
        DOWNTOWN: SideNumbers("Downtown", rows=2, erp_full=1, retail_full=1, erp_rows=3, erp_matched=2)
    }
    empty = replace(place, location_number=here + 1_000)
    assert corrections.sides(tx, ACME, [empty]) == {DOWNTOWN: SideNumbers("Downtown")}
