"""Levels per warehouse: what stands there, and how much of it is promised to customers' orders.

Not Tryton's own forecast: it forgets every shipment whose planned day has passed, so an order not packed by midnight
would be sold a second time. The moves to customers tell it whatever their day (Tryton 8.2, verified).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from syncd.domain.clock import Clock
from syncd.domain.ids import LocationId, Sku
from syncd.domain.stock import ErpLevel
from syncd.erp.tryton.places import Places
from syncd.erp.tryton.rows import OPEN_MOVES, tidy, typed_rows
from syncd.erp.tryton.session import Domain, Session
from syncd.errors import BadRecord, NotFound

PRODUCTS_A_PAGE = 1_000  # about 0.4 s each for Tryton to add up
SKUS_A_REQUEST = 500  # they stand in one clause of a question

_PRODUCT_FIELDS = ["code", "quantity"]
_RESERVED_FIELDS = ["product", "internal_quantity", "from_location"]

Reserved = dict[tuple[LocationId, int], Decimal]


class _Product(Struct, kw_only=True):
    id: int
    quantity: Decimal
    code: str | None = None


class _Move(Struct, kw_only=True):
    id: int
    product: int
    internal_quantity: Decimal  # in the unit in which the product's stock is counted
    from_location: int


class StockReader:
    def __init__(self, session: Session, places: Places, clock: Clock) -> None:
        self._session = session
        self._places = places
        self._clock = clock

    def levels(self, locations: Sequence[LocationId], skus: Sequence[Sku] | None) -> Iterator[list[ErpLevel]]:
        """Pages of levels, a warehouse at a time. A product without a code is left out: nobody could name it.

        Two products with one code come as two levels of the same SKU.
        """
        known = self._places.read()
        wanted = [(number, name) for number, name in known if name in set(locations)]
        if missing := set(locations) - {name for _, name in wanted}:
            raise NotFound(
                f"tryton has no warehouse {', '.join(sorted(missing))}",
                hint=f"There are: {', '.join(sorted(name for _, name in known))}.",
                side="erp",
            )
        for clause in _of_skus(skus):
            # Reserved first. Goods shipped between the two questions are then missing for one pass, which is the safe
            # side; the other way round they would be there twice.
            reserved = self._reserved(clause)
            for warehouse, location in wanted:
                yield from self._on_hand(warehouse, location, clause, reserved)

    def _reserved(self, products: Domain) -> Reserved:
        domain = [
            *self._session.of_company(),
            ["state", "in", list(OPEN_MOVES)],
            ["to_location.type", "=", "customer"],
            *([f"product.{name}", *rest] for name, *rest in products),
        ]
        found: Reserved = defaultdict(Decimal)
        for page in self._session.search("stock.move", domain, _RESERVED_FIELDS):
            moves = typed_rows(page, list[_Move], "stock")
            self._places.know({move.from_location for move in moves})
            for move in moves:
                try:
                    location = self._places.warehouse_of(move.from_location)
                except BadRecord:
                    continue  # from no warehouse, as a drop shipment: it takes nothing from one either
                found[location, move.product] += move.internal_quantity
        return found

    def _on_hand(
        self, warehouse: int, location: LocationId, products: Domain, reserved: Reserved
    ) -> Iterator[list[ErpLevel]]:
        # Without `locations` every quantity is silently 0.0; the day is the server's, whose zone is UTC.
        server_time = self._session.server_time or self._clock.now()
        context = {"locations": [warehouse], "stock_date_end": server_time.date()}
        domain = [["type", "=", "goods"], *products]
        for page in self._session.search(
            "product.product", domain, _PRODUCT_FIELDS, context=context, page_size=PRODUCTS_A_PAGE
        ):
            yield [
                ErpLevel(
                    location=location,
                    sku=Sku(product.code),
                    on_hand=tidy(product.quantity),
                    reserved=tidy(reserved.get((location, product.id), Decimal(0))),
                )
                for product in typed_rows(page, list[_Product], "stock")
                if product.code
            ]


def _of_skus(skus: Sequence[Sku] | None) -> Iterator[Domain]:
    if skus is None:
        yield []
        return
    distinct = list(dict.fromkeys(skus))
    for start in range(0, len(distinct), SKUS_A_REQUEST):
        yield [["code", "in", distinct[start : start + SKUS_A_REQUEST]]]
