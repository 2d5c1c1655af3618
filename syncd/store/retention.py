"""Finished orders, and how what `domain/forget.py` names is forgotten of them; and the old lines of the diary.

An order is finished when nothing more can come of it and neither side has changed anything of it since. What is
forgotten is noted with the reading and the sales that it was forgotten at: anything newer makes it due again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    String,
    Table,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)

from syncd.domain.forget import forget_command, forget_draft, forget_order, forget_sale
from syncd.domain.ids import Account, OrderId, SaleId
from syncd.domain.journal import COMMANDS, OPEN, Action
from syncd.domain.orders import Order, UnreadableOrder
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import Sale, SaleDraft
from syncd.store.codec import decode, encode, to_text
from syncd.store.holds import Verb
from syncd.store.stock_tables import CorrectionRow
from syncd.store.tables import AttemptRow, DecisionRow, HoldRow, JournalRow, OrderRow, PartRow, RunRow, SeenSaleRow

_orders, _parts = OrderRow.__table__, PartRow.__table__  # type: ignore[attr-defined]
_journal, _seen = JournalRow.__table__, SeenSaleRow.__table__  # type: ignore[attr-defined]
_holds, _decisions = HoldRow.__table__, DecisionRow.__table__  # type: ignore[attr-defined]
_corrections = CorrectionRow.__table__  # type: ignore[attr-defined]
_runs, _attempts = RunRow.__table__, AttemptRow.__table__  # type: ignore[attr-defined]

T = TypeVar("T")
DONE = (Reason.HANDED_OVER.value, Reason.VOIDED.value, Reason.RETURNED.value)
GOOD_RUNS = ("done", "held")


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished order, at the reading and the versions of its sales that are there now."""

    order: OrderId
    mark: str


def finished(tx: Connection, account: Account, *, before: datetime, limit: int) -> list[Finished]:
    """Orders finished before this moment of which not all is forgotten yet."""
    of_order = (_seen.c.account == _orders.c.account, _seen.c.order_id == _orders.c.order_id)
    versions = select(func.coalesce(func.sum(_seen.c.version), 0)).where(*of_order).scalar_subquery()
    mark = _orders.c.seq.cast(String) + "/" + versions.cast(String)
    found = (
        select(_orders.c.order_id, mark.label("mark"))
        .where(
            _orders.c.account == account,
            _orders.c.changed_at < to_text(before),
            or_(
                _orders.c.outcome == Outcome.IGNORED.value,
                and_(_orders.c.outcome == Outcome.SYNCED.value, _orders.c.reason.in_(DONE)),
            ),
            or_(_orders.c.forgotten_at.is_(None), _orders.c.forgotten_at != mark),
            ~select(_seen.c.sale_id).where(*of_order, _seen.c.seen_at >= to_text(before)).exists(),
            ~_was_busy_since(before),
        )
        .order_by(_orders.c.order_id)
        .limit(limit)
    )
    return [Finished(OrderId(row.order_id), row.mark) for row in tx.execute(found)]


def _was_busy_since(before: datetime) -> ColumnElement[bool]:
    """Something is on its way to a side or waits for a person, or was not over yet at this moment."""
    entry = select(_journal.c.id).where(
        _journal.c.account == _orders.c.account,
        _journal.c.order_id == _orders.c.order_id,
        or_(_journal.c.state.in_([state.value for state in OPEN]), _journal.c.settled_at >= to_text(before)),
    )
    hold = select(_holds.c.id).where(
        _holds.c.account == _orders.c.account,
        _holds.c.order_id == _orders.c.order_id,
        or_(_holds.c.closed_at.is_(None), _holds.c.closed_at >= to_text(before)),
    )
    return or_(entry.exists(), hold.exists())


def forget(tx: Connection, account: Account, some: Sequence[Finished]) -> None:
    """Keep of these orders what keeps them from happening twice, and no person. Older entries of a subject go whole."""
    ids = [one.order for one in some]
    if not ids:
        return
    _rewrite(tx, _orders, ("account", "order_id"), "payload", _of(account, _orders, ids), _forgotten_reading)
    _rewrite(
        tx,
        _parts,
        ("account", "order_id", "outlet", "method"),
        "draft",
        and_(_of(account, _parts, ids), _parts.c.draft.is_not(None)),
        lambda row: encode(forget_draft(decode(row.draft, SaleDraft))),
    )
    _forget_seen(tx, _of(account, _seen, ids))
    _forget_entries(tx, account, ids)
    _forget_holds(tx, account, _holds.c.order_id.in_(ids))
    tx.execute(
        update(_orders)
        .where(_orders.c.account == account, _orders.c.order_id == bindparam("its_order"))
        .values(forgotten_at=bindparam("its_mark")),
        [{"its_order": one.order, "its_mark": one.mark} for one in some],
    )


def orphans(tx: Connection, account: Account, *, before: datetime) -> list[SaleId]:
    """Sales of orders that the inbox does not have, with nothing new of them and nothing held since this moment."""
    of_order = (_orders.c.account == _seen.c.account, _orders.c.order_id == _seen.c.order_id)
    is_known = select(_orders.c.order_id).where(*of_order).exists()
    is_held = select(_holds.c.id).where(
        _holds.c.account == _seen.c.account,
        _holds.c.order_id == _seen.c.order_id,
        or_(_holds.c.closed_at.is_(None), _holds.c.closed_at >= to_text(before)),
    )
    here = (_seen.c.account == account, _seen.c.order_id != "", _seen.c.lacks_order, _seen.c.seen_at < to_text(before))
    found = select(_seen.c.sale_id).where(*here, ~is_known, ~is_held.exists()).order_by(_seen.c.sale_id)
    return [SaleId(row.sale_id) for row in tx.execute(found)]


