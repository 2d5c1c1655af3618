"""Gather what decides about corrections, and plan them. Writes to neither side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from syncd.domain.identity import read_source_id
from syncd.domain.ids import LocationId, OutletId, ProductId, SaleId
from syncd.domain.journal import (
    Action,
    CloseReturn,
    Command,
    CompleteShipment,
    CorrectStock,
    CreateCustomer,
    CreateSale,
    FulfilSale,
    StartReturn,
    UpdateSale,
    VoidSale,
)
from syncd.domain.plan_corrections import (
    Candidate,
    CorrectionFacts,
    Key,
    Sorted,
    StockPlan,
    Way,
    correction_of,
    sort_drifts,
)
from syncd.domain.stock import BadQuantity, scaled, unscaled
from syncd.domain.stock_brakes import tripped
from syncd.domain.stock_changes import Consignment, ConsignmentKind
from syncd.domain.stock_report import StockReport
from syncd.domain.stock_terms import StockReason
from syncd.errors import Forbidden
from syncd.jobs.apply_corrections import ROW_SUBJECTS
from syncd.jobs.booked import kept_levels
from syncd.jobs.given import Given
from syncd.store import corrections, holds, journal, seen
from syncd.store.codec import to_moment
from syncd.store.compare import Place, places_of

ZERO_SEEN_AGAIN_AFTER = timedelta(minutes=1)
NOT_KEPT_WITHIN = timedelta(days=1)  # after that the same drift is another one
TRANSFERS_READ_MAX = 50  # with their products; of more, the whole of their outlets is left alone


def way_of(given: Given) -> Way:
    """How levels are corrected here."""
    if given.settings.stock_way is not None:
        return given.settings.stock_way
    return Way.ADJUSTMENTS if given.retail.keeps_client_ids else Way.LEVELS


def plan_corrections(given: Given, report: StockReport) -> tuple[StockPlan, Sorted]:
    """The corrections that this report asks for, and why its other drifts are left alone."""
    facts = _facts(given, report) if _drifts(report) else CorrectionFacts(report.terms, way=way_of(given))
    with given.database.read() as tx:
        found = sort_drifts(corrections.candidates(tx, given.account, report), facts)
    zeros = _zeros_seen_twice(given, found.zeros)
    if zeros:
        with given.database.read() as tx:
            found = sort_drifts(corrections.candidates(tx, given.account, report), replace(facts, zeros=zeros))
    found = replace(found, not_kept=_still_not_kept(given, found.not_kept))
    plan = StockPlan(
        account=given.account,
        run=report.run,
        made_at=given.clock.now(),
        way=facts.way,
        rows=found.corrections,
        left_alone=found.left_alone,
        left_rows=found.left_rows,
    )
    return replace(plan, brakes=brakes_of(given, report, plan)), found


def _drifts(report: StockReport) -> bool:
    """Whether anything is off, once or twice: else nobody is asked what is under way."""
    return any(report.reasons.get(reason.value) for reason in (StockReason.DRIFT, StockReason.SEEN_ONCE))


def _still_not_kept(given: Given, found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Those that X-Series shows as they were when it is asked for them: its feed alone may only lag."""
    now = kept_levels(given, [correction_of(one) for one in found])
    return tuple(one for one in found if now.get(one.key) == one.row.level)


def brakes_of(given: Given, report: StockReport, plan: StockPlan) -> tuple[str, ...]:
    """By what the plan is too much to be true, as both sides were last read."""
    if not plan.rows:
        return ()
    with given.database.read() as tx:
        sides = corrections.sides(tx, given.account, _places(given, report))
    return tripped(plan.rows, sides, given.settings.stock_brakes)


def _places(given: Given, report: StockReport) -> list[Place]:
    wanted = [(one.location, one.outlet, one.name) for one in report.outlets]
    with given.database.read() as tx:
        return places_of(tx, given.account, wanted)


# ------------------------------------------------------------------ zeros


def _zeros_seen_twice(given: Given, waiting: Sequence[Candidate]) -> frozenset[Key]:
    """A zero is written only when the ERP is asked again, a minute or more after it was seen, and says the same."""
    now = given.clock.now()
    with given.database.write() as tx:
        since = corrections.keep_zeros(tx, given.account, [one.key for one in waiting], now=now)
    old = [one for one in waiting if now - to_moment(since[one.key]) >= ZERO_SEEN_AGAIN_AFTER]
    agreeing: set[Key] = set()
    for location in sorted({one.row.location for one in old}):
        here = {one.item: one for one in old if one.row.location == location}
        items = sorted(here)[: given.erp.items_a_request]
        agreeing |= {here[item].key for item in _as_compared(given, location, items, here)}
    return frozenset(agreeing)


