"""Our clock, which may be set wrong and begins anew with a reboot, beside the time of the world, which just passes."""

from __future__ import annotations

from datetime import datetime, timedelta

from syncd.domain.clock import BootTime
from tests.fakes.memory_erp import FakeClock


class HostClock(FakeClock):
    """The clock of the machine that syncd runs on. Both other sides have the time of the world."""

    def __init__(self, outside: FakeClock) -> None:
        super().__init__(outside.now())
        self.outside = outside
        self.wrong_by = timedelta(0)
        self._booted_at = outside.now() - timedelta(hours=1)

    def now(self) -> datetime:
        return self.outside.now() + self.wrong_by

    def boot_time(self) -> BootTime:
        up = self.outside.now() - self._booted_at
        return BootTime(f"boot-{self._boot}", up // timedelta(milliseconds=1))

    def advance(self, by: timedelta | int) -> None:
        self.outside.advance(by)

    def set_wrong(self, by: timedelta) -> None:
        """Somebody, or a time server, sets the wall clock; the boot clock does not notice."""
        self.wrong_by = by

    def reboot(self) -> None:
        self._boot += 1
        self._booted_at = self.outside.now() - timedelta(seconds=1)
