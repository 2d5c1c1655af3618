"""The comparison of both sides' levels: one statement, whose rows are only those that differ or that have a reason to.

Holds no rule about what explains a difference: see `domain/stock_terms.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, text

from syncd.domain.ids import Account, LocationId, OutletId, ProductId, RunId, Sku
from syncd.domain.stock_terms import BookedBy, PairOfLevels, StockTerms, Term
from syncd.store import numbers
from syncd.store.codec import scale, to_text, unscale
from syncd.store.numbers import Kind
from syncd.store.returns import MADE_BY_US

ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """An outlet and the location whose goods it hands over, with their numbers."""

    location: LocationId
    location_number: int
    outlet: OutletId
    outlet_number: int
    outlet_name: str


@dataclass(frozen=True, slots=True)
class Since:
    """From when on what was sold or moved in X-Series may not be booked in the ERP yet."""

    sold: datetime
    moved: datetime


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # older than any sale


def since_of(terms: StockTerms, now: datetime) -> Since:
    """What nobody books stays unbooked for ever; what the ERP books, for as long as that may take."""
    return Since(
        sold=now - terms.booked_within if terms.booked_by is BookedBy.ERP else LONG_AGO,
        moved=now - terms.moved_within if terms.moved_by is BookedBy.ERP else LONG_AGO,
    )


def places_of(tx: Connection, account: Account, wanted: Sequence[tuple[LocationId, OutletId, str]]) -> list[Place]:
    """These locations and outlets with the numbers they have; those that never were compared are left out."""
    places = []
    for location, outlet, name in wanted:
        place = numbers.number_of_known(tx, account, Kind.LOCATION, location)
        shop = numbers.number_of_known(tx, account, Kind.OUTLET, outlet)
        if place is not None and shop is not None:
            places.append(Place(location, place, outlet, shop, name))
    return places


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair of levels, what stands between them, and how far it was off when it was looked at before."""

    pair: PairOfLevels
    units: Mapping[Term, Decimal]
    uncertain: Decimal
    moved_known: bool  # False: something in X-Series moved it, and nobody says by how much
    item: int
    product_number: int
    place: Place
    before: Decimal | None  # None when it was not looked at, or not reported


TERM_OF_COLUMN: dict[str, Term] = {
    "reserved": Term.RESERVED,
    "open_sale": Term.OPEN_SALE,
    "collected": Term.COLLECTED,
    "given": Term.GIVEN,
    "shipped": Term.SHIPPED,
    "cancelled": Term.CANCELLED,
    "till": Term.TILL,
    "returned": Term.RETURNED,
    "moved_in": Term.MOVED_IN,
    "moved_out": Term.MOVED_OUT,
}
_COLUMNS = (*TERM_OF_COLUMN, "uncertain", "unknown")
_OF_ORDERS = ("reserved", "open_sale", "collected", "given", "shipped", "cancelled", "returned", "uncertain")


def _zeros(names: Sequence[str]) -> str:
    return ", ".join(f"0 AS {name}" for name in names)


_UNITS = f"""
units AS (
  SELECT outlet, product, {", ".join(name if name in _OF_ORDERS else f"0 AS {name}" for name in _COLUMNS)}
  FROM stock_terms
  UNION ALL
  SELECT o.number, p.number, {_zeros(_COLUMNS[:6])}, s.till, s.returned, 0, 0, 0, 0
  FROM (
    SELECT outlet, product_id, SUM(CASE WHEN quantity > 0 THEN quantity ELSE 0 END) AS till,
      SUM(CASE WHEN quantity < 0 THEN -quantity ELSE 0 END) AS returned
    FROM till_lines
    WHERE account = :account AND sold_at >= :sold_since AND sale_id NOT IN ({MADE_BY_US})
    GROUP BY outlet, product_id
  ) s
  JOIN numbers o ON o.account = :account AND o.kind = 'outlet' AND o.id = s.outlet
  JOIN numbers p ON p.account = :account AND p.kind = 'product' AND p.id = s.product_id
  UNION ALL
  SELECT o.number, p.number, {_zeros(_COLUMNS[:6])}, 0, 0, s.moved_in, s.moved_out, 0, s.unknown
  FROM (
    SELECT outlet, product_id, SUM(CASE WHEN quantity > 0 THEN quantity ELSE 0 END) AS moved_in,
      SUM(CASE WHEN quantity < 0 THEN -quantity ELSE 0 END) AS moved_out,
      SUM(CASE WHEN is_known THEN 0 ELSE 1 END) AS unknown
    FROM stock_movements WHERE account = :account AND moved_at >= :moved_since GROUP BY outlet, product_id
  ) s
  JOIN numbers o ON o.account = :account AND o.kind = 'outlet' AND o.id = s.outlet
  JOIN numbers p ON p.account = :account AND p.kind = 'product' AND p.id = s.product_id
),
summed AS MATERIALIZED (
  SELECT outlet, product, {", ".join(f"SUM({name}) AS {name}" for name in _COLUMNS)}
  FROM units GROUP BY outlet, product
)
"""

_MATCHED = "m.erp = :erp AND m.verdict = 'matched'"

