"""The two sides that no death touches: a fake ERP and the X-Series sandbox, on real sockets and the shared clock."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from syncd.sandbox import RunningSandbox, evidence, fixtures, fulfilments, sales
from syncd.sandbox.records import Line, Sale, SaleDraft
from tests.crash.clock import SharedClock
from tests.fakes.tryton_server import FakeTryton

HERE, THERE = "DOWNTOWN", "AIRPORT"
OUTLET_OF = {HERE: "Downtown", THERE: "Airport"}
SKUS = ("SKU-00001", "SKU-00002", "SKU-00003")
NEW_SKU = "SKU-NEW"
ON_HAND = Decimal(1_000)
LATE_WAIT_S_MAX = 10.0
SALE_FIELDS = ("sales", "outlets", "fulfillments", "customers")
Goods = Mapping[str, Decimal]  # by SKU
ORDER_FIELDS = ("number", "state", "sale_date", "total_amount", "shipment_state", "origin", "party.code")
MOVE_FIELDS = ("sale", "shipment", "state", "quantity", "product.code", "origin")


@dataclass(frozen=True, slots=True)
class Strike:
    """Something that goes wrong with a coming request to X-Series; the words are the sandbox's."""

    kind: str
    method: str | None  # any, where none is named
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
        self.handed_over_by_people: list[dict[str, Any]] = []
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

    def ship_some(self, order: int, *quantities: int) -> None:
        """A clerk ships so much of each line, if the one open shipment of it waits and has as much."""
        erp = self.erp
        with erp.lock:
            waiting = [one for one in erp.shipments(order) if self._is_open(one)]
            if len(waiting) != 1 or erp.records.row("stock.shipment.out", waiting[0])["state"] != "waiting":
                return
            before = self._left(order)
            erp.ship_some(order, *quantities)
            self._note_people("erp", order, before, self._left(order))

    def _is_open(self, shipment: int) -> bool:
        return self.erp.records.row("stock.shipment.out", shipment)["state"] not in ("done", "cancelled")

    def _left(self, order: int) -> Goods:
        """How much of each product has left the ERP."""
        return _in_all(
            (row["product."]["code"], row["quantity"])
            for row in self._rows("stock.move", MOVE_FIELDS)
            if row["sale"] == order and row["state"] == "done" and row["shipment"].startswith("stock.shipment.out,")
        )

    def _note_people(self, side: str, order: int | str, before: Goods, after: Goods) -> None:
        self.handed_over_by_people += [
            {"side": side, "order": str(order), "sku": sku, "quantity": quantity - before.get(sku, Decimal(0))}
            for sku, quantity in after.items()
        ]

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
                    before = self._handed_over(sale)
                    sales.complete(world, sale)
                    self._note_people("xseries", self._order_of(number), before, self._handed_over(sale))
            self.emulator.spread_news()

    def hand_over_some(self, number: str, quantity: int, *, line: int) -> None:
        """A customer gets so many pieces of a line, by its place in the sale, if so many are still there."""
        with self.emulator.lock:
            world = self.emulator.world
            for sale in [one for one in world.sales.values() if one.invoice_number == number]:
                for fulfilment in sale.fulfilments:
                    part = fulfilment.lines[line]
                    if sale.state != "pending" or part.open < quantity:
                        continue
                    before = self._handed_over(sale)
                    portion = fulfilments.Portion(part.sale_line_id, Decimal(quantity))
                    fulfilments.fulfil(world, fulfilment, fulfilment.version, [portion])
                    self._note_people("xseries", self._order_of(number), before, self._handed_over(sale))
            self.emulator.spread_news()

    def _handed_over(self, sale: Sale) -> Goods:
        """How much of each product the customer has got."""
        products = self.emulator.world.products
        lines = [line for fulfilment in sale.fulfilments for line in fulfilment.lines]
        return _in_all((str(products[line.product_id]["sku"]), line.fulfilled) for line in lines)

    def _order_of(self, number: str) -> str:
        with self.erp.lock:
            found = [row["id"] for row in self.erp.records.rows("sale.sale") if row["number"] == number]
        return str(found[0]) if found else ""

    def sell_elsewhere(self, number: str, sku: str, quantity: int) -> None:
        """Another connector has made the sale of an order: its goods, to be picked up here, and no payment of ours."""
        with self.emulator.lock:
            world = self.emulator.world
            register = _id_of(world.registers, "name", f"Online {OUTLET_OF[HERE]}")
            line = Line(
                id="",
                product_id=_id_of(world.products, "sku", sku),
                quantity=Decimal(quantity),
                price=Decimal(10),
                tax=Decimal(1),
                tax_id=_id_of(world.taxes, "name", "GST"),
                price_set=True,
            )
            draft = SaleDraft(
                state="pending",
                attributes=("pickup",),
                register_id=register,
                user_id=_id_of(world.users, "username", "erp-sync"),
                source="SHOPIFY",
                source_id=f"gid-{number}",
                invoice_number=number,
                lines=(line,),
            )
            sales.create(world, draft)
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
        return retail + [{"side": "erp", "method": one.method, "ids": one.records} for one in self.erp.writes]

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
                "sales": self._rows("sale.sale", list(ORDER_FIELDS)),
                "lines": self._rows("sale.line", ["sale", "product.code", "product.type", "quantity"]),
                "shipments": self._rows("stock.shipment.out", ["number", "state", "warehouse.code"]),
                "moves": [row for row in self._rows("stock.move", MOVE_FIELDS) if row["sale"] is not None],
                "on_hand": [
                    {"warehouse": self._code("stock.location", place), "sku": self._code("product.product", product)}
                    | {"on_hand": quantity}
                    for (place, product), quantity in self.erp.records.on_hand.items()
                ],
                "on_hand_at_first": ON_HAND,
                "steps": [
                    {"shipment": shipment, "step": one.method.rpartition(".")[2]}
                    for one in self.erp.writes
                    if not (one.refused and len(one.records) > 1)  # did nothing; then each is asked for alone
                    for shipment in one.records
                ],
                "former_numbers": self._former_numbers,
                "deleted": self._deleted,
            }

    def _rows(self, model: str, fields: Sequence[str]) -> list[dict[str, Any]]:
        records = self.erp.records
        return [records.read(model, row, list(fields), {}) for row in records.rows(model)]

    def _code(self, model: str, number: int) -> str:
        return str(self.erp.records.row(model, number)["code"])


def _in_all(quantities: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for sku, quantity in quantities:
        found[sku] = found.get(sku, Decimal(0)) + quantity
    return found


def _id_of(table: Mapping[str, Mapping[str, Any]], field: str, text: str) -> str:
    (found,) = [key for key, row in table.items() if row.get(field) == text]
    return found
