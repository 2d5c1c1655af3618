"""An hour of the client against the sandbox's own limit, with work for two, on a clock that need not be waited for.

Threads of the client share its transport and its budget and ask the sandbox over HTTP. Both tell the time by the same
simulated clock. Every request is on its way for a while, there and back, differently long each time; on its arrival
the sandbox counts it. What was let in and what was turned away is read from the sandbox's log.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

import httpx
import stamina

from bench.simulated_clock import SimulatedClock
from syncd import lightspeed
from syncd.budget import Budget
from syncd.domain.ids import ProductId
from syncd.domain.ports import Retail
from syncd.errors import Throttled
from syncd.sandbox import RunningSandbox
from syncd.transport import Answer, Call, Transport

API = "2026-07"
TOKEN = "sandbox-token"  # noqa: S105, RUF100 - opens the sandbox only
HOUR = timedelta(hours=1)
WINDOW = timedelta(seconds=300)
LIMIT = 350  # a store with one register: 300 for it and 50 on top (FACTS 8)
WORK_FOR = 2
THREADS_A_KIND = 2
TRAVEL_MS = range(20, 150)  # one way
DEADLINE = timedelta(seconds=30)
OK = 200
TOO_MANY_REQUESTS = 429

Window = Literal["fixed", "sliding"]
Kind = Literal["orders", "stock"]
WINDOWS: tuple[Window, ...] = ("fixed", "sliding")
# Stock alone, which is paced and keeps a little free for orders; and half of each, where orders go first.
LOADS: dict[str, tuple[Kind, ...]] = {"stock": ("stock", "stock"), "mixed": ("orders", "stock")}


@dataclass(frozen=True, slots=True)
class Hour:
    """What the sandbox counted."""

    window: Window
    load: str
    allowance: int
    let_in: int
    turned_away: int
    offered: int

    @property
    def used(self) -> float:
        return self.let_in / self.allowance


class FarTransport(Transport):
    """The client's transport at the end of a long line."""

    def __init__(self, clock: SimulatedClock, *, url: str, budget: Budget, chance: random.Random) -> None:
        super().__init__(
            side="X-Series",
            base_url=url,
            clock=clock,
            deadline=DEADLINE,
            headers=lightspeed.headers(TOKEN),
            budget=budget,
        )
        self._line = clock
        self._chance = chance

    def _exchange(self, call: Call, request: httpx.Request, begun: Any) -> Answer:
        self._travel()
        answer = super()._exchange(call, request, begun)
        self._travel()
        return answer

    def _travel(self) -> None:
        self._line.sleep(timedelta(milliseconds=self._chance.choice(TRAVEL_MS)))


def simulate(window: Window, load: str, *, seed: int = 1, length: timedelta = HOUR, limit: int = LIMIT) -> Hour:
    """One hour of this window and this load."""
    clock = SimulatedClock()
    begin = clock.now()
    with RunningSandbox("demo", clock=clock.now) as sandbox, _no_repeats():
        sandbox.emulator.world.switches.set({"rate_limit": limit, "rate_window": window})
        product = ProductId(next(iter(sandbox.emulator.world.products)))
        # Reserve 0: all of the allowance is ours.
        budget = Budget(clock, reserve=Decimal(0))
        transport = FarTransport(clock, url=sandbox.url, budget=budget, chance=random.Random(seed))  # noqa: S311, RUF100
        retail = lightspeed.connect(transport, API)
        allowance = limit * (length // WINDOW)
        kinds = LOADS[load]
        work = {kind: iter(range(allowance * WORK_FOR * kinds.count(kind) // len(kinds))) for kind in kinds}
        tasks = [
            _worker(clock, begin + length - clock.now(), work[kind], _job(kind, retail, product))
            for kind in work
            for _ in range(THREADS_A_KIND * kinds.count(kind))
        ]
        try:
            clock.run(tasks)
        finally:
            transport.close()
        statuses = [entry.status for entry in sandbox.emulator.log.entries if entry.at < begin + length]
    let_in, turned_away = statuses.count(OK), statuses.count(TOO_MANY_REQUESTS)
    if let_in + turned_away < len(statuses):
        raise RuntimeError(f"the sandbox gave other answers than 200 and 429: {set(statuses)}")
    left = sum(1 for rest in work.values() for _ in rest)
    if not left:
        raise RuntimeError("the work did not last for the hour: nothing was measured")
    return Hour(window, load, allowance, let_in, turned_away, allowance * WORK_FOR)


def _worker(
    clock: SimulatedClock, length: timedelta, work: Iterator[int], job: Callable[[], object]
) -> Callable[[], None]:
    def work_on() -> None:
        end = clock.now() + length
        while clock.now() < end and next(work, None) is not None:
            while clock.now() < end:
                try:
                    job()
                except Throttled as error:
                    clock.sleep(error.wait)  # what a job does: later, again
                else:
                    break

    return work_on


def _job(kind: Kind, retail: Retail, product: ProductId) -> Callable[[], object]:
    """One request of this priority."""
    if kind == "orders":
        return retail.read_retailer
    return lambda: retail.read_levels_of([product])


@contextmanager
def _no_repeats() -> Iterator[None]:
    """The transport's repeats of reads wait in real time: here the worker repeats, in simulated time."""
    stamina.set_active(False)
    try:
        yield
    finally:
        stamina.set_active(True)
