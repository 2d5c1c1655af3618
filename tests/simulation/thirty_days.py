"""Days of trade on a virtual clock, one tick a minute. One seed, one story."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from syncd.domain.ids import OrderId
from syncd.domain.journal import Action
from syncd.jobs.run import RunResult
from tests.fakes.memory_erp import FakeClock
from tests.simulation.mishaps import Mishaps
from tests.simulation.mortal import Mortal
from tests.simulation.trade import MINUTES_A_DAY, Trade
from tests.simulation.weather import Weather
from tests.simulation.world import SimWorld
from tests.unit.jobs.world import DEADLINE, SETTLE, Died

BEGINS = datetime(2027, 3, 19, 19, tzinfo=UTC)  # 8 in the morning in Auckland; its clocks change a fortnight later
ORDERS_A_DAY = 25.0
SWEEP_AT = 19 * 60  # of each day's minutes: 3 at night in Auckland
CATALOGUE_EVERY, STOCK_EVERY, FULFILMENTS_EVERY, LOOK_AT_CURSORS_EVERY = 15, 240, 15, 30  # minutes
RUNS_UNTIL_REST_MAX = 30
A_DEFECT = re.compile(r"[A-Z][A-Za-z]*(Error|Exception|Interrupt|Lost|Exit): ")  # how a run ended by a defect says it


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be simulated."""

    days: float
    seed: int
    dialect: str = "dated"
    orders_a_day: float = ORDERS_A_DAY
    sabotage: Callable[[SimWorld], None] | None = None


@dataclass(slots=True)
class Story:
    """What happened, in numbers, and what syncd did that it must not do."""

    ticks: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)
    cursors_back: list[str] = field(default_factory=list)
    not_at_rest: list[str] = field(default_factory=list)
    second_run_writes: int = 0
    read_only_changes: int = 0


