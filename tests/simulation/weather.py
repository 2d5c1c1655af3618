"""What goes wrong between us and a side: faults by chance, and hours in which a side cannot be reached at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from syncd.errors import (
    Conflict,
    NotSent,
    NotUnderstood,
    OutsideError,
    Refused,
    Throttled,
    Unanswered,
    Unauthorized,
)
from tests.fakes.faults import Effect, Fault, Faults

WRITES = frozenset({"create_sale", "update_sale", "void_sale", "complete_shipment"})


@dataclass(frozen=True, slots=True)
class Mishap:
    """One thing that may happen to a call, and how often beside the others."""

    word: str
    weight: int
    error: Callable[[], OutsideError]
    effect: Effect = Effect.NONE


WRITE_MISHAPS = (
    Mishap("lost_before", 20, lambda: Unanswered("cut before it arrived")),
    Mishap("lost_after", 25, lambda: Unanswered("cut after it was done"), Effect.DONE),
    Mishap("lost_late", 20, lambda: Unanswered("cut while it was queued"), Effect.LATE),
    Mishap("not_sent", 12, lambda: NotSent("connection refused")),
    Mishap("throttled", 12, lambda: Throttled("too many requests", wait=timedelta(seconds=20), status=429)),
    Mishap("refused", 4, lambda: Refused("unprocessable", status=422)),
    Mishap("conflict", 2, lambda: Conflict("it is there already", status=409)),
    Mishap("unauthorized", 3, lambda: Unauthorized("the token is not known", status=401)),
)
READ_MISHAPS = (
    Mishap("read_cut", 10, lambda: Unanswered("cut while reading")),
    Mishap("read_not_sent", 6, lambda: NotSent("connection refused")),
    Mishap("read_throttled", 4, lambda: Throttled("too many requests", wait=timedelta(seconds=5), status=429)),
    Mishap("read_garbled", 4, lambda: NotUnderstood("not JSON")),
)
DOWN = Mishap("down", 1, lambda: NotSent("no route to host"))


class Weather(Faults):
    """The faults of one side. `write_share` and `read_share` say how many calls of a kind meet one."""

    def __init__(self, rng: Random, *, write_share: float, read_share: float) -> None:
        super().__init__()
        self.rng = rng
        self.write_share, self.read_share = write_share, read_share
        self.is_down = False
        self.struck: Counter[str] = Counter()
        self.met: list[tuple[str, str, str]] = []  # of writes: call, mishap, what it was about

    def take(self, call: str, *about: str) -> Fault | None:
        planned = super().take(call, *about)
        if planned is not None:
            return planned
        mishap = self._mishap(call)
        if mishap is None:
            return None
        self.struck[mishap.word] += 1
        if call in WRITES:
            self.met.append((call, mishap.word, about[0] if about else ""))
        return Fault(call, mishap.error(), mishap.effect, 1, None)

    def _mishap(self, call: str) -> Mishap | None:
        if self.is_down:
            return DOWN
        share = self.write_share if call in WRITES else self.read_share
        if share == 0 or self.rng.random() >= share:
            return None
        kinds = WRITE_MISHAPS if call in WRITES else READ_MISHAPS
        return self.rng.choices(kinds, [kind.weight for kind in kinds])[0]

    def clear(self) -> None:
        """From now on nothing goes wrong."""
        super().clear()
        self.is_down = False
        self.write_share = self.read_share = 0.0
