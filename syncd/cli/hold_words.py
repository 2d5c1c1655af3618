"""Holds as people and programs read them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from syncd.cli.screen import local, print_line, print_table, quantity
from syncd.domain.causes import cause_in_words
from syncd.domain.ids import Account
from syncd.domain.next_steps import looked_at_again, with_hold
from syncd.domain.orders import OrderLine
from syncd.domain.reasons import Outcome, Reason, in_words, next_step, sentence
from syncd.store import holds, inbox
from syncd.store.database import Transaction
from syncd.store.holds import Decision, Hold

AS_ABOVE = "as above"
ORDERS_NAMED_MAX = 10  # of those that are held for the same cause


@dataclass(frozen=True, slots=True)
class Told:
    """A hold with what belongs to it."""

    hold: Hold
    number: str  # of its order; empty where the hold is about something else
    line: OrderLine | None  # that is to blame
    decision: Decision | None  # that no run has heard yet

    @property
    def about(self) -> str:
        return f"order {self.number}" if self.number else self.hold.subject

    @property
    def next(self) -> str:
        return with_hold(next_step(self.hold.reason), self.hold.id)

    @property
    def what(self) -> str:
        return in_words(self.hold.reason, self.hold.detail)


def told_of(tx: Transaction, account: Account, found: Sequence[Hold]) -> list[Told]:
    """Holds of one cause stand together, the cause that is held longest first."""
    waiting = {decision.hold.id: decision for decision in holds.decisions(tx, account)}
    first: dict[str, int] = {}
    for hold in found:
        first.setdefault(hold.cause or hold.subject, hold.id)
    ordered = sorted(found, key=lambda hold: (first[hold.cause or hold.subject], hold.id))
    return [_told(tx, account, hold, waiting.get(hold.id)) for hold in ordered]


def _told(tx: Transaction, account: Account, hold: Hold, decision: Decision | None) -> Told:
    row = inbox.get(tx, account, hold.order) if hold.order else None
    blamed = row.line if row is not None and row.reason is hold.reason else ""
    lines = row.order.lines if row is not None and row.order is not None else ()
    line = next((one for one in lines if one.id == blamed), None)
    return Told(hold, row.number if row else "", line, decision)


def hold_as_data(one: Told) -> dict[str, Any]:
    hold, line = one.hold, one.line
    return {
        "id": hold.id,
        "subject": hold.subject,
        "order": hold.order,
        "number": one.number,
        "reason": hold.reason,
        "meaning": sentence(hold.reason),
        "cause": cause_in_words(hold.cause),
        "detail": hold.detail,
        "line": {"line": line.id, "sku": line.sku, "quantity": line.quantity, "net": line.net} if line else None,
        "next": one.next,
        "looked_at_again": looked_at_again(hold.reason, Outcome.HELD),
        "opened_at": hold.opened_at,
        "closed_at": hold.closed_at,
        "closed_because": hold.closed_because,
        "decided": str(one.decision) if one.decision else "",
    }


def payload_of(hold: Hold) -> Mapping[str, Any] | None:
    """What was sent, for a hold that comes from sending it."""
    return json.loads(hold.evidence) if hold.evidence else None


def causes_as_data(found: Sequence[Told]) -> list[dict[str, Any]]:
    """Every cause once, however many are held for it; orders without any sale first."""
    groups: dict[str, list[Told]] = {}
    for one in found:
        groups.setdefault(one.hold.cause or one.hold.subject, []).append(one)
    causes = [
        {
            "reason": its[0].hold.reason,
            "cause": _worth_saying(its[0]),
            "meaning": sentence(its[0].hold.reason),
            "holds": len(its),
            "orders": sorted({one.number for one in its if one.number}),
            "since": its[0].hold.opened_at,
            "next": its[0].next if len(its) == 1 else next_step(its[0].hold.reason),
        }
        for its in groups.values()
    ]
    return sorted(causes, key=lambda cause: cause["reason"] is not Reason.MOVED_NOT_CREATED)


def _worth_saying(one: Told) -> str:
    """The cause, where it is not just the order."""
    cause = cause_in_words(one.hold.cause)
    return "" if cause == one.hold.subject else cause


def print_causes(causes: Sequence[dict[str, Any]], zone: tzinfo) -> None:
    rows = []
    for cause in causes:
        orders = ", ".join(cause["orders"][:ORDERS_NAMED_MAX]) + (", ..." if cause["holds"] > ORDERS_NAMED_MAX else "")
        what = in_words(cause["reason"], cause["cause"])
        rows.append((local(cause["since"], zone)[:-3], cause["holds"], orders, what, cause["next"]))
    if rows:
        print_line()
        print_table(("held since", ">holds", "orders", "why", "next step"), rows)


def print_holds(found: Sequence[Told], zone: tzinfo) -> None:
    """One row a hold; what is the same for all of a cause is said once."""
    if not found:
        print_line("nothing is held.")
        return
    rows: list[tuple[object, ...]] = []
    what = next_ = ""
    for one in found:
        step = f"decided: {one.decision}" if one.decision else next_step(one.hold.reason)
        told = (AS_ABOVE if what == one.what else one.what, AS_ABOVE if next_ == step else _typed(one, step))
        what, next_ = one.what, step
        rows.append((one.hold.id, one.number or one.hold.subject, _since(one, zone), one.hold.reason, *told))
    print_table((">id", "order", "since", "reason", "what", "next step"), rows)


def _typed(one: Told, step: str) -> str:
    return step if one.decision else one.next


def _since(one: Told, zone: tzinfo) -> str:
    return local(one.hold.opened_at, zone)[:-3]


def print_hold(one: Told, others: Sequence[Told], zone: tzinfo) -> None:
    """One hold whole. `others` are held for the same cause."""
    hold, line = one.hold, one.line
    until = f", until {local(hold.closed_at, zone)}: {hold.closed_because}" if hold.closed_at else ""
    print_line(f"hold {hold.id}: {one.about}, {hold.reason}, since {local(hold.opened_at, zone)}{until}")
    print_line(one.what)
    if line is not None:
        place = f", leaves from {line.location}" if line.location else ""
        print_line(f"line:    {quantity(line.quantity)} x {line.sku or line.description}, {line.net} net{place}")
    if hold.closed_at is None:
        print_line(f"next:    {one.next}")
        print_line(f"again:   {looked_at_again(hold.reason, Outcome.HELD)}")
    if one.decision:
        print_line(f"decided: {one.decision}; the next run takes it up")
    if others:
        names = ", ".join(f"{other.number or other.hold.subject}" for other in others[:ORDERS_NAMED_MAX])
        more = ", ..." if len(others) > ORDERS_NAMED_MAX else ""
        print_line(f"also:    {len(others)} more for the same cause: {names}{more}")
    _print_payload(payload_of(hold))
    if one.number:
        print_line(f"`syncd explain order {one.number}` tells the whole story.")


def _print_payload(payload: Mapping[str, Any] | None) -> None:
    draft = payload["command"].get("draft") if payload else None
    if payload is None:
        return
    print_line()
    words = payload["action"].replace("_", " ")
    if draft is None:
        print_line(f"what was sent: {words}")
    else:
        print_line(f"what was sent: {words} {draft['invoice_number']}, {draft['method']}")
        rows = (
            (f"  {line['sku']}", line["quantity"], line["price"], line["tax"], line["net"], line["tax_total"])
            for line in draft["lines"]
        )
        print_table(("  SKU", ">quantity", ">unit price", ">unit tax", ">net", ">tax"), rows)
    print_line("(`--json` shows all of it)")