class Simulation:
    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.story = plan, Story()
        streams = [Random(f"{plan.seed} {name}") for name in ("trade", "late", "erp", "retail", "deaths", "mishaps")]
        for_trade, for_late, for_erp, for_retail, for_deaths, for_mishaps = streams
        outside = FakeClock(BEGINS)
        self.world = SimWorld(
            folder / "acme.db", keeps_client_ids=plan.dialect == "dated", outside=outside, rng=for_late
        )
        self.mortal = Mortal(for_deaths, at_a_write=0.02, elsewhere=0.0002)
        new_store = folder / "new.db"
        self._run("catalogue", self.world.sync_catalogue)
        self.world.copy_store(new_store)
        self.weather = (
            Weather(for_erp, write_share=0.08, read_share=0.003),
            Weather(for_retail, write_share=0.08, read_share=0.003),
        )
        self.world.erp.faults, self.world.retail.faults = self.weather
        self.trade = Trade(self.world, for_trade, orders_a_day=plan.orders_a_day)
        self.mishaps = Mishaps(self.world, for_mishaps, weather=self.weather, new_store=new_store)
        self._closed_at_last_look = -1
        self._cursors: dict[str, str] = {}
        self._stores = 0
        if plan.sabotage is not None:
            plan.sabotage(self.world)
        self.world.start(self.mortal)

    # -- the days

    def live(self, heard: Callable[[int], None] = lambda _day: None) -> None:
        for minute in range(int(self.plan.days * MINUTES_A_DAY)):
            self._tick(minute)
            if (minute + 1) % MINUTES_A_DAY == 0:
                heard((minute + 1) // MINUTES_A_DAY)

    def _tick(self, minute: int) -> None:
        self.story.ticks += 1
        self.world.outside.advance(60)
        self.world.deliver_late()
        self.trade.minute()
        self.mishaps.minute()
        try:
            self._jobs(minute)
        except Died:
            self.mortal.be_born_again()
            self.world.start(self.mortal)
        if minute % LOOK_AT_CURSORS_EVERY == 0:
            self._look_at_cursors()

    def _jobs(self, minute: int) -> None:
        if minute % CATALOGUE_EVERY == 0:
            self._run("catalogue", self.world.sync_catalogue)
        self._run("orders", self.world.sync_orders)
        closed = self.trade.cashier.closed
        if closed != self._closed_at_last_look or minute % FULFILMENTS_EVERY == 0:
            result = self._run("fulfilments", self.world.sync_fulfilments)
            is_over = result.outcome in ("done", "held") and not self._completions_under_way()
            self._closed_at_last_look = closed if is_over else -1
        if minute % MINUTES_A_DAY == SWEEP_AT:
            self._run("sweep", self.world.sync_sweep)
        if minute % STOCK_EVERY == 0:
            self._run("stock", self.world.sync_stock)

    def _completions_under_way(self) -> bool:
        return any(entry.action is Action.COMPLETE_SHIPMENT for entry in self.world.open_entries())

    def _run(self, job: str, sync: Callable[[], RunResult[object]]) -> RunResult[object]:
        result = sync()
        self.story.outcomes[f"{job} {result.outcome}"] += 1
        if result.outcome == "failed" and A_DEFECT.match(result.message):
            self.story.defects.append(f"{self.world.outside.now().isoformat()} {job}: {result.message}")
        return result

    def _look_at_cursors(self) -> None:
        """A cursor never goes back, but with the store that it stands in."""
        stores = self.mishaps.happened["store_older"] + self.mishaps.happened["store_emptied"]
        now = self.world.cursors()
        if stores == self._stores:
            back = [name for name, was in self._cursors.items() if is_before(now[name], was)]
            self.story.cursors_back.extend(f"{name}: {self._cursors[name]} -> {now[name]}" for name in back)
        self._cursors, self._stores = now, stores

    # -- the end

    def settle(self) -> None:
        """Nothing goes wrong any more; run until nothing is in flight, then see whether one more run does anything."""
        for weather in self.weather:
            weather.clear()
        self.mortal.become_immortal()
        self.mishaps.end()
        self.world.deliver_late(everything=True)
        self.world.retail.catch_up()
        self._run("sweep", self.world.sync_sweep)
        for _ in range(RUNS_UNTIL_REST_MAX):
            self._both()
            self.world.outside.advance(SETTLE + DEADLINE + timedelta(seconds=1))
            if not self.world.open_entries() and not self.world.unsettled():
                break
        else:
            self.story.not_at_rest = [f"{one.subject} {one.state} {one.detail}" for one in self.world.open_entries()]
            self.story.not_at_rest += [f"{name}" for name in self.world.counts() if name[0] == "waiting"]
        self._both()
        self.story.second_run_writes = self._writes_of(self._both)
        self.story.read_only_changes = self._writes_of(self._look)

    def _both(self) -> None:
        self._run("orders", self.world.sync_orders)
        self._run("fulfilments", self.world.sync_fulfilments)

    def _look(self) -> None:
        self._run("orders", self.world.plan_orders)
        self._run("fulfilments", self.world.plan_completions)
        self._run("stock", self.world.sync_stock)

    def _writes_of(self, deed: Callable[[], None]) -> int:
        before = (len(self.world.retail.asked), self.world.retail.version, len(self.world.erp.completed))
        deed()
        after = (len(self.world.retail.asked), self.world.retail.version, len(self.world.erp.completed))
        return sum(now - was for was, now in zip(before, after, strict=True))

    # -- what is told

    @property
    def faults(self) -> int:
        return sum(sum(weather.struck.values()) for weather in self.weather)

    @property
    def deaths(self) -> int:
        return sum(self.mortal.deaths.values())

    def causes(self) -> dict[OrderId, set[str]]:
        """Per order what people did and what befell its writes."""
        found = {order: set(causes) for order, causes in self.world.causes.items()}
        id_of = {order.number: order.id for order in self.world.erp.orders.values()}
        for weather in self.weather:
            for call, mishap, about in weather.met:
                number = f"SO{about.partition('@')[0]}" if call == "complete_shipment" else about.split("-")[0]
                found.setdefault(id_of[number], set()).add(mishap)
        return found


def is_before(now: str, was: str) -> bool:
    if now.isdigit() and was.isdigit():
        return int(now) < int(was)
    return now < was
