"""Shipments to customers, with what each carries of which order line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from syncd.domain.ids import OrderId, OrderLineId, ShipmentId
from syncd.domain.shipments import Shipment, ShipmentLine, ShipmentState
from syncd.erp.tryton.components import read_components, serves_component, with_kits
from syncd.erp.tryton.kits import Kit
from syncd.erp.tryton.places import location_id
from syncd.erp.tryton.quantity import tidy
from syncd.erp.tryton.rows import OPEN_MOVES, SHIPMENT_OUT, MoveRow, ShipmentRow, typed_rows
from syncd.erp.tryton.session import Domain, Session
from syncd.erp.tryton.units import Units
from syncd.errors import NotFound

ORDERS_A_REQUEST = 500  # their ids stand in one clause of a question

_SHIPMENT_FIELDS = [
    *("number", "state", "reference", "_timestamp", "warehouse.code", "warehouse.name"),
    "outgoing_moves.internal_quantity",
    *(
        f"outgoing_moves.{name}"
        for name in ("origin", "sale", "state", "quantity", "unit", "from_location", "to_location.type")
    ),
]
_FIELDS_TO_COMPLETE = [
    *_SHIPMENT_FIELDS,
    *("warehouse_storage", "warehouse_output"),
    *(f"inventory_moves.{name}" for name in ("origin", "state", "internal_quantity")),
]
_DONE = {"done": ShipmentState.DONE, "cancelled": ShipmentState.CANCELLED}
#: Of a shipment that is not finished: what it carries. Between `ship` and `do` its moves may be done already.
CARRIED_MOVES = (*OPEN_MOVES, "done")
_MOVES_OF = {
    ShipmentState.OPEN: CARRIED_MOVES,
    ShipmentState.DONE: ("done",),
    ShipmentState.CANCELLED: ("cancelled",),
}


class ShipmentReader:
    def __init__(self, session: Session, units: Units) -> None:
        self._session = session
        self._units = units

    def of_orders(self, orders: Sequence[OrderId]) -> list[Shipment]:
        """Every customer shipment of these orders, by id. A remainder is a shipment of its own."""
        numbers = [int(order) for order in dict.fromkeys(orders) if order.isdecimal()]
        found: list[Shipment] = []
        for start in range(0, len(numbers), ORDERS_A_REQUEST):
            wanted = numbers[start : start + ORDERS_A_REQUEST]
            # By its moves: `moves.sale` can be searched for, the order of a shipment cannot.
            rows = self._rows([["moves.sale", "in", wanted]], _SHIPMENT_FIELDS)
            for row in rows:
                found += [one for one in self.of_row(row) if int(one.order) in wanted]
        return found

    def to_complete(self, shipments: Sequence[ShipmentId]) -> dict[ShipmentId, ShipmentRow]:
        """These shipments as they are now, with what is picked for them. One that is gone is left out."""
        numbers = sorted({int(one) for one in shipments if one.isdecimal()})
        rows = self._rows([["id", "in", numbers]], _FIELDS_TO_COMPLETE) if numbers else []
        return {ShipmentId(str(row.id)): row for row in rows}

    def _rows(self, domain: Domain, fields: list[str]) -> list[ShipmentRow]:
        found = self._session.search_all("stock.shipment.out", domain, fields)
        rows = typed_rows(found, list[ShipmentRow], "shipments")
        moves = [move for row in rows for move in row.moves]
        with_components = {move.sale for move in moves if move.sale is not None and serves_component(move.origin)}
        components = read_components(self._session, self._units, with_components)
        if not components:
            return rows
        return [replace(row, moves=with_kits(row.moves, components, self._units)) for row in rows]

    def of_row(self, row: ShipmentRow) -> list[Shipment]:
        """The shipment, once per order it carries goods of: nearly always one."""
        by_order: dict[int, list[MoveRow]] = defaultdict(list)
        for move in row.moves:
            if move.sale is not None and move.line is not None and move.is_to_customer:
                by_order[move.sale].append(move)
        state = _DONE.get(row.state, ShipmentState.OPEN)
        return [
            Shipment(
                id=ShipmentId(str(row.id)),
                number=row.number or str(row.id),
                order=OrderId(str(order)),
                location=location_id(row.warehouse),
                state=state,
                step=row.state,
                lines=tuple(
                    ShipmentLine(line, quantity) for line, quantity in quantities(moves, _MOVES_OF[state]).items()
                ),
            )
            for order, moves in sorted(by_order.items())
        ]


def quantities(moves: Sequence[MoveRow], states: Sequence[str]) -> dict[OrderLineId, Decimal]:
    """The sum per order line of the moves in these states, in the stock's unit; a line with nothing is left out.

    Of a kit, how many are complete.
    """
    found: dict[OrderLineId, Decimal] = defaultdict(Decimal)
    amounts: dict[Kit, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for move in moves:
        if move.line is None or move.state not in states or not move.is_to_customer:
            continue
        if move.kit is None:
            found[OrderLineId(move.line)] += tidy(move.in_stock_unit)
        else:
            amounts[move.kit][move.origin or ""] += tidy(move.in_stock_unit)
    for kit, of_kit in amounts.items():
        found[OrderLineId(str(kit.line))] += kit.made_of(of_kit)
    return {line: quantity for line, quantity in found.items() if quantity}


def reference_of(shipment: int) -> str:
    """How Tryton names the record in a `_timestamp` guard."""
    return f"{SHIPMENT_OUT}{shipment}"


def gone(shipment: ShipmentId) -> NotFound:
    return NotFound(
        f"tryton has no shipment {shipment} any more",
        hint="The order was amended, or the shipment deleted: the next run reads the new one.",
        side="erp",
    )
