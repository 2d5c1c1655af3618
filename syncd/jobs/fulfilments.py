"""Hand-overs: what left in X-Series is completed in the ERP, what the ERP has shipped is handed over in X-Series.

By totals, in the directions that are on; with both on, the totals keep an echo from going round.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from syncd.domain.identity import Part
from syncd.domain.ids import SaleId, Subject
from syncd.domain.journal import (
    OPEN,
    Action,
    Command,
    CompleteShipment,
    EntryState,
    FulfilSale,
    order_of,
    subject_of,
)
from syncd.domain.part_story import AGREED, Directions, compare
from syncd.domain.plan_fulfilments import Disagreement, FulfilmentPlan, HandedOver, plan_fulfilments
from syncd.domain.reasons import Reason
from syncd.domain.routing import locations_routed
from syncd.domain.sales import SaleState
from syncd.jobs.apply import ERP_ACTIONS, HAND_OVER_ACTIONS, Apply
from syncd.jobs.decide import settled_rules
from syncd.jobs.decisions import take_up_decisions
from syncd.jobs.feed import read_feed
from syncd.jobs.given import Given, Mode, Run
from syncd.jobs.holding import hold
from syncd.jobs.lookup import look_up_unknown
from syncd.jobs.outcome import FULFIL_SUBJECTS, own_subject
from syncd.jobs.read_orders import read_changed
from syncd.jobs.rotation import ask_in_turn
from syncd.jobs.till_returns import hold_till_returns
from syncd.jobs.verify import verify_answered
from syncd.store import hand_overs, holds, inbox, journal, parts, returns, seen
from syncd.store.codec import to_moment
from syncd.store.database import Transaction
from syncd.store.holds import Hold
from syncd.store.journal import Entry, Pen

ROUNDS_MAX = 3
ACTIONS = (*ERP_ACTIONS, *HAND_OVER_ACTIONS)
COMPLETION_SUBJECTS = "completion:"  # and the sale
SHIPMENT_SUBJECTS = "shipment:"
SUBJECTS = (SHIPMENT_SUBJECTS, COMPLETION_SUBJECTS, FULFIL_SUBJECTS)  # of holds that are over when both sides agree
DECIDED_TOGETHER = 100  # in one transaction
NO_STOCK_RETRY_AFTER = timedelta(hours=1)  # goods that the ERP lacked may have been counted or received since


def plan_completions(given: Given, run: Run) -> FulfilmentPlan:
    """Read both sides and plan; write nothing to either."""
    _read(given, run)
    return _plan(given, _compare(given))


def sync_fulfilments(given: Given, run: Run) -> None:
    directions = _directions(given)
    if not (directions.to_erp or directions.to_retail):
        run.say("fulfilments.to_erp and fulfilments.to_retail are off: nothing to do.")
        return
    with given.locks.writer(run.command, wait=run.lock_wait) as epoch:
        given.at("writer.taken")
        pen = Pen(given.account, epoch, run.id)
        apply = Apply(given, run, pen)
        take_up_decisions(given, run, pen, subjects=(*SUBJECTS, returns.HOLD_SUBJECTS))
        apply.doubt_the_dead(ACTIONS)
        given.at("apply.dead_doubted")
        _read(given, run)
        look_up_unknown(given, run, pen, ACTIONS)
        verify_answered(given, run, pen, ACTIONS)
        hold_till_returns(given, run, pen)
        for _ in range(ROUNDS_MAX):
            compared = _compare(given)
            plan = _plan(given, compared)
            given.at("fulfilments.planned")
            _note_agreed(given, pen, compared)
            _decide(given, run, pen, plan)
            if given.settings.fulfilments_mode is Mode.SHADOW:
                return
            if apply.send_waiting(_actions(directions)) == 0:
                return
            read_feed(given)
            verify_answered(given, run, pen, ACTIONS)


def _directions(given: Given) -> Directions:
    settings = given.settings
    return Directions(settings.fulfilments_to_erp, settings.fulfilments_to_retail, given.retail.fulfils_in_part)


def _actions(directions: Directions) -> tuple[Action, ...]:
    """What may be sent: of a direction that was switched off, what is open is looked up and not sent."""
    return (*(ERP_ACTIONS if directions.to_erp else ()), *(HAND_OVER_ACTIONS if directions.to_retail else ()))


def _read(given: Given, run: Run) -> None:
    run.counts["sales_fresh"] += read_feed(given).fresh
    if given.settings.fulfilments_to_retail:
        read_changed(given, run)
    ask_in_turn(given, run)


@dataclass(frozen=True, slots=True)
class Compared:
    """What the parts say whose sides did not agree when they were last compared."""

    missing_in_erp: tuple[HandedOver, ...]
    missing_in_retail: tuple[FulfilSale, ...]
    disagreements: tuple[Disagreement, ...]
    agreed: tuple[tuple[Part, str], ...]  # with the mark at which they agree


def _compare(given: Given) -> Compared:
    """Set-based: one statement finds what is new, and of a quiet shop that is nothing."""
    rules = settled_rules(given)
    directions = _directions(given)
    in_erp: list[HandedOver] = []
    in_retail: list[FulfilSale] = []
    disagreements: list[Disagreement] = []
    agreed: list[tuple[Part, str]] = []
    with given.database.read() as tx:
        for story in hand_overs.differing(tx, given.account, directions):
            places = {line.location for line in story.goods}
            locations = locations_routed(story.part, places, story.delivery, rules)
            found = compare(story, locations, directions)
            if found is None:
                continue  # nobody can say: what is held of it stays held
            if found == AGREED:
                agreed.append((story.part, story.mark))
            if found.missing_in_erp is not None:
                in_erp.append(found.missing_in_erp)
            if found.missing_in_retail is not None:
                in_retail.append(found.missing_in_retail)
            if found.disagreement is not None:
                disagreements.append(found.disagreement)
    return Compared(tuple(in_erp), tuple(in_retail), tuple(disagreements), tuple(agreed))


def _plan(given: Given, compared: Compared) -> FulfilmentPlan:
    orders = sorted({one.order for one in compared.missing_in_erp})
    plan = plan_fulfilments(compared.missing_in_erp, given.erp.read_shipments(orders) if orders else [])
    return replace(
        plan,
        hand_overs=compared.missing_in_retail,
        disagreements=(*plan.disagreements, *compared.disagreements),
    )


def _note_agreed(given: Given, pen: Pen, compared: Compared) -> None:
    """Only under the writer's lock: a link that is made anew meanwhile has lines that nobody compared."""
    if not compared.agreed:
        return
    with pen.write(given.database) as tx:
        parts.agreed(tx, given.account, compared.agreed)


