"""An ERP in memory that keeps the promises of `syncd.domain.ports.Erp`, and breaks them where a test says so.

It remembers what was really done to it (`completed`), so that a test asks the world and not the calls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from syncd.domain.clock import BootTime
from syncd.domain.ids import LocationId, OrderId, OrderLineId, ShipmentId, Sku
from syncd.domain.money import to_cents
from syncd.domain.orders import Address, Customer, LineKind, Order, OrderLine, OrderPage, OrderStamp, OrderState, Tax
from syncd.domain.orders import UnreadableOrder as Unreadable
from syncd.domain.ports import Finding
from syncd.domain.shipments import Completion, Shipment, ShipmentLine, ShipmentState, totals
from syncd.domain.stock import BadLevel, ErpItem, OnHandPage, Reserved
from syncd.errors import NotEnoughStock, NotFound, OutsideError, Refused
from tests.fakes.faults import Effect, Faults

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
HERE, THERE = LocationId("DOWNTOWN"), LocationId("AIRPORT")
MUG, CAP = Sku("MUG"), Sku("CAP")
GST = Tax("GST 15%", Decimal("0.15"))
PAGE_SIZE = 3
ITEMS_A_REQUEST = 2


class FakeClock:
    """A clock that goes on when it is told to. A reboot changes the boot id and begins the boot clock again."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._boot, self._boot_ms = 1, 1_000_000

    def now(self) -> datetime:
        return self._now

    def boot_time(self) -> BootTime:
        return BootTime(f"boot-{self._boot}", self._boot_ms)

    def sleep(self, wait: timedelta) -> None:
        self.advance(wait)

    def advance(self, by: timedelta | int) -> None:
        wait = by if isinstance(by, timedelta) else timedelta(seconds=by)
        self._now += wait
        self._boot_ms += wait // timedelta(milliseconds=1)

    def jump(self, seconds: int) -> None:
        """Somebody sets the wall clock; the boot clock does not notice."""
        self._now += timedelta(seconds=seconds)

    def reboot(self) -> None:
        self._boot += 1
        self._boot_ms = 1_000


def a_line(
    sku: Sku = MUG,
    quantity: str | int = 2,
    *,
    line: str = "1",
    price: str = "10.00",
    location: LocationId | None = HERE,
    kind: LineKind = LineKind.GOODS,
) -> OrderLine:
    amount = Decimal(quantity)
    return OrderLine(
        id=OrderLineId(line),
        kind=kind,
        sku=sku,
        description=f"a {sku}",
        quantity=amount,
        unit_price=Decimal(price),
        net=to_cents(amount * Decimal(price)),
        taxes=(GST,),
        location=location,
    )


def an_order(number: str = "SO1", *lines: OrderLine, at: datetime = NOON, **changes: object) -> Order:
    """Confirmed, paid, to be picked up; its totals follow from its lines."""
    bought = lines or (a_line(),)
    order = Order(
        id=OrderId(number.removeprefix("SO")),
        number=number,
        reference=f"WEB-{number}",
        state=OrderState.PROCESSING,
        confirmed_at=at,
        confirmed_day_only=False,
        changed_at=at,
        currency="NZD",
        customer=Customer("C1", "Ada Lane", "ada@example.test"),
        address=Address("Ada Lane", "1 Quay Street", "Auckland", "1010", "NZ"),
        delivery="CLICK-COLLECT",
        paid=True,
        undecided=False,
        total_tax=Decimal(0),
        total=Decimal(0),
        lines=(),
    )
    return replace(with_lines(order, *bought), **changes)


def with_lines(order: Order, *lines: OrderLine) -> Order:
    tax = to_cents(sum((line.net * sum(tax.rate for tax in line.taxes) for line in lines), Decimal(0)))
    net = sum((line.net for line in lines), Decimal(0))
    return replace(order, lines=tuple(lines), total_tax=tax, total=net + tax)


class Shelf(dict[tuple[LocationId, Sku], Decimal]):
    """What stands where; it notes when anything came or went."""

    def __init__(self, erp: MemoryErp) -> None:
        super().__init__()
        self._erp = erp

    def __setitem__(self, key: tuple[LocationId, Sku], value: Decimal) -> None:
        self._erp.moved[key[1]] = self._erp.clock.now()
        super().__setitem__(key, value)


