"""One clock for all processes of a lifetime: eight bytes that they share. It moves only when somebody moves it."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Condition

from syncd.domain.clock import BootTime

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
_FORMAT = struct.Struct("<qq")  # milliseconds since BEGIN, number of the boot
_LOOK_S = 0.001


class SharedClock:
    """A clock that is the same in every process that opens the same file."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_FORMAT.pack(0, 1))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _FORMAT.size)

    def close(self) -> None:
        self._map.close()

    def now(self) -> datetime:
        return BEGIN + timedelta(milliseconds=self._read()[0])

    def boot_time(self) -> BootTime:
        ms, boot = self._read()
        return BootTime(f"boot-{boot}", ms)

    def sleep(self, wait: timedelta) -> None:
        self.advance(wait)

    def wait_for(self, condition: Condition, at_most: timedelta) -> None:
        """Wait a moment for another thread; when there was no news, the whole time is over."""
        if not condition.wait(_LOOK_S):
            self.advance(at_most)

    def advance(self, wait: timedelta) -> None:
        ms, boot = self._read()
        self._write(ms + wait // timedelta(milliseconds=1), boot)

    def reboot(self) -> None:
        """The machine starts anew: what was measured on its boot clock means nothing any more."""
        ms, boot = self._read()
        self._write(ms, boot + 1)

    def restart(self) -> None:
        """Go back to the beginning, for another lifetime."""
        self._write(0, 1)

    def _read(self) -> tuple[int, int]:
        ms, boot = _FORMAT.unpack(self._map[: _FORMAT.size])
        return int(ms), int(boot)

    def _write(self, ms: int, boot: int) -> None:
        self._map[: _FORMAT.size] = _FORMAT.pack(ms, boot)
