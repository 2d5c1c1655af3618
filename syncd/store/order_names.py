"""What people call an order: its number now and before, the customer's reference, the invoice number of its sale."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from syncd.domain.ids import Account, OrderId
from syncd.store.tables import FormerNumberRow, OrderRow, SeenSaleRow
from syncd.store.upsert import upsert

_orders, _seen = OrderRow.__table__, SeenSaleRow.__table__  # type: ignore[attr-defined]
_former = FormerNumberRow.__table__  # type: ignore[attr-defined]


def note_former(tx: Connection, account: Account, order: OrderId, number: str) -> None:
    """The ERP has given the order another number than this."""
    row = {"account": account, "number": number, "order_id": order}
    tx.execute(upsert(tx, _former).on_conflict_do_nothing(), row)


def former_numbers(tx: Connection, account: Account, order: OrderId, *, number: str) -> list[str]:
    """The numbers that it had before this one."""
    found = select(_former.c.number).where(
        _former.c.account == account, _former.c.order_id == order, _former.c.number != number
    )
    return list(tx.execute(found.order_by(_former.c.number)).scalars())


def find(tx: Connection, account: Account, name: str) -> list[OrderId]:
    """Every order that is or was called so, has this id, or of which a sale has this invoice number."""
    was = select(_former.c.order_id).where(_former.c.account == account, _former.c.number == name)
    sold = select(_seen.c.order_id).where(_seen.c.account == account, _seen.c.invoice_number == name)
    is_so = or_(*(column == name for column in (_orders.c.number, _orders.c.reference, _orders.c.order_id)))
    is_or_was = or_(is_so, _orders.c.order_id.in_(was), _orders.c.order_id.in_(sold))
    rows = tx.execute(select(_orders.c.order_id).where(_orders.c.account == account, is_or_was))
    return sorted(OrderId(order) for order in rows.scalars())
