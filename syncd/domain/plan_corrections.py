"""Which drifts are corrected, and why the others are left alone. Pure: what is known is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, time, tzinfo
from decimal import Decimal
from enum import StrEnum

from syncd.domain.ids import Account, LocationId, OutletId, ProductId, RunId, Sku
from syncd.domain.money import ZERO
from syncd.domain.stock_terms import BookedBy, StockRow, StockTerms

CORRECTIONS_A_PLAN_MAX = 20_000  # the rest waits for the next plan
LEFT_ALONE_KEPT_MAX = 1_000  # rows of them that a plan names; all of them are counted

Key = tuple[OutletId, ProductId]


class StockMode(StrEnum):
    REPORT = "report"
    CORRECT = "correct-retail"


class Way(StrEnum):
    """How a level is corrected."""

    ADJUSTMENTS = "adjustments"  #: by deltas: what is sold between our read and our write still counts
    LEVELS = "levels"  #: outright, one product at a time


class LeftAlone(StrEnum):
    """Why a drift is not corrected."""

    SEEN_ONCE = "seen_once"
    NOT_EXACT = "not_exact"
    MOVEMENTS_UNKNOWN = "movements_unknown"
    NOBODY_BOOKS = "nobody_books"
    UNDER_WAY = "under_way"
    COUNT_UNDER_WAY = "count_under_way"
    TRANSFER_UNDER_WAY = "transfer_under_way"
    BELOW_ZERO = "below_zero"
    ZERO_SEEN_ONCE = "zero_seen_once"
    NOT_QUIET = "not_quiet"
    NOT_KEPT = "not_kept"
    HELD = "held"
    DROPPED = "dropped"
    TOO_MANY = "too_many"


LEFT_ALONE_WORDS: dict[LeftAlone, str] = {
    LeftAlone.SEEN_ONCE: "seen once; the next run looks again",
    LeftAlone.NOT_EXACT: "what is expected is a range: something may be booked or not",
    LeftAlone.MOVEMENTS_UNKNOWN: "receipts, counts and adjustments of X-Series are not fully known (term M)",
    LeftAlone.NOBODY_BOOKS: "booked_by is nobody: the ERP does not know what left the shelf",
    LeftAlone.UNDER_WAY: "a write about this product is under way at this outlet",
    LeftAlone.COUNT_UNDER_WAY: "the outlet is being counted",
    LeftAlone.TRANSFER_UNDER_WAY: "a transfer of the product is under way",
    LeftAlone.BELOW_ZERO: "the ERP expects less than nothing",
    LeftAlone.ZERO_SEEN_ONCE: "a zero waits for a second reading, a minute later",
    LeftAlone.NOT_QUIET: "levels are set outright only in `stock.quiet_hours`",
    LeftAlone.NOT_KEPT: "it was corrected before and is as it was: held",
    LeftAlone.HELD: "held: a person decides (`syncd holds`)",
    LeftAlone.DROPPED: "a person said to leave it alone",
    LeftAlone.TOO_MANY: f"more than {CORRECTIONS_A_PLAN_MAX} at once: the next run goes on",
}


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When levels may be set outright: nobody is at a till. It may go over midnight."""

    begin: time
    end: time
    zone: tzinfo

    def contains(self, moment: datetime) -> bool:
        here = moment.astimezone(self.zone).time()
        if self.begin <= self.end:
            return self.begin <= here < self.end
        return here >= self.begin or here < self.end


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of the report that drifts, with the version of its level and the ERP's number of its product."""

    row: StockRow
    version: int
    item: int

    @property
    def key(self) -> Key:
        return self.row.outlet, self.row.product

    @property
    def target(self) -> Decimal:
        """What the level is to be: only what two looks have in common of the drift is corrected."""
        return self.row.level - self.row.unexplained


