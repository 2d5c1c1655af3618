"""What the sales feed has shown: our own sales whole, of all others only what moves stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, func, insert, select, update

from syncd.domain.forget import forget_sale
from syncd.domain.identity import SaleIdentity, read_source_id
from syncd.domain.ids import Account, OrderId, ProductId, SaleId
from syncd.domain.plan_orders import SeenSale
from syncd.domain.sales import Sale, SaleState
from syncd.store import returns
from syncd.store.codec import decode, encode, scale, to_text
from syncd.store.tables import OrderRow, PartRow, SeenSaleRow, TillLineRow
from syncd.store.upsert import upsert

_seen, _till = SeenSaleRow.__table__, TillLineRow.__table__  # type: ignore[attr-defined]
_orders, _parts = OrderRow.__table__, PartRow.__table__  # type: ignore[attr-defined]
# Built once: both are asked for with every entry.
_ADOPTED = select(_seen.c.sale_id, _seen.c.source_id, _seen.c.order_id).where(
    _seen.c.account == bindparam("its_account"), _seen.c.sale_id.in_(bindparam("its_sales", expanding=True))
)
_OF_ID = select(_seen.c.payload).where(
    _seen.c.account == bindparam("its_account"), _seen.c.sale_id == bindparam("its_sale")
)
_OF_SOURCE = select(_seen.c.payload).where(
    _seen.c.account == bindparam("its_account"), _seen.c.source_id == bindparam("its_source")
)
_OF_IDS = select(_seen.c.payload).where(
    _seen.c.account == bindparam("its_account"), _seen.c.sale_id.in_(bindparam("its_sales", expanding=True))
)
_VERSIONS = select(_seen.c.sale_id, _seen.c.version).where(
    _seen.c.account == bindparam("its_account"), _seen.c.sale_id.in_(bindparam("its_sales", expanding=True))
)
_IN_INBOX = select(_orders.c.order_id).where(
    _orders.c.account == bindparam("its_account"), _orders.c.order_id.in_(bindparam("its_orders", expanding=True))
)
_INSERT = insert(_seen)
_UPDATE = update(_seen).where(_seen.c.account == bindparam("its_account"), _seen.c.sale_id == bindparam("its_sale"))
IDS_AT_ONCE = 500  # of one statement
_VERSIONS_OF_ORDERS = (
    select(_seen.c.order_id, func.sum(_seen.c.version).label("versions"))
    .where(_seen.c.account == bindparam("its_account"), _seen.c.order_id.in_(bindparam("its_orders", expanding=True)))
    .group_by(_seen.c.order_id)
)


Said = tuple[str, str]  # the source id of a sale, and the order that it names; none where it is another account's


@dataclass(frozen=True, slots=True)
class Stand:
    """A standing sale of ours, in short."""

    sale: SaleId
    source_id: str
    is_linked: bool
    reason: str | None  # where its order stands; None when the inbox has no such order


@dataclass(frozen=True, slots=True)
class Orphan:
    """A standing sale of ours that names an order which the inbox lacks."""

    sale: SaleId
    order: OrderId
    invoice_number: str


def keep(tx: Connection, account: Account, erp: str, sales: Iterable[Sale], *, ticket: int, now: datetime) -> int:
    """Keep what a page of the feed shows; return how many of our sales are new or newer."""
    shown = list(sales)
    returns.keep(tx, account, shown, ticket=ticket, now=now)
    adopted = _adopted_among(tx, account, [sale.id for sale in shown if not sale.is_ours])
    ours: dict[SaleId, Sale] = {}
    for sale in shown:
        if not sale.is_ours and sale.id not in adopted:
            _keep_others(tx, account, sale, ticket=ticket)
        elif sale.id not in ours or ours[sale.id].version < sale.version:
            ours[sale.id] = sale
    said = {sale.id: adopted.get(sale.id) or _says(account, erp, sale) for sale in ours.values()}
    found = list(ours.values())
    parts_of = (found[start : start + IDS_AT_ONCE] for start in range(0, len(found), IDS_AT_ONCE))
    return sum(_keep_ours(tx, account, some, said, ticket=ticket, now=now) for some in parts_of)


def adopt(tx: Connection, account: Account, sale: Sale, identity: SaleIdentity, *, ticket: int, now: datetime) -> None:
    """Keep a sale that is not ours as this part's sale from now on: a person has said so.

    Its source stays what it is; that it is ours to look at is known to this store alone.
    """
    tx.execute(delete(_till).where(_till.c.account == account, _till.c.sale_id == sale.id))
    said = {sale.id: (identity.source_id, identity.part.order)}
    _keep_ours(tx, account, [sale], said, ticket=ticket, now=now)


def _adopted_among(tx: Connection, account: Account, sales: Sequence[SaleId]) -> dict[SaleId, Said]:
    """Of sales that are not ours: those that a person has made some part's."""
    if not sales:
        return {}
    rows = tx.execute(_ADOPTED, {"its_account": account, "its_sales": list(sales)})
    return {SaleId(row.sale_id): (row.source_id, row.order_id) for row in rows}


