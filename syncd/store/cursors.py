"""How far each feed has been read, and the tickets that order reads. A cursor never goes back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from syncd.domain.ids import Account
from syncd.store.codec import to_text
from syncd.store.tables import CursorRow, FeedMarkRow, TicketRow

ERP_ORDERS = "erp.orders"  # watermark: ISO 8601
SALES = "sales"  # version
PRODUCTS = "products"  # version
INVENTORY = "inventory"  # version
CUSTOMERS = "customers"  # version
RETENTION = "retention"  # when everything that was due had been forgotten: ISO 8601
CONSIGNMENTS = "consignments"  # version
ADJUSTMENTS = "adjustments"  # version
MARKS_KEPT_MAX = 500

_cursors, _tickets, _marks = CursorRow.__table__, TicketRow.__table__, FeedMarkRow.__table__  # type: ignore[attr-defined]
# Built once: they are used with every decision and every page.
_HERE = (_cursors.c.account == bindparam("its_account"), _cursors.c.name == bindparam("its_name"))
_POSITION = select(_cursors.c.position).where(*_HERE)
_WHERE_IT_IS = select(_cursors.c.position, _cursors.c.ticket).where(*_HERE)
_MOVE = (
    update(_cursors)
    .where(*_HERE)
    .values(position=bindparam("position"), ticket=bindparam("ticket"), moved_at=bindparam("moved_at"))
)


def take_ticket(tx: Connection, account: Account) -> int:
    """The number of a read that is about to start; a later read has a higher one."""
    moved = tx.execute(update(_tickets).where(_tickets.c.account == account).values(last=_tickets.c.last + 1))
    if moved.rowcount == 0:
        tx.execute(insert(_tickets).values(account=account, last=1))
    return int(tx.execute(select(_tickets.c.last).where(_tickets.c.account == account)).scalar_one())


def position(tx: Connection, account: Account, name: str) -> str | None:
    return tx.execute(_POSITION, {"its_account": account, "its_name": name}).scalar_one_or_none()


def version(tx: Connection, account: Account, name: str) -> int:
    """The position of a feed of versions; 0 before its first reading."""
    return int(position(tx, account, name) or 0)


def move(tx: Connection, account: Account, name: str, to: str, *, ticket: int, now: datetime) -> bool:
    """Move the cursor forward; False when a read that started later, or further on, has moved it already.

    Positions of one feed compare as text of equal form (ISO 8601 in UTC) or as numbers.
    """
    row = tx.execute(_WHERE_IT_IS, {"its_account": account, "its_name": name}).one_or_none()
    values = {"position": to, "ticket": ticket, "moved_at": to_text(now)}
    if row is None:
        tx.execute(insert(_cursors).values(account=account, name=name, **values))
        return True
    if row.ticket > ticket or not _is_further(to, row.position):
        return False
    tx.execute(_MOVE, {"its_account": account, "its_name": name, **values})
    return True


def moved_at(tx: Connection, account: Account) -> dict[str, str]:
    """When each cursor moved last: the freshness of the jobs."""
    rows = tx.execute(select(_cursors.c.name, _cursors.c.moved_at).where(_cursors.c.account == account))
    return {row.name: row.moved_at for row in rows}


def _is_further(to: str, here: str) -> bool:
    if to.isdigit() and here.isdigit():
        return int(to) > int(here)
    return to > here


def mark_reached(tx: Connection, account: Account, reached: int, *, now: datetime) -> None:
    """Note that the sales feed had been read to its end at this version and moment."""
    known = select(_marks.c.version).where(_marks.c.account == account, _marks.c.version == reached)
    if tx.execute(known).first() is None:
        tx.execute(insert(_marks).values(account=account, version=reached, reached_at=to_text(now)))
    kept = (
        select(_marks.c.version)
        .where(_marks.c.account == account)
        .order_by(_marks.c.version.desc())
        .limit(1)
        .offset(MARKS_KEPT_MAX)
    )
    oldest = tx.execute(kept).scalar_one_or_none()
    if oldest is not None:
        tx.execute(delete(_marks).where(_marks.c.account == account, _marks.c.version <= oldest))


def reached_before(tx: Connection, account: Account, moment: datetime) -> int:
    """The version that the sales feed had reached at that moment: from there it is read again. 0 reads it whole."""
    found = select(func.max(_marks.c.version)).where(
        _marks.c.account == account, _marks.c.reached_at <= to_text(moment)
    )
    reached = tx.execute(found).scalar_one()
    return 0 if reached is None else int(reached)
