"""How far sales of ours were handed over, beside what the ERP has shipped of them; and whose turn it is to be asked.

Holds no rule about what follows from it: see `domain/part_story.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, String, and_, func, literal, or_, select

from syncd.domain.identity import Part
from syncd.domain.ids import Account, LocationId, OrderId, OrderLineId, OutletId, SaleId, SaleLineId, Sku
from syncd.domain.orders import LineKind, Method, OrderState
from syncd.domain.part_story import Directions, GoodsLine, PartStory, fulfilled_lines
from syncd.domain.sales import Fulfilment, SaleState
from syncd.store.codec import decode, encode, to_moment, to_text
from syncd.store.tables import HandOverRow, OrderRow, PartRow, RotationRow, SeenSaleRow
from syncd.store.upsert import upsert

_parts, _seen = PartRow.__table__, SeenSaleRow.__table__  # type: ignore[attr-defined]
_orders, _hand_overs = OrderRow.__table__, HandOverRow.__table__  # type: ignore[attr-defined]
_rotations = RotationRow.__table__  # type: ignore[attr-defined]
ROWS_AT_ONCE = 500

_SALE_OF_PART = and_(_seen.c.account == _parts.c.account, _seen.c.sale_id == _parts.c.sale_id)
_ORDER_OF_PART = and_(_orders.c.account == _parts.c.account, _orders.c.order_id == _parts.c.order_id)
_HAND_OVER_OF_PART = and_(_hand_overs.c.account == _parts.c.account, _hand_overs.c.sale_id == _parts.c.sale_id)


class _Line(msgspec.Struct):
    """Of a stored order line only what is compared: the rest is not even decoded."""

    id: OrderLineId
    kind: LineKind
    sku: Sku
    quantity: Decimal
    location: LocationId | None = None
    shipped: Decimal = Decimal(0)
    cancelled: Decimal = Decimal(0)


class _Order(msgspec.Struct):
    state: OrderState
    delivery: str | None
    lines: list[_Line]

    @property
    def delivery_codes(self) -> frozenset[str]:
        """As `domain/routing.py` reads them."""
        services = (line.sku for line in self.lines if line.kind is LineKind.SERVICE)
        return frozenset([self.delivery] if self.delivery else services)


class _Sale(msgspec.Struct):
    invoice_number: str
    method: Method | None


def keep(tx: Connection, account: Account, found: Mapping[SaleId, Sequence[Fulfilment]], *, ticket: int) -> None:
    """Keep what was read of these sales' fulfilments; a reading that started earlier replaces nothing."""
    known = {
        row.sale_id: row
        for row in tx.execute(
            select(_hand_overs).where(_hand_overs.c.account == account, _hand_overs.c.sale_id.in_(list(found)))
        )
    }
    versions = {
        row.sale_id: row.version
        for row in tx.execute(
            select(_seen.c.sale_id, _seen.c.version).where(_seen.c.account == account, _seen.c.sale_id.in_(list(found)))
        )
    }
    rows = []
    for sale, fulfilments in sorted(found.items()):
        before = known.get(sale)
        if before is not None and before.ticket > ticket:
            continue
        payload = encode(sorted(fulfilments, key=lambda one: one.id))
        seq = 1 if before is None else before.seq + (before.payload != payload)
        begun = bool(fulfilled_lines(fulfilments))
        rows.append(
            {
                "account": account,
                "sale_id": sale,
                "seq": seq,
                "begun": begun,
                "payload": payload,
                "sale_version": versions.get(sale, 0),
                "ticket": ticket,
            }
        )
    if rows:
        put = upsert(tx, _hand_overs)
        fresh = {name: put.excluded[name] for name in ("seq", "begun", "payload", "sale_version", "ticket")}
        tx.execute(put.on_conflict_do_update(index_elements=["account", "sale_id"], set_=fresh), rows)


def differing(tx: Connection, account: Account, directions: Directions) -> Iterator[PartStory]:
    """Parts whose sides did not agree when they were last compared, or of which something is new since.

    Left out are those that agreed at just this mark (the sale's version, the order's and the fulfilments' reading, the
    directions): a year of finished trade, and what waits for its customer, must not be compared every minute.
    """
    mark = _mark(directions)
    # Found by an index that holds all it asks of the parts: their rows, which are large, are not read for it.
    sales = (
        select(_parts.c.sale_id)
        .join(_seen, _SALE_OF_PART)
        .join(_orders, _ORDER_OF_PART)
        .outerjoin(_hand_overs, _HAND_OVER_OF_PART)
        .where(
            _parts.c.account == account,
            _is_compared(directions),
            or_(_parts.c.agreed_mark.is_(None), _parts.c.agreed_mark != mark),
        )
        .correlate(None)
    )
    found = _stories(account, directions).where(_parts.c.sale_id.in_(sales)).order_by(_parts.c.sale_id)
    for row in tx.execute(found.execution_options(yield_per=ROWS_AT_ONCE)):
        yield _story(row)


def of_sales(tx: Connection, account: Account, sales: Sequence[SaleId], directions: Directions) -> list[PartStory]:
    """The parts of these sales that are compared, whether or not they agreed before."""
    found = _stories(account, directions).where(_parts.c.sale_id.in_(list(sales)))
    return [_story(row) for row in tx.execute(found)]


def agreeing(tx: Connection, account: Account, sales: Sequence[SaleId], directions: Directions) -> set[SaleId]:
    """Those of the sales of which neither side lacks anything, as both were last read."""
    found = (
        select(_parts.c.sale_id)
        .join(_seen, _SALE_OF_PART)
        .join(_orders, _ORDER_OF_PART)
        .outerjoin(_hand_overs, _HAND_OVER_OF_PART)
        .where(
            _parts.c.account == account,
            _parts.c.sale_id.in_(list(sales)),
            _parts.c.agreed_mark == _mark(directions),
        )
    )
    return {SaleId(sale) for sale in tx.execute(found).scalars()}


