"""The Tryton adapter keeps the promises of the port, against a real Tryton 8.2."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from demo.tryton import person
from demo.tryton.server import RunningTryton
from syncd.domain.ids import LocationId, OrderId, ShipmentId
from syncd.erp.tryton import TrytonAccess, TrytonErp
from syncd.errors import Forbidden
from syncd.transport import Transport
from tests.contract.erp import ErpContract
from tests.contract.erp_world import CAP, HERE, MUG, THERE, ErpWorld, MachineClock, Wanted

CACHE = Path(__file__).parents[2] / "var" / "tryton"
TAX = "GST 10%"
SHIPMENT = "model.stock.shipment.out"

# One server for all: the tests of a group run one after another in one process.
pytestmark = pytest.mark.xdist_group("tryton")


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
            user,
            password or self.tryton.seed["logins"][user],
            page_size=page_size,
            delivery_field="comment" if pickup_field else None,
        )
        return TrytonErp(transport, access, clock)

    def place(
        self,
        lines: Wanted = ((MUG, 2, "10.0000"),),
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
            "lines": [["create", [self.line(*line) for line in lines]]],
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

    def note_on_a_line(self, order: OrderId) -> None:
        self.clerk.call("model.sale.line.write", self.lines_of(order)[:1], {"note": "wrap it"})

    def rename_customer(self, order: OrderId, name: str) -> None:
        self.admin.call("model.party.party.write", [self.sample["party"]], {"name": name})

    def amend(self, order: OrderId, quantity: int) -> None:
        person.amend_quantity(self.clerk, int(order), self.lines_of(order)[0], Decimal(quantity))

    def move(self, order: OrderId, location: LocationId) -> None:
        person.amend_warehouse(self.clerk, int(order), self.tryton.seed["warehouses"][location])

    def cancel(self, order: OrderId) -> None:
        person.cancel_order(self.clerk, int(order))

    def cancel_shipment_only(self, order: OrderId) -> None:
        self.clerk.call(f"{SHIPMENT}.cancel", [int(self.shipment(order).id)])

    def set_tracking(self, shipment: ShipmentId, number: str) -> None:
        self.clerk.call(f"{SHIPMENT}.write", [int(shipment)], {"reference": number})

    def tracking(self, shipment: ShipmentId) -> str:
        return self.find("stock.shipment.out", [["id", "=", int(shipment)]], ["reference"])[0]["reference"] or ""

    def take_first_step(self, shipment: ShipmentId) -> None:
        self.clerk.call(f"{SHIPMENT}.assign_try", [int(shipment)])

    def end_sessions(self) -> None:
        login = self.erp._session._login
        assert login is not None
        body = json.dumps({"id": 1, "method": "common.db.logout", "params": []}).encode()
        headers = {"Authorization": login.authorization, "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(f"{self.tryton.url}/erp/rpc/", body, headers)) as answer:
            assert answer.status == 200


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTryton]:
    with RunningTryton(CACHE, tmp_path_factory.mktemp("tryton")) as running:
        yield running


@pytest.fixture(scope="module")
def world(tryton: RunningTryton) -> Iterator[TrytonWorld]:
    world = TrytonWorld(tryton)
    yield world
    for transport in world.transports:
        transport.close()


class TestTryton(ErpContract):
    """Every promise, against the real one."""


def test_a_user_without_rights_is_forbidden_and_told_which_groups_to_ask_for(world: TrytonWorld) -> None:
    with pytest.raises(Forbidden) as told:
        world.connect(user="nobody").find_orders("WEB-1003")

    assert "Sales" in told.value.hint
    assert [finding.subject for finding in world.connect(user="nobody").check() if not finding.ok][:1] == [
        "erp sale.sale"
    ]


def test_a_database_that_is_not_there_is_told_as_such(world: TrytonWorld) -> None:
    with pytest.raises(Forbidden) as told:
        world.connect(database="nowhere").read_locations()

    assert "database" in told.value.hint


def test_all_orders_of_the_seed_are_understood(world: TrytonWorld) -> None:
    pages = list(world.erp.read_changed_orders(None))

    assert [order.problem for page in pages for order in page.unreadable] == []
    orders = {order.reference: order for page in pages for order in page.orders}
    for described in world.tryton.seed["orders"]:
        assert orders[described["reference"]].total == Decimal(described["total"])


def test_a_quantity_cancelled_in_part_leaves_the_rest_with_its_own_totals(world: TrytonWorld) -> None:
    order = world.place([(MUG, 5, "0.1250"), (CAP, 1, "9.9900")])
    shipment = world.shipment(order)
    person.ship_part(world.clerk, int(shipment.id), {MUG: Decimal(2), CAP: Decimal(1)})

    between = world.read(order)
    person.cancel_order(world.clerk, int(order))
    after = world.read(order)

    assert [f"{line.shipped} of {line.quantity}" for line in between.lines] == ["2 of 5", "1 of 1"]
    assert [f"{line.shipped} of {line.quantity} for {line.net}" for line in after.lines] == [
        "2 of 2 for 0.25",
        "1 of 1 for 9.99",
    ]
    assert [line.cancelled for line in after.lines] == [Decimal(3), Decimal(0)]
    assert (after.total_tax, after.total) == (Decimal("1.02"), Decimal("11.26"))
