"""syncd with one part broken: each must turn one of the zeros into a number, or the proof proves nothing.

Composed here, in a forked process that dies soon; no line of the shipped code knows of it. Where a part is a port, a
broken one is put in front of it; where it is a step of a job, the step is replaced in this process.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import syncd.domain.plan_fulfilments
import syncd.jobs.apply
import syncd.jobs.completions
import syncd.jobs.decide
import syncd.jobs.orders
from syncd.domain.clock import BootTime
from syncd.domain.ids import SaleId, SourceId
from syncd.domain.journal import Action, EntryState
from syncd.domain.orders import OrderPage, OrderStamp
from syncd.domain.sales import Sale, SaleDraft, SaleReceipt, SalesPage
from syncd.errors import NotSent, OutsideError, Unanswered
from syncd.jobs.apply import Receipt
from syncd.jobs.fulfil_sales import Ready
from syncd.jobs.given import Given, Run
from syncd.store import cursors, journal, parts, seen
from syncd.store.codec import to_text
from syncd.store.journal import Pen
from tests.crash.faults import LATE_BELOW_SETTLE_S

TICKET_MAX = 1 << 40


@dataclass(frozen=True, slots=True)
class Sabotage:
    """What is broken, and the lifetimes in which that must show."""

    breaks: Callable[[Given], Given]
    fault: str
    dialect: str
    points: Sequence[str]  # where it is killed; each is lived until one shows it
    workload: str = "orders"


class Before:
    """In front of a port: everything passes but what a child of this class does itself."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


def no_look_up(given: Given) -> Given:
    """What may have happened is sent again, and nobody looks whether it is there."""

    def send_again(given: Given, run: Run, pen: Pen, actions: Iterable[Action]) -> None:
        with given.database.write() as tx:
            for entry in journal.open_entries(tx, pen.account, actions):
                if entry.state is EntryState.UNKNOWN:
                    journal.wait(tx, pen, entry.id, until=given.clock.boot_time(), detail="sabotage")

    _replace(syncd.jobs.orders, "look_up_unknown", send_again)
    _replace(syncd.jobs.apply.Apply, "_look_for_a_twin", lambda _self, _tx, _draft: None)
    return given


def commit_after_send(given: Given) -> Given:
    """The first byte leaves before the entry says so."""

    class Late(syncd.jobs.apply.Apply):
        def _begin(self, entry: journal.Entry, begun: BootTime, watermark: int) -> BootTime:
            return begun.plus(self.given.settings.deadlines[entry.action])

        def _send_now(
            self, entry: journal.Entry, there: Sale | Ready | None, begun: BootTime, deadline: BootTime
        ) -> int:
            receipt: Receipt | None = None
            error: OutsideError | None = None
            try:
                receipt = self._call(entry, there)
            except OutsideError as lost:
                error = lost
            sent = _Replayed(receipt, error)
            self._call = sent  # type: ignore[method-assign,assignment]
            super()._begin(entry, begun, watermark=0)
            try:
                return super()._send_now(entry, there, begun, deadline)
            finally:
                del self._call

    _replace(syncd.jobs.orders, "Apply", Late)
    return given


class _Replayed:
    """The outcome of a call that was made already."""

    def __init__(self, receipt: Receipt | None, error: OutsideError | None) -> None:
        self._receipt, self._error = receipt, error

    def __call__(self, _entry: journal.Entry, _there: Sale | Ready | None) -> Receipt | None:
        if self._error is not None:
            raise self._error
        return self._receipt


def no_settle(given: Given) -> Given:
    """Absent once is absent."""
    deadlines = dict.fromkeys(given.settings.deadlines, timedelta(0))
    return replace(given, settings=replace(given.settings, settle=timedelta(0), deadlines=deadlines))


def cursor_first(given: Given) -> Given:
    """The watermark moves before the orders that it covers are kept."""

    class CursorFirst(Before):
        def read_changed_orders(self, since: datetime | None) -> Iterator[OrderPage]:
            for page in self._port.read_changed_orders(since):
                if page.watermark is not None:
                    reached, now = to_text(page.watermark), given.clock.now()
                    with given.database.write() as tx:
                        cursors.move(tx, given.account, cursors.ERP_ORDERS, reached, ticket=TICKET_MAX, now=now)
                yield page

        def read_stamps(self, _since: datetime) -> Iterator[list[OrderStamp]]:
            raise NotSent("no route to the list")  # or a sweep would find what was passed over

    return replace(given, erp=CursorFirst(given.erp))


