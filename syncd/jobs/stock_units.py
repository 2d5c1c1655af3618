"""Keep up to date how far the units of every order have come; only orders of which something changed are looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from syncd.domain.ids import OrderId, ProductId, Sku
from syncd.domain.journal import CreateSale, EntryState
from syncd.domain.part_story import fulfilled_lines
from syncd.domain.plan_orders import SeenSale
from syncd.domain.rules import OrderRules
from syncd.domain.stock_units import StockMap, Units, units_of_order
from syncd.jobs.apply import SALE_ACTIONS
from syncd.jobs.given import Given
from syncd.store import catalogue, hand_overs, journal, returns, seen, units
from syncd.store.codec import digest
from syncd.store.database import Transaction
from syncd.store.units import Stale, Uncertain

ORDERS_AT_ONCE = 500


def refresh_units(given: Given, rules: OrderRules) -> int:
    """Tell anew the units of orders that changed since they were told; return how many that were."""
    with given.database.read() as tx:
        stale = units.stale(tx, given.account, rules=_mark_of(rules))
    for start in range(0, len(stale), ORDERS_AT_ONCE):
        some = stale[start : start + ORDERS_AT_ONCE]
        with given.database.read() as tx:
            told = _told(tx, given, rules, some)
        with given.database.write() as tx:
            units.keep(tx, given.account, told)
    return len(stale)


def _mark_of(rules: OrderRules) -> str:
    """What of the config decides where goods lie and what they are called."""
    routes = sorted((location, route.outlet) for location, route in rules.routes.items())
    return digest([routes, rules.match, sorted(rules.aliases.items())])[:16]


def _told(tx: Transaction, given: Given, rules: OrderRules, stale: Sequence[Stale]) -> dict[Stale, Units]:
    ids = [one.order for one in stale]
    orders = units.orders_of(tx, given.account, ids)
    sales: dict[OrderId, list[SeenSale]] = defaultdict(list)
    for one in seen.of_orders(tx, given.account, ids):
        sales[one.identity.part.order].append(one)
    links = units.links_of(tx, given.account, ids)
    skus = {rules.sku_in_retail(line.sku) for order in orders.values() for line in order.goods}
    shelf = catalogue.shelf(tx, given.account, skus, rules.match)

    def products_of(sku: Sku) -> set[ProductId]:
        return {product.id for product in shelf.find(rules.sku_in_retail(sku))}

    begun = hand_overs.begun(tx, given.account, ids)
    gone = {sale: fulfilled_lines(found) for sale, found in begun.items()}
    where = StockMap({route.outlet: location for location, route in rules.routes.items()}, products_of)
    back = returns.made_for(tx, given.account, ids)
    return {
        one: units_of_order(
            orders.get(one.order), sales[one.order], links, gone, where, returns=back.get(one.order, ())
        )
        for one in stale
    }


def uncertain_units(tx: Transaction, given: Given) -> list[Uncertain]:
    """Units of creates that may or may not have happened, and that the feed has not shown yet.

    Their orders are counted as reserved, like any that are not a sale yet.
    """
    found: list[Uncertain] = []
    for entry in journal.open_entries(tx, given.account, SALE_ACTIONS):
        if isinstance(entry.command, CreateSale) and entry.state is not EntryState.WAITING:
            draft = entry.command.draft
            if not any(sale.is_standing for sale in seen.by_source(tx, given.account, draft.source_id)):
                found += [Uncertain(draft.outlet, line.product, entry.order, line.quantity) for line in draft.lines]
    return found
