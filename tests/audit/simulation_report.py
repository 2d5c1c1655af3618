"""The auditor of `make simulate`: counts from the evidence what was doubled, lost, or is explained by nothing.

usage: python -m tests.audit.simulation_report var/simulate/evidence
Ends with 0 when all three are 0, else 1.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.audit.causes import is_caused
from tests.audit.duplicates import oversold, surplus_sales
from tests.audit.facts import CLOSED, Order, Sale
from tests.audit.lost import Scope, is_held, is_ignored, lost
from tests.audit.order_numbers import sales_by_order, sales_without_order
from tests.audit.simulation_files import Month, Place, read_month
from tests.audit.totals import CENT, to_the_cent
from tests.audit.wanted_parts import CANCELLED, sold, wanted

NONE = Decimal(0)
LONG_AGO = date(2000, 1, 1)
OF_THE_PROCESS = ("defects", "cursors_back", "not_at_rest")  # lists of what must not have happened
WRITES_TOO_MANY = ("second_run_writes", "read_only_changes")


def findings(month: Month, *, may_stand_twice: Set[str] = frozenset()) -> dict[str, list[str]]:
    """Every single thing that is wrong, in words, under the number that it counts for.

    A part with two standing sales is a duplicate, even when its order is held; but for these reasons of the hold.
    """
    return {
        "duplicates": list(_duplicates(month, may_stand_twice)),
        "lost": list(_lost(month)),
        "unexplained": list(_unexplained(month)),
    }


def report_of(month: Month) -> dict[str, object]:
    """The numbers that the command prints last."""
    found = findings(month)
    return {
        "ticks": month.run["ticks"],
        "faults": month.run["faults"],
        "deaths": month.run["deaths"],
        "orders": len(month.orders),
        "seconds": month.run["seconds"],
        **{name: len(wrong) for name, wrong in found.items()},
    }


# -- nothing twice


def _duplicates(month: Month, may_stand_twice: Set[str]) -> Iterator[str]:
    of_order = sales_by_order(month.orders, month.sales)
    for order in month.orders:
        sales = of_order.get(order.id, ())
        if not any(row["order"] == order.id and row["reason"] in may_stand_twice for row in month.holds):
            yield from [f"{order.number}: a part with more than one standing sale"] * surplus_sales(sales)
        if not _is_in_peoples_hands(order, month):
            yield from (f"{order.number}: more of {sku} sold than ordered" for sku in oversold(order, sales))
    for shipment, times in Counter(month.completions).items():
        yield from [f"shipment {shipment} completed again"] * (times - 1)


# -- nothing lost


def _lost(month: Month) -> Iterator[str]:
    alive = [order for order in month.orders if not _is_voided_as_it_should(order, month)]
    for order in lost(alive, month.sales, month.told, Scope(LONG_AGO)):
        yield f"{order.number}: neither sale, nor open hold, nor true rule: {month.told.get(order.id)}"
    yield from _hand_overs_lost(month)


def _is_voided_as_it_should(order: Order, month: Month) -> bool:
    said = month.told.get(order.id)
    return order.state == CANCELLED and said is not None and (said.outcome, said.reason) == ("synced", "voided")


def _hand_overs_lost(month: Month) -> Iterator[str]:
    """Goods that left a shop, of which the ERP knows nothing and for which no hold is open."""
    of_order = sales_by_order(month.orders, month.sales)
    held = {row["order"] for row in month.holds}
    location_of = {outlet: location for location, outlet in month.outlet_of.items()}
    for order in month.orders:
        for sale in of_order.get(order.id, ()):
            here = [line for line in order.lines if line.location == location_of[sale.outlet]]
            is_done = all(line.shipped >= line.quantity for line in here) and order.state != CANCELLED
            if sale.state == CLOSED and not is_done and order.id not in held:
                yield f"{order.number}: handed over as {sale.invoice_number}, and the ERP has not shipped it"


# -- nothing unexplained


def _unexplained(month: Month) -> Iterator[str]:
    yield from (
        f"sale {sale.invoice_number}: no order asks for it" for sale in sales_without_order(month.orders, month.sales)
    )
    of_order = sales_by_order(month.orders, month.sales)
    for order in month.orders:
        if _is_in_peoples_hands(order, month):
            yield from _hold_without_cause(order, month)
        else:
            yield from _differences(order, of_order.get(order.id, ()), month)
    yield from _stock(month, of_order)
    for name in OF_THE_PROCESS:
        yield from (f"{name}: {text}" for text in month.run.get(name, ()))
    for name in WRITES_TOO_MANY:
        if month.run.get(name):
            yield f"{name}: {month.run[name]}"


def _is_in_peoples_hands(order: Order, month: Month) -> bool:
    """Held, or somebody said that it is settled."""
    said = month.told.get(order.id)
    return is_held(order, month.told) or (said is not None and said.reason == "dropped")


def _hold_without_cause(order: Order, month: Month) -> Iterator[str]:
    happened = month.causes.get(order.id, frozenset())
    for row in month.holds:
        if row["order"] == order.id and row["reason"] != "dropped" and not is_caused(row["reason"], happened):
            yield f"{order.number}: held as {row['reason']}, and nothing happened to it but {sorted(happened)}"


def _differences(order: Order, sales: Sequence[Sale], month: Month) -> Iterator[str]:
    if is_ignored(order, month.told, Scope(LONG_AGO)):
        if sales:
            yield f"{order.number}: ignored, and it has a sale"
        return
    asked, there = wanted(order, month.outlet_of), sold(sales)
    if asked != there:
        yield f"{order.number}: asks for {asked}, its sales have {there}"
        return
    total = sum((to_the_cent(sale.total) for sale in sales), NONE)
    if asked and abs(total - order.total) > CENT:
        yield f"{order.number}: comes to {order.total}, its sales to {total}"


# -- stock


def _stock(month: Month, of_order: Mapping[str, Sequence[Sale]]) -> Iterator[str]:
    """Both levels less everything that either side's documents say of the product must be what syncd reports."""
    reported = {(row.outlet, row.sku): row.unexplained for row in month.stock_report}
    for place in sorted(month.on_hand.keys() & month.levels.keys()):
        difference = month.levels[place] - month.on_hand[place]
        left = difference - _explained(place, month, of_order)
        if left != reported.get(place, NONE):
            yield f"stock of {place}: {left} is explained by nothing, and the report says {reported.get(place, NONE)}"


