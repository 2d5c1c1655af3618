"""The calendar of dated versions. One that has ended is served by the oldest that has not, without a word (FACTS 7).

No header tells it. Where the shapes differ it is seen; else only the calendar can say it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from syncd.domain.ports import Finding

FIRST, NEWEST_READ = "2026-01", "2026-07"  # the newest whose description we have read
FULFIL_MOVED_IN = "2026-07"  # the sale's own fulfil, fulfillments and pick_lists were removed (FACTS 7)
SUPPORTED_YEARS = 1  # at least
QUARTERS = (1, 4, 7, 10)
WARN_BEFORE = timedelta(days=60)
SUBJECT = "lightspeed.api"

_VERSION = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def is_before(version: str, other: str) -> bool:
    """Versions are years and months: their text sorts as they do."""
    return version < other


def supported_until(version: str) -> date:
    """The first day on which it may be gone. 2026-01 is supported until January 2027 (FACTS 1)."""
    year, month = (int(part) for part in version.split("-"))
    return date(year + SUPPORTED_YEARS, month, 1)


def judge(version: str, *, today: date) -> Finding:
    """What the calendar says of this version."""
    found = _VERSION.fullmatch(version)
    if found is None or int(found[2]) not in QUARTERS or is_before(version, FIRST):
        return Finding(SUBJECT, False, f"there is no version {version}", f"Write {NEWEST_READ}.")
    if date(int(found[1]), int(found[2]), 1) > today:
        said = f"version {version} is not out yet: X-Series would serve another, without a word"
        return Finding(SUBJECT, False, said, f"Write {NEWEST_READ}.")
    until = supported_until(version)
    if today >= until:
        said = f"version {version} was supported until {until:%Y-%m}: X-Series may serve another, without a word"
        return Finding(SUBJECT, False, said, f"Write {NEWEST_READ}, and look at a plan before the next sync.")
    if until - today <= WARN_BEFORE:
        return Finding(
            SUBJECT, True, f"version {version} is supported until {until:%Y-%m}", "Move to a newer one soon."
        )
    if is_before(NEWEST_READ, version):
        said = f"version {version} is newer than {NEWEST_READ}, which this syncd was written for"
        return Finding(SUBJECT, True, said, f"If something is odd: {NEWEST_READ}.")
    return Finding(SUBJECT, True, f"version {version} is supported until {until:%Y-%m} at least")


def judge_shape(version: str, names: frozenset[str]) -> Finding | None:
    """What a row of sales shows: a dated one has `state` and `_metadata`, and never `total_price` or `status`."""
    if not names or "_metadata" in names or not names & {"status", "total_price", "register_id"}:
        return None
    said = f"X-Series answers version {version} in the shape of API 2.0: it does not serve this version"
    return Finding(SUBJECT, False, said, f"Write {NEWEST_READ}, or classic.")
