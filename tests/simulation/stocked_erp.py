"""The ERP of the simulation: as the plain one, without looking at every order there ever was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from syncd.domain.ids import OrderId
from syncd.domain.orders import Order, OrderPage
from tests.fakes.memory_erp import PAGE_SIZE, FakeClock, MemoryErp
from tests.simulation.newest_last import NewestLast


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
