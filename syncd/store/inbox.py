"""The newest reading of every order, and where the order stands.

Holds no rule about what an order means: see `domain/plan_orders.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, insert, or_, select, update

from syncd.domain.changes import changes
from syncd.domain.forget import forget_order
from syncd.domain.ids import Account, OrderId
from syncd.domain.journal import OPEN
from syncd.domain.orders import Order, UnreadableOrder
from syncd.domain.reasons import HELD_BY_ANOTHER, Outcome, Reason
from syncd.store import order_names, revisions
from syncd.store.codec import decode, digest, encode, to_text
from syncd.store.customers import hidden_code
from syncd.store.tables import JournalRow, OrderRow, SeenSaleRow

_orders, _journal, _seen = OrderRow.__table__, JournalRow.__table__, SeenSaleRow.__table__  # type: ignore[attr-defined]
_OPEN_STATES = tuple(state.value for state in OPEN)
DELETED, BACK, NOTHING_TOLD = "deleted in the ERP", "it is there again", "nothing that is told here"
GONE = "gone"  # in the place of a digest: that the ERP does not have the order is a reading too

# Built once: every order goes this way. The parameters that are named as columns say what a statement sets.
_HERE = and_(_orders.c.account == bindparam("its_account"), _orders.c.order_id == bindparam("its_order"))
_KNOWN = select(_orders.c.digest, _orders.c.seq, _orders.c.ticket, _orders.c.number).where(_HERE)
_INSERT = insert(_orders)
_UPDATE = update(_orders).where(_HERE)
_OF_IDS = select(_orders).where(
    _orders.c.account == bindparam("its_account"), _orders.c.order_id.in_(bindparam("its_orders", expanding=True))
)


@dataclass(frozen=True, slots=True)
class InboxOrder:
    """An order as it was last read; `order` is None when the reading made no sense.

    `gone` when the ERP does not have it any more; `order` is then its last reading before.
    """

    id: OrderId
    number: str
    seq: int
    order: Order | None
    problem: str
    outcome: Outcome
    reason: Reason
    detail: str
    line: str
    changed_at: str
    first_read_at: str
    read_at: str
    planned_at: str | None
    planned_seq: int
    planned_with: str
    gone: bool
    is_forgotten: bool  # it no longer says whose it was


@dataclass(frozen=True, slots=True)
class Due:
    """An order to decide about anew, and where it stands until then."""

    id: OrderId
    outcome: Outcome
    reason: Reason
    is_new: bool  # read anew since it was decided
    planned_with: str

    def is_unplanned(self, planned_with: str) -> bool:
        """As it is now, with these settings and this catalogue."""
        return self.is_new or self.planned_with != planned_with


def put(tx: Connection, account: Account, reading: Order | UnreadableOrder, *, ticket: int, now: datetime) -> bool:
    """Keep a reading; True when it differs from the current one, which makes it an event.

    Compared with the current row only: 2, then 3, then 2 again are two events. A reading that started earlier than
    the one that wrote the row is late and is dropped.
    """
    here = _here(account, reading.id)
    row = tx.execute(_KNOWN, here).one_or_none()
    fresh = _digest_of(reading)
    if row is not None and (row.ticket > ticket or row.digest == fresh):
        if row.ticket <= ticket:
            tx.execute(_UPDATE, {**here, "ticket": ticket, "read_at": to_text(now)})
        return False
    values = {
        "number": reading.number,
        "reference": reading.reference if isinstance(reading, Order) else "",
        "party": hidden_code(reading.customer.code) if isinstance(reading, Order) else "",
        "seq": 1 if row is None else row.seq + 1,
        "digest": fresh,
        "payload": encode(reading),
        "readable": isinstance(reading, Order),
        "changed_at": to_text(reading.changed_at),
        "ticket": ticket,
        "read_at": to_text(now),
        "forgotten_at": None,
    }
    if row is None:
        first = {"account": account, "order_id": reading.id, "first_read_at": to_text(now), **_NEW}
        tx.execute(_INSERT, {**first, **values})
    else:
        _note_revision(tx, account, reading, seq=row.seq + 1, was_gone=row.digest == GONE, now=now)
        tx.execute(_UPDATE, {**here, **values})
        if row.number != reading.number:
            order_names.note_former(tx, account, reading.id, row.number)
    return True


def _note_revision(
    tx: Connection,
    account: Account,
    reading: Order | UnreadableOrder,
    *,
    seq: int,
    was_gone: bool,
    now: datetime,
) -> None:
    columns = (_orders.c.payload, _orders.c.readable, _orders.c.forgotten_at)
    row = tx.execute(select(*columns).where(_one(account, reading.id))).one()
    before = decode(row.payload, Order) if row.readable else decode(row.payload, UnreadableOrder)
    found = changes(before, reading if row.forgotten_at is None else forget_order(reading))
    revisions.note(
        tx,
        account,
        reading.id,
        seq=seq,
        changed_at=to_text(reading.changed_at),
        read_at=to_text(now),
        changes=[BACK, *found] if was_gone else found or [NOTHING_TOLD],
    )


def put_gone(tx: Connection, account: Account, orders: Sequence[OrderId], *, ticket: int, now: datetime) -> int:
    """Note that the ERP does not have these orders any more; return for how many that is news.

    Their last readings stay; `read_at` is when they were first missed. Their return, even as they were, is an event.
    """
    here = _read_before(account, orders, ticket)
    tx.execute(update(_orders).where(here, _orders.c.digest == GONE).values(ticket=ticket))
    is_news = and_(here, _orders.c.digest != GONE)
    revisions.note_of(tx, is_news, changes=[DELETED], now=now)
    news = update(_orders).where(is_news)
    return tx.execute(news.values(digest=GONE, seq=_orders.c.seq + 1, ticket=ticket, read_at=to_text(now))).rowcount


def count_believed(tx: Connection, account: Account, orders: Sequence[OrderId], *, ticket: int) -> int:
    """For how many of these it would be news that they are gone."""
    here = _read_before(account, orders, ticket)
    found = select(func.count()).select_from(_orders).where(here, _orders.c.digest != GONE)
    return int(tx.execute(found).scalar_one())


def _read_before(account: Account, orders: Sequence[OrderId], ticket: int) -> ColumnElement[bool]:
    return and_(_orders.c.account == account, _orders.c.order_id.in_(list(orders)), _orders.c.ticket <= ticket)


def gone_with_open_entries(tx: Connection, account: Account) -> set[OrderId]:
    """Orders that the ERP does not have any more, and of which something is still to be sent or to be settled."""
    found = (
        select(_orders.c.order_id)
        .join(_journal, and_(_journal.c.account == _orders.c.account, _journal.c.order_id == _orders.c.order_id))
        .where(_journal.c.account == account, _journal.c.state.in_(_OPEN_STATES), _orders.c.digest == GONE)
    )
    return {OrderId(row.order_id) for row in tx.execute(found)}


_NEW = {
    "outcome": Outcome.WAITING.value,
    "reason": Reason.NEW.value,
    "detail": "",
    "line": "",
    "planned_seq": 0,
    "planned_with": "",
    "planned_version": 0,
}


def _digest_of(reading: Order | UnreadableOrder) -> str:
    """What makes a reading an event: everything but the stamp."""
    if isinstance(reading, Order):
        return digest([getattr(reading, name) for name in Order.__slots__ if name != "changed_at"])
    return digest([reading.number, reading.raw, reading.problem])


def due(tx: Connection, account: Account, *, planned_with: str, retried: Sequence[OrderId]) -> list[Due]:
    """Orders to decide about anew: read anew, their sales changed, the settings changed, or they wait.

    Never an order of which a journal entry is open: its newer readings wait here until that is settled. Nor one that
    a person dropped, whatever changes, unless they want it tried again.
    """
    is_retried = _orders.c.order_id.in_(list(retried))
    newest_sale = (
        select(func.coalesce(func.sum(_seen.c.version), 0))
        .where(_seen.c.account == _orders.c.account, _seen.c.order_id == _orders.c.order_id)
        .scalar_subquery()
    )
    in_flight = (
        select(_journal.c.id)
        .where(
            _journal.c.account == _orders.c.account,
            _journal.c.order_id == _orders.c.order_id,
            _journal.c.state.in_(_OPEN_STATES),
        )
        .exists()
    )
    stands = (_orders.c.outcome, _orders.c.reason, _orders.c.seq, _orders.c.planned_seq, _orders.c.planned_with)
    found = (
        select(_orders.c.order_id, *stands)
        .where(
            _orders.c.account == account,
            or_(_orders.c.reason != Reason.DROPPED.value, is_retried),
            or_(
                _orders.c.planned_seq != _orders.c.seq,
                _orders.c.outcome == Outcome.WAITING.value,
                and_(_orders.c.outcome == Outcome.HELD.value, _orders.c.planned_with != planned_with),
                and_(_orders.c.outcome == Outcome.IGNORED.value, _orders.c.planned_with != planned_with),
                _orders.c.planned_version < newest_sale,
                is_retried,
                _orders.c.reason.in_([reason.value for reason in HELD_BY_ANOTHER]),
            ),
            ~in_flight,
        )
        .order_by(_orders.c.changed_at, _orders.c.order_id)
    )
    return [
        Due(
            OrderId(row.order_id),
            Outcome(row.outcome),
            Reason(row.reason),
            is_new=row.planned_seq != row.seq,
            planned_with=row.planned_with,
        )
        for row in tx.execute(found)
    ]


def get(tx: Connection, account: Account, order: OrderId) -> InboxOrder | None:
    row = tx.execute(select(_orders).where(_one(account, order))).one_or_none()
    return None if row is None else _read(row)


def get_all(tx: Connection, account: Account, orders: Sequence[OrderId]) -> list[InboxOrder]:
    """These orders, in this order, without those that are not there."""
    rows = tx.execute(_OF_IDS, {"its_account": account, "its_orders": list(orders)})
    found = {row.order_id: row for row in rows}
    return [_read(found[order]) for order in orders if order in found]


def seqs(tx: Connection, account: Account, orders: Sequence[OrderId]) -> dict[OrderId, int]:
    """The newest reading's number of each of these orders."""
    here = (_orders.c.account == account, _orders.c.order_id.in_(list(orders)))
    return {
        OrderId(row.order_id): row.seq for row in tx.execute(select(_orders.c.order_id, _orders.c.seq).where(*here))
    }