def _decide(given: Given, run: Run, pen: Pen, plan: FulfilmentPlan) -> None:
    if given.settings.fulfilments_mode is Mode.LIVE:
        commands: list[Command] = [*plan.completions, *plan.hand_overs]
        for begin in range(0, len(commands), DECIDED_TOGETHER):
            with pen.write(given.database) as tx:
                _put_all(tx, given, pen, commands[begin : begin + DECIDED_TOGETHER])
            given.at("fulfilments.one_decided")
    for disagreement in plan.disagreements:
        _hold(given, run, pen, disagreement)
    _release(given, pen, plan)


def _put_all(tx: Transaction, given: Given, pen: Pen, commands: Sequence[Command]) -> None:
    """Write these decisions down, but those that wait for something else first."""
    orders = sorted({order_of(command) for command in commands})
    in_flight = journal.open_actions(tx, pen.account, orders)
    newest = {entry.subject: entry for entry in journal.of_subjects(tx, pen.account, [subject_of(c) for c in commands])}
    seqs = inbox.seqs(tx, pen.account, orders)
    held = holds.open_subjects(tx, pen.account, [own_subject(command) or "" for command in commands])
    now = given.clock.now()
    put: set[Subject] = set()
    for command in commands:
        order, subject = order_of(command), subject_of(command)
        before = newest.get(subject)
        if _is_blocked(command, in_flight.get(order, frozenset())):
            continue
        if subject in put or (before is not None and before.state in OPEN):
            continue  # the ERP may send goods of several orders by one shipment: they have it one after the other
        if before is not None and _waits_for_a_person(tx, given, pen, before, command, seqs.get(order, 0)):
            continue
        own = own_subject(command) or ""
        if own in held:
            holds.close(tx, pen.account, own, because="tried again", now=now)
        journal.put(tx, pen, command, seq=seqs.get(order, 0), watermark=0, now=now)
        put.add(subject)


