"""How far the units of an order's sales have come on either side: what the order-born terms of stock are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncd.domain.identity import Part, read_source_id
from syncd.domain.ids import LocationId, OrderLineId, OutletId, ProductId, SaleId, SaleLineId, Sku
from syncd.domain.money import ZERO
from syncd.domain.orders import LineKind, Order
from syncd.domain.plan_orders import SeenSale
from syncd.domain.returns import SaleReturn
from syncd.domain.sales import SaleState
from syncd.domain.stock_terms import Term, units_of_sale_line

Units = dict[tuple[OutletId, ProductId], dict[Term, Decimal]]
HandedOver = Mapping[SaleId, Mapping[SaleLineId, Decimal]]  # of sales of which some was handed over
Links = Mapping[Part, Sequence[tuple[OrderLineId, SaleLineId, Decimal]]]
"""Which line of the order each line of the part's sale was made of, as last verified."""


@dataclass(frozen=True, slots=True)
class StockMap:
    """What is needed to find the goods of an order again: where an outlet's goods lie, what a SKU names."""

    location_of: Mapping[OutletId, LocationId]
    products_of: Callable[[Sku], set[ProductId]]


def units_of_order(
    order: Order | None,
    sales: Sequence[SeenSale],
    links: Links,
    gone: HandedOver,
    where: StockMap,
    *,
    returns: Sequence[SaleReturn] = (),
) -> Units:
    """The units of the standing sales of one order, each in exactly one row; nothing of what is done on both sides.

    `order` is None when the inbox has no such order, or none that can be understood. `gone` is of open sales, and
    `returns` are those that we have made for this order.
    """
    units: Units = defaultdict(lambda: defaultdict(lambda: ZERO))
    left_at: dict[LocationId | None, _Left] = {}
    for one in sorted(sales, key=lambda one: one.sale.id):
        if one.sale.state in (SaleState.PENDING, SaleState.CLOSED):
            link = links.get(one.identity.part, ())
            location = where.location_of.get(one.identity.part.outlet)
            left = left_at.setdefault(location, _left_of(order, location))
            _add_sale(units, one, order, link, gone.get(one.sale.id, {}), where, left)
    _add_returns(units, order, returns, where)
    return {key: dict(terms) for key, terms in units.items() if any(terms.values())}


def _add_returns(units: Units, order: Order | None, returns: Sequence[SaleReturn], where: StockMap) -> None:
    """What came back to the outlet for the order, until the ERP has received it itself."""
    received: dict[ProductId, Decimal] = defaultdict(lambda: ZERO)
    for line in order.goods if order else ():
        for product in where.products_of(line.sku):
            received[product] -= line.shipped
    for one in returns:
        said = read_source_id(one.source_id)
        if said is None or not one.moved_stock:
            continue
        for back in one.lines:
            done = min(-back.quantity, received[back.product])
            received[back.product] -= done
            units[said.part.outlet, back.product][Term.RETURNED] += -back.quantity - done


@dataclass(slots=True)
class _LineLeft:
    """What of a line of the order was not held against a line of a sale yet."""

    sku: Sku
    shipped: Decimal
    open_in_erp: Decimal


_Left = dict[OrderLineId, _LineLeft]


def _left_of(order: Order | None, location: LocationId | None) -> _Left:
    """A line served from two locations stands twice on the order: here counts what leaves from this one."""
    goods = [line for line in (order.lines if order else ()) if line.kind is LineKind.GOODS]
    here = [line for line in goods if line.location == location]
    return {line.id: _LineLeft(line.sku, line.shipped, line.quantity - line.shipped) for line in here}


def _add_sale(
    units: Units,
    one: SeenSale,
    order: Order | None,
    link: Sequence[tuple[OrderLineId, SaleLineId, Decimal]],
    gone: Mapping[SaleLineId, Decimal],
    where: StockMap,
    left: _Left,
) -> None:
    part = one.identity.part
    line_of = {sale_line: line for line, sale_line, _ in link}
    # A sale on account lowers the level whatever other open sales do, as a closed one does (FACTS 12).
    has_left = one.sale.state is SaleState.CLOSED or one.sale.is_on_account
    fees = {line.id for line in (order.lines if order else ()) if line.kind is LineKind.SERVICE}
    free = [line for id_, line in left.items() if id_ not in set(line_of.values())]
    for sale_line in one.sale.lines:
        order_line = line_of.get(sale_line.id)
        if order_line in fees:
            continue
        if order_line is None:
            # Nobody knows what this line was made of (an emptied store): the order's lines of that product, if any.
            of = [line for line in free if sale_line.product in where.products_of(line.sku)]
        else:
            of = [left[order_line]] if order_line in left else []
        sold = sale_line.quantity
        for term, quantity in _take(of, sold, sold if has_left else gone.get(sale_line.id, ZERO)).items():
            units[part.outlet, sale_line.product][term] += quantity


def _take(of: Sequence[_LineLeft], sold: Decimal, handed_over: Decimal) -> dict[Term, Decimal]:
    """The terms of one line of a sale, held against these lines of the order; what it took is not left to another."""
    shipped = sum((line.shipped for line in of), ZERO)
    open_in_erp = sum((line.open_in_erp for line in of), ZERO)
    terms = units_of_sale_line(sold=sold, handed_over=handed_over, shipped=shipped, open_in_erp=open_in_erp)
    from_shipped = max(min(sold, shipped), ZERO)
    from_open = max(min(terms[Term.OPEN_SALE] + terms[Term.COLLECTED], open_in_erp), ZERO)
    for line in of:
        took_shipped, took_open = min(line.shipped, from_shipped), min(line.open_in_erp, from_open)
        line.shipped, line.open_in_erp = line.shipped - took_shipped, line.open_in_erp - took_open
        from_shipped, from_open = from_shipped - took_shipped, from_open - took_open
    return terms
