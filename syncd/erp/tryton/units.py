"""Units of measure: an order may say 2 dozen, but stock, shipments and X-Series count pieces.

Everything we tell is in the unit in which the product's stock is counted, converted and rounded as Tryton does it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from decimal import ROUND_HALF_EVEN, Decimal

from msgspec import Struct

from syncd.erp.tryton.quantity import tidy
from syncd.erp.tryton.rows import typed_rows
from syncd.erp.tryton.session import Session
from syncd.errors import BadRecord

UNIT_FIELDS = ["name", "category", "factor", "rate", "rounding"]


class UnitRow(Struct, kw_only=True):
    """So many base units of its category are one of it (`factor`), or so many of it are one of those (`rate`)."""

    id: int
    name: str
    category: int
    factor: Decimal
    rate: Decimal
    rounding: Decimal

    @property
    def is_larger(self) -> bool:
        """Than the base unit: then the factor is the exact one of the two."""
        return self.factor > self.rate


class Units:
    """The units that were asked for so far. Tryton lets nobody change one that is in use."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._units: dict[int, UnitRow] = {}

    def know(self, units: Collection[int]) -> None:
        """Read those that are not known yet; nearly always there are none."""
        with self._lock:
            missing = sorted(set(units) - self._units.keys())
        if missing:
            rows = self._session.search_all("product.uom", [["id", "in", missing]], UNIT_FIELDS)
            with self._lock:
                self._units.update((row.id, row) for row in typed_rows(rows, list[UnitRow], "units"))

    def step(self, unit: int) -> Decimal:
        """The smallest amount that can be said in a unit that `know` was asked for, or raise BadRecord."""
        with self._lock:
            row = self._units.get(unit)
        if row is None:
            raise BadRecord(f"tryton has no unit {unit}", field="unit")
        return row.rounding

    def convert(self, quantity: Decimal, unit: int, into: int) -> Decimal:
        """Between units that `know` was asked for, or raise BadRecord."""
        if unit == into:
            return tidy(quantity)
        with self._lock:
            one, other = self._units.get(unit), self._units.get(into)
        if one is None or other is None or one.category != other.category:
            names = " and ".join(row.name if row else f"unit {id_}" for id_, row in ((unit, one), (into, other)))
            raise BadRecord(
                f"{names} cannot be converted", field="unit", hint="Sell the product in a unit of its stock's kind."
            )
        base = quantity * one.factor if one.is_larger else quantity / one.rate
        amount = base / other.factor if other.is_larger else base * other.rate
        return tidy((amount / other.rounding).quantize(Decimal(1), ROUND_HALF_EVEN) * other.rounding)
