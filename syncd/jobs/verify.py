"""`answered` becomes `done` only when the other side's own reads show what was meant (DESIGN 7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from syncd.domain.ids import EntryId, SaleId
from syncd.domain.journal import (
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
)
from syncd.domain.plan_returns import return_differences
from syncd.domain.reasons import Reason
from syncd.domain.sales import Fulfilment, Sale, SaleDraft, SaleState
from syncd.domain.shipments import ShipmentState
from syncd.domain.verify import (
    account_differences,
    differences,
    fulfilment_differences,
    is_untouched,
    lines_by_order_line,
    update_differences,
)
from syncd.errors import AlreadyLinked, Forbidden, OutsideError, Unauthorized
from syncd.jobs.feed import keep_read_sales
from syncd.jobs.fulfil_sales import is_fulfilled, read_sale_and_fulfilments
from syncd.jobs.given import Given, Run
from syncd.jobs.outcome import hold_entry
from syncd.jobs.read_fulfilments import read_what_can_be
from syncd.log import logger
from syncd.store import journal, parts, seen
from syncd.store.journal import Entry, Mark, Pen

VERIFIED_TOGETHER = 200  # entries, for which both sides are read at once
FINISHED_TOGETHER = 25  # of them, in one transaction


@dataclass(frozen=True, slots=True)
class _AsMeant:
    """A sale that X-Series shows as the entry meant it."""

    entry: EntryId
    command: CreateSale | UpdateSale
    sale: Sale


def answered(given: Given, pen: Pen, actions: Iterable[Action]) -> list[Mark]:
    """The entries that wait to be verified."""
    with given.database.read() as tx:
        return journal.open_marks(tx, pen.account, actions, [EntryState.ANSWERED])


def verify_answered(given: Given, run: Run, pen: Pen, actions: Iterable[Action]) -> None:
    """Verify all answered entries. What is not seen yet stays `answered`."""
    verify_entries(given, run, pen, answered(given, pen, actions))


def verify_entries(given: Given, run: Run, pen: Pen, wanted: Sequence[Mark]) -> None:
    """Verify these answered entries, many at once: so are both sides read."""
    for start in range(0, len(wanted), VERIFIED_TOGETHER):
        batch = wanted[start : start + VERIFIED_TOGETHER]
        _verify_batch(given, run, pen, [mark.id for mark in batch])


def _verify_batch(given: Given, run: Run, pen: Pen, wanted: Sequence[EntryId]) -> None:
    with given.database.read() as tx:
        every = journal.get_all(tx, wanted)
        completions = [entry for entry in every if entry.action is Action.COMPLETE_SHIPMENT]
        entries = [entry for entry in every if entry.action is not Action.COMPLETE_SHIPMENT]
        shown = seen.get_all(tx, pen.account, [entry.sale for entry in entries if entry.sale])
    try:
        fulfilments = _fulfilments(given, entries, shown)
    except (Unauthorized, Forbidden):
        raise
    except OutsideError as error:
        # One route that fails leaves its entries `answered`, and stops nothing else.
        logger("verify").warning("the fulfilments cannot be read", error=str(error))
        entries = [entry for entry in entries if entry.action is not Action.CREATE_SALE]
        fulfilments = {}
    given.at("verify.read")
    as_meant: list[_AsMeant] = []
    for entry in entries:
        match entry.command:
            case FulfilSale() as command:
                _verify_fulfilled(given, run, pen, entry, command, shown.get(command.sale))
            case StartReturn() | CloseReturn() as command:
                _verify_return(given, run, pen, entry, command)
            case CreateSale() | UpdateSale() | VoidSale():
                try:
                    sale = _fresh(given, entry, shown.get(entry.sale) if entry.sale else None)
                    found = _verify_sale(given, run, pen, entry, sale, fulfilments.get(entry.sale or SaleId(""), []))
                except (Unauthorized, Forbidden):
                    raise
                except (OutsideError, AlreadyLinked) as error:
                    logger("verify").warning("cannot be verified", entry=entry.id, sale=entry.sale, error=str(error))
                    continue
                if found is not None:
                    as_meant.append(found)
                    continue
        given.at("verify.one")
    for start in range(0, len(as_meant), FINISHED_TOGETHER):
        _finish(given, run, pen, as_meant[start : start + FINISHED_TOGETHER])
    _verify_completions(given, run, pen, completions)


def _fulfilments(
    given: Given, entries: Sequence[Entry], sales: Mapping[SaleId, Sale]
) -> Mapping[SaleId, Sequence[Fulfilment]]:
    """Outlet and method of fresh sales. The dated sale shows neither (FACTS 24); classic says both itself.

    One whose fulfilments make no sense is verified as one whose list is empty.
    """
    wanted = [
        entry.sale
        for entry in entries
        if entry.action is Action.CREATE_SALE
        and entry.sale is not None
        and ((sale := sales.get(entry.sale)) is None or sale.state is SaleState.PENDING)
    ]
    if not wanted or not given.retail.keeps_client_ids:
        return {}
    return read_what_can_be(given, wanted)


def _fresh(given: Given, entry: Entry, sale: Sale | None) -> Sale | None:
    """The sale as the feed shows it; read by id when the feed shows it not, or not as it was meant to be."""
    if entry.sale is None or (sale is not None and _is_as_meant(entry, sale)):
        return sale
    read = given.retail.read_sale(entry.sale)
    if read is not None:
        keep_read_sales(given, [read])
        return read if sale is None or read.version >= sale.version else sale
    return sale


def _is_as_meant(entry: Entry, sale: Sale) -> bool:
    match entry.command:
        case VoidSale():
            return sale.state is SaleState.VOIDED
        case CreateSale(draft=draft):
            return not differences(draft, sale)
        case UpdateSale(before=before, draft=draft):
            return not update_differences(before, draft, sale)
    return False


def _lags(entry: Entry, before: SaleDraft, draft: SaleDraft, sale: Sale) -> bool:
    """True for a read that still shows the sale as it was before the update."""
    if differences(draft, sale):
        return not differences(before, sale)
    return sale.version <= entry.watermark and bool(update_differences(before, draft, sale))


def _verify_sale(
    given: Given, run: Run, pen: Pen, entry: Entry, sale: Sale | None, fulfilments: Sequence[Fulfilment]
) -> _AsMeant | None:
    """Do what the reads ask for; what is as it was meant is returned, to be finished with others."""
    if sale is None:
        not_seen_yet(given, pen, entry)
        return None
    match entry.command:
        case VoidSale(part=part, sale=voided):
            if sale.state is not SaleState.VOIDED:
                not_seen_yet(given, pen, entry)
                return None
            with given.database.write() as tx:
                parts.voided(tx, pen.account, part, voided)
                journal.finish(tx, pen, entry.id, now=given.clock.now())
            run.count("verified")
        case CreateSale() | UpdateSale() if sale.state is SaleState.VOIDED:
            with given.database.write() as tx:
                hold_entry(tx, given, run, pen, entry, Reason.VOIDED_BY_HAND, f"sale {sale.invoice_number} is voided")
        case UpdateSale(before=before, draft=draft) if _lags(entry, before, draft, sale):
            not_seen_yet(given, pen, entry)
        case CreateSale(draft=draft) if _lists_no_outlet_yet(given, entry, draft, sale, fulfilments):
            return None  # as far as the list shows, no outlet hands it over
        case CreateSale(draft=draft) | UpdateSale(draft=draft):
            found = [*_differences_of(entry, draft, sale), *fulfilment_differences(draft, fulfilments)]
            if found:
                _differs(given, run, pen, entry, draft, sale, found)
            else:
                return _AsMeant(entry.id, entry.command, sale)
    return None


def _differences_of(entry: Entry, draft: SaleDraft, sale: Sale) -> list[str]:
    if isinstance(entry.command, UpdateSale):
        return update_differences(entry.command.before, draft, sale)
    return [*differences(draft, sale), *account_differences(draft, sale)]


def _lists_no_outlet_yet(
    given: Given, entry: Entry, draft: SaleDraft, sale: Sale, fulfilments: Sequence[Fulfilment]
) -> bool:
    """True while the list may only lag. Fulfilments come with the sale (FACTS 19), and nothing else shows its outlet.

    After `settle` an empty list is taken as it is: it contradicts nothing, and would hold every order for ever.
    """
    is_shown = not given.retail.keeps_client_ids or sale.state is not SaleState.PENDING or bool(fulfilments)
    return not is_shown and not differences(draft, sale) and _may_only_lag(given, entry)


def _may_only_lag(given: Given, entry: Entry) -> bool:
    """True within `settle` of the call's deadline; after it, after a reboot, and where nothing was sent, False."""
    since = given.clock.boot_time().since(entry.settling.deadline) if entry.settling is not None else None
    return since is not None and since <= given.settings.settle


