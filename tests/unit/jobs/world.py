"""A small trade: an ERP and X-Series in memory, the real store in a file, and a process that can die at any line."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from syncd.domain.ids import Account, HoldId, OrderId, RunId, Sku
from syncd.domain.journal import OPEN, Action
from syncd.domain.names import LocationNames, OrderNames
from syncd.domain.orders import Method, OrderState
from syncd.domain.plan_corrections import StockPlan
from syncd.domain.reasons import Outcome, Reason, outcome_of
from syncd.domain.rotation import Allowance
from syncd.domain.rules import Unpaid
from syncd.domain.sales import SaleState
from syncd.domain.stock_report import StockReport
from syncd.domain.stock_terms import BookedBy, Start, StockRow, StockTerms
from syncd.jobs.catalogue import sync_catalogue
from syncd.jobs.correct_stock import apply_plan, correct_stock, plan_stock, plan_undo, run_stock
from syncd.jobs.fulfilments import sync_fulfilments
from syncd.jobs.given import Brakes, Given, JobSettings, Mode, Run
from syncd.jobs.orders import sync_orders
from syncd.jobs.replay import replay_orders
from syncd.jobs.run import RunResult, run_job
from syncd.jobs.stock import sync_stock
from syncd.jobs.sweep import sync_sweep
from syncd.store import holds, inbox, journal, stock_report
from syncd.store.database import Database
from syncd.store.holds import Hold, Verb
from syncd.store.inbox import InboxOrder
from syncd.store.journal import Entry
from syncd.store.locks import Locks
from syncd.store.stock_report import Filter
from tests.fakes.memory_erp import HERE, NOON, THERE, FakeClock, MemoryErp
from tests.fakes.memory_retail import MemoryRetail
from tests.statements import share_statements

ACME = Account("acme")
SETTLE = timedelta(seconds=180)
DEADLINE = timedelta(seconds=30)
RUNS_UNTIL_REST_MAX = 14

NAMES = OrderNames(
    account=ACME,
    erp="memory",
    start=NOON - timedelta(days=1),
    states=frozenset({OrderState.CONFIRMED, OrderState.PROCESSING}),
    locations=(LocationNames(HERE, "Downtown", "Online Downtown"), LocationNames(THERE, "Airport", "Online Airport")),
    user="erp-sync",
    pickup_codes=frozenset({"CLICK-COLLECT"}),
    dispatch_codes=frozenset({"COURIER"}),
    default_method=Method.DISPATCH,
    taxes={"GST 15%": "GST"},
    tax_free="No Tax",
    paid_with="ERP prepaid",
    unpaid=Unpaid.HOLD,
    shipping_sku=None,
    discount_sku=None,
    rounding_sku=None,
    aliases={},
    tolerance=Decimal("0.01"),
    invoice_template="{order_number}{part_suffix}",
    fingerprint="settings-1",
)

SETTINGS = JobSettings(
    names=NAMES,
    orders_mode=Mode.LIVE,
    fulfilments_mode=Mode.LIVE,
    fulfilments_to_erp=True,
    fulfilments_to_retail=False,
    rotation_share=Decimal("0.2"),
    takeover=False,
    overlap=timedelta(minutes=10),
    brakes=Brakes(creates=100, voids=100, value=Decimal(100_000), deleted=100),
    settle=SETTLE,
    deadlines=dict.fromkeys(Action, DEADLINE),
    threads=1,
    stock=StockTerms(Start.ON_HAND, True, BookedBy.NOBODY, timedelta(hours=26)),
    retention=timedelta(days=400),
)


class Died(BaseException):
    """The process is gone: nothing of it runs any more."""


class Failpoints:
    """Named points of the code; at one of them, at its n-th passing, this process dies."""

    def __init__(self, point: str = "", passing: int = 0) -> None:
        self.passed: Counter[str] = Counter()
        self.is_dead = False
        self._point, self._passing = point, passing
        self._lock = threading.Lock()

    def __call__(self, point: str) -> None:
        with self._lock:
            self.passed[point] += 1
            if self.is_dead or (point == self._point and self.passed[point] == self._passing):
                self.is_dead = True
                raise Died(point)


class World:
    """Both sides, one store file, one clock. `start` begins a new process on the same file."""

    def __init__(self, path: Path, *, keeps_client_ids: bool) -> None:
        self.path = path
        self.make_sides(keeps_client_ids=keeps_client_ids)
        self.settings = SETTINGS
        self.at: Callable[[str], None] = Failpoints()
        self.allowance: Allowance | None = None
        self.database: Database | None = None
        self.start()

    def make_sides(self, *, keeps_client_ids: bool) -> None:
        self.clock = FakeClock()
        self.erp = MemoryErp(self.clock)
        self.retail = MemoryRetail(self.clock, keeps_client_ids=keeps_client_ids)

    # -- the process

    def start(self, at: Callable[[str], None] | None = None) -> None:
        self.close()
        self.at = at or Failpoints()
        known = self.path.exists()
        self.database = Database(f"sqlite:///{self.path}")
        share_statements(self.database)
        if not known:
            self.database.prepare()

    def close(self) -> None:
        if self.database is not None:
            self.database.close()

    def lose_store(self) -> None:
        """The next process begins with an empty one, and reads the catalogue first."""
        self.close()
        self.path.unlink()
        self.start()
        self.sync_catalogue()

    def use(self, **changes: Any) -> None:
        """Change the settings, as an integrator does in the file."""
        self.settings = replace(self.settings, **changes)

    def allow(self, allowance: Allowance) -> None:
        """So many requests to X-Series, as its answers say."""
        self.allowance = allowance

    def use_names(self, **changes: Any) -> None:
        self.use(names=replace(self.settings.names, **changes))

    @property
    def given(self) -> Given:
        assert self.database is not None
        return Given(
            account=ACME,
            erp=self.erp,
            retail=self.retail,
            database=self.database,
            locks=Locks(self.database, ACME, self.clock),
            clock=self.clock,
            settings=self.settings,
            allowance=lambda: self.allowance,
            at=self.at,
            reads_ahead=False,
        )

    # -- the jobs

    def sync_catalogue(self) -> RunResult[None]:
        return run_job(self.given, "catalogue", sync_catalogue, command="test")

    def sync_orders(self, *, references: Sequence[str] = ()) -> RunResult[None]:
        def job(given: Given, run: Run) -> None:
            sync_orders(given, run, references=references)

        return run_job(self.given, "orders", job, command="test")

    def replay(self, *, since: datetime) -> RunResult[None]:
        def job(given: Given, run: Run) -> None:
            replay_orders(given, run, since=since)

        return run_job(self.given, "orders", job, command="test")

    def sync_fulfilments(self) -> RunResult[None]:
        return run_job(self.given, "fulfilments", sync_fulfilments, command="test")

    def sync_sweep(self) -> RunResult[None]:
        return run_job(self.given, "sweep", sync_sweep, command="test")

    def sync_stock(self, *, full: bool = False) -> RunResult[StockReport]:
        def job(given: Given, run: Run) -> StockReport:
            return sync_stock(given, run, full=full)

        return run_job(self.given, "stock", job, command="test")

    def correct_stock(self, *, full: bool = False) -> RunResult[StockReport]:
        def job(given: Given, run: Run) -> StockReport:
            return correct_stock(given, run, full=full)

        return run_job(self.given, "stock", job, command="test")

    def run_stock(self) -> RunResult[StockReport]:
        """The stock job by its mode, as the timetable runs it."""
        return run_job(self.given, "stock", run_stock, command="test")

    def plan_stock(self) -> StockPlan:
        result = run_job(self.given, "stock", plan_stock, command="test")
        assert result.value is not None, result.message
        return result.value.plan

    def apply_plan(self, plan: StockPlan) -> RunResult[None]:
        def job(given: Given, run: Run) -> None:
            apply_plan(given, run, plan)

        return run_job(self.given, "stock", job, command="test")

    def plan_undo(self, run: RunId) -> StockPlan:
        def job(given: Given, its: Run) -> StockPlan:
            return plan_undo(given, its, of=run)

        result = run_job(self.given, "undo", job, command="test")
        assert result.value is not None, result.message
        return result.value

    def stock_report(self, *, full: bool = False) -> StockReport:
        result = self.sync_stock(full=full)
        assert result.value is not None, result.message
        return result.value

    def stock_rows(self) -> list[StockRow]:
        """The rows of the newest report."""
        with self.given.database.read() as tx:
            report = stock_report.newest(tx, ACME)
            return list(stock_report.rows(tx, ACME, report, Filter())) if report else []

    def settle(self) -> None:
        """Run both jobs, with time between them, until nothing is in flight and nothing more is done."""
        for _ in range(RUNS_UNTIL_REST_MAX):
            self.sync_both()
            self.clock.advance(SETTLE + DEADLINE + timedelta(seconds=1))
            if not self.open_entries() and not self.unsettled():
                return
        raise AssertionError(f"not at rest after {RUNS_UNTIL_REST_MAX} runs: {self.open_entries()}")

    def sync_both(self) -> None:
        """Orders, and fulfilments where anything was handed over."""
        orders = self.sync_orders()
        assert orders.outcome != "failed", orders.message
        handed_over = (
            any(sale.state is SaleState.CLOSED for sale in self.retail.sales.values()) or self.retail.fulfilled
        )
        if self.erp.completed or handed_over or self.settings.fulfilments_to_retail:
            fulfilments = self.sync_fulfilments()
            assert fulfilments.outcome != "failed", fulfilments.message

    # -- what stands in the store

    def entries(self, order: str | None = None) -> list[Entry]:
        with self.given.database.read() as tx:
            rows = [OrderId(order)] if order else sorted(self.erp.orders)
            return [entry for one in rows for entry in journal.of_order(tx, ACME, one)]

    def entry(self, order: str = "1") -> Entry:
        """The newest entry of the order."""
        return self.entries(order)[-1]

    def open_entries(self) -> list[Entry]:
        with self.given.database.read() as tx:
            return [one for one in journal.open_entries(tx, ACME, list(Action)) if one.state in OPEN]

    def holds(self) -> list[Hold]:
        with self.given.database.read() as tx:
            return holds.open_holds(tx, ACME)

    def reasons(self) -> list[Reason]:
        return [hold.reason for hold in self.holds()]

    def inbox(self, order: str = "1") -> InboxOrder:
        with self.given.database.read() as tx:
            row = inbox.get(tx, ACME, OrderId(order))
        assert row is not None
        return row

    def stands(self, order: str = "1") -> tuple[Outcome, Reason]:
        row = self.inbox(order)
        return row.outcome, row.reason

    def counts(self) -> dict[tuple[str, str], int]:
        with self.given.database.read() as tx:
            return inbox.count_by_outcome(tx, ACME)

    def say(self, verb: Verb, hold: HoldId | None = None, *, why: str = "") -> None:
        """A person decides about the hold (the only one, unless told)."""
        with self.given.database.write() as tx:
            holds.decide(
                tx, ACME, hold or self.holds()[0].id, verb, who="ada", why=why, now=self.clock.now()
            )  # fmt: skip

    def all_that_was_done(self) -> tuple[int, int, int]:
        return len(self.retail.asked), len(self.retail.writes), len(self.erp.completed)

    # -- what must hold

    def unsettled(self) -> int:
        """Orders that the next run would go on with."""
        goes_on = [row for row in self.counts() if row[0] == Outcome.WAITING and row[1] != Reason.ERP_UNDECIDED]
        return sum(self.counts()[row] for row in goes_on)

    def assert_at_rest(self) -> None:
        """Everything is settled, every order is in one state, and a second run writes nothing."""
        assert self.open_entries() == []
        assert self.unsettled() == 0
        assert [one for one in self.counts() if outcome_of(Reason(one[1])) != one[0]] == []
        assert sum(self.counts().values()) == len(self.erp.orders) + len(self.erp.unreadable)
        before, holds_before = self.all_that_was_done(), self.reasons()

        self.sync_both()

        assert self.all_that_was_done() == before
        assert self.reasons() == holds_before

    def assert_one_sale_a_part(self, *, parts: int, order: str | None = None) -> None:
        standing = self.retail.standing(order)
        sources = [sale.source_id.rpartition("/")[0] for sale in standing]
        assert len(set(sources)) == len(sources), f"a part with two standing sales: {sources}"
        assert len(standing) == parts, sources

    def assert_one_sale_or_a_hold(self, order: str = "1") -> None:
        """The promise of DESIGN 7 about one order with one part."""
        standing = self.retail.standing(order)
        assert len(standing) <= 1
        outcome, reason = self.stands(order)
        if outcome is Outcome.HELD:
            assert [hold.reason for hold in self.holds() if hold.order == order] == [reason]
        else:
            assert (outcome, reason, len(standing)) == (Outcome.SYNCED, Reason.STANDS, 1)


def a_world(template: Path, folder: Path, *, keeps_client_ids: bool) -> World:
    """A world on a copy of a store that is new but for the catalogue."""
    path = folder / "acme.db"
    shutil.copy(template, path)
    return World(path, keeps_client_ids=keeps_client_ids)


def make_template(folder: Path) -> Path:
    world = World(folder / "template.db", keeps_client_ids=True)
    assert world.sync_catalogue().outcome == "done"
    world.close()
    return world.path


NO_RUN = RunId(0)
WIDGET = Sku("WIDGET")  # a product that X-Series does not have
