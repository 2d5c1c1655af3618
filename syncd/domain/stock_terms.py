"""What may lawfully stand between the ERP's quantity and an outlet's level: the formula of DESIGN part 5, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from syncd.domain.ids import LocationId, OutletId, ProductId, Sku
from syncd.domain.money import ZERO


class Start(StrEnum):
    """Which of the ERP's quantities the levels are compared with."""

    ON_HAND = "on_hand"
    AVAILABLE = "available"  # on hand less reserved


class Term(StrEnum):
    RESERVED = "O"  #: reserved in the ERP, not yet a sale (waiting, held)
    OPEN_SALE = "S"  #: open sale, ERP shipment open
    COLLECTED = "C"  #: handed over in X-Series, not yet done in the ERP
    GIVEN = "G"  #: handed over in X-Series, and the ERP reserves nothing for it
    SHIPPED = "E"  #: shipped in the ERP, sale still open
    CANCELLED = "V"  #: sale still open, and the ERP reserves nothing for it (cancelled, moved, or not yet)
    TILL = "T"  #: till sales not booked in the ERP
    RETURNED = "R"  #: returns not booked in the ERP, at the till or made for its own order (the design's T, negative)
    MOVED_IN = "M"  #: receipts, counts and transfers of X-Series not booked in the ERP, where they raise the level
    MOVED_OUT = "N"  #: the same where they lower it (the design's M, negative)


TERM_WORDS: dict[Term, str] = {
    Term.RESERVED: "reserved in the ERP, not yet a sale",
    Term.OPEN_SALE: "open sales, still to be handed over",
    Term.COLLECTED: "handed over, not yet done in the ERP",
    Term.GIVEN: "handed over, and nothing is reserved for it in the ERP",
    Term.SHIPPED: "shipped in the ERP, sale still open",
    Term.CANCELLED: "open sales for which nothing is reserved in the ERP (cancelled, moved or not yet)",
    Term.TILL: "till sales not booked in the ERP",
    Term.RETURNED: "returns not booked in the ERP",
    Term.MOVED_IN: "received, found or transferred in, in X-Series",
    Term.MOVED_OUT: "sent back, lost or transferred out, in X-Series",
}

_SIGNS: dict[tuple[Start, bool], dict[Term, int]] = {
    (Start.ON_HAND, True): {Term.OPEN_SALE: -1, Term.COLLECTED: -1, Term.GIVEN: -1, Term.CANCELLED: -1},
    (Start.ON_HAND, False): {Term.COLLECTED: -1, Term.GIVEN: -1, Term.SHIPPED: 1},
    (Start.AVAILABLE, True): {Term.RESERVED: 1, Term.GIVEN: -1, Term.CANCELLED: -1},
    (Start.AVAILABLE, False): {Term.RESERVED: 1, Term.OPEN_SALE: 1, Term.GIVEN: -1, Term.SHIPPED: 1},
}
LOWERED_BY = (Term.TILL, Term.MOVED_OUT)  # whatever is compared: they took from the shelf of the outlet
RAISED_BY = (Term.RETURNED, Term.MOVED_IN)
SETTINGS = tuple(_SIGNS)  # the four combinations, in the order of the table


class BookedBy(StrEnum):
    """Who tells the ERP of till sales."""

    ERP = "erp"  # it does itself, within a time
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class StockTerms:
    start: Start
    open_sales_lower_level: bool
    booked_by: BookedBy  # of till sales
    booked_within: timedelta
    shortfall_is_shown: bool = True  # X-Series says what is to be procured (dated); classic shows 0 for all below
    moved_by: BookedBy = BookedBy.ERP  # who tells the ERP of receipts, counts and transfers
    moved_within: timedelta = timedelta(hours=26)
    buffers: tuple[tuple[LocationId, Decimal], ...] = ()  # units of every product that an outlet is not told of
    buffer_is_kept: bool = False  # the level must be less by it; else it may be, or not

    def buffer_at(self, location: LocationId) -> Decimal:
        return next((buffer for place, buffer in self.buffers if place == location), ZERO)


def sign(terms: StockTerms, term: Term) -> int:
    """How a unit of this term moves the expected level: the table of signs."""
    if term in LOWERED_BY:
        return -1
    if term in RAISED_BY:
        return 1
    return _SIGNS[terms.start, terms.open_sales_lower_level].get(term, 0)


@dataclass(frozen=True, slots=True)
class Interval:
    """What the level may be: one number, or a range while something may or may not be booked."""

    low: Decimal
    high: Decimal

    def distance(self, level: Decimal) -> Decimal:
        """How far the level lies outside; 0 inside."""
        if level < self.low:
            return level - self.low
        return max(level - self.high, ZERO)


