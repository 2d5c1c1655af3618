"""How many requests the asking of open sales in turn may take, so that it never uses up what others need. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from syncd.domain.money import ZERO

NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many requests in so much time: what X-Series lets us send in all."""

    requests: int
    window: timedelta


#: Until an answer has said another: that of a shop with one register (FACTS 8).
SMALLEST = Allowance(350, timedelta(seconds=300))


def requests_now(share: Decimal, allowance: Allowance, since_last: timedelta | None) -> int:
    """What may be asked now: the share of the allowance that has come together since the last time.

    Never more than the share of one window, however long ago that was, and whatever a clock that was set says.
    """
    of_a_window = allowance.requests * share
    if since_last is None or since_last < NOTHING or since_last >= allowance.window:
        return int(of_a_window)
    passed = Decimal(since_last // timedelta(milliseconds=1)) / (allowance.window // timedelta(milliseconds=1))
    return int(max(of_a_window * passed, ZERO))