def _says(account: Account, erp: str, sale: Sale) -> Said:
    identity = read_source_id(sale.source_id)
    mine = identity is not None and identity.account == account and identity.erp == erp
    return sale.source_id, identity.part.order if identity and mine else ""


def _keep_ours(
    tx: Connection, account: Account, sales: Sequence[Sale], said: Mapping[SaleId, Said], *, ticket: int, now: datetime
) -> int:
    rows = tx.execute(_VERSIONS, {"its_account": account, "its_sales": [sale.id for sale in sales]})
    known = {row.sale_id: row.version for row in rows}
    # The version alone orders readings of one sale: a slower reader may well bring the newer one.
    newer = [sale for sale in sales if sale.id in known and known[sale.id] < sale.version]
    new = [sale for sale in sales if sale.id not in known]
    there = _orders_among(tx, account, {said[sale.id][1] for sale in (*newer, *new)})

    def row(sale: Sale) -> dict[str, object]:
        order = said[sale.id][1]
        return {**_row(sale, said[sale.id], ticket, now), "lacks_order": order != "" and order not in there}

    if new:
        tx.execute(_INSERT, [{"account": account, "sale_id": sale.id, **row(sale)} for sale in new])
    for sale in newer:
        tx.execute(_UPDATE, {"its_account": account, "its_sale": sale.id, **row(sale)})
    return len(new) + len(newer)


def _orders_among(tx: Connection, account: Account, orders: Iterable[str]) -> set[str]:
    """Those of the orders that the inbox has."""
    rows = tx.execute(_IN_INBOX, {"its_account": account, "its_orders": list(orders)})
    return {row.order_id for row in rows}


def _row(sale: Sale, said: Said, ticket: int, now: datetime) -> dict[str, object]:
    source_id, order = said
    return {
        "source_id": source_id,
        "order_id": order,
        "version": sale.version,
        "state": sale.state.value,
        "payload": encode(sale if order else forget_sale(sale)),  # what is no order here is never finished
        "ticket": ticket,
        "seen_at": to_text(now),
        "invoice_number": sale.invoice_number,
    }


def _keep_others(tx: Connection, account: Account, sale: Sale, *, ticket: int) -> None:
    """Replace the sale's lines; a sale that is parked, pending or voided has moved nothing."""
    here = (_till.c.account == account, _till.c.sale_id == sale.id)
    newest = tx.execute(select(func.max(_till.c.version)).where(*here)).scalar_one()
    if newest is not None and newest >= sale.version:
        return
    tx.execute(delete(_till).where(*here))
    if not sale.moved_stock or sale.outlet is None or sale.updated_at is None:
        # A row of nothing keeps the version, so that an earlier page read late does not bring the sale back.
        nothing = {"product_id": "", "outlet": "", "quantity": 0, "sold_at": ""}
        tx.execute(
            insert(_till).values(account=account, sale_id=sale.id, version=sale.version, ticket=ticket, **nothing)
        )
        return
    totals: dict[ProductId, int] = {}
    for line in sale.lines:
        totals[line.product] = totals.get(line.product, 0) + scale(line.quantity)
    rows = [
        {
            "account": account,
            "sale_id": sale.id,
            "product_id": product,
            "outlet": sale.outlet,
            "quantity": quantity,
            "version": sale.version,
            "sold_at": to_text(sale.updated_at),
            "ticket": ticket,
        }
        for product, quantity in totals.items()
    ]
    if rows:
        tx.execute(upsert(tx, _till).on_conflict_do_nothing(), rows)


def of_orders(tx: Connection, account: Account, orders: Sequence[OrderId]) -> list[SeenSale]:
    found = select(_seen).where(_seen.c.account == account, _seen.c.order_id.in_(list(orders)))
    return [seen for row in tx.execute(found.order_by(_seen.c.sale_id)) if (seen := _read(row)) is not None]


def changes_read_at(tx: Connection, account: Account, order: OrderId) -> dict[SaleId, str]:
    """When the newest change of each of the order's sales was read."""
    found = select(_seen.c.sale_id, _seen.c.seen_at).where(_seen.c.account == account, _seen.c.order_id == order)
    return {SaleId(row.sale_id): row.seen_at for row in tx.execute(found)}


