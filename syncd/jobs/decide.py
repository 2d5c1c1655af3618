"""Plan every order that is due, and write the decisions down: each with its entries `waiting`, in one transaction.

Many orders at once take no more memory than some: beyond one batch, an order that something is to be sent for is
planned twice, first to count what the whole run would do, and again when it is decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from syncd.domain.catalogue import ReferenceKind
from syncd.domain.causes import cause_of
from syncd.domain.customers import NO_MATCHES, CustomerMode, Expected, Matches, key_of
from syncd.domain.ids import Account, OrderId
from syncd.domain.journal import (
    Action,
    CloseReturn,
    Command,
    CreateCustomer,
    CreateSale,
    StartReturn,
    UpdateSale,
    VoidSale,
)
from syncd.domain.names import resolve
from syncd.domain.orders import OrderState
from syncd.domain.plan_orders import (
    Adopt,
    BeginReturn,
    Create,
    FinishReturn,
    OrderFacts,
    OrderPlan,
    PartRecord,
    SeenSale,
    Step,
    Update,
    Void,
    plan_deleted,
    plan_order,
)
from syncd.domain.plan_returns import plan_return
from syncd.domain.reasons import HELD_BY_SENDING, Outcome, Reason
from syncd.domain.rules import OrderRules, Returns, Shelf
from syncd.domain.verify import lines_by_order_line
from syncd.domain.wares import skus_to_find
from syncd.errors import ConfigError
from syncd.jobs.decisions import consume
from syncd.jobs.given import Brakes, Given, Mode, Run
from syncd.jobs.holding import hold
from syncd.jobs.returns import facts_of
from syncd.store import catalogue, cursors, customers, holds, inbox, journal, parts, retention, seen
from syncd.store.database import Transaction
from syncd.store.holds import Decision
from syncd.store.inbox import Due, InboxOrder
from syncd.store.journal import Pen

ORDERS_PER_BATCH = 500
DECIDED_TOGETHER = 25  # orders, in one transaction
BRAKE_SUBJECT = "plan:orders"
NAMES_SUBJECT = "config:names"


@dataclass(frozen=True, slots=True)
class Planned:
    """An order with its plan, and what was known when it was made."""

    inbox: InboxOrder
    plan: OrderPlan
    sale_versions: int


@dataclass(frozen=True, slots=True)
class Planning:
    """All plans of one round."""

    orders: tuple[Planned, ...]
    planned_with: str

    def steps(self) -> list[Step]:
        return [step for one in self.orders for step in one.plan.steps]

    def steps_now(self) -> list[Step]:
        """Those that do not wait for a customer to be made."""
        return [step for one in self.orders if one.plan.newcomer is None for step in one.plan.steps]


@dataclass(slots=True)
class Tally:
    """What the steps of a run come to: what its brakes look at."""

    creates: int = 0
    voids: int = 0
    value: Decimal = Decimal(0)

    def add(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if isinstance(step, Create | BeginReturn):
                self.creates += 1
                self.value += abs(step.draft.total)
            elif isinstance(step, Void):
                self.voids += 1

    def plus(self, other: Tally) -> Tally:
        return Tally(self.creates + other.creates, self.voids + other.voids, self.value + other.value)


@dataclass(slots=True)
class Round:
    """All that is due in one round: plans, and the orders that are planned again when they are decided."""

    planned_with: str
    kept: list[Planned] = field(default_factory=list)
    again: list[OrderId] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    @property
    def has_steps(self) -> bool:
        return bool(self.again) or any(one.plan.steps for one in self.kept)


def settled_rules(given: Given) -> OrderRules:
    """The rules with ids. Raise ConfigError naming every name that X-Series does not have."""
    with given.database.read() as tx:
        references = catalogue.references(tx, given.account)
    resolved = resolve(given.settings.names, references)
    if resolved.rules is None:
        wrong = [f"{one.subject}: {one.message}. {one.hint}".strip() for one in resolved.findings if not one.ok]
        raise ConfigError("the config names what X-Series does not have: " + "; ".join(wrong), hint="`syncd check`")
    return _pinned(given, resolved.rules, resolved.pins)


def _pinned(given: Given, rules: OrderRules, pins: Sequence[tuple[ReferenceKind, str, str]]) -> OrderRules:
    """A name pins to its id at first use: an outlet made anew under an old name must not double its open orders."""
    moved = []
    with given.database.read() as tx:
        known = catalogue.pins(tx, given.account)
    if all(known.get((str(kind), name)) == id_ for kind, name, id_ in pins):
        return rules
    with given.database.write() as tx:
        for kind, name, id_ in pins:
            pinned = catalogue.pin(tx, given.account, str(kind), name, id_, now=given.clock.now())
            if pinned != id_:
                moved.append(f'{kind} "{name}" was {pinned} and is now {id_}')
        if moved:
            detail = "; ".join(moved)
            holds.open_hold(
                tx,
                given.account,
                NAMES_SUBJECT,
                order=None,
                reason=Reason.MAP_CHANGED,
                detail=detail,
                cause=cause_of(Reason.MAP_CHANGED, NAMES_SUBJECT, detail),
                run=None,
                now=given.clock.now(),
            )
    if moved:
        raise ConfigError(
            "a name of the config now means another thing: " + "; ".join(moved),
            hint="Rename it back in X-Series, or accept it: `syncd holds` and `syncd holds retry ID`.",
        )
    return rules


def plan_due(
    given: Given,
    rules: OrderRules,
    *,
    retries: Mapping[OrderId, Decision] | None = None,
    only: Collection[OrderId] | None = None,
) -> Planning:
    """Plan the orders that are due, of `only` these when some are named; writes nothing."""
    with given.database.read() as tx:
        planned_with, due = _due_ids(tx, given, retries or {}, only)
        planned = [one for batch in batches(due) for one in _plan_batch(tx, given, rules, batch, retries or {})]
    return Planning(tuple(planned), planned_with)


def plan_round(
    given: Given, rules: OrderRules, *, retries: Mapping[OrderId, Decision], only: Collection[OrderId] | None
) -> Round:
    """The same, keeping of many orders no more than is needed to decide them; writes nothing."""
    with given.database.read() as tx:
        planned_with, due = _due_ids(tx, given, retries, only)
        found = Round(planned_with)
        for batch in batches(due):
            for one in _plan_batch(tx, given, rules, batch, retries):
                found.tally.add(one.plan.steps)
                if one.plan.steps and len(due) > ORDERS_PER_BATCH:
                    found.again.append(one.inbox.id)
                else:
                    found.kept.append(replace(one, inbox=replace(one.inbox, order=None)))
    return found


def plannings(given: Given, rules: OrderRules, found: Round, retries: Mapping[OrderId, Decision]) -> Iterator[Planning]:
    """The plans of a round, each when it is to be decided.

    One that is planned again may have become another: readings may have come between, though no other writer. So the
    caller counts what it decides.
    """
    yield Planning(tuple(found.kept), found.planned_with)
    for batch in batches(found.again):
        with given.database.read() as tx:
            planned = _plan_batch(tx, given, rules, batch, retries)
        yield Planning(tuple(planned), found.planned_with)


def due_orders(
    tx: Transaction, given: Given, retries: Mapping[OrderId, Decision], only: Collection[OrderId] | None
) -> tuple[str, list[Due]]:
    """What the plans are made with, and the orders that are due and do not wait for a person."""
    planned_with = _planned_with(tx, given)
    due = inbox.due(tx, given.account, planned_with=planned_with, retried=list(retries))
    named = due if only is None else [one for one in due if one.id in only]
    return planned_with, [one for one in named if one.id in retries or not _waits_for_a_person(one, planned_with)]


def _due_ids(
    tx: Transaction, given: Given, retries: Mapping[OrderId, Decision], only: Collection[OrderId] | None
) -> tuple[str, list[OrderId]]:
    planned_with, due = due_orders(tx, given, retries, only)
    return planned_with, [one.id for one in due]


def _planned_with(tx: Transaction, given: Given) -> str:
    """Changes with the settings and with what X-Series has to sell."""
    return f"{given.settings.names.fingerprint}:{catalogue.fingerprint(tx, given.account)}"


def batches(orders: Sequence[OrderId]) -> Iterator[Sequence[OrderId]]:
    for start in range(0, len(orders), ORDERS_PER_BATCH):
        yield orders[start : start + ORDERS_PER_BATCH]


def plan_again(tx: Transaction, given: Given, rules: OrderRules, decision: Decision) -> tuple[Planned, str]:
    """Plan the order of which a person has decided, within a transaction; also what it was planned with."""
    assert decision.hold.order is not None, "only holds of orders are planned again"
    order = decision.hold.order
    planned_with = _planned_with(tx, given)
    (planned,) = _plan_batch(tx, given, rules, [order], {order: decision})
    return planned, planned_with


def _plan_batch(
    tx: Transaction,
    given: Given,
    rules: OrderRules,
    batch: Sequence[OrderId],
    retries: Mapping[OrderId, Decision],
) -> list[Planned]:
    rows = {row.id: row for row in inbox.get_all(tx, given.account, batch)}
    records, sales = _by_order(tx, given, batch)
    shelf = shelf_for(tx, given.account, rows.values(), rules)
    matches = matches_for(tx, given.account, rows.values(), rules)
    planned = []
    for order_id, row in rows.items():
        sold = sales.get(order_id, ())
        retry = _may_be_made_anew(retries.get(order_id))
        plan = _plan_return(tx, given, rules, shelf, row, retry=retry)
        if plan is None:
            whose, now = matches[order_id], given.clock.now()
            plan = plan_row(rules, shelf, row, records.get(order_id, ()), sold, whose, retry=retry, now=now)
        planned.append(Planned(row, _whole(row, plan), sum(one.sale.version for one in sold)))
    return planned


def _plan_return(
    tx: Transaction, given: Given, rules: OrderRules, shelf: Shelf, row: InboxOrder, *, retry: bool
) -> OrderPlan | None:
    """The plan of an order that takes goods back where returns are made, or this one was; else None."""
    if row.order is None or not row.order.is_return:
        return None
    order = replace(row.order, state=OrderState.CANCELLED) if row.gone else row.order
    facts = facts_of(tx, given.account, order, retry=retry)
    is_on = rules.returns is Returns.CREATE
    if not facts.made and (not is_on or (row.gone and facts.begun is None)):
        return None
    return plan_return(facts, rules, shelf, now=given.clock.now())


def _may_be_made_anew(decision: Decision | None) -> bool:
    """Only a retry of just that hold lets a sale that was voided by hand, or vanished, be made again."""
    return decision is not None and decision.hold.reason in (Reason.VOIDED_BY_HAND, Reason.NOT_SEEN)


def _waits_for_a_person(row: Due, planned_with: str) -> bool:
    """What was refused is not sent again by itself, whatever the feed or the catalogue shows meanwhile.

    Other settings may be the cure, where it is sure that nothing was made.
    """
    same_settings = row.planned_with.partition(":")[0] == planned_with.partition(":")[0]
    is_the_cure = not same_settings and row.reason not in (Reason.CONFLICT, Reason.EMPTY_SALE_FOUND)
    return row.outcome is Outcome.HELD and row.reason in HELD_BY_SENDING and not row.is_new and not is_the_cure


def _by_order(
    tx: Transaction, given: Given, batch: Sequence[OrderId]
) -> tuple[dict[OrderId, list[PartRecord]], dict[OrderId, list[SeenSale]]]:
    records: dict[OrderId, list[PartRecord]] = {}
    for record in parts.of_orders(tx, given.account, batch):
        records.setdefault(record.part.order, []).append(record)
    sales: dict[OrderId, list[SeenSale]] = {}
    for one in seen.of_orders(tx, given.account, batch):
        sales.setdefault(one.identity.part.order, []).append(one)
    return records, sales


def shelf_for(tx: Transaction, account: Account, rows: Iterable[InboxOrder], rules: OrderRules) -> Shelf:
    """What X-Series has of all that these orders ask for."""
    lines = [line for row in rows if row.order is not None for line in row.order.lines]
    return catalogue.shelf(tx, account, skus_to_find(lines, rules), rules.match)


def matches_for(
    tx: Transaction, account: Account, rows: Collection[InboxOrder], rules: OrderRules
) -> dict[OrderId, Matches]:
    """Whom of X-Series' customers each of these orders may be of; nobody where sales name no customer."""
    if rules.customers is CustomerMode.NONE:
        return {row.id: NO_MATCHES for row in rows}
    keys = {row.id: key_of(row.order.customer) if row.order is not None else None for row in rows}
    found = customers.find(tx, account, {key for key in keys.values() if key is not None})
    return {order: NO_MATCHES if key is None else found[key] for order, key in keys.items()}