def _as_compared(
    given: Given, location: LocationId, items: Sequence[int], compared: dict[int, Candidate]
) -> Iterator[int]:
    for item, quantity in given.erp.read_on_hand(location, items).levels:
        try:
            if unscaled(scaled(quantity)) == compared[item].row.on_hand:
                yield item
        except BadQuantity:
            continue


# ------------------------------------------------------------------ what is under way


def _facts(given: Given, report: StockReport) -> CorrectionFacts:
    account, now = given.account, given.clock.now()
    counted, moving, unknown = _counts_and_transfers(given)
    quiet = given.settings.quiet_hours
    with given.database.read() as tx:
        open_holds = {one.subject for one in holds.open_holds(tx, account)}
        dropped = holds.dropped(tx, account, ROW_SUBJECTS)
        last = corrections.newest(tx, account, since=now - NOT_KEPT_WITHIN)
    return CorrectionFacts(
        terms=report.terms,
        movements=report.movements or unknown,
        way=way_of(given),
        is_quiet=quiet is not None and quiet.contains(now),
        busy=_busy(given),
        counted=counted,
        moving=moving,
        held=frozenset(keys_of(open_holds)),
        dropped=frozenset(keys_of(dropped)),
        last=last,
    )


def keys_of(subjects: Iterable[str]) -> Iterator[Key]:
    """The levels that these subjects of holds are about; others are passed over."""
    for subject in subjects:
        if subject.startswith(ROW_SUBJECTS):
            outlet, _, product = subject.removeprefix(ROW_SUBJECTS).partition(":")
            yield OutletId(outlet), ProductId(product)


def _counts_and_transfers(given: Given) -> tuple[frozenset[OutletId], frozenset[Key], str]:
    """Outlets that are being counted, and what is on its way between outlets; or why that is not known."""
    try:
        under_way = given.retail.read_consignments_under_way()
        transfers = [one for one in under_way if one.kind is not ConsignmentKind.COUNT]
        counted = {one.outlet for one in under_way if one.kind is ConsignmentKind.COUNT}
        moving: set[Key] = set()
        for place, one in enumerate(transfers):
            if place >= TRANSFERS_READ_MAX:
                counted |= set(_outlets(one))
                continue
            lines = given.retail.read_consignment_lines(one.id)
            moving |= {(outlet, line.product) for outlet in _outlets(one) for line in lines}
    except Forbidden as error:
        return frozenset(), frozenset(), f"whether a count is under way: {error}"
    return frozenset(counted), frozenset(moving), ""


def _outlets(one: Consignment) -> list[OutletId]:
    return [one.outlet, *([one.source_outlet] if one.source_outlet else [])]


def _busy(given: Given) -> frozenset[Key]:
    """Products at outlets about which an entry of the journal is open: nobody knows yet what they will be."""
    found: set[Key] = set()
    with given.database.read() as tx:
        entries = journal.open_entries(tx, given.account, [one for one in Action if one is not Action.CORRECT_STOCK])
        sold = seen.get_all(tx, given.account, [sale for one in entries for sale in _sales_of(one.command)])
    for entry in entries:
        found.update(_keys_of(entry.command))
    for sale in sold.values():
        identity = read_source_id(sale.source_id)
        outlet = identity.part.outlet if identity is not None else sale.outlet
        if outlet is not None:
            found.update((outlet, line.product) for line in sale.lines)
    return frozenset(found)


def _sales_of(command: Command) -> list[SaleId]:
    match command:
        case UpdateSale(sale=sale) | VoidSale(sale=sale) | FulfilSale(sale=sale) | CompleteShipment(sale=sale):
            return [sale]
        case StartReturn(original=original):
            return [original]
        case CloseReturn(original=original, sale=sale):
            return [original, sale]
    return []


def _keys_of(command: Command) -> Iterator[Key]:
    match command:
        case CreateSale(part=part, draft=draft) | CloseReturn(part=part, draft=draft):
            yield from ((part.outlet, line.product) for line in draft.lines)
        case UpdateSale(part=part, before=before, draft=draft):
            yield from ((part.outlet, line.product) for line in (*before.lines, *draft.lines))
        case VoidSale(part=part, before=before):
            yield from ((part.outlet, line.product) for line in before.lines)
        case CreateCustomer() | CorrectStock() | CompleteShipment() | FulfilSale() | StartReturn():
            return
