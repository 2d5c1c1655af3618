"""The only mover of journal entries and the only caller of write ports, but for levels (`apply_corrections.py`).

An entry is committed `sending` before its first byte leaves, and what became of it is committed before anything is
concluded from it. A death at any line leaves an entry that the next run resolves. See DESIGN part 7.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from datetime import timedelta

from syncd.domain.clock import BootTime
from syncd.domain.customers import CustomerKey, RetailCustomer
from syncd.domain.ids import EntryId, OrderId, SaleId
from syncd.domain.journal import (
    SENDING_AGE_MAX,
    Action,
    CloseReturn,
    CompleteShipment,
    CreateCustomer,
    CreateSale,
    EntryState,
    FulfilSale,
    Settling,
    StartReturn,
    UpdateSale,
    Verdict,
    VoidSale,
    verdict_on,
)
from syncd.domain.reasons import Reason
from syncd.domain.rules import OrderRules
from syncd.domain.sales import Sale, SaleDraft, SaleReceipt
from syncd.domain.shipments import Completion
from syncd.errors import AlreadyLinked, NotEnoughStock, OutsideError
from syncd.jobs import fulfil_sales
from syncd.jobs.addresses import Addresses
from syncd.jobs.before_sending import (
    AlreadySo,
    SomebodysWork,
    is_stopped_by_deletion,
    still_as_begun,
    still_ours_to_update,
    still_ours_to_void,
    still_to_be_returned,
)
from syncd.jobs.completions import look_before_completing
from syncd.jobs.decide import settled_rules
from syncd.jobs.feed import keep_read_sales
from syncd.jobs.fulfil_sales import Ready
from syncd.jobs.given import Given, Run
from syncd.jobs.lookup import find_created
from syncd.jobs.outcome import hold_entry, reason_of
from syncd.jobs.returns import RETURN_ACTIONS, under_way
from syncd.log import logger
from syncd.store import attempts, beginning, cursors, customers, inbox, journal, parts, seen
from syncd.store.codec import encode
from syncd.store.database import Transaction
from syncd.store.journal import Entry, Mark, Pen

Receipt = SaleReceipt | RetailCustomer  # what a write is answered with, where it is answered with something
NOTHING = timedelta(0)
BACKDATED_MAX = timedelta(days=1)  # an ERP with days only says noon, in a zone of its own
SALE_ACTIONS = (Action.CREATE_SALE, Action.UPDATE_SALE, Action.VOID_SALE, *RETURN_ACTIONS)
CUSTOMER_ACTIONS = (Action.CREATE_CUSTOMER,)
ORDER_ACTIONS = (*SALE_ACTIONS, *CUSTOMER_ACTIONS)  # of the orders job
ERP_ACTIONS = (Action.COMPLETE_SHIPMENT,)
HAND_OVER_ACTIONS = (Action.FULFIL_SALE,)
SENT_TOGETHER = 200  # entries: about a page of the feed, which shows them
COMPLETED_TOGETHER = 20  # their states are read in one request; each takes about half a second of the ERP's time


def _nothing() -> None:
    """Nothing is done while others are sent."""


class Apply:
    """Sends what the journal holds, for one run that has the writer's pen."""

    def __init__(self, given: Given, run: Run, pen: Pen) -> None:
        self.given = given
        self.run = run
        self.pen = pen
        self.stop: OutsideError | None = None  # an error that ends the job
        self._began: beginning.Beginning | None = None  # where this store's reading of the feed began
        self._gone: Collection[OrderId] = ()  # orders that the ERP has deleted meanwhile
        self._addresses = Addresses(given.retail)
        self._log = logger("apply").bind(run=run.id, job=run.job)

    def doubt_the_dead(self, actions: Iterable[Action]) -> None:
        """What an earlier writer left in `sending` may have happened: it becomes `unknown`."""
        now = self.given.clock.boot_time()
        with self.given.database.write() as tx:
            for entry in journal.open_entries(tx, self.pen.account, actions, [EntryState.SENDING]):
                if entry.epoch != self.pen.epoch:
                    settling = entry.settling or Settling(now, None)
                    detail = "the process died while it was sending"
                    journal.doubt(tx, self.pen, entry.id, settling=settling, absent=None, detail=detail)
                    attempts.note_failed(tx, self.pen.account, entry.id, said=detail, now=self.given.clock.now())

    def send_waiting(
        self, actions: Iterable[Action], *, feed: str = cursors.SALES, meanwhile: Callable[[], None] = _nothing
    ) -> int:
        """Send every waiting entry that is due; return how many came further.

        One bad entry never stops the others. `feed` is where what is made shows up; `meanwhile` is called now and
        then, while there are others to send.
        """
        now = self.given.clock.boot_time()
        with self.given.database.read() as tx:
            entries = journal.open_marks(tx, self.pen.account, actions)
            source_is_kept = journal.has_done_create(tx, self.pen.account)
            # Once for all of them: from an earlier version the feed shows no less.
            watermark = cursors.version(tx, self.pen.account, feed)
            self._began = beginning.find(tx, self.pen.account)
            due = [entry for entry in entries if entry.state is EntryState.WAITING and journal.is_due(entry, now)]
            self._gone = inbox.gone_with_open_entries(tx, self.pen.account)
        if not source_is_kept and not self.given.retail.keeps_client_ids:
            due = _first_create_alone(due, entries)
        alone = [entry.id for entry in due if entry.action not in ERP_ACTIONS]
        completions = [entry for entry in due if entry.action in ERP_ACTIONS]
        with ThreadPoolExecutor(self.given.settings.threads, thread_name_prefix="send") as pool:
            try:
                moved = self._send_by_batches(pool, watermark, alone, meanwhile)
                moved += self._complete_by_batches(pool, watermark, completions)
            finally:  # what stops one stops those that have not begun
                pool.shutdown(wait=False, cancel_futures=True)
        if self.stop is not None:
            raise self.stop
        return moved

    def _send_by_batches(
        self, pool: ThreadPoolExecutor, watermark: int, due: Sequence[EntryId], meanwhile: Callable[[], None]
    ) -> int:
        """Give the senders a batch while the last one is still on its way: they never wait for the next.

        No more than two batches are in memory with all that they command.
        """
        moved, before = 0, list[Future[int]]()
        for start in range(0, len(due), SENT_TOGETHER):
            with self.given.database.read() as tx:
                entries = journal.get_all(tx, due[start : start + SENT_TOGETHER])
            batch = [pool.submit(self._send, watermark, entry) for entry in entries]
            if before:
                moved += _moved(before)
                meanwhile()
            before = batch
        return moved + _moved(before)

    def _complete_by_batches(self, pool: ThreadPoolExecutor, watermark: int, due: Sequence[Mark]) -> int:
        """Each thread completes a batch at a time. What was tried before goes alone: what spoilt it may be its own."""
        if not due:
            return 0
        rules = settled_rules(self.given)
        fresh = [mark.id for mark in due if not mark.attempts]
        batches: list[Sequence[EntryId]] = [[mark.id] for mark in due if mark.attempts]
        batches += [fresh[start : start + COMPLETED_TOGETHER] for start in range(0, len(fresh), COMPLETED_TOGETHER)]
        return _moved([pool.submit(self._complete, watermark, rules, batch) for batch in batches])

    def _send(self, watermark: int, entry: Entry) -> int:
        if self.stop is not None or self.given.stopping():
            return 0
        try:
            there = self._look_before(entry)
            entry = self._addresses.addressed(entry)
            self.given.at("apply.looked_before")
            begun = self.given.clock.boot_time()
            deadline = self._begin(entry, begun, watermark)
        except SomebodysWork as work:
            self._hold(entry, work.reason, work.detail)
            return 1
        except AlreadySo as so:
            self._already(entry, so.sale)
            return 1
        except OutsideError as error:
            # What comes before the write failed: nothing was sent of it, the entry stays as it is.
            self._log.warning("not sent", entry=entry.id, subject=entry.subject, error=str(error))
            self._stop_if(verdict_on(error, attempts=1), error)
            return 0
        return self._send_now(entry, there, begun, deadline)

    def _look_before(self, entry: Entry) -> Sale | Ready | None:
        """Before an update or a void the sale is read again: what others did since is never overwritten."""
        match entry.command:
            case command if entry.order in self._gone and is_stopped_by_deletion(command):
                # Decided before it was deleted, and tried in vain: only what was never tried is superseded.
                raise SomebodysWork(Reason.DELETED_IN_ERP, f"{entry.action} was not sent again")
            case FulfilSale() as command:
                return fulfil_sales.look_before(self.given, command)
            case UpdateSale() as command:
                return still_ours_to_update(self.given, command)
            case VoidSale() as command:
                return still_ours_to_void(self.given, command)
            case CreateSale() as command:
                self._look_beyond_the_feed(command)
            case StartReturn(original=original):
                return still_to_be_returned(self.given, original)
            case CloseReturn() as command:
                return still_as_begun(self.given, command)
        return None

    def _look_beyond_the_feed(self, command: CreateSale) -> None:
        """Ask X-Series itself for a sale of this part where the feed, as it was read here, need not show it."""
        draft, began = command.draft, self._began
        if began is not None and began.version > 0 and draft.date < began.at + BACKDATED_MAX:
            # This store has not read the feed from its first version, and an earlier one may have made the sale.
            found = find_created(self.given, command)
            if found is not None:
                keep_read_sales(self.given, [found])
                raise AlreadySo(found)
        if self.given.settings.takeover:
            self._look_for_its_number(draft)

    def _look_for_its_number(self, draft: SaleDraft) -> None:
        """While other software is taken over from, a sale that it has made for the order is not made again."""
        with self.given.database.read() as tx:
            self._look_for_a_twin(tx, draft)
        taken = [
            sale
            for sale in self.given.retail.find_sales(invoice_number=draft.invoice_number)
            if sale.is_standing and sale.source_id != draft.source_id
        ]
        if taken:
            detail = f"{draft.invoice_number} is on sale {', '.join(sale.id for sale in taken)}"
            raise SomebodysWork(Reason.INVOICE_TAKEN, detail)

    def _look_for_a_twin(self, tx: Transaction, draft: SaleDraft) -> None:
        """X-Series is the witness: what the feed shows under this source id is adopted, not made again.

        One that is voided was made, too: a store of before its making still has the create waiting.
        """
        made = seen.by_source(tx, self.pen.account, draft.source_id)
        if made:
            raise AlreadySo(min(made, key=lambda sale: (not sale.is_standing, sale.id)))

    def _must_be_alone(self, tx: Transaction, command: StartReturn | CloseReturn) -> None:
        """Nobody else takes goods of the sale back, also not since this return was begun."""
        if said := under_way(tx, self.pen.account, command):
            raise SomebodysWork(Reason.RETURNED_ALREADY, "; ".join(said))

    def _look_for_the_customer(self, tx: Transaction, key: CustomerKey) -> None:
        """One who is there by now is not made again, whoever has made them."""
        if customers.find(tx, self.pen.account, [key])[key].candidates:
            raise AlreadySo(None)

    def _begin(self, entry: Entry, begun: BootTime, watermark: int) -> BootTime:
        """Commit the entry as `sending`; return when its call must have ended.

        A create looks for its twin in this same transaction, a return for others of the same sale: no page of the feed
        can come between.
        """
        deadline = begun.plus(self.given.settings.deadlines[entry.action])
        with self.given.database.write() as tx:
            if isinstance(entry.command, CreateSale):
                self._look_for_a_twin(tx, entry.command.draft)
            if isinstance(entry.command, CreateCustomer):
                self._look_for_the_customer(tx, entry.command.key)
            if isinstance(entry.command, StartReturn | CloseReturn):
                self._must_be_alone(tx, entry.command)
            now = self.given.clock.now()
            journal.begin_sending(tx, self.pen, entry.id, deadline=deadline, watermark=watermark, now=now)
            self.given.at("apply.sending_written")
        self.given.at("apply.sending_committed")
        return deadline

    def _send_now(self, entry: Entry, there: Sale | Ready | None, begun: BootTime, deadline: BootTime) -> int:
        clock = self.given.clock
        age = clock.boot_time().since(begun)
        if age is None or age > SENDING_AGE_MAX:
            # We slept between the commit and the first byte: the deadline we promised no longer holds.
            with self.given.database.write() as tx:
                journal.unsend(tx, self.pen, entry.id)
            return 0
        try:
            receipt = self._call(entry, there)
        except OutsideError as error:
            self.given.at("apply.failed")
            self._failed(entry, error, self._settling(deadline))
            return 1
        self.given.at("apply.answered_not_committed")
        self._answered(entry, receipt)
        return 1

    def _settling(self, deadline: BootTime) -> Settling:
        """A read before the write may have taken long: what was sent was sent before now."""
        now = self.given.clock.boot_time()
        late = now.since(deadline)
        return Settling(now if late is not None and late > NOTHING else deadline, None)

    def _call(self, entry: Entry, there: Sale | Ready | None) -> Receipt | None:
        """The one place where something is written to X-Series."""
        match entry.command:
            case CreateSale(draft=draft):
                return self.given.retail.create_sale(draft)
            case UpdateSale(before=before, draft=draft) if isinstance(there, Sale):
                return self.given.retail.update_sale(there, draft, before=before)
            case VoidSale() if isinstance(there, Sale):
                return self.given.retail.void_sale(there)
            case FulfilSale() if isinstance(there, Ready):
                fulfil_sales.hand_over(self.given.retail, there)
            case CreateCustomer(draft=draft):
                return self.given.retail.create_customer(draft)
            case StartReturn() if isinstance(there, Sale):
                return self.given.retail.return_sale(there)
            case CloseReturn(draft=draft) if isinstance(there, Sale):
                return self.given.retail.close_return(there, draft)
        return None

    def _complete(self, watermark: int, rules: OrderRules, due: Sequence[EntryId]) -> int:
        """Complete these shipments, and no others, in the ERP: the one place where something is written to it.

        Which ones is in the journal before the first step; one that fails stops no other.
        """
        if self.stop is not None or self.given.stopping():
            return 0
        with self.given.database.read() as tx:
            entries = journal.get_all(tx, due)
        try:
            looked = look_before_completing(self.given, rules, entries)
        except OutsideError as error:
            # As before a write to X-Series: nothing was sent, the entries stay as they are.
            self._log.warning("not sent", entries=[entry.id for entry in entries], error=str(error))
            self._stop_if(verdict_on(error, attempts=1), error)
            return 0
        self.given.at("apply.looked_before")
        for entry, work in looked.overtaken:
            self._give_up(entry, work)
        return len(looked.overtaken) + (self._complete_now(watermark, looked.wanted) if looked.wanted else 0)

    def _give_up(self, entry: Entry, work: SomebodysWork) -> None:
        """What was never tried is decided anew from what is true now; what was tried is for a person."""
        if entry.attempts:
            self._hold(entry, work.reason, work.detail)
            return
        with self.given.database.write() as tx:
            journal.supersede(tx, self.pen, entry.id, detail=work.detail, now=self.given.clock.now())

    def _complete_now(self, watermark: int, entries: Sequence[Entry]) -> int:
        clock = self.given.clock
        begun = clock.boot_time()
        # A step that comes later than this does no harm: it finds its shipment further on, or is what is wanted.
        deadline = begun.plus(self.given.settings.deadlines[Action.COMPLETE_SHIPMENT])
        with self.given.database.write() as tx:
            now = clock.now()
            for entry in entries:
                journal.begin_sending(tx, self.pen, entry.id, deadline=deadline, watermark=watermark, now=now)
            self.given.at("apply.sending_written")
        self.given.at("apply.sending_committed")
        age = clock.boot_time().since(begun)
        if age is None or age > SENDING_AGE_MAX:
            with self.given.database.write() as tx:
                for entry in entries:
                    journal.unsend(tx, self.pen, entry.id)
            return 0
        ended = self.given.erp.complete_shipments([_as_completion(entry) for entry in entries])
        done: list[Entry] = []
        for entry, end in zip(entries, ended, strict=True):
            if isinstance(end, OutsideError):
                self.given.at("apply.failed")
                self._failed(entry, end, self._settling(deadline))
            else:
                done.append(entry)
        if done:
            self._completed(done)
        return len(entries)

    def _completed(self, entries: Sequence[Entry]) -> None:
        self.given.at("apply.answered_not_committed")
        with self.given.database.write() as tx:
            for entry in entries:
                journal.answer(tx, self.pen, entry.id, sale=None, text="", now=self.given.clock.now())
            self.given.at("apply.answer_written")
        self.given.at("apply.answer_committed")
        self.run.count(Action.COMPLETE_SHIPMENT.value, len(entries))
        for entry in entries:
            self._log.info("sent", entry=entry.id, action=entry.action.value, subject=entry.subject)

    def _failed(self, entry: Entry, error: OutsideError, settling: Settling) -> None:
        """What the outcome table says. `attempts` was raised when the entry became `sending`."""
        verdict = verdict_on(error, attempts=entry.attempts + 1)
        said = f"{error}" + (f" · {error.body}" if error.body else "")
        self._log.warning(
            "send failed", entry=entry.id, subject=entry.subject, next=verdict.state.value, error=str(error)
        )
        with self.given.database.write() as tx:
            attempts.note_failed(tx, self.pen.account, entry.id, said=said, now=self.given.clock.now())
            match verdict.state:
                case EntryState.WAITING:
                    until = self.given.clock.boot_time().plus(verdict.resend_after)
                    journal.wait(tx, self.pen, entry.id, until=until, detail=said)
                case EntryState.UNKNOWN:
                    journal.doubt(tx, self.pen, entry.id, settling=settling, absent=verdict.absent, detail=said)
                case _:
                    reason = self._reason_of_refusal(tx, entry, error)
                    hold_entry(tx, self.given, self.run, self.pen, entry, reason, said)
        self.run.count(f"sent_{verdict.state.value}")
        self.given.at("apply.failure_committed")
        self._stop_if(verdict, error)

    def _reason_of_refusal(self, tx: Transaction, entry: Entry, error: OutsideError) -> Reason:
        match entry.command:
            case CompleteShipment() if isinstance(error, NotEnoughStock):
                return Reason.NO_STOCK
            case FulfilSale(sale=sale):
                return fulfil_sales.reason_of_refusal(tx, self.given, sale)
        return reason_of(entry, Reason.REFUSED)

    def _stop_if(self, verdict: Verdict, error: OutsideError) -> None:
        if verdict.stops_job and self.stop is None:
            self.stop = error

    def _answered(self, entry: Entry, receipt: Receipt | None) -> None:
        sale, text = _told(receipt)
        try:
            with self.given.database.write() as tx:
                journal.answer(tx, self.pen, entry.id, sale=sale, text=text, now=self.given.clock.now())
                if isinstance(entry.command, CreateSale) and sale is not None:
                    parts.link(tx, self.pen.account, entry.command.part, sale)
                self.given.at("apply.answer_written")
        except AlreadyLinked as error:
            detail = f"X-Series answered with the sale {sale}, which is another part's: {error}"
            self._hold(entry, Reason.SALE_DIFFERS, detail)
            return
        self.given.at("apply.answer_committed")
        self.run.count(entry.action.value)
        self._log.info("sent", entry=entry.id, action=entry.action.value, subject=entry.subject, sale=sale)

    def _already(self, entry: Entry, sale: Sale | None) -> None:
        with self.given.database.write() as tx:
            text = "it was so already" if sale else ""
            its_id = sale.id if sale else None
            journal.answer(tx, self.pen, entry.id, sale=its_id, text=text, now=self.given.clock.now())
            if isinstance(entry.command, CreateSale) and sale is not None:
                parts.link(tx, self.pen.account, entry.command.part, sale.id)

    def _hold(self, entry: Entry, reason: Reason, detail: str) -> None:
        with self.given.database.write() as tx:
            hold_entry(tx, self.given, self.run, self.pen, entry, reason, detail)


