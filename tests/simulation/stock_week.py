"""`make simulate-stock`: days of trade in which every stock report is judged at the moment it is made.

usage: python -m tests.simulation.stock_week --days 7 --seed 1
Shops sell, orders flow, the ERP counts, and everything goes wrong as in `make simulate`, but for what hides a truth
from everybody (a wrong clock, a feed that lags). Each night has a quiet hour; at its end nothing may be unexplained.
The last line is one JSON object. Ends with 0 when no row was wrong, else 1.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import structlog

from syncd.domain.ids import LocationId, OutletId, SaleId, Sku
from syncd.domain.orders import OrderLine
from syncd.domain.sales import Sale
from syncd.domain.stock_report import StockReport
from syncd.domain.stock_terms import BookedBy, Start, StockTerms
from tests.audit.stock_rows import wrong_rows
from tests.fakes.memory_erp import a_line
from tests.simulation.evidence import month_in_words
from tests.simulation.mishaps import Mishaps
from tests.simulation.run import MEMORY, OBJECTS_BETWEEN_COLLECTIONS, drop
from tests.simulation.thirty_days import ORDERS_A_DAY, Plan, Simulation
from tests.simulation.trade import MINUTES_A_DAY, PRICES, Trade
from tests.simulation.world import OUTLET_AT, SKUS, SimWorld

QUIET_FROM, QUIET_TO = 18 * 60, 19 * 60  # of each day's minutes: from 2 to 3 at night in Auckland
LOOK_EVERY = 30  # minutes
COUNTS_A_DAY = 6
BOOKED_WITHIN = timedelta(hours=26)
BEFALLS = frozenset({"erp_down", "retail_down", "rebooted", "store_older", "store_emptied"})
SKU_OF_LINE = {"1": SKUS[0], "2": SKUS[1], "3": SKUS[2], "9": SKUS[3]}
TERMS = [StockTerms(start, True, BookedBy.ERP, BOOKED_WITHIN) for start in Start]


class OncePerOrder(Trade):
    """No order has a product twice: whose line a sale line is, is then no question, to the judge either."""

    def _line(self, name: str, location: object) -> OrderLine:
        price, quantity = self.rng.choice(PRICES), self.rng.randint(1, 5)
        return a_line(SKU_OF_LINE[name], quantity, line=name, price=price, location=location)  # type: ignore[arg-type]


class SomeMishaps(Mishaps):
    def _strikes(self, what: str, *, days: int, minutes: tuple[int, int]) -> bool:
        return what in BEFALLS and super()._strikes(what, days=days, minutes=minutes)


class Stocktaker:
    """Counts shelves in the ERP: what was sold over the till since is booked by it."""

    def __init__(self, world: SimWorld, rng: Random) -> None:
        self.world, self.rng = world, rng
        self.booked: set[SaleId] = set()
        self.counts = 0
        self._sku_of = {product.id: sku for sku, product in world.retail.products.items()}
        self._place_of: dict[OutletId, LocationId] = {outlet: place for place, outlet in OUTLET_AT.items()}

    def minute(self) -> None:
        if self.rng.random() < COUNTS_A_DAY / MINUTES_A_DAY:
            self.count(self.rng.choice(list(OUTLET_AT.values())), self.rng.choice(SKUS))

    def count_all(self) -> None:
        for outlet in OUTLET_AT.values():
            for sku in SKUS:
                self.count(outlet, sku)

    def count(self, outlet: OutletId, sku: Sku) -> None:
        self.counts += 1
        for sale in self.till_sales():
            if sale.id not in self.booked and (sale.outlet, self._sku_of[sale.lines[0].product]) == (outlet, sku):
                self.booked.add(sale.id)
                self.world.erp.levels[self._place_of[outlet], sku] -= sale.lines[0].quantity

    def till_sales(self) -> list[Sale]:
        return [sale for sale in self.world.retail.sales.values() if not sale.is_ours]

    def in_words(self) -> list[dict[str, Any]]:
        oldest = self.world.clock.now() - BOOKED_WITHIN
        return [
            {
                "outlet": sale.outlet,
                "sku": self._sku_of[line.product],
                "quantity": str(line.quantity),
                "is_booked": sale.id in self.booked,
                "is_recent": sale.created_at is not None and sale.created_at >= oldest,
            }
            for sale in self.till_sales()
            for line in sale.lines
        ]


class StockWeek(Simulation):
    """`wrong` says what the judge found, with the moment."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        super().__init__(plan, folder)
        self.trade = OncePerOrder(self.world, self.trade.rng, orders_a_day=plan.orders_a_day)
        new_store = self.mishaps.new_store
        self.mishaps = SomeMishaps(self.world, self.mishaps.rng, weather=self.weather, new_store=new_store)
        self.stocktaker = Stocktaker(self.world, Random(f"{plan.seed} stocktaker"))
        self.wrong: list[str] = []
        self.reports = self.rows = self.quiet_hours = self.unexplained_when_quiet = 0

    def _tick(self, minute: int) -> None:
        of_day = minute % MINUTES_A_DAY
        if QUIET_FROM <= of_day < QUIET_TO:
            self._quiet_minute(minute, is_first=of_day == QUIET_FROM, is_last=of_day == QUIET_TO - 1)
        else:
            self.stocktaker.minute()
            super()._tick(minute)

    def _quiet_minute(self, minute: int, *, is_first: bool, is_last: bool) -> None:
        """Nobody buys and nothing goes wrong; what was begun comes to its end."""
        if is_first:
            self.mishaps.end()
            self.stocktaker.count_all()
        self.story.ticks += 1
        self.world.outside.advance(60)
        self.world.deliver_late(everything=is_first)
        faults, mortal = [(one, one.write_share, one.read_share) for one in self.weather], self.mortal
        shares = mortal.at_a_write, mortal.elsewhere
        for weather in self.weather:
            weather.clear()
        mortal.become_immortal()
        self._jobs(minute)
        if is_last:
            self._look(is_quiet=True)
        mortal.at_a_write, mortal.elsewhere = shares
        for weather, write_share, read_share in faults:
            weather.write_share, weather.read_share = write_share, read_share

    def _jobs(self, minute: int) -> None:
        super()._jobs(minute)
        if minute % LOOK_EVERY == 0:
            self._look()

    def _look(self, *, is_quiet: bool = False) -> None:
        """Make a report under one of the settings, and have it judged at once."""
        terms = TERMS[self.reports % len(TERMS)]
        self.world.use(stock=terms)
        result = self._run("stock", self.world.sync_stock)
        if not isinstance(result.value, StockReport):
            if is_quiet:
                self.wrong.append(f"no report in a quiet hour: {result.message}")
            return
        words = month_in_words(self.world) | {"till": self.stocktaker.in_words()}
        found = list(wrong_rows(words, compares_available=terms.start is Start.AVAILABLE))
        self.wrong += [f"{self.world.outside.now():%Y-%m-%d %H:%M} {terms.start}: {one}" for one in found]
        self.reports += 1
        self.rows += len(words["stock_report"])
        if is_quiet:
            self.quiet_hours += 1
            self.unexplained_when_quiet += sum("explained by nothing" in one for one in found)