def settle(
    tx: Connection,
    account: Account,
    order: OrderId,
    *,
    outcome: Outcome,
    reason: Reason,
    detail: str,
    line: str,
    seq: int,
    planned_with: str,
    planned_version: int,
    now: datetime,
) -> None:
    """Note where the order stands, and what was known when that was decided."""
    stands = {
        "outcome": outcome.value,
        "reason": reason.value,
        "detail": detail,
        "line": line,
        "planned_seq": seq,
        "planned_with": planned_with,
        "planned_version": planned_version,
        "planned_at": to_text(now),
    }
    tx.execute(_UPDATE, {**_here(account, order), **stands})


def move_outcome(
    tx: Connection, account: Account, order: OrderId, *, outcome: Outcome, reason: Reason, detail: str, now: datetime
) -> None:
    """Note what became of the order's changes after they were decided."""
    tx.execute(
        update(_orders)
        .where(_one(account, order))
        .values(outcome=outcome.value, reason=reason.value, detail=detail, line="", planned_at=to_text(now))
    )


def plan_anew(tx: Connection, account: Account, reason: Reason) -> None:
    """Let the next planning take up what is held for this reason, as if it had never been planned."""
    tx.execute(
        update(_orders)
        .where(_orders.c.account == account, _orders.c.reason == reason.value)
        .values(planned_with="", planned_seq=0)
    )