def expected(terms: StockTerms, start: Decimal, units: Mapping[Term, Decimal], uncertain: Decimal = ZERO) -> Interval:
    """The level that the sides agree on, given how many units each term holds.

    What the ERP books by itself within a time may or may not be in its quantity yet, and `uncertain` units are of
    writes that may or may not have happened: then it is an interval.
    """
    fixed = start + sum(
        (sign(terms, term) * units[term] for term in units if term not in LOWERED_BY and term not in RAISED_BY), ZERO
    )
    net = units.get(Term.TILL, ZERO)
    low = high = fixed
    for booked_by, lowered, raised in (
        (terms.booked_by, max(net, ZERO), units.get(Term.RETURNED, ZERO) + max(-net, ZERO)),
        (terms.moved_by, units.get(Term.MOVED_OUT, ZERO), units.get(Term.MOVED_IN, ZERO)),
    ):
        if booked_by is BookedBy.NOBODY:
            low, high = low - lowered + raised, high - lowered + raised
        else:
            low, high = low - lowered, high + raised
    # An uncertain unit stands among the reserved ones; if its write happened, it is an open sale instead.
    change = (sign(terms, Term.OPEN_SALE) - sign(terms, Term.RESERVED)) * uncertain
    return Interval(low + min(change, ZERO), high + max(change, ZERO))


@dataclass(frozen=True, slots=True)
class StockRow:
    """One product at one outlet, with every reason that is known for a difference."""

    outlet: OutletId
    outlet_name: str
    location: LocationId
    sku: Sku
    product: ProductId
    on_hand: Decimal
    reserved: Decimal  # all that the ERP has promised, to whomever
    level: Decimal  # of X-Series, less what is to be procured
    units: Mapping[Term, Decimal]
    uncertain: Decimal
    start: Decimal
    expected_low: Decimal
    expected_high: Decimal
    seen: Decimal  # how far the level lay outside of what is expected, at the newest look
    unexplained: Decimal  # as much of it as two looks have in common
    to_procure: Decimal = ZERO  # taken off the level already
    moved_known: bool = True  # False: something in X-Series moved it, and nobody says by how much

    @property
    def difference(self) -> Decimal:
        return self.level - self.start


@dataclass(frozen=True, slots=True)
class PairOfLevels:
    """What both sides say of one product at one outlet."""

    outlet: OutletId
    outlet_name: str
    location: LocationId
    sku: Sku
    product: ProductId
    on_hand: Decimal
    reserved: Decimal
    level: Decimal
    to_procure: Decimal = ZERO


def start_of(pair: PairOfLevels, start: Start) -> Decimal:
    return pair.on_hand if start is Start.ON_HAND else pair.on_hand - pair.reserved


def interval_of(
    pair: PairOfLevels,
    terms: StockTerms,
    units: Mapping[Term, Decimal],
    uncertain: Decimal = ZERO,
    *,
    moved_known: bool = True,
) -> Interval:
    """What the level may be.

    A movement of unknown size explains any level for as long as the ERP may still book it.
    """
    interval = _less_buffer(expected(terms, start_of(pair, terms.start), units, uncertain), terms, pair.location)
    if not terms.shortfall_is_shown and pair.level == 0 and interval.low < 0:
        interval = Interval(interval.low, max(interval.high, ZERO))
    if not moved_known and terms.moved_by is BookedBy.ERP:
        interval = Interval(min(interval.low, pair.level), max(interval.high, pair.level))
    return interval


def _less_buffer(interval: Interval, terms: StockTerms, location: LocationId) -> Interval:
    """Without what the outlet is not told of; never below zero by it. A level above it is as right in a report."""
    buffer = terms.buffer_at(location)
    low = max(interval.low - buffer, min(interval.low, ZERO))
    high = max(interval.high - buffer, min(interval.high, ZERO)) if terms.buffer_is_kept else interval.high
    return Interval(low, high)


def explain(
    pair: PairOfLevels,
    terms: StockTerms,
    units: Mapping[Term, Decimal],
    uncertain: Decimal = ZERO,
    *,
    moved_known: bool = True,
) -> StockRow:
    """Put the terms between the two sides, and say what is left. One look: that it was seen twice is said later."""
    interval = interval_of(pair, terms, units, uncertain, moved_known=moved_known)
    left = interval.distance(pair.level)
    return StockRow(
        outlet=pair.outlet,
        outlet_name=pair.outlet_name,
        location=pair.location,
        sku=pair.sku,
        product=pair.product,
        on_hand=pair.on_hand,
        reserved=pair.reserved,
        level=pair.level,
        units={term: quantity for term, quantity in units.items() if quantity},
        uncertain=uncertain,
        start=start_of(pair, terms.start),
        expected_low=interval.low,
        expected_high=interval.high,
        seen=left,
        unexplained=left,
        to_procure=pair.to_procure,
        moved_known=moved_known,
    )


