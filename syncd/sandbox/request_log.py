"""Every API request and its answer: evidence for an auditor who trusts neither client nor server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncd.sandbox.exchange import decode

ANSWER_BYTES_MAX = 20_000  # of larger answers only the number of rows is kept
READS_BY_POST = re.compile(r"/(inventory|inventory_levels)$")  # FACTS 22.12


@dataclass(slots=True)
class Entry:
    """One request. `status` and `answer` are what the server made, even when a fault kept it from the client."""

    n: int
    at: datetime
    method: str
    path: str
    query: str
    body: Any
    fault: str | None = None
    status: int | None = None
    answer: Any = None

    @property
    def write(self) -> bool:
        """Whether the call changed or may have changed the store."""
        return self.method != "GET" and not (self.method == "POST" and READS_BY_POST.search(self.path))

    def answered(self, status: int, body: bytes) -> None:
        """Note the answer."""
        self.status = status
        self.answer = _short(body)

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
        entry = Entry(self.count, at, method, path, query, _parsed(body))
        self.entries.append(entry)
        return entry


def _parsed(body: bytes) -> Any:
    if not body:
        return None
    try:
        return decode(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _short(body: bytes) -> Any:
    parsed = _parsed(body)
    if len(body) <= ANSWER_BYTES_MAX:
        return parsed
    rows = parsed.get("data") if isinstance(parsed, dict) else parsed
    return {"rows": len(rows) if isinstance(rows, list) else 1}
