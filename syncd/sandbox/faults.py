"""Things going wrong on demand: which request is struck, and how. The striking itself is in `gate.py`."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from syncd.sandbox import page_faults

LOST_BEFORE = "lost_before"
LOST_AFTER_COMMIT = "lost_after_commit"
LATE_COMMIT = "late_commit"
ERROR_BEFORE = "error_before"
ERROR_AFTER = "error_after"
THROTTLE = "throttle"
SLOW = "slow"
TRUNCATED = "truncated"
RESET = "reset"
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
    RESET: "done, then the connection reset in the middle of the body",
    page_faults.DUPLICATE: "a list answers the page before once more",
    page_faults.OUT_OF_ORDER: "a list answers its page in the wrong order",
    page_faults.SHRINKING: "a list answers half of its page",
    EMPTY_SALE: "a classic create makes an empty sale",
    STATUS: "answers `status`, nothing done",
}
FIELDS = ("method", "path", "times", "after", "delay_s", "status")
CREATE_CLASSIC = ("POST", r"^/api/register_sales$")


class BadFault(ValueError):
    """The fault asked for cannot be."""


@dataclass(slots=True)
class Fault:
    """One entry: after `after` matching requests it strikes the next `times`.

    With a `probability` it strikes each of them or not, by a die of its own: the same `seed`, the same requests
    struck. Then `times` counts the strikes, without a limit unless one is given.
    """

    kind: str
    method: str | None = None
    path: str = ""
    times: int | None = None
    after: int = 0
    delay_s: float = 0.0
    status: int = 503
    probability: float | None = None
    seed: int = 0
    die: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadFault(f"unknown fault {self.kind}; known: {', '.join(KINDS)}")
        if self.times is None and self.probability is None:
            self.times = 1
        counts = (1 if self.times is None else self.times, self.after, self.seed)
        if not all(isinstance(each, int) and each >= 0 for each in counts) or self.times == 0:
            raise BadFault("times is a number of one or more, after and seed are of zero or more")
        if self.probability is not None:
            if not isinstance(self.probability, int | float | Decimal) or not 0 < self.probability <= 1:
                raise BadFault("probability is a number above zero, up to one")
            self.probability = float(self.probability)
        self.die = random.Random(self.seed)
        if self.status not in set(HTTPStatus):
            raise BadFault(f"there is no status {self.status}")
        if self.kind == EMPTY_SALE and not self.path:
            self.method, self.path = CREATE_CLASSIC
        try:
            re.compile(self.path)
        except re.error as error:
            raise BadFault(f"path is no regular expression: {error}") from error

    def matches(self, method: str, path: str) -> bool:
        """Say whether a request is one this fault is about: those of pages strike lists alone."""
        if self.kind in page_faults.KINDS and not page_faults.is_list_read(method, path):
            return False
        return self.method in (None, method) and re.search(self.path, path) is not None

    def as_row(self) -> dict[str, Any]:
        """Return what is left of it."""
        row = {name: getattr(self, name) for name in ("kind", *FIELDS)}
        return row if self.probability is None else row | {"probability": self.probability, "seed": self.seed}


class Faults:
    """The faults in the order they were asked for; the first live one that matches strikes."""

    def __init__(self) -> None:
        self.entries: list[Fault] = []
        self.pages = page_faults.PagesBefore()

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
            if fault.probability is not None and fault.die.random() >= fault.probability:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.entries.remove(fault)
            return fault
        return None
