"""Cutting lists into pages: by version cursor, by offset, by page number (FACTS 8, 9, 3b)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from syncd.sandbox.exchange import VERSION_MAX, Answer, Call, Refusal, Row

SEARCH_SIZE_MAX = 1_000  # more is cut without a word (FACTS 9)
FULFILMENTS_SIZE = 10
FULFILMENTS_SIZE_MAX = 100


def by_version(call: Call, rows: Iterable[tuple[int, Any]], size_max: int) -> list[tuple[int, Any]]:
    """Return one page of (version, row), ascending, strictly between `after` and `before`."""
    after, before = call.whole("after", 0), call.whole("before", VERSION_MAX)
    size = min(call.whole("page_size", size_max) or size_max, size_max)
    found = sorted((each for each in rows if after < each[0] < before), key=lambda each: each[0])
    return found[:size]


def feed(call: Call, rows: Iterable[tuple[int, Any]], size_max: int) -> tuple[list[Any], Row]:
    """Return a page with its version object; both ends are null when it is empty (FACTS 2)."""
    page = by_version(call, rows, size_max)
    version = {"min": page[0][0] if page else None, "max": page[-1][0] if page else None}
    return [row for _, row in page], version


def answer_feed(call: Call, rows: Iterable[Row], size_max: int) -> Answer:
    """Answer a page of rows that carry their own `version`."""
    data, version = feed(call, ((row["version"], row) for row in rows), size_max)
    return Answer({"data": data, "version": version})


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
