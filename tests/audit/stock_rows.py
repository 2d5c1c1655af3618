"""The judge of a stock report at one moment: what both sides' documents say of a product, beside what syncd says of it.

It knows neither how syncd counts nor what it has read: only the orders, the sales and the till sales that are there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.audit.facts import CLOSED, PENDING, Order, Sale
from tests.audit.order_numbers import sales_by_order
from tests.audit.simulation_files import Month, Place, month_of

NONE = Decimal(0)
RESERVING = ("confirmed", "processing")  # states in which an order of the ERP holds its goods back
IGNORED = "ignored"


@dataclass(slots=True)
class Truth:
    """How many units of a product at an outlet are where."""

    waiting: Decimal = NONE  # sold, and on no side handed over
    collected: Decimal = NONE  # handed over in X-Series only
    shipped: Decimal = NONE  # left the ERP only
    reserved: Decimal = NONE  # by orders that are to become sales here
    left_out: Decimal = NONE  # reserved by others
    unbooked: Decimal = NONE  # sold at the till, less returned, and the ERP has not counted it


def wrong_rows(words: Mapping[str, Any], *, compares_available: bool) -> Iterator[str]:
    """What is wrong with the report, in words. `words` are those of the files, and `till`."""
    month, rows = month_of(words), {(row["outlet"], row["sku"]): row for row in words["stock_report"]}
    of_order = sales_by_order(month.orders, month.sales)
    for place in sorted(month.on_hand.keys() & month.levels.keys()):
        truth = _truth(place, month, of_order, words["till"])
        level, on_hand = month.levels[place], month.on_hand[place]
        if level != on_hand - truth.waiting - truth.collected - truth.unbooked:
            yield f"{place}: the world itself does not come out: {level}, {on_hand}, {truth}"
        row = rows.get(place)
        if row is not None:
            yield from _wrong_row(place, row, truth, words["till"], compares_available=compares_available)
            continue
        start = on_hand - (truth.reserved + truth.left_out if compares_available else NONE)
        if level != start:
            yield f"{place}: {level} and {start} differ, and no row says why"


def _wrong_row(
    place: Place, row: Mapping[str, Any], truth: Truth, till: Sequence[Mapping[str, Any]], *, compares_available: bool
) -> Iterator[str]:
    units = {term: Decimal(quantity) for term, quantity in row["units"].items()}

    def said(terms: str) -> Decimal:
        return sum((units.get(term, NONE) for term in terms), NONE)

    for terms, true in (
        ("SV", truth.waiting),
        ("CG", truth.collected),
        ("E", truth.shipped),
        ("OSC", truth.reserved),
    ):
        if said(terms) != true:
            yield f"{place}: {'+'.join(terms)} is said to be {said(terms)} and is {true}"
    here = [one for one in till if (one["outlet"], one["sku"]) == place]
    for term, sign in (("T", 1), ("R", -1)):
        sold = [sign * Decimal(one["quantity"]) for one in here if one["is_recent"]]
        true = sum((one for one in sold if one > 0), NONE)
        if said(term) != true:
            yield f"{place}: {term} is said to be {said(term)} and is {true}"
    # What others have reserved is the ERP's to hand out: that what is available lies lower by it is a true drift.
    if Decimal(row["unexplained"]) and not (compares_available and truth.left_out):
        yield f"{place}: {row['unexplained']} is said to be explained by nothing"


def _truth(
    place: Place, month: Month, of_order: Mapping[str, Sequence[Sale]], till: Sequence[Mapping[str, Any]]
) -> Truth:
    truth = Truth()
    for order in month.orders:
        _add(truth, place, order, of_order.get(order.id, ()), month)
    for one in till:
        if (one["outlet"], one["sku"]) == place and not one["is_booked"]:
            truth.unbooked += Decimal(one["quantity"])
    return truth


def _add(truth: Truth, place: Place, order: Order, sales: Sequence[Sale], month: Month) -> None:
    outlet, sku = place
    here = [line for line in order.lines if line.sku == sku and month.outlet_of.get(line.location) == outlet]
    shipped = sum((line.shipped for line in here), NONE)
    closed, pending = (_units(sales, outlet, sku, state) for state in (CLOSED, PENDING))
    done = min(closed, shipped)
    left = min(pending, shipped - done)
    truth.collected += closed - done
    truth.shipped += left
    truth.waiting += pending - left
    if order.state in RESERVING:
        open_ = sum((line.quantity - line.shipped for line in here), NONE)
        said = month.told.get(order.id)
        if said is not None and said.outcome == IGNORED:
            truth.left_out += open_
        else:
            truth.reserved += open_


def _units(sales: Sequence[Sale], outlet: str, sku: str, state: str) -> Decimal:
    here = [sale for sale in sales if sale.outlet == outlet and sale.state == state]
    return sum((line.quantity for sale in here for line in sale.lines if line.sku == sku), NONE)
