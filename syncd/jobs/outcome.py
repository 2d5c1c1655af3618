"""What becomes of an order when one of its journal entries is held."""

from __future__ import annotations

from syncd.domain.journal import Action, Command, CompleteShipment, CreateSale, FulfilSale, VoidSale, subject_of
from syncd.domain.reasons import Outcome, Reason
from syncd.jobs.given import Given, Run
from syncd.jobs.holding import hold
from syncd.store import holds, inbox, journal, parts
from syncd.store.codec import encode
from syncd.store.database import Transaction
from syncd.store.journal import Entry, Pen

FULFIL_SUBJECTS = "fulfil:"  # and the subject of the part
_OF_ACTION = {
    Action.COMPLETE_SHIPMENT: Reason.COMPLETION_REFUSED,
    Action.CREATE_CUSTOMER: Reason.CUSTOMER_REFUSED,
}


def reason_of(entry: Entry, of_sales: Reason) -> Reason:
    """Why an entry is held that the other side does not take; for what is no sale it has a reason of its own."""
    return _OF_ACTION.get(entry.action, of_sales)


def hold_entry(tx: Transaction, given: Given, run: Run, pen: Pen, entry: Entry, reason: Reason, detail: str) -> None:
    """Hold the entry, and with it the order (or the shipment), with the command that did it as evidence."""
    now = given.clock.now()
    if reason is Reason.REFUSED and _leaves_no_sale(tx, pen, entry):
        reason = Reason.MOVED_NOT_CREATED
    if isinstance(entry.command, VoidSale) and not entry.command.as_verified:
        # The void of what was wrong could not be sent: what was wrong stays the reason.
        first = holds.find_open(tx, pen.account, holds.order_subject(entry.order))
        if first is not None:
            reason, detail = first.reason, f"{first.detail}; its sale still stands: {detail}"
    journal.hold(tx, pen, entry.id, reason=reason.value, detail=detail, now=now)
    own = own_subject(entry.command)
    subject = own or holds.order_subject(entry.order)
    evidence = encode({"entry": entry.id, "action": entry.action.value, "command": entry.command})
    hold(tx, given, run, subject, order=entry.order, reason=reason, detail=detail, evidence=evidence)
    if reason is Reason.SOURCE_NOT_KEPT:
        hold(tx, given, run, holds.SOURCE_SUBJECT, order=None, reason=reason, detail=detail)
    if own is None:
        inbox.move_outcome(tx, pen.account, entry.order, outcome=Outcome.HELD, reason=reason, detail=detail, now=now)


def own_subject(command: Command) -> str | None:
    """What is held of a hand-over is held beside the order, which may stand well all the same; else None."""
    match command:
        case CompleteShipment():
            return subject_of(command)
        case FulfilSale():
            return f"{FULFIL_SUBJECTS}{subject_of(command)}"
    return None


def _leaves_no_sale(tx: Transaction, pen: Pen, entry: Entry) -> bool:
    """True when a create was refused after the order's other sale had been voided to make room for it."""
    if not isinstance(entry.command, CreateSale):
        return False
    others = [one for one in parts.of_order(tx, pen.account, entry.order) if one.part != entry.command.part]
    moved = any(isinstance(one.command, VoidSale) for one in journal.of_order(tx, pen.account, entry.order))
    return moved and any(one.voided_by_us for one in others)
