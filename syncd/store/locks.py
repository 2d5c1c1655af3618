"""Two locks per account, held by the kernel, so that a dead process holds none: the daemon's life, one run's writing.

The writer also gets an epoch from the database: each acquisition raises it, and whoever still has an older one can no
longer move a journal entry.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select, update

from syncd.domain.clock import Clock
from syncd.domain.ids import Account
from syncd.errors import LockHeld
from syncd.store.codec import to_text
from syncd.store.database import Database
from syncd.store.tables import WriterRow

POLL = timedelta(milliseconds=200)
_writers = WriterRow.__table__  # type: ignore[attr-defined]


class Locks:
    """The locks of one account, as files beside the database."""

    def __init__(self, database: Database, account: Account, clock: Clock) -> None:
        self._database = database
        self._account = account
        self._clock = clock

    @contextmanager
    def daemon(self, command: str) -> Iterator[None]:
        """Hold for as long as the daemon lives. Raise LockHeld when there is one already."""
        with self._file_lock("daemon", command, wait=timedelta(0)):
            yield

    @contextmanager
    def writer(self, command: str, *, wait: timedelta = timedelta(0)) -> Iterator[int]:
        """Hold while a run applies; yields the epoch. Raise LockHeld, naming the holder, after `wait`."""
        with self._file_lock("writer", command, wait=wait):
            yield self._raise_epoch(command)

    @contextmanager
    def alone(self, command: str, *, wait: timedelta = timedelta(0)) -> Iterator[None]:
        """Hold both, without an epoch: for whoever replaces the database itself. Raise LockHeld as the others do."""
        with self._file_lock("daemon", command, wait=wait), self._file_lock("writer", command, wait=wait):
            yield

    def _raise_epoch(self, command: str) -> int:
        with self._database.write() as tx:
            here = _writers.c.account == self._account
            holder = f"{command} (pid {os.getpid()})"
            since = to_text(self._clock.now())
            epoch = tx.execute(select(_writers.c.epoch).where(here)).scalar_one_or_none()
            if epoch is None:
                tx.execute(insert(_writers).values(account=self._account, epoch=1, holder=holder, since=since))
                return 1
            tx.execute(update(_writers).where(here).values(epoch=epoch + 1, holder=holder, since=since))
            return int(epoch) + 1

    @contextmanager
    def _file_lock(self, name: str, command: str, *, wait: timedelta) -> Iterator[None]:
        path = self._database.path.with_name(f"{self._database.path.name}.{self._account}.{name}.lock")
        until = self._clock.boot_time().plus(wait)
        # The file is never removed: a lock on a removed file would keep nobody out.
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o640), "r+") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    left = until.since(self._clock.boot_time())
                    if left is None or left <= timedelta(0):
                        raise LockHeld(_who_holds(path, name, self._account)) from None
                    self._clock.sleep(min(POLL, left))
            file.seek(0)
            file.truncate()
            json.dump({"pid": os.getpid(), "command": command, "since": to_text(self._clock.now())}, file)
            file.flush()
            yield


def accounts_locked_beside(database: Path) -> set[Account]:
    """The accounts that have ever worked in this database: their lock files are never removed."""
    names = {path.name for path in database.parent.glob(f"{database.name}.*.writer.lock")}
    return {Account(name.removeprefix(f"{database.name}.").removesuffix(".writer.lock")) for name in names}


def _who_holds(path: Path, name: str, account: Account) -> str:
    try:
        holder = json.loads(path.read_text())
        since = datetime.fromisoformat(holder["since"]).isoformat(timespec="seconds")
        who = f"`{holder['command']}` (process {holder['pid']}, since {since})"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return f"the {name} lock of {account} is held by {who}. Wait for it, or give `--wait SECONDS`."