@dataclass(frozen=True, slots=True)
class Correction:
    """One level that is to become another. `level` is the before-image: what it was when it was compared."""

    outlet: OutletId
    outlet_name: str
    location: LocationId
    sku: Sku
    product: ProductId
    level: Decimal
    expected: Decimal
    delta: Decimal
    version: int

    @property
    def key(self) -> Key:
        return self.outlet, self.product

    @property
    def words(self) -> str:
        return f"{self.sku} at {self.outlet_name}"


@dataclass(frozen=True, slots=True)
class Corrected:
    """The newest correction of a level that was seen booked."""

    level: Decimal
    expected: Decimal


@dataclass(frozen=True, slots=True)
class CorrectionFacts:
    """What decides beside the rows themselves."""

    terms: StockTerms
    movements: str = ""  # why movements of X-Series are not fully known
    way: Way = Way.ADJUSTMENTS
    is_quiet: bool = True  # levels may be set outright now
    busy: AbstractSet[Key] = frozenset()  # an entry of the journal about it is open
    counted: AbstractSet[OutletId] = frozenset()  # a count is under way there
    moving: AbstractSet[Key] = frozenset()  # on a transfer that is under way
    zeros: AbstractSet[Key] = frozenset()  # that two readings a minute apart agree about
    held: AbstractSet[Key] = frozenset()
    dropped: AbstractSet[Key] = frozenset()
    last: Mapping[Key, Corrected] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A drift that is not corrected, for people."""

    outlet: str
    sku: Sku
    unexplained: Decimal
    why: LeftAlone


@dataclass(frozen=True, slots=True)
class StockPlan:
    """The corrections that would be made: data that can be looked at, kept in a file, and applied later."""

    account: Account
    run: RunId  # that has compared, or is taken back
    made_at: datetime
    way: Way
    rows: tuple[Correction, ...]
    left_alone: Mapping[LeftAlone, int] = field(default_factory=dict)
    left_rows: tuple[LeftRow, ...] = ()
    brakes: tuple[str, ...] = ()  # by what it is too much to be true
    undo_of: RunId | None = None
    moved: tuple[str, ...] = ()  # of an undo: what was moved since, and stays as it is


@dataclass(frozen=True, slots=True)
class Sorted:
    """Drifts, sorted into what is corrected and what is not."""

    corrections: tuple[Correction, ...]
    left_alone: Mapping[LeftAlone, int]
    left_rows: tuple[LeftRow, ...]
    zeros: tuple[Candidate, ...]  # that wait for a second reading
    not_kept: tuple[Candidate, ...]  # that are as they were before they were corrected
    drifting: AbstractSet[Key]


def sort_drifts(candidates: Iterable[Candidate], facts: CorrectionFacts) -> Sorted:
    """Decide about every drift."""
    corrections: list[Correction] = []
    left: Counter[LeftAlone] = Counter()
    rows: list[LeftRow] = []
    waiting: dict[LeftAlone, list[Candidate]] = {LeftAlone.ZERO_SEEN_ONCE: [], LeftAlone.NOT_KEPT: []}
    drifting: set[Key] = set()
    for one in candidates:
        drifting.add(one.key)
        why = why_left_alone(one, facts)
        if why is None and len(corrections) == CORRECTIONS_A_PLAN_MAX:
            why = LeftAlone.TOO_MANY
        if why is None:
            corrections.append(correction_of(one))
            continue
        left[why] += 1
        if len(rows) < LEFT_ALONE_KEPT_MAX:
            rows.append(LeftRow(one.row.outlet_name, one.row.sku, one.row.unexplained or one.row.seen, why))
        if why in waiting:
            waiting[why].append(one)
    zeros, not_kept = waiting[LeftAlone.ZERO_SEEN_ONCE], waiting[LeftAlone.NOT_KEPT]
    return Sorted(tuple(corrections), dict(left), tuple(rows), tuple(zeros), tuple(not_kept), drifting)


def why_left_alone(one: Candidate, facts: CorrectionFacts) -> LeftAlone | None:
    """The first thing that forbids to correct it; None when nothing does."""
    row, key, terms = one.row, one.key, facts.terms
    is_range = row.expected_low != row.expected_high or bool(row.uncertain) or not row.moved_known
    last = facts.last.get(key)
    forbidden = (
        (LeftAlone.SEEN_ONCE, not row.unexplained),
        (LeftAlone.NOBODY_BOOKS, BookedBy.NOBODY in (terms.booked_by, terms.moved_by)),
        (LeftAlone.MOVEMENTS_UNKNOWN, bool(facts.movements)),
        (LeftAlone.NOT_EXACT, is_range),
        (LeftAlone.DROPPED, key in facts.dropped),
        (LeftAlone.HELD, key in facts.held),
        (LeftAlone.NOT_KEPT, last is not None and (last.level, last.expected) == (row.level, one.target)),
        (LeftAlone.UNDER_WAY, key in facts.busy),
        (LeftAlone.COUNT_UNDER_WAY, row.outlet in facts.counted),
        (LeftAlone.TRANSFER_UNDER_WAY, key in facts.moving),
        (LeftAlone.BELOW_ZERO, one.target < 0),
        (LeftAlone.ZERO_SEEN_ONCE, one.target == 0 and key not in facts.zeros),
        (LeftAlone.NOT_QUIET, facts.way is Way.LEVELS and not facts.is_quiet),
    )
    return next((why for why, is_so in forbidden if is_so), None)


def correction_of(one: Candidate) -> Correction:
    row = one.row
    return Correction(
        outlet=row.outlet,
        outlet_name=row.outlet_name,
        location=row.location,
        sku=row.sku,
        product=row.product,
        level=row.level,
        expected=one.target,
        delta=-row.unexplained,
        version=one.version,
    )


def terms_of_corrections(terms: StockTerms) -> StockTerms:
    """What is corrected keeps the buffers exactly; a report alone takes a level with or without them as right."""
    return replace(terms, buffer_is_kept=any(buffer for _, buffer in terms.buffers))


def stale_rows(plan: Iterable[Correction], fresh: Mapping[Key, Correction]) -> list[str]:
    """Which rows of a plan are not what would be planned now, and how they differ; empty when the plan is fresh."""
    found = []
    for row in plan:
        now = fresh.get(row.key)
        if now is None:
            found.append(f"{row.words}: it would not be corrected any more")
        elif now.level != row.level:
            found.append(f"{row.words}: the level was {row.level:f} and is {now.level:f}")
        elif now.expected != row.expected:
            found.append(f"{row.words}: {row.expected:f} was expected and is {now.expected:f}")
        elif now.version != row.version:
            found.append(f"{row.words}: the level was moved and is {now.level:f} again")
    return found


def undo_of(corrected: Iterable[Correction], levels: Mapping[Key, Decimal]) -> tuple[list[Correction], list[str]]:
    """What takes corrections back where nothing else has moved since, and the rest, in words."""
    rows: list[Correction] = []
    moved: list[str] = []
    for one in corrected:
        level = levels.get(one.key)
        if level is None:
            moved.append(f"{one.words}: X-Series has no level of it any more")
        elif level != one.expected:
            moved.append(f"{one.words}: corrected to {one.expected:f}, and is {level:f} now")
        else:
            rows.append(replace(one, level=one.expected, expected=one.level, delta=-one.delta))
    return rows, moved


def matched_as_booked(
    rows: Iterable[Correction], booked: Iterable[tuple[Key, Decimal]]
) -> tuple[list[Correction], list[Correction]]:
    """Which of the corrections are among what was booked, and which are not: as multisets, for nothing else tells."""
    there = Counter(booked)
    found: list[Correction] = []
    missing: list[Correction] = []
    for row in rows:
        said = (row.key, row.delta)
        if there[said] > ZERO:
            there[said] -= 1
            found.append(row)
        else:
            missing.append(row)
    return found, missing
