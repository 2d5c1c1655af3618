"""All that the store knows of one order, as data: what `explain order` prints and gives to programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from syncd.cli.return_words import returns_as_data
from syncd.cli.story import step_in_words
from syncd.domain.decided import Decided, decided_how, decided_whether
from syncd.domain.identity import Part
from syncd.domain.ids import Account, EntryId, OrderLineId, OutletId, SaleId
from syncd.domain.journal import OPEN, CloseReturn, CreateSale, EntryState, UpdateSale
from syncd.domain.money import ZERO
from syncd.domain.names import OrderNames
from syncd.domain.next_steps import what_happens_next, with_hold
from syncd.domain.order_money import money_of
from syncd.domain.orders import Order
from syncd.domain.plan_orders import Create, OrderPlan, PartRecord, SeenSale, Update
from syncd.domain.reasons import Outcome, next_step, sentence
from syncd.domain.returns import SaleReturn
from syncd.domain.sales import Sale, SaleDraft, SaleState
from syncd.errors import StoreError
from syncd.jobs.foresee import foresee
from syncd.store import attempts, catalogue, holds, inbox, journal, order_names, parts, returns, revisions, seen
from syncd.store.attempts import Attempt
from syncd.store.codec import decode
from syncd.store.database import Transaction
from syncd.store.holds import Hold
from syncd.store.inbox import InboxOrder
from syncd.store.journal import Entry

OUTLET = "outlet"


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of one order, read at one moment."""

    row: InboxOrder
    records: tuple[PartRecord, ...]
    sales: tuple[SeenSale, ...]
    entries: tuple[Entry, ...]
    attempts: tuple[Attempt, ...]
    outlets: dict[OutletId, str]
    verified: dict[Part, str]
    seen_at: dict[SaleId, str]
    returns: tuple[SaleReturn, ...]

    @property
    def under_way(self) -> list[EntryState]:
        return [entry.state for entry in self.entries if entry.state in OPEN]

    def sale(self, sale: SaleId | None) -> Sale | None:
        return next((one.sale for one in self.sales if one.sale.id == sale), None)

    def asked_for(self, part: Part) -> list[tuple[EntryState, SaleDraft]]:
        """What the part's sale was to be, each time that it was made or changed; oldest first."""
        return [
            (entry.state, entry.command.draft)
            for entry in self.entries
            if isinstance(entry.command, CreateSale | UpdateSale) and entry.command.part == part
        ]

    def draft_of(self, record: PartRecord) -> tuple[SaleDraft, str] | None:
        """What the part's sale is, or is about to be, and which of the two; None when none stands."""
        asked = self.asked_for(record.part)
        if asked and asked[-1][0] in OPEN:
            return asked[-1][1], "on its way"
        there = self.sale(record.sale)
        if record.draft is None or (there is not None and not there.is_standing):
            return None
        return record.draft, "in X-Series"

    def number_of(self, record: PartRecord) -> str:
        there, asked = self.sale(record.sale), self.asked_for(record.part)
        return there.invoice_number if there else asked[-1][1].invoice_number if asked else self.row.number


def find_stories(
    tx: Transaction, account: Account, reference: str, names: OrderNames, *, now: datetime
) -> list[dict[str, Any]]:
    """The story of every order that is or was called so, or of which a sale is."""
    found = order_names.find(tx, account, reference)
    return [_story(tx, account, row, names, now=now) for row in inbox.get_all(tx, account, found)]


