"""`make bench-orders`: what it takes to make sales of many orders, from reading them to the last verified sale.

So many orders of three lines in each dialect. The ERP's answers are ready made (`bench/erp_server.py`) and go through
the shipped adapter; X-Series is the sandbox, with 50 ms for each answer and a limit of 100 requests in every second,
however one lays it; what syncd takes of the machine is counted by the kernel. Pickup, no customers, a warm catalogue.

`rate_share` counts from the arrival of the first create to the last answer that was waited for to verify. A tick with
nothing new is measured after everything has settled. The last line is one JSON object, the keys of each dialect in an
object of their own. A target that is missed is named on a line of its own, and the exit code is 0.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec

import syncd
from bench.orders_stage import ANSWER_MS, REQUESTS_A_SECOND, Asked, Dialect, running, steady
from bench.processes import Taken

VAR = Path(__file__).resolve().parents[1] / "var"  # in the tree: a folder of temporary files may be in memory
ORDERS = 5_000
FEW = 10  # the share of the orders that the peak is compared with: one in so many
AT_MOST = {
    "requests_per_order": 1.1,
    "idle_tick_requests": 3,
    "cpu_ms_per_order": 5,
    "peak_growth": 1.2,
    "unverified": 0,
}
AT_LEAST = {"rate_share": 0.9}
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
CREATES = ("/register_sales", "/sales")  # what the path of a create ends with


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over some orders, and a tick after it when there was one."""

    orders: int
    asked: Sequence[Asked]
    taken: Taken
    verified: int
    idle_requests: int = 0

    @property
    def wall_s(self) -> float:
        """From the first create to the end of the last answer."""
        first = next(one.at for one in self.asked if one.method == "POST" and one.path.endswith(CREATES))
        return (self.asked[-1].at - first).total_seconds() + ANSWER_MS / 1_000

    @property
    def throttled(self) -> int:
        return sum(one.status == 429 for one in self.asked)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the way of orders.")
    parser.add_argument("--orders", type=int, default=ORDERS, help="how many become sales in each dialect")
    parser.add_argument("--dialect", choices=DIALECTS, help="only this one")
    arguments = parser.parse_args()
    _say(f"syncd is {syncd.__file__}")
    dialects = [arguments.dialect] if arguments.dialect else DIALECTS
    found = {dialect: measure(dialect, arguments.orders) for dialect in dialects}
    missed = [line for dialect, figures in found.items() for line in missed_of(dialect, figures)]
    for line in missed:
        _say(line)
    if not missed:
        _say("all targets are met")
    _say(msgspec.json.encode(found).decode())


def measure(dialect: Dialect, orders: int) -> dict[str, Any]:
    """The figures of one dialect: a tenth of the orders in a store of their own first, for the peak."""
    few = _pass(dialect, max(orders // FEW, 1), idle=False)
    return report(few, _pass(dialect, orders, idle=True))


def report(few: Pass, many: Pass) -> dict[str, Any]:
    ideal_s = many.orders / REQUESTS_A_SECOND
    return {
        "requests_per_order": round(len(many.asked) / many.orders, 4),
        "idle_tick_requests": many.idle_requests,
        "cpu_ms_per_order": round(many.taken.cpu_s * 1_000 / many.orders, 2),
        "rate_share": round(ideal_s / many.wall_s, 4),
        "peak_growth": round(many.taken.peak_kb / few.taken.peak_kb, 3),
        "unverified": many.orders - many.verified,
    }


def missed_of(dialect: str, figures: dict[str, Any]) -> list[str]:
    """A line for each target that is missed, with its figure."""
    above = [f"at most {most}, is {figures[name]}: {name}" for name, most in AT_MOST.items() if figures[name] > most]
    below = [
        f"at least {least}, is {figures[name]}: {name}" for name, least in AT_LEAST.items() if figures[name] < least
    ]
    return [f"missed in {dialect}, {line}" for line in above + below]


def _pass(dialect: Dialect, orders: int, *, idle: bool) -> Pass:
    VAR.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=VAR, prefix="bench-orders-") as folder,
        running(Path(folder), dialect, orders=orders) as stage,
    ):
        taken = stage.sync("orders")
        asked = stage.requests()
        done = Pass(orders, asked, taken, stage.entries_by_state().get("done", 0))
        _say(
            f"{dialect}, {orders} orders: {done.verified} verified, {len(asked)} requests "
            f"({done.throttled} throttled), {done.wall_s:.1f} s, {taken.cpu_s:.1f} s CPU, "
            f"peak {taken.peak_kb / 1_024:.0f} MB"
        )
        if not idle:
            return done
        steady(stage)
        tick = stage.sync("orders")
        requests = len(stage.requests())
        _say(f"{dialect}, a tick with nothing new: {requests} requests, {tick.cpu_s:.1f} s CPU")
        return Pass(orders, asked, taken, done.verified, requests)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
