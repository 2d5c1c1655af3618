"""What each later reading of an order changed: for people, who ask what the ERP said when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, literal, select

from syncd.domain.ids import Account, OrderId
from syncd.store.codec import decode, encode, to_text
from syncd.store.tables import OrderRow, RevisionRow

_revisions, _orders = RevisionRow.__table__, OrderRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Revision:
    """One later reading; `seq` counts the readings of the order, of which the first has no row here."""

    seq: int
    changed_at: str  # by the ERP's stamp
    read_at: str
    changes: tuple[str, ...]


def note(
    tx: Connection, account: Account, order: OrderId, *, seq: int, changed_at: str, read_at: str, changes: Sequence[str]
) -> None:
    key = {"account": account, "order_id": order, "seq": seq}
    tx.execute(
        insert(_revisions), {**key, "changed_at": changed_at, "read_at": read_at, "changes": encode(list(changes))}
    )


def note_of(tx: Connection, which: ColumnElement[bool], *, changes: Sequence[str], now: datetime) -> None:
    """The same for every order of the inbox of which it is true, before their readings are counted on."""
    values = {
        "account": _orders.c.account,
        "order_id": _orders.c.order_id,
        "seq": _orders.c.seq + 1,
        "changed_at": _orders.c.changed_at,
        "read_at": literal(to_text(now)),
        "changes": literal(encode(list(changes))),
    }
    tx.execute(insert(_revisions).from_select(list(values), select(*values.values()).where(which)))


def of_order(tx: Connection, account: Account, order: OrderId) -> list[Revision]:
    """Oldest first."""
    found = select(_revisions).where(_revisions.c.account == account, _revisions.c.order_id == order)
    return [
        Revision(row.seq, row.changed_at, row.read_at, tuple(decode(row.changes, list[str])))
        for row in tx.execute(found.order_by(_revisions.c.seq))
    ]
