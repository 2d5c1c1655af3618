"""The journal's rows and their transitions. SQL only: what an outcome means is decided in `domain/journal.py`.

Every transition says which state it expects and which writer makes it. No row moved means that another writer took
over, or that the entry is not where this run believes it to be: the run stops at once (WriterLost).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Update,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from syncd.domain.clock import BootTime
from syncd.domain.ids import Account, EntryId, OrderId, RunId, SaleId, Subject
from syncd.domain.journal import (
    COMMANDS,
    OPEN,
    Absent,
    Action,
    CloseReturn,
    Command,
    CreateSale,
    EntryState,
    FulfilSale,
    Settling,
    UpdateSale,
    VoidSale,
    action_of,
    order_of,
    subject_of,
)
from syncd.errors import WriterLost
from syncd.store.codec import decode, encode, to_text
from syncd.store.database import Database, Transaction
from syncd.store.tables import JournalRow, OrderRow, WriterRow

_journal, _writers = JournalRow.__table__, WriterRow.__table__  # type: ignore[attr-defined]
_orders = OrderRow.__table__  # type: ignore[attr-defined]
DETAIL_CHARS_MAX = 4_000

# The statements of the way that every entry goes are built once: to build one takes longer than to execute it (measured
# by `make bench-journal`). Their parameters are named apart from the columns, whose names say what a transition sets.


def _putting() -> ReturningInsert[int]:
    """Insert one entry after the last of its subject; no row where the writer's epoch is not the pen's."""
    given = ("account", "subject", "action", "order_id", "seq", "generation", "command", "epoch", "decided_at")
    values: dict[str, ColumnElement[Any]] = {
        name: bindparam(f"new_{name}", type_=_journal.c[name].type)
        for name in (*given, "watermark", "sale_id", "run_id")
    }
    same = (_journal.c.account == values["account"], _journal.c.subject == values["subject"])
    last = select(func.coalesce(func.max(_journal.c.k), 0)).where(*same).scalar_subquery()
    values |= {
        "k": last + 1,
        "state": literal(EntryState.WAITING.value),
        "attempts": literal(0),
        "absent_means": literal(Absent.RESEND.value),
        "reason": literal(""),
        "detail": literal(""),
    }
    row = select(*values.values()).where(_writers.c.account == values["account"], _writers.c.epoch == values["epoch"])
    return insert(_journal).from_select(list(values), row).returning(_journal.c.id)


def _moving(from_: Sequence[EntryState], to: EntryState) -> Update:
    """Update one entry that is in one of these states, where the writer's epoch is the pen's.

    What else it sets is what the parameters name.
    """
    account: ColumnElement[str] = bindparam("pen_account")
    mine = select(_writers.c.epoch).where(_writers.c.account == account, _writers.c.epoch == bindparam("pen_epoch"))
    return (
        update(_journal)
        .where(
            _journal.c.id == bindparam("its_id"),
            _journal.c.account == account,
            or_(*(_journal.c.state == state.value for state in from_)),
            mine.exists(),
        )
        .values(state=to.value)
    )


_MINE = select(_writers.c.epoch).where(
    _writers.c.account == bindparam("pen_account"), _writers.c.epoch == bindparam("pen_epoch")
)
_OF_IDS = select(_journal).where(_journal.c.id.in_(bindparam("its_ids", expanding=True))).order_by(_journal.c.id)
_MARKED = [_journal.c[name] for name in ("id", "action", "state", "attempts", "boot", "not_before_ms", "sale_id")]
_PUT = _putting()
_BEGIN_SENDING = _moving([EntryState.WAITING], EntryState.SENDING).values(attempts=_journal.c.attempts + 1)
_UNSEND = _moving([EntryState.SENDING], EntryState.WAITING).values(attempts=_journal.c.attempts - 1)
_WAIT = _moving([EntryState.SENDING, EntryState.UNKNOWN], EntryState.WAITING)
_DOUBT = _moving([EntryState.SENDING, EntryState.UNKNOWN, EntryState.ANSWERED], EntryState.UNKNOWN)
_ANSWER = _moving([EntryState.WAITING, EntryState.SENDING, EntryState.UNKNOWN], EntryState.ANSWERED)
_FINISH = _moving([EntryState.ANSWERED], EntryState.DONE)
_HOLD = _moving(OPEN, EntryState.HELD)
_SUPERSEDE = _moving([EntryState.WAITING], EntryState.SUPERSEDED).where(_journal.c.attempts == 0)
_WITHDRAW = _moving([EntryState.UNKNOWN], EntryState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One write as it stands."""

    id: EntryId
    subject: Subject
    k: int
    action: Action
    order: OrderId
    seq: int
    command: Command
    state: EntryState
    attempts: int
    epoch: int
    sale: SaleId | None
    watermark: int
    settling: Settling | None
    absent_means: Absent
    not_before: BootTime | None
    decided_at: str
    sent_at: str | None
    answered_at: str | None
    settled_at: str | None
    answer: str  # JSON of the sale that X-Series showed, cut off when it is long; or a word about the answer
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An open entry without its command: thousands of them may be looked through."""

    id: EntryId
    action: Action
    state: EntryState
    attempts: int
    not_before: BootTime | None
    sale: SaleId | None


@dataclass(frozen=True, slots=True)
class Pen:
    """The right to move entries: this account, this writer's epoch, at this moment."""

    account: Account
    epoch: int
    run: RunId | None

    @contextmanager
    def write(self, database: Database) -> Iterator[Transaction]:
        """A transaction that only this writer may commit: for what is decided without moving an entry.

        Raise WriterLost when another took over: it has decided since, and knows more.
        """
        with database.write() as tx:
            if tx.execute(_MINE, {"pen_account": self.account, "pen_epoch": self.epoch}).first() is None:
                raise WriterLost
            yield tx


