"""What every job is given: both sides, the store, the clock, and the integrator's decisions."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from syncd.domain.clock import Clock
from syncd.domain.ids import Account, RunId
from syncd.domain.journal import Action
from syncd.domain.names import OrderNames
from syncd.domain.plan_corrections import QuietHours, StockMode, Way
from syncd.domain.ports import Erp, Retail
from syncd.domain.reasons import Reason
from syncd.domain.rotation import Allowance
from syncd.domain.stock_brakes import StockBrakes
from syncd.domain.stock_terms import StockTerms
from syncd.jobs.progress import Progress, keep_quiet
from syncd.store.database import Database
from syncd.store.locks import Locks


class Mode(StrEnum):
    LIVE = "live"
    SHADOW = "shadow"  #: plan and report, write no journal entry


@dataclass(frozen=True, slots=True)
class Brakes:
    """How much one run may do, or believe, before a person is asked."""

    creates: int
    voids: int
    value: Decimal  # of the sales created, with tax
    deleted: int  # orders that the ERP is believed not to have any more


@dataclass(frozen=True, slots=True)
class JobSettings:
    names: OrderNames
    orders_mode: Mode
    fulfilments_mode: Mode
    fulfilments_to_erp: bool
    fulfilments_to_retail: bool
    rotation_share: Decimal  # of the allowance of requests, for asking open sales in turn
    takeover: bool
    overlap: timedelta
    brakes: Brakes
    settle: timedelta
    deadlines: Mapping[Action, timedelta]  # how long a call of this kind may take on the other side
    threads: int
    stock: StockTerms
    retention: timedelta  # how long a finished order says whose it was
    stock_full_read: timedelta = timedelta(hours=6)  # how old the last full reading of the ERP's stock may be
    stock_mode: StockMode = StockMode.REPORT
    stock_way: Way | None = None  # how levels are corrected; None leaves it to the dialect
    stock_brakes: StockBrakes = field(default_factory=StockBrakes)
    quiet_hours: QuietHours | None = None  # when levels may be set outright


def pass_by(_point: str) -> None:
    """Do nothing at a failpoint."""


def _never() -> bool:
    return False


def _unknown() -> Allowance | None:
    return None


@dataclass(frozen=True, slots=True)
class Given:
    account: Account
    erp: Erp
    retail: Retail
    database: Database
    locks: Locks
    clock: Clock
    settings: JobSettings
    stopping: Callable[[], bool] = _never  # the process is asked to end: no further write is begun
    allowance: Callable[[], Allowance | None] = _unknown  # of requests to X-Series; None until an answer has said it
    at: Callable[[str], None] = pass_by  # named failpoints: tests kill the process here
    reads_ahead: bool = True  # the next page is read while one is kept; a simulated world does one thing at a time


@dataclass(slots=True)
class Held:
    """What this run held for one cause."""

    reason: Reason
    subjects: list[str]  # the orders' numbers, where there are orders
    is_first: bool  # nothing else was held for it: a person is told


@dataclass(slots=True)
class Run:
    """One pass of one job, and what it has done so far."""

    id: RunId
    job: str
    command: str  # what a person would call it: shown to whoever meets its lock
    lock_wait: timedelta
    counts: Counter[str] = field(default_factory=Counter)
    held_new: int = 0
    causes: dict[str, Held] = field(default_factory=dict)
    braked: bool = False
    lines: list[str] = field(default_factory=list)  # for people
    progress: Progress = keep_quiet

    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a count; senders do it from several threads."""
        with self._lock:
            self.counts[name] += by

    def held(self, reason: Reason, cause: str, subject: str, *, is_first: bool) -> None:
        """Note that this run held something that was not held before, and whether it is the first of its cause."""
        with self._lock:
            self.held_new += 1
            held = self.causes.setdefault(cause, Held(reason, [], is_first))
            held.subjects.append(subject)

    def say(self, line: str) -> None:
        with self._lock:
            self.lines.append(line)
