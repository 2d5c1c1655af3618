"""`make bench-fulfilments`: what it takes to complete in the ERP what the shops have handed over, whole sales each.

A shop in each dialect with many open sales, made by syncd itself beforehand. Then so many of them are handed over at
once, and one pass of the job completes their shipments: the mark and four steps of each, a few shipments in a write.
After that, with the others still open, a tick with nothing new. The ERP is `bench/erp_server.py`, X-Series the sandbox;
requests are counted by both servers' own logs, and what syncd takes of the machine by the kernel. Where the dialects
differ, the figure is that of the dearer one.

`rotation_share` is how many requests a tick may take to ask open sales in turn: a share of the allowance, of which the
dated dialect makes use. The last line is one JSON object. A target that is missed is named on a line of its own, and
the exit code is 0.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec

import syncd
from bench.orders_stage import REQUESTS_A_SECOND, ROTATION_PERCENT, Dialect, Stage, running, steady
from bench.processes import Taken

VAR = Path(__file__).resolve().parents[1] / "var"  # in the tree: a folder of temporary files may be in memory
COMPLETIONS = 2_000
OPEN_SALES = 5_000  # beside those that are handed over
ROTATION_SHARE = REQUESTS_A_SECOND * ROTATION_PERCENT // 100
IDLE_REQUESTS_MAX = 3  # beside the rotation
AT_MOST = {
    "xseries_requests_per_completion": 0.1,
    "erp_requests_per_completion": 6,
    "cpu_ms_per_completion": 5,
    "unfinished": 0,
}
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)


@dataclass(frozen=True, slots=True)
class Pass:
    """The completions of one dialect, and a tick after them."""

    completions: int
    to_retail: int  # requests
    to_erp: int
    taken: Taken
    finished: int  # completions that are verified
    idle_requests: int


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the way of hand-overs to the ERP.")
    parser.add_argument("--completions", type=int, default=COMPLETIONS, help="how many sales are handed over")
    parser.add_argument("--open-sales", type=int, default=OPEN_SALES, help="how many others stay open")
    parser.add_argument("--dialect", choices=DIALECTS, help="only this one")
    arguments = parser.parse_args()
    _say(f"syncd is {syncd.__file__}")
    dialects = [arguments.dialect] if arguments.dialect else DIALECTS
    figures = report({one: measure(one, arguments.completions, arguments.open_sales) for one in dialects})
    missed = missed_of(figures)
    for line in missed:
        _say(line)
    if not missed:
        _say("all targets are met")
    _say(msgspec.json.encode(figures).decode())


def measure(dialect: Dialect, completions: int, open_sales: int) -> Pass:
    VAR.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=VAR, prefix="bench-fulfilments-") as folder,
        running(Path(folder), dialect, orders=completions + open_sales) as stage,
    ):
        stage.sync("orders")
        steady(stage, "fulfilments", rounds=1)
        done_before = stage.entries_by_state().get("done", 0)
        hand_over(stage, completions)
        taken = stage.sync("fulfilments")
        to_retail, to_erp = len(stage.requests()), len(stage.requests_to_erp())
        finished = stage.entries_by_state().get("done", 0) - done_before
        _say(
            f"{dialect}, {completions} sales handed over beside {open_sales} open ones: {finished} shipments completed,"
            f" {to_retail} requests to X-Series, {to_erp} to the ERP, {taken.wall_s:.1f} s, {taken.cpu_s:.1f} s CPU"
        )
        stage.sync("orders")  # which were changed by their shipments
        steady(stage, "fulfilments", rounds=1)
        tick = stage.sync("fulfilments")
        idle = len(stage.requests())
        _say(f"{dialect}, a tick with nothing new: {idle} requests to X-Series, {tick.cpu_s:.1f} s CPU")
        return Pass(completions, to_retail, to_erp, taken, finished, idle)


def hand_over(stage: Stage, count: int) -> None:
    """Let the shop close the oldest of its open sales."""
    sales = [row for row in stage.control("GET", "state")["sales"] if row["state"] == "pending"]
    for row in sorted(sales, key=lambda row: row["invoice_number"])[:count]:
        stage.control("POST", f"sales/{row['id']}/complete", {})


def report(passes: Mapping[Dialect, Pass]) -> dict[str, Any]:
    """The figures, each of the dialect in which it is the highest."""
    found = passes.values()
    return {
        "xseries_requests_per_completion": max(round(one.to_retail / one.completions, 4) for one in found),
        "erp_requests_per_completion": max(round(one.to_erp / one.completions, 2) for one in found),
        "idle_tick_requests": {
            **{dialect: one.idle_requests for dialect, one in passes.items()},
            "rotation_share": ROTATION_SHARE,
        },
        "cpu_ms_per_completion": max(round(one.taken.cpu_s * 1_000 / one.completions, 2) for one in found),
        "unfinished": max(one.completions - one.finished for one in found),
    }


def missed_of(figures: Mapping[str, Any]) -> Sequence[str]:
    """A line for each target that is missed, with its figure."""
    idle = figures["idle_tick_requests"]
    most = {"classic": IDLE_REQUESTS_MAX, "dated": IDLE_REQUESTS_MAX + idle["rotation_share"]}
    return [
        *(
            f"missed, at most {most}, is {figures[name]}: {name}"
            for name, most in AT_MOST.items()
            if figures[name] > most
        ),
        *(
            f"missed, at most {most[dialect]} in {dialect}, is {idle[dialect]}: idle_tick_requests"
            for dialect in DIALECTS
            if idle.get(dialect, 0) > most[dialect]
        ),
    ]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
