"""The levels of both sides as last read. Pages come in by the thousand rows and only what differs is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, delete, select, text

from syncd.domain.ids import Account, LocationId, OutletId, Sku
from syncd.domain.stock import (
    BadLevel,
    BadQuantity,
    ErpItem,
    Quantity,
    Reserved,
    RetailLevel,
    scaled,
    unscaled,
)
from syncd.store import numbers
from syncd.store.bulk import execute_many, fetch, insert_many
from syncd.store.numbers import Kind, Numbers
from syncd.store.stock_tables import ErpItemRow, ErpReservedRow, RetailLevelRow

_items, _reserved = ErpItemRow.__table__, ErpReservedRow.__table__  # type: ignore[attr-defined]
_retail = RetailLevelRow.__table__  # type: ignore[attr-defined]

QUANTITIES_KEPT_MAX = 50_000  # of those that were scaled already: most levels are one of a few hundred numbers

_NEWER_SKU = "ON CONFLICT (erp, item) DO UPDATE SET sku = excluded.sku"
_NEWER_ON_HAND = "ON CONFLICT (location, item) DO UPDATE SET on_hand = excluded.on_hand"
_NEWER_LEVEL = (
    "ON CONFLICT (outlet, product) DO UPDATE"
    " SET level = excluded.level, to_procure = excluded.to_procure, version = excluded.version"
    " WHERE excluded.version >= retail_levels.version"
)
_DROP_ON_HAND = "DELETE FROM erp_levels WHERE location = ? AND item = ?"
_ON_HAND_OF = "SELECT item, on_hand FROM erp_levels WHERE location = ? AND item IN"
_ON_HAND_BETWEEN = "SELECT item, on_hand FROM erp_levels WHERE location = ? AND item BETWEEN ? AND ?"


class Scaler(dict[Quantity | None, int]):
    """Quantities to integers: `scale[quantity]`, at the speed of a look-up. It remembers what it has done."""

    def __missing__(self, quantity: Quantity | None) -> int:
        """Raise BadQuantity when it cannot be counted with, or is none."""
        if quantity is None:
            raise BadQuantity("no quantity")
        found = scaled(quantity)
        if len(self) < QUANTITIES_KEPT_MAX:
            self[quantity] = found
        return found


# ------------------------------------------------------------------ the ERP's side


def known_items(tx: Connection, erp: int) -> list[int]:
    """The numbers of all items, ascending."""
    return [row.item for row in tx.execute(select(_items.c.item).where(_items.c.erp == erp).order_by(_items.c.item))]


def known_skus(tx: Connection, erp: int) -> list[Sku]:
    return [Sku(row.sku) for row in tx.execute(select(_items.c.sku).where(_items.c.erp == erp).distinct())]


def keep_items(tx: Connection, erp: int, page: Sequence[ErpItem]) -> int:
    """Keep a page of the ERP's list of items, which is ascending; return how many are new or have another SKU."""
    if not page:
        return 0
    between = "SELECT item, sku FROM erp_items WHERE erp = ? AND item BETWEEN ? AND ?"
    known = dict(fetch(tx, between, (erp, page[0].number, page[-1].number)))
    fresh = [(erp, item, sku) for item, sku in page if known.get(item) != sku]
    insert_many(tx, "INSERT INTO erp_items (erp, item, sku)", fresh, or_else=_NEWER_SKU)
    return len(fresh)


def drop_items(tx: Connection, erp: int, locations: Iterable[int], items: Sequence[int]) -> None:
    """Forget items that the ERP does not list any more, and what stood of them anywhere."""
    execute_many(tx, "DELETE FROM erp_items WHERE erp = ? AND item = ?", [(erp, item) for item in items])
    execute_many(tx, _DROP_ON_HAND, [(location, item) for location in locations for item in items])


def count_standing(tx: Connection, location: int, items: Sequence[int]) -> tuple[int, int]:
    """Of how many of these items (ascending) the store has a level at the location, and of how many in all."""
    if not items:
        return 0, 0
    between = "SELECT item FROM erp_levels WHERE location = ? AND item BETWEEN ? AND ?"
    here = {item for (item,) in fetch(tx, between, (location, items[0], items[-1]))}
    [(of,)] = fetch(tx, "SELECT COUNT(*) FROM erp_levels WHERE location = ?", (location,))
    return len(here.intersection(items)), of


