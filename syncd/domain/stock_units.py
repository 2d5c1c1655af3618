"""How far the units of an order's sales have come on either side: what the order-born terms of stock are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncd.domain.identity import Part, read_source_id
from syncd.domain.ids import LocationId, OrderLineId, OutletId, ProductId, SaleId, SaleLineId, Sku
from syncd.domain.money import ZERO
from syncd.domain.orders import LineKind, Order, OrderLine
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
    for one in sorted(sales, key=lambda one: one.sale.id):
        if one.sale.state in (SaleState.PENDING, SaleState.CLOSED):
            link = links.get(one.identity.part, ())
            _add_sale(units, one, order, link, gone.get(one.sale.id, {}), where)
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


def _add_sale(
    units: Units,
    one: SeenSale,
    order: Order | None,
    link: Sequence[tuple[OrderLineId, SaleLineId, Decimal]],
    gone: Mapping[SaleLineId, Decimal],
    where: StockMap,
) -> None:
    part = one.identity.part
    location = where.location_of.get(part.outlet)
    line_of = {sale_line: line for line, sale_line, _ in link}
    # A sale on account lowers the level whatever other open sales do, as a closed one does (FACTS 12).
    has_left = one.sale.state is SaleState.CLOSED or one.sale.is_on_account
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
            order_line = next((id_ for id_ in free if sale_line.product in where.products_of(free[id_].sku)), None)
            free = {id_: line for id_, line in free.items() if id_ != order_line}
        of_line = _of_line(
            sale_line.quantity,
            sale_line.quantity if has_left else gone.get(sale_line.id, ZERO),
            goods.get(order_line) if order_line is not None else None,
        )
        for term, quantity in of_line.items():
            units[part.outlet, sale_line.product][term] += quantity


def _of_line(sold: Decimal, handed_over: Decimal, line: OrderLine | None) -> dict[Term, Decimal]:
    shipped = line.shipped if line else ZERO
    open_in_erp = line.quantity - line.shipped if line else ZERO
    return units_of_sale_line(sold=sold, handed_over=handed_over, shipped=shipped, open_in_erp=open_in_erp)
