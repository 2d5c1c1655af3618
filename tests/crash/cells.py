"""Which lifetimes are lived: every place to die, at its first, second and last passing, with faults of each side."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tests.crash.faults import CLASSIC, DATED, Fault
from tests.crash.workloads import ORDERS, WORKLOADS

SQLITE, POSTGRESQL = "sqlite", "postgresql"


class Passing(StrEnum):
    FIRST = "first"
    SECOND = "second"
    LAST = "last"

    def of(self, passed: int) -> int:
        """Its number, given how often the place is passed in all; 0 when there is no such passing."""
        match self:
            case Passing.FIRST:
                return min(passed, 1)
            case Passing.SECOND:
                return 2 if passed >= 2 else 0
        return passed if passed >= 3 else 0


@dataclass(frozen=True, slots=True, order=True)
class Scene:
    """What goes on in a life until its death: a trade, with a fault, over a dialect."""

    workload: str  # key of a Workload
    fault: str  # key of one of its faults
    dialect: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One lifetime to live."""

    point: str
    passing: Passing
    fault: str  # key of one of the workload's faults
    dialect: str
    workload: str = ORDERS
    orders: int = 12
    store: str = SQLITE
    threads: int = 1
    sabotage: str = ""

    @property
    def name(self) -> str:
        parts = [self.dialect, self.fault, self.point, self.passing.value]
        parts += [self.workload] if self.workload != ORDERS else []
        parts += [f"{self.orders}-orders"] if self.orders != 12 else []
        parts += [self.store] if self.store != SQLITE else []
        parts += [f"{self.threads}-threads"] if self.threads != 1 else []
        parts += [self.sabotage] if self.sabotage else []
        return ":".join(parts)

    @property
    def scene(self) -> Scene:
        return Scene(self.workload, self.fault, self.dialect)


Passed = Mapping[Scene, Mapping[str, int]]  # place -> passings, in a life without death


def fault_of(scene: Scene) -> Fault:
    return next(fault for fault in WORKLOADS[scene.workload].faults if fault.key == scene.fault)


def scenes() -> list[Scene]:
    """Every fault of every workload, in every dialect that both have."""
    return [
        Scene(name, fault.key, dialect)
        for name, workload in WORKLOADS.items()
        for fault in workload.faults
        for dialect in (CLASSIC, DATED)
        if dialect in fault.dialects and dialect in workload.dialects
    ]


def before_the_death(scene: Scene) -> Scene:
    """The scene that is the same until somebody dies: what befalls the dead alone changes nothing before."""
    return replace(scene, fault=fault_of(scene).key_before)


def possible(passed: Passed, workload: str) -> list[Cell]:
    """Every cell of the workload in which the process really gets to a place that is asked for."""
    wanted = WORKLOADS[workload].points
    return [
        Cell(point, passing, scene.fault, scene.dialect, workload)
        for scene in scenes()
        if scene.workload == workload
        for point, times in sorted(passed[scene].items())
        for passing in Passing
        if passing.of(times) and point.startswith(wanted)
    ]


def choose(cells: Sequence[Cell], number: int, *, seed: int) -> list[Cell]:
    """So many of them, by chance, but spread: each place and passing in turn, then each fault that it has met least."""
    dice = random.Random(seed)
    waiting: dict[tuple[str, Passing], list[Cell]] = {}
    for cell in dice.sample(list(cells), len(cells)):
        waiting.setdefault((cell.point, cell.passing), []).append(cell)
    met: dict[tuple[str, str], int] = {}
    chosen: list[Cell] = []
    for place in _in_turn(sorted(waiting)):
        if len(chosen) == min(number, len(cells)):
            return chosen
        if not waiting[place]:
            continue
        cell = min(waiting[place], key=lambda one: met.get((one.fault, one.dialect), 0))
        waiting[place].remove(cell)
        met[cell.fault, cell.dialect] = met.get((cell.fault, cell.dialect), 0) + 1
        chosen.append(cell)
    return chosen


def _in_turn(places: Sequence[tuple[str, Passing]]) -> Iterator[tuple[str, Passing]]:
    while True:
        yield from places