def versions_of(tx: Connection, account: Account, orders: Sequence[OrderId]) -> dict[OrderId, int]:
    """The sum of the versions of each order's sales: it rises with whatever is new of them, in any order.

    An order without a sale is left out.
    """
    rows = tx.execute(_VERSIONS_OF_ORDERS, {"its_account": account, "its_orders": list(orders)})
    return {OrderId(row.order_id): int(row.versions) for row in rows}


def get(tx: Connection, account: Account, sale: SaleId) -> Sale | None:
    text = tx.execute(_OF_ID, {"its_account": account, "its_sale": sale}).scalar_one_or_none()
    return decode(text, Sale) if text else None


def get_all(tx: Connection, account: Account, sales: Sequence[SaleId]) -> dict[SaleId, Sale]:
    """Those of the sales that the feed has shown."""
    rows = tx.execute(_OF_IDS, {"its_account": account, "its_sales": list(sales)})
    found = [decode(row.payload, Sale) for row in rows]
    return {sale.id: sale for sale in found}


def not_shown(tx: Connection, account: Account, sales: Sequence[SaleId]) -> set[SaleId]:
    """Those of the sales that the feed has not shown."""
    rows = tx.execute(_VERSIONS, {"its_account": account, "its_sales": list(sales)})
    return set(sales) - {SaleId(row.sale_id) for row in rows}


def is_newer(tx: Connection, account: Account, sale: SaleId, *, than: datetime) -> bool:
    """True when something new of the sale was seen after this moment."""
    here = (_seen.c.account == account, _seen.c.sale_id == sale, _seen.c.seen_at > to_text(than))
    return tx.execute(select(_seen.c.sale_id).where(*here)).first() is not None


def by_source(tx: Connection, account: Account, source_id: str) -> list[Sale]:
    rows = tx.execute(_OF_SOURCE, {"its_account": account, "its_source": source_id})
    return [decode(row.payload, Sale) for row in rows]


def orders_of_standing(tx: Connection, account: Account) -> set[OrderId]:
    """The orders that standing sales of ours speak of."""
    return {OrderId(row.order_id) for row in tx.execute(select(_seen.c.order_id).where(*_standing(account)).distinct())}


def without_order(tx: Connection, account: Account) -> list[Orphan]:
    """The standing sales of ours that speak of orders which the inbox lacks."""
    columns = (_seen.c.sale_id, _seen.c.order_id, _seen.c.invoice_number)
    found = select(*columns).where(*_standing(account), _seen.c.lacks_order, ~_known_order())
    return [
        Orphan(SaleId(row.sale_id), OrderId(row.order_id), row.invoice_number)
        for row in tx.execute(found.order_by(_seen.c.order_id, _seen.c.sale_id))
    ]


def note_orders_known(tx: Connection, account: Account) -> None:
    """The orders that came into the inbox after their sales were seen are not looked for again."""
    lacking = (_seen.c.account == account, _seen.c.lacks_order)
    tx.execute(update(_seen).where(*lacking, _known_order()).values(lacks_order=False))


def where_all_stand(tx: Connection, account: Account) -> list[Stand]:
    """Every standing sale of ours, with its link and where its order stands."""
    order = and_(_orders.c.account == _seen.c.account, _orders.c.order_id == _seen.c.order_id)
    link = and_(_parts.c.account == _seen.c.account, _parts.c.sale_id == _seen.c.sale_id)
    found = (
        select(_seen.c.sale_id, _seen.c.source_id, _parts.c.sale_id.is_not(None).label("linked"), _orders.c.reason)
        .outerjoin(_parts, link)
        .outerjoin(_orders, order)
        .where(*_standing(account))
    )
    return [Stand(SaleId(row.sale_id), row.source_id, bool(row.linked), row.reason) for row in tx.execute(found)]


def _standing(account: Account) -> tuple[ColumnElement[bool], ...]:
    return _seen.c.account == account, _seen.c.order_id != "", _seen.c.state != SaleState.VOIDED.value


def _known_order() -> ColumnElement[bool]:
    same = (_orders.c.account == _seen.c.account, _orders.c.order_id == _seen.c.order_id)
    return select(_orders.c.order_id).where(*same).exists()


def _read(row: Row[tuple[object, ...]]) -> SeenSale | None:
    identity = read_source_id(row.source_id)
    return None if identity is None else SeenSale(identity, decode(row.payload, Sale))
