"""Where the reading of the sales feed began in this store, and how far back its end has to be read again.

Two rows beside the cursors: `sales.begin`, which may go down when more of the past matters, and `sales.read`, the
moment when the feed was last read to its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from syncd.domain.clock import BootTime
from syncd.domain.ids import Account
from syncd.store import cursors
from syncd.store.codec import to_moment, to_text
from syncd.store.tables import CursorRow, FeedMarkRow

SALES_BEGIN = "sales.begin"
SALES_READ = "sales.read"
STEP_MIN = timedelta(seconds=5)  # of the wall clock against the boot clock between two readings

_cursors, _marks = CursorRow.__table__, FeedMarkRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Beginning:
    """Everything above this version is read; it lies below all that happened since `orders_start`."""

    version: int
    orders_start: datetime
    at: datetime  # when this store began


def find(tx: Connection, account: Account) -> Beginning | None:
    """The beginning; None in a store that has never read the feed, or has to read it anew."""
    row = tx.execute(
        select(_cursors.c.position, _cursors.c.moved_at).where(
            _cursors.c.account == account, _cursors.c.name == SALES_BEGIN
        )
    ).one_or_none()
    if row is None:
        return None
    version, _, start = row.position.partition(" ")
    return Beginning(int(version), to_moment(start), to_moment(row.moved_at))


def begin(tx: Connection, account: Account, beginning: Beginning, *, ticket: int) -> None:
    """Read from here, whatever was read before: without marks the next reading starts at the beginning.

    The cursor of the feed itself never goes back.
    """
    tx.execute(delete(_cursors).where(_cursors.c.account == account, _cursors.c.name == SALES_BEGIN))
    tx.execute(
        insert(_cursors).values(
            account=account,
            name=SALES_BEGIN,
            position=f"{beginning.version} {to_text(beginning.orders_start)}",
            ticket=ticket,
            moved_at=to_text(beginning.at),
        )
    )
    tx.execute(delete(_marks).where(_marks.c.account == account))
    cursors.move(tx, account, cursors.SALES, str(beginning.version), ticket=ticket, now=beginning.at)


def lower(tx: Connection, account: Account, version: int) -> None:
    """Note that the feed has been read from further down."""
    known = find(tx, account)
    if known is not None and version < known.version:
        position = f"{version} {to_text(known.orders_start)}"
        here = (_cursors.c.account == account, _cursors.c.name == SALES_BEGIN)
        tx.execute(update(_cursors).where(*here).values(position=position))


def start_of_reading(
    tx: Connection, account: Account, began: Beginning, *, settle: timedelta, now: datetime, boot: BootTime
) -> int:
    """The version that the feed had reached `settle` before it was last read; the beginning while there is none.

    Counted from the last reading and not from now: what became visible after it, no reading has seen yet.
    """
    position = cursors.position(tx, account, SALES_READ)
    moment = now
    if position is not None:
        at, ms, its_boot = position.split(" ")
        last = to_moment(at)
        moment = min(now, last)
        passed = boot.since(BootTime(its_boot, int(ms)))
        if passed is None or abs((now - last) - passed) > STEP_MIN:
            # The wall clock was set, and with it the marks lie: those of the last `settle` are made anew.
            tx.execute(delete(_marks).where(_marks.c.account == account, _marks.c.reached_at > to_text(last - settle)))
    return max(began.version, cursors.reached_before(tx, account, moment - settle))


def note_read(tx: Connection, account: Account, *, ticket: int, begun: datetime, boot: BootTime) -> None:
    """Note when the reading began that has now come to the feed's end: what shows later, it need not have seen."""
    cursors.move(tx, account, SALES_READ, f"{to_text(begun)} {boot.ms} {boot.boot}", ticket=ticket, now=begun)


def forget(tx: Connection) -> None:
    """Let every account's next reading begin anew, as in an empty store; what was read stays."""
    tx.execute(delete(_cursors).where(_cursors.c.name.in_((cursors.SALES, SALES_BEGIN, SALES_READ))))
    tx.execute(delete(_marks))
