"""The world of the contract as people work in it on a real Tryton 8.2, seen with a log-in or with a REST key."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo.tryton import person
from demo.tryton.server import RunningTryton
from syncd.domain.ids import LocationId, OrderId, ShipmentId, Sku
from syncd.erp.tryton import TrytonAccess, TrytonErp
from syncd.erp.tryton.rpc import Rpc
from syncd.transport import Transport
from tests.contract.erp_world import (
    CAP,
    EGG,
    GIFT_SET,
    HERE,
    MUG,
    OF_GIFT_SET,
    TAG_FIELDS,
    THERE,
    ErpWorld,
    MachineClock,
    Wanted,
)

CACHE = Path(__file__).parents[2] / "var" / "tryton"
TAX = "GST 10%"
SHIPMENT = "model.stock.shipment.out"


class TrytonWorld(ErpWorld):
    def __init__(self, tryton: RunningTryton) -> None:
        self.tryton = tryton
        self.transports: list[Transport] = []
        self.clerk = tryton.log_in("clerk")
        self.admin = tryton.log_in("admin")
        (self.tax,) = [row["id"] for row in self.find("account.tax", [["name", "=", TAX]], [])]
        self.sample = self.find(
            "sale.sale",
            [["state", "=", "processing"]],
            ["party", "currency", "invoice_address", "shipment_address", "payment_term", "company", "sale_date"],
        )[-1]
        (self.unit,) = [row["id"] for row in self.find("product.uom", [["name", "=", "Unit"]], [])]
        self.erp: TrytonErp = self.connect()

    def find(self, model: str, domain: list[Any], fields: list[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.admin.call(
            f"model.{model}.search_read", domain, 0, None, [["id", "ASC"]], fields
        )
        return rows

    def connect(
        self,
        *,
        password: str | None = None,
        read_only: bool = False,
        page_size: int = 200,
        pickup_field: bool = False,
        tag_fields: bool = False,
        user: str = "sync",
        database: str = "erp",
    ) -> TrytonErp:
        clock = MachineClock()
        transport = Transport(
            side="erp",
            base_url=self.tryton.url,
            clock=clock,
            deadline=timedelta(seconds=40),
            headers={},
            read_only=read_only,
        )
        self.transports.append(transport)
        access = TrytonAccess(
            database,
            **self.credential(user, password),
            page_size=page_size,
            delivery_field="comment" if pickup_field else None,
            tag_fields=TAG_FIELDS if tag_fields else (),
        )
        return TrytonErp(transport, access, clock)

    def credential(self, user: str, password: str | None) -> dict[str, str]:
        return {"user": user, "password": password or self.tryton.seed["logins"][user]}

    def place(
        self,
        lines: Wanted = ((MUG, 2, "10.0000"),),
        *,
        reference: str = "",
        location: LocationId = HERE,
        confirmed: bool = True,
    ) -> OrderId:
        made = [self.line(*line) for line in lines]
        return self.place_lines(made, reference=reference, location=location, confirmed=confirmed)

    def place_lines(
        self,
        lines: list[dict[str, Any]],
        *,
        reference: str = "",
        location: LocationId = HERE,
        confirmed: bool = True,
    ) -> OrderId:
        sale = {name: value for name, value in self.sample.items() if name != "id"} | {
            "reference": reference or None,
            "comment": "CLICK-COLLECT",
            "warehouse": self.tryton.seed["warehouses"][location],
            "invoice_method": "order",
            "shipment_method": "order",
            "lines": [["create", lines]],
        }
        (made,) = self.clerk.call("model.sale.sale.create", [sale])
        if confirmed:
            person.confirm(self.clerk, made)
        return OrderId(str(made))

    def line(self, sku: str, quantity: int, price: str) -> dict[str, Any]:
        return {
            "product": self.tryton.seed["products"][sku],
            "quantity": quantity,
            "unit": self.unit,
            "unit_price": Decimal(price),
            "taxes": [["add", [self.tax]]],
        }

    def lines_of(self, order: OrderId) -> list[int]:
        return [row["id"] for row in self.find("sale.line", [["sale", "=", int(order)]], [])]

    def place_over_two(self) -> OrderId:
        order = self.place([(MUG, 2, "10.0000"), (CAP, 3, "3.3333")])
        warehouse = self.tryton.seed["warehouses"][THERE]
        person.ship_line_from(self.clerk, int(order), self.lines_of(order)[1], warehouse)
        return order

    def place_dozens(self, dozens: int, price: str) -> OrderId:
        row = {"name": "Dozen", "symbol": "dz", "factor": 12.0, "rate": 0.083333333333, "rounding": 1.0, "digits": 0}
        (unit,) = self.find("product.uom", [["id", "=", self.unit]], ["category"])
        found = self.find("product.uom", [["name", "=", "Dozen"]], [])
        made = [one["id"] for one in found] or self.admin.call(
            "model.product.uom.create", [row | {"category": unit["category"]}]
        )
        return self.place_lines([self.line(EGG, dozens, price) | {"unit": made[0]}])

    def place_kits(self, kits: int, price: str) -> OrderId:
        gift_set = self.line(MUG, kits, price) | {"product": self.gift_set()}
        return self.place_lines([gift_set, self.line(MUG, 1, "5.0000")])

    def gift_set(self) -> int:
        """A product of the module product_kit, made when it is asked for first."""
        if found := self.find("product.product", [["code", "=", GIFT_SET]], []):
            return int(found[0]["id"])
        products = self.tryton.seed["products"]
        like = ["account_category", "default_uom"]
        (mug,) = self.find("product.template", [["products", "=", products[MUG]]], like)
        components = [
            {"product": products[sku], "quantity": float(many), "unit": self.unit} for sku, many in OF_GIFT_SET.items()
        ]
        template = {name: mug[name] for name in like} | {
            "name": "Gift set",
            "code": GIFT_SET,
            "type": "kit",
            "cost_price_method": "fixed",
            "salable": True,
            "sale_uom": self.unit,
            "list_price": Decimal("30.0000"),
            "components": [["create", components]],
            "products": [["create", [{}]]],
        }
        made = self.admin.call("model.product.template.create", [template])
        (product,) = self.find("product.product", [["template", "in", made]], [])
        return int(product["id"])

    def note_on_a_line(self, order: OrderId) -> None:
        self.clerk.call("model.sale.line.write", self.lines_of(order)[:1], {"note": "wrap it"})

    def rename_customer(self, order: OrderId, name: str) -> None:
        self.admin.call("model.party.party.write", [self.sample["party"]], {"name": name})

    def tag_customer(self, order: OrderId, *words: str) -> None:
        categories = self.admin.call("model.party.category.create", [{"name": word} for word in words])
        there = self.find("party.party", [["id", "=", self.sample["party"]]], ["categories"])[0]["categories"]
        changes = [["remove", there], ["add", categories]]
        self.admin.call("model.party.party.write", [self.sample["party"]], {"categories": changes})

    def amend(self, order: OrderId, quantity: int) -> None:
        person.amend_quantity(self.clerk, int(order), self.lines_of(order)[0], Decimal(quantity))

    def move(self, order: OrderId, location: LocationId) -> None:
        person.amend_warehouse(self.clerk, int(order), self.tryton.seed["warehouses"][location])

    def cancel(self, order: OrderId) -> None:
        person.cancel_order(self.clerk, int(order))

    def cancel_shipment_only(self, order: OrderId) -> None:
        self.clerk.call(f"{SHIPMENT}.cancel", [int(self.shipment(order).id)])

    def take_back(self, order: OrderId, sku: Sku, quantity: int) -> OrderId:
        return OrderId(str(person.return_order(self.clerk, int(order), {sku: Decimal(quantity)})))

    def receive_return(self, order: OrderId) -> None:
        person.receive_return(self.clerk, int(order))

    def delete_quote(self, order: OrderId) -> None:
        self.clerk.call("model.sale.sale.cancel", [int(order)])
        self.clerk.call("model.sale.sale.delete", [int(order)])

    def rename_place(self, location: LocationId, name: str) -> None:
        self.admin.call("model.stock.location.write", [self.tryton.seed["warehouses"][location]], {"name": name})

    def count(self, location: LocationId, sku: Sku, quantity: int) -> None:
        warehouse = self.tryton.seed["warehouses"][location]
        (place,) = self.find("stock.location", [["id", "=", warehouse]], ["storage_location", "lost_found_location"])
        line = {"product": self.tryton.seed["products"][sku], "quantity": quantity}
        inventory = {
            "location": place["storage_location"],
            "date": datetime.now(UTC).date(),
            "empty_quantity": "keep",
            "lines": [["create", [line]]],
        }
        made = self.admin.call("model.stock.inventory.create", [inventory])
        self.admin.call("model.stock.inventory.confirm", made)

    def set_zone(self, zone: str) -> None:
        self.admin.call("model.company.company.write", [self.sample["company"]], {"timezone": zone or None})

    def set_tracking(self, shipment: ShipmentId, number: str) -> None:
        self.clerk.call(f"{SHIPMENT}.write", [int(shipment)], {"reference": number})

    def tracking(self, shipment: ShipmentId) -> str:
        return self.find("stock.shipment.out", [["id", "=", int(shipment)]], ["reference"])[0]["reference"] or ""

    def take_first_step(self, shipment: ShipmentId) -> None:
        self.clerk.call(f"{SHIPMENT}.assign_try", [int(shipment)])

    def plan_for(self, order: OrderId, day: date) -> None:
        """The day on which it is to leave; Tryton does not move it when it has passed."""
        shipment = int(self.shipment(order).id)
        self.clerk.call(f"{SHIPMENT}.draft", [shipment])
        self.clerk.call(f"{SHIPMENT}.write", [shipment], {"planned_date": day})
        self.clerk.call(f"{SHIPMENT}.wait", [shipment])

    def forecast(self, location: LocationId, sku: str, day: date) -> Decimal:
        """What Tryton expects to have left at the end of the day."""
        where = {"locations": [self.tryton.seed["warehouses"][location]], "stock_date_end": day, "forecast": True}
        product = self.tryton.seed["products"][sku]
        (row,) = self.clerk.call("model.product.product.read", [product], ["forecast_quantity"], context=where)
        return Decimal(str(row["forecast_quantity"]))

    def pick(self, shipment: ShipmentId) -> None:
        self.clerk.call(f"{SHIPMENT}.pick", [int(shipment)])

    def end_sessions(self) -> None:
        wire = self.erp._session._wire
        assert isinstance(wire, Rpc)
        login = wire._login
        assert login is not None
        body = json.dumps({"id": 1, "method": "common.db.logout", "params": []}).encode()
        headers = {"Authorization": login.authorization, "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(f"{self.tryton.url}/erp/rpc/", body, headers)) as answer:
            assert answer.status == 200


class RestWorld(TrytonWorld):
    """The same, seen by an adapter that holds a REST key."""

    secret_word = "rest_key"

    def credential(self, user: str, password: str | None) -> dict[str, str]:
        return {"rest_key": password or (self.tryton.seed["rest_key"] if user == "sync" else self.make_key(user)[1])}

    def make_key(self, user: str) -> tuple[int, str]:
        (owner,) = self.find("res.user", [["login", "=", user]], [])
        made = self.admin.call("model.res.user.application.create", [{"user": owner["id"], "application": "rest"}])
        (key,) = self.find("res.user.application", [["id", "in", made]], ["key"])
        return key["id"], key["key"]

    def end_sessions(self) -> None:
        """There are none: a key holds until it is cancelled."""
