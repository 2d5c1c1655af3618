"""Compare the stock of both sides, and explain every difference by what is in flight. Reports; corrects nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from syncd.domain.ids import LocationId, OutletId, ProductId, Sku
from syncd.domain.journal import CreateSale, EntryState
from syncd.domain.money import ZERO
from syncd.domain.orders import LineKind, Order, OrderLine, OrderState
from syncd.domain.plan_orders import SeenSale
from syncd.domain.sales import SaleState
from syncd.domain.stock_terms import BookedBy, StockRow, StockTerms, Term, explain, seen_twice, units_of_sale_line
from syncd.domain.wares import skus_to_find
from syncd.jobs.apply import SALE_ACTIONS
from syncd.jobs.decide import settled_rules
from syncd.jobs.feed import read_feed
from syncd.jobs.given import Given, Run
from syncd.jobs.read_orders import read_changed
from syncd.store import catalogue, cursors, inbox, journal, levels, parts, seen
from syncd.store.codec import unscale
from syncd.store.database import Transaction

PRODUCTS_REREAD_MAX = 50  # more than these are read again by the feed alone

Key = tuple[OutletId, ProductId]
Units = dict[Key, dict[Term, Decimal]]


@dataclass(frozen=True, slots=True)
class StockReport:
    """Rows where the sides differ, largest unexplained first, and SKUs that only the ERP knows."""

    rows: tuple[StockRow, ...]
    unmatched: tuple[Sku, ...]
    terms: StockTerms

    @property
    def drifts(self) -> tuple[StockRow, ...]:
        return tuple(row for row in self.rows if row.unexplained)


def sync_stock(given: Given, run: Run) -> StockReport:
    """Read both sides, compare, read what nothing explains a second time, and keep the report."""
    outlets = _outlets(given)
    # The orders and sales in flight are read first: one that moves meanwhile is caught by the second reading.
    read_feed(given)
    read_changed(given, run)
    _read_erp(given, list(outlets))
    _read_retail(given)
    rows = _compare(given, outlets)
    suspects = [row for row in rows if row.unexplained]
    if suspects:
        _read_again(given, suspects)
        rows = _confirm(rows, _compare(given, outlets))
    with given.database.write() as tx:
        levels.keep_report(tx, given.account, rows, run=run.id)
        unmatched = levels.unmatched_skus(tx, given.account)
    report = StockReport(
        tuple(sorted(rows, key=lambda row: (-abs(row.unexplained), row.outlet_name, row.sku))),
        tuple(unmatched),
        given.settings.stock,
    )
    run.counts.update(rows_differing=len(report.rows), drifts=len(report.drifts), unmatched=len(unmatched))
    return report


def _outlets(given: Given) -> dict[LocationId, tuple[OutletId, str]]:
    rules = settled_rules(given)
    return {location: (route.outlet, route.outlet_name) for location, route in rules.routes.items()}


def _read_erp(given: Given, locations: list[LocationId]) -> None:
    """Read whole before anything is replaced: nothing is concluded from a partial reading."""
    pages = list(given.erp.read_levels(locations))
    with given.database.write() as tx:
        levels.replace_erp(tx, given.account, pages)


def _read_retail(given: Given) -> None:
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, given.account)
        after = cursors.version(tx, given.account, cursors.INVENTORY)
    for page in given.retail.read_levels(after=after):
        if not page:
            break
        newest = max(one.version for one in page)
        with given.database.write() as tx:
            levels.keep_retail(tx, given.account, page)
            cursors.move(tx, given.account, cursors.INVENTORY, str(newest), ticket=ticket, now=given.clock.now())


def _read_again(given: Given, suspects: Iterable[StockRow]) -> None:
    rows = list(suspects)
    read_feed(given)
    _read_retail(given)
    again = [
        level
        for page in given.erp.read_levels(sorted({row.location for row in rows}), sorted({row.sku for row in rows}))
        for level in page
    ]
    products = sorted({row.product for row in rows})
    there = given.retail.read_levels_of(products) if len(products) <= PRODUCTS_REREAD_MAX else []
    with given.database.write() as tx:
        levels.keep_erp(tx, given.account, again)
        levels.keep_retail(tx, given.account, there)


def _confirm(first: Iterable[StockRow], second: Iterable[StockRow]) -> list[StockRow]:
    """A drift counts as far as both readings show it."""
    before = {(row.outlet, row.sku): row.unexplained for row in first}
    confirmed = [
        replace(row, unexplained=seen_twice(before.get((row.outlet, row.sku), ZERO), row.unexplained)) for row in second
    ]
    return [row for row in confirmed if row.difference or row.unexplained]


def _compare(given: Given, outlets: Mapping[LocationId, tuple[OutletId, str]]) -> list[StockRow]:
    terms = given.settings.stock
    with given.database.read() as tx:
        units = units_in_flight(tx, given)
        uncertain = _uncertain(tx, given)
        pairs = {(pair.outlet, pair.product): pair for pair in levels.pairs_of(tx, given.account, outlets, list(units))}
        for pair in levels.differing(tx, given.account, outlets, terms.start):
            pairs[pair.outlet, pair.product] = pair
    rows = [explain(pair, terms, units.get(key, {}), uncertain.get(key, ZERO)) for key, pair in pairs.items()]
    return [row for row in rows if row.difference or row.unexplained]


def units_in_flight(tx: Transaction, given: Given) -> Units:
    """How many units of each product at each outlet are in each row of the table of terms."""
    units: Units = defaultdict(lambda: defaultdict(lambda: ZERO))
    rules = settled_rules(given)
    orders = {
        row.id: row.order.without_what_is_open() if row.gone else row.order
        for row in inbox.all_orders(tx, given.account)
        if row.order is not None
    }
    location_of = {route.outlet: location for location, route in rules.routes.items()}
    wanted = skus_to_find((line for order in orders.values() for line in order.lines), rules)
    shelf = catalogue.shelf(tx, given.account, wanted, rules.match)

    def products_of(line: OrderLine) -> set[ProductId]:
        return {product.id for product in shelf.find(rules.sku_in_retail(line.sku))}

    sold: set[tuple[str, OutletId]] = set()
    for state in (SaleState.PENDING, SaleState.CLOSED):
        for one in seen.in_state(tx, given.account, state):
            sold.add((one.identity.part.order, one.identity.part.outlet))
            location = location_of.get(one.identity.part.outlet)
            _add_sale(tx, given, units, one, orders.get(one.identity.part.order), location, products_of)
    for order in orders.values():
        if order.state in (OrderState.CONFIRMED, OrderState.PROCESSING):
            for line in order.goods:
                route = rules.routes.get(line.location) if line.location is not None else None
                found = products_of(line)
                if route is not None and len(found) == 1 and (order.id, route.outlet) not in sold:
                    units[route.outlet, next(iter(found))][Term.RESERVED] += line.quantity - line.shipped
    terms = given.settings.stock
    since = given.clock.now() - terms.booked_within if terms.booked_by is BookedBy.ERP else _LONG_AGO
    for movement in seen.till_movements(tx, given.account, since=since):
        units[movement.outlet, movement.product][Term.TILL] += unscale(movement.sold)
        units[movement.outlet, movement.product][Term.RETURNED] += unscale(movement.returned)
    return units


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def _add_sale(
    tx: Transaction,
    given: Given,
    units: Units,
    one: SeenSale,
    order: Order | None,
    location: LocationId | None,
    products_of: Callable[[OrderLine], set[ProductId]],
) -> None:
    part = one.identity.part
    # A sale on account always lowers the level, as a closed one does (FACTS 12).
    has_left = one.sale.state is SaleState.CLOSED or (
        one.sale.is_on_account and not given.settings.stock.open_sales_lower_level
    )
    line_of = {sale_line: line for line, sale_line, _ in parts.lines_of(tx, given.account, part)}
    lines = order.lines if order else ()
    fees = {line.id for line in lines if line.kind is LineKind.SERVICE}
    # A line served from two locations stands twice on the order: here counts what leaves from this one.
    goods = {line.id: line for line in lines if line.kind is LineKind.GOODS and line.location == location}
    free = {id_: line for id_, line in goods.items() if id_ not in set(line_of.values())}
    for sale_line in one.sale.lines:
        order_line = line_of.get(sale_line.id)
        if order_line in fees:
            continue
        if order_line is None:
            # Nobody knows what this sale was made of (an emptied store): the order's line of that product, if any.
            order_line = next((id_ for id_ in free if sale_line.product in products_of(free[id_])), None)
            free = {id_: line for id_, line in free.items() if id_ != order_line}
        line = goods.get(order_line) if order_line is not None else None
        of_line = units_of_sale_line(
            sold=sale_line.quantity,
            is_closed=has_left,
            shipped=line.shipped if line else ZERO,
            open_in_erp=line.quantity - line.shipped if line else ZERO,
        )
        for term, quantity in of_line.items():
            units[part.outlet, sale_line.product][term] += quantity


def _uncertain(tx: Transaction, given: Given) -> dict[Key, Decimal]:
    """Units of creates that may or may not have happened, and that the feed has not shown yet.

    Their orders are counted as reserved, like any that are not a sale yet.
    """
    found: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    for entry in journal.open_entries(tx, given.account, SALE_ACTIONS):
        if isinstance(entry.command, CreateSale) and entry.state is not EntryState.WAITING:
            draft = entry.command.draft
            if not any(sale.is_standing for sale in seen.by_source(tx, given.account, draft.source_id)):
                for line in draft.lines:
                    found[draft.outlet, line.product] += line.quantity
    return found
