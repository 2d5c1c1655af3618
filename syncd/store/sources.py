"""Where the terms of one product at one outlet come from: the orders, the sales at the till, the movements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from syncd.domain.ids import Account, OutletId, ProductId
from syncd.domain.stock_terms import Term
from syncd.store import movements, returns
from syncd.store.codec import to_text, unscale
from syncd.store.compare import Difference, Since
from syncd.store.stock_tables import StockTermRow
from syncd.store.tables import OrderRow, TillLineRow
from syncd.store.units import TERM_COLUMNS

_terms, _orders = StockTermRow.__table__, OrderRow.__table__  # type: ignore[attr-defined]
_till = TillLineRow.__table__  # type: ignore[attr-defined]
LISTED_MAX = 200  # of one kind: the newest


@dataclass(frozen=True, slots=True)
class Source:
    """What put so many units into a term."""

    term: Term | None  # None: units of a write that may or may not have happened
    units: Decimal | None  # None: nobody says how many
    what: str  # "order SO123", "till sale ID", "adjustment ID"
    words: str = ""


def of(tx: Connection, account: Account, one: Difference, since: Since) -> list[Source]:
    """Every source of every term of the pair, by term."""
    found = [
        *_of_orders(tx, account, one),
        *_of_till(tx, account, one.pair.outlet, one.pair.product, since.sold),
        *_of_movements(tx, account, one.pair.outlet, one.pair.product, since.moved),
    ]
    order = {term: place for place, term in enumerate(Term)}
    return sorted(found, key=lambda source: len(order) if source.term is None else order[source.term])


def _of_orders(tx: Connection, account: Account, one: Difference) -> Iterator[Source]:
    number = (
        select(_orders.c.number)
        .where(_orders.c.account == account, _orders.c.order_id == _terms.c.source)
        .scalar_subquery()
    )
    found = select(_terms, number.label("number")).where(
        _terms.c.outlet == one.place.outlet_number, _terms.c.product == one.product_number
    )
    for row in tx.execute(found.order_by(_terms.c.source).limit(LISTED_MAX)):
        what = f"order {row.number or row.source}"
        for column, term in TERM_COLUMNS.items():
            if units := getattr(row, column):
                yield Source(term, unscale(units), what)
        if row.uncertain:
            yield Source(None, unscale(row.uncertain), what, "sent, and not seen yet")


def _of_till(
    tx: Connection, account: Account, outlet: OutletId, product: ProductId, since: datetime
) -> Iterator[Source]:
    found = select(_till.c.sale_id, _till.c.quantity, _till.c.sold_at).where(
        _till.c.account == account,
        _till.c.product_id == product,
        _till.c.outlet == outlet,
        _till.c.sold_at >= to_text(since),
        _till.c.quantity != 0,
        ~returns.is_made_by_us(account, _till.c.sale_id),
    )
    for row in tx.execute(found.order_by(_till.c.sold_at.desc()).limit(LISTED_MAX)):
        term = Term.TILL if row.quantity > 0 else Term.RETURNED
        yield Source(term, abs(unscale(row.quantity)), f"till sale {row.sale_id}", row.sold_at)


def _of_movements(
    tx: Connection, account: Account, outlet: OutletId, product: ProductId, since: datetime
) -> Iterator[Source]:
    for one in movements.of_product(tx, account, outlet, product, since=since):
        term = Term.MOVED_OUT if one.quantity is not None and one.quantity < 0 else Term.MOVED_IN
        units = None if one.quantity is None else abs(one.quantity)
        yield Source(term, units, one.source, f"{one.words}, {one.moved_at:%Y-%m-%d %H:%M}")
