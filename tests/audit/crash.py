"""What became of one lifetime of `make crash`, counted from what both other sides say after it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.audit.duplicates import duplicates, oversold
from tests.audit.facts import CLOSED, TILL, Order, Sale, Told, standing
from tests.audit.hand_overs import empty_sales
from tests.audit.lost import Scope, is_cancelled, is_held, lost
from tests.audit.order_numbers import order_number_of, orders_by_number, sales_by_order
from tests.audit.raw import orders_of_tryton, sales_of_sandbox, told_by_syncd
from tests.audit.totals import unmatched_totals

Row = Mapping[str, Any]
CENTS = Decimal("0.01")
# Only what comes later than every deadline, or from a second machine, may make a sale twice; it is voided then.
MAY_MAKE_TWICE = ("xseries.late_commit_720s", "store.cloned")
# A person may have to look at these, and only at these; that a hold is there is no loss, and no proof either.
ZEROS = (
    "duplicates",
    "lost",
    "orphans",
    "made_twice",
    "empty_sales",
    "unmatched_totals",
    "shipped_twice",
    "completions_missing",
    "second_run_writes",
    "not_at_rest",
    "broken",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The counts of ZEROS, and the reasons for which orders are held."""

    counts: Mapping[str, int]
    held: Mapping[str, int]

    @property
    def is_clean(self) -> bool:
        return not any(self.counts.values())


def judge(life: Row) -> Verdict:
    """Judge one lifetime by its evidence."""
    orders, sales = orders_of_tryton(life["erp"]), sales_of_sandbox(life["xseries"])
    told = told_by_syncd(life["syncd_status"], life["syncd_holds"])
    outlet_of, sku_of = life["outlet_of_location"], life.get("sku_of_service", {})
    live = [order for order in orders if not is_cancelled(order) and not is_held(order, told)]
    counts = {
        "duplicates": duplicates(orders, sales, sku_of) - len(too_much_but_held(orders, sales, told)),
        "lost": len(lost(orders, sales, told, Scope(date.fromisoformat(life["start"])))),
        "orphans": len(orphans(orders, sales, told, outlet_of)) - len(deleted_but_held(life, sales)),
        "made_twice": 0 if life["fault"] in MAY_MAKE_TWICE else made_twice(life["xseries"]["sales"]),
        "empty_sales": len(empty_sales(sales)),
        "unmatched_totals": len(unmatched_totals(live, sales)),
        "shipped_twice": len(shipped_too_much(life["erp"])),
        "completions_missing": len(not_completed(orders, sales, told, outlet_of)),
        "second_run_writes": len(life["second_run_writes"]),
        "not_at_rest": int(not life["at_rest"]),
        "broken": len(life["broken"]),
    }
    return Verdict(counts, Counter(told[order.id].reason for order in orders if is_held(order, told)))


def too_much_but_held(orders: Sequence[Order], sales: Sequence[Sale], told: Told) -> list[str]:
    """SKUs of which more is sold than ordered, and a person is asked: an edit that came after the hand-over, say.

    A second standing sale of a part has no such excuse.
    """
    of_order = sales_by_order(orders, sales)
    return [sku for order in orders if is_held(order, told) for sku in oversold(order, of_order.get(order.id, ()))]


def orphans(orders: Sequence[Order], sales: Sequence[Sale], told: Told, outlet_of: Mapping[str, str]) -> list[Sale]:
    """Standing sales, not rung up at a till, that no order asks for and no hold explains."""
    by_number = orders_by_number(orders)
    found = []
    for sale in standing(sales):
        number = order_number_of(sale.invoice_number, by_number)
        order = by_number.get(number)
        if sale.source == TILL or (order is not None and _explains(order, sale, told, outlet_of)):
            continue
        found.append(sale)
    return found


def deleted_but_held(life: Row, sales: Sequence[Sale]) -> list[Sale]:
    """Standing sales of orders that were deleted in the ERP, and that a person is asked about.

    A store that is lost after the deletion knows of no such order: it may ask, and must not void.
    """
    asked = {hold["order"] for hold in life["syncd_holds"] if hold["closed_at"] is None}
    numbers = [row["number"] for row in life["erp"].get("deleted", ()) if row["id"] in asked]
    return [sale for sale in standing(sales) if order_number_of(sale.invoice_number, numbers) is not None]


def _explains(order: Order, sale: Sale, told: Told, outlet_of: Mapping[str, str]) -> bool:
    """Whether the order asks for a sale of that outlet, or a person is asked about it."""
    if is_held(order, told):
        return True
    asked = {outlet_of.get(shipment.location) for shipment in order.shipments if shipment.state != "cancelled"}
    return not is_cancelled(order) and sale.outlet in asked


def made_twice(rows: Sequence[Row]) -> int:
    """Sales beyond the first that were ever made of one part and generation, also if they are voided by now."""
    made = Counter(row["source_id"] for row in rows if row["source_id"])
    return sum(count - 1 for count in made.values())


def shipped_too_much(erp: Row) -> list[tuple[int, str]]:
    """(order, SKU) of which more left than was ordered; (0, SKU) where the shelf lacks another quantity than left."""
    ordered: Counter[tuple[int, str]] = Counter()
    for line in erp["lines"]:
        if line["product."]:
            ordered[line["sale"], line["product."]["code"]] += Decimal(line["quantity"])
    left: Counter[tuple[int, str]] = Counter()
    for move in erp["moves"]:
        if move["state"] == "done":
            left[move["sale"], move["product."]["code"]] += Decimal(move["quantity"])
    too_much = [key for key, quantity in left.items() if quantity > ordered[key]]
    return too_much + [(0, sku) for sku in _shelves_that_differ(erp, left)] if "on_hand" in erp else too_much


def _shelves_that_differ(erp: Row, left: Mapping[tuple[int, str], Decimal]) -> list[str]:
    gone: Counter[str] = Counter()
    for (_, sku), quantity in left.items():
        gone[sku] += quantity
    missing: Counter[str] = Counter()
    for row in erp["on_hand"]:
        missing[row["sku"]] += Decimal(erp["on_hand_at_first"]) - Decimal(row["on_hand"])
    return sorted(sku for sku in missing if missing[sku] != gone[sku])


def not_completed(
    orders: Sequence[Order], sales: Sequence[Sale], told: Told, outlet_of: Mapping[str, str]
) -> list[Sale]:
    """Sales that were handed over, and whose order has no done shipment of that outlet's location and no hold."""
    by_id = {order.id: order for order in orders}
    found = []
    for order_id, of_order in sales_by_order(orders, sales).items():
        order, said = by_id[order_id], told.get(order_id)
        done = {outlet_of.get(shipment.location) for shipment in order.shipments if shipment.state == "done"}
        is_explained = said is not None and said.has_open_hold
        found += [sale for sale in of_order if sale.state == CLOSED and sale.outlet not in done and not is_explained]
    return found