def _mark(directions: Directions) -> ColumnElement[str]:
    """Another one when the sale, the order's or the fulfilments' reading, or the directions are others."""
    said = "".join(word for word, is_on in (("e", directions.to_erp), ("r", directions.to_retail)) if is_on)
    mark: ColumnElement[str] = (
        _seen.c.version.cast(String)
        + "/"
        + _orders.c.seq.cast(String)
        + "/"
        + func.coalesce(_hand_overs.c.seq, 0).cast(String)
        + literal(f"/{said}")
    )
    return mark


def _stories(account: Account, directions: Directions) -> Select[*tuple[Any, ...]]:
    """What a story is made of, of all parts that are compared."""
    return (
        select(
            *(_parts.c.order_id, _parts.c.outlet, _parts.c.method, _parts.c.generation, _parts.c.sale_id),
            _parts.c.lines,
            _seen.c.state,
            _seen.c.payload.label("sale"),
            _orders.c.readable,
            (_orders.c.planned_seq == _orders.c.seq).label("is_planned"),
            _orders.c.payload.label("order"),
            _hand_overs.c.payload.label("fulfilments"),
            _mark(directions).label("mark"),
        )
        .join(_seen, _SALE_OF_PART)
        .join(_orders, _ORDER_OF_PART)
        .outerjoin(_hand_overs, _HAND_OVER_OF_PART)
        .where(_parts.c.account == account, _is_compared(directions))
    )


def _is_compared(directions: Directions) -> ColumnElement[bool]:
    """Closed sales, and open ones as far as they can have been handed over, or the ERP can say that they shall be."""
    is_closed = _seen.c.state == SaleState.CLOSED.value
    is_open = _seen.c.state == SaleState.PENDING.value
    if directions.to_retail:
        return or_(is_closed, is_open)
    return or_(is_closed, and_(is_open, _hand_overs.c.begun.is_(True))) if directions.in_part else is_closed


def open_sales_in_turn(tx: Connection, account: Account, at_most: int) -> list[SaleId]:
    """Open sales of ours, those first of which the feed shows news, then whose last asking is longest ago."""
    has_news = and_(_hand_overs.c.sale_version.is_not(None), _hand_overs.c.sale_version != _seen.c.version)
    found = (
        select(_parts.c.sale_id)
        .join(_seen, _SALE_OF_PART)
        .outerjoin(_hand_overs, _HAND_OVER_OF_PART)
        .where(_parts.c.account == account, _seen.c.state == SaleState.PENDING.value)
        .order_by(has_news.desc(), func.coalesce(_hand_overs.c.ticket, 0), _parts.c.sale_id)
        .limit(at_most)
    )
    return [SaleId(sale) for sale in tx.execute(found).scalars()]


def asked_at(tx: Connection, account: Account) -> datetime | None:
    """When open sales were last asked about in turn."""
    text = tx.execute(select(_rotations.c.asked_at).where(_rotations.c.account == account)).scalar_one_or_none()
    return None if text is None else to_moment(text)


def note_asking(tx: Connection, account: Account, *, now: datetime) -> None:
    put = upsert(tx, _rotations).values(account=account, asked_at=to_text(now))
    tx.execute(put.on_conflict_do_update(index_elements=["account"], set_={"asked_at": put.excluded.asked_at}))


def fulfilments_of(tx: Connection, account: Account, sale: SaleId) -> tuple[Fulfilment, ...]:
    """As they were last read."""
    here = (_hand_overs.c.account == account, _hand_overs.c.sale_id == sale)
    text = tx.execute(select(_hand_overs.c.payload).where(*here)).scalar_one_or_none()
    return decode(text, tuple[Fulfilment, ...]) if text else ()


def begun(tx: Connection, account: Account, orders: Sequence[OrderId]) -> dict[SaleId, tuple[Fulfilment, ...]]:
    """The sales of these orders of which some was handed over, as far as it was read."""
    of_sale = and_(_seen.c.account == _hand_overs.c.account, _seen.c.sale_id == _hand_overs.c.sale_id)
    found = (
        select(_hand_overs.c.sale_id, _hand_overs.c.payload)
        .join(_seen, of_sale)
        .where(_seen.c.account == account, _seen.c.order_id.in_(list(orders)), _hand_overs.c.begun.is_(True))
    )
    return {SaleId(row.sale_id): decode(row.payload, tuple[Fulfilment, ...]) for row in tx.execute(found)}


def _story(row: Row[*tuple[Any, ...]]) -> PartStory:
    order = decode(row.order, _Order) if row.readable else None
    sale = decode(row.sale, _Sale)
    lines = decode(row.lines, tuple[tuple[OrderLineId, SaleLineId, Decimal], ...]) if row.lines else ()
    return PartStory(
        part=Part(OrderId(row.order_id), OutletId(row.outlet), Method(row.method)),
        generation=row.generation,
        sale=SaleId(row.sale_id),
        invoice_number=sale.invoice_number,
        is_closed=row.state == SaleState.CLOSED.value,
        names_hand_over=sale.method is not None,
        lines=lines,
        goods=tuple(
            GoodsLine(line.id, line.location, line.quantity, line.shipped, line.cancelled)
            for line in (order.lines if order else ())
            if line.kind is LineKind.GOODS
        ),
        delivery=order.delivery_codes if order else frozenset(),
        is_cancelled=order is not None and order.state is OrderState.CANCELLED,
        is_planned=bool(row.is_planned),
        fulfilments=decode(row.fulfilments, tuple[Fulfilment, ...]) if row.fulfilments else (),
        mark=row.mark,
    )