def plan_row(
    rules: OrderRules,
    shelf: Shelf,
    row: InboxOrder,
    records: Sequence[PartRecord],
    sales: Sequence[SeenSale],
    matches: Matches,
    *,
    retry: bool,
    now: datetime,
) -> OrderPlan:
    """The plan for one row of the inbox."""
    if row.gone:
        return plan_deleted(sales)
    if row.order is None:
        return OrderPlan(Outcome.HELD, Reason.UNREADABLE, row.problem)
    facts = OrderFacts(order=row.order, records=tuple(records), seen=tuple(sales), retry=retry, matches=matches)
    return plan_order(facts, rules, shelf, now=now)


def over_the_brake(tally: Tally, brakes: Brakes) -> str:
    """Say by what a run's steps are more than its brakes allow; empty when they are not."""
    found = []
    if tally.creates > brakes.creates:
        found.append(f"{tally.creates} sales to create (limit {brakes.creates})")
    if tally.voids > brakes.voids:
        found.append(f"{tally.voids} sales to void (limit {brakes.voids})")
    if tally.value > brakes.value:
        found.append(f"sales worth {tally.value} (limit {brakes.value})")
    return ", ".join(found)


def decide(given: Given, run: Run, pen: Pen, planning: Planning, retries: Mapping[OrderId, Decision]) -> None:
    """Write the plans down, a few orders in a transaction, each with the decision that asked for it consumed.

    An order is decided whole or not at all, and nothing is sent before the commit: a death before it leaves all of the
    few as they were, due again. None of them waits for another, since what is wrong with an order is part of its plan;
    what can fail here (the writer's epoch, the disk) ends the run for all.
    """
    stopped, expected = creates_are_stopped(given), _expected_customers(given)
    for start in range(0, len(planning.orders), DECIDED_TOGETHER):
        some = planning.orders[start : start + DECIDED_TOGETHER]
        with pen.write(given.database) as tx:
            watermark = cursors.version(tx, given.account, cursors.SALES)
            held = holds.open_subjects(tx, given.account, [holds.order_subject(one.inbox.id) for one in some])
            versions = seen.versions_of(tx, given.account, [one.inbox.id for one in some])
            for one in some:
                if versions.get(one.inbox.id, 0) != one.sale_versions:
                    continue  # what was judged has changed since: it is due, and judged anew
                consume(tx, given, run, retries.get(one.inbox.id))
                plan = _allowed(given, one.plan, creates_stopped=stopped)
                if one.inbox.is_forgotten and plan.reason is Reason.NEW:
                    retention.recall(tx, given.account, [one.inbox.id])
                for command in _begin(tx, given, one.inbox.id, plan, expected):
                    journal.put(tx, pen, command, seq=one.inbox.seq, watermark=watermark, now=given.clock.now())
                is_held = holds.order_subject(one.inbox.id) in held
                settle(tx, given, run, one, plan, planning.planned_with, is_held=is_held)
                given.at("decide.order_written")
        given.at("decide.order_committed")


