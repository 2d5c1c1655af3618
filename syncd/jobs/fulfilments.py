"""What was handed over in X-Series is completed in the ERP, by totals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from syncd.domain.identity import Part
from syncd.domain.ids import LocationId, OrderId, OrderLineId
from syncd.domain.journal import OPEN, EntryState, subject_of
from syncd.domain.money import ZERO
from syncd.domain.orders import Order
from syncd.domain.plan_fulfilments import Disagreement, FulfilmentPlan, HandedOver, plan_fulfilments
from syncd.domain.reasons import Reason
from syncd.domain.routing import locations_of
from syncd.jobs.apply import ERP_ACTIONS, Apply
from syncd.jobs.decide import settled_rules
from syncd.jobs.decisions import take_up_decisions
from syncd.jobs.feed import read_feed
from syncd.jobs.given import Given, Mode, Run
from syncd.jobs.holding import hold
from syncd.jobs.lookup import look_up_unknown
from syncd.jobs.verify import verify_answered
from syncd.store import holds, inbox, journal, parts, seen
from syncd.store.database import Transaction
from syncd.store.journal import Pen

ROUNDS_MAX = 2


def plan_completions(given: Given, run: Run) -> FulfilmentPlan:
    """Read both sides and plan; write nothing to either."""
    run.counts["sales_fresh"] += read_feed(given).fresh
    return _plan(given, _compare(given))


def sync_fulfilments(given: Given, run: Run) -> None:
    if not given.settings.fulfilments_to_erp:
        run.say("fulfilments.to_erp is off: nothing to do.")
        return
    with given.locks.writer(run.command, wait=run.lock_wait) as epoch:
        given.at("writer.taken")
        pen = Pen(given.account, epoch, run.id)
        apply = Apply(given, run, pen)
        take_up_decisions(given, run, pen, subjects=("shipment:", "completion:"))
        apply.doubt_the_dead(ERP_ACTIONS)
        given.at("apply.dead_doubted")
        run.counts["sales_fresh"] += read_feed(given).fresh
        look_up_unknown(given, run, pen, ERP_ACTIONS)
        verify_answered(given, run, pen, ERP_ACTIONS)
        for _ in range(ROUNDS_MAX):
            compared = _compare(given)
            plan = _plan(given, compared)
            given.at("fulfilments.planned")
            _note_agreed(given, pen, compared)
            _decide(given, run, pen, plan, compared.unjudged)
            if given.settings.fulfilments_mode is Mode.SHADOW:
                return
            if apply.send_waiting(ERP_ACTIONS) == 0:
                return
            verify_answered(given, run, pen, ERP_ACTIONS)


@dataclass(frozen=True, slots=True)
class Compared:
    """What closed sales of ours say beside the inbox."""

    handed_over: tuple[HandedOver, ...]  # more than the inbox shows shipped
    unmapped: tuple[Disagreement, ...]  # handed over by an outlet that is no longer any location's
    agreed: tuple[tuple[Part, str], ...]  # with the mark at which they agree
    unjudged: frozenset[OrderId]  # the inbox cannot say: what is held of them stays held


def _plan(given: Given, compared: Compared) -> FulfilmentPlan:
    orders = sorted({one.order for one in compared.handed_over})
    plan = plan_fulfilments(compared.handed_over, given.erp.read_shipments(orders) if orders else [])
    return replace(plan, disagreements=(*plan.disagreements, *compared.unmapped))


def _compare(given: Given) -> Compared:
    rules = settled_rules(given)
    found: list[HandedOver] = []
    unmapped: list[Disagreement] = []
    agreed: list[tuple[Part, str]] = []
    unjudged: set[OrderId] = set()
    with given.database.read() as tx:
        for record, mark in parts.closed(tx, given.account):
            row = inbox.get(tx, given.account, record.part.order)
            sale = seen.get(tx, given.account, record.sale) if record.sale else None
            goods = {line.id for line in row.order.goods} if row and row.order else set()
            if sale is None or row is None or row.order is None or not goods:
                unjudged.add(record.part.order)
                continue
            locations = locations_of(record.part, row.order, rules)
            if not locations:
                detail = f"sale {sale.invoice_number} is handed over; outlet {record.part.outlet} is no location's"
                unmapped.append(Disagreement(record.part.order, sale.id, Reason.UNMAPPED_LOCATION, detail))
                continue
            lines = _quantities(parts.lines_of(tx, given.account, record.part), goods)
            shipped = _shipped(row.order, locations)
            if any(quantity > shipped.get(line, ZERO) for line, quantity in lines.items()):
                found.append(HandedOver(record.part.order, sale.id, sale.invoice_number, locations, lines))
            elif lines:
                agreed.append((record.part, mark))
    return Compared(tuple(found), tuple(unmapped), tuple(agreed), frozenset(unjudged))


def _note_agreed(given: Given, pen: Pen, compared: Compared) -> None:
    """Only under the writer's lock: a link that is made anew meanwhile has lines that nobody compared."""
    if not compared.agreed:
        return
    with pen.write(given.database) as tx:
        for part, mark in compared.agreed:
            parts.agreed(tx, given.account, part, mark)


