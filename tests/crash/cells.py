"""Which lifetimes are lived: every place to die, at its first, second and last passing, with faults of each side."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.crash.faults import CLASSIC, DATED, FAULTS, Fault

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


@dataclass(frozen=True, slots=True)
class Cell:
    """One lifetime to live."""

    point: str
    passing: Passing
    fault: str  # key of a Fault
    dialect: str
    orders: int = 12
    store: str = SQLITE
    threads: int = 1
    sabotage: str = ""

    @property
    def name(self) -> str:
        parts = [self.dialect, self.fault, self.point, self.passing.value]
        parts += [f"{self.orders}-orders"] if self.orders != 12 else []
        parts += [self.store] if self.store != SQLITE else []
        parts += [f"{self.threads}-threads"] if self.threads != 1 else []
        parts += [self.sabotage] if self.sabotage else []
        return ":".join(parts)


Passed = Mapping[tuple[str, str], Mapping[str, int]]  # (fault, dialect) -> place -> passings, in a life without death


def fault_of(cell: Cell) -> Fault:
    return next(fault for fault in FAULTS if fault.key == cell.fault)


def scenes() -> list[tuple[Fault, str]]:
    """Every fault in every dialect that has it."""
    return [(fault, dialect) for fault in FAULTS for dialect in (CLASSIC, DATED) if dialect in fault.dialects]


def possible(passed: Passed) -> list[Cell]:
    """Every cell in which the process really gets to the place."""
    return [
        Cell(point, passing, fault.key, dialect)
        for fault, dialect in scenes()
        for point, times in sorted(passed[fault.key, dialect].items())
        for passing in Passing
        if passing.of(times)
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
