"""From what is known of one order to what has to be done about it. Pure: facts and rules in, a plan out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.compose import PartContent, compose
from syncd.domain.customers import NO_MATCHES, Matches
from syncd.domain.debts import owed_as_it_stands, paid_too_late
from syncd.domain.identity import Part, SaleIdentity
from syncd.domain.ids import SaleId
from syncd.domain.ignore import goods_back, ignored
from syncd.domain.invoice_numbers import invoice_number, numbered_as, place_of
from syncd.domain.money import to_cents
from syncd.domain.notes import is_told
from syncd.domain.orders import Method, Order, OrderState
from syncd.domain.plan_customers import Newcomer, for_customer, newcomer
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import OrderRules, Returns, Shelf
from syncd.domain.sales import SOURCE_TYPE, Sale, SaleDraft, SalePayment, SaleState
from syncd.domain.verify import differences, goods_differences, is_untouched


@dataclass(frozen=True, slots=True)
class PartRecord:
    """What the store remembers of a part: its place among the order's parts and its newest generation."""

    part: Part
    place: int
    generation: int
    sale: SaleId | None
    draft: SaleDraft | None  # as last verified in X-Series
    voided_by_us: bool


@dataclass(frozen=True, slots=True)
class SeenSale:
    """A sale of ours in the feed, whatever the store remembers."""

    identity: SaleIdentity
    sale: Sale

    @property
    def made_by(self) -> str:
        """The software, or the till, that made it, where a person has adopted it for the part; else empty."""
        return "" if self.sale.is_ours else self.sale.source_type or "a person"

    def as_agreed(self, draft: SaleDraft | None) -> SeenSale:
        """To be compared as if we had made it: its source and its payments are its maker's matter."""
        if not self.made_by:
            return self
        paid = draft.payments if draft is not None else ()
        payments = tuple(SalePayment("", payment.payment_type, payment.amount) for payment in paid)
        ours = replace(
            self.sale, source_type=SOURCE_TYPE, source_id=self.identity.source_id, payments=payments
        )  # fmt: skip
        return replace(self, sale=ours)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    order: Order
    records: tuple[PartRecord, ...]
    seen: tuple[SeenSale, ...]
    retry: bool = False  # a person said: try again
    matches: Matches = NO_MATCHES  # the customers of X-Series who may be the order's

    def record_of(self, part: Part) -> PartRecord | None:
        return next((record for record in self.records if record.part == part), None)

    def sales_of(self, part: Part) -> list[SeenSale]:
        record = self.record_of(part)
        draft = record.draft if record is not None else None
        return [seen.as_agreed(draft) for seen in self.seen if seen.identity.part == part]

    def made_by(self, sale: SaleId) -> str:
        """Who made a sale that is not ours; empty for ours."""
        return next((seen.made_by for seen in self.seen if seen.sale.id == sale), "")

    @property
    def is_known_in_retail(self) -> bool:
        return any(record.sale is not None for record in self.records) or bool(self.seen)


@dataclass(frozen=True, slots=True)
class Create:
    part: Part
    place: int
    generation: int
    draft: SaleDraft


@dataclass(frozen=True, slots=True)
class Update:
    part: Part
    generation: int
    sale: SaleId
    before: SaleDraft
    draft: SaleDraft


@dataclass(frozen=True, slots=True)
class Void:
    part: Part
    generation: int
    sale: SaleId
    before: SaleDraft
    as_verified: bool  # it must be exactly `before`; else nothing may be on it that is not in `before`
    why: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """A sale of ours that the store did not know of: link it, and hold it when it is not today's plan."""

    part: Part
    place: int
    generation: int
    sale: SaleId
    draft: SaleDraft
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BeginReturn:
    """Of a closed sale, for an order that takes goods of it back: makes a parked sale, still to be reduced."""

    part: Part
    original: SaleId
    draft: SaleDraft  # what it shall become


@dataclass(frozen=True, slots=True)
class FinishReturn:
    """Reduce the parked return to what comes back, refund and close it."""

    part: Part
    original: SaleId
    sale: SaleId
    draft: SaleDraft


Step = Create | Update | Void | Adopt | BeginReturn | FinishReturn
DraftOf = Callable[[int], SaleDraft]  # generation -> what that sale should be


