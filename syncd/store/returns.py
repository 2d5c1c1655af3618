"""What the sales feed has shown of goods that came back: every sale that is the return of another one.

All of them are kept, whoever's the original is: an empty store may be shown a return before the sale that it is for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, update

from syncd.domain.identity import read_source_id
from syncd.domain.ids import Account, OrderId, SaleId
from syncd.domain.returns import SaleReturn, read_return
from syncd.domain.sales import Sale, SaleState
from syncd.store.codec import decode, encode, to_text
from syncd.store.tables import HoldRow, OrderRow, ReturnRow, SeenSaleRow
from syncd.store.upsert import upsert

_returns = ReturnRow.__table__  # type: ignore[attr-defined]
_seen, _orders = SeenSaleRow.__table__, OrderRow.__table__  # type: ignore[attr-defined]
_holds = HoldRow.__table__  # type: ignore[attr-defined]
HOLD_SUBJECTS = "returned:"  # and the sale that took something back: of holds that a person ends

ROWS_AT_ONCE = 100  # as many as are told together: of what is only begun, few are read in vain

_ORIGINAL = and_(_seen.c.account == _returns.c.account, _seen.c.sale_id == _returns.c.original)
CHANGING = ("original", "source_id", "made_for", "version", "state", "payload", "ticket", "seen_at")

# The same as `is_made_by_us`, for statements that are written as text: all of them, of the account `:account`.
MADE_BY_US = """
SELECT b.sale_id FROM sale_returns b
JOIN seen_sales o ON o.account = b.account AND o.sale_id = b.original
WHERE b.account = :account AND b.source_id <> '' AND b.source_id <> o.source_id
"""


@dataclass(frozen=True, slots=True)
class Untold:
    """What a till took back of a sale of ours, while nobody was told of it."""

    order: OrderId
    of_invoice_number: str
    back: SaleReturn


def keep(tx: Connection, account: Account, sales: Iterable[Sale], *, ticket: int, now: datetime) -> None:
    """Keep those of the sales that are returns; an older version replaces nothing."""
    newest: dict[SaleId, SaleReturn] = {}
    for sale in sales:
        found = read_return(sale)
        if found is not None and (sale.id not in newest or newest[sale.id].version < sale.version):
            newest[sale.id] = found
    if not newest:
        return
    put = upsert(tx, _returns)
    changed = {name: put.excluded[name] for name in CHANGING}
    newer = _returns.c.version < put.excluded.version
    tx.execute(
        put.on_conflict_do_update(index_elements=["account", "sale_id"], set_=changed, where=newer),
        [
            {
                "account": account,
                "sale_id": one.sale,
                "original": one.original,
                "source_id": one.source_id,
                "made_for": _made_for(one),
                "version": one.version,
                "state": one.state.value,
                "payload": encode(one),
                "told": False,  # where the row is there already, it stays as it is
                "ticket": ticket,
                "seen_at": to_text(now),
            }
            for one in newest.values()
        ],
    )


def of_order(tx: Connection, account: Account, order: OrderId) -> list[SaleReturn]:
    """The standing returns of the order's sales, oldest first."""
    # By the sales, or SQLite goes through all returns of the account: it takes them to be a few.
    sales = select(_seen.c.sale_id).where(_seen.c.account == account, _seen.c.order_id == order).correlate(None)
    return [_read(row) for row in tx.execute(_standing(account).where(_returns.c.original.in_(sales)))]


def of_sale(tx: Connection, account: Account, original: SaleId) -> list[SaleReturn]:
    """The standing returns of one sale of ours, oldest first."""
    return [_read(row) for row in tx.execute(_standing(account).where(_returns.c.original == original))]


def voided_for(tx: Connection, account: Account, order: OrderId) -> list[SaleId]:
    """Returns that we have made for this order of the ERP and that somebody has voided, oldest first."""
    is_voided = (_returns.c.account == account, _returns.c.state == SaleState.VOIDED.value)
    rows = tx.execute(
        select(_returns.c.sale_id).where(*is_voided, _returns.c.made_for == order).order_by(_returns.c.version)
    )
    return [SaleId(row.sale_id) for row in rows]


