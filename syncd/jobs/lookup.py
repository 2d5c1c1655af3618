"""Did it happen? An unknown entry is looked up by every route before anything is sent again (DESIGN 7.4)."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.domain.journal import (
    Absent,
    Action,
    CloseReturn,
    CompleteShipment,
    CreateSale,
    EntryState,
    FulfilSale,
    Settling,
    StartReturn,
    UpdateSale,
    VoidSale,
    judge_absence,
)
from syncd.domain.plan_returns import is_as_begun, return_differences
from syncd.domain.reasons import Reason
from syncd.domain.sales import Sale, SaleDraft, SaleState
from syncd.domain.shipments import ShipmentState
from syncd.domain.verify import differences, update_differences
from syncd.errors import AlreadyLinked, Forbidden, OutsideError, Unauthorized
from syncd.jobs.feed import FeedReading, keep_read_sales, read_feed
from syncd.jobs.fulfil_sales import is_fulfilled, read_sale_and_fulfilments, reason_of_refusal
from syncd.jobs.given import Given, Run
from syncd.jobs.outcome import hold_entry, reason_of
from syncd.jobs.returns import begun_since
from syncd.log import logger
from syncd.store import attempts, journal, parts, seen
from syncd.store.database import Transaction
from syncd.store.journal import Entry, Pen


def look_up_unknown(given: Given, run: Run, pen: Pen, actions: Iterable[Action]) -> None:
    """Resolve what can be resolved; a route that fails leaves its entry `unknown` for the next run."""
    with given.database.read() as tx:
        unknown = journal.open_entries(tx, pen.account, actions, [EntryState.UNKNOWN])
    if not unknown:
        return
    creates = [entry for entry in unknown if entry.action in (Action.CREATE_SALE, Action.BEGIN_RETURN)]
    feed = read_feed(given, not_above=min(entry.watermark for entry in creates)) if creates else None
    given.at("lookup.feed_read")
    for entry in unknown:
        try:
            if isinstance(entry.command, StartReturn | CloseReturn):
                _look_up_return(given, run, pen, entry, entry.command)
            else:
                _look_up(given, run, pen, entry, feed)
        except (Unauthorized, Forbidden):
            raise
        except (OutsideError, AlreadyLinked) as error:
            logger("lookup").warning("a route failed", entry=entry.id, subject=entry.subject, error=str(error))
        given.at("lookup.resolved_one")


def _look_up(given: Given, run: Run, pen: Pen, entry: Entry, feed: FeedReading | None) -> None:
    match entry.command:
        case CreateSale() as command:
            sale = find_created(given, command)
            if sale is not None:
                _adopt(given, run, pen, entry, sale)
                return
            empty = _empty_sale_of(command.draft, feed, entry)
            if empty is not None:
                detail = f"sale {empty.id} ({empty.invoice_number}) has no lines"
                _hold(given, run, pen, entry, Reason.EMPTY_SALE_FOUND, detail)
                return
        case UpdateSale(sale=sale_id, before=before, draft=draft):
            there = given.retail.read_sale(sale_id)
            if there is not None and not update_differences(before, draft, there):
                _adopt(given, run, pen, entry, there)
                return
            if there is None or differences(before, there):
                detail = (
                    "; ".join(update_differences(before, draft, there)) if there else f"X-Series has no sale {sale_id}"
                )
                _hold(given, run, pen, entry, Reason.EDITED_AT_TILL, detail)
                return
        case VoidSale(sale=sale_id):
            there = given.retail.read_sale(sale_id)
            if there is not None and there.state is SaleState.VOIDED:
                _adopt(given, run, pen, entry, there)
                return
        case FulfilSale() | CompleteShipment() as hand_over:
            text = _found_handed_over(given, hand_over)
            if text:
                with given.database.write() as tx:
                    journal.answer(tx, pen, entry.id, sale=None, text=text, now=given.clock.now())
                return
    not_found(given, run, pen, entry)


def _found_handed_over(given: Given, command: FulfilSale | CompleteShipment) -> str:
    """In what words the other side shows that it was done; empty when it does not."""
    if isinstance(command, FulfilSale):
        sale, fulfilments = read_sale_and_fulfilments(given, command)
        return "found handed over" if is_fulfilled(given, command, sale, fulfilments) else ""
    found = [one for one in given.erp.read_shipments([command.order]) if one.id == command.shipment]
    return f"found {found[0].step}" if found and found[0].state is ShipmentState.DONE else ""


def _look_up_return(given: Given, run: Run, pen: Pen, entry: Entry, command: StartReturn | CloseReturn) -> None:
    """A begun one by `return_for` in the feed, one to be closed by its id.

    What is not as our call leaves it is a till's.
    """
    if isinstance(command, CloseReturn):
        there = given.retail.read_sale(command.sale)
        said = return_differences(command.draft, there) if there is not None else ["X-Series does not have it"]
        if there is not None and not said:
            _adopt(given, run, pen, entry, there)
        elif there is not None and there.state is SaleState.PARKED:
            not_found(given, run, pen, entry)
        else:
            _hold(given, run, pen, entry, Reason.EDITED_AT_TILL, f"the return {command.sale}: {'; '.join(said)}")
        return
    with given.database.read() as tx:
        found = begun_since(tx, given.account, command, entry)
    if not found:
        not_found(given, run, pen, entry)
        return
    there, original = given.retail.read_sale(found[0].sale), given.retail.read_sale(command.original)
    if len(found) == 1 and there is not None and original is not None and is_as_begun(original, there):
        _adopt(given, run, pen, entry, there)
    else:
        detail = ", ".join(f"{one.invoice_number} is {one.state}" for one in found)
        _hold(given, run, pen, entry, Reason.RETURNED_ALREADY, detail)


def find_created(given: Given, command: CreateSale) -> Sale | None:
    """By our id, by source id in the feed, by invoice number. An invoice number never makes a sale ours."""
    draft = command.draft
    if given.retail.keeps_client_ids:
        sale = given.retail.read_sale(draft.sale_id)
        if sale is not None:
            return sale
    with given.database.read() as tx:
        found = seen.by_source(tx, given.account, draft.source_id)
    if not any(sale.is_standing for sale in found):
        searched = given.retail.find_sales(invoice_number=draft.invoice_number)
        found = [*found, *(sale for sale in searched if sale.is_ours and sale.source_id == draft.source_id)]
    # A voided one was made, too: then somebody has voided it, and it is not made again.
    return min(found, key=lambda sale: (not sale.is_standing, sale.id), default=None)


def _empty_sale_of(draft: SaleDraft, feed: FeedReading | None, entry: Entry) -> Sale | None:
    """A sale of our user and register without lines since the watermark: what a lost answer may have hidden."""
    for sale in feed.empty if feed else ():
        same = sale.user in (None, draft.user) and sale.register in (None, draft.register)
        if same and sale.version > entry.watermark:
            return sale
    return None


def _adopt(given: Given, run: Run, pen: Pen, entry: Entry, sale: Sale) -> None:
    keep_read_sales(given, [sale])
    given.at("lookup.found")
    with given.database.write() as tx:
        journal.answer(tx, pen, entry.id, sale=sale.id, text="found by look-up", now=given.clock.now())
        if isinstance(entry.command, CreateSale):
            parts.link(tx, pen.account, entry.command.part, sale.id)
    run.count("found_by_look_up")
    logger("lookup").info("found", entry=entry.id, subject=entry.subject, sale=sale.id)


def not_found(given: Given, run: Run, pen: Pen, entry: Entry) -> None:
    """No route shows it: looked up again later, or it is proved that it did not happen."""
    now = given.clock.boot_time()
    absence = judge_absence(entry.settling or Settling(now, None), now=now, settle=given.settings.settle)
    if absence.is_proved and (entry.absent_means is not Absent.RESEND or _was_taken_in_vain(entry)):
        with given.database.read() as tx:
            reason = _reason_of_absence(tx, given, entry)
        _hold(given, run, pen, entry, reason, entry.detail)
        return
    with given.database.write() as tx:
        if absence.is_proved:
            said = "looked up by every route twice: it did not happen"
            journal.wait(tx, pen, entry.id, until=now, detail=said)
            attempts.note_concluded(tx, pen.account, entry.id, said=said, now=given.clock.now())
        else:
            journal.doubt(
                tx, pen, entry.id, settling=absence.settling, absent=None, detail=entry.detail or "not found yet"
            )


def _was_taken_in_vain(entry: Entry) -> bool:
    """X-Series says yes to a hand-over, and twice the sale stays as it was: sent again it would for ever."""
    return isinstance(entry.command, FulfilSale) and entry.answered_at is not None and entry.attempts > 1


def _reason_of_absence(tx: Transaction, given: Given, entry: Entry) -> Reason:
    if isinstance(entry.command, FulfilSale):
        return reason_of_refusal(tx, given, entry.command.sale)
    if entry.absent_means is Absent.NO_STOCK:
        return Reason.NO_STOCK
    return reason_of(entry, Reason.CONFLICT)


def _hold(given: Given, run: Run, pen: Pen, entry: Entry, reason: Reason, detail: str) -> None:
    with given.database.write() as tx:
        hold_entry(tx, given, run, pen, entry, reason, detail)