def plan_anew_since(tx: Connection, account: Account, since: datetime, *, but: Collection[Reason]) -> int:
    """Let the next planning take up every order that the ERP changed at or after this time; return how many.

    Left out are those that stand where they stand for one of the reasons of `but`.
    """
    anew = (
        update(_orders)
        .where(
            _orders.c.account == account,
            _orders.c.changed_at >= to_text(since),
            _orders.c.reason.not_in([reason.value for reason in but]),
        )
        .values(planned_with="", planned_seq=0)
    )
    return tx.execute(anew).rowcount


def count_by_outcome(tx: Connection, account: Account) -> dict[tuple[str, str], int]:
    """(outcome, reason) -> orders. Every order is in exactly one, so the counts sum to all of them."""
    rows = tx.execute(
        select(_orders.c.outcome, _orders.c.reason, func.count())
        .where(_orders.c.account == account)
        .group_by(_orders.c.outcome, _orders.c.reason)
        .order_by(_orders.c.outcome, _orders.c.reason)
    )
    return {(outcome, reason): count for outcome, reason, count in rows}


def worth_of(tx: Connection, account: Account, reason: Reason) -> dict[str, Decimal]:
    """By currency, the totals with tax of the orders that stand where they stand for this reason."""
    rows = tx.execute(select(_orders).where(_orders.c.account == account, _orders.c.reason == reason.value))
    worth: dict[str, Decimal] = {}
    for order in (_read(row).order for row in rows):
        if order is not None:
            worth[order.currency] = worth.get(order.currency, Decimal(0)) + order.total
    return worth


def all_orders(tx: Connection, account: Account) -> list[InboxOrder]:
    rows = tx.execute(select(_orders).where(_orders.c.account == account).order_by(_orders.c.order_id))
    return [_read(row) for row in rows]


def _here(account: Account, order: OrderId) -> dict[str, object]:
    """The parameters of `_HERE`."""
    return {"its_account": account, "its_order": order}


def _one(account: Account, order: OrderId) -> ColumnElement[bool]:
    return and_(_orders.c.account == account, _orders.c.order_id == order)


def _read(row: Row[tuple[object, ...]]) -> InboxOrder:
    order = decode(row.payload, Order) if row.readable else None
    return InboxOrder(
        id=OrderId(row.order_id),
        number=row.number,
        seq=row.seq,
        order=order,
        problem="" if row.readable else decode(row.payload, UnreadableOrder).problem,
        outcome=Outcome(row.outcome),
        reason=Reason(row.reason),
        detail=row.detail,
        line=row.line,
        changed_at=row.changed_at,
        first_read_at=row.first_read_at,
        read_at=row.read_at,
        planned_at=row.planned_at,
        planned_seq=row.planned_seq,
        planned_with=row.planned_with,
        gone=row.digest == GONE,
        is_forgotten=row.forgotten_at is not None,
    )
