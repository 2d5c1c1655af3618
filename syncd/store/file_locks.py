"""A lock of the kernel on a file beside the SQLite database: a dead process holds none, a frozen one does."""

from __future__ import annotations

import fcntl
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Self, TextIO

from syncd.domain.ids import Account
from syncd.store.codec import to_text
from syncd.store.holder import Holder


class FileLock:
    """One lock; the file says who has it. To be had within `with`, and free again at its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        # The file is never removed: a lock on a removed file would keep nobody out.
        self._file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o640), "r+")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._file is not None, "it was entered"
        self._file.close()

    def try_to_hold(self, holder: Holder) -> bool:
        """Take the lock if it is free, and say in the file who has it."""
        assert self._file is not None, "it was entered"
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": holder.pid, "command": holder.command, "since": to_text(holder.since)}, self._file)
        self._file.flush()
        return True

    def holder(self) -> Holder | None:
        """Who has it; None when the file does not say so (yet)."""
        try:
            said = json.loads(self._path.read_text())
            return Holder(str(said["command"]), int(said["pid"]), datetime.fromisoformat(said["since"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def accounts_locked_beside(database: Path) -> set[Account]:
    """The accounts that have ever worked in this database: their lock files are never removed."""
    names = {path.name for path in database.parent.glob(f"{database.name}.*.writer.lock")}
    return {Account(name.removeprefix(f"{database.name}.").removesuffix(".writer.lock")) for name in names}