def _story(tx: Transaction, account: Account, row: InboxOrder, names: OrderNames, *, now: datetime) -> dict[str, Any]:
    known = _known(tx, account, row)
    order, said = row.order, [one for one in holds.decisions(tx, account) if one.hold.order == row.id]
    plan = foresee(tx, account, names, row, known.records, known.sales, now=now)
    drafts, hold = _drafts(known, plan), holds.find_open(tx, account, holds.order_subject(row.id))
    return {
        "order": row.id,
        "number": row.number,
        "former_numbers": order_names.former_numbers(tx, account, row.id, number=row.number),
        "reference": order.reference if order else "",
        "outcome": row.outcome,
        "reason": row.reason,
        "meaning": sentence(row.reason),
        "detail": row.detail,
        "next": with_hold(next_step(row.reason), hold.id if hold else None),
        "happens_next": [
            with_hold(words, hold.id if hold else None)
            for words in what_happens_next(
                row.outcome, row.reason, under_way=known.under_way, decided=[str(one) for one in said]
            )
        ],
        "would": _would(known, plan),
        "erp": _erp(tx, account, row),
        "decided": [{"what": one.what, "setting": one.setting} for one in _decided(row, names, drafts)],
        "money": _money(order, drafts) if order else None,
        "parts": [_part(known, record) for record in known.records],
        "journal": [_entry(known, entry) for entry in known.entries],
        "hand_over": _hand_over(tx, account, known, order) if order else [],
        "returns": returns_as_data(tx, account, known.returns, [one.sale for one in known.sales]),
        "holds": [_hold(hold) for hold in holds.of_order(tx, account, row.id)],
    }


def _known(tx: Transaction, account: Account, row: InboxOrder) -> Known:
    return Known(
        row=row,
        records=tuple(parts.of_order(tx, account, row.id)),
        sales=tuple(seen.of_orders(tx, account, [row.id])),
        entries=tuple(journal.of_order(tx, account, row.id)),
        attempts=tuple(attempts.of_order(tx, account, row.id)),
        outlets={OutletId(one.id): one.name for one in catalogue.references(tx, account) if one.kind.value == OUTLET},
        verified=parts.verified_when(tx, account, row.id),
        seen_at=seen.changes_read_at(tx, account, row.id),
        returns=tuple(returns.of_order(tx, account, row.id)),
    )


def _drafts(known: Known, plan: OrderPlan | None) -> list[tuple[SaleDraft, str]]:
    """The sales of the order as they stand or are on their way; as they would be, where none was made yet."""
    found = [draft for record in known.records if (draft := known.draft_of(record)) is not None]
    if found or plan is None:
        return found
    return [(step.draft, "planned") for step in plan.steps if isinstance(step, Create | Update)]


def _would(known: Known, plan: OrderPlan | None) -> list[str]:
    """What the next run would send, where nothing is on its way yet and no person is waited for."""
    if plan is None or known.row.outcome is not Outcome.WAITING or known.under_way:
        return []
    first = ["make its customer in X-Series"] if plan.newcomer is not None else []
    return [*first, *(step_in_words(step) for step in plan.steps)]


def _erp(tx: Transaction, account: Account, row: InboxOrder) -> dict[str, Any]:
    order = row.order
    return {
        "state": order.state if order else "unreadable",
        "confirmed_at": order.confirmed_at if order else None,
        "changed_at": row.changed_at,
        "first_read_at": row.first_read_at,
        "read_at": row.read_at,
        "is_gone": row.gone,
        "reading": row.seq,
        "customer": order.customer.code if order else "",
        "is_forgotten": row.is_forgotten,
        "paid": order.paid if order else None,
        "received": order.paid_amount if order else None,
        "total": order.total if order else None,
        "currency": order.currency if order else "",
        "problem": row.problem,
        "lines": [
            {
                "line": line.id,
                "sku": line.sku,
                "description": line.description,
                "quantity": line.quantity,
                "shipped": line.shipped,
                "location": line.location,
                "net": line.net,
                "taxes": [tax.name for tax in line.taxes],
                "is_the_problem": line.id == row.line,
            }
            for line in (order.lines if order else ())
        ],
        "revisions": [
            {"reading": one.seq, "changed_at": one.changed_at, "read_at": one.read_at, "changes": one.changes}
            for one in revisions.of_order(tx, account, row.id)
        ],
    }


def _decided(row: InboxOrder, names: OrderNames, drafts: Sequence[tuple[SaleDraft, str]]) -> list[Decided]:
    if row.order is None:
        return []
    sold = {line.order_line: line.sku for draft, _ in drafts for line in draft.lines}
    how = decided_how(row.order, names, sold) if row.outcome is not Outcome.IGNORED else []
    return [*decided_whether(row.order, names), *how]