def creates_are_stopped(given: Given) -> bool:
    """True while it is held that X-Series does not keep our source."""
    with given.database.read() as tx:
        return holds.find_open(tx, given.account, holds.SOURCE_SUBJECT) is not None


def _allowed(given: Given, plan: OrderPlan, *, creates_stopped: bool) -> OrderPlan:
    """The plan, or what stands in its place where it may not be carried out."""
    if given.settings.orders_mode is Mode.SHADOW and plan.steps:
        plan = OrderPlan(Outcome.WAITING, Reason.SHADOW)
    if creates_stopped and any(isinstance(step, Create | BeginReturn) for step in plan.steps):
        plan = OrderPlan(Outcome.HELD, Reason.SOURCE_NOT_KEPT, "creates are stopped")
    return plan


def _whole(row: InboxOrder, plan: OrderPlan) -> OrderPlan:
    """The plan, or that the order is read again first: what is sent says whose it is, and that was forgotten."""
    is_sent = plan.newcomer is not None or any(isinstance(step, Create | Update) for step in plan.steps)
    return OrderPlan(Outcome.WAITING, Reason.NEW) if row.is_forgotten and is_sent else plan


def _expected_customers(given: Given) -> Expected:
    """Those whom another order has asked for: they are made once."""
    with given.database.read() as tx:
        entries = journal.open_entries(tx, given.account, [Action.CREATE_CUSTOMER])
    return Expected(entry.command.key for entry in entries if isinstance(entry.command, CreateCustomer))


