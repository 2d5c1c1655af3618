"""Writes whose answer was lost and that take place later, some of them much later than anybody expects."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

from syncd.errors import OutsideError
from tests.fakes.memory_erp import FakeClock

Effect = Callable[[], object]
SOON_S, NEVER_LATER_THAN_S = 1, 1_200  # settle is 180 s: most come within, some well after


class Late:
    """Stands where the fakes keep their late writes; each gets the moment at which it takes place."""

    def __init__(self, clock: FakeClock, rng: Random) -> None:
        self.clock, self.rng = clock, rng
        self.waiting: list[tuple[datetime, Effect]] = []

    def append(self, effect: Effect) -> None:
        spread = self.rng.choice((30, 200, NEVER_LATER_THAN_S))
        wait = timedelta(seconds=self.rng.randint(SOON_S, spread))
        self.waiting.append((self.clock.now() + wait, effect))

    def deliver(self, *, everything: bool = False) -> int:
        """Let take place what is due; return how many did. The other side may refuse what comes too late."""
        now = self.clock.now()
        due = [one for one in self.waiting if everything or one[0] <= now]
        self.waiting = [one for one in self.waiting if one not in due]
        for _, effect in due:
            with suppress(OutsideError):
                effect()
        return len(due)
