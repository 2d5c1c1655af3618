"""The auditor of `make demo`: recomputes the report from the raw evidence. Anybody can.

usage: python -m tests.audit.demo_report var/demo/evidence [--output var/demo/report.json]
Ends with 0 when every promise was kept, else 1.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from tests.audit.drift import drift_rows
from tests.audit.duplicates import duplicates
from tests.audit.hand_overs import (
    completions,
    empty_sales,
    partial_completions,
    partial_hand_overs,
    shipments_pushed,
)
from tests.audit.lost import Scope, is_held, is_ignored, lost
from tests.audit.order_numbers import sales_by_order, sales_without_order
from tests.audit.promises import promises, table
from tests.audit.raw import Evidence, read_evidence
from tests.audit.totals import total_erp, total_xseries, unmatched_totals
from tests.audit.writes import Rows, requests_between, writes_to_erp, writes_to_xseries


def report_of(evidence: Evidence) -> dict[str, Any]:
    """Everything that is promised, counted afresh; amounts as decimal strings."""
    orders, sales, run = evidence.orders, evidence.sales, evidence.run
    scope, outlet_of = Scope(date.fromisoformat(run["start"])), run["outlet_of_location"]
    of_order = sales_by_order(orders, sales)
    return {
        "dialect": run["dialect"],
        "orders": len(orders),
        "sales": sum(map(len, of_order.values())),
        "held": sum(is_held(order, evidence.told) for order in orders),
        "ignored": sum(is_ignored(order, evidence.told, scope) for order in orders),
        "completions": completions(orders, sales, outlet_of),
        "partial_hand_overs": len(partial_hand_overs(sales)),
        "partial_completions": partial_completions(orders, sales, outlet_of),
        "erp_shipments_pushed": shipments_pushed(orders, sales, outlet_of, user_of_syncd=run["erp_user_of_syncd"]),
        "duplicates": duplicates(orders, sales, run["sku_of_service"]),
        "lost": len(lost(orders, sales, evidence.told, scope)),
        "empty_sales": len(empty_sales(sales)),
        "sales_without_order": len(sales_without_order(orders, sales)),
        "drift_rows": len(drift_rows(evidence.levels, evidence.on_hand, sales, outlet_of)),
        "disturbed_levels": len(run["disturbed_levels"]),
        "second_run_writes": second_run_writes(evidence),
        "unmatched_totals": len(unmatched_totals(orders, sales)),
        "total_erp": str(total_erp(orders, sales)),
        "total_xseries": str(total_xseries(orders, sales)),
        "requests_per_order": requests_per_order(evidence, len(of_order)),
        "seconds": run["seconds"],
    }


def second_run_writes(evidence: Evidence) -> int:
    """Writes to either side while everything was run once more and nothing had happened."""
    asked = _requests_of(evidence, evidence.run["second_run"])
    return len(writes_to_xseries(asked)) + len(writes_to_erp(evidence.erp_before, evidence.erp_after))


def requests_per_order(evidence: Evidence, orders_sold: int) -> float | None:
    """Requests to X-Series in the run that made the sales, reads included, by the orders that became sales."""
    asked = len(_requests_of(evidence, evidence.run["first_orders"]))
    return round(asked / orders_sold, 2) if orders_sold else None


def _requests_of(evidence: Evidence, name: str) -> Rows:
    (typed,) = [each for each in evidence.run["typed"] if each["name"] == name]
    return requests_between(evidence.requests, typed["requests_after"], typed["requests_up_to"])


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge a demo by its evidence.")
    parser.add_argument("evidence", type=Path, help="the folder with the raw files")
    parser.add_argument("--output", type=Path, help="also write the report to this file, as JSON")
    asked = parser.parse_args()
    report: Mapping[str, Any] = report_of(read_evidence(asked.evidence))
    if asked.output:
        asked.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for line in table(report):
        print(line)
    broken = [promise.key for promise in promises(report) if not promise.kept]
    print(f"\n{'every promise was kept' if not broken else 'BROKEN: ' + ', '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
