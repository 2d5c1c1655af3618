"""Small evidence, valid by default: a test spells out only its point."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tests.audit.facts import CLOSED, PENDING, Order, OrderLine, Sale, SaleLine, Shipment
from tests.audit.lost import Scope

START = date(2026, 11, 1)
SCOPE = Scope(START)
OUTLET_OF = {"DOWNTOWN": "Downtown", "AIRPORT": "Airport"}
MUG = "MUG-BLUE"


def an_order(number: str | None = "7", **fields: Any) -> Order:
    """One mug for 11.00, confirmed after the start and not yet shipped."""
    usual: dict[str, Any] = {
        "id": f"id-{number}",
        "number": number,
        "state": "processing",
        "total": Decimal("11.00"),
        "day": date(2026, 11, 2),
        "lines": (an_order_line(),),
        "shipments": (Shipment("DOWNTOWN", "waiting"),),
    }
    return Order(**(usual | fields))


def an_order_line(sku: str = MUG, quantity: str = "1", **fields: Any) -> OrderLine:
    return OrderLine(sku, Decimal(quantity), **fields)


def a_sale(invoice_number: str = "7", **fields: Any) -> Sale:
    """The same mug, to be collected at Downtown."""
    usual: dict[str, Any] = {
        "id": "sale-1",
        "invoice_number": invoice_number,
        "outlet": "Downtown",
        "method": "PICKUP",
        "state": PENDING,
        "total": Decimal("11.00"),
        "lines": (a_sale_line(),),
        "source": "syncd",
    }
    return Sale(**(usual | fields))


def a_sale_line(sku: str = MUG, quantity: str = "1", handed_over: str = "0") -> SaleLine:
    return SaleLine(sku, Decimal(quantity), Decimal(handed_over))


def a_till_sale(**fields: Any) -> Sale:
    usual = {"source": "USER", "method": None, "state": CLOSED}
    return a_sale("MD-1001-X", **(usual | fields))


def a_request(n: int, *, write: bool) -> Mapping[str, Any]:
    return {"n": n, "write": write}


def numbers(orders: Sequence[Order]) -> list[str | None]:
    return [order.number for order in orders]
