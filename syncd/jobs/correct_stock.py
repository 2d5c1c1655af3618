"""Correct what drifts: after a comparison, from a plan that was kept in a file, or to take a run back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from syncd.domain.ids import RunId
from syncd.domain.journal import Action
from syncd.domain.plan_corrections import (
    LEFT_ALONE_WORDS,
    Candidate,
    Key,
    Sorted,
    StockMode,
    StockPlan,
    correction_of,
    stale_rows,
    terms_of_corrections,
    undo_of,
)
from syncd.domain.reasons import Reason
from syncd.domain.stock_report import StockReport
from syncd.errors import StalePlan, StillUnknown, UsageError
from syncd.jobs.apply_corrections import ROW_SUBJECTS, ApplyCorrections, row_subject
from syncd.jobs.booked import kept_levels
from syncd.jobs.decisions import take_up_decisions
from syncd.jobs.given import Given, Run
from syncd.jobs.holding import hold
from syncd.jobs.plan_stock import brakes_of, keys_of, plan_corrections, way_of
from syncd.jobs.stock import compare_stock
from syncd.store import corrections, holds, journal, stock_report
from syncd.store.database import Transaction
from syncd.store.holds import Decision, Verb
from syncd.store.journal import Pen

BRAKE_SUBJECT = "stock:plan"
SUBJECTS = (BRAKE_SUBJECT, ROW_SUBJECTS)  # of holds that this job takes decisions about
ROWS_NAMED_MAX = 10  # of a stale plan


@dataclass(frozen=True, slots=True)
class PlannedStock:
    """A report, and the corrections that it asks for."""

    report: StockReport
    plan: StockPlan


# ------------------------------------------------------------------ planning


def plan_stock(given: Given, run: Run) -> PlannedStock:
    """Compare, and say what would be corrected; writes to neither side."""
    given = _exactly(given)
    with given.locks.stock(run.command, wait=run.lock_wait):
        report = compare_stock(given, run)
        plan, _ = plan_corrections(given, report)
    return PlannedStock(report, plan)


def plan_undo(given: Given, run: Run, *, of: RunId) -> StockPlan:
    """What takes the corrections of a run back, where nothing else has moved since; writes to neither side."""
    with given.database.read() as tx:
        rows = corrections.of_run(tx, given.account, of)
    if not rows:
        raise UsageError(f"run {of} has corrected nothing", hint="`syncd runs` lists them.")
    back, moved = undo_of(rows, kept_levels(given, rows))
    run.counts["rows_to_take_back"] = len(back)
    return StockPlan(
        account=given.account,
        run=of,
        made_at=given.clock.now(),
        way=way_of(given),
        rows=tuple(back),
        undo_of=of,
        moved=tuple(moved),
    )


def _exactly(given: Given) -> Given:
    """Compare as corrections do, whatever the mode."""
    terms = terms_of_corrections(given.settings.stock)
    return replace(given, settings=replace(given.settings, stock=terms))


# ------------------------------------------------------------------ applying


def run_stock(given: Given, run: Run, *, full: bool = False) -> StockReport:
    """The stock job, by its mode. One that only reports still finds out what became of a plan that was applied."""
    if given.settings.stock_mode is StockMode.CORRECT:
        return correct_stock(given, run, full=full)
    with given.locks.stock(run.command, wait=run.lock_wait):
        _begin(given, run)
        return compare_stock(given, run, full=full)


def correct_stock(given: Given, run: Run, *, full: bool = False) -> StockReport:
    """Compare, and correct what may be corrected."""
    given = _exactly(given)
    with given.locks.stock(run.command, wait=run.lock_wait):
        is_settled, approvals = _begin(given, run)
        report = compare_stock(given, run, full=full)
        plan, found = plan_corrections(given, report)
        given.at("correct.planned")
        _tell_left_alone(run, plan)
        if not plan.rows and not found.not_kept and not _is_held(given):
            return report
        with given.locks.writer(run.command, wait=run.lock_wait) as epoch:
            pen = Pen(given.account, epoch, run.id)
            _note_rows(given, run, pen, found, report)
            if is_settled:
                _apply(given, run, pen, plan, approvals)
            else:
                run.say("an earlier batch of corrections is still looked up; nothing is sent before it is known.")
    return report


def _tell_left_alone(run: Run, plan: StockPlan) -> None:
    run.counts["left_alone"] = sum(plan.left_alone.values())
    for why, count in plan.left_alone.items():
        run.say(f"left alone: {count}, {LEFT_ALONE_WORDS[why]}")


def apply_plan(given: Given, run: Run, plan: StockPlan) -> None:
    """Apply a plan that was kept. Raise StalePlan, naming the rows, where something has moved since it was made."""
    if plan.account != given.account:
        raise UsageError(f"the plan is of the account {plan.account}", hint=f"This config is of {given.account}.")
    if odd := [row.words for row in plan.rows if row.delta != row.expected - row.level]:
        raise UsageError(f"the plan does not add up: {odd[0]}", hint="Somebody has changed it. Make the plan again.")
    given = _exactly(given)
    with given.locks.stock(run.command, wait=run.lock_wait):
        is_settled, approvals = _begin(given, run)
        if not is_settled:
            raise StillUnknown
        plan = _refreshed(given, run, plan)
        given.at("correct.planned")
        with given.locks.writer(run.command, wait=run.lock_wait) as epoch:
            _apply(given, run, Pen(given.account, epoch, run.id), plan, approvals)


def _begin(given: Given, run: Run) -> tuple[bool, tuple[Decision, ...]]:
    """Take up what persons have decided and resolve what an earlier run has left, where there is anything of either.

    True when nothing of an earlier run is open any more.
    """
    with given.database.read() as tx:
        left = journal.open_marks(tx, given.account, (Action.CORRECT_STOCK,))
        said = [one for one in holds.decisions(tx, given.account) if one.hold.subject.startswith(SUBJECTS)]
    if not left and not said:
        return True, ()
    with given.locks.writer(run.command, wait=run.lock_wait) as epoch:
        pen = Pen(given.account, epoch, run.id)
        taken = take_up_decisions(given, run, pen, subjects=SUBJECTS)
        return ApplyCorrections(given, run, pen).settle(), taken.approvals


def _apply(given: Given, run: Run, pen: Pen, plan: StockPlan, approvals: tuple[Decision, ...]) -> None:
    if not _brake(given, run, pen, plan.brakes, approvals):
        ApplyCorrections(given, run, pen).apply(plan.rows, plan.way, approvals)


def _is_held(given: Given) -> bool:
    """Something that this job may find to be over."""
    with given.database.read() as tx:
        return any(one.subject.startswith(SUBJECTS) for one in holds.open_holds(tx, given.account))


def _refreshed(given: Given, run: Run, plan: StockPlan) -> StockPlan:
    """The plan with the brakes of today. Raise StalePlan when it is not what would be planned now."""
    if plan.undo_of is None:
        report = compare_stock(given, run)
        fresh, _ = plan_corrections(given, report)
        stale = stale_rows(plan.rows, {row.key: row for row in fresh.rows})
    else:
        with given.database.read() as tx:
            newest = stock_report.newest(tx, given.account)
        if newest is None:
            raise UsageError("no stock was compared yet", hint="`syncd sync stock` does it.")
        report = newest
        back = {row.key: replace(row, level=row.expected, expected=row.level) for row in plan.rows}
        _, stale = undo_of(back.values(), kept_levels(given, plan.rows))
    if stale:
        more = f" and {len(stale) - ROWS_NAMED_MAX} more" if len(stale) > ROWS_NAMED_MAX else ""
        named = "; ".join(stale[:ROWS_NAMED_MAX]) + more
        raise StalePlan(f"the plan is stale: {named}", hint="Nothing was sent. Make the plan again.")
    plan = replace(plan, way=way_of(given))
    return replace(plan, brakes=brakes_of(given, report, plan))


# ------------------------------------------------------------------ holds


def _brake(given: Given, run: Run, pen: Pen, too_much: Sequence[str], approvals: Collection[Decision]) -> bool:
    """Hold a plan that is too much to be true, unless a person lets it pass; True when it is held."""
    with pen.write(given.database) as tx:
        if not too_much:
            holds.consume(tx, given.account, list(approvals), run=run.id, now=given.clock.now())
            holds.close(tx, given.account, BRAKE_SUBJECT, because="the plan is small again", now=given.clock.now())
        if not too_much or any(one.verb is Verb.APPROVE for one in approvals):
            return False
        detail = "; ".join(too_much)
        hold(tx, given, run, BRAKE_SUBJECT, order=None, reason=Reason.STOCK_BRAKE, detail=detail)
        braked = holds.find_open(tx, given.account, BRAKE_SUBJECT)
    run.braked = True
    run.say(f"stopped: {detail}.")
    run.say(f"look:  syncd plan stock        let it pass once:  syncd holds approve {braked.id if braked else ''}")
    return True


def _note_rows(given: Given, run: Run, pen: Pen, found: Sorted, report: StockReport) -> None:
    """Hold what is as it was before it was corrected, and close the holds of levels that are as expected now."""
    compared = {one.outlet for one in report.outlets}
    with pen.write(given.database) as tx:
        now = given.clock.now()
        for one in found.not_kept:
            _hold_again(tx, given, run, one)
        corrections.note_not_kept(tx, given.account, [one.key for one in found.not_kept])
        for held in holds.open_holds(tx, given.account):
            key = _key_of(held.subject)
            if key is not None and key[0] in compared and key not in found.drifting:
                holds.close(tx, given.account, held.subject, because="the level is as expected", now=now)


def _hold_again(tx: Transaction, given: Given, run: Run, one: Candidate) -> None:
    row = correction_of(one)
    detail = f"{row.words}: it was corrected to {row.expected:f}, and is {row.level:f} again"
    hold(tx, given, run, row_subject(row), order=None, reason=Reason.CORRECTION_NOT_KEPT, detail=detail)


def _key_of(subject: str) -> Key | None:
    return next(keys_of([subject]), None)
