"""The ERP with a shelf: what stands there, what is promised, and shipments that take it away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from syncd.domain.ids import LocationId, OrderId, Sku
from syncd.domain.orders import Order, OrderPage, OrderState
from syncd.domain.stock import ErpLevel
from tests.fakes.memory_erp import PAGE_SIZE, FakeClock, MemoryErp
from tests.simulation.newest_last import NewestLast

OPEN = (OrderState.CONFIRMED, OrderState.PROCESSING)


class StockedErp(MemoryErp):
    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.orders: NewestLast[OrderId, Order] = NewestLast()

    def read_changed_orders(self, since: datetime | None) -> Iterator[OrderPage]:
        """As the plain one, without looking at every order there ever was."""
        self.faults.meet("read_changed_orders")
        self.reads += 1
        found = self.orders.newest_while(lambda one: since is None or one.changed_at >= since)
        changed = sorted(found, key=lambda one: (one.changed_at, one.id))
        for begin in range(0, len(changed), PAGE_SIZE):
            page = changed[begin : begin + PAGE_SIZE]
            self.faults.meet("read_page")
            yield OrderPage(tuple(page), (), page[-1].changed_at)

    def read_levels(
        self, locations: Sequence[LocationId], skus: Sequence[Sku] | None = None
    ) -> Iterator[list[ErpLevel]]:
        self.faults.meet("read_levels")
        reserved = self.reserved()
        yield [
            ErpLevel(location, sku, on_hand, reserved[location, sku])
            for (location, sku), (on_hand, _) in sorted(self.levels.items())
            if location in locations and (skus is None or sku in skus)
        ]

    def reserved(self) -> dict[tuple[LocationId, Sku], Decimal]:
        found: dict[tuple[LocationId, Sku], Decimal] = defaultdict(Decimal)
        for order in self.orders.values():
            if order.state in OPEN:
                for line in order.goods:
                    if line.location is not None:
                        found[line.location, line.sku] += line.quantity - line.shipped
        return found