def keep_on_hand(
    tx: Connection, location: int, asked: Sequence[int], levels: Sequence[tuple[int, Quantity]], scale: Scaler
) -> list[BadLevel]:
    """Make this the picture of the asked items (ascending) at the location; return those that make no sense.

    An item that was asked for and not told has no level there any more; neither has one of which nonsense was told.
    """
    if not asked:
        return []
    known = _known_on_hand(tx, location, asked)
    bad: list[BadLevel] = []
    try:
        fresh = {item: scale[quantity] for item, quantity in levels}
    except BadQuantity:  # row by row, which takes longer
        fresh = _sound_on_hand(levels, scale, bad)
    if fresh == known:
        return bad
    if gone := known.keys() - fresh.keys():
        execute_many(tx, _DROP_ON_HAND, [(location, item) for item in sorted(gone & set(asked))])
    changed = sorted(fresh.items() - known.items() if known else fresh.items())
    rows = [(location, item, number) for item, number in changed]
    insert_many(tx, "INSERT INTO erp_levels (location, item, on_hand)", rows, or_else=_NEWER_ON_HAND)
    return bad


def _known_on_hand(tx: Connection, location: int, asked: Sequence[int]) -> dict[int, int]:
    """What stands here of the asked items. A page of all of them lies together, a few of them may lie far apart."""
    if len(asked) > numbers.IDS_A_STATEMENT:
        return dict(fetch(tx, _ON_HAND_BETWEEN, (location, asked[0], asked[-1])))
    return dict(fetch(tx, f"{_ON_HAND_OF} ({', '.join('?' * len(asked))})", (location, *asked)))


def _sound_on_hand(levels: Sequence[tuple[int, Quantity]], scale: Scaler, bad: list[BadLevel]) -> dict[int, int]:
    """Those that can be counted with; the others are added to the bad ones."""
    fresh: dict[int, int] = {}
    for item, quantity in levels:
        try:
            fresh[item] = scale[quantity]
        except BadQuantity as error:
            bad.append(BadLevel(str(item), str(error)))
    return fresh


def keep_reserved(
    tx: Connection, locations: Mapping[LocationId, int], found: Sequence[Reserved], items: Sequence[int] | None = None
) -> list[BadLevel]:
    """Make this all that is promised at these locations, or of these items there; return what makes no sense."""
    here = _reserved.c.location.in_(list(locations.values()))
    if items is None:
        tx.execute(delete(_reserved).where(here))
    else:
        drop = "DELETE FROM erp_reserved WHERE location = ? AND item = ?"
        execute_many(tx, drop, [(location, item) for location in locations.values() for item in items])
    bad: list[BadLevel] = []
    rows: list[tuple[int, int, str, int]] = []
    for one in found:
        try:
            rows.append((locations[one.location], one.item, one.order, scaled(one.quantity)))
        except BadQuantity as error:
            bad.append(BadLevel(str(one.item), f"reserved: {error}"))
    put = "INSERT INTO erp_reserved (location, item, order_id, quantity) VALUES (?, ?, ?, ?)"
    execute_many(tx, put, sorted(rows))
    return bad


# ------------------------------------------------------------------ X-Series' side


class RetailNumbers:
    """The numbers of outlets and products, kept for one reading."""

    def __init__(self, tx: Connection, account: Account) -> None:
        self._account = account
        self.outlets: Numbers = numbers.known(tx, account, Kind.OUTLET)
        self.products: Numbers = numbers.known(tx, account, Kind.PRODUCT)

    def reload(self, tx: Connection) -> None:
        """Take in what others numbered since."""
        newest = max(self.products.values(), default=0)
        self.products |= numbers.known(tx, self._account, Kind.PRODUCT, above=newest)

    def learn(self, tx: Connection, outlets: Collection[str], products: Collection[str]) -> None:
        numbers.add(tx, self._account, Kind.OUTLET, outlets, self.outlets)
        if not self.products.keys() >= set(products):  # one is new: the whole catalogue may be
            numbers.add_catalogue(tx, self._account)
            self.reload(tx)
        numbers.add(tx, self._account, Kind.PRODUCT, products, self.products)


