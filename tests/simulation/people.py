"""What people do: clerks in the ERP, cashiers at the tills. Each notes on the order what was done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from syncd.domain.ids import LocationId, OrderId, SaleId
from syncd.domain.money import to_cents
from syncd.domain.orders import Order, OrderLine, OrderState
from syncd.domain.sales import Sale, SaleState
from tests.fakes.memory_erp import HERE, THERE, an_order, with_lines
from tests.simulation.world import SimWorld

PICKUP, DISPATCH = "CLICK-COLLECT", "COURIER"


class Clerk:
    """At the ERP. It lets nobody change an order of which something has left."""

    def __init__(self, world: SimWorld) -> None:
        self.world, self.erp = world, world.erp

    def place(self, number: int, lines: Sequence[OrderLine], *, delivery: str, paid: bool = True) -> OrderId:
        order = an_order(f"SO{number}", *lines, at=self.world.outside.now(), delivery=delivery, paid=paid)
        self._note(order.id, *([] if paid else ["unpaid"]))
        return self.erp.place(order)

    def change_quantity(self, order: OrderId, line: int, quantity: int) -> bool:
        there = self._changeable(order)
        if there is None:
            return False
        lines = list(there.lines)
        chosen = lines[line % len(lines)]
        net = to_cents(chosen.unit_price * quantity)
        lines[line % len(lines)] = replace(chosen, quantity=Decimal(quantity), net=net)
        return self._edit(there, lines)

    def add_line(self, order: OrderId, line: OrderLine) -> bool:
        there = self._changeable(order)
        return there is not None and self._edit(there, [*there.lines, line])

    def take_line_away(self, order: OrderId, line: int) -> bool:
        there = self._changeable(order)
        if there is None or len(there.lines) < 2:
            return False
        place = line % len(there.lines)
        return self._edit(there, [*there.lines[:place], *there.lines[place + 1 :]])

    def cancel(self, order: OrderId) -> bool:
        if self._changeable(order) is None:
            return False
        self._note(order, "cancelled")
        self.erp.cancel(order)
        return True

    def reopen(self, order: OrderId) -> bool:
        if self.erp.orders[order].state is not OrderState.CANCELLED:
            return False
        self._note(order, "reopened")
        self.erp.edit(order, state=OrderState.PROCESSING)
        return True

    def move(self, order: OrderId) -> bool:
        """All of it leaves from the other place."""
        there = self._changeable(order)
        if there is None:
            return False
        other = {HERE: THERE, THERE: HERE}
        return self._edit(there, [replace(one, location=other[one.location]) for one in there.lines if one.location])

    def ship(self, order: OrderId, location: LocationId) -> bool:
        there = self.erp.orders[order]
        here = [line for line in there.goods if line.location == location and line.quantity > line.shipped]
        if there.state is OrderState.CANCELLED or not here:
            return False
        self._note(order, "shipped")
        self.erp.ship(order, location)
        return True

    def pay(self, order: OrderId) -> bool:
        if self.erp.orders[order].paid:
            return False
        self.erp.edit(order, paid=True)
        return True

    def _changeable(self, order: OrderId) -> Order | None:
        there = self.erp.orders[order]
        return None if there.state is OrderState.CANCELLED or there.is_shipped_in_part else there

    def _edit(self, order: Order, lines: Sequence[OrderLine]) -> bool:
        self._note(order.id, "changed")
        self.erp.edit(order.id, *with_lines(order, *lines).lines)
        return True

    def _note(self, order: OrderId, *causes: str) -> None:
        self.world.causes[order].update(causes)


class Cashier:
    """At the tills. A sale that is closed or voided is not touched any more."""

    def __init__(self, world: SimWorld) -> None:
        self.world, self.retail = world, world.retail
        self.closed = 0

    def close(self, order: OrderId, sale: Sale) -> None:
        self.closed += 1
        self._note(order, "closed")
        self.retail.hand_over(sale.id)

    def void(self, order: OrderId, sale: Sale) -> None:
        self._note(order, "till_voided")
        self.retail.void_by_hand(sale.id)

    def edit(self, order: OrderId, sale: Sale) -> None:
        """One more of the first line."""
        self._note(order, "till_edited")
        first = sale.lines[0]
        more = replace(
            first,
            quantity=first.quantity + 1,
            net=to_cents(first.net + first.price),
            tax_total=to_cents(first.tax_total + first.tax),
        )
        lines = (more, *sale.lines[1:])
        total = sum((line.net + line.tax_total for line in lines), Decimal(0))
        self.retail.change(sale.id, lines=lines, total=total)

    def take_cash(self, order: OrderId, sale: Sale) -> None:
        self._note(order, "till_paid")
        self.retail.take_cash(sale.id)

    def open_sales(self, order: OrderId) -> list[Sale]:
        return [sale for sale in self.retail.sales_of(order) if sale.state is SaleState.PENDING and sale.lines]

    def ring_up(self, name: str, sku: object, quantity: int, outlet: object) -> SaleId:
        return self.retail.ring_up(name, sku, quantity, outlet)  # type: ignore[arg-type]

    def _note(self, order: OrderId, cause: str) -> None:
        self.world.causes[order].add(cause)
