"""What `make demo` promises, as a table that a person can read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Report = Mapping[str, Any]

NOTHING = ("duplicates", "lost", "empty_sales", "second_run_writes", "unmatched_totals", "sales_without_order")
AT_LEAST = {"completions": 4, "erp_shipments_pushed": 1, "held": 2, "ignored": 2, "sales": 1}
PARTIAL_HAND_OVERS = {"dated": 1, "classic": 0}  # classic cannot say that some of a sale has left
SECONDS_MAX = 240  # on two cores, from a fresh clone
TICK, CROSS = "kept", "BROKEN"


@dataclass(frozen=True, slots=True)
class Promise:
    key: str
    words: str
    kept: bool


def promises(report: Report) -> list[Promise]:
    """Each promise, and whether the report keeps it."""
    return [
        *(Promise(key, "0", report[key] == 0) for key in NOTHING),
        *(Promise(key, f"at least {least}", report[key] >= least) for key, least in AT_LEAST.items()),
        Promise(
            "partial_hand_overs",
            str(PARTIAL_HAND_OVERS[report["dialect"]]),
            report["partial_hand_overs"] == PARTIAL_HAND_OVERS[report["dialect"]],
        ),
        Promise(
            "partial_completions",
            "each of partial_hand_overs",
            report["partial_completions"] == report["partial_hand_overs"],
        ),
        Promise("total_xseries", "the same as total_erp", report["total_xseries"] == report["total_erp"]),
        Promise("seconds", f"below {SECONDS_MAX}", report["seconds"] < SECONDS_MAX),
        Promise(
            "drift_rows",
            f"{report['disturbed_levels']}, as many as were disturbed",
            report["drift_rows"] == report["disturbed_levels"],
        ),
    ]


def table(report: Report) -> Iterator[str]:
    """The report line by line: what was found, what was promised, and whether that was kept."""
    found = {promise.key: promise for promise in promises(report)}
    width = max(map(len, report))
    for key, value in report.items():
        promise = found.get(key)
        words = f"promised: {promise.words:28}  {TICK if promise.kept else CROSS}" if promise else ""
        yield f"{key:{width}}  {value!s:>9}  {words}".rstrip()