def _shipped(order: Order, locations: Collection[LocationId]) -> dict[OrderLineId, Decimal]:
    totals: dict[OrderLineId, Decimal] = {}
    for line in order.goods:
        if line.location in locations:
            totals[line.id] = totals.get(line.id, ZERO) + line.shipped
    return totals


def _quantities(
    pairs: Sequence[tuple[OrderLineId, object, Decimal]], goods: set[OrderLineId]
) -> dict[OrderLineId, Decimal]:
    totals: dict[OrderLineId, Decimal] = {}
    for line, _, quantity in pairs:
        if line in goods:
            totals[line] = totals.get(line, ZERO) + quantity
    return totals


def _decide(given: Given, run: Run, pen: Pen, plan: FulfilmentPlan, unjudged: Collection[OrderId]) -> None:
    live = given.settings.fulfilments_mode is Mode.LIVE
    for completion in plan.completions:
        with pen.write(given.database) as tx:
            entries = journal.of_subjects(tx, pen.account, [subject_of(completion)])
            if any(entry.state in OPEN for entry in entries) or not live:
                continue
            row = inbox.get(tx, given.account, completion.order)
            seq = row.seq if row else 0
            if _waits_for_a_person(tx, pen, entries, seq):
                continue
            holds.close(tx, pen.account, subject_of(completion), because="tried again", now=given.clock.now())
            journal.put(tx, pen, completion, seq=seq, watermark=0, now=given.clock.now())
        given.at("fulfilments.one_decided")
    for disagreement in plan.disagreements:
        _hold(given, run, pen, disagreement)
    _release(given, pen, plan, unjudged)


def _waits_for_a_person(tx: Transaction, pen: Pen, entries: Sequence[journal.Entry], seq: int) -> bool:
    """A refused completion is tried again when the order was read anew or a person said so; not in a hot loop."""
    if entries and holds.was_dropped(tx, pen.account, entries[-1].subject):
        return True
    if not entries or entries[-1].state is not EntryState.HELD or entries[-1].seq != seq:
        return False
    return holds.find_open(tx, pen.account, entries[-1].subject) is not None


def _release(given: Given, pen: Pen, plan: FulfilmentPlan, unjudged: Collection[OrderId]) -> None:
    """Close the holds of orders for which nothing is missing in the ERP any more."""
    missing = {one.order for one in plan.disagreements} | {one.order for one in plan.completions} | set(unjudged)
    with pen.write(given.database) as tx:
        for held in holds.open_holds(tx, given.account):
            if held.subject.startswith(("shipment:", "completion:")) and held.order not in missing:
                because = "the ERP shows it shipped"
                holds.close(tx, given.account, held.subject, because=because, now=given.clock.now())


def _hold(given: Given, run: Run, pen: Pen, disagreement: Disagreement) -> None:
    subject = f"completion:{disagreement.sale}"
    with pen.write(given.database) as tx:
        if holds.was_dropped(tx, given.account, subject):
            return
        hold(
            tx,
            given,
            run,
            subject,
            order=disagreement.order,
            reason=disagreement.reason,
            detail=disagreement.detail,
        )