def random_key(given: Given) -> Given:
    """The key of a sale is drawn by lot, and only the process that drew it can read it back."""
    drawn: dict[str, str] = {}

    def ours(sale: Sale) -> Sale:
        return replace(sale, source_id=drawn.get(sale.source_id, sale.source_id))

    class RandomKey(Before):
        def create_sale(self, draft: SaleDraft) -> SaleReceipt:
            key = str(uuid.uuid4())
            drawn[key] = draft.source_id
            receipt: SaleReceipt = self._port.create_sale(replace(draft, sale_id=SaleId(key), source_id=SourceId(key)))
            return receipt

        def read_sale(self, sale: SaleId) -> Sale | None:
            found = self._port.read_sale(sale)
            return ours(found) if found else None

        def read_sales(self, *, after: int) -> Iterator[SalesPage]:
            for page in self._port.read_sales(after=after):
                yield replace(page, sales=tuple(ours(sale) for sale in page.sales))

    return replace(given, retail=RandomKey(given.retail))


def retry_in_transport(given: Given) -> Given:
    """A write without an answer is sent once more, at once."""

    class Retrying(Before):
        def create_sale(self, draft: SaleDraft) -> SaleReceipt:
            try:
                receipt: SaleReceipt = self._port.create_sale(draft)
            except Unanswered:
                receipt = self._port.create_sale(draft)
            return receipt

    return replace(given, retail=Retrying(given.retail))


def no_adoption(given: Given) -> Given:
    """What stands in X-Series and is not in the store is not ours."""

    class OnlyWhatIsLinked(Before):
        def of_orders(self, tx: Any, account: Any, orders: Any) -> list[Any]:
            linked = {record.sale for record in parts.of_orders(tx, account, orders)}
            return [one for one in seen.of_orders(tx, account, orders) if one.sale.id in linked]

    _replace(syncd.jobs.decide, "seen", OnlyWhatIsLinked(seen))
    _replace(syncd.jobs.apply.Apply, "_look_for_a_twin", lambda _self, _tx, _draft: None)
    return given


def no_verification(given: Given) -> Given:
    """What was answered is done."""

    def believe(given: Given, run: Run, pen: Pen, actions: Iterable[Action]) -> None:
        with given.database.write() as tx:
            for entry in journal.open_entries(tx, pen.account, actions):
                if entry.state is EntryState.ANSWERED:
                    journal.finish(tx, pen, entry.id, now=given.clock.now())

    _replace(syncd.jobs.orders, "verify_answered", believe)
    return given


def no_totals(given: Given) -> Given:
    """What was handed over is missing in the ERP, whatever that has shipped already."""
    for module in (syncd.domain.plan_fulfilments, syncd.jobs.completions):
        _replace(module, "still_missing", lambda one, _here: dict(one.lines))
    return given


def _replace(owner: Any, name: str, broken: Any) -> None:
    assert hasattr(owner, name), f"{owner} has no {name} to break"
    setattr(owner, name, broken)


_LATE = f"xseries.late_commit_{LATE_BELOW_SETTLE_S:.0f}s@1"
_SENDING = ("apply.answered_not_committed", "wire.xseries.write_answered", "apply.failed", "apply.failure_committed")
_READING = ("inbox.page_read",)
_LATER = ("decide.order_committed", "verify.one", "apply.answer_committed", "orders.planned")

SABOTAGES: dict[str, Sabotage] = {
    "no_look_up": Sabotage(no_look_up, "xseries.lost_after_commit@1", "classic", _SENDING),
    "commit_after_send": Sabotage(commit_after_send, _LATE, "classic", ("apply.sending_written", "apply.failed")),
    "no_settle": Sabotage(no_settle, _LATE, "classic", _SENDING),
    "cursor_first": Sabotage(cursor_first, "none@1", "classic", _READING),
    "random_key": Sabotage(random_key, "xseries.lost_after_commit@1", "2026-07", _LATER),
    "retry_in_transport": Sabotage(retry_in_transport, "xseries.lost_after_commit@1", "classic", _SENDING),
    "no_adoption": Sabotage(no_adoption, "store.empty@1", "classic", _LATER),
    "no_verification": Sabotage(no_verification, "xseries.empty_sale@1", "classic", _LATER),
    "no_totals": Sabotage(no_totals, "none@2", "2026-07", ("apply.answer_committed",), workload="hand_overs"),
}
