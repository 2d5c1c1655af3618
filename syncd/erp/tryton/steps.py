"""Which step a shipment needs next, so that exactly some quantities of it leave. Pure: a row in, a step out.

A shipment is picked from storage to output by inventory moves, each of which serves an outgoing move; `pick` sets the
outgoing ones to what was picked. So a part is shipped by lowering the inventory moves while it waits, and Tryton makes
a shipment of the rest by itself. A warehouse without a place for output has outgoing moves alone. (8.2, verified.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from syncd.domain.ids import OrderLineId
from syncd.domain.money import ZERO
from syncd.domain.shipments import say_quantities
from syncd.erp.tryton.encoding import Json
from syncd.erp.tryton.kits import Amounts
from syncd.erp.tryton.quantity import tidy
from syncd.erp.tryton.rows import MoveRow, PickMoveRow, ShipmentRow
from syncd.erp.tryton.shipments import CARRIED_MOVES, quantities
from syncd.errors import Refused

_STEPS = {
    "draft": "wait",
    "waiting": "assign_try",
    "assigned": "pick",
    "picked": "pack",
    "packed": "do",
    "shipped": "do",
}
_STILL_ON_THE_SHELF = ("draft", "waiting", "assigned")  # its quantities can still be lowered
_EDITABLE = "draft"

Quantities = Mapping[OrderLineId, Decimal]


@dataclass(frozen=True, slots=True)
class Step:
    """A button of the shipment, or a write of its fields."""

    name: str
    values: dict[str, Json] = field(default_factory=dict)
    moves_on: bool = True  # the state is another when it was done


def next_step(row: ShipmentRow, wanted: Quantities, mark: str) -> Step:
    """The next step of a shipment that is not done. Raise Refused when it cannot leave with these quantities."""
    _check(row, wanted)
    amounts = _amounts(row, wanted)
    lowered: dict[str, Json] = {}
    is_right = row.state == "draft" or _leaving(row) == amounts
    if not is_right and row.state not in _STILL_ON_THE_SHELF:
        raise _too_late(row, wanted)
    if not is_right and row.state == "waiting":
        lowered = _lowered(row, amounts)
    # Somebody's tracking number stays; else it is found by our mark, which is there before anything else.
    marked: dict[str, Json] = {} if row.reference else {"reference": mark}
    if marked or lowered:
        return Step("write", marked | lowered, moves_on=False)
    if not is_right:
        return Step("wait", moves_on=False)  # makes its inventory moves anew, and they can be written
    return Step("pack" if row.is_direct and row.state == "assigned" else _STEPS[row.state])


def _check(row: ShipmentRow, wanted: Quantities) -> None:
    said = f"shipment {row.number or row.id}"
    if row.state not in _STEPS:
        raise Refused(f"{said} is {row.state} in tryton", side="erp")
    there = quantities(row.moves, CARRIED_MOVES)
    if not wanted or any(quantity > there.get(line, ZERO) for line, quantity in wanted.items()):
        raise Refused(
            f"{said} holds {say_quantities(there)} in tryton, not {say_quantities(wanted)}",
            hint="The next run plans again from what is there now.",
            side="erp",
        )


def _too_late(row: ShipmentRow, wanted: Quantities) -> Refused:
    there = quantities(row.moves, CARRIED_MOVES)
    return Refused(
        f"shipment {row.number or row.id} is {row.state} in tryton with {say_quantities(there)},"
        f" but {say_quantities(wanted)} left",
        hint="Finish it in Tryton with what really left, or cancel it there and let it be made anew.",
        side="erp",
    )


def _amounts(row: ShipmentRow, wanted: Quantities) -> dict[str, Decimal]:
    """The same quantities by what moves serve: a line, or of a kit each of its components."""
    found: dict[str, Decimal] = {}
    for move in _carried(row):
        quantity = wanted.get(OrderLineId(move.line or ""), ZERO)
        found |= {move.origin or "": quantity} if move.kit is None else move.kit.taken_by(quantity)
    return {served: amount for served, amount in found.items() if amount}


def _leaving(row: ShipmentRow) -> dict[str, Decimal]:
    """What would leave if the steps were taken now, by what moves serve."""
    from_output = row.is_direct or row.state not in ("waiting", "assigned")
    picked = _picks_by_move(row)
    found: dict[str, Decimal] = {}
    for move in _carried(row):
        moved = [move] if from_output else picked.get(move.id, ())
        amount = sum((tidy(one.in_stock_unit) for one in moved), ZERO)
        found[move.origin or ""] = found.get(move.origin or "", ZERO) + amount
    return {served: amount for served, amount in found.items() if amount}


def _lowered(row: ShipmentRow, amounts: Amounts) -> dict[str, Json]:
    """The fields to write so that just these amounts leave; none when they cannot be written as they are."""
    left = dict(amounts)
    picked = _picks_by_move(row)
    writes: list[Json] = []
    for move in _carried(row):
        served = move.origin or ""
        share = min(tidy(move.in_stock_unit), left.get(served, ZERO))
        left[served] = left.get(served, ZERO) - share
        shelf: list[MoveRow] | list[PickMoveRow] = [move] if row.is_direct else picked.get(move.id, [])
        if not shelf or any(one.state != _EDITABLE for one in shelf):
            return {}
        first, *others = shelf
        writes.append(["write", [first.id], {"quantity": _in_its_unit(move, share)}])
        writes += (["write", [one.id], {"quantity": ZERO}] for one in others)
    return {"outgoing_moves" if row.is_direct else "inventory_moves": writes}


def _in_its_unit(move: MoveRow, share: Decimal) -> Decimal:
    """So many pieces in the unit that the move is written in. Raise Refused where it cannot say them: 7 as dozens."""
    if tidy(move.quantity) == tidy(move.in_stock_unit):
        return share
    amount = share * move.quantity / move.in_stock_unit
    if amount != amount.to_integral_value():
        raise Refused(
            f"line {move.line} is sold in a larger unit in tryton, in which {share:f} cannot be said",
            hint="Ship it in Tryton with what really left.",
            side="erp",
        )
    return tidy(amount)


def _carried(row: ShipmentRow) -> list[MoveRow]:
    return [
        move
        for move in sorted(row.moves, key=lambda move: move.id)
        if move.line is not None and move.state in CARRIED_MOVES and move.is_to_customer
    ]


def _picks_by_move(row: ShipmentRow) -> dict[int, list[PickMoveRow]]:
    """The inventory moves that serve each outgoing move."""
    found: dict[int, list[PickMoveRow]] = {}
    for pick in sorted(row.picks, key=lambda pick: pick.id):
        if pick.state != "cancelled" and pick.serves is not None:
            found.setdefault(pick.serves, []).append(pick)
    return found