def seen_twice(first: Decimal, second: Decimal) -> Decimal:
    """The part of a drift that both readings show: one difference alone may be the sides moving while we read."""
    if first * second <= 0:
        return ZERO
    return min(first, second, key=abs)


def units_of_sale_line(
    *, sold: Decimal, handed_over: Decimal, shipped: Decimal, open_in_erp: Decimal
) -> dict[Term, Decimal]:
    """In which rows of the table the units of one line of a standing sale of ours are; each unit in exactly one.

    `handed_over` is all of a closed sale, of an open one what its fulfilments say.
    """
    done_on_both = min(handed_over, shipped)
    shipped_alone = min(sold, shipped) - done_on_both
    collected = handed_over - done_on_both
    left = sold - done_on_both - shipped_alone - collected
    waiting = min(left, max(open_in_erp - collected, ZERO))
    return {
        Term.COLLECTED: collected,
        Term.SHIPPED: shipped_alone,
        Term.OPEN_SALE: waiting,
        Term.CANCELLED: left - waiting,
    }


def split_reserved(units: Mapping[Term, Decimal], reserved: Decimal) -> dict[Term, Decimal]:
    """One order's units of one product at one outlet, held against what the ERP really reserves for that order there.

    What was handed over comes first, then what is sold; the rest is not a sale yet. What is sold or handed over
    without being reserved has a row of its own, because what is available was never lowered by it.
    """
    left = max(reserved, ZERO)
    collected = min(units.get(Term.COLLECTED, ZERO), left)
    left -= collected
    waiting = min(units.get(Term.OPEN_SALE, ZERO), left)
    left -= waiting
    return {
        Term.RESERVED: left,
        Term.OPEN_SALE: waiting,
        Term.COLLECTED: collected,
        Term.GIVEN: units.get(Term.COLLECTED, ZERO) - collected,
        Term.SHIPPED: units.get(Term.SHIPPED, ZERO),
        Term.CANCELLED: units.get(Term.CANCELLED, ZERO) + units.get(Term.OPEN_SALE, ZERO) - waiting,
        Term.RETURNED: units.get(Term.RETURNED, ZERO),
    }


class StockReason(StrEnum):
    """What a row of the report is about: the largest of what stands between the sides."""

    DRIFT = "drift"  #: nothing in flight explains it, seen twice
    SEEN_ONCE = "seen_once"  #: nothing in flight explains it; the next look decides
    RESERVED = "reserved"
    OPEN_SALE = "open_sale"
    COLLECTED = "collected"
    GIVEN = "given"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    TILL = "till"
    RETURNED = "returned"
    MOVED_IN = "moved_in"
    MOVED_OUT = "moved_out"
    COUNTED = "counted"  #: counted in X-Series, and by how much it was off is not told
    UNCERTAIN = "uncertain"  #: writes that may or may not have happened
    SHORTFALL = "shortfall"  #: X-Series shows nothing below zero
    BUFFER = "buffer"  #: units that the outlet is not told of (`locations.….buffer`)


_REASON_OF: dict[Term, StockReason] = {term: StockReason[term.name] for term in Term}
REASON_WORDS: dict[StockReason, str] = {
    StockReason.DRIFT: "drifts, which nothing in flight explains",
    StockReason.SEEN_ONCE: "seen once, to be looked at again by the next run",
    **{_REASON_OF[term]: words for term, words in TERM_WORDS.items()},
    StockReason.COUNTED: "counted in X-Series, by how much it was off is not told",
    StockReason.UNCERTAIN: "writes that may or may not have happened",
    StockReason.SHORTFALL: "sold below zero, which X-Series shows as zero",
    StockReason.BUFFER: "units that the outlet is not told of (buffer)",
}


def told(terms: StockTerms, row: StockRow) -> dict[Term, Decimal]:
    """By how much each term moves the expected level under these settings; those that do not are left out."""
    return {term: sign(terms, term) * units for term, units in row.units.items() if sign(terms, term)}


def reason_of(terms: StockTerms, row: StockRow) -> StockReason:
    if row.unexplained:
        return StockReason.DRIFT
    if row.seen:
        return StockReason.SEEN_ONCE
    if not row.moved_known:
        return StockReason.COUNTED
    shares = {_REASON_OF[term]: abs(by) for term, by in told(terms, row).items()}
    shares[StockReason.UNCERTAIN] = row.uncertain
    largest = max(shares, key=lambda reason: shares[reason])
    if shares[largest]:
        return largest
    return StockReason.BUFFER if terms.buffer_at(row.location) else StockReason.SHORTFALL
