"""Nobody twice: one customer of X-Series for each code of the ERP, and every sale names the customer of its order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.audit.facts import Order, standing
from tests.audit.order_numbers import sales_by_order
from tests.audit.raw import sales_of_sandbox

Row = Mapping[str, Any]


def customers_twice(erp: Row, xseries: Row) -> list[str]:
    """Codes of the ERP that more than one customer has who was not deleted."""
    known = {row["party."]["code"] for row in erp["sales"]}
    met = Counter(row["customer_code"] for row in xseries["customers"] if not row["deleted_at"])
    return sorted(code for code in known if met[code] > 1)


def of_another(orders: Sequence[Order], erp: Row, xseries: Row) -> list[str]:
    """Standing sales of these orders that name another customer than the order does, or none."""
    code_of_order = {str(row["id"]): row["party."]["code"] for row in erp["sales"]}
    code_of = {row["id"]: row["customer_code"] for row in xseries["customers"]}
    named = {row["id"]: code_of.get(row["customer_id"] or "") for row in xseries["sales"]}
    sales = sales_by_order(orders, standing(sales_of_sandbox(xseries)))
    return [
        sale.id for order in orders for sale in sales.get(order.id, ()) if named[sale.id] != code_of_order[order.id]
    ]
