"""Takes one shipment through the steps it still lacks. Every step may have been done before; none is done twice.

Tryton skips an impossible `assign_try` without an error, and two `do` at the same time make two remainders (8.2,
verified). So the state is read before the first step and after every one, and `do` carries the stamp it was read at,
which over REST has no effect: see `rest.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from syncd.domain.ids import OrderLineId, ShipmentId
from syncd.domain.shipments import Shipment, ShipmentLine
from syncd.erp.tryton.rows import ShipmentRow
from syncd.erp.tryton.session import Session
from syncd.erp.tryton.shipments import CARRIED_MOVES, ShipmentReader, quantities, reference_of
from syncd.errors import Conflict, NotSent, Refused, Unanswered

STEPS_MAX = 10  # five are needed; the rest is for a person who works on the same shipment

_STEPS = {
    "draft": "wait",
    "waiting": "assign_try",
    "assigned": "pick",
    "picked": "pack",
    "packed": "do",
    "shipped": "do",
}


class ShipmentCompleter:
    def __init__(self, session: Session, reader: ShipmentReader) -> None:
        self._session = session
        self._reader = reader

    def complete(self, shipment: ShipmentId, lines: Sequence[ShipmentLine], mark: str) -> Shipment:
        row = self._reader.get(shipment)
        if row.state == "done":
            return self._as_shipment(row)
        self._check(row, lines)
        begun = False
        try:
            if not row.reference:  # somebody's tracking number stays
                self._session.call("model.stock.shipment.out.write", [row.id], {"reference": mark})
                begun = True
                row = self._reader.get(shipment)  # its stamp has moved, and `do` is guarded by it
            for _ in range(STEPS_MAX):
                if row.state == "done":
                    return self._as_shipment(row)
                self._check(row, lines)
                refused = self._take_step(row)
                begun = True
                row = self._after_step(row, refused)
        except NotSent as error:
            if not begun:
                raise
            # The last request was not sent, but earlier ones were: from outside, something may have happened.
            raise Unanswered(f"shipment {shipment} is half done: {error.message}", side="erp") from error
        raise Refused(f"shipment {row.number or shipment} is changed by somebody else all the time", side="erp")

    def _take_step(self, row: ShipmentRow) -> Refused | Conflict | None:
        """Write: one step, without a look at what it led to; return why it was refused."""
        step = _STEPS[row.state]
        guard = {"_timestamp": {reference_of(row.id): row.timestamp}} if step == "do" else {}
        try:
            self._session.call(f"model.stock.shipment.out.{step}", [row.id], context=guard)
        except (Refused, Conflict) as error:
            return error
        return None

    def _after_step(self, before: ShipmentRow, refused: Refused | Conflict | None) -> ShipmentRow:
        """The shipment as it is now; raise when it is no further than before.

        Further on although it was refused: somebody else took the same step a moment before.
        """
        now = self._reader.get(ShipmentId(str(before.id)))
        if now.state != before.state or isinstance(refused, Conflict):
            return now
        if refused is not None:
            raise refused
        said, step = f"shipment {before.number or before.id}", _STEPS[before.state]
        if step == "assign_try":
            raise Refused(
                f"not enough stock for {said} in tryton: nothing was shipped",
                hint="Count or receive the goods in Tryton, then retry.",
                side="erp",
            )
        raise Refused(f"tryton took {step} of {said}, and it is still {now.state}", side="erp")

    def _check(self, row: ShipmentRow, lines: Sequence[ShipmentLine]) -> None:
        """Raise Refused unless the shipment can be completed and holds exactly these quantities."""
        if row.state not in _STEPS:
            raise Refused(f"shipment {row.number or row.id} is {row.state} in tryton", side="erp")
        wanted: dict[OrderLineId, Decimal] = {}
        for line in lines:
            wanted[line.order_line] = wanted.get(line.order_line, Decimal(0)) + line.quantity
        wanted = {line: quantity for line, quantity in wanted.items() if quantity}
        there = quantities(row.moves, CARRIED_MOVES)
        if wanted != there:
            raise Refused(
                f"shipment {row.number or row.id} holds {_said(there)} in tryton, not {_said(wanted)}",
                hint="Only whole shipments are completed; the next run plans again from what is there now.",
                side="erp",
            )

    def _as_shipment(self, row: ShipmentRow) -> Shipment:
        found = self._reader.of_row(row)
        if not found:
            raise Refused(f"shipment {row.number or row.id} belongs to no order", side="erp")
        return found[0]


def _said(lines: dict[OrderLineId, Decimal]) -> str:
    return ", ".join(f"{quantity} of line {line}" for line, quantity in sorted(lines.items())) or "nothing"
