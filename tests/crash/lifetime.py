"""One lifetime: people trade, syncd runs, is killed at its place, is started again, and all of it settles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import yaml

from tests.crash.cells import Cell, fault_of
from tests.crash.clock import SharedClock
from tests.crash.faults import SETTLE_S, Befalls, Fault
from tests.crash.fork_server import Ended, ForkServer
from tests.crash.process import Command
from tests.crash.sides import OUTLET_OF, Sides
from tests.crash.store import Store
from tests.crash.workloads import JOBS, STAGES, WORKLOADS, Trade

DEADLINE_S = 30
BETWEEN_RUNS = timedelta(seconds=SETTLE_S + DEADLINE_S + 1)
RUNS_UNTIL_REST_MAX = 16
SETTLING = len(STAGES) + 1
DISK_ROOM_BYTES = 40_000  # of a full disk: some transactions fit, then none


@dataclass(slots=True)
class Lifetime:
    """What was lived, and the evidence of it."""

    cell: Cell
    killed: bool = False
    passed: Mapping[str, int] = field(default_factory=dict)
    runs: int = 0
    at_rest: bool = False
    broken: list[str] = field(default_factory=list)  # processes that ended otherwise than they should
    evidence: dict[str, Any] = field(default_factory=dict)


class Host:
    """The machine that syncd runs on: a config file, a store, a clock, and a way to start processes."""

    def __init__(self, folder: Path, clock: SharedClock, clock_file: Path, server: ForkServer, store: Store) -> None:
        self.store = store
        self.clock = clock
        self._folder = str(folder)
        self._config = folder / "syncd.yaml"
        self._clone_config = folder / "clone.yaml"
        self._clock_file = clock_file
        self._server = server

    def configure(self, sides: Sides, cell: Cell) -> None:
        settings = settings_of(sides, cell, self.store.url, self._folder)
        self._config.write_text(yaml.safe_dump(settings), encoding="utf-8")

    def configure_clone(self, sides: Sides, cell: Cell, url: str) -> None:
        self._clone_config.write_text(yaml.safe_dump(settings_of(sides, cell, url, self._folder)), encoding="utf-8")

    def run(self, jobs: tuple[str, ...] = JOBS, **more: Any) -> Ended:
        return self._server.run(self._command(jobs=jobs, **more))[0]

    def run_with_clone(self, jobs: tuple[str, ...]) -> list[Ended]:
        """Both at the same time, each on its own store."""
        clone = Command(str(self._clone_config), str(self._clock_file), jobs=jobs)
        return self._server.run(self._command(jobs=jobs), clone)

    def run_and_tell(self, **more: Any) -> Ended:
        """A run, and then what `syncd status` and `syncd holds` say."""
        said = [[word, "--json", "--config", str(self._config)] for word in ("status", "holds")]
        return self.run(said=said, **more)

    def _command(self, **more: Any) -> Command:
        return Command(str(self._config), str(self._clock_file), **more)


def settings_of(sides: Sides, cell: Cell, store: str, folder: str) -> dict[str, Any]:
    """The config file of the shop, as the workload has it."""
    settings = _usual_settings(sides, cell, store, folder)
    for path, value in WORKLOADS[cell.workload].settings.items():
        *blocks, last = path.split(".")
        reduce(lambda block, name: block.setdefault(name, {}), blocks, settings)[last] = value
    return settings


def _usual_settings(sides: Sides, cell: Cell, store: str, folder: str) -> dict[str, Any]:
    return {
        "version": 1,
        "account": "acme",
        "erp": {
            "kind": "tryton",
            "url": sides.erp.url,
            "database": sides.erp.database,
            "user": sides.erp.user,
            "password": sides.erp.password,
            "paid": "always",
            "deadline": f"{DEADLINE_S}s",
        },
        "lightspeed": {
            "url": sides.retail_url,
            "api": cell.dialect,
            "token": sides.emulator.token,
            "user": "erp-sync",
        },
        "locations": {
            location: {"outlet": outlet, "register": f"Online {outlet}"} for location, outlet in OUTLET_OF.items()
        },
        "orders": {
            "mode": "live",
            "start": "2026-01-01T00:00:00+00:00",
            "overlap": "1m",
            "delivery": {"pickup": ["CLICK-COLLECT"], "dispatch": ["COURIER"], "default": "dispatch"},
            "taxes": {"GST 10%": "GST", "Reduced 5%": "Reduced"},
            "payments": {"paid": "ERP prepaid"},
            "brakes": {"creates": 10_000, "voids": 10_000, "value": 10_000_000},
        },
        "fulfilments": {"mode": "live"},
        "journal": {"settle": f"{SETTLE_S}s", "call_deadline": f"{DEADLINE_S}s", "threads": cell.threads},
        "store": {"url": store, "folder": folder},
    }


def live(cell: Cell, sides: Sides, host: Host, *, passing: int) -> Lifetime:
    """Live it. With `passing` 0 nobody dies, and the passings of every place are counted."""
    life = Lifetime(cell)
    _Living(life, sides, host, fault_of(cell.scene), passing).live()
    return life


class _Living:
    def __init__(self, life: Lifetime, sides: Sides, host: Host, fault: Fault, passing: int) -> None:
        self._life = life
        self._sides, self._host = sides, host
        self._fault = fault
        self._workload = WORKLOADS[life.cell.workload]
        self._passing = passing
        self._is_cloned = False

    def live(self) -> None:
        self._host.clock.restart()
        self._sides.begin()
        self._host.store.begin()
        self._host.configure(self._sides, self._life.cell)
        trade = self._workload.trade(self._sides, self._life.cell.orders, self._life.cell.dialect)
        for stage in STAGES:
            self._host.store.keep(f"before-{stage}")
            trade.go_on(stage)
            if stage == self._fault.stage:
                self._fault.strike(self._sides, self._life.cell.dialect)
            under_way = self._run(stage)
            if self._is_cloned:
                self._run(stage)  # both see what the other has just done
            self._host.clock.advance(timedelta(minutes=1))
        self._settle(under_way)
        self._look(trade)

    def _run(self, stage: int) -> int:
        """One run of all jobs, and another when it was killed in it; what is still under way after it."""
        self._life.runs += 1
        jobs = self._workload.jobs_of(stage)
        if self._is_cloned:
            for ended in self._host.run_with_clone(jobs):
                self._note(ended)
            return 1
        armed = not self._life.killed and self._passing > 0 and stage >= self._workload.mortal_from
        more: dict[str, Any] = {"point": self._life.cell.point, "passing": self._passing} if armed else {}
        if stage == self._workload.mortal_from and not self._life.killed:
            self._life.passed = {}  # what was passed while nobody could die is not counted
        ended = self._host.run(
            jobs,
            passed=dict(self._life.passed),
            sabotage=self._life.cell.sabotage,
            **more,
        )
        if ended.killed:
            self._life.killed = True
            self._host.store.forget_the_dead()
            self._befall(stage)
            return self._run(stage)
        return self._note(ended)

    def _note(self, ended: Ended) -> int:
        if "broken" in ended.told or ended.killed:
            self._life.broken.append(str(ended.told.get("broken", "killed, and not by us")))
            return 1
        self._life.passed = ended.told["passed"]
        self._life.broken += [
            f"{one['job']}: {one['message']}" for one in ended.told["outcomes"] if "defect" in one["message"]
        ]
        return int(ended.told["under_way"])

    def _befall(self, stage: int) -> None:
        """What happens between the death and the next start."""
        host, store = self._host, self._host.store
        match self._fault.befalls:
            case Befalls.REBOOT:
                host.clock.reboot()
            case Befalls.POWER_LOSS:
                host.clock.reboot()
                store.lose_power()
            case Befalls.DISK_FULL:
                host.run(file_bytes_max=store.bytes_now + DISK_ROOM_BYTES)  # it fails somewhere, or everywhere
            case Befalls.OLDER:
                store.put_back(f"before-{max(min(stage, len(STAGES)) - 1, 1)}")
            case Befalls.EMPTY:
                store.empty()
            case Befalls.CLONED:
                host.configure_clone(self._sides, self._life.cell, store.clone())
                self._is_cloned = True
            case Befalls.NOTHING:
                pass

    def _settle(self, under_way: int) -> None:
        """Run with time between the runs until nothing is under way and nothing can come late any more."""
        quiet = 0
        for _ in range(RUNS_UNTIL_REST_MAX):
            late = self._sides.await_late()
            quiet = quiet + 1 if under_way == 0 and late == 0 else 0
            if quiet > self._workload.quiet_runs:
                self._life.at_rest = True
                return
            self._is_cloned = False  # the clone was found, and is switched off
            self._host.clock.advance(BETWEEN_RUNS)
            self._sides.await_late()
            under_way = self._run(SETTLING)

    def _look(self, trade: Trade) -> None:
        """One run more, which is to write nothing; and then everything that both sides and syncd say."""
        before = len(self._sides.writes())
        self._host.clock.advance(BETWEEN_RUNS)
        ended = self._host.run_and_tell(
            jobs=tuple(self._workload.looking), passed=dict(self._life.passed), sabotage=self._life.cell.sabotage
        )
        passed = self._life.passed
        self._note(ended)
        self._life.passed = passed  # nobody is killed in this run: its passings are not among those to choose from
        status, holds = ended.told.get("said", ("{}", "[]"))
        writes = self._sides.writes()
        cell = self._life.cell
        found = {
            "cell": cell.name,
            "point": cell.point,
            "passing": cell.passing.value,
            "fault": self._fault.name,
            "dialect": cell.dialect,
            "workload": cell.workload,
            "orders": cell.orders,
            "store": cell.store,
            "sabotage": cell.sabotage,
            "killed": self._life.killed,
            "at_rest": self._life.at_rest,
            "broken": self._life.broken,
            "start": "2026-01-01",
            "outlet_of_location": OUTLET_OF,
            "erp": self._sides.state_of_erp(),
            "xseries": self._sides.state_of_retail(),
            "writes": len(writes),
            "second_run_writes": writes[before:],
            "handed_over_by_people": self._sides.handed_over_by_people,
            "syncd_status": json.loads(status),
            "syncd_holds": json.loads(holds),
            **self._workload.tells(trade),
        }
        self._life.evidence = json.loads(json.dumps(found, default=str))  # amounts and times as text
