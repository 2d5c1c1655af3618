"""Orders of the ERP become sales in X-Series: read, plan, apply, until nothing is left to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from syncd.domain.ids import OrderId
from syncd.domain.journal import Action, EntryState, VoidSale
from syncd.domain.reasons import Reason
from syncd.domain.rules import OrderRules
from syncd.errors import Forbidden, OutsideError, Unauthorized, UsageError
from syncd.jobs.apply import ORDER_ACTIONS, SALE_ACTIONS, Apply
from syncd.jobs.customers import meet_customers, send_customers, settle_customers
from syncd.jobs.decide import (
    BRAKE_SUBJECT,
    Planning,
    Tally,
    creates_are_stopped,
    decide,
    over_the_brake,
    plan_due,
    plan_round,
    plannings,
    settled_rules,
)
from syncd.jobs.decisions import Taken, consume, take_up_decisions
from syncd.jobs.feed import read_feed, read_on
from syncd.jobs.given import Given, Mode, Run
from syncd.jobs.holding import hold
from syncd.jobs.lookup import look_up_unknown
from syncd.jobs.orphans import hold_orphans, read_orphans
from syncd.jobs.read_orders import read_changed, read_named
from syncd.jobs.retention import forget_finished, read_recalled
from syncd.jobs.verify import answered, verify_answered, verify_entries
from syncd.log import logger
from syncd.store import holds, journal, order_names
from syncd.store.database import Transaction
from syncd.store.journal import Mark, Pen

ROUNDS_MAX = 5  # a move takes three: void, create, verify


def plan_orders(given: Given, run: Run, *, references: Sequence[str] = ()) -> Planning:
    """Read both sides and plan; write nothing to either, and decide nothing."""
    rules = settled_rules(given)
    only = _read(given, run, references, since=None)
    meet_customers(given, rules, retries={}, only=only)
    return plan_due(given, rules, only=only)


def sync_orders(given: Given, run: Run, *, references: Sequence[str] = (), since: datetime | None = None) -> None:
    """The orders job. The writer's lock is held while anything is decided or sent."""
    with given.locks.writer(run.command, wait=run.lock_wait) as epoch:
        given.at("writer.taken")
        pen = Pen(given.account, epoch, run.id)
        taken = take_up_decisions(given, run, pen, subjects=("order:", "sale:", "plan:", "config:", "account:"))
        given.at("decisions.taken_up")
        rules = settled_rules(given)
        apply = Apply(given, run, pen)
        apply.doubt_the_dead(ORDER_ACTIONS)
        given.at("apply.dead_doubted")
        only = _read(given, run, references, since=since)
        _look_for_the_deleted(given, run, taken)
        read_orphans(given, run)
        read_recalled(given, run, list(taken.retries))
        look_up_unknown(given, run, pen, SALE_ACTIONS)
        verify_answered(given, run, pen, SALE_ACTIONS)
        settle_customers(given, run, pen)
        _supersede_overtaken(given, pen)
        given.at("orders.overtaken_superseded")
        meet_customers(given, rules, retries=taken.retries, only=only)
        _rounds(given, run, pen, apply, rules, taken, only)
        hold_orphans(given, run, pen)
        given.at("orders.orphans_held")
        forget_finished(given, run, pen)


def _look_for_the_deleted(given: Given, run: Run, taken: Taken) -> None:
    """A person who says `retry` of a deleted order has brought it back, or believes so."""
    deleted = [order for order, decision in taken.retries.items() if decision.hold.reason is Reason.DELETED_IN_ERP]
    if deleted:
        read_named(given, run, deleted)


def _rounds(
    given: Given, run: Run, pen: Pen, apply: Apply, rules: OrderRules, taken: Taken, only: Collection[OrderId] | None
) -> None:
    """Plan, send, verify, and again while that made something new to do."""
    decided = Tally()
    approvals = taken.approvals if only is None else ()  # a person let the whole plan pass, not that of some orders
    for number in range(ROUNDS_MAX):
        _supersede_stopped(given, pen)
        retries = taken.retries if number == 0 else {}
        found = plan_round(given, rules, retries=retries, only=only)
        given.at("orders.planned")
        is_braked = given.settings.orders_mode is Mode.LIVE and not approvals
        if is_braked and _brake(given, run, pen, decided.plus(found.tally), is_whole=only is None):
            return
        for planning in plannings(given, rules, found, retries):
            decided.add(planning.steps_now())
            if is_braked and over_the_brake(decided, given.settings.brakes):
                _brake(given, run, pen, decided, is_whole=only is None)
                return
            decide(given, run, pen, planning, retries)
        if given.settings.orders_mode is Mode.SHADOW or given.stopping():
            return
        moved = send_customers(given, pen, apply)
        moved += apply.send_waiting(SALE_ACTIONS, meanwhile=partial(_verify_meanwhile, given, run, pen))
        if moved == 0 and (number > 0 or not found.has_steps):
            break
        read_on(given)
        look_up_unknown(given, run, pen, SALE_ACTIONS)
        verify_answered(given, run, pen, SALE_ACTIONS)
        settle_customers(given, run, pen)
    with pen.write(given.database) as tx:
        for decision in approvals:
            consume(tx, given, run, decision)


