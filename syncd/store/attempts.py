"""What became of each attempt of a journal entry that brought no good answer: for people. Moves no entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, literal, select

from syncd.domain.ids import Account, EntryId, OrderId
from syncd.store.codec import to_text
from syncd.store.tables import AttemptRow, JournalRow

_attempts, _journal = AttemptRow.__table__, JournalRow.__table__  # type: ignore[attr-defined]
SAID_CHARS_MAX = 500  # of one attempt; a hold keeps the whole answer


@dataclass(frozen=True, slots=True)
class Attempt:
    """`sent_at` is None for the conclusion of a look-up."""

    entry: EntryId
    sent_at: str | None
    ended_at: str
    said: str


def note_failed(tx: Connection, account: Account, entry: EntryId, *, said: str, now: datetime) -> None:
    """The entry's last attempt ended without a good answer."""
    _note(tx, account, entry, said, now, was_sent=True)


def note_concluded(tx: Connection, account: Account, entry: EntryId, *, said: str, now: datetime) -> None:
    """Looking the entry up came to a conclusion."""
    _note(tx, account, entry, said, now, was_sent=False)


def _note(tx: Connection, account: Account, entry: EntryId, said: str, now: datetime, *, was_sent: bool) -> None:
    row = {
        "account": _journal.c.account,
        "entry_id": _journal.c.id,
        "sent_at": _journal.c.sent_at if was_sent else literal(None),
        "ended_at": literal(to_text(now)),
        "said": literal(said[:SAID_CHARS_MAX]),
    }
    its = select(*row.values()).where(_journal.c.account == account, _journal.c.id == entry)
    tx.execute(insert(_attempts).from_select(list(row), its))


def of_order(tx: Connection, account: Account, order: OrderId) -> list[Attempt]:
    """Oldest first."""
    found = (
        select(_attempts)
        .join(_journal, _journal.c.id == _attempts.c.entry_id)
        .where(_journal.c.account == account, _journal.c.order_id == order)
        .order_by(_attempts.c.id)
    )
    return [Attempt(EntryId(row.entry_id), row.sent_at, row.ended_at, row.said) for row in tx.execute(found)]
