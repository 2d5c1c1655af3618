"""The auditor of `make crash`: recomputes the report from the raw evidence of every lifetime. Anybody can.

usage: python -m tests.audit.crash_report var/crash/evidence [--sabotage var/crash/sabotage] [--output report.json]
Ends with 0 when nothing was doubled, lost or left over, every process was killed, and every sabotage was seen.
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.audit.crash import LIVED, ZEROS, judge, what_was_lived

PASSINGS = ("first", "second", "last")
LISTS = ("kill_points", "faults", "sabotages", "sabotages_caught")
AT_LEAST = {"kill_points": 25, "faults": 12, "runs": 1000, "sabotages": 7}


def lives_in(directory: Path) -> Iterator[Mapping[str, Any]]:
    """The lifetimes that left evidence there."""
    for path in sorted(directory.glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield json.load(file, parse_float=Decimal)


def report_of(
    lives: Iterable[Mapping[str, Any]], sabotaged: Mapping[str, Iterable[Mapping[str, Any]]]
) -> dict[str, Any]:
    """Everything counted afresh."""
    points: dict[str, list[Mapping[str, Any]]] = {}
    totals, held, by_store, unclean = Counter(dict.fromkeys(ZEROS, 0)), Counter(), Counter(), []
    by_workload, lived = Counter(), Counter(dict.fromkeys(LIVED, 0))
    runs = killed = orders = writes = 0
    faults = set()
    for life in lives:
        verdict = judge(life)
        totals.update(verdict.counts)
        held.update(verdict.held)
        if not verdict.is_clean:
            unclean.append(life["cell"])
        by_store[life["store"]] += 1
        by_workload[life.get("workload", "orders")] += 1
        lived.update(what_was_lived(life))
        runs, killed = runs + 1, killed + bool(life["killed"])
        orders, writes = orders + len(life["erp"]["sales"]), writes + life["writes"]
        faults.add(life["fault"])
        points.setdefault(life["point"], []).append(life)
    caught = {name: first_found(of_it) for name, of_it in sabotaged.items()}
    return {
        "runs": runs,
        "killed": killed,
        **{name: totals[name] for name in ZEROS},
        "orders": orders,
        "writes": writes,
        "held": dict(sorted(held.items())),
        "stores": dict(sorted(by_store.items())),
        "workloads": dict(sorted(by_workload.items())),
        **{name: lived[name] for name in LIVED},
        "sabotages": sorted(caught),
        "sabotages_caught": sorted(name for name, found in caught.items() if found),
        "caught_by": dict(sorted(caught.items())),
        "faults": sorted(faults),
        "kill_points": [point_row(point, of_it) for point, of_it in sorted(points.items())],
        "unclean": unclean,
    }


def point_row(point: str, lives: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What was lived at one place."""
    found = list(lives)
    passings = {life["passing"] for life in found}
    return {
        "point": point,
        "passings": [passing for passing in PASSINGS if passing in passings],
        "killed": sum(bool(life["killed"]) for life in found),
        "faults": sorted({life["fault"] for life in found}),
    }


def first_found(lives: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The counts that are not zero in the first lifetime where any is."""
    for life in lives:
        verdict = judge(life)
        if not verdict.is_clean:
            return {name: count for name, count in verdict.counts.items() if count}
    return {}


def broken_promises(report: Mapping[str, Any]) -> list[str]:
    """What of the report is not as it was promised."""
    found = [name for name in ZEROS if report[name]]
    found += [] if report["killed"] == report["runs"] else ["killed"]
    found += [] if report["sabotages_caught"] == report["sabotages"] else ["sabotages_caught"]
    sizes = {name: value if isinstance(value, int) else len(value) for name, value in report.items()}
    return found + [name for name, least in AT_LEAST.items() if sizes[name] < least]


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge crash runs by their evidence.")
    parser.add_argument("evidence", type=Path, help="the folder with one file a lifetime")
    parser.add_argument("--sabotage", type=Path, help="the folder with one folder a sabotage")
    parser.add_argument("--output", type=Path, help="also write the report to this file, as JSON")
    asked = parser.parse_args()
    folders = sorted(asked.sabotage.iterdir()) if asked.sabotage and asked.sabotage.exists() else []
    report = report_of(lives_in(asked.evidence), {folder.name: lives_in(folder) for folder in folders})
    if asked.output:
        asked.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for name, value in report.items():
        print(f"{name:20}  {_short(value) if name in LISTS else value}")
    broken = broken_promises(report)
    print("every promise was kept" if not broken else f"BROKEN: {', '.join(broken)}")
    return 1 if broken else 0


def _short(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return f"{len(value)}: " + ", ".join(row["point"] for row in value)
    return f"{len(value)}: " + ", ".join(str(one) for one in value)


if __name__ == "__main__":
    sys.exit(main())
