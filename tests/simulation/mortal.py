"""A process that may die at any named line, by chance: seldom where it passes often, oftener around a write."""

from __future__ import annotations

from collections import Counter
from random import Random

from tests.unit.jobs.world import Died

AROUND_A_WRITE = ("apply.", "decide.", "lookup.", "verify.")
IN_EVERY_RUN = ("apply.dead_doubted", "verify.read")  # also where there is nothing to write


class Mortal:
    def __init__(self, rng: Random, *, at_a_write: float, elsewhere: float) -> None:
        self.rng = rng
        self.at_a_write, self.elsewhere = at_a_write, elsewhere
        self.deaths: Counter[str] = Counter()
        self.is_dead = False

    def __call__(self, point: str) -> None:
        is_at_a_write = point.startswith(AROUND_A_WRITE) and point not in IN_EVERY_RUN
        share = self.at_a_write if is_at_a_write else self.elsewhere
        if self.is_dead:
            raise Died(point)
        if share and self.rng.random() < share:
            self.deaths[point] += 1
            self.is_dead = True
            raise Died(point)

    def be_born_again(self) -> None:
        self.is_dead = False

    def become_immortal(self) -> None:
        self.at_a_write = self.elsewhere = 0.0
