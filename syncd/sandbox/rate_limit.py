"""The vendor's rate limit, counted per application and store (FACTS 8).

Whether its window is fixed or sliding is not stated: a switch. A fixed one starts with the first request after the
last was over; a sliding one counts what was admitted in the seconds before each request. A window has 300 of them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from syncd.sandbox.exchange import Answer
from syncd.sandbox.world import World

PER_REGISTER = 300
ON_TOP = 50


@dataclass(slots=True)
class RateLimit:
    """Counts the requests of the running window."""

    window_start: datetime | None = None
    used: int = 0
    admitted: deque[datetime] = field(default_factory=deque)

    def admit(self, world: World) -> tuple[dict[str, str], Answer | None]:
        """Count a request; return the headers of its answer, and a refusal when the window is full."""
        limit = limit_of(world)
        if limit is None:
            return {}, None
        until = self._full_until(world, limit)
        headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(0, limit - self.used))}
        return headers, None if until is None else throttled(until)

    def _full_until(self, world: World, limit: int) -> datetime | None:
        """Take a place in the window, or return when there will be one."""
        now, width = world.now(), timedelta(seconds=world.switches.rate_window_s)
        if world.switches.rate_window == "sliding":
            while self.admitted and self.admitted[0] <= now - width:
                self.admitted.popleft()
            self.used = len(self.admitted)
            if self.used >= limit:
                return self.admitted[self.used - limit] + width
            self.admitted.append(now)
        elif self.window_start is None or now >= self.window_start + width:
            self.window_start, self.used = now, 0
        elif self.used >= limit:
            return self.window_start + width
        self.used += 1
        return None


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
