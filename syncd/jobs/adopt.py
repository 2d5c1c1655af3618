"""Link the sales that stand in X-Series again, and send nothing: for a store that is empty, older, or doubted.

What a sync would do before it writes anything, on demand and alone. Creates, changes and voids are left to the next
sync.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from syncd.domain.identity import Part, read_source_id
from syncd.domain.ids import OrderId, SaleId
from syncd.domain.plan_orders import Adopt, OrderPlan
from syncd.domain.reasons import Outcome, Reason
from syncd.jobs.decide import Planned, plan_due, settle, settled_rules, take
from syncd.jobs.feed import find_begin, read_anew
from syncd.jobs.given import Given, Run
from syncd.jobs.orphans import hold_orphans, read_orphans
from syncd.jobs.read_orders import read_some
from syncd.store import beginning, inbox, seen
from syncd.store.journal import Pen
from syncd.store.seen import Stand

PLAN_AGAIN = ""  # no fingerprint is empty: the next sync takes the order up, whatever it finds


@dataclass(frozen=True, slots=True)
class Adopted:
    """Where every standing sale of ours stands afterwards; the last six numbers sum to `sales_seen`."""

    from_version: int  # of the sales feed
    to_version: int
    sales_seen: int
    linked: int  # now, and equal to what their orders ask for
    already_linked: int
    different: int  # not what their orders ask for: held, never changed by us
    doubles: int  # a second sale of a part: the next sync voids it when nobody has touched it
    without_order: int  # the ERP has no such order: held, never voided
    undecided: int  # of an order that is not settled: the next sync goes on with it


def adopt(given: Given, run: Run, *, from_beginning: bool = False) -> Adopted:
    """Read the sales feed from `orders.start` on (or from its first version), and link what stands."""
    with given.locks.writer(run.command, wait=run.lock_wait) as epoch:
        pen = Pen(given.account, epoch, run.id)
        rules = settled_rules(given)
        feed = read_anew(given, begin=0 if from_beginning else find_begin(given))
        with given.database.write() as tx:
            beginning.lower(tx, given.account, feed.start)
        before = _linked(given)
        read_orphans(given, run)
        named = _read_anew(given, run)
        planning = plan_due(given, rules, only=named)
        for one in planning.orders:
            _adopt_one(given, run, pen, one, planning.planned_with)
        hold_orphans(given, run, pen)
        adopted = _count(given, before, feed.start, feed.version)
    run.count("sales_fresh", feed.fresh)
    run.count("adopted", adopted.linked)
    return adopted


def _read_anew(given: Given, run: Run) -> set[OrderId]:
    """The orders that standing sales name and that are due, as the ERP has them now.

    Compared with a reading of yesterday, a sale that was rightly changed since would look like somebody's work.
    """
    with given.database.read() as tx:
        named = seen.orders_of_standing(tx, given.account)
        due = named & {one.id for one in inbox.due(tx, given.account, planned_with=PLAN_AGAIN, retried=())}
    if due:
        read_some(given, run, sorted(due))
    return named


def _adopt_one(given: Given, run: Run, pen: Pen, one: Planned, planned_with: str) -> None:
    plan = one.plan
    links = [step for step in plan.steps if isinstance(step, Adopt)]
    is_whole = len(links) == len(plan.steps)
    with pen.write(given.database) as tx:
        for step in links:
            take(tx, given, step)
        if is_whole:
            settle(tx, given, run, one, plan, planned_with)
        elif plan.outcome is Outcome.HELD:
            # Its double is the next sync's to void.
            settle(tx, given, run, one, OrderPlan(plan.outcome, plan.reason, plan.detail, plan.line), PLAN_AGAIN)


def _linked(given: Given) -> set[SaleId]:
    with given.database.read() as tx:
        return {one.sale for one in seen.where_all_stand(tx, given.account) if one.is_linked}


def _count(given: Given, before: set[SaleId], start: int, version: int) -> Adopted:
    with given.database.read() as tx:
        standing = seen.where_all_stand(tx, given.account)
    linked_parts = {_part(one) for one in standing if one.is_linked}

    def where(one: Stand) -> str:
        if one.reason is None:
            return "without_order"
        if not one.is_linked:
            return "doubles" if _part(one) in linked_parts else "undecided"
        if one.reason == Reason.ADOPTED_DIFFERENT:
            return "different"
        return "already_linked" if one.sale in before else "linked"

    counts = Counter(where(one) for one in standing)
    return Adopted(
        from_version=start,
        to_version=version,
        sales_seen=len(standing),
        linked=counts["linked"],
        already_linked=counts["already_linked"],
        different=counts["different"],
        doubles=counts["doubles"],
        without_order=counts["without_order"],
        undecided=counts["undecided"],
    )


def _part(one: Stand) -> Part | None:
    identity = read_source_id(one.source_id)
    return identity.part if identity else None
