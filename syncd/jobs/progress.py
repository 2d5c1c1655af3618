"""How far a long reading has come, for whoever waits for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from syncd.domain.clock import BootTime, Clock
from syncd.log import logger

LOG_EVERY = timedelta(minutes=1)


class Progress(Protocol):
    """Told often; it decides what of it is shown."""

    def __call__(self, what: str, done: int, total: int | None = None, /) -> None:
        """So many of `total` are done; of a feed nobody knows how many there are."""
        ...


class LoggedProgress:
    """One line a minute, so that a log says what a run of an hour is at."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told_at: BootTime = clock.boot_time()

    def __call__(self, what: str, done: int, total: int | None = None) -> None:
        now = self._clock.boot_time()
        since = now.since(self._told_at)
        if since is not None and since >= LOG_EVERY:
            self._told_at = now
            logger("progress").info(what, done=done, **({} if total is None else {"of": total}))


def keep_quiet(_what: str, _done: int, _total: int | None = None) -> None:
    """Tell nobody."""
