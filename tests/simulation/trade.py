"""A month of trade by chance: orders come in, some are changed, cancelled or moved, most are handed over."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from random import Random

from syncd.domain.ids import OrderId, Sku
from syncd.domain.orders import OrderLine
from syncd.domain.reasons import Reason
from syncd.domain.sales import Sale
from syncd.errors import UsageError
from syncd.store.holds import Hold, Verb
from tests.fakes.memory_erp import HERE, THERE, a_line
from tests.simulation import hours
from tests.simulation.people import DISPATCH, PICKUP, Cashier, Clerk
from tests.simulation.world import OUTLET_AT, SKUS, SimWorld

NOT_SOLD_HERE = Sku("WIDGET")
PRICES = ("10.00", "4.50", "19.99", "0.35", "129.00")
MINUTES_A_DAY = 1_440
BUSY_SHARE = 14 / 24 + 10 / 24 * hours.AT_NIGHT
TILL_SALES_A_DAY = 12
Deed = Callable[[], object]


class Trade:
    """Everybody's diary. `minute` lets happen what is due."""

    def __init__(self, world: SimWorld, rng: Random, *, orders_a_day: float) -> None:
        self.world, self.rng = world, rng
        self.clerk, self.cashier = Clerk(world), Cashier(world)
        self.share = orders_a_day / MINUTES_A_DAY / BUSY_SHARE
        self._diary: list[tuple[datetime, int, Deed]] = []
        self._entries, self._numbers, self._till_numbers = count(), count(1), count(1)

    def minute(self) -> None:
        now = self.world.outside.now()
        while self._diary and self._diary[0][0] <= now:
            heapq.heappop(self._diary)[2]()
        if self.rng.random() < self.share * hours.business(now):
            self._order_comes()
        if hours.is_open(now):
            open_minutes = (hours.CLOSES - hours.OPENS) * 60
            if self.rng.random() < TILL_SALES_A_DAY / open_minutes:
                self._till_sale()
            if self.rng.random() < 1 / open_minutes:
                self._look_through_holds()

    def _later(self, hours_max: float, deed: Deed, *, in_shop_hours: bool = False) -> None:
        moment = self.world.outside.now() + timedelta(minutes=self.rng.randint(1, int(hours_max * 60)))
        if in_shop_hours:
            moment = hours.next_open(moment)
        heapq.heappush(self._diary, (moment, next(self._entries), deed))

    def _maybe(self, share: float, hours_max: float, deed: Deed, *, in_shop_hours: bool = False) -> None:
        if self.rng.random() < share:
            self._later(hours_max, deed, in_shop_hours=in_shop_hours)

    # -- orders

    def _order_comes(self) -> None:
        rng, clerk = self.rng, self.clerk
        lines = self._lines()
        is_paid = rng.random() > 0.04
        delivery = PICKUP if rng.random() < 0.6 else DISPATCH
        order = clerk.place(next(self._numbers), lines, delivery=delivery, paid=is_paid)
        if any(line.sku == NOT_SOLD_HERE for line in lines):
            self.world.causes[order].add("unknown_sku")
            self._maybe(0.7, 20, lambda: clerk.take_line_away(order, len(lines) - 1))
        if not is_paid:
            self._maybe(0.9, 12, lambda: clerk.pay(order))
        for _ in range(2):
            self._maybe(0.10, 24, lambda: clerk.change_quantity(order, rng.randrange(3), rng.randint(1, 9)))
        self._maybe(0.05, 24, lambda: clerk.add_line(order, self._line("9", lines[0].location)))
        self._maybe(0.05, 24, lambda: clerk.take_line_away(order, rng.randrange(3)))
        self._maybe(0.05, 24, lambda: clerk.move(order))
        self._maybe(0.02, 24, lambda: clerk.ship(order, rng.choice((HERE, THERE))))
        if rng.random() < 0.08:
            self._later(24, lambda: clerk.cancel(order))
            self._maybe(0.3, 48, lambda: clerk.reopen(order))
        self._maybe(0.85, 36, lambda: self._collect(order), in_shop_hours=True)
        self._maybe(0.25, 60, lambda: self._collect(order), in_shop_hours=True)
        for share, deed in ((0.015, self.cashier.void), (0.015, self.cashier.edit), (0.01, self.cashier.take_cash)):
            self._maybe(share, 36, self._on_one_sale(order, deed), in_shop_hours=True)

    def _lines(self) -> list[OrderLine]:
        place = self.rng.choice((HERE, THERE))
        both = self.rng.random() < 0.2
        lines = []
        for number in range(1, self.rng.choice((1, 1, 2, 3)) + 1):
            here = self.rng.choice((HERE, THERE)) if both else place
            lines.append(self._line(str(number), here))
        if self.rng.random() < 0.01:
            lines.append(a_line(NOT_SOLD_HERE, 1, line="8", location=place))
        return lines

    def _line(self, name: str, location: object) -> OrderLine:
        price = self.rng.choice(PRICES)
        quantity = self.rng.randint(1, 5)
        return a_line(self.rng.choice(SKUS), quantity, line=name, price=price, location=location)  # type: ignore[arg-type]

    # -- tills

    def _collect(self, order: OrderId) -> None:
        for sale in self.cashier.open_sales(order):
            self.cashier.close(order, sale)

    def _on_one_sale(self, order: OrderId, deed: Callable[[OrderId, Sale], None]) -> Deed:
        def do() -> None:
            for sale in self.cashier.open_sales(order)[:1]:
                deed(order, sale)

        return do

    def _till_sale(self) -> None:
        outlet = self.rng.choice(list(OUTLET_AT.values()))
        back = self.rng.random() < 0.1
        quantity = -1 if back else self.rng.randint(1, 3)
        self.cashier.ring_up(f"till-{next(self._till_numbers)}", self.rng.choice(SKUS), quantity, outlet)

    # -- holds

    def _look_through_holds(self) -> None:
        """Now and then a person reads what is held, and decides about some of it."""
        for hold in self.world.holds():
            if self.rng.random() < 0.5:
                self._decide(hold)

    def _decide(self, hold: Hold) -> None:
        if hold.reason is Reason.UNPAID:
            return
        verb = Verb.RETRY if self.rng.random() < 0.8 else Verb.DROP
        with suppress(UsageError):
            self.world.say(verb, hold.id)
        if hold.order is not None:
            self.world.causes[hold.order].add(f"said_{verb.value}")
