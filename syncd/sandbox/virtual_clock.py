"""The time of the sandbox: the real one, or a given one, and whatever was added on command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

ADVANCE_S_MAX = 10 * 366 * 86_400  # ten years: further than any expiry one may want to see


class VirtualClock:
    """Call it for the time. It only ever goes forward; a reset or a restore puts it back."""

    def __init__(self, base: Callable[[], datetime]) -> None:
        self._base = base
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Return the time."""
        return self._base() + self.ahead

    def advance(self, seconds: float) -> None:
        """Let time pass; raises ValueError for a step back or beyond any use."""
        if not 0 <= seconds <= ADVANCE_S_MAX:
            raise ValueError(f"advance_s is a number from 0 to {ADVANCE_S_MAX}")
        self.ahead += timedelta(seconds=seconds)

    def __deepcopy__(self, _memo: object) -> VirtualClock:
        """Stay the one clock: a copied world goes on reading it."""
        return self
