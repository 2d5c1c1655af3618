"""What became of one lifetime of `make crash`, counted from what both other sides say after it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.audit.customers import customers_twice, of_another
from tests.audit.duplicates import duplicates, oversold
from tests.audit.facts import CLOSED, TILL, Order, Sale, Told, standing
from tests.audit.goods_back import returns_in_erp, returns_in_xseries, taken_back_otherwise
from tests.audit.hand_overs import empty_sales, partial_completions
from tests.audit.lost import Scope, is_cancelled, is_held, lost
from tests.audit.order_numbers import order_number_of, orders_by_number, sales_by_order
from tests.audit.raw import orders_of_tryton, sales_of_sandbox, told_by_syncd
from tests.audit.totals import unmatched_totals
from tests.audit.totals_of_goods import completed_twice, not_told, too_much_of_lines, unasked

Row = Mapping[str, Any]
CENTS = Decimal("0.01")
# Only what comes later than every deadline, or from a second machine, may make a sale twice; it is voided then.
MAY_MAKE_TWICE = ("xseries.late_commit_720s", "store.cloned")
ELSEWHERE = "SHOPIFY"  # the source of what another connector has sold
MAKES_CUSTOMERS = "customers"  # the workload
MAY_ASK_TWICE = ("store.cloned",)  # two machines may ask for the same shipment; the ERP lets one of them
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
    "completed_twice",
    "handed_over_too_much",
    "handed_over_unasked",
    "hand_overs_untold",
    "customers_twice",
    "of_another_customer",
    "taken_back_twice",
    "not_taken_back",
    "corrected_twice",
    "levels_wrong",
    "second_run_writes",
    "not_at_rest",
    "broken",
)
# What is counted to show that it was lived at all, so that the zeros above say something.
LIVED = ("partial_completions", "hand_overs_told", "adopted", "customers_made", "returns_made")


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
    back_in_erp, back_in_retail = returns_in_erp(life["erp"]), returns_in_xseries(life["xseries"])
    orders = [order for order in orders_of_tryton(life["erp"]) if order.id not in back_in_erp]
    sales = [sale for sale in sales_of_sandbox(life["xseries"]) if sale.id not in back_in_retail]
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
        "completed_twice": 0 if life["fault"] in MAY_ASK_TWICE else len(completed_twice(life["erp"])),
        **hand_over_counts(life, live, sales, outlet_of),
        **customer_counts(life, live),
        **return_counts(life, orders, sales, told),
        "corrected_twice": corrected_twice(life),
        "levels_wrong": len(levels_wrong(life)),
        "second_run_writes": len(life["second_run_writes"]),
        "not_at_rest": int(not life["at_rest"]),
        "broken": len(life["broken"]),
    }
    return Verdict(counts, Counter(told[order.id].reason for order in orders if is_held(order, told)))


def what_was_lived(life: Row) -> dict[str, int]:
    """How often a sale open in part had its part shipped in the ERP, what was shipped there told in X-Series, ..."""
    orders, sales = orders_of_tryton(life["erp"]), sales_of_sandbox(life["xseries"])
    outlet_of = life["outlet_of_location"]
    by_clerks = {row["order"] for row in life.get("handed_over_by_people", ()) if row["side"] == "erp"}
    of_order = sales_by_order([order for order in orders if order.id in by_clerks], sales)
    given = [sale for its in of_order.values() for sale in its if any(line.handed_over for line in sale.lines)]
    adopted = [sale for sale in sales if sale.source == ELSEWHERE and sale.state == CLOSED]
    made = life.get("workload") == MAKES_CUSTOMERS
    return {
        "partial_completions": partial_completions(orders, sales, outlet_of),
        "hand_overs_told": len(given),
        "adopted": len(adopted),
        "customers_made": len(life["xseries"]["customers"]) if made else 0,
        "returns_made": len(returns_in_xseries(life["xseries"])),
    }


def hand_over_counts(
    life: Row, live: Sequence[Order], sales: Sequence[Sale], outlet_of: Mapping[str, str]
) -> dict[str, int]:
    """What is wrong about goods that left, of orders that no person is asked about.

    A witness who says neither what the fulfilments are nor what people handed over is not asked.
    """
    untold = not_told(live, sales, outlet_of, dialect=life["dialect"]) if "fulfillments" in life["xseries"] else []
    people = life.get("handed_over_by_people")
    return {
        "handed_over_too_much": len(too_much_of_lines(life["erp"], sales)),
        "handed_over_unasked": 0 if people is None else len(unasked(live, sales, people, outlet_of)),
        "hand_overs_untold": len(untold),
    }


def customer_counts(life: Row, live: Sequence[Order]) -> dict[str, int]:
    """What is wrong about customers, where syncd is told to make them."""
    makes_them = life.get("workload") == MAKES_CUSTOMERS
    return {
        "customers_twice": len(customers_twice(life["erp"], life["xseries"])) if makes_them else 0,
        "of_another_customer": len(of_another(live, life["erp"], life["xseries"])) if makes_them else 0,
    }


def return_counts(life: Row, orders: Sequence[Order], sales: Sequence[Sale], told: Told) -> dict[str, int]:
    """What is wrong about goods that came back."""
    asked = {back for back in returns_in_erp(life["erp"]) if back in told and told[back].has_open_hold}
    too_much, too_little = taken_back_otherwise(life, orders, sales, asked)
    return {"taken_back_twice": len(too_much), "not_taken_back": len(too_little)}


def corrected_twice(life: Row) -> int:
    """Changes of levels that were booked beyond one for each time that people moved the level.

    A difference that two corrections meet is seen here even where a third has put it right.
    """
    said = life.get("corrections")
    if said is None:
        return 0
    moved = {(row["outlet"], row["sku"]): int(row["times"]) for row in said["moves"]}
    booked = Counter((row["outlet"], row["sku"]) for row in said["booked"])
    return sum(max(0, count - moved.get(level, 0)) for level, count in booked.items())


def levels_wrong(life: Row) -> list[tuple[str, str]]:
    """Levels that do not end as the ERP has them."""
    said = life.get("corrections")
    if said is None:
        return []
    expected = Decimal(said["expected"])
    return [(row["outlet"], row["sku"]) for row in said["levels"] if Decimal(row["level"]) != expected]


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
        order = by_number.get(number or "")
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
    ordered: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for line in erp["lines"]:
        if line["product."]:
            ordered[line["sale"], line["product."]["code"]] += Decimal(line["quantity"])
    left: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for move in erp["moves"]:
        if move["state"] == "done":
            left[move["sale"], move["product."]["code"]] += Decimal(move["quantity"])
    too_much = [key for key, quantity in left.items() if quantity > ordered[key]]
    return too_much + [(0, sku) for sku in _shelves_that_differ(erp, left)] if "on_hand" in erp else too_much


def _shelves_that_differ(erp: Row, left: Mapping[tuple[int, str], Decimal]) -> list[str]:
    gone: dict[str, Decimal] = defaultdict(Decimal)
    for (_, sku), quantity in left.items():
        gone[sku] += quantity
    missing: dict[str, Decimal] = defaultdict(Decimal)
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
