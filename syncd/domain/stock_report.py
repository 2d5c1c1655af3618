"""What a stock run has found, in short: the rows themselves are in the store, as many as there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from syncd.domain.ids import LocationId, OutletId, RunId
from syncd.domain.money import ZERO
from syncd.domain.stock import BadLevel
from syncd.domain.stock_terms import (
    Interval,
    PairOfLevels,
    StockTerms,
    Term,
    interval_of,
)

BAD_KEPT_MAX = 1_000  # of levels that make no sense, in one report


@dataclass(frozen=True, slots=True)
class OutletSum:
    """One outlet's share of a report."""

    outlet: OutletId
    name: str
    location: LocationId
    levels: int  # that X-Series has there
    differing: int = 0
    drifts: int = 0
    missing: Decimal = ZERO  # units that nothing explains, of rows with too few; not negative
    surplus: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Observed:
    """What the levels say of open sales: of so many that tell, so many lower the level."""

    lowering: int = 0
    telling: int = 0

    def contradicts(self, terms: StockTerms) -> bool:
        """True when most of what was seen is otherwise than the setting says."""
        agreeing = self.lowering if terms.open_sales_lower_level else self.telling - self.lowering
        return agreeing * 2 < self.telling

    def in_words(self) -> str:
        if not self.telling:
            return "no open sale tells whether it lowers the level"
        return f"{self.lowering} of {self.telling} open sales were seen to lower the level"


@dataclass(frozen=True, slots=True)
class StockReport:
    """A whole report but for its rows."""

    run: RunId
    compared_at: datetime
    erp_read_at: datetime  # when the newest full reading of the ERP began
    terms: StockTerms
    outlets: tuple[OutletSum, ...]
    reasons: Mapping[str, int]  # rows by reason
    observed: Observed
    movements: str  # empty: receipts, counts and adjustments were read; else why not
    items: Mapping[str, int]  # items of the ERP by whether they could be matched
    unstocked: int  # products that X-Series counts and the ERP does not know
    bad: tuple[BadLevel, ...]  # what one side or the other said and nobody can count with
    bad_count: int
    unmapped: tuple[LocationId, ...]  # locations of the ERP that the config does not name
    left_out: Mapping[LocationId, str]  # mapped locations that could not be compared, and why

    @property
    def differing(self) -> int:
        return sum(one.differing for one in self.outlets)

    @property
    def drifts(self) -> int:
        return sum(one.drifts for one in self.outlets)

    @property
    def unmatched(self) -> int:
        """Items of the ERP that are compared with nothing."""
        return sum(count for verdict, count in self.items.items() if verdict != "matched")


def tells(pair: PairOfLevels, terms: StockTerms, units: Mapping[Term, Decimal], uncertain: Decimal) -> bool | None:
    """Whether open sales lower this level: it fits just one of the two. None when it does not tell."""
    if uncertain or any(units.get(term) for term in (Term.TILL, Term.RETURNED, Term.MOVED_IN, Term.MOVED_OUT)):
        return None
    fits = [_is_at(interval_of(pair, one, units), pair.level) for one in _both(terms)]
    return fits[0] if fits[0] is not fits[1] else None


def _both(terms: StockTerms) -> Iterable[StockTerms]:
    """The settings with open sales lowering the level, and without."""
    for lower in (True, False):
        yield replace(terms, open_sales_lower_level=lower)


def _is_at(interval: Interval, level: Decimal) -> bool:
    return interval.low == level == interval.high