def _money(order: Order, drafts: Sequence[tuple[SaleDraft, str]]) -> dict[str, Any]:
    money = money_of(order, [draft for draft, _ in drafts])
    return {
        "total": money.total,
        "of_the_order": money.of_the_order,
        "left": money.left,
        "sales": [
            {
                "invoice_number": draft.invoice_number,
                "status": status,
                "net": draft.net,
                "tax": draft.total - draft.net,
                "total": draft.total,
                "paid": sum((payment.amount for payment in draft.payments), ZERO),
            }
            for draft, status in drafts
        ],
        "lines": [
            {
                "invoice_number": line.invoice_number,
                "line": line.order_line,
                "sku": line.sku,
                "quantity": line.quantity,
                "net": line.net,
                "tax": line.tax,
                "remark": line.remark,
            }
            for line in money.lines
        ],
    }


def _part(known: Known, record: PartRecord) -> dict[str, Any]:
    there = known.sale(record.sale)
    return {
        "outlet": known.outlets.get(record.part.outlet, record.part.outlet),
        "method": record.part.method,
        "generation": record.generation,
        "sale": record.sale,
        "made_by": next((one.made_by for one in known.sales if one.sale.id == record.sale), ""),
        "invoice_number": known.number_of(record),
        "total": record.draft.total if record.draft else None,
        "state": there.state if there else "",
        "under_way": next((state for state, _ in reversed(known.asked_for(record.part)) if state in OPEN), ""),
        "paid": there.paid if there else None,
        "on_account": there.is_on_account if there else False,
        "seen_at": known.seen_at.get(record.sale) if record.sale else None,
        "verified_at": known.verified.get(record.part),
    }


def _entry(known: Known, entry: Entry) -> dict[str, Any]:
    command = entry.command
    draft = command.draft if isinstance(command, CreateSale | UpdateSale | CloseReturn) else None
    return {
        "entry": entry.id,
        "do": entry.action,
        "invoice_number": draft.invoice_number if draft else "",
        "outlet": known.outlets.get(draft.outlet, draft.outlet) if draft else "",
        "total": draft.total if draft else None,
        "state": entry.state,
        "reading": entry.seq,
        "attempts": entry.attempts,
        "decided_at": entry.decided_at,
        "sent_at": entry.sent_at,
        "answered_at": entry.answered_at,
        "answer": _answer(entry),
        "settled_at": entry.settled_at,
        "sale": entry.sale,
        "reason": entry.reason,
        "detail": entry.detail,
        "tries": _tries(known.attempts, entry.id),
    }


def _tries(found: Sequence[Attempt], entry: EntryId) -> list[dict[str, Any]]:
    return [{"sent_at": one.sent_at, "ended_at": one.ended_at, "said": one.said} for one in found if one.entry == entry]


def _answer(entry: Entry) -> str:
    """The answer in a few words: the sale that it showed, where it showed one."""
    try:
        sale = decode(entry.answer, Sale) if entry.answer.startswith("{") else None
    except StoreError:  # cut off, because it was long
        return "the sale, with many lines"
    if sale is None:
        return entry.answer
    lines = "1 line" if len(sale.lines) == 1 else f"{len(sale.lines)} lines"
    return f"the sale {sale.invoice_number}: {sale.state}, {lines}, {sale.total:f}"


def _hand_over(tx: Transaction, account: Account, known: Known, order: Order) -> list[dict[str, Any]]:
    """Per line of goods: ordered, handed over by closed sales, shipped by the ERP from all its locations."""
    handed: defaultdict[OrderLineId, Decimal] = defaultdict(Decimal)
    for record in known.records:
        there = known.sale(record.sale)
        if there is not None and there.state is SaleState.CLOSED:
            for line_id, _, quantity in parts.lines_of(tx, account, record.part):
                handed[line_id] += quantity
    rows: dict[OrderLineId, dict[str, Any]] = {}
    for line in order.goods:
        fresh = {"line": line.id, "sku": line.sku, "ordered": ZERO, "handed_over": handed[line.id], "shipped": ZERO}
        row = rows.setdefault(line.id, fresh)
        row["ordered"] += line.quantity
        row["shipped"] += line.shipped
    return list(rows.values())


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "id": hold.id,
        "reason": hold.reason,
        "meaning": sentence(hold.reason),
        "detail": hold.detail,
        "next": next_step(hold.reason),
        "opened_at": hold.opened_at,
        "closed_at": hold.closed_at,
        "closed_because": hold.closed_because,
    }
