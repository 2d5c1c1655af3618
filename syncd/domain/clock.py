"""Time as an argument: the wall clock for people, the boot clock for waiting that a changed clock cannot cut short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Condition
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class BootTime:
    """A moment on a clock that only goes forward, and only since this boot of this machine."""

    boot: str  # the kernel's boot id
    ms: int

    def since(self, earlier: BootTime) -> timedelta | None:
        """How long after `earlier` this is; None when that was another boot or another machine."""
        if self.boot != earlier.boot:
            return None
        return timedelta(milliseconds=self.ms - earlier.ms)

    def plus(self, wait: timedelta) -> BootTime:
        return BootTime(self.boot, self.ms + wait // timedelta(milliseconds=1))


class Clock(Protocol):
    """Where time comes from. Nothing below `bootstrap` asks the machine itself."""

    def now(self) -> datetime:
        """The wall clock, in UTC, with its zone."""
        ...

    def boot_time(self) -> BootTime: ...

    def sleep(self, wait: timedelta) -> None: ...


@runtime_checkable
class WaitingClock(Clock, Protocol):
    """A clock that can also wait for a condition, so that whoever waits is woken when there is news."""

    def wait_for(self, condition: Condition, at_most: timedelta) -> None:
        """Given a held condition, release it, wait until it is notified or the time is over, and hold it again."""
        ...


def aware(moment: datetime) -> datetime:
    """Return the moment, or raise ValueError when it carries no zone."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"a time without a zone: {moment.isoformat()}")
    return moment