def _explained(place: Place, month: Month, of_order: Mapping[str, Sequence[Sale]]) -> Decimal:
    """How far the level may lawfully lie from what the ERP has: what is sold and has not left the ERP's shelf."""
    outlet, sku = place
    location = {there: location for location, there in month.outlet_of.items()}[outlet]
    gone = NONE
    for sale in month.sales:
        if sale.source == "USER" and sale.stands and sale.outlet == outlet:
            gone += sum((line.quantity for line in sale.lines if line.sku == sku), NONE)
    for order in month.orders:
        here = [sale for sale in of_order.get(order.id, ()) if sale.outlet == outlet]
        units = sum((line.quantity for sale in here for line in sale.lines if line.sku == sku), NONE)
        shipped = sum((line.shipped for line in order.lines if (line.location, line.sku) == (location, sku)), NONE)
        gone += max(units - shipped, NONE)
    return -gone


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge a simulation by its evidence.")
    parser.add_argument("evidence", type=Path, help="the folder with the files")
    asked = parser.parse_args()
    return tell(read_month(asked.evidence))


def tell(month: Month) -> int:
    """Print what is wrong, and last the numbers; the exit code."""
    found = findings(month)
    for name, wrong in found.items():
        for text in wrong:
            print(f"{name}: {text}")
    print(json.dumps(report_of(month)))
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
