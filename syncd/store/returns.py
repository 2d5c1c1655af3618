"""Goods of our sales that were taken back at a till, until a person was told of each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, and_, select, update

from syncd.domain.ids import Account, OrderId, SaleId
from syncd.domain.money import ZERO
from syncd.domain.sales import Sale, SaleState
from syncd.store.codec import decode, encode
from syncd.store.tables import ReturnRow, SeenSaleRow
from syncd.store.upsert import upsert

_returns, _seen = ReturnRow.__table__, SeenSaleRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Return:
    """What came back of a sale of ours."""

    sale: SaleId  # that of the return
    invoice_number: str
    pieces: Decimal
    of_sale: SaleId
    of_invoice_number: str
    order: OrderId


def keep(tx: Connection, account: Account, sale: Sale) -> None:
    """Keep a return that is done; the sale that it belongs to may be read later."""
    if sale.return_for is None or sale.state is not SaleState.CLOSED:
        return
    row = {"account": account, "sale_id": sale.id, "of_sale": sale.return_for, "payload": encode(sale), "told": False}
    tx.execute(upsert(tx, _returns).values(row).on_conflict_do_nothing())


def untold(tx: Connection, account: Account) -> list[Return]:
    """Returns of sales of ours of which no person was told yet."""
    found = (
        select(_returns.c.payload, _seen.c.payload.label("original"), _seen.c.order_id)
        .join(_seen, and_(_seen.c.account == _returns.c.account, _seen.c.sale_id == _returns.c.of_sale))
        .where(_returns.c.account == account, _returns.c.told.is_(False), _seen.c.order_id != "")
        .order_by(_returns.c.sale_id)
    )
    told = []
    for row in tx.execute(found):
        back, original = decode(row.payload, Sale), decode(row.original, Sale)
        pieces = sum((-line.quantity for line in back.lines), ZERO)
        told.append(
            Return(back.id, back.invoice_number, pieces, original.id, original.invoice_number, OrderId(row.order_id))
        )
    return told


def note_told(tx: Connection, account: Account, sale: SaleId) -> None:
    tx.execute(update(_returns).where(_returns.c.account == account, _returns.c.sale_id == sale).values(told=True))