def put(tx: Connection, pen: Pen, command: Command, *, seq: int, watermark: int, now: datetime) -> EntryId:
    """Store a decision as `waiting`. Raise IntegrityError when an entry of its subject is open."""
    row = {
        "account": pen.account,
        "subject": subject_of(command),
        "action": action_of(command).value,
        "order_id": order_of(command),
        "seq": seq,
        "generation": command.generation if isinstance(command, CreateSale | UpdateSale | VoidSale | FulfilSale) else 0,
        "command": encode(command),
        "epoch": pen.epoch,
        "decided_at": to_text(now),
        "watermark": watermark,
        "sale_id": command.sale if isinstance(command, UpdateSale | VoidSale | FulfilSale | CloseReturn) else None,
        "run_id": pen.run,
    }
    made = tx.execute(_PUT, {f"new_{name}": value for name, value in row.items()}).scalar_one_or_none()
    if made is None:
        raise WriterLost
    return EntryId(int(made))


def begin_sending(
    tx: Connection, pen: Pen, entry: EntryId, *, deadline: BootTime, watermark: int, now: datetime
) -> None:
    """waiting -> sending: committed before the first byte leaves."""
    _move(
        tx,
        pen,
        entry,
        _BEGIN_SENDING,
        sent_at=to_text(now),
        boot=deadline.boot,
        deadline_ms=deadline.ms,
        absent_ms=None,
        not_before_ms=None,
        watermark=watermark,
    )


def unsend(tx: Connection, pen: Pen, entry: EntryId) -> None:
    """sending -> waiting, for a sender that woke up too late and has sent nothing."""
    _move(tx, pen, entry, _UNSEND)


def wait(tx: Connection, pen: Pen, entry: EntryId, *, until: BootTime, detail: str) -> None:
    """Back to waiting: nothing has happened on the other side."""
    _move(
        tx,
        pen,
        entry,
        _WAIT,
        boot=until.boot,
        not_before_ms=until.ms,
        deadline_ms=None,
        absent_ms=None,
        detail=detail[:DETAIL_CHARS_MAX],
    )


