"""Lists of X-Series by version: on and on after the highest version seen, until a page is empty.

A short page is no end, versions jump, and the version object may be missing or null (FACTS 8, 13, 22.13). A page that
comes again brings nothing new and is asked for once more; rows that were there already are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from syncd.errors import NotUnderstood
from syncd.lightspeed.envelope import Page

PAGES_MAX = 20_000  # four million sales, or a hundred million levels: more is a server that never ends
REPEATS_MAX = 2  # a page that comes again this often in a row is no accident
GLIMPSE_SIZE = 50  # sales, where only their dates are looked at
FEED_PAGE_SIZE = 200  # sales, reference data: the only maximum that the vendor states (0.x; FACTS 17)
BULK_PAGE_SIZE = 1_000  # products and levels; a server that gives fewer is read on all the same
DATED_LEVELS_PAGE_SIZE = 5_000  # the stated maximum of POST /inventory
AVAILABLE_PAGE_SIZE = 10_000  # the stated maximum of POST /inventory_levels
REASONS_PAGE_SIZE = 100  # the stated maximum

T = TypeVar("T")


def read_by_version(
    what: str, ask: Callable[[int], Page[T]], *, after: int, must_have_version: bool = True
) -> Iterator[tuple[list[T], int]]:
    """Yield each page's rows and the version to go on after, ascending, without the empty page that ends it.

    Raise NotUnderstood when the version does not advance. A list may do without versions when it need not have them
    (`GET /taxes` has no version object and may pay no heed to `after`): then its first page is the whole.
    """
    cursor, repeats = after, 0
    for _ in range(PAGES_MAX):
        page = ask(cursor)
        if page.is_empty:
            return
        reached = _reached(page)
        may_end = not must_have_version and not page.has_version
        if reached is None and not may_end:
            raise NotUnderstood(f"{what}: rows without any version, so there is no way to read on")
        if reached is not None and reached <= cursor:
            if may_end and cursor > after:
                return  # the same page again
            if not may_end:
                repeats += 1
                if repeats > REPEATS_MAX:
                    raise NotUnderstood(f"{what}: the version does not advance, {reached} after {cursor}")
                continue
        repeats = 0
        yield _fresh(page, cursor if must_have_version else None), reached if reached is not None else cursor
        if reached is None or reached <= cursor:
            return
        cursor = reached
    raise NotUnderstood(f"{what}: more than {PAGES_MAX} pages")


def _fresh(page: Page[T], cursor: int | None) -> list[T]:
    """The rows without those that an earlier page has brought."""
    if cursor is None or min(_known(page.versions), default=cursor + 1) > cursor:
        return page.rows
    both = zip(page.rows, page.versions, strict=True)
    return [row for row, version in both if version is None or version > cursor]


def _reached(page: Page[T]) -> int | None:
    # The rows come first: in the vendor's own example of /users `version.max` is far above every row, and going on
    # after it would pass over whatever lies between.
    versions = page.versions + page.lost if page.lost else page.versions
    known = _known(versions)
    if known and (len(known) == len(versions) or page.version_max is None):
        return max(known)
    return page.version_max


def _known(versions: list[int | None]) -> list[int]:
    return [version for version in versions if version is not None]
