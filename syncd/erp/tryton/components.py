"""What the kits of orders are made of: asked for only where moves serve a component, for only then is it sure that
Tryton has the module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from syncd.erp.tryton.kits import COMPONENT_ORIGIN, Component, Kit
from syncd.erp.tryton.rows import MoveRow, typed_rows
from syncd.erp.tryton.session import Session
from syncd.erp.tryton.units import Units

_FIELDS = [
    *("quantity", "unit", "product.default_uom"),
    *("line.quantity", "line.unit", "line.product.default_uom"),
]


class _Product(Struct, kw_only=True):
    default_uom: int


class _Counted(Struct, kw_only=True):
    id: int
    quantity: Decimal
    unit: int
    product: _Product = field(name="product.")

    def in_stock_unit(self, units: Units) -> Decimal:
        return units.convert(self.quantity, self.unit, self.product.default_uom)


class _ComponentRow(_Counted, kw_only=True):
    line: _Counted = field(name="line.")

    @property
    def origin(self) -> str:
        """Of the moves that serve it."""
        return f"{COMPONENT_ORIGIN}{self.id}"


def serves_component(origin: object) -> bool:
    """True of the origin of a move that brings a component of a kit."""
    return isinstance(origin, str) and origin.startswith(COMPONENT_ORIGIN)


Components = Mapping[str, Sequence[_ComponentRow]]
"""By what moves serve, `sale.line.component,7`: all the components of the same line."""


def read_components(session: Session, units: Units, orders: Iterable[int]) -> Components:
    """What the kits of these orders are made of. No order, no question."""
    wanted = sorted(set(orders))
    if not wanted:
        return {}
    rows = session.search_all("sale.line.component", [["line.sale", "in", wanted]], _FIELDS)
    by_line: dict[int, list[_ComponentRow]] = defaultdict(list)
    named: set[int] = set()
    for one in typed_rows(rows, list[_ComponentRow], "components of kits"):
        by_line[one.line.id].append(one)
        named |= {one.unit, one.product.default_uom, one.line.unit, one.line.product.default_uom}
    units.know(named)
    return {one.origin: components for components in by_line.values() for one in components}


def with_kits(moves: Sequence[MoveRow], components: Components, units: Units) -> list[MoveRow]:
    """The moves, each with the kit that it brings a component of. Raise BadRecord when that cannot be counted."""
    kits: dict[int, Kit] = {}
    told = []
    for move in moves:
        of_line = components.get(move.origin or "")
        if of_line and of_line[0].line.id not in kits:
            kits[of_line[0].line.id] = _kit(of_line, units)
        told.append(replace(move, kit=kits[of_line[0].line.id]) if of_line else move)
    return told


def _kit(components: Sequence[_ComponentRow], units: Units) -> Kit:
    line = components[0].line
    found = {
        one.origin: Component(one.in_stock_unit(units), one.product.default_uom, units.step(one.product.default_uom))
        for one in components
    }
    # Of a component that is counted at nothing, so little of it is needed, no move is made.
    needed = {origin: one for origin, one in found.items() if one.amount}
    return Kit(line.id, line.in_stock_unit(units), needed)