def doubt(tx: Connection, pen: Pen, entry: EntryId, *, settling: Settling, absent: Absent | None, detail: str) -> None:
    """To unknown: it may have happened. Also notes how far the look-up has come."""
    values: dict[str, Any] = {"absent_means": absent.value} if absent else {}
    _move(
        tx,
        pen,
        entry,
        _DOUBT,
        boot=settling.deadline.boot,
        deadline_ms=settling.deadline.ms,
        absent_ms=settling.absent_at.ms if settling.absent_at else None,
        detail=detail[:DETAIL_CHARS_MAX],
        **values,
    )


def answer(tx: Connection, pen: Pen, entry: EntryId, *, sale: SaleId | None, text: str, now: datetime) -> None:
    """To answered: the other side said yes, or the look-up found it. Verification is due."""
    values: dict[str, Any] = {"sale_id": sale} if sale is not None else {}
    _move(tx, pen, entry, _ANSWER, answer=text[:DETAIL_CHARS_MAX], answered_at=to_text(now), detail="", **values)


def finish(tx: Connection, pen: Pen, entry: EntryId, *, now: datetime) -> None:
    """answered -> done: seen as it was meant."""
    _move(tx, pen, entry, _FINISH, settled_at=to_text(now), detail="")


def hold(tx: Connection, pen: Pen, entry: EntryId, *, reason: str, detail: str, now: datetime) -> None:
    _move(tx, pen, entry, _HOLD, settled_at=to_text(now), reason=reason, detail=detail[:DETAIL_CHARS_MAX])


def supersede(tx: Connection, pen: Pen, entry: EntryId, *, detail: str, now: datetime) -> None:
    """Waiting and never attempted -> superseded. An attempted entry is never superseded, it is resolved."""
    _move(tx, pen, entry, _SUPERSEDE, settled_at=to_text(now), detail=detail)


def withdraw(tx: Connection, pen: Pen, entry: EntryId, *, detail: str, now: datetime) -> None:
    """unknown -> superseded: it is proved that it did not happen, and it is decided anew instead of sent again."""
    _move(tx, pen, entry, _WITHDRAW, settled_at=to_text(now), detail=detail[:DETAIL_CHARS_MAX])


def open_entries(
    tx: Connection, account: Account, actions: Iterable[Action], states: Iterable[EntryState] = OPEN
) -> list[Entry]:
    """The open entries, with what they command; of these states, when some are named."""
    found = select(_journal).where(*_open(account, actions, states)).order_by(_journal.c.id)
    return [_read(row) for row in tx.execute(found)]


def open_marks(
    tx: Connection, account: Account, actions: Iterable[Action], states: Iterable[EntryState] = OPEN
) -> list[Mark]:
    """The same, without what they command."""
    found = select(*_MARKED).where(*_open(account, actions, states)).order_by(_journal.c.id)
    return [_mark(row) for row in tx.execute(found)]


def overtaken(tx: Connection, account: Account, actions: Iterable[Action]) -> list[Mark]:
    """Entries never attempted, of orders of which there is a newer reading than the one they were decided from."""
    order = (_orders.c.account == _journal.c.account) & (_orders.c.order_id == _journal.c.order_id)
    untried = (*_open(account, actions, [EntryState.WAITING]), _journal.c.attempts == 0)
    found = select(*_MARKED).join(_orders, order).where(*untried, _orders.c.seq != _journal.c.seq)
    return [_mark(row) for row in tx.execute(found.order_by(_journal.c.id))]


def _open(account: Account, actions: Iterable[Action], states: Iterable[EntryState]) -> tuple[ColumnElement[bool], ...]:
    return (
        _journal.c.account == account,
        _journal.c.state.in_([state.value for state in states]),
        _journal.c.action.in_([action.value for action in actions]),
    )


def get_all(tx: Connection, entries: Sequence[EntryId]) -> list[Entry]:
    """These entries, by their ids."""
    return [_read(row) for row in tx.execute(_OF_IDS, {"its_ids": list(entries)})]


def get(tx: Connection, entry: EntryId) -> Entry:
    return _read(tx.execute(select(_journal).where(_journal.c.id == entry)).one())