def _finish(given: Given, run: Run, pen: Pen, some: Sequence[_AsMeant]) -> None:
    """answered -> done, a few in one transaction: it only notes what was read, and is read again after a death.

    Where a sale turns out to be another part's, each is finished alone, so that it stops no other.
    """
    try:
        with given.database.write() as tx:
            for one in some:
                command, now = one.command, given.clock.now()
                pairs = lines_by_order_line(command.draft, one.sale)
                parts.verified(tx, pen.account, command.part, one.sale.id, command.draft, pairs, now=now)
                journal.finish(tx, pen, one.entry, now=now)
    except AlreadyLinked as error:
        if len(some) == 1:
            logger("verify").warning("cannot be verified", entry=some[0].entry, sale=some[0].sale.id, error=str(error))
            return
        for one in some:
            _finish(given, run, pen, [one])
        return
    run.count("verified", len(some))
    given.at("verify.one")


def _verify_return(given: Given, run: Run, pen: Pen, entry: Entry, command: StartReturn | CloseReturn) -> None:
    """Read by id: there are few, and the store keeps no payments of returns."""
    try:
        there = given.retail.read_sale(entry.sale) if entry.sale else None
    except (Unauthorized, Forbidden):
        raise
    except OutsideError as error:
        logger("verify").warning("cannot be verified", entry=entry.id, sale=entry.sale, error=str(error))
        return
    if there is None:
        not_seen_yet(given, pen, entry)
        return
    keep_read_sales(given, [there])
    found = [] if there.return_for == command.original else [f"it is no return of the sale {command.original}"]
    if isinstance(command, CloseReturn):
        found.extend(return_differences(command.draft, there))
        if found and there.state is SaleState.PARKED:
            not_seen_yet(given, pen, entry)
            return
    with given.database.write() as tx:
        if found:
            hold_entry(tx, given, run, pen, entry, Reason.SALE_DIFFERS, "; ".join(found))
        else:
            journal.finish(tx, pen, entry.id, now=given.clock.now())
    if not found:
        run.count("verified")


