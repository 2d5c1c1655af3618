"""The vendor's rate limit: a fixed window, counted per application and store (FACTS 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from syncd.sandbox.exchange import Answer
from syncd.sandbox.world import World

WINDOW_S = 300
PER_REGISTER = 300
ON_TOP = 50


@dataclass(slots=True)
class RateLimit:
    """Counts the requests of the running window."""

    window_start: datetime | None = None
    used: int = 0

    def admit(self, world: World) -> tuple[dict[str, str], Answer | None]:
        """Count a request; return the headers of its answer, and a refusal when the window is full."""
        limit = limit_of(world)
        if limit is None:
            return {}, None
        now = world.now()
        if self.window_start is None or now >= self.window_start + timedelta(seconds=WINDOW_S):
            self.window_start, self.used = now, 0
        is_full = self.used >= limit
        self.used += 0 if is_full else 1
        headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(0, limit - self.used))}
        if not is_full:
            return headers, None
        return headers, throttled(self.window_start + timedelta(seconds=WINDOW_S))


def limit_of(world: World) -> int | None:
    """Return the requests allowed a window, None for any number."""
    asked = world.switches.rate_limit
    if asked is None or isinstance(asked, int):
        return asked
    registers = sum(1 for row in world.registers.values() if not row.get("deleted_at"))
    return PER_REGISTER * registers + ON_TOP


def throttled(until: datetime) -> Answer:
    """Answer 429; Retry-After is a date, not seconds (FACTS 22.21)."""
    # An HTTP date has whole seconds: round up, or the client comes back too early.
    rounded = until.replace(microsecond=0) + timedelta(seconds=1 if until.microsecond else 0)
    return Answer.error(429, "Rate limiting enforced", {"Retry-After": format_datetime(rounded, usegmt=True)})
