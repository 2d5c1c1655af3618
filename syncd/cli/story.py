"""Plans and orders as people and programs read them: the same data for tables and for `--json`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from syncd.cli.plan_sums import twin_as_data
from syncd.domain.ids import SourceId
from syncd.domain.plan_fulfilments import FulfilmentPlan
from syncd.domain.plan_orders import Adopt, BeginReturn, Create, FinishReturn, Step, Update, Void
from syncd.domain.reasons import Outcome, in_words, next_step, sentence
from syncd.domain.sales import SaleDraft
from syncd.domain.takeover import Twin
from syncd.jobs.decide import Planned, Planning


def planning_as_data(planning: Planning, twins: Mapping[SourceId, Twin]) -> list[dict[str, Any]]:
    """`twins`: what others have made of the sales to make, where that was looked up."""
    return [_planned_as_data(one, twins) for one in planning.orders]


def _planned_as_data(one: Planned, twins: Mapping[SourceId, Twin]) -> dict[str, Any]:
    plan = one.plan
    return {
        "order": one.inbox.id,
        "number": one.inbox.number,
        "outcome": plan.outcome,
        "reason": plan.reason,
        "meaning": sentence(plan.reason),
        "next": next_step(plan.reason),
        "detail": plan.detail,
        "line": plan.line,
        "makes_its_customer": plan.newcomer is not None,
        "steps": [_step_as_data(step, twins) for step in plan.steps],
    }


def _step_as_data(step: Step, twins: Mapping[SourceId, Twin]) -> dict[str, Any]:
    match step:
        case Create(draft=draft):
            twin = twins.get(draft.source_id)
            there = {"there": twin_as_data(twin)} if twin is not None else {}
            return {"do": "create", "generation": step.generation, **draft_as_data(draft), **there}
        case Update(before=before, draft=draft):
            return {"do": "update", "sale": step.sale, "total_before": before.total, **draft_as_data(draft)}
        case BeginReturn(draft=draft):
            return {"do": "return", "return_for": step.original, **draft_as_data(draft)}
        case FinishReturn(draft=draft):
            return {"do": "close_return", "sale": step.sale, "return_for": step.original, **draft_as_data(draft)}
        case Void():
            return {"do": "void", "sale": step.sale, "why": step.why}
        case Adopt(draft=draft):
            return {"do": "adopt", "sale": step.sale, "differs": step.differs, **draft_as_data(draft)}


def draft_as_data(draft: SaleDraft) -> dict[str, Any]:
    return {
        "invoice_number": draft.invoice_number,
        "outlet": draft.outlet,
        "method": draft.method,
        "net": draft.net,
        "total": draft.total,
        "paid": sum(payment.amount for payment in draft.payments),
        "lines": [
            {"sku": line.sku, "quantity": line.quantity, "net": line.net, "tax": line.tax_total} for line in draft.lines
        ],
    }


def step_in_words(step: Step) -> str:
    match step:
        case Create(draft=draft):
            lines = "1 line" if len(draft.lines) == 1 else f"{len(draft.lines)} lines"
            return f"create {draft.invoice_number} for {draft.method}: {lines}, {draft.total}"
        case Update(before=before, draft=draft):
            return f"update {draft.invoice_number}: {before.total} -> {draft.total}"
        case BeginReturn(draft=draft) | FinishReturn(draft=draft):
            return f"return goods of the sale {step.original}: {draft.total}"
        case Void():
            return f"void sale {step.sale}: {step.why}"
        case Adopt(draft=draft):
            return f"adopt {draft.invoice_number}" + (f": differs, {'; '.join(step.differs)}" if step.differs else "")


def planning_rows(planning: Planning, outlets: dict[str, str]) -> list[Sequence[object]]:
    """One row a step, or one row for an order without any; by number, as people count."""
    rows: list[Sequence[object]] = []
    for one in sorted(planning.orders, key=lambda one: _by_number(one.inbox.number)):
        plan = one.plan
        is_written = any(not isinstance(step, Adopt) for step in plan.steps)
        reference = one.inbox.order.reference if one.inbox.order else ""
        outcome = "to do" if is_written and plan.outcome is Outcome.WAITING else plan.outcome
        head = (one.inbox.number, reference, outcome)
        if not plan.steps:
            rows.append((*head, "", f"{plan.reason}: {in_words(plan.reason, plan.detail)}"))
        for number, step in enumerate(plan.steps):
            outlet = outlets.get(step.part.outlet, step.part.outlet)
            words = step_in_words(step) + (", once its customer is made" if plan.newcomer is not None else "")
            rows.append((*(head if number == 0 else ("", "", "")), outlet, words))
    return rows


def _by_number(number: str) -> tuple[tuple[bool, int, str], ...]:
    """2 before 10, and SO2 before SO10."""
    words = re.findall(r"[0-9]+|[^0-9]+", number)
    return tuple((not word.isdecimal(), int(word) if word.isdecimal() else 0, word) for word in words)


def fulfilments_as_data(plan: FulfilmentPlan) -> dict[str, Any]:
    return {
        "completions": [
            {"order": one.order, "shipment": one.shipment, "sale": one.sale, "lines": one.lines}
            for one in plan.completions
        ],
        "hand_overs": [
            {"order": one.part.order, "sale": one.sale, "whole": one.whole, "lines": one.lines}
            for one in plan.hand_overs
        ],
        "disagreements": list(plan.disagreements),
    }


def fulfilments_in_words(plan: FulfilmentPlan) -> str:
    words = [f"{len(plan.completions)} shipments to complete in the ERP"]
    if plan.hand_overs:
        words.append(f"{len(plan.hand_overs)} sales to hand over in X-Series")
    if plan.disagreements:
        words.append(f"{len(plan.disagreements)} on which the two sides disagree")
    return ", ".join(words)
