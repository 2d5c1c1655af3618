"""Levels per warehouse: what stands there, and how much of it is promised to customers' orders.

Not Tryton's own forecast: it forgets every shipment whose planned day has passed, so an order not packed by midnight
would be sold a second time. The moves to customers tell it whatever their day (Tryton 8.2, verified).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Raw, Struct

from syncd.domain.ids import LocationId, OrderId, Sku
from syncd.domain.stock import PIECES_MAX, BadLevel, ErpItem, OnHandPage, Quantity, Reserved
from syncd.erp.tryton.places import Places
from syncd.erp.tryton.quantity import tidy
from syncd.erp.tryton.rows import OPEN_MOVES, STAMPS, typed_rows
from syncd.erp.tryton.session import Domain, Session
from syncd.errors import BadRecord, NotFound, NotUnderstood

ITEMS_A_REQUEST = 5_000  # about 2 s for Tryton to add up
QUANTITIES_KEPT_MAX = 50_000  # of those that were cleaned already
DIGITS = Decimal("0.00001")  # that X-Series shows
NOISE = Decimal("0.00000005")  # Tryton keeps quantities in binary: 0.3 comes as 0.30000000000000004

_RESERVED_FIELDS = ["product", "internal_quantity", "from_location", "sale"]


class _Item(Struct):
    id: int
    code: str | None = None


class _OnHand(Struct, gc=False):
    """Read in hundreds of thousands: no garbage collection, it holds no containers."""

    id: int
    quantity: int | Decimal


class _Said(Struct):
    """A row that is no `_OnHand`."""

    id: int | str | None = None
    quantity: Raw = Raw(b"nothing")


class _Moved(Struct):
    id: int
    product: int


class _Move(Struct, kw_only=True):
    id: int
    product: int
    internal_quantity: Decimal  # in the unit in which the product's stock is counted
    from_location: int
    sale: int | None = None


_on_hand = msgspec.json.Decoder(list[_OnHand])
_raw_rows = msgspec.json.Decoder(list[Raw])
_one_on_hand = msgspec.json.Decoder(_OnHand)
_said = msgspec.json.Decoder(_Said)


class StockReader:
    def __init__(self, session: Session, places: Places) -> None:
        self._session = session
        self._places = places
        self._clean = _Clean()

    def items(self) -> Iterator[list[ErpItem]]:
        """A product without a code is left out: nobody could name it. Two may have the same."""
        for page in self._session.search_typed("product.product", [["type", "=", "goods"]], _Item, ["code"]):
            yield [ErpItem(row.id, Sku(row.code)) for row in page if row.code]

    def moved_items(self, since: datetime) -> list[int]:
        """By the moves that were done since: the product's own stamps do not move with its stock."""
        domain = [
            *self._session.of_company(),
            ["state", "=", "done"],
            ["OR", *([stamp, ">=", since] for stamp in STAMPS)],
        ]
        found: set[int] = set()
        for page in self._session.search_typed("stock.move", domain, _Moved, ["product"]):
            found.update(row.product for row in page)
        return sorted(found)

    def on_hand(self, location: LocationId, items: Sequence[int]) -> OnHandPage:
        warehouse = self._warehouse(location)
        # Without `locations` every quantity is silently 0.0. Without a day it is what stands there now: Tryton takes
        # today in the company's zone, by which it dates what leaves; a day before would count today's goods still.
        content = self._session.rows(
            "product.product",
            [["id", "in", list(items)]],
            ["quantity"],
            limit=len(items),
            context={"locations": [warehouse]},
        )
        rows, bad = _decoded(content)
        clean = self._clean
        if len(clean) > QUANTITIES_KEPT_MAX:
            clean.clear()
        return OnHandPage([(row.id, clean[row.quantity]) for row in rows], bad)

    def reserved(self, locations: Sequence[LocationId], items: Sequence[int] | None) -> list[Reserved]:
        domain: Domain = [
            *self._session.of_company(),
            ["state", "in", list(OPEN_MOVES)],
            ["to_location.type", "=", "customer"],
        ]
        if items is not None:
            domain.append(["product", "in", list(items)])
        wanted = set(locations)
        found: dict[tuple[LocationId, int, int | None], Decimal] = defaultdict(Decimal)
        for page in self._session.search("stock.move", domain, _RESERVED_FIELDS):
            moves = typed_rows(page, list[_Move], "stock")
            self._places.know({move.from_location for move in moves})
            for move in moves:
                try:
                    location = self._places.warehouse_of(move.from_location)
                except BadRecord:
                    continue  # from no warehouse, as a drop shipment: it takes nothing from one either
                if location in wanted:
                    found[location, move.product, move.sale] += move.internal_quantity
        return [
            Reserved(location, item, OrderId(str(sale) if sale is not None else ""), tidy(quantity))
            for (location, item, sale), quantity in sorted(found.items(), key=lambda one: (*one[0][:2], one[0][2] or 0))
        ]

    def _warehouse(self, location: LocationId) -> int:
        known = self._places.warehouses()
        for number, name in known:
            if name == location:
                return number
        raise NotFound(
            f"tryton has no warehouse {location}",
            hint=f"There are: {', '.join(sorted(name for _, name in known))}.",
            side="erp",
        )


def without_noise(quantity: Quantity) -> Quantity:
    """The number that a person would have typed; whole numbers as `int`. What is no noise stays as it is."""
    if isinstance(quantity, int) or abs(quantity) > PIECES_MAX:
        return quantity
    rounded = quantity.quantize(DIGITS)
    if abs(quantity - rounded) > NOISE:
        return quantity
    whole = int(rounded)
    return whole if whole == rounded else rounded.normalize()


class _Clean(dict[Quantity, Quantity]):
    """What was cleaned already: most quantities are one of a few hundred numbers."""

    def __missing__(self, quantity: Quantity) -> Quantity:
        found = self[quantity] = without_noise(quantity)
        return found


def _decoded(content: bytes) -> tuple[list[_OnHand], list[BadLevel]]:
    if b"nan" not in content.lower():  # in quotes it would pass for a number that compares with none
        try:
            return _on_hand.decode(content), []
        except msgspec.ValidationError:
            pass
    return _one_by_one(content)


def _one_by_one(content: bytes) -> tuple[list[_OnHand], list[BadLevel]]:
    """The rows that can be understood, and what was said in the others."""
    rows: list[_OnHand] = []
    bad: list[BadLevel] = []
    try:
        raw = _raw_rows.decode(content)
    except msgspec.DecodeError as error:
        raise NotUnderstood(f"tryton's stock cannot be read: {error}", side="erp") from error
    for one in raw:
        try:
            row = _one_on_hand.decode(one)
        except msgspec.DecodeError:
            bad.append(_bad(one))
            continue
        if isinstance(row.quantity, int) or row.quantity.is_finite():
            rows.append(row)
        else:
            bad.append(BadLevel(str(row.id), str(row.quantity)))
    return rows, bad


def _bad(row: Raw) -> BadLevel:
    try:
        said = _said.decode(row)
    except msgspec.DecodeError:
        return BadLevel("?", bytes(row).decode("utf-8", "replace"))
    return BadLevel(str(said.id), bytes(said.quantity).decode("utf-8", "replace"))