# Whatever differs, and whatever has a reason to: a term may hide a difference as well as explain one.
_ALL_PAIRS = f"""
  SELECT r.location, r.outlet, m.item, m.product
  FROM routes r
  JOIN erp_levels e ON e.location = r.location
  JOIN stock_matches m ON m.item = e.item AND {_MATCHED}
  JOIN retail_levels l ON l.outlet = r.outlet AND l.product = m.product
  WHERE e.on_hand - r.buffer <> l.level - l.to_procure
  UNION
  SELECT r.location, r.outlet, m.item, m.product
  FROM summed s
  JOIN routes r ON r.outlet = s.outlet
  JOIN stock_matches m ON m.product = s.product AND {_MATCHED}
  UNION
  SELECT r.location, r.outlet, m.item, m.product
  FROM erp_reserved v
  JOIN routes r ON r.location = v.location
  JOIN stock_matches m ON m.item = v.item AND {_MATCHED}
"""
_SUSPECTS = """
  SELECT k.location, k.outlet, k.item, k.product
  FROM stock_rows k JOIN routes r ON r.location = k.location AND r.outlet = k.outlet
  WHERE k.run_id = :run AND k.seen <> k.unexplained
"""
_ONE_PRODUCT = f"""
  SELECT r.location, r.outlet, m.item, m.product FROM routes r CROSS JOIN stock_matches m
  WHERE m.item = :item AND {_MATCHED}
"""


def _statement(pairs: str) -> str:
    return f"""
WITH {{routes}}, {_UNITS},
pairs AS ({pairs}),
promised AS MATERIALIZED (SELECT location, item, SUM(quantity) AS quantity FROM erp_reserved GROUP BY location, item)
SELECT k.location, k.outlet, k.item, k.product, i.sku, n.id AS product_id, e.on_hand, l.level, l.to_procure,
  COALESCE(v.quantity, 0) AS promised,
  {", ".join(f"COALESCE(s.{name}, 0) AS {name}" for name in _COLUMNS)},
  b.seen AS before_seen
FROM pairs k
JOIN erp_levels e ON e.location = k.location AND e.item = k.item
JOIN retail_levels l ON l.outlet = k.outlet AND l.product = k.product
JOIN erp_items i ON i.erp = :erp AND i.item = k.item
JOIN numbers n ON n.number = k.product
LEFT JOIN promised v ON v.location = k.location AND v.item = k.item
LEFT JOIN summed s ON s.outlet = k.outlet AND s.product = k.product
LEFT JOIN stock_rows b ON b.run_id = :before AND b.outlet = k.outlet AND b.product = k.product
"""


_EVERYTHING, _AGAIN, _PRODUCT = map(_statement, (_ALL_PAIRS, _SUSPECTS, _ONE_PRODUCT))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which places are compared, and what counts as under way."""

    account: Account
    erp: int  # of `numbers`
    places: Sequence[Place]
    since: Since
    buffers: Mapping[LocationId, Decimal] = field(default_factory=dict)  # by which a level must be less

    def everything(self, tx: Connection, *, before: RunId) -> Iterator[Difference]:
        """All pairs that differ or have a reason to, beside how far off the report of `before` saw them."""
        return self._compared(tx, _EVERYTHING, before=before)

    def suspects(self, tx: Connection, *, run: RunId) -> Iterator[Difference]:
        """The pairs again that this run has seen off once only."""
        return self._compared(tx, _AGAIN, before=run, run=run)

    def one_product(self, tx: Connection, item: int, *, before: RunId) -> Iterator[Difference]:
        """An item at every place where both sides have a level of it, whether they differ or not."""
        return self._compared(tx, _PRODUCT, before=before, item=item)

    def _compared(self, tx: Connection, statement: str, **values: Any) -> Iterator[Difference]:
        if not self.places:
            return
        values |= {
            "account": self.account,
            "erp": self.erp,
            "sold_since": to_text(self.since.sold),
            "moved_since": to_text(self.since.moved),
        }
        places = {place.outlet_number: place for place in self.places}
        routes = f"routes (location, outlet, buffer) AS (VALUES {', '.join(map(self._route, self.places))})"
        streamed = text(statement.replace("{routes}", routes)).execution_options(
            stream_results=True, yield_per=ROWS_AT_ONCE
        )
        for row in tx.execute(streamed, values):
            yield _read(row, places[row.outlet])

    def _route(self, place: Place) -> str:
        buffer = scale(self.buffers.get(place.location, Decimal(0)))
        return f"({place.location_number:d}, {place.outlet_number:d}, {buffer:d})"


def _read(row: Row[Any], place: Place) -> Difference:
    units = {term: unscale(getattr(row, name)) for name, term in TERM_OF_COLUMN.items() if getattr(row, name)}
    to_procure = unscale(row.to_procure)
    return Difference(
        pair=PairOfLevels(
            outlet=place.outlet,
            outlet_name=place.outlet_name,
            location=place.location,
            sku=Sku(row.sku),
            product=ProductId(row.product_id),
            on_hand=unscale(row.on_hand),
            reserved=unscale(row.promised),
            level=unscale(row.level) - to_procure,
            to_procure=to_procure,
        ),
        units=units,
        uncertain=unscale(row.uncertain),
        moved_known=not row.unknown,
        item=row.item,
        product_number=row.product,
        place=place,
        before=None if row.before_seen is None else unscale(row.before_seen),
    )
