"""What a sandbox has seen in a test, held against the descriptions: every request of the client, every answer to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from syncd.lightspeed.calls import TABLE
from syncd.transport import Call
from tests.conformance.descriptions import NotThere, folder, operation_of
from tests.conformance.recording import JSON
from tests.conformance.validation import against, undeclared


def deviations(requests: Iterable[dict[str, Any]]) -> list[str]:
    """Each deviation as a sentence; none at all where the descriptions are not at hand.

    `requests` are the rows of the sandbox's log. What a fault has touched says nothing of client or sandbox.
    """
    try:
        folder()
    except NotThere:
        return []
    return [
        f"{one['method']} {one['path']}: {text}" for one in requests if not one["fault"] for text in _of_request(one)
    ]


def _of_request(one: dict[str, Any]) -> Iterator[str]:
    call = _call(one["method"], one["path"])
    operation = operation_of(call) if call else None
    if operation is None:
        yield "no row of the call table is this call, or nothing describes it"
        return
    if operation.content_type == JSON and one["body"] is not None and operation.request is not None:
        body = one["body"]
        yield from against(operation.request, body)
        yield from (f"undeclared property {where}" for where in undeclared(operation.request, body))
    answer = operation.answers.get(one["status"] or 0)
    is_whole = isinstance(one["answer"], dict | list) and "rows" not in one["answer"]  # big ones are only counted
    if answer is not None and is_whole:
        yield from against(answer, one["answer"])


@cache
def _call(method: str, path: str) -> Call | None:
    for row in TABLE:
        for call in (row.dated, row.classic):
            if call is None or call.method != method:
                continue
            pattern = re.escape(call.path).replace(r"\{version\}", "[0-9]{4}-[0-9]{2}")  # 2.0 is no such version
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", pattern)
            if re.fullmatch(pattern, path):
                return call
    return None
