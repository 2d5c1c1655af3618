"""Which warehouse a place belongs to. Tryton can tell it of a sale, but not of a move."""

from __future__ import annotations

import threading

from syncd.domain.ids import LocationId
from syncd.erp.tryton.rows import Coded, LocationRow, typed_rows
from syncd.erp.tryton.session import Session
from syncd.errors import BadRecord

DEPTH_MAX = 50  # storage areas inside storage areas; also stops a tree that is a circle

_OWN_PLACES = ("input_location", "output_location", "storage_location", "picking_location")
_FIELDS = ["code", "name", "type", "parent", *_OWN_PLACES]


class Places:
    """The tree of locations, kept; read again when a move names one that is not in it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._warehouse_of: dict[int, LocationId] = {}
        self._warehouses: list[tuple[int, LocationId]] = []

    def read(self) -> list[tuple[int, LocationId]]:
        """Every warehouse with its id, from Tryton."""
        rows = self._session.search_all("stock.location", [], _FIELDS)
        places = {row.id: row for row in typed_rows(rows, list[LocationRow], "locations")}
        found = [(row.id, location_id(row)) for row in places.values() if row.type == "warehouse"]
        warehouse_of: dict[int, LocationId] = {}
        for number, name in found:
            warehouse = places[number]
            # The places of a warehouse need not lie under it in the tree.
            own = (getattr(warehouse, field) for field in _OWN_PLACES)
            warehouse_of |= {number: name} | {place: name for place in own if place is not None}
        for place in places.values():
            if place.id not in warehouse_of and (name_above := _above(place, places, warehouse_of)):
                warehouse_of[place.id] = name_above
        with self._lock:
            self._warehouse_of, self._warehouses = warehouse_of, found
        return found

    def warehouses(self) -> list[tuple[int, LocationId]]:
        """As read last."""
        with self._lock:
            known = list(self._warehouses)
        return known or self.read()

    def know(self, places: set[int]) -> None:
        """Read the tree again when one of these is not in it."""
        with self._lock:
            missing = places - self._warehouse_of.keys()
        if missing:
            self.read()

    def warehouse_of(self, place: int) -> LocationId:
        """The warehouse of a place that `know` was asked for, or raise BadRecord."""
        with self._lock:
            found = self._warehouse_of.get(place)
        if found is None:
            raise BadRecord(
                f"location {place} lies in no warehouse", field="from_location", hint="Give it a warehouse in Tryton."
            )
        return found


def location_id(row: Coded | LocationRow) -> LocationId:
    """What the config calls a warehouse: its code, or its name when it has none."""
    return LocationId(row.code or row.name or str(row.id))


def _above(
    place: LocationRow, places: dict[int, LocationRow], warehouse_of: dict[int, LocationId]
) -> LocationId | None:
    parent = place.parent
    for _ in range(DEPTH_MAX):
        if parent is None or parent not in places:
            return None
        if parent in warehouse_of:
            return warehouse_of[parent]
        parent = places[parent].parent
    return None
