"""What the ERP was seen to have by a sweep, held against the inbox. All of it by sets.

Holds no rule about what an order means: see `domain/plan_orders.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, or_, select, update

from syncd.domain.ids import Account, OrderId
from syncd.domain.orders import OrderStamp
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import SaleState
from syncd.store.codec import to_text
from syncd.store.inbox import GONE
from syncd.store.tables import OrderRow, OrderStampRow, SeenSaleRow
from syncd.store.upsert import upsert

_stamps, _orders = OrderStampRow.__table__, OrderRow.__table__  # type: ignore[attr-defined]
_seen = SeenSaleRow.__table__  # type: ignore[attr-defined]


def keep(tx: Connection, account: Account, listed: Sequence[OrderStamp], *, ticket: int) -> None:
    """Keep a page of a listing; a row that a later listing wrote stays."""
    rows = [
        {"account": account, "order_id": one.id, "digest": one.digest, "ticket": ticket, "read_digest": ""}
        for one in sorted(listed, key=lambda one: one.id)
    ]
    if not rows:
        return
    statement = upsert(tx, _stamps)
    fresh = statement.excluded
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["account", "order_id"],
            set_={"digest": fresh.digest, "ticket": fresh.ticket},
            where=_stamps.c.ticket <= fresh.ticket,
        ),
        rows,
    )


def unread(tx: Connection, account: Account, *, ticket: int) -> list[OrderId]:
    """Orders of this listing that the inbox lacks, or that are not what they were when a sweep last read them."""
    found = (
        select(_stamps.c.order_id)
        .outerjoin(_orders, and_(_orders.c.account == _stamps.c.account, _orders.c.order_id == _stamps.c.order_id))
        .where(
            _stamps.c.account == account,
            _stamps.c.ticket == ticket,
            or_(
                _stamps.c.digest != _stamps.c.read_digest,
                _orders.c.order_id.is_(None),
                _orders.c.digest == GONE,
            ),
        )
        .order_by(_stamps.c.order_id)
    )
    return [OrderId(row.order_id) for row in tx.execute(found)]


def unlisted(tx: Connection, account: Account, *, ticket: int, since: datetime) -> list[OrderId]:
    """Orders of the inbox that this listing does not name though something may still come of them.

    Those of which an open sale stands, and those that wait or are held, however old they are. That they are not listed
    says nothing yet: they may only be older than the listing goes back. And those that were first missed at or after
    `since`, again: they may only have been hidden from us for a while.
    """
    is_listed = (
        select(_stamps.c.order_id)
        .where(
            _stamps.c.account == _orders.c.account,
            _stamps.c.order_id == _orders.c.order_id,
            _stamps.c.ticket >= ticket,
        )
        .exists()
    )
    has_open_sale = (
        select(_seen.c.sale_id)
        .where(
            _seen.c.account == _orders.c.account,
            _seen.c.order_id == _orders.c.order_id,
            _seen.c.state.in_([SaleState.PARKED.value, SaleState.PENDING.value]),
        )
        .exists()
    )
    found = (
        select(_orders.c.order_id)
        .where(
            _orders.c.account == account,
            ~is_listed,
            or_(
                _orders.c.outcome.in_([Outcome.WAITING.value, Outcome.HELD.value]),
                has_open_sale,
                and_(_orders.c.digest == GONE, _orders.c.read_at >= to_text(since)),
            ),
            _orders.c.reason != Reason.DROPPED.value,
        )
        .order_by(_orders.c.order_id)
    )
    return [OrderId(row.order_id) for row in tx.execute(found)]


def note_read(tx: Connection, account: Account, orders: Sequence[OrderId], *, ticket: int) -> None:
    """Note that these were read after this listing: the next sweep reads only those that differ from it."""
    tx.execute(
        update(_stamps)
        .where(_stamps.c.account == account, _stamps.c.ticket == ticket, _stamps.c.order_id.in_(list(orders)))
        .values(read_digest=_stamps.c.digest)
    )


def forget_older(tx: Connection, account: Account, *, ticket: int) -> None:
    """Forget what only earlier listings named: the table stays as large as one listing."""
    tx.execute(delete(_stamps).where(_stamps.c.account == account, _stamps.c.ticket < ticket))
