"""`make bench-journal`: what an entry of the journal costs, beside its commits in bare sqlite3.

An entry is committed three times until it is answered: decided (`waiting`), before its first byte leaves (`sending`),
and with its answer (`answered`, and the link of the part). `cpu_ms_per_entry`, `entries_per_second` and `ratio` speak
of these three, as the shipped engine makes them with 16 senders and an X-Series that answers at once; the ratio is
taken against the same three FULL commits in bare sqlite3. The fourth commit, the verification (`done`), has figures of
its own: `verify_cpu_ms_per_entry`, and `ratio_to_done` of all four against four.

CPU time is user and system time of all threads. Both sides work in turns, on files in one folder; every figure is the
median of the rounds, because a machine that is shared now and then disturbs one of them.

The last line is one JSON object. A target that is missed is named there under `missed`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

import syncd
from bench.entries import Spent, some_work
from bench.keepers import Keeper, bare, shipped
from syncd import log
from syncd.bootstrap import settle_memory

VAR = Path(__file__).resolve().parents[1] / "var"  # in the tree: a folder of temporary files may be in memory
RATIO_MAX = 4
SENDERS = 16
ENTRIES = 500  # in a round
ROUNDS = 9
NS_A_MS = 1_000_000
NS_A_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Round:
    """What one side took for the entries of one round."""

    kept: Spent  # to `answered`: three commits
    verified: Spent  # to `done`: one more


@dataclass(frozen=True, slots=True)
class Journalling:
    """All rounds of both sides."""

    entries: int
    shipped: Sequence[Round]
    bare: Sequence[Round]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the journal.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each side keeps its entries")
    parser.add_argument("--entries", type=int, default=ENTRIES, help="how many a round")
    arguments = parser.parse_args()
    _say(f"syncd is {syncd.__file__}")
    settle_memory()  # as every command begins; the bare side has the good of it too
    VAR.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=VAR, prefix="bench-journal-") as folder,
        open(os.devnull, "w", encoding="utf-8") as nowhere,
    ):
        log.configure(stream=nowhere)  # a line is made of every entry, as in a run
        found = report(measure(Path(folder), rounds=arguments.rounds, entries=arguments.entries, tell=_say))
    _say(f"missed: {', '.join(found['missed'])}" if found["missed"] else "all targets are met")
    _say(msgspec.json.encode(found).decode())


def measure(folder: Path, *, rounds: int, entries: int, tell: Callable[[str], None]) -> Journalling:
    """Keep some entries to warm up, then in turns; each side goes first as often as the other."""
    found: dict[str, list[Round]] = {"shipped": [], "bare": []}
    with shipped(folder / "shipped.db", senders=SENDERS) as ours, bare(folder / "bare.db") as theirs:
        sides: dict[str, Keeper] = {"shipped": ours, "bare": theirs}
        for number in range(rounds + 1):
            work = some_work(1 + number * entries, entries)
            for name in sorted(sides, reverse=number % 2 == 0):
                kept = sides[name].keep(work)
                found[name].append(Round(kept, sides[name].verify()))
            if number:
                tell(
                    f"round {number} of {rounds}: " + ", ".join(_line(name, found[name][-1], entries) for name in found)
                )
    return Journalling(entries, found["shipped"][1:], found["bare"][1:])


def report(found: Journalling) -> dict[str, Any]:
    """All that was found, and the names of the targets that were missed."""
    ours, theirs = (median(one.kept.cpu_ns for one in side) for side in (found.shipped, found.bare))
    ours_done, theirs_done = (
        median(one.kept.cpu_ns + one.verified.cpu_ns for one in side) for side in (found.shipped, found.bare)
    )
    ratio = ours / theirs
    return {
        "cpu_ms_per_entry": _cpu_ms([one.kept for one in found.shipped], found.entries),
        "entries_per_second": _a_second([one.kept for one in found.shipped], found.entries),
        "ratio": round(ratio, 3),
        "senders": SENDERS,
        "entries": found.entries,
        "rounds": len(found.shipped),
        "bare_cpu_ms_per_entry": _cpu_ms([one.kept for one in found.bare], found.entries),
        "bare_entries_per_second": _a_second([one.kept for one in found.bare], found.entries),
        "verify_cpu_ms_per_entry": _cpu_ms([one.verified for one in found.shipped], found.entries),
        "ratio_to_done": round(ours_done / theirs_done, 3),
        "missed": ["ratio"] if ratio > RATIO_MAX else [],
    }


def _cpu_ms(spent: Sequence[Spent], entries: int) -> float:
    return round(median(one.cpu_ns for one in spent) / entries / NS_A_MS, 3)


def _a_second(spent: Sequence[Spent], entries: int) -> float:
    return round(entries * NS_A_S / median(one.wall_ns for one in spent), 1)


def _line(name: str, one: Round, entries: int) -> str:
    return f"{name} {_cpu_ms([one.kept], entries)} ms CPU an entry, {_a_second([one.kept], entries)} a second"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