def _told(receipt: Receipt | None) -> tuple[SaleId | None, str]:
    """The sale that an answer speaks of, and what is kept of it: of a customer nothing but the id."""
    match receipt:
        case SaleReceipt(sale_id=sale, echo=echo):
            return sale, encode(echo) if echo else ""
        case RetailCustomer(id=customer):
            return None, customer
    return None, ""


def _moved(sent: Sequence[Future[int]]) -> int:
    """Wait for all of them, and say how many came further. What one raised is raised as soon as it is known."""
    done, _ = wait(sent, return_when=FIRST_EXCEPTION)
    return sum(one.result() for one in done)


def _as_completion(entry: Entry) -> Completion:
    assert isinstance(entry.command, CompleteShipment), "only completions are sent together"
    return Completion(entry.command.shipment, entry.command.lines, f"syncd {entry.id}")


def _first_create_alone(due: Sequence[Mark], entries: Sequence[Mark]) -> list[Mark]:
    """Leave one create at most.

    Without an id of our own a sale is found again only by its source. Until one sale has shown it, a lost answer could
    not be told from a refusal: the first create of a classic account goes alone (DESIGN 7.4).
    """
    creates = [entry for entry in due if entry.action is Action.CREATE_SALE]
    are_due = {entry.id for entry in creates}
    on_its_way = any(
        entry.action is Action.CREATE_SALE and (entry.state is not EntryState.WAITING or entry.attempts)
        for entry in entries
        if entry.id not in are_due
    )
    tried = [entry for entry in creates if entry.attempts]
    chosen = set() if on_its_way else {entry.id for entry in (tried or creates)[:1]}
    return [entry for entry in due if entry.action is not Action.CREATE_SALE or entry.id in chosen]