class MemoryErp:
    """Orders, shipments and stock. `fail` breaks a call, before its effect or after it."""

    kind = "memory"

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.clock_ahead = timedelta(0)
        self.orders: dict[OrderId, Order] = {}
        self.unreadable: dict[OrderId, Unreadable] = {}
        self.locations = [HERE, THERE]
        self.levels = Shelf(self)  # what stands where
        self.promised: dict[tuple[LocationId, Sku, OrderId], Decimal] = {}  # beside its open orders
        self.nonsense: dict[tuple[LocationId, Sku], str] = {}  # said instead of a level
        self.doubles: list[ErpItem] = []  # further items with a SKU that is there
        self.moved: dict[Sku, datetime] = {}
        self.tells_moves = True
        self.asked_items: list[tuple[LocationId, tuple[int, ...]]] = []  # every question about what is on hand
        self._numbers: dict[Sku, int] = {}
        self.shipped: dict[ShipmentId, tuple[ShipmentLine, ...]] = {}
        self.sent_together: dict[OrderId, OrderId] = {}  # orders that go by the open shipment of another
        self.no_stock: set[ShipmentId] = set()
        self.completed: list[tuple[ShipmentId, str]] = []  # every completion that took place, with its mark
        self.asked_together: list[list[ShipmentId]] = []  # which completions were asked for at once
        self.faults = Faults()
        self.late: list[Callable[[], object]] = []  # completions that take place after their answer was lost
        self.items_at_once = ITEMS_A_REQUEST
        self.before_reading: dict[tuple[LocationId, int], Callable[[], object]] = {}  # the n-th time, at a location
        self.reads = 0
        self.ids_read: list[list[OrderId]] = []  # every reading of orders by their ids

    # -- what people do in the ERP

    def place(self, order: Order) -> OrderId:
        self.orders[order.id] = replace(order, changed_at=self.clock.now())
        return order.id

    def edit(self, order: OrderId, *lines: OrderLine, **changes: object) -> None:
        there = self.orders[order]
        edited = with_lines(there, *lines) if lines else there
        self.orders[order] = replace(edited, **({"changed_at": self.clock.now()} | changes))

    def cancel(self, order: OrderId) -> None:
        self.edit(order, state=OrderState.CANCELLED)

    def delete(self, order: OrderId) -> Order:
        """The order is gone without a trace; it is returned, for whoever brings it back."""
        return self.orders.pop(order)

    def move(self, order: OrderId, to: LocationId) -> None:
        self.edit(order, *(replace(line, location=to) for line in self.orders[order].lines))

    def ship(self, order: OrderId, location: LocationId = HERE, *, quantity: int | None = None) -> None:
        """Somebody completes the shipment in the ERP itself, or so much of each of its lines."""
        rest = [one for one in self._shipments(self.orders[order], location) if one.state is not ShipmentState.DONE]
        for one in rest:
            parcel = (
                one.lines if quantity is None else [replace(line, quantity=Decimal(quantity)) for line in one.lines]
            )
            self._ship(one, parcel)

    def ship_apart(self, order: OrderId, quantity: int, location: LocationId = HERE) -> None:
        """So much of each line leaves by a shipment that somebody made beside the open one."""
        there = self.orders[order]
        parcel = [ShipmentLine(line.id, Decimal(quantity)) for line in there.goods if line.location == location]
        new = ShipmentId(f"{order}@{location}~{len(self.shipped) + 1}")
        self._ship(self._shipment(there, location, new, 0, ShipmentState.OPEN, tuple(parcel)), parcel)

    def fail(
        self, call: str, error: Exception, *, effect: Effect = Effect.NONE, times: int = 1, of: str | None = None
    ) -> None:
        self.faults.add(call, error, effect=effect, times=times, of=of)

    # -- the port

    def check(self) -> list[Finding]:
        return []

    def read_clock(self) -> datetime:
        self.faults.meet("read_clock")
        return self.clock.now() + self.clock_ahead

    def read_changed_orders(self, since: datetime | None) -> Iterator[OrderPage]:
        self.faults.meet("read_changed_orders")
        self.reads += 1
        records: list[Order | Unreadable] = [*self.orders.values(), *self.unreadable.values()]
        changed = sorted(
            (one for one in records if since is None or one.changed_at >= since),
            key=lambda one: (one.changed_at, one.id),
        )
        for begin in range(0, len(changed), PAGE_SIZE):
            page = changed[begin : begin + PAGE_SIZE]
            yield OrderPage(
                tuple(one for one in page if isinstance(one, Order)),
                tuple(one for one in page if isinstance(one, Unreadable)),
                page[-1].changed_at,
            )

    def read_orders(self, ids: Sequence[OrderId]) -> tuple[list[Order], list[Unreadable]]:
        self.faults.meet("read_orders")
        self.ids_read.append(list(ids))
        return (
            [self.orders[one] for one in ids if one in self.orders],
            [self.unreadable[one] for one in ids if one in self.unreadable],
        )

    def read_stamps(self, since: datetime) -> Iterator[list[OrderStamp]]:
        self.faults.meet("read_stamps")
        records: list[Order | Unreadable] = [*self.orders.values(), *self.unreadable.values()]
        stamps = [OrderStamp(one.id, repr(one)) for one in records if one.changed_at >= since]
        for begin in range(0, len(stamps), PAGE_SIZE):
            yield stamps[begin : begin + PAGE_SIZE]

    def find_orders(self, reference: str) -> list[OrderId]:
        return sorted(one.id for one in self.orders.values() if reference in (one.number, one.reference))

    def read_locations(self) -> list[LocationId]:
        return list(self.locations)

    def read_shipments(self, orders: Sequence[OrderId]) -> list[Shipment]:
        self.faults.meet("read_shipments")
        found: list[Shipment] = []
        for order in (self.orders[one] for one in orders if one in self.orders):
            for location in sorted({line.location for line in order.goods if line.location}):
                found += self._shipments(order, location)
        return found

    def complete_shipments(self, completions: Sequence[Completion]) -> list[Shipment | OutsideError]:
        self.asked_together.append([one.shipment for one in completions])
        ended: list[Shipment | OutsideError] = []
        for one in completions:
            try:
                ended.append(self._asked_to_complete(one))
            except OutsideError as error:
                ended.append(error)
        return ended

    def _asked_to_complete(self, one: Completion) -> Shipment:
        fault = self.faults.take("complete_shipment", one.shipment)
        if fault is None:
            return self._complete(one)
        if fault.effect is Effect.DONE:
            self._complete(one)
        if fault.effect is Effect.LATE:
            self.late.append(lambda: self._complete(one))
        raise fault.error

    def _complete(self, one: Completion) -> Shipment:
        here = LocationId(one.shipment.partition("@")[2].partition("#")[0])
        lines = set(totals(one.lines))
        there = next(
            (
                each
                for order in self._on(one.shipment)
                for each in self._shipments(order, here)
                if each.id == one.shipment and lines <= {line.id for line in order.lines}
            ),
            None,
        )
        if there is None:
            raise NotFound(f"no shipment {one.shipment}", side="the ERP", status=404)
        if there.state is ShipmentState.DONE:
            return there
        if one.shipment in self.no_stock:
            raise NotEnoughStock(f"{one.shipment} cannot be assigned", side="the ERP", status=400)
        held = totals(there.lines)
        if there.state is not ShipmentState.OPEN or any(
            quantity > held.get(line, 0) for line, quantity in totals(one.lines).items()
        ):
            raise Refused(f"{one.shipment} is {there.state} and holds {held}", side="the ERP", status=400)
        self.completed.append((one.shipment, one.mark))
        return self._ship(there, one.lines)

    @property
    def items_a_request(self) -> int:
        return self.items_at_once

    def read_items(self) -> Iterator[list[ErpItem]]:
        self.faults.meet("read_items")
        items = sorted((self.number_of(sku), sku) for _, sku in self.levels)
        found = [ErpItem(number, sku) for number, sku in dict(items).items()] + self.doubles
        for begin in range(0, len(found), PAGE_SIZE):
            yield found[begin : begin + PAGE_SIZE]

    def read_moved_items(self, since: datetime) -> list[int] | None:
        self.faults.meet("read_moved_items")
        if not self.tells_moves:
            return None
        return sorted(self.number_of(sku) for sku, moved_at in self.moved.items() if moved_at >= since)

    def read_on_hand(self, location: LocationId, items: Sequence[int]) -> OnHandPage:
        self.faults.meet("read_on_hand", location)
        if location not in self.locations:
            raise NotFound(f"there is no location {location}", side="the ERP", status=404)
        assert len(items) <= self.items_at_once
        assert list(items) == sorted(items)
        self.asked_items.append((location, tuple(items)))
        nth = sum(where == location for where, _ in self.asked_items)
        if (happens := self.before_reading.pop((location, nth), None)) is not None:
            happens()
        here = {self.number_of(sku): quantity for (place, sku), quantity in self.levels.items() if place == location}
        bad = {self.number_of(sku): said for (place, sku), said in self.nonsense.items() if place == location}
        return OnHandPage(
            [(item, here[item]) for item in items if item in here and item not in bad],
            [BadLevel(str(item), bad[item]) for item in items if item in bad],
        )

    def read_reserved(self, locations: Sequence[LocationId], items: Sequence[int] | None = None) -> list[Reserved]:
        self.faults.meet("read_reserved")
        found = [
            Reserved(location, self.number_of(sku), order, quantity)
            for (location, sku, order), quantity in sorted(self.reserved().items())
            if quantity
        ]
        return [one for one in found if one.location in locations and (items is None or one.item in items)]

    def reserved(self) -> dict[tuple[LocationId, Sku, OrderId], Decimal]:
        """What its open orders still take off the shelves, and what else is promised; what comes back takes nothing."""
        found: dict[tuple[LocationId, Sku, OrderId], Decimal] = defaultdict(Decimal, self.promised)
        for order in self.orders.values():
            if order.state in (OrderState.CONFIRMED, OrderState.PROCESSING) and not order.is_return:
                for line in order.goods:
                    if line.location is not None:
                        found[line.location, line.sku, order.id] += line.quantity - line.shipped
        return found

    def number_of(self, sku: Sku) -> int:
        return self._numbers.setdefault(sku, 1_000 + 7 * len(self._numbers))

    # -- inside

    def _shipments(self, order: Order, location: LocationId) -> list[Shipment]:
        """What was shipped from there, one after the other, and a shipment of what is open."""
        first, found = ShipmentId(f"{self.sent_together.get(order.id, order.id)}@{location}"), []
        ids: list[ShipmentId] = []
        while (one := ShipmentId(f"{first}#{len(ids) + 1}") if ids else first) in self.shipped:
            ids.append(one)
        for number, shipment in enumerate(ids, start=1):
            if not set(totals(self.shipped[shipment])) <= {line.id for line in order.lines}:
                continue  # it left with goods of the other order
            found.append(self._shipment(order, location, shipment, number, ShipmentState.DONE, self.shipped[shipment]))
        for one in sorted(one for one in self.shipped if one.startswith(f"{first}~")):
            found.append(self._shipment(order, location, one, 0, ShipmentState.DONE, self.shipped[one]))
        open_lines = (line for line in order.goods if line.location == location and line.quantity > line.shipped)
        lines = tuple(ShipmentLine(line.id, line.quantity - line.shipped) for line in open_lines)
        if lines:
            state = ShipmentState.CANCELLED if order.state is OrderState.CANCELLED else ShipmentState.OPEN
            rest = ShipmentId(f"{first}#{len(ids) + 1}") if ids else first
            found.append(self._shipment(order, location, rest, len(ids) + 1, state, lines))
        return found

    def _on(self, shipment: ShipmentId) -> list[Order]:
        """The orders whose goods the shipment may carry."""
        first = OrderId(shipment.partition("@")[0])
        ids = [first, *(order for order, other in self.sent_together.items() if other == first)]
        return [self.orders[one] for one in ids if one in self.orders]

    def _shipment(
        self,
        order: Order,
        location: LocationId,
        shipment: ShipmentId,
        number: int,
        state: ShipmentState,
        lines: tuple[ShipmentLine, ...],
    ) -> Shipment:
        return Shipment(shipment, f"OUT{order.id}-{number}", order.id, location, state, state.value, lines)

    def _ship(self, shipment: Shipment, parcel: Sequence[ShipmentLine]) -> Shipment:
        self.shipped[shipment.id] = tuple(parcel)
        order, gone = self.orders[shipment.order], totals(parcel)
        lines = tuple(
            replace(line, shipped=line.shipped + gone.get(line.id, 0))
            if line.kind is LineKind.GOODS and line.location == shipment.location
            else line
            for line in order.lines
        )
        for line in parcel:
            sku = next(one.sku for one in order.lines if one.id == line.order_line)
            self.levels[shipment.location, sku] = self.levels.get((shipment.location, sku), Decimal(0)) - line.quantity
        self.edit(order.id)
        self.orders[order.id] = replace(self.orders[order.id], lines=lines)
        return replace(shipment, state=ShipmentState.DONE, step=ShipmentState.DONE.value, lines=tuple(parcel))
