"""From which version the sales feed has to be read, when only the sales of `orders.start` on matter.

The feed has no filter by date, but every change gives a sale a higher version than any given before. So a version
that was given before a moment lies below everything that happened after it: a page whose newest date is older than the
moment may be passed over, with all that is below it. See docs/decisions/0006-empty-store.md for what this trusts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

GLIMPSES_MAX = 80  # 31 find an upper end within 62 bits, and each halves what is left
GROWTH = 4  # how much further the next glimpse goes while no upper end is known
NEAR_PAGES = 10  # closer than so many glimpsed pages: what is left is cheaper to read than to search
VERSION_MAX = 2**62  # versions are int64
MARGIN = timedelta(days=1)  # for clocks that differ, and orders that were confirmed back to a day


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One short page of the sales feed: what lies right above a version."""

    after: int
    reached: int | None  # the highest version on the page; None when the page is empty, or could not be read
    newest: datetime | None  # the newest date of its rows; None when no row says one


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: int  # everything up to here is older than the moment
    high: int | None  # the lowest version above which something may not be
    width: int  # of the last page that was old, in versions


def next_glimpse(known: Sequence[Glimpse], moment: datetime) -> int | None:
    """The version to look above next; None when enough is known. The first is 0."""
    if not known:
        return 0
    bounds = _bounds(known, moment)
    if len(known) >= GLIMPSES_MAX or bounds.low >= VERSION_MAX:
        return None
    if bounds.high is None:
        # The second glimpse continues the first: most feeds end there.
        return bounds.low if len(known) == 1 else min(bounds.low * GROWTH, VERSION_MAX)
    if bounds.high - bounds.low <= bounds.width * NEAR_PAGES:
        return None
    return (bounds.low + bounds.high) // 2


def begin_of(known: Sequence[Glimpse], moment: datetime) -> int:
    """The version to read from: nothing that happened at or after the moment lies at or below it."""
    low = _bounds(known, moment).low
    first = min(known, key=lambda glimpse: glimpse.after, default=None)
    # A feed of which only the first page is old is read whole: nothing is gained by trusting dates.
    return low if first is not None and first.reached is not None and low > first.reached else 0


def _bounds(known: Sequence[Glimpse], moment: datetime) -> _Bounds:
    """Believe the glimpses from the lowest on, up to the first that is not old: a doubt always leads further down."""
    low, width = 0, 0
    newest: datetime | None = None
    for glimpse in sorted(known, key=lambda one: one.after):
        reached = _reached_if_old(glimpse, moment, not_before=newest)
        if reached is None:
            return _Bounds(low, max(low, glimpse.after), width)
        if reached > low:
            low, width, newest = reached, reached - glimpse.after, glimpse.newest
    return _Bounds(low, None, width)


def _reached_if_old(glimpse: Glimpse, moment: datetime, *, not_before: datetime | None) -> int | None:
    """How far the page goes when all of it is older than the moment.

    Dates that fall where versions rise are those of rows that were given new versions without being changed: they do
    not say when, and are not believed.
    """
    if glimpse.reached is None or glimpse.newest is None or glimpse.reached <= glimpse.after:
        return None
    is_believable = not_before is None or glimpse.newest >= not_before
    return glimpse.reached if is_believable and glimpse.newest < moment else None