def _begin(tx: Transaction, given: Given, order: OrderId, plan: OrderPlan, expected: Expected) -> list[Command]:
    """Note what the plan begins, and return what is to be sent for it: its customer, where that one comes first."""
    if plan.newcomer is not None:
        first = plan.newcomer
        return [CreateCustomer(order, first.key, first.draft)] if expected.meet(first.key) else []
    for step in plan.steps:
        take(tx, given, step)
    return [command for step in plan.steps if (command := _command(step)) is not None]


def settle(
    tx: Transaction, given: Given, run: Run, one: Planned, plan: OrderPlan, planned_with: str, *, is_held: bool = True
) -> None:
    """Note where the order stands by this plan, and hold or release it. `is_held`: there may be a hold to close."""
    inbox.settle(
        tx,
        given.account,
        one.inbox.id,
        outcome=plan.outcome,
        reason=plan.reason,
        detail=plan.detail,
        line=plan.line,
        seq=one.inbox.seq,
        planned_with=planned_with,
        planned_version=one.sale_versions,
        now=given.clock.now(),
    )
    if plan.outcome is Outcome.HELD or is_held:
        _hold_or_release(tx, given, run, one.inbox, plan)


def take(tx: Transaction, given: Given, step: Step) -> None:
    """Note in the parts what the step begins."""
    account = given.account
    match step:
        case Create(part=part, place=place, generation=generation):
            parts.claim(tx, account, part, place=place, generation=generation)
        case Adopt(part=part, place=place, generation=generation, sale=sale):
            parts.claim(tx, account, part, place=place, generation=generation)
            there = seen.get(tx, account, sale)
            if there is not None and not step.differs:
                pairs = lines_by_order_line(step.draft, there)
                parts.verified(tx, account, part, sale, step.draft, pairs, now=given.clock.now())
            else:
                parts.link(tx, account, part, sale)
        case _:
            pass


