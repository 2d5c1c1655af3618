"""Who holds a lock: told to the one who cannot have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Holder:
    command: str
    pid: int
    since: datetime
    host: str = ""  # empty where it can only be this one

    def __str__(self) -> str:
        where = f" on {self.host}" if self.host else ""
        return f"`{self.command}` (process {self.pid}{where}, since {self.since.isoformat(timespec='seconds')})"
