"""Three locks per account, of which a dead process holds none: the daemon's life, one run's writing, one stock run.

The kernel keeps them beside a SQLite file, the server in PostgreSQL (`file_locks.py`, `advisory_locks.py`). The writer
also gets an epoch from the database: each acquisition raises it, and whoever still has an older one can no longer move
a journal entry.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import insert, select, update

from syncd.domain.clock import Clock
from syncd.domain.ids import Account
from syncd.errors import LockHeld, StoreError
from syncd.store.codec import to_text
from syncd.store.database import Database
from syncd.store.holder import Holder
from syncd.store.tables import WriterRow

POLL = timedelta(milliseconds=200)
_writers = WriterRow.__table__  # type: ignore[attr-defined]


def _nobody_to_tell() -> None:
    """The epoch stops a writer whose lock is lost."""


class Locks:
    """The locks of one account."""

    def __init__(self, database: Database, account: Account, clock: Clock) -> None:
        self._database = database
        self._account = account
        self._clock = clock

    @contextmanager
    def daemon(self, command: str, *, on_lost: Callable[[], None] = _nobody_to_tell) -> Iterator[None]:
        """Hold for as long as the daemon lives. Raise LockHeld when there is one already.

        `on_lost` is called from another thread when the lock is lost, and StoreError raised at the end.
        """
        lost = threading.Event()

        def tell() -> None:
            lost.set()
            on_lost()

        with self._hold("daemon", command, wait=timedelta(0), on_lost=tell):
            yield
        if lost.is_set():
            raise StoreError(
                f"the daemon lock of {self._account} was lost: the database ended the session that held it",
                hint="Was this process frozen, or the database restarted? Start the daemon again.",
            )

    @contextmanager
    def writer(self, command: str, *, wait: timedelta = timedelta(0)) -> Iterator[int]:
        """Hold while a run applies; yields the epoch. Raise LockHeld, naming the holder, after `wait`."""
        with self._hold("writer", command, wait=wait, on_lost=_nobody_to_tell):
            yield self._raise_epoch(command)

    @contextmanager
    def stock(self, command: str, *, wait: timedelta = timedelta(0)) -> Iterator[None]:
        """Hold while levels are read and compared: there is one picture of them, made page by page.

        Raise LockHeld, naming the holder, after `wait`.
        """
        with self._hold("stock", command, wait=wait, on_lost=_nobody_to_tell):
            yield

    @contextmanager
    def alone(self, command: str, *, wait: timedelta = timedelta(0)) -> Iterator[None]:
        """Hold both, without an epoch: for whoever replaces the database itself. Raise LockHeld as the others do."""
        with (
            self._hold("daemon", command, wait=wait, on_lost=_nobody_to_tell),
            self._hold("writer", command, wait=wait, on_lost=_nobody_to_tell),
        ):
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
    def _hold(self, name: str, command: str, *, wait: timedelta, on_lost: Callable[[], None]) -> Iterator[None]:
        until = self._clock.boot_time().plus(wait)
        with self._database.lock(self._account, name, on_lost=on_lost) as lock:
            while not lock.try_to_hold(Holder(command, os.getpid(), self._clock.now(), socket.gethostname())):
                left = until.since(self._clock.boot_time())
                if left is None or left <= timedelta(0):
                    who = lock.holder() or "another process"
                    raise LockHeld(
                        f"the {name} lock of {self._account} is held by {who}. Wait for it, or give `--wait SECONDS`."
                    )
                self._clock.sleep(min(POLL, left))
            yield
