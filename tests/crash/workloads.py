"""What can be lived: each workload a trade of its own, with the config, the faults and the share of lives it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.crash.corrections_workload import CORRECTIONS_FAULTS, CorrectionsTrade
from tests.crash.customers_workload import CUSTOMERS_FAULTS, CustomersTrade
from tests.crash.faults import CLASSIC, DATED, FAULTS, Fault
from tests.crash.hand_over_workload import HAND_OVER_FAULTS, HandOverTrade
from tests.crash.orders_workload import OrdersTrade
from tests.crash.returns_workload import RETURNS_FAULTS, ReturnsTrade
from tests.crash.sides import Sides
from tests.crash.takeover_workload import ADOPT, TAKEOVER_FAULTS, TakeoverTrade

STAGES = (1, 2, 3)
JOBS = ("catalogue", "orders", "fulfilments")
SETTLING_JOBS = ("orders", "fulfilments")
STOCK_JOBS = ("catalogue", "stock")
ORDERS, HAND_OVERS, TAKEOVER, CUSTOMERS, RETURNS = "orders", "hand_overs", "takeover", "customers", "returns"
CORRECTIONS = "corrections"


class Trade(Protocol):
    """What people and tills do in one life."""

    def go_on(self, stage: int) -> None:
        """Let them do what they do before syncd runs for the n-th time."""
        ...


@dataclass(frozen=True, slots=True)
class Workload:
    """One way to live."""

    trade: Callable[[Sides, int, str], Trade]  # given how many orders there shall be, and the dialect
    lives: int  # plain ones, of a whole run
    jobs: Mapping[int, Sequence[str]]  # of a stage; after the last the settling ones
    settling: Sequence[str] = SETTLING_JOBS
    looking: Sequence[str] = JOBS  # of the run that is to write nothing
    settings: Mapping[str, Any] = field(default_factory=dict)  # by dotted path, over those of every shop
    faults: Sequence[Fault] = FAULTS
    dialects: Sequence[str] = (CLASSIC, DATED)
    points: tuple[str, ...] = ("",)  # beginnings of the places to die at
    mortal_from: int = 1  # the stage before which nobody dies
    quiet_runs: int = 0  # more that go by before all is at rest, when nothing is under way
    tells: Callable[[Any], Mapping[str, Any]] = lambda _trade: {}  # what the trade has to say to the judge

    def jobs_of(self, stage: int) -> tuple[str, ...]:
        return tuple(self.jobs.get(stage, self.settling))


WORKLOADS: dict[str, Workload] = {
    # In the second stage there is a product more; in the third an order is deleted, which only a sweep can see.
    ORDERS: Workload(OrdersTrade, lives=570, jobs={1: JOBS, 2: JOBS, 3: ("sweep", *SETTLING_JOBS)}),
    HAND_OVERS: Workload(
        HandOverTrade,
        lives=178,
        jobs={},
        settings={"fulfilments.to_retail": True, "fulfilments.rotation_share": "90%"},
        faults=HAND_OVER_FAULTS,
        points=("apply.", "decide.", "fulfilments.", "lookup.", "rotation.", "store.", "verify.", "wire.", "writer."),
        mortal_from=2,
    ),
    TAKEOVER: Workload(
        TakeoverTrade,
        lives=20,
        jobs={1: SETTLING_JOBS},
        settling=(ADOPT, *SETTLING_JOBS),
        settings={"orders.takeover": True},
        faults=TAKEOVER_FAULTS,
        points=("apply.", "decide.", "feed.", "inbox.", "store.", "wire.", "writer."),
        mortal_from=2,
    ),
    CUSTOMERS: Workload(
        CustomersTrade,
        lives=40,
        jobs={},
        settings={"orders.customers": "match_or_create"},
        faults=CUSTOMERS_FAULTS,
        points=("apply.", "customers.", "decide.", "lookup.", "store.", "verify.", "wire.xseries"),
    ),
    RETURNS: Workload(
        ReturnsTrade,
        lives=40,
        jobs={},
        settings={"orders.returns": "create"},
        faults=RETURNS_FAULTS,
        points=("apply.", "decide.", "lookup.", "store.", "verify.", "wire.xseries"),
        mortal_from=3,
    ),
    CORRECTIONS: Workload(
        CorrectionsTrade,
        lives=40,
        jobs={},
        settling=STOCK_JOBS,
        looking=STOCK_JOBS,
        settings={
            "stock.mode": "correct-retail",
            "stock.quiet_hours": "00:00-23:59",
            "stock.brakes": {"changed": "100%", "to_zero": "100%", "matched": "0%", "units": 1_000_000},
        },
        faults=CORRECTIONS_FAULTS,
        points=("correct.", "wire.xseries.", "store."),
        quiet_runs=1,  # what did not happen is decided anew by a fresh reading
        tells=CorrectionsTrade.evidence,
    ),
}
