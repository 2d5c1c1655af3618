"""A shop whose ERP is a real Tryton, and the clerk who works in it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from demo.tryton import person
from demo.tryton.server import RunningTryton
from tests.acceptance.shop import SaleSeen, Shop
from tests.stores import FileStores, ServerStores

CACHE = Path(__file__).parents[2] / "var" / "tryton"


class Placed(NamedTuple):
    """An order in the ERP."""

    id: int
    number: str


class TrytonShop(Shop):
    """An X-Series and a store of its own; the ERP may be shared, and has the orders of its seed."""

    def __init__(
        self,
        folder: Path,
        *,
        tryton: RunningTryton,
        retail_url: str,
        api: str,
        stores: FileStores | ServerStores | None = None,
    ) -> None:
        password = tryton.seed["logins"]["sync"]
        super().__init__(
            folder, erp_url=tryton.url, erp_password=password, retail_url=retail_url, api=api, stores=stores
        )
        self.configure({"orders.start": f"{tryton.seed['start']}T00:00:00+00:00", "erp.deadline": "30s"})
        self.tryton = tryton
        self.clerk = tryton.log_in("clerk")

    # -- what people do in the ERP

    def order(self, reference: str, *, like: str) -> Placed:
        """Order the same as a seeded order once more."""
        quoted = self.quotation(reference, like=like)
        person.confirm(self.clerk, quoted.id)
        return quoted

    def quotation(self, reference: str, *, like: str) -> Placed:
        """The same, before the customer says yes; it has its number already."""
        (model,) = [order["id"] for order in self.tryton.seed["orders"] if order["reference"] == like]
        made = person.quote(self.clerk, model, reference)
        return Placed(made, str(self.erp_row(made, "number")["number"]))

    def amend(self, order: Placed, line: int, **changes: Any) -> None:
        """Amend a line, by its place in the order."""
        person.amend_line(self.clerk, order.id, self.lines(order)[line]["id"], **changes)

    def move(self, order: Placed, location: str) -> None:
        person.amend_warehouse(self.clerk, order.id, self.tryton.seed["warehouses"][location])

    def ship_from(self, order: Placed, line: int, location: str) -> int:
        """Let one line leave from another warehouse; return its shipment."""
        warehouse = self.tryton.seed["warehouses"][location]
        return person.ship_line_from(self.clerk, order.id, self.lines(order)[line]["id"], warehouse)

    def new_address(self, order: Placed, street: str) -> int:
        """Another address of its customer, in the same town."""
        there = self.address_of(order)
        same = {name: there[name] for name in ("party", "city", "postal_code", "country")}
        admin = self.tryton.log_in("admin")
        (made,) = admin.call("model.party.address.create", [same | {"street_unstructured": street}])
        return int(made)

    # -- what the ERP says

    def erp_row(self, order: int, *fields: str) -> dict[str, Any]:
        (row,) = self.clerk.call("model.sale.sale.read", [order], list(fields))
        return dict(row)

    def address_of(self, order: Placed) -> dict[str, Any]:
        """Where it goes."""
        address = self.erp_row(order.id, "shipment_address")["shipment_address"]
        fields = ["party", "street", "city", "postal_code", "country"]
        (row,) = self.clerk.call("model.party.address.read", [address], fields)
        return dict(row)

    def lines(self, order: Placed) -> list[dict[str, Any]]:
        """In their order; goods and services."""
        fields = ["quantity", "unit_price", "product.code", "product.type", "moves"]
        lines: list[dict[str, Any]] = self.clerk.call(
            "model.sale.line.search_read", [["sale", "=", order.id]], 0, None, [["id", "ASC"]], fields
        )
        return lines

    def goods(self, order: Placed) -> list[dict[str, Any]]:
        return [line for line in self.lines(order) if line["product."]["type"] == "goods"]

    def shipments(self, order: Placed) -> list[dict[str, Any]]:
        wanted = self.erp_row(order.id, "shipments")["shipments"]
        shipments: list[dict[str, Any]] = self.clerk.call(
            "model.stock.shipment.out.read", wanted, ["state", "write_date"]
        )
        return shipments

    def as_the_erp_says(self, order: Placed, status: str, outlet: str = "Downtown") -> SaleSeen:
        """The sale that an order of one part asks for, by Tryton's own figures."""
        lines = {one["product."]["code"]: quantity_of(one) for one in self.goods(order) if one["quantity"]}
        if any(one["unit_price"] for one in self.lines(order) if one["product."]["type"] == "service"):
            lines["SHIPPING"] = Decimal(1)
        total = Decimal(str(self.erp_row(order.id, "total_amount")["total_amount"]))
        return SaleSeen(
            invoice=order.number,
            status=status,
            outlet=outlet,
            lines=lines,
            total=total,
            paid=total,
        )

    # -- what X-Series and syncd say

    def sales(self, number: str) -> list[SaleSeen]:
        """To the cent: the tax of one piece has more digits, and X-Series shows what they sum to."""
        return [sale._replace(total=sale.total.quantize(Decimal("0.01"))) for sale in super().sales(number)]

    def reasons(self, *orders: Placed) -> list[str]:
        """In which state it says that these orders are."""
        rows = {row["order"]: f"{row['outcome']}/{row['reason']}" for row in self.status()["orders"]["all"]}
        return [rows[str(order.id)] for order in orders]


def quantity_of(row: dict[str, Any]) -> Decimal:
    return Decimal(str(row["quantity"]))
