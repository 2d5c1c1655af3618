"""Pages that do not follow from the pages before: the same again, in disorder, or shorter than they could be."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qsl, urlencode

from syncd.sandbox.exchange import decode, encode

DUPLICATE, OUT_OF_ORDER, SHRINKING = "duplicate_page", "out_of_order_page", "shrinking_page"
KINDS = frozenset({DUPLICATE, OUT_OF_ORDER, SHRINKING})

READ_BY_POST = re.compile(r"/(inventory|inventory_levels)$")
ONE_ROW = re.compile(r"/([0-9a-f-]{36}|[0-9]+|user|retailer)$")
CURSORS = frozenset({"after", "before", "page_number", "offset", "cursor"})
REMEMBERED_MAX = 32


def is_list_read(method: str, path: str) -> bool:
    """Say whether a request asks for a list."""
    return (method == "GET" and ONE_ROW.search(path) is None) or (method == "POST" and bool(READ_BY_POST.search(path)))


class PagesBefore:
    """The last page that was answered of each list."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def remember(self, method: str, path: str, query: str, body: bytes) -> bytes | None:
        """Keep a page, and return the one before it of the same list."""
        filters = [each for each in parse_qsl(query) if each[0] not in CURSORS]
        key = f"{method} {path}?{urlencode(sorted(filters))}"
        before = self._bodies.pop(key, None)
        self._bodies[key] = body
        if len(self._bodies) > REMEMBERED_MAX:
            self._bodies.popitem(last=False)
        return before


def spoil(kind: str, body: bytes, before: bytes | None) -> bytes:
    """Return what is answered in place of a page; what is no page stays as it is.

    `duplicate_page` answers the page before once more, and the first page as it is. `out_of_order_page` turns the
    rows around. `shrinking_page` holds half of its rows, the first ones; its version object fits what it holds.
    """
    if kind == DUPLICATE:
        return body if before is None else before
    answer = decode(body)
    rows = answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(rows, list) or not rows:
        return body
    kept = rows[::-1] if kind == OUT_OF_ORDER else rows[: (len(rows) + 1) // 2]
    if not isinstance(answer, dict):
        return encode(kept)
    answer["data"] = kept
    if isinstance(answer.get("version"), dict):
        versions = [_version_of(row) for row in kept]
        answer["version"] = {"min": min(versions), "max": max(versions)}
    return encode(answer)


def _version_of(row: Any) -> int:
    return int(row["version"] if "version" in row else row["_metadata"]["version"])