def _verify_meanwhile(given: Given, run: Run, pen: Pen) -> None:
    """Verify the sales made so far while others are sent.

    Only those that were answered before the feed was read and that it shows: none is read by its id only because it
    is new.
    """
    made = answered(given, pen, (Action.CREATE_SALE,))
    try:
        lagging = read_on(given, until=[mark.sale for mark in made if mark.sale])
        verify_entries(given, run, pen, [mark for mark in made if mark.sale not in lagging])
    except (Unauthorized, Forbidden):
        raise
    except OutsideError as error:
        # It is done again when all are sent, and what is wrong then ends the run.
        logger("orders").warning("not verified meanwhile", error=str(error))


def _supersede_stopped(given: Given, pen: Pen) -> None:
    """While creates are stopped, those that were never attempted are decided anew, and so held."""
    if not creates_are_stopped(given):
        return
    with pen.write(given.database) as tx:
        for entry in journal.open_marks(tx, pen.account, (Action.CREATE_SALE,), [EntryState.WAITING]):
            if entry.attempts == 0:
                journal.supersede(tx, pen, entry.id, detail="creates are stopped", now=given.clock.now())


def _supersede_overtaken(given: Given, pen: Pen) -> None:
    """What was decided but never attempted, from a reading that is no longer the newest, is decided anew."""
    with pen.write(given.database) as tx:
        for mark in journal.overtaken(tx, pen.account, ORDER_ACTIONS):
            if not _heals(tx, mark):
                journal.supersede(tx, pen, mark.id, detail="the order changed first", now=given.clock.now())


def _heals(tx: Transaction, mark: Mark) -> bool:
    """The void of an empty sale of ours, or of a double, is sent whatever was read of the order since."""
    if mark.action is not Action.VOID_SALE:
        return False
    command = journal.get(tx, mark.id).command
    return isinstance(command, VoidSale) and not command.as_verified


def _brake(given: Given, run: Run, pen: Pen, tally: Tally, *, is_whole: bool) -> bool:
    """Hold a plan that makes the whole run too large to be true; True when it does."""
    too_much = over_the_brake(tally, given.settings.brakes)
    with pen.write(given.database) as tx:
        if not too_much:
            if is_whole:  # some orders alone say nothing about the whole plan
                holds.close(tx, given.account, BRAKE_SUBJECT, because="the plan is small again", now=given.clock.now())
            return False
        hold(tx, given, run, BRAKE_SUBJECT, order=None, reason=Reason.BRAKE, detail=too_much)
        braked = holds.find_open(tx, given.account, BRAKE_SUBJECT)
    run.braked = True
    run.say(f"stopped: this run would make {too_much}.")
    run.say(f"look:  syncd plan orders        let it pass once:  syncd holds approve {braked.id if braked else ''}")
    return True


def _read(given: Given, run: Run, references: Sequence[str], *, since: datetime | None) -> Collection[OrderId] | None:
    """Read both sides; with references only those orders, whose ids are returned: only they are planned then."""
    feed = read_feed(given)
    run.count("sales_fresh", feed.fresh)
    if not references:
        read_changed(given, run, since=since)
        return None
    only: set[OrderId] = set()
    for reference in references:
        ids = given.erp.find_orders(reference) or _known_as(given, reference)
        if not ids:
            raise UsageError(f"the ERP has no order {reference}", hint="Give its number or the customer's reference.")
        read_named(given, run, ids)
        only |= set(ids)
    return only


def _known_as(given: Given, reference: str) -> list[OrderId]:
    """Orders that the ERP does not find by this word any more: deleted, or known by another number now."""
    with given.database.read() as tx:
        return order_names.find(tx, given.account, reference)
