"""The only mover of the entries that correct levels, and the only caller of the writes to levels.

One batch of an account is in flight: a second delta could not be told from the first. What is not known to have
happened is looked up among what X-Series has booked since, and never sent again: it is decided anew from a fresh
reading. See DESIGN 7.6 and docs/journal.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from syncd.domain.clock import BootTime
from syncd.domain.ids import EntryId
from syncd.domain.journal import (
    SENDING_AGE_MAX,
    Absent,
    Action,
    CorrectStock,
    EntryState,
    Settling,
    judge_absence,
    verdict_on,
)
from syncd.domain.money import ZERO
from syncd.domain.plan_corrections import Correction, Way
from syncd.domain.reasons import Reason
from syncd.domain.stock_changes import ADJUSTMENTS_A_REQUEST_MAX, AdjustmentDraft
from syncd.errors import Conflict, Forbidden, OutsideError, Refused, Unauthorized
from syncd.jobs.booked import booked_of, kept_levels, newest_adjustment, our_reasons
from syncd.jobs.given import Given, Run
from syncd.jobs.holding import hold
from syncd.jobs.verify import not_seen_yet
from syncd.log import logger
from syncd.store import attempts, corrections, holds, journal, stock_report
from syncd.store.codec import encode
from syncd.store.corrections import RowState
from syncd.store.database import Transaction
from syncd.store.holds import Decision
from syncd.store.journal import Entry, Pen

ACTIONS = (Action.CORRECT_STOCK,)
REFUSALS_A_RUN_MAX = 40  # a batch of 1,000 with one bad row is refused ten times; the rest waits for the next run
NOTHING = timedelta(0)


def row_subject(row: Correction) -> str:
    """What is held of a level."""
    return f"{ROW_SUBJECTS}{row.outlet}:{row.product}"


ROW_SUBJECTS = "stock:row:"


class ApplyCorrections:
    """Sends corrections batch by batch, for one run that has the writer's pen."""

    def __init__(self, given: Given, run: Run, pen: Pen) -> None:
        self.given = given
        self.run = run
        self.pen = pen
        self._refusals = 0
        self._log = logger("corrections").bind(run=run.id)

    # -------------------------------------------------------------- what an earlier run has left

    def settle(self) -> bool:
        """Resolve what is open; True when nothing is open any more, so that something new may be decided."""
        with self.given.database.read() as tx:
            left = journal.open_entries(tx, self.pen.account, ACTIONS)
        for entry in left:
            self._resolve(entry)
        with self.given.database.read() as tx:
            return not journal.open_marks(tx, self.pen.account, ACTIONS)

    def _resolve(self, entry: Entry) -> None:
        if entry.state is EntryState.WAITING:
            self._drop_waiting(entry.id, "decided anew from a fresh reading")
            return
        if entry.state is EntryState.SENDING:
            detail = "the process died while it was sending"
            with self.given.database.write() as tx:
                settling = entry.settling or Settling(self.given.clock.boot_time(), None)
                journal.doubt(tx, self.pen, entry.id, settling=settling, absent=None, detail=detail)
                attempts.note_failed(tx, self.pen.account, entry.id, said=detail, now=self.given.clock.now())
            self.given.at("correct.dead_doubted")
        try:
            if entry.state is EntryState.ANSWERED:
                self._verify(entry.id)
            else:
                self._look_up(entry.id)
        except (Unauthorized, Forbidden):
            raise
        except OutsideError as error:
            self._log.warning("a route failed", entry=entry.id, error=str(error))

    def _look_up(self, id_: EntryId) -> None:
        """All there: it happened. What is absent by the rule of settling did not, and is decided anew."""
        entry, rows = self._get(id_)
        found, missing = booked_of(self.given, entry, rows)
        self.given.at("correct.looked_up")
        if not missing:
            with self.given.database.write() as tx:
                self._note_found(tx, entry, found, "found by look-up")
            self.run.count("found_by_look_up")
            self._reread(entry.id, found)
            return
        now = self.given.clock.boot_time()
        absence = judge_absence(entry.settling or Settling(now, None), now=now, settle=self.given.settings.settle)
        with self.given.database.write() as tx:
            if absence.is_proved:
                self._conclude(tx, entry, found, missing)
            else:
                detail = entry.detail or "not found yet"
                journal.doubt(tx, self.pen, entry.id, settling=absence.settling, absent=None, detail=detail)
        self.given.at("correct.look_up_concluded")

    def _conclude(
        self, tx: Transaction, entry: Entry, found: Sequence[Correction], missing: Sequence[Correction]
    ) -> None:
        """What was found is done, the rest did not happen."""
        now = self.given.clock.now()
        said = f"looked up: {len(found)} of {len(found) + len(missing)} happened"
        attempts.note_concluded(tx, self.pen.account, entry.id, said=said, now=now)
        corrections.settle(tx, entry.id, missing, RowState.DROPPED, now=now)
        if found:
            self._note_found(tx, entry, found, said)
        else:
            journal.withdraw(tx, self.pen, entry.id, detail=said, now=now)

    def _note_found(self, tx: Transaction, entry: Entry, found: Sequence[Correction], said: str) -> None:
        now = self.given.clock.now()
        if entry.state is not EntryState.ANSWERED:
            journal.answer(tx, self.pen, entry.id, sale=None, text=said, now=now)
        journal.finish(tx, self.pen, entry.id, now=now)
        corrections.settle(tx, entry.id, found, RowState.DONE, now=now)
        stock_report.forget_first_look(tx, self.pen.account, [row.key for row in found])
        self.run.count("corrected", len(found))

    def _drop_waiting(self, id_: EntryId, detail: str) -> None:
        """It was never sent: its rows are planned again."""
        _, rows = self._get(id_)
        now = self.given.clock.now()
        with self.given.database.write() as tx:
            journal.supersede(tx, self.pen, id_, detail=detail, now=now)
            corrections.settle(tx, id_, rows, RowState.DROPPED, now=now)

    # -------------------------------------------------------------- sending

    def apply(self, rows: Sequence[Correction], way: Way, approvals: Iterable[Decision] = ()) -> None:
        """Send all of it, batch after batch, each verified before the next; end early when one is not known."""
        size = ADJUSTMENTS_A_REQUEST_MAX if way is Way.ADJUSTMENTS else 1
        waiting = [rows[start : start + size] for start in range(0, len(rows), size)]
        consumed = tuple(approvals)
        while waiting and not self.given.stopping():
            batch = waiting.pop(0)
            halves = self._send(batch, way, consumed)
            consumed = ()
            if halves is None:
                self.run.say(f"{sum(map(len, waiting))} more corrections wait for the next run.")
                return
            waiting[:0] = halves

    def _send(
        self, rows: Sequence[Correction], way: Way, approvals: Sequence[Decision]
    ) -> list[Sequence[Correction]] | None:
        """Send one batch; return what is to be sent in its place where it was refused, None when all must end."""
        command = CorrectStock(way, len(rows), sum((abs(row.delta) for row in rows), ZERO))
        with self.given.database.write() as tx:
            now = self.given.clock.now()
            entry = journal.put(tx, self.pen, command, seq=0, watermark=0, now=now)
            corrections.put(tx, self.pen.account, self.run.id, entry, rows)
            holds.consume(tx, self.pen.account, approvals, run=self.run.id, now=now)
        self.given.at("correct.batch_decided")
        try:
            drafts, watermark = self._look_before(rows, way)
        except OutsideError:
            self._drop_waiting(entry, "a read before it failed")
            raise
        if drafts is None:
            self._drop_waiting(entry, "the level moved meanwhile")
            return []
        self.given.at("correct.looked_before")
        return self._send_now(entry, rows, drafts, watermark)

    def _look_before(self, rows: Sequence[Correction], way: Way) -> tuple[list[AdjustmentDraft] | None, int]:
        """The adjustments to send, with the watermark that they come after; None where a level has moved meanwhile.

        A level that is set outright is set only while it is what it was.
        """
        if way is Way.ADJUSTMENTS:
            reasons = our_reasons(self.given)
            drafts = [AdjustmentDraft(row.product, row.outlet, row.delta, reasons[row.delta > 0]) for row in rows]
            return drafts, newest_adjustment(self.given)
        levels = kept_levels(self.given, rows)
        return ([] if all(levels.get(row.key) == row.level for row in rows) else None), 0

    def _send_now(
        self, id_: EntryId, rows: Sequence[Correction], drafts: Sequence[AdjustmentDraft], watermark: int
    ) -> list[Sequence[Correction]] | None:
        clock = self.given.clock
        begun = clock.boot_time()
        deadline = begun.plus(self.given.settings.deadlines[Action.CORRECT_STOCK])
        with self.given.database.write() as tx:
            journal.begin_sending(tx, self.pen, id_, deadline=deadline, watermark=watermark, now=clock.now())
            self.given.at("correct.sending_written")
        self.given.at("correct.sending_committed")
        age = clock.boot_time().since(begun)
        if age is None or age > SENDING_AGE_MAX:
            # We slept between the commit and the first byte: the deadline we promised no longer holds.
            self._unsend(id_, "it was to be sent too late")
            return None
        try:
            self._call(rows, drafts)
        except OutsideError as error:
            self.given.at("correct.failed")
            return self._failed(id_, rows, error, deadline)
        self.given.at("correct.answered_not_committed")
        with self.given.database.write() as tx:
            journal.answer(tx, self.pen, id_, sale=None, text=f"{len(rows)} booked", now=clock.now())
        self.given.at("correct.answer_committed")
        self._log.info("sent", entry=id_, rows=len(rows))
        try:
            return [] if self._verify(id_) else None
        except OutsideError as error:
            self._log.warning("cannot be verified", entry=id_, error=str(error))
            return None

    def _call(self, rows: Sequence[Correction], drafts: Sequence[AdjustmentDraft]) -> None:
        """The one place where levels are written."""
        if drafts:
            self.given.retail.adjust_stock(drafts)
            return
        for row in rows:
            self.given.retail.set_levels(row.product, {row.outlet: row.expected})

    def _unsend(self, id_: EntryId, detail: str) -> None:
        with self.given.database.write() as tx:
            journal.unsend(tx, self.pen, id_)
        self._drop_waiting(id_, detail)

    # -------------------------------------------------------------- what became of it

    def _failed(
        self, id_: EntryId, rows: Sequence[Correction], error: OutsideError, deadline: BootTime
    ) -> list[Sequence[Correction]] | None:
        verdict = verdict_on(error, attempts=1)
        said = f"{error}" + (f" · {error.body}" if error.body else "")
        self._log.warning("send failed", entry=id_, next=verdict.state.value, error=str(error))
        if verdict.state is EntryState.WAITING:
            self._unsend(id_, said)
            self.run.count("sent_waiting")
            if verdict.stops_job:
                raise error
            return None
        was_refused = isinstance(error, Refused) and not isinstance(error, Conflict)
        with self.given.database.write() as tx:
            attempts.note_failed(tx, self.pen.account, id_, said=said, now=self.given.clock.now())
            absent = Absent.HOLD if was_refused else verdict.absent
            settling = Settling(deadline, None)
            journal.doubt(tx, self.pen, id_, settling=settling, absent=absent, detail=said)
        self.given.at("correct.failure_committed")
        if was_refused:
            return self._refused(id_, rows, said)
        self.run.count("sent_unknown")
        return None

    def _refused(self, id_: EntryId, rows: Sequence[Correction], said: str) -> list[Sequence[Correction]] | None:
        """A refusal is an answer: what it has not booked is not booked later. Looked up by both routes, then halved."""
        self._refusals += 1
        self.run.count("batches_refused")
        entry, _ = self._get(id_)
        try:
            found, missing = booked_of(self.given, entry, rows)
            levels = kept_levels(self.given, missing)
        except OutsideError as error:
            self._log.warning("a route failed", entry=id_, error=str(error))
            return None
        # Where the list does not show it and the level has moved, nobody knows by whom: a fresh reading decides.
        still = [row for row in missing if levels.get(row.key) in (row.level, None)]
        with self.given.database.write() as tx:
            if len(rows) == 1 and still:
                self._hold_row(tx, entry, rows[0], said)
            else:
                self._conclude(tx, entry, found, missing)
        self.given.at("correct.refusal_settled")
        if self._refusals == REFUSALS_A_RUN_MAX:
            return None
        half = (len(still) + 1) // 2
        return [part for part in (still[:half], still[half:]) if part] if len(rows) > 1 else []

    def _hold_row(self, tx: Transaction, entry: Entry, row: Correction, said: str) -> None:
        now, reason = self.given.clock.now(), Reason.CORRECTION_REFUSED
        journal.hold(tx, self.pen, entry.id, reason=reason.value, detail=said, now=now)
        corrections.settle(tx, entry.id, [row], RowState.REFUSED, now=now)
        self._hold_level(tx, row, reason, f"{row.words}, by {_signed(row.delta)}: {said}")
        self.run.count("sent_held")

    def _hold_level(self, tx: Transaction, row: Correction, reason: Reason, detail: str) -> None:
        evidence = encode({"action": Action.CORRECT_STOCK.value, "command": row})
        hold(tx, self.given, self.run, row_subject(row), order=None, reason=reason, detail=detail, evidence=evidence)

    def _verify(self, id_: EntryId) -> bool:
        """Done when what was sent is seen booked; True when nothing is open any more."""
        entry, rows = self._get(id_)
        found, missing = booked_of(self.given, entry, rows)
        self.given.at("correct.verify_read")
        if missing:
            not_seen_yet(self.given, self.pen, entry)
            return False
        with self.given.database.write() as tx:
            self._note_found(tx, entry, found, "")
        self.given.at("correct.verified")
        self._reread(id_, found)
        return True

    def _reread(self, id_: EntryId, rows: Sequence[Correction]) -> None:
        """What was booked and left its level as it was is held, and not repeated."""
        try:
            levels = kept_levels(self.given, rows)
        except OutsideError as error:
            self._log.warning("the levels cannot be read again", entry=id_, error=str(error))
            return
        lost = [row for row in rows if levels.get(row.key) == row.level]
        with self.given.database.write() as tx:
            corrections.settle(tx, id_, lost, RowState.NOT_KEPT, now=self.given.clock.now())
            for row in lost:
                detail = f"{row.words}: {_signed(row.delta)} was booked, and the level is {row.level:f} as before"
                self._hold_level(tx, row, Reason.CORRECTION_NOT_KEPT, detail)
        self.given.at("correct.reread")

    def _get(self, id_: EntryId) -> tuple[Entry, list[Correction]]:
        with self.given.database.read() as tx:
            return journal.get(tx, id_), corrections.of_entry(tx, id_)


def _signed(quantity: Decimal) -> str:
    return f"{quantity.normalize():+f}"
