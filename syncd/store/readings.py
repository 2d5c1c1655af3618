"""How far a reading of one side's stock has come, so that one that was cut off goes on at its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from syncd.domain.ids import Account, LocationId
from syncd.store.codec import to_moment, to_text
from syncd.store.stock_tables import StockReadingRow

_readings = StockReadingRow.__table__  # type: ignore[attr-defined]

ERP_FULL = "erp.full"  # of all places; each has a reading of its own beside it
ERP_CHANGES = "erp.changes"


def whole(location: LocationId) -> str:
    """The name of the reading of one place: once it ended, the picture is whole, and changes keep it so."""
    return f"{ERP_FULL}/{location}"


@dataclass(frozen=True, slots=True)
class Reading:
    began_at: datetime
    position: str  # what was kept last; empty at the beginning
    ended_at: datetime | None
    rows: int


def find(tx: Connection, account: Account, name: str) -> Reading | None:
    row = tx.execute(select(_readings).where(*_here(account, name))).one_or_none()
    if row is None:
        return None
    ended = to_moment(row.ended_at) if row.ended_at else None
    return Reading(to_moment(row.began_at), row.position, ended, row.rows)


def begin(tx: Connection, account: Account, name: str, *, now: datetime) -> Reading:
    forget(tx, account, name)
    tx.execute(
        insert(_readings).values(account=account, name=name, began_at=to_text(now), position="", ended_at=None, rows=0)
    )
    return Reading(now, "", None, 0)


def advance(tx: Connection, account: Account, name: str, position: str, *, rows: int) -> None:
    """Note what was kept last, in the transaction that keeps it."""
    tx.execute(update(_readings).where(*_here(account, name)).values(position=position, rows=_readings.c.rows + rows))


def end(tx: Connection, account: Account, name: str, *, now: datetime) -> None:
    tx.execute(update(_readings).where(*_here(account, name)).values(ended_at=to_text(now)))


def forget(tx: Connection, account: Account, name: str) -> None:
    tx.execute(delete(_readings).where(*_here(account, name)))


def forget_places(tx: Connection, account: Account, *, but: Iterable[LocationId] = ()) -> None:
    """What is known of other places than these is not kept up to date: they are to be read whole again."""
    here = _readings.c.account == account, _readings.c.name.startswith(whole(LocationId("")))
    tx.execute(delete(_readings).where(*here, _readings.c.name.not_in([whole(one) for one in but])))


def _here(account: Account, name: str) -> tuple[ColumnElement[bool], ...]:
    return _readings.c.account == account, _readings.c.name == name
