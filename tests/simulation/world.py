"""The world of the simulation: both sides with stock, our clock beside theirs, a process that dies and a store that is
lost or brought back from a copy."""

from __future__ import annotations

import shutil
from collections import defaultdict
from copy import copy
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from syncd.domain.ids import OrderId, Sku
from syncd.domain.plan_fulfilments import FulfilmentPlan
from syncd.jobs.decide import Planning
from syncd.jobs.fulfilments import plan_completions
from syncd.jobs.given import Brakes
from syncd.jobs.orders import plan_orders
from syncd.jobs.run import RunResult, run_job
from syncd.store import cursors
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, FakeClock
from tests.fakes.memory_retail import AIRPORT, DOWNTOWN, a_product
from tests.simulation.clocks import HostClock
from tests.simulation.late import Late
from tests.simulation.stocked_erp import StockedErp
from tests.simulation.stocked_retail import StockedRetail
from tests.unit.jobs.world import ACME, World

PLATE, BOWL = Sku("PLATE"), Sku("BOWL")
SKUS = (MUG, CAP, PLATE, BOWL)
OUTLET_AT = {HERE: DOWNTOWN, THERE: AIRPORT}
FULL_SHELF = 100_000
NO_BRAKES = Brakes(creates=10**6, voids=10**6, value=Decimal(10**9), deleted=10**6)
ORPHAN_FILES = ("-wal", "-shm")


class SimWorld(World):
    """`causes` says per order what people and mishaps did to it: what a hold may be explained by."""

    erp: StockedErp
    retail: StockedRetail

    def __init__(self, path: Path, *, keeps_client_ids: bool, outside: FakeClock, rng: Random) -> None:
        self.outside, self.rng = outside, rng
        self.causes: dict[OrderId, set[str]] = defaultdict(set)
        self.causes_of_all: set[str] = set()
        super().__init__(path, keeps_client_ids=keeps_client_ids)
        self.use_names(start=outside.now() - timedelta(days=1))
        self.use(brakes=NO_BRAKES)

    def make_sides(self, *, keeps_client_ids: bool) -> None:
        self.clock = HostClock(self.outside)
        self.erp = StockedErp(self.outside)
        self.retail = StockedRetail(self.outside, keeps_client_ids=keeps_client_ids)
        self.retail.products = {sku: a_product(sku) for sku in SKUS}
        self.retail.late = Late(self.outside, self.rng)  # type: ignore[assignment]
        self.erp.late = Late(self.outside, self.rng)  # type: ignore[assignment]
        for location, outlet in OUTLET_AT.items():
            for sku in SKUS:
                self.erp.levels[location, sku] = Decimal(FULL_SHELF)
                self.retail.set_level(outlet, sku, FULL_SHELF)

    def deliver_late(self, *, everything: bool = False) -> int:
        late: tuple[Late, Late] = (self.retail.late, self.erp.late)  # type: ignore[assignment]
        return sum(one.deliver(everything=everything) for one in late)

    def another_process(self) -> SimWorld:
        """A second syncd on the same store, between the same sides."""
        other = copy(self)
        other.database = None
        other.start()
        return other

    # -- the store

    def copy_store(self, to: Path) -> None:
        """What a nightly backup keeps."""
        self.close()
        shutil.copy(self.path, to)
        self.start(self.at)

    def bring_back(self, earlier: Path) -> None:
        """The store is replaced by an earlier one (or by a new one that knows the catalogue alone)."""
        self.close()
        for ending in ORPHAN_FILES:
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        shutil.copy(earlier, self.path)
        self.start(self.at)

    def cursors(self) -> dict[str, str]:
        with self.given.database.read() as tx:
            names = (cursors.ERP_ORDERS, cursors.SALES, cursors.INVENTORY, cursors.PRODUCTS)
            return {name: cursors.position(tx, ACME, name) or "" for name in names}

    # -- the jobs that change nothing

    def plan_orders(self) -> RunResult[Planning]:
        return run_job(self.given, "orders", plan_orders, command="plan")

    def plan_completions(self) -> RunResult[FulfilmentPlan]:
        return run_job(self.given, "fulfilments", plan_completions, command="plan")
