"""Things going wrong on demand: which request is struck, and how. The striking itself is in `gate.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

LOST_BEFORE = "lost_before"
LOST_AFTER_COMMIT = "lost_after_commit"
LATE_COMMIT = "late_commit"
ERROR_BEFORE = "error_before"
ERROR_AFTER = "error_after"
THROTTLE = "throttle"
SLOW = "slow"
TRUNCATED = "truncated"
EMPTY_SALE = "empty_sale"
STATUS = "status"

KINDS = {
    LOST_BEFORE: "connection cut, nothing done",
    LOST_AFTER_COMMIT: "done, then the connection cut without an answer",
    LATE_COMMIT: "connection cut at once, done delay_s later",
    ERROR_BEFORE: "500, nothing done",
    ERROR_AFTER: "done, then 500",
    THROTTLE: "429, Retry-After delay_s ahead",
    SLOW: "done, answered after delay_s",
    TRUNCATED: "done, 200 with half the body",
    EMPTY_SALE: "a classic create makes an empty sale",
    STATUS: "answers `status`, nothing done",
}
CREATE_CLASSIC = ("POST", r"^/api/register_sales$")


class BadFault(ValueError):
    """The fault asked for cannot be."""


@dataclass(slots=True)
class Fault:
    """One entry: after `after` matching requests it strikes the next `times`."""

    kind: str
    method: str | None = None
    path: str = ""
    times: int = 1
    after: int = 0
    delay_s: float = 0.0
    status: int = 503

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadFault(f"unknown fault {self.kind}; known: {', '.join(KINDS)}")
        counts = (self.times, self.after)
        if not all(isinstance(each, int) and each >= 0 for each in counts) or self.times == 0:
            raise BadFault("times is a number of one or more, after one of zero or more")
        if self.status not in set(HTTPStatus):
            raise BadFault(f"there is no status {self.status}")
        if self.kind == EMPTY_SALE and not self.path:
            self.method, self.path = CREATE_CLASSIC
        try:
            re.compile(self.path)
        except re.error as error:
            raise BadFault(f"path is no regular expression: {error}") from error

    def matches(self, method: str, path: str) -> bool:
        """Say whether a request is one this fault is about."""
        return self.method in (None, method) and re.search(self.path, path) is not None

    def as_row(self) -> dict[str, Any]:
        """Return what is left of it."""
        return {name: getattr(self, name) for name in self.__slots__}


class Faults:
    """The faults in the order they were asked for; the first live one that matches strikes."""

    def __init__(self) -> None:
        self.entries: list[Fault] = []

    def add(self, fields: dict[str, Any]) -> Fault:
        """Append a fault; raises BadFault naming what is wrong."""
        try:
            fault = Fault(**{name: value for name, value in fields.items() if value is not None})
            fault.delay_s = float(fault.delay_s)
        except (TypeError, ValueError) as error:
            raise BadFault(f"{error}") from error
        self.entries.append(fault)
        return fault

    def strike(self, method: str, path: str) -> Fault | None:
        """Return the fault that strikes this request, counting it down."""
        for fault in self.entries:
            if not fault.matches(method, path):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.entries.remove(fault)
            return fault
        return None
