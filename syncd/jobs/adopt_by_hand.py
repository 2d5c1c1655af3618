"""Take the sale that a person names for a part of an order that is held; send nothing.

The one way in which a sale that syncd did not make becomes a part's: see `domain/adoption.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from syncd.domain.adoption import match
from syncd.domain.catalogue import ReferenceKind
from syncd.domain.identity import SaleIdentity, read_source_id
from syncd.domain.ids import HoldId, OrderId, OutletId, SaleId
from syncd.domain.journal import OPEN
from syncd.domain.plan_orders import Adopt, Create, OrderPlan
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import OrderRules
from syncd.domain.sales import Fulfilment, Sale
from syncd.domain.verify import lines_by_order_line
from syncd.errors import AlreadyLinked, Refused, UsageError
from syncd.jobs.decide import plan_again, settle, settled_rules, take
from syncd.jobs.feed import keep_read_sales, read_feed
from syncd.jobs.given import Given, Run
from syncd.jobs.read_orders import read_named
from syncd.store import catalogue, cursors, holds, journal, parts, seen
from syncd.store.database import Transaction
from syncd.store.holds import Decision, Verb
from syncd.store.journal import Pen


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said."""

    hold: HoldId
    sale: str  # its id, or its number
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class AdoptedByHand:
    """Which sale is whose now, and where the order stands with it."""

    sale: SaleId
    invoice_number: str
    order: OrderId
    number: str
    outcome: Outcome
    reason: Reason
    detail: str


def adopt_by_hand(given: Given, run: Run, said: Said) -> AdoptedByHand:
    """Raise UsageError, saying what speaks against it, when the sale is not what a part of the order asks for."""
    with given.locks.writer(run.command, wait=run.lock_wait) as epoch:
        pen = Pen(given.account, epoch, run.id)
        rules = settled_rules(given)
        order = _order_of(given, said.hold)
        read_feed(given)
        read_named(given, run, [order])
        sale = _find(given, said.sale)
        fulfilments = given.retail.read_fulfilments([sale.id]) if given.retail.keeps_client_ids else []
        if sale.is_ours:
            keep_read_sales(given, [sale])
        with pen.write(given.database) as tx:
            decision = holds.decide(
                tx,
                given.account,
                said.hold,
                Verb.ADOPT,
                who=said.who,
                why=said.why,
                now=given.clock.now(),
                sale=sale.id,
            )
            adopted = _adopt(tx, given, run, rules, decision, sale, fulfilments)
    run.count("adopted")
    return adopted


def _order_of(given: Given, hold: HoldId) -> OrderId:
    with given.database.read() as tx:
        held = holds.get(tx, given.account, hold)
        under_way = held.order and [one for one in journal.of_order(tx, given.account, held.order) if one.state in OPEN]
    if held.order is None or held.subject != holds.order_subject(held.order):
        raise UsageError(f"hold {hold} is about no order", hint="Only an order can take a sale for its own.")
    if under_way:
        raise UsageError("something is under way to X-Series for this order", hint="Wait until it is settled.")
    return held.order


def _find(given: Given, named: str) -> Sale:
    """By its number, else by its id."""
    found = [sale for sale in given.retail.find_sales(invoice_number=named) if sale.is_standing]
    if len(found) > 1:
        ids = ", ".join(sale.id for sale in found)
        raise UsageError(f"X-Series has {len(found)} sales with the number {named}", hint=f"Name one by its id: {ids}.")
    if found:
        return found[0]
    try:
        sale = given.retail.read_sale(SaleId(named))
    except Refused:  # it is not even an id
        sale = None
    if sale is None:
        raise UsageError(f"X-Series has no sale {named}", hint="Give its number or its id.")
    return sale


def _adopt(
    tx: Transaction,
    given: Given,
    run: Run,
    rules: OrderRules,
    decision: Decision,
    sale: Sale,
    fulfilments: Sequence[Fulfilment],
) -> AdoptedByHand:
    planned, _ = plan_again(tx, given, rules, decision)
    identity = read_source_id(sale.source_id) if sale.is_ours else None
    if identity is None or identity.part.order != planned.inbox.id:
        wanted = [step for step in planned.plan.steps if isinstance(step, Create)]
        _take_for(tx, given, rules, _part_of(tx, given, planned.plan, sale, fulfilments, wanted), sale)
    else:
        for step in planned.plan.steps:
            if isinstance(step, Adopt):
                take(tx, given, step)
    # It closes the hold, so before the order may be held anew.
    holds.consume(tx, given.account, [decision], run=run.id, now=given.clock.now())
    planned, planned_with = plan_again(tx, given, rules, decision)
    plan = planned.plan
    if any(not isinstance(step, Adopt) for step in plan.steps):
        plan = OrderPlan(Outcome.WAITING, Reason.NEW)  # another part is the next run's to make
    settle(tx, given, run, planned, plan, planned_with)
    row = planned.inbox
    return AdoptedByHand(sale.id, sale.invoice_number, row.id, row.number, plan.outcome, plan.reason, plan.detail)


def _part_of(
    tx: Transaction,
    given: Given,
    plan: OrderPlan,
    sale: Sale,
    fulfilments: Sequence[Fulfilment],
    wanted: Sequence[Create],
) -> Create:
    outlets = {
        OutletId(one.id): one.name
        for one in catalogue.references(tx, given.account)
        if one.kind is ReferenceKind.OUTLET
    }
    found = match(sale, fulfilments, wanted, outlets)
    if found.part is None:
        against = " · ".join(found.against)
        if not wanted and plan.outcome is Outcome.HELD:
            against = f"{against} (the order is held: {plan.reason}, {plan.detail})"
        raise UsageError(
            f"the sale {sale.invoice_number} is not what the order asks for: {against}",
            hint="Make the two say the same; or leave the order to that sale with `syncd holds drop`.",
        )
    return found.part


def _take_for(tx: Transaction, given: Given, rules: OrderRules, step: Create, sale: Sale) -> None:
    """Link it, as it was compared: under its own number, and with what it holds."""
    now = given.clock.now()
    identity = SaleIdentity(rules.account, rules.erp, step.part, step.generation)
    parts.claim(tx, given.account, step.part, place=step.place, generation=step.generation)
    seen.adopt(tx, given.account, sale, identity, ticket=cursors.take_ticket(tx, given.account), now=now)
    draft = replace(step.draft, invoice_number=sale.invoice_number)
    try:
        parts.verified(tx, given.account, step.part, sale.id, draft, lines_by_order_line(draft, sale), now=now)
    except AlreadyLinked as error:
        raise UsageError(str(error), hint="A sale is one order's only.") from error
