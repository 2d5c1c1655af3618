"""X-Series with stock: an open sale takes its goods off the level, and a void gives them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from syncd.domain.ids import OutletId, ProductId, SaleId
from syncd.domain.sales import Sale, SalesPage, SaleState
from syncd.domain.stock import RetailLevel
from tests.fakes.memory_erp import FakeClock
from tests.fakes.memory_retail import OUTLET_OF, PAGE_SIZE, MemoryRetail
from tests.simulation.newest_last import NewestLast

TAKES = (SaleState.PENDING, SaleState.CLOSED)
Place = tuple[OutletId, ProductId]


class Sales(NewestLast[SaleId, Sale]):
    """All sales; whoever changes one changes the levels with it."""

    def __init__(self, moved: Callable[[Place, Decimal], None]) -> None:
        super().__init__()
        self.moved = moved

    def __setitem__(self, key: SaleId, value: Sale) -> None:
        before, after = taken(self.get(key)), taken(value)
        super().__setitem__(key, value)
        for place in before.keys() | after.keys():
            change = before[place] - after[place]
            if change:
                self.moved(place, Decimal(change))


def taken(sale: Sale | None) -> Counter[Place]:
    """What a sale has taken off the levels."""
    units: Counter[Place] = Counter()
    outlet = outlet_of(sale)
    if sale is not None and outlet is not None and sale.state in TAKES:
        for line in sale.lines:
            units[outlet, line.product] += line.quantity  # type: ignore[assignment]
    return units


def outlet_of(sale: Sale | None) -> OutletId | None:
    if sale is None:
        return None
    return OUTLET_OF.get(sale.register) if sale.register in OUTLET_OF else sale.outlet  # type: ignore[arg-type]


class StockedRetail(MemoryRetail):
    def __init__(self, clock: FakeClock, *, keeps_client_ids: bool) -> None:
        super().__init__(clock, keeps_client_ids=keeps_client_ids)
        self.sales: Sales = Sales(self.move_level)

    def move_level(self, place: Place, by: Decimal) -> None:
        there = self.levels.get(place)
        self.version += 1
        level = there.level if there else Decimal(0)
        self.levels[place] = RetailLevel(*place, level + by, Decimal(0), self.version)

    def read_sales(self, *, after: int) -> Iterator[SalesPage]:
        """As the plain one, without looking at every sale there ever was; it may break off between two pages."""
        self.faults.meet("read_sales")
        found = self.sales.newest_while(lambda one: one.version > after)
        rows = [one for one in reversed(list(found)) if one.id not in self.hidden_from_feed]
        for begin in range(0, len(rows), PAGE_SIZE):
            page = tuple(rows[begin : begin + PAGE_SIZE])
            yield SalesPage(page, page[-1].version)
            self.faults.meet("read_page")
        yield SalesPage((), None)

    def read_levels_of(self, products: object) -> list[RetailLevel]:
        self.faults.meet("read_levels")
        return super().read_levels_of(products)  # type: ignore[arg-type]