def of_order(tx: Connection, account: Account, order: OrderId) -> list[Entry]:
    found = select(_journal).where(_journal.c.account == account, _journal.c.order_id == order)
    return [_read(row) for row in tx.execute(found.order_by(_journal.c.id))]


def of_subjects(tx: Connection, account: Account, subjects: Sequence[Subject]) -> list[Entry]:
    found = select(_journal).where(_journal.c.account == account, _journal.c.subject.in_(list(subjects)))
    return [_read(row) for row in tx.execute(found.order_by(_journal.c.id))]


def open_actions(tx: Connection, account: Account, orders: Sequence[OrderId]) -> dict[OrderId, set[Action]]:
    """Which kinds of entries of these orders are open."""
    found = select(_journal.c.order_id, _journal.c.action).where(
        _journal.c.account == account,
        _journal.c.order_id.in_(list(orders)),
        _journal.c.state.in_([state.value for state in OPEN]),
    )
    actions: dict[OrderId, set[Action]] = {}
    for row in tx.execute(found):
        actions.setdefault(OrderId(row.order_id), set()).add(Action(row.action))
    return actions


def count_by_state(tx: Connection, account: Account) -> dict[str, int]:
    rows = tx.execute(
        select(_journal.c.state, func.count().label("entries"))
        .where(_journal.c.account == account)
        .group_by(_journal.c.state)
    )
    return {row.state: int(row.entries) for row in rows}


def has_done_create(tx: Connection, account: Account) -> bool:
    """True when a create of this account was ever verified: then X-Series is known to keep our source."""
    found = select(_journal.c.id).where(
        _journal.c.account == account,
        _journal.c.action == Action.CREATE_SALE.value,
        _journal.c.state == EntryState.DONE.value,
    )
    return tx.execute(found.limit(1)).first() is not None


def _move(tx: Connection, pen: Pen, entry: EntryId, transition: Update, **values: object) -> None:
    mine = {"its_id": entry, "pen_account": pen.account, "pen_epoch": pen.epoch, "epoch": pen.epoch}
    if tx.execute(transition, {**mine, **values}).rowcount != 1:
        raise WriterLost(f"journal entry {entry} is not where this run left it: another process moved it")


def _read(row: Row[tuple[object, ...]]) -> Entry:
    action = Action(row.action)
    settling = None
    if row.boot is not None and row.deadline_ms is not None:
        absent_at = BootTime(row.boot, row.absent_ms) if row.absent_ms is not None else None
        settling = Settling(BootTime(row.boot, row.deadline_ms), absent_at)
    command: Command = decode(row.command, COMMANDS[action])
    return Entry(
        id=EntryId(row.id),
        subject=Subject(row.subject),
        k=row.k,
        action=action,
        order=OrderId(row.order_id),
        seq=row.seq,
        command=command,
        state=EntryState(row.state),
        attempts=row.attempts,
        epoch=row.epoch,
        sale=SaleId(row.sale_id) if row.sale_id else None,
        watermark=row.watermark or 0,
        settling=settling,
        absent_means=Absent(row.absent_means),
        not_before=_not_before(row),
        decided_at=row.decided_at,
        sent_at=row.sent_at,
        answered_at=row.answered_at,
        settled_at=row.settled_at,
        answer=row.answer or "",
        reason=row.reason,
        detail=row.detail,
    )


def _mark(row: Row[tuple[object, ...]]) -> Mark:
    return Mark(
        id=EntryId(row.id),
        action=Action(row.action),
        state=EntryState(row.state),
        attempts=row.attempts,
        not_before=_not_before(row),
        sale=SaleId(row.sale_id) if row.sale_id else None,
    )


def _not_before(row: Row[tuple[object, ...]]) -> BootTime | None:
    return BootTime(row.boot, row.not_before_ms) if row.boot and row.not_before_ms is not None else None


def is_due(entry: Entry | Mark, now: BootTime) -> bool:
    """True when a waiting entry may be sent; after a reboot its delay is over."""
    if entry.not_before is None:
        return True
    left = entry.not_before.since(now)
    return left is None or left <= timedelta(0)
