"""Take up what persons decided about holds; the store remembers who and why."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.domain.ids import OrderId
from syncd.domain.reasons import Outcome, Reason
from syncd.jobs.given import Given, Run
from syncd.store import catalogue, holds, inbox
from syncd.store.database import Transaction
from syncd.store.holds import Decision, Verb


@dataclass(frozen=True, slots=True)
class Taken:
    retried: tuple[OrderId, ...]
    approved: bool  # the brake is released for this run


def consume_decisions(given: Given, run: Run, *, subjects: tuple[str, ...]) -> Taken:
    """Consume the decisions about subjects that begin with one of these words; each job takes its own."""
    with given.database.write() as tx:
        mine = [one for one in holds.decisions(tx, given.account) if one.hold.subject.startswith(subjects)]
        for decision in mine:
            _take_up(tx, given, decision)
        holds.consume(tx, given.account, mine, run=run.id, now=given.clock.now())
    retried = tuple(one.hold.order for one in mine if one.verb is Verb.RETRY and one.hold.order)
    approved = any(one.verb is Verb.APPROVE and one.hold.reason is Reason.BRAKE for one in mine)
    return Taken(retried, approved)


def _take_up(tx: Transaction, given: Given, decision: Decision) -> None:
    hold = decision.hold
    if decision.verb is Verb.RETRY and hold.reason is Reason.MAP_CHANGED:
        catalogue.forget_pins(tx, given.account)
    if decision.verb is Verb.DROP and hold.order and hold.subject == holds.order_subject(hold.order):
        said = f"by {decision.who}" + (f": {decision.why}" if decision.why else "")
        inbox.move_outcome(
            tx,
            given.account,
            hold.order,
            outcome=Outcome.IGNORED,
            reason=Reason.DROPPED,
            detail=said,
            now=given.clock.now(),
        )
