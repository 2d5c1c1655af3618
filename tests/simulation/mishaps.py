"""What befalls the machine, the networks and the store, by chance: outages, clocks, reboots, lagging feeds, copies."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

from tests.simulation.trade import MINUTES_A_DAY
from tests.simulation.weather import Weather
from tests.simulation.world import SimWorld

COPIES_KEPT = 3  # of the last nights
COPY_AT_MINUTE = 3 * 60


class Mishaps:
    """`minute` lets happen what chance wants; what began ends by itself."""

    def __init__(self, world: SimWorld, rng: Random, *, weather: tuple[Weather, Weather], new_store: Path) -> None:
        self.world, self.rng, self.weather, self.new_store = world, rng, weather, new_store
        self.copies: list[Path] = []
        self.happened: Counter[str] = Counter()
        self._ends: dict[str, int] = {}
        self._minute = 0

    def minute(self) -> None:
        self._minute += 1
        self._end_what_is_over()
        for side, weather in zip(("erp", "retail"), self.weather, strict=True):
            if self._strikes(f"{side}_down", days=2, minutes=(3, 90)):
                weather.is_down = True
        if self._strikes("clock_wrong", days=3, minutes=(10, 400)):
            seconds = self.rng.choice((-86_400, -3_600, -300, 240, 3_600, 86_400))
            self.world.clock.set_wrong(timedelta(seconds=seconds))
        if self._strikes("feed_lags", days=2, minutes=(1, 3)):
            self.world.retail.feed_lags = True
        if self._strikes("rebooted", days=5, minutes=(1, 1)):
            self.world.start(self.world.at)
            self.world.clock.reboot()
        if self._minute % MINUTES_A_DAY == COPY_AT_MINUTE:
            self._copy()
        if self.copies and self._strikes("store_older", days=7, minutes=(1, 1)):
            self._note_all("store_older")
            self.world.bring_back(self.rng.choice(self.copies))
        if self._strikes("store_emptied", days=20, minutes=(1, 1)):
            self._note_all("store_emptied")
            self.world.bring_back(self.new_store)

    def end(self) -> None:
        """All that began is over."""
        self._ends = dict.fromkeys(self._ends, self._minute)
        self._end_what_is_over()

    def _strikes(self, what: str, *, days: int, minutes: tuple[int, int]) -> bool:
        if what in self._ends or self.rng.random() >= 1 / (days * MINUTES_A_DAY):
            return False
        self.happened[what] += 1
        self._ends[what] = self._minute + self.rng.randint(*minutes)
        return True

    def _end_what_is_over(self) -> None:
        for what in [name for name, end in self._ends.items() if end <= self._minute]:
            del self._ends[what]
            match what:
                case "erp_down":
                    self.weather[0].is_down = False
                case "retail_down":
                    self.weather[1].is_down = False
                case "clock_wrong":
                    self.world.clock.set_wrong(timedelta(0))
                case "feed_lags":
                    self.world.retail.catch_up()

    def _copy(self) -> None:
        copy = self.world.path.with_name(f"night-{self._minute}.db")
        self.world.copy_store(copy)
        self.copies.append(copy)
        for old in self.copies[:-COPIES_KEPT]:
            old.unlink()
        self.copies = self.copies[-COPIES_KEPT:]

    def _note_all(self, cause: str) -> None:
        for order in self.world.erp.orders:
            self.world.causes[order].add(cause)