def _differs(
    given: Given, run: Run, pen: Pen, entry: Entry, draft: SaleDraft, sale: Sale, found: Sequence[str]
) -> None:
    """Hold it with the payload that did it; a fresh sale that nobody has touched is voided as well."""
    reason = Reason.EMPTY_SALE if sale.is_empty else Reason.SALE_DIFFERS
    if not sale.is_empty and not sale.is_ours:
        reason = Reason.SOURCE_NOT_KEPT
    with given.database.write() as tx:
        hold_entry(tx, given, run, pen, entry, reason, "; ".join(found))
        if isinstance(entry.command, CreateSale) and is_untouched(draft, sale):
            undo = VoidSale(
                entry.command.part,
                entry.command.generation,
                sale.id,
                draft,
                as_verified=False,
                why=f"held: {reason.value}",
            )
            journal.put(tx, pen, undo, seq=entry.seq, watermark=entry.watermark, now=given.clock.now())


def not_seen_yet(given: Given, pen: Pen, entry: Entry) -> None:
    """Absent after `settle`: it is unknown again, and is looked up by every route."""
    if _may_only_lag(given, entry):
        return
    with given.database.write() as tx:
        settling = Settling(given.clock.boot_time(), None)
        journal.doubt(tx, pen, entry.id, settling=settling, absent=None, detail="answered, but not seen since")


def _verify_fulfilled(given: Given, run: Run, pen: Pen, entry: Entry, command: FulfilSale, sale: Sale | None) -> None:
    """By the feed where it shows the sale closed; else both routes are asked."""
    try:
        fulfilments: Sequence[Fulfilment] = ()
        if not is_fulfilled(given, command, sale, ()):
            sale, fulfilments = read_sale_and_fulfilments(given, command)
    except (Unauthorized, Forbidden):
        raise
    except OutsideError as error:
        logger("verify").warning("cannot be verified", entry=entry.id, sale=command.sale, error=str(error))
        return
    if sale is not None and sale.state is SaleState.VOIDED:
        with given.database.write() as tx:
            hold_entry(tx, given, run, pen, entry, Reason.VOIDED_BY_HAND, f"sale {sale.invoice_number} is voided")
    elif not is_fulfilled(given, command, sale, fulfilments):
        not_seen_yet(given, pen, entry)
    else:
        with given.database.write() as tx:
            journal.finish(tx, pen, entry.id, now=given.clock.now())
        run.count("verified")


def _verify_completions(given: Given, run: Run, pen: Pen, entries: Sequence[Entry]) -> None:
    """By what the ERP says of their shipments, asked at once."""
    orders = sorted({entry.order for entry in entries})
    shown = {one.id: one.state for one in given.erp.read_shipments(orders)} if orders else {}
    done: list[EntryId] = []
    for entry in entries:
        assert isinstance(entry.command, CompleteShipment), "only completions are verified here"
        if shown.get(entry.command.shipment) is ShipmentState.DONE:
            done.append(entry.id)
        else:
            not_seen_yet(given, pen, entry)
    for start in range(0, len(done), FINISHED_TOGETHER):
        with given.database.write() as tx:
            for one in done[start : start + FINISHED_TOGETHER]:
                journal.finish(tx, pen, one, now=given.clock.now())
        given.at("verify.one")
    if done:
        run.count("verified", len(done))