@dataclass(frozen=True, slots=True)
class OrderPlan:
    outcome: Outcome
    reason: Reason
    detail: str = ""
    line: str = ""
    steps: tuple[Step, ...] = ()
    newcomer: Newcomer | None = None  # made first: the steps are not taken before, and are planned anew then


class _Held(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def plan_order(facts: OrderFacts, rules: OrderRules, shelf: Shelf, *, now: datetime) -> OrderPlan:
    """Decide about one order of which no journal entry is open."""
    not_ours = None if facts.is_known_in_retail else ignored(facts.order, rules)
    if not_ours is not None:  # once a sale was made, no rule takes it away
        return OrderPlan(Outcome.IGNORED, not_ours.reason, not_ours.detail)
    if facts.order.undecided or facts.order.state is OrderState.QUOTE:
        return OrderPlan(Outcome.WAITING, Reason.ERP_UNDECIDED)
    if not facts.is_known_in_retail and facts.order.is_return:
        if rules.returns is Returns.CREATE:  # by `plan_return`, which knows the sales of the other order
            return OrderPlan(Outcome.WAITING, Reason.RETURNING)
        return OrderPlan(Outcome.HELD, Reason.RETURN_IN_ERP, goods_back(facts.order))
    if not facts.is_known_in_retail and facts.order.is_shipped_in_part:
        return OrderPlan(Outcome.HELD, Reason.SHIPPED_IN_PART)
    try:
        wanted = _wanted(facts, rules, shelf, now=now)
        return _for_its_customer(facts, _plan_parts(facts, wanted, rules, now=now), wanted, rules)
    except CannotSell as stop:
        return OrderPlan(Outcome.HELD, stop.reason, stop.detail, stop.line)
    except _Held as stop:
        return OrderPlan(Outcome.HELD, stop.reason, stop.detail)


def plan_deleted(seen: Sequence[SeenSale]) -> OrderPlan:
    """Decide about an order that the ERP does not have any more: nothing is sent.

    Whether somebody meant to cancel it, or the ERP lost it, only a person knows; the goods may be in the customer's
    hands.
    """
    standing = sorted((one.sale for one in seen if one.sale.is_standing), key=lambda sale: sale.invoice_number)
    if not standing:
        return OrderPlan(Outcome.IGNORED, Reason.DELETED)
    told = (f"sale {sale.invoice_number} is {sale.state}, {to_cents(sale.total)}" for sale in standing)
    return OrderPlan(Outcome.HELD, Reason.DELETED_IN_ERP, "; ".join(told))


def _wanted(facts: OrderFacts, rules: OrderRules, shelf: Shelf, *, now: datetime) -> list[PartContent]:
    """The parts that the order asks for; none when it is cancelled."""
    order = facts.order
    if order.state is OrderState.CANCELLED:
        return []
    if facts.is_known_in_retail:
        # A line that was set to nothing after its sale was made is taken away; before, it is a mistake.
        order = replace(order, lines=tuple(line for line in order.lines if line.quantity != 0))
    if not order.goods or all(line.quantity == 0 and line.cancelled > 0 for line in order.goods):
        return []
    return [for_customer(one, order, facts.matches.the_one, rules) for one in compose(order, rules, shelf, now=now)]


def _for_its_customer(
    facts: OrderFacts, plan: OrderPlan, wanted: Sequence[PartContent], rules: OrderRules
) -> OrderPlan:
    """The plan, or that its customer comes first: a sale is made for one who is known, and a move begun likewise."""
    if plan.reason is not Reason.MOVING and not any(isinstance(step, Create) for step in plan.steps):
        return plan
    standing = {seen.identity.part for seen in facts.seen if seen.sale.is_standing}
    owes = any(content.on_account for content in wanted if content.part not in standing)
    first = newcomer(facts.order, facts.matches, rules, owes=owes)
    if first is None:
        return plan
    return replace(plan, outcome=Outcome.WAITING, reason=Reason.CUSTOMER_COMING, newcomer=first)


def _plan_parts(facts: OrderFacts, wanted: Sequence[PartContent], rules: OrderRules, *, now: datetime) -> OrderPlan:
    steps: list[Step] = []
    voids: list[Step] = []
    stops: list[_Held] = []
    places = _places(facts, wanted, rules)
    for content in wanted:
        try:
            part_steps = _for_wanted_part(facts, content, places[content.part], rules)
            steps.extend(_dated(step, now) for step in _ours_to_change(facts, part_steps))
        except _Held as stop:
            stops.append(stop)
    for part in _unwanted_parts(facts, wanted):
        try:
            voids.extend(_ours_to_change(facts, _for_unwanted_part(facts, part)))
        except _Held as stop:
            stops.append(stop)
    if stops:
        # Nothing new is made while a person has to look; what the order no longer asks for still goes.
        healing = (step for step in (*steps, *voids) if isinstance(step, Void | Adopt))
        return OrderPlan(Outcome.HELD, stops[0].reason, "; ".join(stop.detail for stop in stops), steps=tuple(healing))
    closed = _at_closed_outlets(steps, wanted)
    if closed:
        # Nothing is voided for a sale that cannot be made yet; what was doubled heals meanwhile.
        healing = (
            step for step in steps if isinstance(step, Adopt) or (isinstance(step, Void) and not step.as_verified)
        )
        return OrderPlan(Outcome.WAITING, Reason.OUTLET_CLOSED, "; ".join(closed), steps=tuple(healing))
    creates = [step for step in steps if isinstance(step, Create)]
    if voids and creates:
        # A move: the new sale is decided after the old one is seen voided, so that never two stand (DESIGN 4).
        steps = [step for step in steps if not isinstance(step, Create)]
        return OrderPlan(Outcome.WAITING, Reason.MOVING, steps=(*steps, *voids))
    steps.extend(voids)
    differing = [step for step in steps if isinstance(step, Adopt) and step.differs]
    if differing:
        detail = "; ".join(text for step in differing for text in step.differs)
        # The link follows the winner and its untouched double goes, whatever else the order asks for.
        healing = (
            step for step in steps if isinstance(step, Adopt) or (isinstance(step, Void) and not step.as_verified)
        )
        return OrderPlan(Outcome.HELD, Reason.ADOPTED_DIFFERENT, detail, steps=tuple(healing))
    if any(not isinstance(step, Adopt) for step in steps):
        return OrderPlan(Outcome.WAITING, Reason.SENDING, steps=tuple(steps))
    return OrderPlan(Outcome.SYNCED, _reason_when_synced(facts, wanted), steps=tuple(steps))


def _at_closed_outlets(steps: Sequence[Step], wanted: Sequence[PartContent]) -> list[str]:
    """Why some of the steps cannot be taken today."""
    closed = {content.part: content.route.closed for content in wanted if content.route.closed}
    changed = dict.fromkeys(step.part for step in steps if isinstance(step, Create | Update))
    return [closed[part] for part in changed if part in closed]


def _dated(step: Step, now: datetime) -> Step:
    """What an update adds was received after its sale was made: the payments of a past day are counted and closed."""
    if not isinstance(step, Update):
        return step
    payments = tuple(replace(payment, paid_at=now) for payment in step.draft.payments)
    return replace(step, draft=replace(step.draft, payments=payments))


def _ours_to_change(facts: OrderFacts, steps: list[Step]) -> list[Step]:
    """A sale that others have made is looked at, and never changed or voided by us."""
    for step in steps:
        if isinstance(step, Update | Void) and (maker := facts.made_by(step.sale)):
            wants = f"be {step.draft.total}" if isinstance(step, Update) else "be voided"
            raise _Held(
                Reason.MADE_BY_OTHERS, f"the sale of {step.before.total}, made by {maker}, would have to {wants}"
            )
    return steps


def _reason_when_synced(facts: OrderFacts, wanted: Sequence[PartContent]) -> Reason:
    standing = [seen.sale for seen in facts.seen if seen.sale.is_standing]
    if not wanted:
        return Reason.VOIDED
    if standing and all(sale.state is SaleState.CLOSED for sale in standing):
        return Reason.HANDED_OVER
    return Reason.STANDS


def _for_wanted_part(facts: OrderFacts, content: PartContent, place: int, rules: OrderRules) -> list[Step]:
    """At most one write: the next is decided when this one is seen done."""
    part = content.part
    record, sales = facts.record_of(part), facts.sales_of(part)
    standing = [seen for seen in sales if seen.sale.is_standing]

    def draft(generation: int) -> SaleDraft:
        return _draft(facts.order, content, place, generation, rules)

    if not standing:
        return [_next_create(facts, part, record, sales, place, draft)]
    winner, losers = _winner(standing, record.draft if record is not None else None, draft)
    generation = winner.identity.generation
    is_linked = record is not None and record.sale == winner.sale.id
    before = record.draft if record is not None and is_linked else None
    wish = owed_as_it_stands(numbered_as(winner.sale, draft(generation)), before, winner.sale, rules)
    differs = tuple(differences(wish, winner.sale))
    adopt = Adopt(part, place, generation, winner.sale.id, wish, differs)
    if losers:
        other = losers[0].identity.generation
        why = "a second sale of the same part"
        made_of = record.draft if record is not None and record.draft is not None else draft(other)
        void = Void(part, other, losers[0].sale.id, made_of, as_verified=False, why=why)
        return [void] if is_linked else [adopt, void]
    if before is None:
        return [adopt]
    is_plain = winner.sale.state in (SaleState.PENDING, SaleState.CLOSED) and winner.sale.is_readable
    edited = goods_differences(before, winner.sale) if is_plain else []
    if _is_the_same(wish, before, winner.sale) and edited:
        # By a till, or by a create of ours that came late and undid an edit: X-Series no longer says what the ERP says.
        # A till may change a sale and hand it over between two of our looks: then other goods left than the ERP ships.
        raise _Held(Reason.EDITED_AT_TILL, "; ".join(edited))
    if _is_the_same(wish, before, winner.sale):
        late = paid_too_late(before, wish, winner.sale)
        if late and not facts.made_by(winner.sale.id):  # what others made is paid as they say
            raise _Held(Reason.PAID_AFTER_CLOSED, late)
        if _must_be_told(before, wish, winner.sale):
            return [_change(before, wish, winner.sale, part, generation)]
        # The goods are the same; lines that were replaced by equal ones are linked anew, and so is a note that is told.
        is_linked_anew = wish.order_lines != before.order_lines or _is_told_anew(before, wish, winner.sale)
        return [replace(adopt, differs=())] if is_linked_anew else []
    is_mended = not differs and winner.sale.state is SaleState.PENDING and wish.goods != before.goods
    if is_mended and not _must_be_told(before, wish, winner.sale):
        return [adopt]  # somebody has made the sale what the order asks for
    return [_change(before, wish, winner.sale, part, generation)]


def _is_the_same(wish: SaleDraft, before: SaleDraft, sale: Sale) -> bool:
    """True when the order asks for nothing new; money taken at the till may have come before the ERP's word of it."""
    if wish.content == before.content:
        return True
    is_paid = to_cents(sale.paid) == wish.total
    return wish.goods == before.goods and (sale.state is SaleState.CLOSED or (is_paid and before.payments == ()))


def _is_told_anew(before: SaleDraft, wish: SaleDraft, sale: Sale) -> bool:
    return wish.note != before.note and is_told(before.note, wish.note, sale.note)


def _must_be_told(before: SaleDraft, wish: SaleDraft, sale: Sale) -> bool:
    """True when the people at the outlet have to hear where the goods go or whose they are.

    Where others have worked on the sale it is held, for the goods would go to the old address; a pickup goes nowhere.
    """
    if wish.note == before.note or sale.state is SaleState.CLOSED or not sale.is_readable:
        return False
    is_as_made = sale.state is SaleState.PENDING and not differences(before, sale)
    return not is_told(before.note, wish.note, sale.note) and (wish.method is Method.DISPATCH or is_as_made)


def _next_create(
    facts: OrderFacts, part: Part, record: PartRecord | None, sales: Sequence[SeenSale], place: int, draft: DraftOf
) -> Create:
    """The part has no standing sale: make the first, or the next generation when the last is seen voided."""
    last = max((seen.identity.generation for seen in sales), default=0)
    if record is None and last == 0:
        return Create(part, place, 1, draft(1))
    known = record.generation if record else 0
    if last < known and record is not None and record.draft is not None and not facts.retry:
        raise _Held(Reason.NOT_SEEN, f"sale {record.sale}")
    if last < known:
        # Never seen in the feed: the create was refused or found absent. The same generation is asked for again.
        return Create(part, place, known, draft(known))
    voided_by_us = record is not None and record.generation == last and record.voided_by_us
    if not voided_by_us and not facts.retry:
        numbers = ", ".join(seen.sale.invoice_number for seen in sales)
        raise _Held(Reason.VOIDED_BY_HAND, f"voided: {numbers}")
    return Create(part, place, last + 1, draft(last + 1))


def _change(before: SaleDraft, wish: SaleDraft, sale: Sale, part: Part, generation: int) -> Update:
    if sale.state is SaleState.CLOSED:
        raise _Held(Reason.CHANGED_AFTER_CLOSED, f"handed over: {before.total}; the order now asks for {wish.total}")
    edited = differences(before, sale) or ([f"it is {sale.state}"] if sale.state is SaleState.PARKED else [])
    if edited:
        raise _Held(Reason.EDITED_AT_TILL, "; ".join(edited))
    return Update(part, generation, sale.id, before, wish)


def _unwanted_parts(facts: OrderFacts, wanted: Sequence[PartContent]) -> list[Part]:
    parts = {record.part for record in facts.records} | {seen.identity.part for seen in facts.seen}
    return sorted(parts - {content.part for content in wanted})


def _for_unwanted_part(facts: OrderFacts, part: Part) -> list[Step]:
    """At most one void; the part's own sale goes first."""
    record = facts.record_of(part)
    standing = [seen for seen in facts.sales_of(part) if seen.sale.is_standing]
    if not standing:
        return []
    closed = [seen.sale.invoice_number for seen in standing if seen.sale.state is SaleState.CLOSED]
    if closed:
        raise _Held(Reason.CANCELLED_AFTER_CLOSED, f"closed: {', '.join(sorted(closed))}")
    before = record.draft if record is not None else None
    if record is None or before is None:
        numbers = ", ".join(sorted(seen.sale.invoice_number for seen in standing))
        raise _Held(Reason.ADOPTED_DIFFERENT, f"{numbers} stands, and was never seen to be what the order asked for")
    first, *_ = sorted(standing, key=lambda seen: (seen.sale.id != record.sale, seen.sale.id))
    edited = differences(_with_source(before, first), first.sale)
    if edited:
        reason = Reason.EDITED_AT_TILL if is_untouched(before, first.sale) else Reason.PAID_BY_OTHERS
        raise _Held(reason, "; ".join(edited))
    why = "the order no longer asks for it"
    made_of = _with_source(before, first)
    return [Void(part, first.identity.generation, first.sale.id, made_of, as_verified=True, why=why)]


def _with_source(draft: SaleDraft, seen: SeenSale) -> SaleDraft:
    """The draft as it was for another generation of the same part."""
    return replace(draft, source_id=seen.identity.source_id, invoice_number=seen.sale.invoice_number)


def _winner(standing: Sequence[SeenSale], made_of: SaleDraft | None, draft: DraftOf) -> tuple[SeenSale, list[SeenSale]]:
    """Which of several standing sales is the part's: the same for every observer, whatever the store remembers.

    A sale on which people have worked, else the earliest made, else the smallest id.
    """
    touched = [seen for seen in standing if not is_untouched(made_of or draft(seen.identity.generation), seen.sale)]
    if len(standing) > 1 and len(touched) > 1:
        raise _Held(Reason.TWO_TOUCHED, ", ".join(seen.sale.invoice_number for seen in touched))

    def rank(seen: SeenSale) -> tuple[bool, bool, datetime, str]:
        made = seen.sale.created_at
        return seen not in touched, made is None, made or datetime.min.replace(tzinfo=UTC), seen.sale.id

    first, *others = sorted(standing, key=rank)
    return first, others


def _places(facts: OrderFacts, wanted: Sequence[PartContent], rules: OrderRules) -> dict[Part, int]:
    """Each part's place among the order's parts: fixed at its first send, so that its number never changes.

    What the store forgot is read from the invoice numbers of the sales that stand.
    """
    places = {record.part: record.place for record in facts.records}
    for seen in facts.seen:
        place = place_of(facts.order, seen.identity.generation, seen.sale.invoice_number, rules)
        if place is not None:
            places.setdefault(seen.identity.part, place)
    fresh = [content.part for content in wanted if content.part not in places]
    free = (place for place in range(len(places) + len(fresh)) if place not in set(places.values()))
    return places | dict(zip(fresh, free, strict=False))


def _draft(order: Order, content: PartContent, place: int, generation: int, rules: OrderRules) -> SaleDraft:
    identity = SaleIdentity(rules.account, rules.erp, content.part, generation)
    return content.as_draft(identity, invoice_number(order, place, generation, rules), rules)
