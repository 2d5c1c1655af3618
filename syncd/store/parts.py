"""The links between parts of orders and their sales; unique both ways."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update
from sqlalchemy.exc import IntegrityError

from syncd.domain.identity import Part
from syncd.domain.ids import Account, OrderId, OrderLineId, OutletId, SaleId, SaleLineId
from syncd.domain.orders import Method
from syncd.domain.plan_orders import PartRecord
from syncd.domain.sales import SaleDraft
from syncd.errors import AlreadyLinked
from syncd.store.codec import decode, encode, to_text
from syncd.store.tables import PartRow

_parts = PartRow.__table__  # type: ignore[attr-defined]

LinePairs = Sequence[tuple[OrderLineId, SaleLineId, Decimal]]


def of_order(tx: Connection, account: Account, order: OrderId) -> list[PartRecord]:
    found = select(_parts).where(_parts.c.account == account, _parts.c.order_id == order).order_by(_parts.c.place)
    return [_read(row) for row in tx.execute(found)]


def of_orders(tx: Connection, account: Account, orders: Sequence[OrderId]) -> list[PartRecord]:
    found = select(_parts).where(_parts.c.account == account, _parts.c.order_id.in_(list(orders)))
    return [_read(row) for row in tx.execute(found.order_by(_parts.c.order_id, _parts.c.place))]


def claim(tx: Connection, account: Account, part: Part, *, place: int, generation: int) -> None:
    """Fix the part's place and begin a generation, before its sale is asked for."""
    here = _one(account, part)
    fresh = {"generation": generation, "sale_id": None, "draft": None, "lines": None, "voided_by_us": False}
    if tx.execute(update(_parts).where(here).values(**fresh)).rowcount == 0:
        tx.execute(insert(_parts).values(account=account, place=place, **_key(part), **fresh))


def link(tx: Connection, account: Account, part: Part, sale: SaleId) -> None:
    """Note which sale is the part's. Raise AlreadyLinked when that sale is another part's."""
    try:
        # A savepoint: PostgreSQL would otherwise refuse everything that the transaction still has to say.
        with tx.begin_nested():
            tx.execute(update(_parts).where(_one(account, part)).values(sale_id=sale))
    except IntegrityError as error:
        raise AlreadyLinked(f"the sale {sale} is linked to another part than {part}") from error


def verified(
    tx: Connection, account: Account, part: Part, draft: SaleDraft, lines: LinePairs, *, now: datetime
) -> None:
    """Note what X-Series was seen to hold for the part, line by line."""
    tx.execute(
        update(_parts)
        .where(_one(account, part))
        .values(draft=encode(draft), lines=encode(list(lines)), verified_at=to_text(now))
    )


def voided(tx: Connection, account: Account, part: Part, sale: SaleId) -> None:
    """Note that the part's own sale was seen voided after we asked for it: the next generation may be made.

    The void of a double says nothing about the part's own sale.
    """
    tx.execute(update(_parts).where(_one(account, part), _parts.c.sale_id == sale).values(voided_by_us=True))


def lines_of(tx: Connection, account: Account, part: Part) -> list[tuple[OrderLineId, SaleLineId, Decimal]]:
    text = tx.execute(select(_parts.c.lines).where(_one(account, part))).scalar_one_or_none()
    return decode(text, list[tuple[OrderLineId, SaleLineId, Decimal]]) if text else []


def by_sale(tx: Connection, account: Account) -> dict[SaleId, PartRecord]:
    found = select(_parts).where(_parts.c.account == account, _parts.c.sale_id.is_not(None))
    return {record.sale: record for row in tx.execute(found) if (record := _read(row)).sale is not None}


def _key(part: Part) -> dict[str, str]:
    return {"order_id": part.order, "outlet": part.outlet, "method": part.method.value}


def _one(account: Account, part: Part) -> ColumnElement[bool]:
    return and_(_parts.c.account == account, *(_parts.c[name] == value for name, value in _key(part).items()))


def _read(row: Row[tuple[object, ...]]) -> PartRecord:
    return PartRecord(
        part=Part(OrderId(row.order_id), OutletId(row.outlet), Method(row.method)),
        place=row.place,
        generation=row.generation,
        sale=SaleId(row.sale_id) if row.sale_id else None,
        draft=decode(row.draft, SaleDraft) if row.draft else None,
        voided_by_us=row.voided_by_us,
    )
