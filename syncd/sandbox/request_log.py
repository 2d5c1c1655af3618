"""Every API request and its answer: evidence for an auditor who trusts neither client nor server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from syncd.sandbox.exchange import decode

ANSWER_BYTES_MAX = 20_000  # of larger answers only the number of rows is kept
# FACTS 22.12; and a token request changes nothing in the store.
READS_BY_POST = re.compile(r"/(inventory|inventory_levels|1\.0/token)$")


@dataclass(slots=True)
class Entry:
    """One request. `status` and `answer` are what the server made, even when a fault kept it from the client.

    Both bodies are kept as they came and read when somebody looks: most are never looked at.
    """

    n: int
    at: datetime
    method: str
    path: str
    query: str
    sent: bytes
    fault: str | None = None
    status: int | None = None
    given: bytes | int | None = None
    """The body of the answer; of a large one the number of its rows."""

    @property
    def body(self) -> Any:
        """What was asked."""
        return _parsed(self.sent)

    @property
    def answer(self) -> Any:
        """What was answered."""
        if isinstance(self.given, int):
            return {"rows": self.given}
        return None if self.given is None else _parsed(self.given)

    @property
    def write(self) -> bool:
        """Whether the call changed or may have changed the store."""
        return self.method != "GET" and not (self.method == "POST" and READS_BY_POST.search(self.path))

    def answered(self, status: int, body: bytes) -> None:
        """Note the answer."""
        self.status = status
        self.given = body if len(body) <= ANSWER_BYTES_MAX else _count_rows(body)

    def as_row(self) -> dict[str, Any]:
        """Return the entry as the control API shows it."""
        return {
            "n": self.n,
            "at": self.at.isoformat(),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "body": self.body,
            "status": self.status,
            "answer": self.answer,
            "fault": self.fault,
            "write": self.write,
        }


@dataclass(slots=True)
class RequestLog:
    """The entries in order of arrival; numbers go on after a clearing."""

    entries: list[Entry] = field(default_factory=list)
    count: int = 0

    def open(self, *, at: datetime, method: str, path: str, query: str, body: bytes) -> Entry:
        """Start an entry for a request that just arrived."""
        self.count += 1
        entry = Entry(self.count, at, method, path, query, body)
        self.entries.append(entry)
        return entry


def _parsed(body: bytes) -> Any:
    if not body:
        return None
    try:
        return decode(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _count_rows(body: bytes) -> int:
    """Count the rows of a large answer without reading them."""
    for kind in (list[msgspec.Raw], _Wrapped):
        try:
            found: Any = msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError:
            continue
        return len(found.data if isinstance(found, _Wrapped) else found)
    return 1


class _Wrapped(msgspec.Struct):
    data: list[msgspec.Raw]