def _command(step: Step) -> Command | None:
    match step:
        case Create(part=part, generation=generation, draft=draft):
            return CreateSale(part, generation, draft)
        case Update(part=part, generation=generation, sale=sale, before=before, draft=draft):
            return UpdateSale(part, generation, sale, before, draft)
        case Void(part=part, generation=generation, sale=sale, before=before, as_verified=as_verified, why=why):
            return VoidSale(part, generation, sale, before, as_verified, why)
        case BeginReturn(part=part, original=original):
            return StartReturn(part, original)
        case FinishReturn(part=part, original=original, sale=sale, draft=draft):
            return CloseReturn(part, original, sale, draft)
    return None


def _hold_or_release(tx: Transaction, given: Given, run: Run, row: InboxOrder, plan: OrderPlan) -> None:
    subject, now = holds.order_subject(row.id), given.clock.now()
    if plan.outcome is Outcome.HELD:
        hold(tx, given, run, subject, order=row.id, reason=plan.reason, detail=plan.detail, line=plan.line)
    else:
        cause = "a newer revision was read: " if row.planned_seq and row.seq != row.planned_seq else ""
        because = f"{cause}the order is {plan.outcome}: {plan.reason}"
        holds.close(tx, given.account, subject, because=because, now=now)


def counts_of(planning: Planning) -> Counter[str]:
    """How many of each step and outcome: for people."""
    counts: Counter[str] = Counter(type(step).__name__.lower() for step in planning.steps())
    counts.update(one.plan.outcome.value for one in planning.orders)
    return counts
