"""Every hand-over reaches the ERP; and no sale is left standing empty."""

from collections.abc import Mapping, Sequence

from tests.audit.facts import CLOSED, Order, Sale, standing
from tests.audit.order_numbers import sales_by_order


def completions(orders: Sequence[Order], sales: Sequence[Sale], outlet_of: Mapping[str, str]) -> int:
    """Shipments that are done in the ERP because the outlet of their location closed the order's sale."""
    of_order = sales_by_order(orders, sales)
    return sum(
        shipment.state == "done"
        and any(
            sale.state == CLOSED and sale.outlet == outlet_of.get(shipment.location)
            for sale in of_order.get(order.id, ())
        )
        for order in orders
        for shipment in order.shipments
    )


def empty_sales(sales: Sequence[Sale]) -> list[Sale]:
    """Standing sales without a line, whoever made them."""
    return [sale for sale in standing(sales) if not sale.lines]
