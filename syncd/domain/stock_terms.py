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
    SHIPPED = "E"  #: shipped in the ERP, sale still open
    CANCELLED = "V"  #: cancelled or moved in the ERP, sale still open
    TILL = "T"  #: till sales not booked in the ERP
    RETURNED = "R"  #: returns at the till not booked in the ERP (the design's T, negative)
    MOVED = "M"  #: receipts, counts and transfers of X-Series not booked in the ERP


TERM_WORDS: dict[Term, str] = {
    Term.RESERVED: "reserved in the ERP, not yet a sale",
    Term.OPEN_SALE: "open sales, still to be handed over",
    Term.COLLECTED: "handed over, not yet done in the ERP",
    Term.SHIPPED: "shipped in the ERP, sale still open",
    Term.CANCELLED: "cancelled in the ERP, sale still open",
    Term.TILL: "till sales not booked in the ERP",
    Term.RETURNED: "returns at the till not booked in the ERP",
    Term.MOVED: "receipts, counts and transfers in X-Series",
}

_SIGNS: dict[tuple[Start, bool], dict[Term, int]] = {
    (Start.ON_HAND, True): {Term.OPEN_SALE: -1, Term.COLLECTED: -1, Term.CANCELLED: -1},
    (Start.ON_HAND, False): {Term.COLLECTED: -1, Term.SHIPPED: 1},
    (Start.AVAILABLE, True): {Term.RESERVED: 1, Term.CANCELLED: -1},
    (Start.AVAILABLE, False): {Term.RESERVED: 1, Term.OPEN_SALE: 1, Term.SHIPPED: 1},
}


class BookedBy(StrEnum):
    """Who tells the ERP of till sales."""

    ERP = "erp"  # it does itself, within a time
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class StockTerms:
    start: Start
    open_sales_lower_level: bool
    booked_by: BookedBy
    booked_within: timedelta
    shortfall_is_shown: bool = True  # X-Series says what is to be procured (dated); classic shows 0 for all below


def sign(terms: StockTerms, term: Term) -> int:
    """How a unit of this term moves the expected level: the table of signs."""
    if term is Term.TILL:
        return -1
    if term in (Term.MOVED, Term.RETURNED):
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

    Till sales that the ERP books by itself within a time may or may not be in its quantity yet, and `uncertain` units
    are of writes that may or may not have happened: then it is an interval.
    """
    settled = {term: quantity for term, quantity in units.items() if term not in (Term.TILL, Term.RETURNED)}
    fixed = start + sum((sign(terms, term) * quantity for term, quantity in settled.items()), ZERO)
    net = units.get(Term.TILL, ZERO)
    sold, returned = max(net, ZERO), units.get(Term.RETURNED, ZERO) + max(-net, ZERO)
    low, high = fixed - sold, fixed + returned
    if terms.booked_by is BookedBy.NOBODY:
        low = high = fixed - sold + returned
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
    reserved: Decimal
    level: Decimal  # of X-Series, less what is to be procured
    units: Mapping[Term, Decimal]
    uncertain: Decimal
    start: Decimal
    expected_low: Decimal
    expected_high: Decimal
    unexplained: Decimal  # how far the level lies outside of what is expected

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


def explain(
    pair: PairOfLevels, terms: StockTerms, units: Mapping[Term, Decimal], uncertain: Decimal = ZERO
) -> StockRow:
    """Put the terms between the two sides, and say what is left."""
    start = pair.on_hand if terms.start is Start.ON_HAND else pair.on_hand - pair.reserved
    interval = expected(terms, start, units, uncertain)
    if not terms.shortfall_is_shown and pair.level == 0 and interval.low < 0:
        interval = Interval(interval.low, max(interval.high, ZERO))
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
        start=start,
        expected_low=interval.low,
        expected_high=interval.high,
        unexplained=interval.distance(pair.level),
    )


def seen_twice(first: Decimal, second: Decimal) -> Decimal:
    """The part of a drift that both readings show: one difference alone may be the sides moving while we read."""
    if first * second <= 0:
        return ZERO
    return min(first, second, key=abs)


def units_of_sale_line(
    *, sold: Decimal, is_closed: bool, shipped: Decimal, open_in_erp: Decimal
) -> dict[Term, Decimal]:
    """In which rows of the table the units of one line of a standing sale of ours are; each unit in exactly one."""
    done_on_both = min(sold, shipped)
    if is_closed:
        return {Term.COLLECTED: sold - done_on_both}
    waiting = min(sold - done_on_both, max(open_in_erp, ZERO))
    return {
        Term.SHIPPED: done_on_both,
        Term.OPEN_SALE: waiting,
        Term.CANCELLED: sold - done_on_both - waiting,
    }
