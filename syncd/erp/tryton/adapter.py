"""The `Erp` port, kept by Tryton. Everything that is done stands in the file of its noun; here it is put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from syncd.domain.clock import Clock
from syncd.domain.ids import LocationId, OrderId
from syncd.domain.orders import Order, OrderPage, OrderStamp, UnreadableOrder
from syncd.domain.ports import Finding
from syncd.domain.shipments import Completion, Shipment
from syncd.domain.stock import ErpItem, OnHandPage, Reserved
from syncd.erp.tryton.access import TrytonAccess
from syncd.erp.tryton.check import check
from syncd.erp.tryton.completion import ShipmentCompleter
from syncd.erp.tryton.orders import OrderReader
from syncd.erp.tryton.places import Places
from syncd.erp.tryton.session import Session
from syncd.erp.tryton.shipments import ShipmentReader
from syncd.erp.tryton.stock import ITEMS_A_REQUEST, StockReader
from syncd.erp.tryton.units import Units
from syncd.errors import OutsideError
from syncd.transport import Transport


class TrytonErp:
    """Tryton 8.2. Thread-safe: all threads share one log-in, or the REST key.

    Give it a transport whose deadline is above 35 seconds: SQLite behind Tryton may wait 30 for a lock.
    """

    def __init__(self, transport: Transport, settings: TrytonAccess, clock: Clock) -> None:
        self._settings = settings
        self._session = Session(transport, settings, clock)
        self._places = Places(self._session)
        units = Units(self._session)
        self._orders = OrderReader(self._session, self._places, units, settings)
        self._stock = StockReader(self._session, self._places)
        self._shipments = ShipmentReader(self._session, units)
        self._completer = ShipmentCompleter(self._session, self._shipments)

    @property
    def kind(self) -> str:
        return "tryton"

    def check(self) -> list[Finding]:
        return check(self._session, self._places, self._settings)

    def read_clock(self) -> datetime:
        """Whole seconds, rounded down: the Date header is all that Tryton says of its time."""
        return self._session.read_clock()

    def read_changed_orders(self, since: datetime | None) -> Iterator[OrderPage]:
        return self._orders.changed(since)

    def read_orders(self, ids: Sequence[OrderId]) -> tuple[list[Order], list[UnreadableOrder]]:
        return self._orders.read(ids)

    def read_stamps(self, since: datetime) -> Iterator[list[OrderStamp]]:
        return self._orders.stamps(since)

    def find_orders(self, reference: str) -> list[OrderId]:
        return self._orders.find(reference)

    def read_locations(self) -> list[LocationId]:
        return [name for _, name in self._places.read()]

    def read_shipments(self, orders: Sequence[OrderId]) -> list[Shipment]:
        return self._shipments.of_orders(orders)

    def complete_shipments(self, completions: Sequence[Completion]) -> list[Shipment | OutsideError]:
        return self._completer.complete(completions)

    @property
    def items_a_request(self) -> int:
        return ITEMS_A_REQUEST

    def read_items(self) -> Iterator[list[ErpItem]]:
        return self._stock.items()

    def read_moved_items(self, since: datetime) -> list[int]:
        return self._stock.moved_items(since)

    def read_on_hand(self, location: LocationId, items: Sequence[int]) -> OnHandPage:
        return self._stock.on_hand(location, items)

    def read_reserved(self, locations: Sequence[LocationId], items: Sequence[int] | None = None) -> list[Reserved]:
        return self._stock.reserved(locations, items)
