"""Take up what persons decided about holds; the store remembers who and why.

A decision is consumed in the transaction that acts on it: a run that dies or fails before that has not lost it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncd.domain.ids import OrderId
from syncd.domain.reasons import Outcome, Reason
from syncd.jobs.given import Given, Run
from syncd.store import catalogue, holds, inbox
from syncd.store.database import Transaction
from syncd.store.holds import Decision, Verb
from syncd.store.journal import Pen


@dataclass(frozen=True, slots=True)
class Taken:
    """Decisions that wait to be acted on by this run."""

    retries: Mapping[OrderId, Decision]
    approvals: tuple[Decision, ...]  # the brake is released once


def take_up_decisions(given: Given, run: Run, pen: Pen, *, subjects: tuple[str, ...]) -> Taken:
    """Act on what needs no planning, and return the rest. Each job takes the subjects that begin with its words."""
    retries: dict[OrderId, Decision] = {}
    approvals: list[Decision] = []
    with pen.write(given.database) as tx:
        for decision in holds.decisions(tx, given.account):
            hold = decision.hold
            if not hold.subject.startswith(subjects):
                continue
            if decision.verb is Verb.RETRY and hold.order and hold.subject == holds.order_subject(hold.order):
                retries[hold.order] = decision
            elif decision.verb is Verb.APPROVE:
                approvals.append(decision)
            else:
                _act(tx, given, decision)
                holds.consume(tx, given.account, [decision], run=run.id, now=given.clock.now())
    return Taken(retries, tuple(approvals))


def consume(tx: Transaction, given: Given, run: Run, decision: Decision | None) -> None:
    """Note that the decision was acted on, in the transaction that does so."""
    if decision is not None:
        holds.consume(tx, given.account, [decision], run=run.id, now=given.clock.now())


def _act(tx: Transaction, given: Given, decision: Decision) -> None:
    hold = decision.hold
    if decision.verb is Verb.RETRY and hold.reason is Reason.MAP_CHANGED:
        catalogue.forget_pins(tx, given.account)
    if hold.subject == holds.SOURCE_SUBJECT:
        inbox.plan_anew(tx, given.account, hold.reason)
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