def _is_blocked(command: Command, in_flight: Collection[Action]) -> bool:
    """No new decision while an earlier one may still have its effect: the totals do not show it yet.

    A shipment can be completed whatever is on its way to the sale.
    """
    return bool(in_flight) if isinstance(command, FulfilSale) else any(action in in_flight for action in ACTIONS)


def _waits_for_a_person(tx: Transaction, given: Given, pen: Pen, before: Entry, command: Command, seq: int) -> bool:
    """What was refused is tried again when its cause may be gone or a person said so; not in a hot loop."""
    subject = own_subject(command) or ""
    if holds.was_dropped(tx, pen.account, subject):
        return True
    if before.state is not EntryState.HELD or before.seq != seq or before.command != command:
        return False
    if holds.find_open(tx, pen.account, subject) is None or before.settled_at is None:
        return False
    held_at = to_moment(before.settled_at)
    if isinstance(command, FulfilSale):
        return not seen.is_newer(tx, pen.account, command.sale, than=held_at)
    return before.reason != Reason.NO_STOCK or given.clock.now() - held_at < NO_STOCK_RETRY_AFTER


def _release(given: Given, pen: Pen, plan: FulfilmentPlan) -> None:
    """Close the holds of sales of which the other side lacks nothing any more, and of sales that were voided.

    A shipment that the ERP keeps open no more can give nothing: what is missing then is told of its sale alone, where
    it is told. Of a sale that a person has settled it is not.
    """
    directions = _directions(given)
    can_give = {subject_of(command) for command in plan.completions}
    with pen.write(given.database) as tx:
        held = [one for one in holds.open_holds(tx, given.account) if one.subject.startswith(SUBJECTS)]
        open_now = {one.subject for one in held}
        told = {one.sale: one.reason for one in plan.disagreements if f"{COMPLETION_SUBJECTS}{one.sale}" in open_now}
        sales = {one.id: sale for one in held if (sale := _sale_of(tx, given, one)) is not None}
        wanted = sorted(set(sales.values()))
        agreed = hand_overs.agreeing(tx, given.account, wanted, directions)
        shown = seen.get_all(tx, given.account, wanted)
        for one in held:
            sale = sales.get(one.id)
            is_on = directions.to_retail if one.subject.startswith(FULFIL_SUBJECTS) else directions.to_erp
            if sale in agreed and is_on:
                because = "both sides show it handed over"
            elif sale in shown and shown[sale].state is SaleState.VOIDED and one.reason is not Reason.VOIDED_BY_HAND:
                because = "its sale was voided"
            elif sale in told and one.subject.startswith(SHIPMENT_SUBJECTS) and one.subject not in can_give:
                because = f"now {told[sale]}"
            else:
                continue
            holds.close(tx, given.account, one.subject, because=because, now=given.clock.now())


def _sale_of(tx: Transaction, given: Given, held: Hold) -> SaleId | None:
    """The sale that is held, or whose goods the shipment that is held was to give."""
    if held.subject.startswith(COMPLETION_SUBJECTS):
        return SaleId(held.subject.removeprefix(COMPLETION_SUBJECTS))
    if held.order is None:
        return None
    if held.subject.startswith(FULFIL_SUBJECTS):
        records = parts.of_order(tx, given.account, held.order)
        return next((one.sale for one in records if f"{FULFIL_SUBJECTS}{one.part.subject}" == held.subject), None)
    entries = journal.of_subjects(tx, given.account, [Subject(held.subject)])
    commands = [one.command for one in entries if one.order == held.order]
    return next((one.sale for one in reversed(commands) if isinstance(one, CompleteShipment)), None)


def _hold(given: Given, run: Run, pen: Pen, disagreement: Disagreement) -> None:
    subject = f"{COMPLETION_SUBJECTS}{disagreement.sale}"
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
