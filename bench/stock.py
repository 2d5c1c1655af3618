"""`make bench-stock`: what it takes to compare the stock of both sides, beside the least that a script could do.

50,000 products at 10 outlets are half a million levels a side. The ERP's answers are ready made
(`bench/erp_server.py`), X-Series is the sandbox with its `large` fixture, and `bench/floor.py` reads the very same
pages in a fresh process. Every page has been written once before anything is measured, so that neither is the first
to ask for it. Then in turns, syncd on a migrated empty store each time: the ratio is that of the medians.

A second run, with nothing changed and the ERP read in full, follows the last cold one; and one cold run on a quarter
of the products, for the memory. The last line is one JSON object. A target that is missed is named before it.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

import syncd
from bench.processes import Taken
from bench.stock_stage import Asked, Size, Stage, running

VAR = Path(__file__).resolve().parents[1] / "var"  # in the tree: a folder of temporary files may be in memory
PRODUCTS, OUTLETS = 50_000, 10
QUARTER = 4
ROUNDS = 3
AT_MOST = {
    "cold_ratio": 1.5,
    "server_share": 0.3,
    "unchanged_ratio": 0.6,
    "unchanged_requests": 3,
    "peak_mb": 200,
    "peak_growth": 1.2,
    "extra_requests": 6,
}


@dataclass(frozen=True, slots=True)
class Found:
    """All that was measured at one size."""

    size: Size
    exact: bool
    floors: Sequence[Taken]
    waited_s: Sequence[Any]  # by the floor, for the servers
    colds: Sequence[Taken]
    cold_requests: Sequence[Asked]
    unchanged: Taken
    unchanged_requests: Sequence[Asked]  # to X-Series


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the comparison of stock.")
    parser.add_argument("--products", type=int, default=PRODUCTS, help="of each outlet")
    parser.add_argument("--outlets", type=int, default=OUTLETS, help="outlets, and warehouses of the ERP")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often both are measured, in turns")
    arguments = parser.parse_args()
    _say(f"syncd is {syncd.__file__}")
    VAR.mkdir(exist_ok=True)
    whole = measure(Size(arguments.products, arguments.outlets), rounds=arguments.rounds)
    quarter = measure(Size(max(arguments.products // QUARTER, 1), arguments.outlets), rounds=1)
    found = report(whole, quarter)
    for line in found["missed"]:
        _say(f"missed: {line}")
    if not found["missed"]:
        _say("all targets are met")
    _say(msgspec.json.encode(found).decode())


def measure(size: Size, *, rounds: int) -> Found:
    """Floor and syncd in turns, then syncd again with nothing changed."""
    with tempfile.TemporaryDirectory(dir=VAR, prefix="bench-stock-") as folder, running(Path(folder), size) as stage:
        stage.floor()  # every page is written now
        floors: list[Taken] = []
        waited: list[Any] = []
        colds: list[Taken] = []
        for number in range(rounds):
            taken, said = stage.floor()
            if said["rows"] != 2 * size.levels or said["differing"] != len(size.expected()):
                raise RuntimeError(f"the floor is not what it should be: {said}")
            floors.append(taken)
            waited.append(said["waited_s"])
            colds.append(_cold(stage))
            _say(
                f"{size.levels} levels, round {number + 1} of {rounds}: floor {taken.wall_s:.2f} s"
                f" ({taken.cpu_s:.2f} s CPU), cold {colds[-1].wall_s:.2f} s ({colds[-1].cpu_s:.2f} s CPU,"
                f" {colds[-1].peak_kb / 1_024:.0f} MB)"
            )
        requests = [*stage.requests_to_retail(), *stage.requests_to_erp()]
        exact = stage.reported() == size.expected()
        unchanged = stage.sync("--full")
        asked = stage.requests_to_retail()
        exact = exact and stage.reported() == size.expected()
        _say(
            f"{size.levels} levels, nothing changed: {unchanged.wall_s:.2f} s ({unchanged.cpu_s:.2f} s CPU),"
            f" {len(asked)} requests to X-Series; {'exact' if exact else 'NOT EXACT'}"
        )
    return Found(size, exact, floors, waited, colds, requests, unchanged, asked)


def _cold(stage: Stage) -> Taken:
    stage.migrate()
    stage.requests_to_retail()
    stage.requests_to_erp()
    return stage.sync()


def report(whole: Found, quarter: Found) -> dict[str, Any]:
    """The figures, and a line for each target that was missed."""
    floor_s = median(one.wall_s for one in whole.floors)
    cold_s = median(one.wall_s for one in whole.colds)
    peak_kb = max(one.peak_kb for one in whole.colds)
    found: dict[str, Any] = {
        "exact": whole.exact and quarter.exact,
        "cold_ratio": round(cold_s / floor_s, 3),
        "floor_seconds": round(floor_s, 3),
        "server_share": round(median(whole.waited_s) / floor_s, 3),
        "unchanged_ratio": round(whole.unchanged.wall_s / cold_s, 3),
        "unchanged_requests": len(whole.unchanged_requests),
        "peak_mb": round(peak_kb / 1_024, 1),
        "peak_growth": round(peak_kb / max(one.peak_kb for one in quarter.colds), 3),
        "extra_requests": extra_requests(whole.cold_requests),
        "levels": whole.size.levels,
        "cold_seconds": round(cold_s, 3),
        "cold_ratio_cpu": round(
            median(one.cpu_s for one in whole.colds) / median(one.cpu_s for one in whole.floors), 3
        ),
        "rounds": len(whole.colds),
    }
    missed = [f"at most {most}, is {found[name]}: {name}" for name, most in AT_MOST.items() if found[name] > most]
    return {**found, "missed": missed if found["exact"] else ["the report is not what it should be: exact", *missed]}


def extra_requests(asked: Sequence[Asked]) -> int:
    """Requests beyond those that the rows of each feed take at its size of page."""
    rows: dict[tuple[str, int], int] = defaultdict(int)
    for one in asked:
        rows[one.feed, one.size] += one.rows
    return len(asked) - sum(math.ceil(count / size) for (_, size), count in rows.items())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