def keep_retail(tx: Connection, known: RetailNumbers, page: Sequence[RetailLevel], scale: Scaler) -> list[BadLevel]:
    """Replace the rows of one page of the inventory feed; an older version replaces nothing.

    Return the levels that make no sense; they are forgotten like those that are gone, since what they were before
    they are no more.
    """
    bad: list[BadLevel] = []
    try:
        rows = _rows(known, page, scale)
    except KeyError:  # a product or an outlet that has no number yet
        known.learn(tx, {row[0] for row in page}, {row[1] for row in page})
        return keep_retail(tx, known, page, scale)
    except BadQuantity:  # row by row, which takes longer
        known.learn(tx, {row[0] for row in page}, {row[1] for row in page})
        found = [_sound(tx, known, one, scale, bad) for one in page]
        rows = [row for row in found if row is not None]
    rows.sort()
    into = "INSERT INTO retail_levels (outlet, product, level, to_procure, version)"
    insert_many(tx, into, rows, or_else=_NEWER_LEVEL)
    return bad


_RetailRow = tuple[int, int, int, int, int]


def _rows(known: RetailNumbers, page: Sequence[RetailLevel], scale: Scaler) -> list[_RetailRow]:
    outlets, products = known.outlets, known.products
    return [
        (outlets[outlet], products[product], scale[level], scale[to_procure], version)
        for outlet, product, level, to_procure, version in page
    ]


def _sound(
    tx: Connection, known: RetailNumbers, one: RetailLevel, scale: Scaler, bad: list[BadLevel]
) -> _RetailRow | None:
    """The row, or None of a level that is gone or makes no sense: then it is forgotten."""
    outlet, product = known.outlets[one.outlet], known.products[one.product]
    try:
        if one.level is not None:
            return outlet, product, scale[one.level], scale[one.to_procure], one.version
    except BadQuantity as error:
        bad.append(BadLevel(f"product {one.product} at outlet {one.outlet}", str(error)))
    # Absence is not zero: there is nothing to compare any more.
    execute_many(tx, "DELETE FROM retail_levels WHERE outlet = ? AND product = ?", [(outlet, product)])
    return None


# ------------------------------------------------------------------ below zero


@dataclass(frozen=True, slots=True)
class Negative:
    """A level below zero, on whichever side."""

    side: str  # "erp" or "retail"
    place: str  # the location or the outlet
    sku: Sku
    quantity: Decimal


_BELOW_ZERO_ERP = """
SELECT i.sku, e.on_hand FROM erp_levels e JOIN erp_items i ON i.erp = :erp AND i.item = e.item
WHERE e.location = :place AND e.on_hand < 0 ORDER BY e.on_hand, i.sku LIMIT :most
"""
_BELOW_ZERO_RETAIL = """
SELECT p.sku, l.level FROM retail_levels l
JOIN numbers n ON n.number = l.product JOIN products p ON p.account = :account AND p.product_id = n.id
WHERE l.outlet = :place AND l.level < 0 ORDER BY l.level, p.sku LIMIT :most
"""


def negative(tx: Connection, account: Account, places: Mapping[LocationId, OutletId], *, most: int) -> list[Negative]:
    """Levels below zero at these locations and their outlets, the furthest below first."""
    erp = numbers.number_of_known(tx, account, Kind.ERP)
    found: list[Negative] = []
    for location, outlet in places.items():
        values = {"account": account, "erp": erp, "most": most}
        for side, name, kind, statement in (
            ("erp", str(location), Kind.LOCATION, _BELOW_ZERO_ERP),
            ("retail", str(outlet), Kind.OUTLET, _BELOW_ZERO_RETAIL),
        ):
            place = numbers.number_of_known(tx, account, kind, name)
            for sku, quantity in tx.execute(text(statement), {**values, "place": place}):
                found.append(Negative(side, name, Sku(sku), unscaled(quantity)))
    return sorted(found, key=lambda one: (one.quantity, one.place, one.sku))[:most]
