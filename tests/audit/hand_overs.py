"""Every hand-over reaches the other side; and no sale is left standing empty."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from tests.audit.facts import BY_API, CLOSED, PENDING, Order, Sale, Shipment, standing
from tests.audit.order_numbers import sales_by_order

NONE = Decimal(0)
DONE, CANCELLED = "done", "cancelled"  # states of a shipment
Goods = Mapping[str, Decimal]


def completions(orders: Sequence[Order], sales: Sequence[Sale], outlet_of: Mapping[str, str]) -> int:
    """Shipments that are done in the ERP because the outlet of their location closed the order's sale."""
    return sum(
        shipment.state == DONE
        and any(sale.state == CLOSED and sale.closed_by != BY_API for sale in _of_outlet(shipment, of_order, outlet_of))
        for shipment, of_order in _shipments_with_sales(orders, sales)
    )


def shipments_pushed(
    orders: Sequence[Order], sales: Sequence[Sale], outlet_of: Mapping[str, str], *, user_of_syncd: int
) -> int:
    """Shipments that people at the ERP sent off, and whose sale was therefore closed by software, not by a shop."""
    return sum(
        shipment.state == DONE
        and shipment.user != user_of_syncd
        and any(sale.state == CLOSED and sale.closed_by == BY_API for sale in _of_outlet(shipment, of_order, outlet_of))
        for shipment, of_order in _shipments_with_sales(orders, sales)
    )


def partial_hand_overs(sales: Sequence[Sale]) -> list[Sale]:
    """Open sales of which a shop has handed over some."""
    return [sale for sale in sales if sale.state == PENDING and any(line.handed_over for line in sale.lines)]


def partial_completions(orders: Sequence[Order], sales: Sequence[Sale], outlet_of: Mapping[str, str]) -> int:
    """Sales handed over in part, of which the ERP has shipped exactly that and keeps exactly the rest open."""
    of_order = sales_by_order(orders, sales)
    return sum(
        _is_known_to_the_erp(order, sale, outlet_of)
        for order in orders
        for sale in partial_hand_overs(of_order.get(order.id, ()))
    )


def empty_sales(sales: Sequence[Sale]) -> list[Sale]:
    """Standing sales without a line, whoever made them."""
    return [sale for sale in standing(sales) if not sale.lines]


def _is_known_to_the_erp(order: Order, sale: Sale, outlet_of: Mapping[str, str]) -> bool:
    goods = {line.sku for line in order.lines if line.is_goods}
    lines = [line for line in sale.lines if line.sku in goods]
    here = [shipment for shipment in order.shipments if outlet_of.get(shipment.location) == sale.outlet]
    left = [shipment.goods for shipment in here if shipment.state == DONE]
    stays = [shipment.goods for shipment in here if shipment.state not in (DONE, CANCELLED)]
    return _sum(left) == _sum({line.sku: line.handed_over} for line in lines) and _sum(stays) == _sum(
        {line.sku: line.quantity - line.handed_over} for line in lines
    )


def _sum(several: Iterable[Goods]) -> Goods:
    found: dict[str, Decimal] = {}
    for goods in several:
        for sku, quantity in goods.items():
            found[sku] = found.get(sku, NONE) + quantity
    return {sku: quantity for sku, quantity in found.items() if quantity}


def _shipments_with_sales(
    orders: Sequence[Order], sales: Sequence[Sale]
) -> Iterable[tuple[Shipment, Collection[Sale]]]:
    of_order = sales_by_order(orders, sales)
    return ((shipment, of_order.get(order.id, ())) for order in orders for shipment in order.shipments)


def _of_outlet(shipment: Shipment, sales: Collection[Sale], outlet_of: Mapping[str, str]) -> Iterable[Sale]:
    """Those that the outlet of the shipment's location hands over."""
    return (sale for sale in sales if sale.outlet == outlet_of.get(shipment.location))