def at_the_till(tx: Connection, account: Account) -> list[tuple[OrderId, str, SaleReturn]]:
    """Standing returns of sales of ours that we have not made, with the order whose goods they were and its number."""
    return [
        (OrderId(row.order_id), row.number or row.order_id, _read(row))
        for row in tx.execute(_standing(account).where(~_made_by_us()))
    ]


def unsettled(tx: Connection, account: Account) -> list[tuple[OrderId, str, SaleReturn]]:
    """The same without those of which a person has said that the matter is closed."""
    of_it = (_holds.c.account == _returns.c.account, _holds.c.subject == HOLD_SUBJECTS + _returns.c.sale_id)
    was_held = select(_holds.c.id).where(*of_it).exists()
    is_held = select(_holds.c.id).where(*of_it, _holds.c.closed_at.is_(None)).exists()
    rows = tx.execute(_standing(account).where(~_made_by_us(), or_(~was_held, is_held)))
    return [(OrderId(row.order_id), row.number or row.order_id, _read(row)) for row in rows]


def untold(tx: Connection, account: Account, at_most: int) -> list[Untold]:
    """What tills took back of sales of ours and no person was told of yet, the oldest first.

    One that is only begun is not there yet.
    """
    original = _seen.c.payload.label("original")
    rows = tx.execute(
        _standing(account)
        .add_columns(original)
        .where(~_made_by_us(), _returns.c.told.is_(False))
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    found = ((row, _read(row)) for row in rows)
    some = islice(((row, back) for row, back in found if back.moved_stock), at_most)
    return [Untold(OrderId(row.order_id), decode(row.original, Sale).invoice_number, back) for row, back in some]


def note_told(tx: Connection, account: Account, sale: SaleId) -> None:
    tx.execute(update(_returns).where(_returns.c.account == account, _returns.c.sale_id == sale).values(told=True))


def made_for(tx: Connection, account: Account, orders: Sequence[OrderId]) -> dict[OrderId, list[SaleReturn]]:
    """The standing returns that we have made for each of these orders of the ERP."""
    found: dict[OrderId, list[SaleReturn]] = defaultdict(list)
    some = _standing(account).where(_made_by_us(), _returns.c.made_for.in_(list(orders)))
    for one in map(_read, tx.execute(some)):
        found[_made_for(one)].append(one)
    return found


def is_made_by_us(account: Account, sale: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the sale that a statement speaks of is a return that we have made for an order of the ERP."""
    return (
        select(_returns.c.sale_id)
        .join(_seen, _ORIGINAL)
        .where(_returns.c.account == account, _returns.c.sale_id == sale, _made_by_us())
        .exists()
    )


def _made_by_us() -> ColumnElement[bool]:
    """Its source is ours, and not that of the sale that it is for, should X-Series copy it."""
    return and_(_returns.c.source_id != "", _returns.c.source_id != _seen.c.source_id)


def _made_for(one: SaleReturn) -> OrderId:
    """The order of the ERP that its source names; none when it has no source of ours."""
    said = read_source_id(one.source_id)
    return said.part.order if said is not None else OrderId("")


def _standing(account: Account) -> Select[tuple[str, str, str | None, str]]:
    order = and_(_orders.c.account == _seen.c.account, _orders.c.order_id == _seen.c.order_id)
    return (
        select(_seen.c.order_id, _seen.c.source_id, _orders.c.number, _returns.c.payload)
        .join(_seen, _ORIGINAL)
        .outerjoin(_orders, order)
        .where(_returns.c.account == account, _returns.c.state != SaleState.VOIDED.value, _seen.c.order_id != "")
        .order_by(_returns.c.version, _returns.c.sale_id)
    )


def _read(row: Row[Any]) -> SaleReturn:
    found = decode(row.payload, SaleReturn)
    return replace(found, source_id="") if found.source_id == row.source_id else found
