"""Cutting lists into pages: by version cursor, by offset, by page number (FACTS 8, 9, 3b)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from syncd.sandbox.exchange import VERSION_MAX, Answer, Call, Refusal, Row
from syncd.sandbox.world import World

SEARCH_SIZE_MAX = 1_000  # more is cut without a word (FACTS 9)
FULFILMENTS_SIZE = 10
FULFILMENTS_SIZE_MAX = 100

T = TypeVar("T")


def version_of_row(row: Row) -> int:
    """Return the version that stands in a row."""
    return int(row["version"])


def feed(
    world: World,
    call: Call,
    rows: Sequence[T],
    *,
    version_of: Callable[[T], int],
    keep: Callable[[T], bool] | None = None,
    size: int | None = None,
    size_max: int | None = None,
) -> tuple[list[T], Row]:
    """Return a page of rows that are in the order of their versions, strictly between `after` and `before`.

    With it comes the version object, as the fields to add to the answer: both ends are null when the page is empty
    (FACTS 2). By switch it is null or absent as a whole, as in some examples (FACTS 13).
    """
    after, before = call.whole("after", 0), call.whole("before", VERSION_MAX)
    size_max = size_max or world.switches.page_size_max
    size = min(call.whole("page_size", 0) or size or size_max, size_max)
    page: list[T] = []
    for n in range(bisect_right(rows, after, key=version_of), len(rows)):
        if len(page) == size or version_of(rows[n]) >= before:
            break
        if keep is None or keep(rows[n]):
            page.append(rows[n])
    ends = {"min": version_of(page[0]) if page else None, "max": version_of(page[-1]) if page else None}
    return page, version_field(world, ends)


def version_field(world: World, ends: Row) -> Row:
    """Return the version object as the switch wants it."""
    if world.switches.list_version == "missing":
        return {}
    return {"version": None if world.switches.list_version == "null" else ends}


def answer_feed(
    world: World,
    call: Call,
    rows: Sequence[Row],
    *,
    keep: Callable[[Row], bool] | None = None,
    size: int | None = None,
    size_max: int | None = None,
) -> Answer:
    """Answer a page of rows that carry their own `version`."""
    data, version = feed(world, call, rows, version_of=version_of_row, keep=keep, size=size, size_max=size_max)
    return Answer({"data": data} | version)


def by_offset(call: Call, rows: list[Any]) -> list[Any]:
    """Return one page of a search."""
    size = min(call.whole("page_size", SEARCH_SIZE_MAX) or SEARCH_SIZE_MAX, SEARCH_SIZE_MAX)
    offset = call.whole("offset", 0)
    return rows[offset : offset + size]


def by_number(call: Call, rows: list[Any]) -> list[Any]:
    """Return one page of the fulfilments, counted from 1."""
    size = min(call.whole("page_size", FULFILMENTS_SIZE), FULFILMENTS_SIZE_MAX)
    page = call.whole("page_number", 1)
    if size < 1 or page < 1:
        raise Refusal(400, "page_number and page_size start at 1")
    return rows[(page - 1) * size : page * size]
