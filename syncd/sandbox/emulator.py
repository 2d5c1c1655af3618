"""The whole emulator: a world, its switches, faults, rate limit and log, behind one lock."""

from __future__ import annotations

import threading

from syncd.sandbox import fixtures
from syncd.sandbox.faults import Faults
from syncd.sandbox.rate_limit import RateLimit
from syncd.sandbox.request_log import RequestLog
from syncd.sandbox.switches import Switches
from syncd.sandbox.world import Clock, World, utc_now

TOKEN = "sandbox-token"  # opens the sandbox only, and is told to everyone by /_sandbox/health


class Emulator:
    """Hold `lock` around every use of what is inside."""

    def __init__(self, fixture: str = "demo", *, clock: Clock = utc_now) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.token = TOKEN
        self.reset(fixture)

    def reset(self, fixture: str) -> None:
        """Start afresh: a new world, default switches, no faults, an empty log, a new rate window."""
        world = World(clock=self.clock, switches=Switches())
        fixtures.fill(world, fixture)
        self.world = world
        self.faults = Faults()
        self.rate = RateLimit()
        self.log = RequestLog()
