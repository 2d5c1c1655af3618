"""Takes shipments through the steps they still lack. Every step may have been done before; none is done twice.

Tryton skips an impossible `assign_try` without an error, and two `do` at the same time on a shipment that leaves in
part make two remainders (8.2, verified). So the states are read before the first step and after every one, for many
shipments in one request, and every step carries the stamps at which its shipments were read; over REST that has no
effect: see `rest.py`. What to do next is decided in `steps.py`.

A few shipments take a step in one request, which is one transaction of Tryton's: what it refuses to one of them it has
done to none, and each is asked for alone (8.2, verified).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from syncd.domain.ids import OrderLineId
from syncd.domain.shipments import Completion, Shipment, totals
from syncd.erp.tryton.encoding import Json
from syncd.erp.tryton.rows import ShipmentRow
from syncd.erp.tryton.session import Session
from syncd.erp.tryton.shipments import ShipmentReader, gone, reference_of
from syncd.erp.tryton.steps import Step, next_step
from syncd.errors import Conflict, NotEnoughStock, NotSent, NotUnderstood, OutsideError, Refused, Unanswered

ROUNDS_MAX = 10  # seven are needed at most


@dataclass(slots=True)
class _Work:
    """One shipment on its way."""

    completion: Completion
    wanted: Mapping[OrderLineId, Decimal]
    row: ShipmentRow | None = None  # as it was read last
    taken: Step | None = None  # since it was read last
    refused: Refused | Conflict | None = None  # what Tryton said to that step
    begun: bool = False
    ended: Shipment | OutsideError | None = None

    def fail(self, error: OutsideError) -> None:
        """End it with what went wrong, told as it looks from outside."""
        if self.begun and isinstance(error, NotSent):
            # The last request was not sent, but earlier ones were: something may have happened.
            error = Unanswered(f"shipment {self.completion.shipment} is half done: {error.message}", side="erp")
        self.ended = error

    def fail_to_read(self, error: OutsideError) -> None:
        if not self.begun and isinstance(error, Unanswered | NotUnderstood):
            error = NotSent(f"shipment {self.completion.shipment} could not be read: {error.message}", side="erp")
        self.fail(error)


class _Turn(NamedTuple):
    """What is done next of one shipment."""

    work: _Work
    row: ShipmentRow
    step: Step


class ShipmentCompleter:
    def __init__(self, session: Session, reader: ShipmentReader) -> None:
        self._session = session
        self._reader = reader

    def complete(self, completions: Sequence[Completion]) -> list[Shipment | OutsideError]:
        """All of them step by step together, in few requests."""
        works = [_Work(one, totals(one.lines)) for one in completions]
        self._look(works)
        for _ in range(ROUNDS_MAX):
            under_way = [work for work in works if work.ended is None]
            self._advance(under_way)
            self._look([work for work in under_way if work.ended is None])
        return [work.ended or _changed_all_the_time(work) for work in works]

    def _look(self, works: Sequence[_Work]) -> None:
        if not works:
            return
        try:
            rows = self._reader.to_complete([work.completion.shipment for work in works])
        except OutsideError as error:
            for work in works:
                work.fail_to_read(error)
            return
        for work in works:
            row = rows.get(work.completion.shipment)
            if row is None:
                work.fail(gone(work.completion.shipment))
            else:
                self._judge(work, row)

    def _judge(self, work: _Work, now: ShipmentRow) -> None:
        """Take in what was read; end the work when it is done, or no further than before."""
        before, step, refused = work.row, work.taken, work.refused
        work.row, work.taken, work.refused = now, None, None
        if now.state == "done":
            work.ended = self._as_shipment(now)
        elif before is None or step is None:
            return
        elif isinstance(refused, Conflict) or (refused is not None and now.state != before.state):
            # Two who take steps in turns undo each other's: `pick` also leads back from packed. The other goes on.
            said = f"somebody else works on shipment {now.number or now.id} in tryton at this moment"
            work.fail(NotSent(said, side="erp"))
        elif refused is not None:
            work.fail(refused)
        elif now.state != before.state:
            return
        elif step.name == "assign_try":
            work.fail(
                NotEnoughStock(
                    f"not enough stock for shipment {now.number or now.id} in tryton: nothing was shipped",
                    hint="Count or receive the goods in Tryton, then retry.",
                    side="erp",
                )
            )
        elif step.moves_on:
            said = f"tryton took {step.name} of shipment {now.number or now.id}, and it is still {now.state}"
            work.fail(Refused(said, side="erp"))

    def _advance(self, works: Sequence[_Work]) -> None:
        """Write: one step of each, without a look at what it led to. Those that need the same one take it together."""
        at_once: dict[str, list[_Turn]] = {}
        for work in works:
            assert work.row is not None, "it was looked at before"
            try:
                work.taken = next_step(work.row, work.wanted, work.completion.mark)
            except Refused as error:
                work.fail(error)
            else:
                at_once.setdefault(work.taken.name, []).append(_Turn(work, work.row, work.taken))
        size = self._session.records_a_write
        for turns in at_once.values():
            for start in range(0, len(turns), size):
                self._take(turns[start : start + size])

    def _take(self, turns: Sequence[_Turn]) -> None:
        try:
            self._write(turns)
        except (Refused, Conflict) as error:
            if len(turns) == 1:
                turns[0].work.refused = error  # nothing was done; why, is seen when it is read again
                return
            for turn in turns:  # of none of them anything was done, and which one it was about nobody says
                self._take([turn])
        except OutsideError as error:
            for turn in turns:
                turn.work.fail(error)
        else:
            for turn in turns:
                turn.work.begun = True

    def _write(self, turns: Sequence[_Turn]) -> None:
        step = turns[0].step
        guard = {"_timestamp": {reference_of(turn.row.id): turn.row.timestamp for turn in turns}}
        params: list[Json] = [[turn.row.id for turn in turns]]
        if step.values:
            params = [part for turn in turns for part in ([turn.row.id], turn.step.values)]
        self._session.call(f"model.stock.shipment.out.{step.name}", *params, context=guard)

    def _as_shipment(self, row: ShipmentRow) -> Shipment | OutsideError:
        found = self._reader.of_row(row)
        return found[0] if found else Refused(f"shipment {row.number or row.id} belongs to no order", side="erp")


def _changed_all_the_time(work: _Work) -> OutsideError:
    return Refused(f"shipment {work.completion.shipment} is changed by somebody else all the time", side="erp")