def forget_sales(tx: Connection, account: Account, sales: Sequence[SaleId]) -> None:
    """Keep of these sales what they are, and no person."""
    _forget_seen(tx, and_(_seen.c.account == account, _seen.c.sale_id.in_(list(sales))))


def _forget_seen(tx: Connection, which: ColumnElement[bool]) -> None:
    def fresh(row: Row[Any]) -> str:
        return encode(forget_sale(decode(row.payload, Sale)))

    _rewrite(tx, _seen, ("account", "sale_id"), "payload", which, fresh)


def _forget_entries(tx: Connection, account: Account, ids: Sequence[OrderId]) -> None:
    """Of each subject the newest entry stays: it is what the next one is counted and judged by."""
    newer = _journal.alias("newer")
    is_older = (
        select(newer.c.id)
        .where(newer.c.account == _journal.c.account, newer.c.subject == _journal.c.subject, newer.c.k > _journal.c.k)
        .exists()
    )
    of_these = _of(account, _journal, ids)
    its_attempts = _attempts.c.entry_id.in_(select(_journal.c.id).where(of_these))  # answers may name a person
    tx.execute(delete(_attempts).where(_attempts.c.account == account, its_attempts))
    tx.execute(delete(_journal).where(of_these, is_older))
    _rewrite(
        tx,
        _journal,
        ("id",),
        "command",
        of_these,
        lambda row: encode(forget_command(decode(row.command, COMMANDS[Action(row.action)]))),
    )
    tx.execute(update(_journal).where(of_these).values(answer=None, detail=""))


def _forget_holds(tx: Connection, account: Account, which: ColumnElement[bool]) -> None:
    """Closed holds go; of one that a person dropped it stays known that they did, so that it is not held again."""
    closed = (_holds.c.account == account, _holds.c.closed_at.is_not(None), which)
    dropped = select(_decisions.c.hold_id).where(_decisions.c.account == account, _decisions.c.verb == Verb.DROP.value)
    tx.execute(update(_holds).where(*closed, _holds.c.id.in_(dropped)).values(detail="", evidence="", cause=""))
    going = select(_holds.c.id).where(*closed, _holds.c.id.not_in(dropped))
    tx.execute(delete(_decisions).where(_decisions.c.account == account, _decisions.c.hold_id.in_(going)))
    tx.execute(delete(_holds).where(_holds.c.id.in_(going)))


def prune_diary(tx: Connection, account: Account, *, before: datetime) -> None:
    """Runs that ended before this moment go, and holds of no order that were closed before it.

    Of each job the newest run stays, and the newest that came to a good end. With a run goes what it had corrected:
    nothing is left to be taken back by its number.
    """
    newest = select(func.max(_runs.c.id)).where(_runs.c.account == account).group_by(_runs.c.job)
    good = newest.where(_runs.c.outcome.in_(GOOD_RUNS))
    tx.execute(
        delete(_runs).where(
            _runs.c.account == account,
            _runs.c.started_at < to_text(before),
            _runs.c.id.not_in(newest),
            _runs.c.id.not_in(good),
        )
    )
    its_run = select(_runs.c.id).where(_runs.c.account == account, _runs.c.id == _corrections.c.run_id)
    tx.execute(
        delete(_corrections).where(
            _corrections.c.account == account, _corrections.c.settled_at < to_text(before), ~its_run.exists()
        )
    )
    _forget_holds(tx, account, and_(_holds.c.order_id == "", _holds.c.closed_at < to_text(before)))


def forgotten_among(tx: Connection, account: Account, orders: Collection[OrderId]) -> list[OrderId]:
    """Those of these orders of which nobody knows any more whose they are."""
    found = select(_orders.c.order_id).where(_of(account, _orders, orders), _orders.c.forgotten_at.is_not(None))
    return [OrderId(row.order_id) for row in tx.execute(found)]


def recall(tx: Connection, account: Account, orders: Sequence[OrderId]) -> None:
    """Let the next reading of these orders count as new, whatever it says: they are needed whole again."""
    tx.execute(update(_orders).where(_of(account, _orders, orders)).values(digest=""))


def recalled(tx: Connection, account: Account) -> list[OrderId]:
    """The waiting orders that are to be read whole again."""
    waits = _orders.c.outcome == Outcome.WAITING.value
    found = select(_orders.c.order_id).where(_orders.c.account == account, waits, _orders.c.digest == "")
    return [OrderId(row.order_id) for row in tx.execute(found.order_by(_orders.c.order_id))]


def _forgotten_reading(row: Row[Any]) -> str:
    reading = decode(row.payload, Order) if row.readable else decode(row.payload, UnreadableOrder)
    return encode(forget_order(reading))


def _of(account: Account, table: Table, ids: Collection[OrderId]) -> ColumnElement[bool]:
    return and_(table.c.account == account, table.c.order_id.in_(list(ids)))


def _rewrite(
    tx: Connection,
    table: Table,
    keys: Sequence[str],
    column: str,
    which: ColumnElement[bool],
    fresh: Callable[[Row[Any]], str],
) -> None:
    """Replace one column of these rows by what is made of each row, in one statement for all."""
    target: Column[Any] = table.c[column]
    rows = [
        {f"its_{key}": getattr(row, key) for key in keys} | {"fresh": fresh(row)}
        for row in tx.execute(select(table).where(which).order_by(*(table.c[key] for key in keys)))
    ]
    if rows:
        here = and_(*(table.c[key] == bindparam(f"its_{key}") for key in keys))
        tx.execute(update(table).where(here).values({target: bindparam("fresh")}), rows)
