"""`make crash`: lives more than a thousand lifetimes, each with a real SIGKILL, and has them judged.

usage: python -m tests.crash.run [--seed 1] [--workers 2] [--cell NAME]
With --cell (a name from the report) only that lifetime is lived, and what became of it is printed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from demo.tryton.server import TrytonDidNotStart
from tests.audit.crash import judge
from tests.crash import daemon
from tests.crash.cells import (
    POSTGRESQL,
    Cell,
    Passed,
    Passing,
    Scene,
    before_the_death,
    choose,
    fault_of,
    possible,
    scenes,
)
from tests.crash.faults import Befalls
from tests.crash.sabotage import SABOTAGES, Sabotage
from tests.crash.worker import Worker, open_worker, write_evidence
from tests.crash.workloads import ORDERS, WORKLOADS

FOLDER = Path(__file__).parents[2] / "var" / "crash"
NOT_KILLED = "not killed"
SPAWN = multiprocessing.get_context("spawn")
BIG_RUNS, BIG_ORDERS, THREADED_RUNS, THREADS, SERVER_RUNS = 50, 60, 20, 4, 32
_open = ExitStack()  # what this worker process has opened, closed at its end
_worker: Worker | None = None


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Kill syncd everywhere, and look whether anything doubled or got lost."
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cell", default="", help="live this one alone")
    asked = parser.parse_args()
    if asked.cell:
        return live_alone(cell_named(asked.cell))
    print(f"seed {asked.seed}", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    begun = time.monotonic()
    with pool(asked.workers) as workers, ProcessPoolExecutor(1, mp_context=SPAWN) as daemons:
        lived = daemons.map(_live_daemon, daemon.CELLS)  # they mostly wait, so they live beside the others
        passed = count_all(workers)
        _say(begun, f"{len(passed)} scenes counted without a death")
        cells = to_live(passed, seed=asked.seed)
        numbers = [number_of(cell, passed) for cell in cells]
        for done, (cell, found) in enumerate(zip(cells, workers.map(_live, cells, numbers), strict=True), start=1):
            if found or done % 100 == 0:
                _say(begun, f"{done}/{len(cells)} {cell.name if found else ''} {found}".rstrip())
        for daemon_cell, found in zip(daemon.CELLS, lived, strict=True):
            _say(begun, f"{daemon_cell.name} {found or ''}".rstrip())
        for name, found in zip(SABOTAGES, workers.map(_sabotage, SABOTAGES, [passed] * len(SABOTAGES)), strict=True):
            _say(begun, f"sabotage {name}: {found or 'NOT SEEN'}")
    print(f"{time.monotonic() - begun:.0f} s", flush=True)
    auditor = [sys.executable, "-m", "tests.audit.crash_report", str(FOLDER / "evidence")]
    return subprocess.run(
        [*auditor, "--sabotage", str(FOLDER / "sabotage"), "--output", str(FOLDER / "report.json")], check=False
    ).returncode


def pool(workers: int) -> ProcessPoolExecutor:
    # Fresh processes: a fork of one that has threads would be a gamble.
    return ProcessPoolExecutor(workers, mp_context=SPAWN, initializer=_begin)


def count_all(workers: ProcessPoolExecutor) -> Passed:
    """The passings of every scene; what is the same before the death is counted once."""
    before = {scene: before_the_death(scene) for scene in scenes()}
    different = sorted(set(before.values()))
    counted = dict(zip(different, workers.map(_count, different), strict=True))
    return {scene: counted[like] for scene, like in before.items()}


def to_live(passed: Passed, *, seed: int) -> list[Cell]:
    """All cells of a whole run: plain ones of each workload, some with many orders, several senders, or PostgreSQL."""
    plain = [
        cell
        for name, workload in WORKLOADS.items()
        for cell in choose(possible(passed, name), workload.lives, seed=seed)
    ]
    cells = possible(passed, ORDERS)
    dice = random.Random(seed)
    first = [cell for cell in cells if cell.passing is Passing.FIRST]
    big = [replace(cell, orders=BIG_ORDERS) for cell in choose(first, BIG_RUNS, seed=seed + 1)]
    sending = [cell for cell in first if cell.point.startswith(("apply.", "wire.", "store."))]
    threaded = [replace(cell, threads=THREADS) for cell in dice.sample(sending, min(THREADED_RUNS, len(sending)))]
    on_server = [cell for cell in cells if fault_of(cell.scene).befalls not in (Befalls.POWER_LOSS, Befalls.DISK_FULL)]
    served = [replace(cell, store=POSTGRESQL) for cell in choose(on_server, SERVER_RUNS, seed=seed + 2)]
    return [*plain, *big, *threaded, *served]


def number_of(cell: Cell, passed: Passed) -> int:
    """The passing at which it dies."""
    return cell.passing.of(passed[cell.scene][cell.point])


def live_alone(cell: Cell) -> int:
    """Repeat one cell, and print what became of it."""
    with open_worker() as worker:
        passed = {cell.scene: worker.count_passings(cell.scene)}
        life = worker.live(cell, passing=number_of(cell, passed), evidence=FOLDER / "alone")
    verdict = judge(life.evidence)
    for name, count in verdict.counts.items():
        print(f"{name:20}  {count}")
    print(f"killed {life.killed}, {life.runs} runs, held {dict(verdict.held)}")
    print(f"evidence: {FOLDER / 'alone'}")
    for line in life.broken:
        print(line)
    return 0 if verdict.is_clean and life.killed else 1


def cell_named(name: str) -> Cell:
    """Read a name as the report prints it."""
    dialect, fault, point, passing, *more = name.split(":")
    cell = Cell(point, Passing(passing), fault, dialect)
    for word in more:
        number, _, unit = word.partition("-")
        match unit:
            case "orders":
                cell = replace(cell, orders=int(number))
            case "threads":
                cell = replace(cell, threads=int(number))
            case _:
                cell = _with_word(cell, word)
    fault_of(cell.scene)  # raises when there is no such fault
    return cell


def _with_word(cell: Cell, word: str) -> Cell:
    if word in SABOTAGES:
        return replace(cell, sabotage=word)
    return replace(cell, workload=word) if word in WORKLOADS else replace(cell, store=word)


def sabotaged_cells(name: str, passed: Passed) -> Iterator[Cell]:
    """Lifetimes in which this sabotage must show."""
    sabotage = SABOTAGES[name]
    known = passed[scene_of(sabotage)]
    for point in sabotage.points:
        for passing in Passing:
            if passing.of(known.get(point, 0)):
                yield Cell(point, passing, sabotage.fault, sabotage.dialect, sabotage.workload, sabotage=name)


def scene_of(sabotage: Sabotage) -> Scene:
    return Scene(sabotage.workload, sabotage.fault, sabotage.dialect)


def _begin() -> None:
    global _worker
    _worker = _open.enter_context(open_worker())
    Finalize(None, _open.close, exitpriority=10)


def _count(scene: Scene) -> dict[str, int]:
    assert _worker is not None
    return dict(_worker.count_passings(scene))


def _live(cell: Cell, number: int) -> dict[str, int]:
    """Live it; what is not zero."""
    assert _worker is not None
    return _not_zero(_worker.live(cell, passing=number, evidence=FOLDER / "evidence").evidence)


def _live_daemon(cell: daemon.DaemonCell) -> dict[str, int]:
    try:
        evidence = daemon.live(cell)
    except TrytonDidNotStart as error:  # said, and missing from the runs: what the others showed is judged all the same
        return {str(error): 1}
    write_evidence(evidence, FOLDER / "evidence")
    return _not_zero(evidence)


def _not_zero(evidence: Mapping[str, Any]) -> dict[str, int]:
    found = {name: count for name, count in judge(evidence).counts.items() if count}
    return found if evidence["killed"] else {**found, NOT_KILLED: 1}


def _sabotage(name: str, passed: Passed) -> dict[str, int]:
    """Live sabotaged lifetimes until one shows it; what it shows."""
    assert _worker is not None
    for cell in sabotaged_cells(name, passed):
        life = _worker.live(cell, passing=number_of(cell, passed), evidence=FOLDER / "sabotage" / name)
        found = {what: count for what, count in _not_zero(life.evidence).items() if what != NOT_KILLED}
        if found:
            return found
    return {}


def _say(begun: float, words: str) -> None:
    print(f"{time.monotonic() - begun:5.0f} s  {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
