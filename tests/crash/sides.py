"""The two sides that no death touches: a fake ERP and the X-Series sandbox, on real sockets and the shared clock."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from syncd.sandbox import RunningSandbox, evidence, fixtures, sales
from tests.crash.clock import SharedClock
from tests.fakes.tryton_server import FakeTryton

HERE, THERE = "DOWNTOWN", "AIRPORT"
OUTLET_OF = {HERE: "Downtown", THERE: "Airport"}
SKUS = ("SKU-00001", "SKU-00002", "SKU-00003")
NEW_SKU = "SKU-NEW"
ON_HAND = Decimal(1_000)
LATE_WAIT_S_MAX = 10.0
SALE_FIELDS = ("sales", "outlets")
MOVE_FIELDS = ("sale", "shipment", "state", "quantity", "product.code", "origin")


@dataclass(frozen=True, slots=True)
class Strike:
    """Something that goes wrong with a coming request to X-Series; the words are the sandbox's."""

    kind: str
    method: str | None
    path: str
    after: int = 0
    times: int = 1
    delay_s: float = 0.0
    status: int = 503


class Sides:
    """Both sides of one account, made new for each lifetime."""

    def __init__(self, clock: SharedClock) -> None:
        self.clock = clock
        self._sandbox = RunningSandbox(clock=clock.now)
        self._late_s = 0.0

    def __enter__(self) -> Self:
        self._sandbox.__enter__()
        self.emulator = self._sandbox.emulator
        self._new = self.emulator.snapshot()
        self.erp = FakeTryton(clock=self.clock.now)
        self.erp.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.erp.stop()
        self._sandbox.__exit__(kind, error, trace)

    @property
    def retail_url(self) -> str:
        return self._sandbox.url

    def begin(self) -> None:
        """Forget everything; ids of X-Series stay what they were, so that a prepared store fits."""
        self.erp.stop()
        self.emulator.restore(self._new)
        self._late_s = 0.0
        self.erp = FakeTryton(clock=self.clock.now)
        self.erp.start()
        self._former_numbers: dict[str, list[str]] = {}
        self._deleted: list[dict[str, Any]] = []
        for location in (HERE, THERE):
            for sku in (*SKUS, NEW_SKU):
                self.erp.set_stock(location, sku, ON_HAND)

    # -- what people do in the ERP that it does not tell afterwards

    def renumber(self, order: int, number: str) -> None:
        self._former_numbers.setdefault(str(order), []).append(self._number_of(order))
        self.erp.renumber(order, number)

    def delete(self, order: int) -> None:
        self._deleted.append({"id": str(order), "number": self._number_of(order)})
        self.erp.delete(order)

    def _number_of(self, order: int) -> str:
        with self.erp.lock:
            return str(self.erp.records.row("sale.sale", order)["number"])

    # -- what people do in X-Series

    def hand_over(self, number: str, outlet: str = "") -> None:
        """A shop completes the order's pending sale, if it has one yet."""
        with self.emulator.lock:
            world = self.emulator.world
            outlets = {row["id"]: row["name"] for row in world.outlets.values()}
            for sale in list(world.sales.values()):
                mine = (sale.invoice_number or "").startswith(number) and sale.state == "pending"
                if mine and outlet in ("", outlets.get(sale.fulfilment_outlet_id or sale.outlet_id or "")):
                    sales.complete(world, sale)
            self.emulator.spread_news()

    def add_product(self, sku: str) -> None:
        with self.emulator.lock:
            world = self.emulator.world
            price, product = Decimal(10), world.new_id()
            fixtures.add_product(world, sku, name=sku.title(), price=price, product_id=product, has_inventory=True)

    # -- what goes wrong

    def strike(self, *strikes: Strike) -> None:
        with self.emulator.lock:
            for one in strikes:
                self._late_s = max(self._late_s, one.delay_s)
                self.emulator.faults.add({name: getattr(one, name) for name in Strike.__slots__})

    def await_late(self) -> int:
        """Wait until every late request whose time has come is done; return how many are still to come."""
        give_up = time.monotonic() + LATE_WAIT_S_MAX
        while True:
            with self.emulator.lock:
                late = [one for one in self.emulator.log.entries if one.fault == "late_commit" and one.status is None]
                due = [one for one in late if one.at + timedelta(seconds=self._late_s) <= self.clock.now()]
            if not due:
                return len(late)
            assert time.monotonic() < give_up, "a late request never came"
            time.sleep(0.002)

    # -- what the sides say, raw

    def writes(self) -> list[dict[str, Any]]:
        """Every request that may have changed something, on either side, in the words of that side."""
        with self.emulator.lock:
            retail = [
                {"side": "xseries", "method": one.method, "path": one.path, "status": one.status, "fault": one.fault}
                for one in self.emulator.log.entries
                if one.write
            ]
        return retail + [{"side": "erp", "method": one.method, "ids": one.params[0]} for one in self.erp.writes]

    def requests(self) -> int:
        with self.emulator.lock:
            return len(self.emulator.log.entries)

    def state_of_retail(self) -> dict[str, Any]:
        with self.emulator.lock:
            state = evidence.state_of(self.emulator.world)
        return {name: state[name] for name in SALE_FIELDS}

    def state_of_erp(self) -> dict[str, Any]:
        with self.erp.lock:
            return {
                "sales": self._rows("sale.sale", ["number", "state", "sale_date", "total_amount", "shipment_state"]),
                "lines": self._rows("sale.line", ["sale", "product.code", "product.type", "quantity"]),
                "shipments": self._rows("stock.shipment.out", ["number", "state", "warehouse.code"]),
                "moves": [row for row in self._rows("stock.move", MOVE_FIELDS) if row["sale"] is not None],
                "on_hand": [
                    {"warehouse": self._code("stock.location", place), "sku": self._code("product.product", product)}
                    | {"on_hand": quantity}
                    for (place, product), quantity in self.erp.records.on_hand.items()
                ],
                "on_hand_at_first": ON_HAND,
                "former_numbers": self._former_numbers,
                "deleted": self._deleted,
            }

    def _rows(self, model: str, fields: Sequence[str]) -> list[dict[str, Any]]:
        records = self.erp.records
        return [records.read(model, row, list(fields), {}) for row in records.rows(model)]

    def _code(self, model: str, number: int) -> str:
        return str(self.erp.records.row(model, number)["code"])
