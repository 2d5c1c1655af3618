"""The whole emulator: a world, its switches, faults, rate limit and log, behind one lock."""

from __future__ import annotations

import copy
import threading
from datetime import datetime, timedelta
from typing import Any

from syncd.sandbox import fixture_list
from syncd.sandbox.faults import Faults
from syncd.sandbox.oauth import OAuth
from syncd.sandbox.postman import Postman
from syncd.sandbox.rate_limit import RateLimit
from syncd.sandbox.request_log import RequestLog
from syncd.sandbox.switches import Switches
from syncd.sandbox.virtual_clock import VirtualClock
from syncd.sandbox.webhooks import Webhooks
from syncd.sandbox.world import Clock, World, utc_now

TOKEN = "sandbox-token"  # opens the sandbox only, and is told to everyone by /_sandbox/health
PARTS = ("world", "faults", "rate", "log", "oauth", "webhooks")  # what a reset renews and a snapshot holds
SNAPSHOTS_MAX = 20


class TooManySnapshots(ValueError):
    """There is room for 20 snapshots. Restart the sandbox to forget them."""


class Emulator:
    """Hold `lock` around every use of what is inside."""

    def __init__(self, fixture: str = "demo", *, clock: Clock = utc_now) -> None:
        self.lock = threading.RLock()
        self.clock = VirtualClock(clock)
        self._snapshots: dict[str, tuple[dict[str, Any], timedelta]] = {}
        self.token = TOKEN
        self.postman = Postman(self.lock, self.now, lambda: self.webhooks)
        self.reset(fixture)

    def reset(self, fixture: str) -> None:
        """Start afresh: a new world, default switches, no faults, an empty log, a new rate window, the real time."""
        self.clock.ahead = timedelta()
        world = World(clock=self.clock, switches=Switches())
        fixture_list.fill(world, fixture)
        self.world = world
        self.faults = Faults()
        self.rate = RateLimit()
        self.log = RequestLog()
        self.oauth = OAuth(self.now)
        self.webhooks = Webhooks()

    def snapshot(self) -> str:
        """Keep everything as it is now; return the name to restore it by."""
        if len(self._snapshots) >= SNAPSHOTS_MAX:
            raise TooManySnapshots(TooManySnapshots.__doc__)
        name = str(len(self._snapshots) + 1)
        self._snapshots[name] = self._copied({each: getattr(self, each) for each in PARTS}), self.clock.ahead
        return name

    def restore(self, name: str) -> None:
        """Put everything back as it was; raises KeyError. The same snapshot can be restored again."""
        parts, ahead = self._snapshots[name]
        for each, value in self._copied(parts).items():
            setattr(self, each, value)
        self.clock.ahead = ahead

    def _copied(self, parts: dict[str, Any]) -> dict[str, Any]:
        parts["world"].written.clear()
        # Parts that look back at the emulator, such as for the time, go on looking at this one.
        return copy.deepcopy(parts, {id(self): self})

    def now(self) -> datetime:
        """Return the time of the world there is now."""
        return self.world.now()

    def spread_news(self) -> None:
        """Tell the webhooks of what changed; hold the lock."""
        self.webhooks.notice(self.world, self.oauth.secrets_of)
        self.postman.wake()
