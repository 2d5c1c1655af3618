"""The links between parts of orders and their sales; unique both ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Row, and_, bindparam, exists, insert, or_, select, update

from syncd.domain.identity import Part
from syncd.domain.ids import Account, OrderId, OrderLineId, OutletId, SaleId, SaleLineId
from syncd.domain.orders import Method
from syncd.domain.plan_orders import PartRecord
from syncd.domain.sales import SaleDraft
from syncd.errors import AlreadyLinked
from syncd.store.codec import decode, encode, to_text
from syncd.store.tables import PartRow

_parts = PartRow.__table__  # type: ignore[attr-defined]

_HERE = and_(
    _parts.c.account == bindparam("its_account"),
    _parts.c.order_id == bindparam("its_order"),
    _parts.c.outlet == bindparam("its_outlet"),
    _parts.c.method == bindparam("its_method"),
)
_UPDATE = update(_parts).where(_HERE)  # built once; the parameters that are named as columns say what it sets
_UPDATE_IF_SALE = _UPDATE.where(_parts.c.sale_id == bindparam("its_sale"))
_others = _parts.alias("others")
_OTHER_OF_SALE = exists().where(
    _others.c.account == _parts.c.account,
    _others.c.sale_id == bindparam("its_sale"),
    or_(
        _others.c.order_id != _parts.c.order_id,
        _others.c.outlet != _parts.c.outlet,
        _others.c.method != _parts.c.method,
    ),
)
_LINK = _UPDATE.where(~_OTHER_OF_SALE)
_OF_SALE = select(_parts.c.order_id).where(
    _parts.c.account == bindparam("its_account"), _parts.c.sale_id == bindparam("its_sale")
)
_INSERT = insert(_parts)
_LINES = select(_parts.c.lines).where(_HERE)

LinePairs = Sequence[tuple[OrderLineId, SaleLineId, Decimal]]


def of_order(tx: Connection, account: Account, order: OrderId) -> list[PartRecord]:
    found = select(_parts).where(_parts.c.account == account, _parts.c.order_id == order).order_by(_parts.c.place)
    return [_read(row) for row in tx.execute(found)]


def of_orders(tx: Connection, account: Account, orders: Sequence[OrderId]) -> list[PartRecord]:
    found = select(_parts).where(_parts.c.account == account, _parts.c.order_id.in_(list(orders)))
    return [_read(row) for row in tx.execute(found.order_by(_parts.c.order_id, _parts.c.place))]


def verified_when(tx: Connection, account: Account, order: OrderId) -> dict[Part, str]:
    """When the sale of each part was last seen as it was meant; without those that never were."""
    found = select(_parts).where(
        _parts.c.account == account, _parts.c.order_id == order, _parts.c.verified_at.is_not(None)
    )
    return {_read(row).part: row.verified_at for row in tx.execute(found)}


def claim(tx: Connection, account: Account, part: Part, *, place: int, generation: int) -> None:
    """Fix the part's place and begin a generation, before its sale is asked for."""
    forgotten = dict.fromkeys(("sale_id", "draft", "lines", "agreed_mark"))
    fresh = {"generation": generation, "voided_by_us": False, **forgotten}
    if tx.execute(_UPDATE, {**_here(account, part), **fresh}).rowcount == 0:
        key = {"account": account, "order_id": part.order, "outlet": part.outlet, "method": part.method.value}
        tx.execute(_INSERT, {**key, "place": place, **fresh})


def link(tx: Connection, account: Account, part: Part, sale: SaleId) -> None:
    """Note which sale is the part's. Raise AlreadyLinked when that sale is another part's."""
    _link(tx, account, part, sale, {})


def verified(
    tx: Connection, account: Account, part: Part, sale: SaleId, draft: SaleDraft, lines: LinePairs, *, now: datetime
) -> None:
    """The same, and note what X-Series was seen to hold for the part, line by line."""
    seen = {"draft": encode(draft), "lines": encode(list(lines)), "verified_at": to_text(now), "agreed_mark": None}
    _link(tx, account, part, sale, seen)


def _link(tx: Connection, account: Account, part: Part, sale: SaleId, seen: Mapping[str, str | None]) -> None:
    linked = tx.execute(_LINK, {**_here(account, part), "its_sale": sale, "sale_id": sale, **seen})
    # Asked, not left to the index: a statement that fails ends the whole transaction on PostgreSQL.
    if linked.rowcount == 0 and tx.execute(_OF_SALE, {"its_account": account, "its_sale": sale}).first() is not None:
        raise AlreadyLinked(f"the sale {sale} is linked to another part than {part}")


def voided(tx: Connection, account: Account, part: Part, sale: SaleId) -> None:
    """Note that the part's own sale was seen voided after we asked for it: the next generation may be made.

    The void of a double says nothing about the part's own sale.
    """
    tx.execute(_UPDATE_IF_SALE, {**_here(account, part), "its_sale": sale, "voided_by_us": True})


def lines_of(tx: Connection, account: Account, part: Part) -> list[tuple[OrderLineId, SaleLineId, Decimal]]:
    text = tx.execute(_LINES, _here(account, part)).scalar_one_or_none()
    return decode(text, list[tuple[OrderLineId, SaleLineId, Decimal]]) if text else []


def agreed(tx: Connection, account: Account, marks: Iterable[tuple[Part, str]]) -> None:
    """Note that at these marks neither side lacked anything that the other had."""
    rows = [{**_here(account, part), "agreed_mark": mark} for part, mark in marks]
    if rows:
        tx.execute(_UPDATE, rows)


def _here(account: Account, part: Part) -> dict[str, object]:
    """The parameters of `_HERE`."""
    return {
        "its_account": account,
        "its_order": part.order,
        "its_outlet": part.outlet,
        "its_method": part.method.value,
    }


def _read(row: Row[tuple[object, ...]]) -> PartRecord:
    return PartRecord(
        part=Part(OrderId(row.order_id), OutletId(row.outlet), Method(row.method)),
        place=row.place,
        generation=row.generation,
        sale=SaleId(row.sale_id) if row.sale_id else None,
        draft=decode(row.draft, SaleDraft) if row.draft else None,
        voided_by_us=row.voided_by_us,
    )
