"""How far the units of orders have come: told per order when its reading, its sales or its links have changed.

Finished orders have no rows, so that what stands between the sides is added up without looking at them again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, delete, insert, select, text

from syncd.domain.identity import Part
from syncd.domain.ids import Account, OrderId, OrderLineId, OutletId, ProductId, SaleLineId
from syncd.domain.money import ZERO
from syncd.domain.orders import Method, Order
from syncd.domain.reasons import Outcome
from syncd.domain.stock_terms import Term, split_reserved
from syncd.domain.stock_units import Links, Units
from syncd.store import inbox
from syncd.store.bulk import execute_many, fetch
from syncd.store.codec import decode, scale, unscale
from syncd.store.levels import RetailNumbers
from syncd.store.stock_tables import OrderUnitsMarkRow, OrderUnitsRow, StockTermRow
from syncd.store.tables import PartRow

_units, _marks = OrderUnitsRow.__table__, OrderUnitsMarkRow.__table__  # type: ignore[attr-defined]
_terms = StockTermRow.__table__  # type: ignore[attr-defined]
_parts = PartRow.__table__  # type: ignore[attr-defined]

# The columns of `order_units`, as terms.
_COLUMNS = {
    "open_sale": Term.OPEN_SALE,
    "collected": Term.COLLECTED,
    "shipped": Term.SHIPPED,
    "cancelled": Term.CANCELLED,
    "returned": Term.RETURNED,
}
# The columns of `stock_terms`, as terms.
TERM_COLUMNS = {"reserved": Term.RESERVED, **_COLUMNS, "given": Term.GIVEN}


@dataclass(frozen=True, slots=True)
class Stale:
    """An order whose units are to be told again, and the mark that is true of them then."""

    order: OrderId
    mark: str


# Every order that was ever read or sold, with a mark of all that its units follow from. Only indexes are read.
_NOW = """
WITH known AS (
  SELECT order_id FROM orders WHERE account = :account
  UNION SELECT order_id FROM seen_sales WHERE account = :account AND order_id <> ''
  UNION SELECT made_for FROM sale_returns WHERE account = :account AND made_for <> ''
),
now AS (
  SELECT k.order_id,
    COALESCE((SELECT CAST(o.seq AS TEXT) FROM orders o WHERE o.account = :account AND o.order_id = k.order_id), '')
    || '/' || CAST(COALESCE((
      SELECT SUM(s.version) FROM seen_sales s WHERE s.account = :account AND s.order_id = k.order_id), 0) AS TEXT)
    || '/' || CAST(COALESCE((
      SELECT SUM(h.seq) FROM seen_sales s JOIN hand_overs h ON h.account = s.account AND h.sale_id = s.sale_id
      WHERE s.account = :account AND s.order_id = k.order_id), 0) AS TEXT)
    || '/' || CAST(COALESCE((
      SELECT SUM(r.version) FROM sale_returns r JOIN seen_sales s ON s.account = r.account AND s.sale_id = r.original
      WHERE r.account = :account AND r.made_for = k.order_id), 0) AS TEXT)
    || '/' || COALESCE((
      SELECT MAX(p.verified_at) FROM parts p WHERE p.account = :account AND p.order_id = k.order_id), '')
    || '/' || :rules AS mark
  FROM known k
)
SELECT now.order_id, now.mark FROM now
LEFT JOIN order_units_marks m ON m.account = :account AND m.order_id = now.order_id
WHERE m.mark IS NULL OR m.mark <> now.mark
ORDER BY now.order_id
"""


def stale(tx: Connection, account: Account, *, rules: str) -> list[Stale]:
    """The orders of which anything changed since their units were told; `rules` marks the location map."""
    found = tx.execute(text(_NOW), {"account": account, "rules": rules})
    return [Stale(OrderId(row.order_id), row.mark) for row in found]


def orders_of(tx: Connection, account: Account, orders: Sequence[OrderId]) -> dict[OrderId, Order]:
    """Those of these orders that the inbox has and that can be understood; of one that is gone nothing is open."""
    found = inbox.get_all(tx, account, orders)
    return {
        row.id: row.order.without_what_is_open() if row.gone else row.order for row in found if row.order is not None
    }


def links_of(tx: Connection, account: Account, orders: Sequence[OrderId]) -> Links:
    """Which order line each sale line was made of."""
    found = select(_parts.c.order_id, _parts.c.outlet, _parts.c.method, _parts.c.lines).where(
        _parts.c.account == account, _parts.c.order_id.in_(list(orders)), _parts.c.lines.is_not(None)
    )
    return {
        Part(OrderId(row.order_id), OutletId(row.outlet), Method(row.method)): decode(
            row.lines, list[tuple[OrderLineId, SaleLineId, Decimal]]
        )
        for row in tx.execute(found)
    }


def keep(tx: Connection, account: Account, told: Mapping[Stale, Units]) -> None:
    """Replace the units of these orders."""
    orders = [one.order for one in told]
    for table in (_units, _marks):
        tx.execute(delete(table).where(table.c.account == account, table.c.order_id.in_(orders)))
    rows = [
        {
            "account": account,
            "order_id": one.order,
            "outlet": outlet,
            "product_id": product,
            **{column: scale(terms.get(term, ZERO)) for column, term in _COLUMNS.items()},
        }
        for one, units in told.items()
        for (outlet, product), terms in units.items()
    ]
    if rows:
        tx.execute(insert(_units), rows)
    tx.execute(insert(_marks), [{"account": account, "order_id": one.order, "mark": one.mark} for one in told])


# ------------------------------------------------------------------ for one comparison

Key = tuple[int, int, str]  # number of the outlet, number of the product, order

_UNITS = (
    "SELECT outlet, product_id, order_id, open_sale, collected, shipped, cancelled, returned"
    " FROM order_units WHERE account = ?"
)
_RESERVED_OF_OURS = """
SELECT v.location, m.product, v.order_id, v.quantity
FROM erp_reserved v
JOIN stock_matches m ON m.erp = ? AND m.item = v.item AND m.verdict = 'matched'
JOIN orders o ON o.account = ? AND o.order_id = v.order_id AND o.outcome <> ?
"""
_PUT = """
INSERT INTO stock_terms
  (outlet, product, source, reserved, open_sale, collected, shipped, cancelled, returned, given, uncertain)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Units of a write that may or may not have happened, and that no reading has shown yet."""

    outlet: OutletId
    product: ProductId
    order: OrderId
    quantity: Decimal


def make_terms(
    tx: Connection,
    account: Account,
    erp: int,
    known: RetailNumbers,
    *,
    outlet_of: Mapping[int, int],
    uncertain: Iterable[Uncertain],
) -> None:
    """Say anew what each order puts between the sides, from its units and from what the ERP reserves for it now.

    `outlet_of` leads from the number of a location to that of its outlet.
    """
    units = _units_by_key(tx, account, known)
    reserved: dict[Key, Decimal] = defaultdict(Decimal)
    for location, product, order, quantity in fetch(tx, _RESERVED_OF_OURS, (erp, account, Outcome.IGNORED.value)):
        if location in outlet_of:
            reserved[outlet_of[location], product, order] += unscale(quantity)
    unsure: dict[Key, Decimal] = defaultdict(Decimal)
    for one in uncertain:
        if one.outlet in known.outlets and one.product in known.products:
            unsure[known.outlets[one.outlet], known.products[one.product], one.order] += one.quantity
    rows: list[tuple[object, ...]] = []
    for key in sorted(units.keys() | reserved.keys() | unsure.keys()):
        split = split_reserved(units.get(key, {}), reserved.get(key, ZERO))
        rows.append((*key, *(scale(split[term]) for term in TERM_COLUMNS.values()), scale(unsure.get(key, ZERO))))
    drop = "DELETE FROM stock_terms WHERE outlet = ?"
    execute_many(tx, drop, [(number,) for number in sorted(known.outlets.values())])
    execute_many(tx, _PUT, rows)


def _units_by_key(tx: Connection, account: Account, known: RetailNumbers) -> dict[Key, dict[Term, Decimal]]:
    found: dict[Key, dict[Term, Decimal]] = {}
    for outlet, product, order, *quantities in fetch(tx, _UNITS, (account,)):
        # A product without a number has no level that was ever read: there is nothing to explain.
        if outlet in known.outlets and product in known.products:
            key = (known.outlets[outlet], known.products[product], order)
            found[key] = dict(zip(_COLUMNS.values(), map(unscale, quantities), strict=True))
    return found


def open_sales(tx: Connection, outlets: Sequence[int]) -> list[tuple[str, int, int]]:
    """(order, outlet, product) of every open sale among the terms of these outlets."""
    found = select(_terms.c.source, _terms.c.outlet, _terms.c.product).where(
        _terms.c.outlet.in_(list(outlets)), _terms.c.open_sale + _terms.c.cancelled + _terms.c.shipped > 0
    )
    return [(row.source, row.outlet, row.product) for row in tx.execute(found)]


def reserved_by_others(tx: Connection, account: Account, *, location: int, item: int) -> list[tuple[str, Decimal]]:
    """(order, quantity) of what the ERP has promised to orders that never become sales here."""
    found = tx.execute(
        text(
            "SELECT v.order_id, v.quantity FROM erp_reserved v"
            " LEFT JOIN orders o ON o.account = :account AND o.order_id = v.order_id AND o.outcome <> :ignored"
            " WHERE v.location = :location AND v.item = :item AND o.order_id IS NULL ORDER BY v.order_id"
        ),
        {"account": account, "ignored": Outcome.IGNORED.value, "location": location, "item": item},
    )
    return [(row.order_id, unscale(row.quantity)) for row in found]