def in_words(week: StockWeek, *, seconds: int) -> dict[str, int]:
    """The numbers that the command prints last."""
    return {
        "ticks": week.story.ticks,
        "orders": len(week.world.erp.orders),
        "till_sales": len(week.stocktaker.till_sales()),
        "counts": week.stocktaker.counts,
        "faults": week.faults,
        "deaths": week.deaths,
        "reports": week.reports,
        "rows": week.rows,
        "quiet_hours": week.quiet_hours,
        "unexplained_when_quiet": week.unexplained_when_quiet,
        "wrong": len(week.wrong) + len(week.story.defects),
        "seconds": seconds,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Simulate days of trade and judge every stock report.")
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dialect", choices=("dated", "classic"), default="dated")
    parser.add_argument("--orders-a-day", type=float, default=ORDERS_A_DAY)
    asked = parser.parse_args()
    structlog.configure(processors=[drop])
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="syncd-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        week = StockWeek(Plan(asked.days, asked.seed, asked.dialect, asked.orders_a_day), Path(folder))
        week.live(lambda day: print(f"day {day}: {week.reports} reports, {week.rows} rows", flush=True))
        week.world.close()
    for text in [*week.wrong, *week.story.defects]:
        print(text)
    told = in_words(week, seconds=round(time.monotonic() - begun))
    print(json.dumps(told))
    return 1 if told["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
