"""A lock that PostgreSQL keeps for one session, and takes from whoever gives no sign of life.

The session is a connection of its own. While the lock is held, a thread speaks on it every few seconds; the server ends
a session that has been silent for `frozen_after`, and with it frees the lock. So a process that was frozen, or whose
machine has vanished, keeps nobody out. When it wakes it no longer has the lock; that it does no harm is not the lock's
doing but the epoch's (`store/journal.py`).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Self

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from syncd.errors import StoreError
from syncd.store.holder import Holder

BEATS = 6  # signs of life within `frozen_after`: some may come late
LAST_BEAT_WAIT_S = 30  # for one under way when the lock is given back; a dead line fails sooner (`postgresql.py`)
NAME_BYTES_MAX = 63  # of ASCII: more of an application_name is cut by PostgreSQL, other letters are escaped
HOST_CHARS_MAX = 24

_TAKE = text("SELECT pg_try_advisory_lock(:key)")
_FREE = text("SELECT pg_advisory_unlock(:key)")
_SAY = text("SELECT set_config('application_name', :name, false)")
_HAS = text(
    "SELECT session.application_name FROM pg_locks JOIN pg_stat_activity AS session USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND (classid::bigint << 32) | objid::bigint = :key"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def key_of(*words: str) -> int:
    """The 64 bits that name a lock to PostgreSQL."""
    return int.from_bytes(hashlib.sha256("/".join(("syncd", *words)).encode()).digest()[:8], signed=True)


class AdvisoryLock:
    """One lock. To be had within `with`, and free again at its end."""

    def __init__(self, engine: Engine, key: int, *, frozen_after: timedelta, on_lost: Callable[[], None]) -> None:
        self._engine = engine
        self._key = key
        self._frozen_after = frozen_after
        self._on_lost = on_lost
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="lock", daemon=True)

    def __enter__(self) -> Self:
        limit_ms = self._frozen_after // timedelta(milliseconds=1)
        with _told():
            self._session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._session.detach()  # never given back to the pool: the lock ends with the session
            self._session.exec_driver_sql(f"SET idle_session_timeout = {limit_ms}")
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._heart.ident is not None:
            self._heart.join(LAST_BEAT_WAIT_S)
            try:
                # Said, not only hung up: the server notices the end of a connection a moment later.
                self._session.execute(_FREE, {"key": self._key})
            except SQLAlchemyError:
                self._on_lost()  # the server has ended the session, and no beat has noticed yet
        self._session.close()

    def try_to_hold(self, holder: Holder) -> bool:
        """Take the lock if it is free, and let the session's name say who has it."""
        with _told():
            if not self._session.execute(_TAKE, {"key": self._key}).scalar_one():
                return False
            self._session.execute(_SAY, {"name": _name(holder)})
        self._heart.start()
        return True

    def holder(self) -> Holder | None:
        """Who has it; None when it has just become free."""
        try:
            name = self._session.execute(_HAS, {"key": self._key}).scalar_one_or_none()
            pid, since, host, command = str(name).split(" ", 3)
            return Holder(command, int(pid), datetime.fromtimestamp(int(since), UTC), host)
        except (DBAPIError, ValueError):
            return None

    def _beat(self) -> None:
        # By the real clock, whatever clock the jobs were given: the server waits by its own.
        while not self._ended.wait(self._frozen_after.total_seconds() / BEATS):
            try:
                self._session.exec_driver_sql("SELECT 1")
            except SQLAlchemyError:
                self._on_lost()
                return


@contextmanager
def _told() -> Iterator[None]:
    """An error of the server in words for people."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"the lock cannot be asked for: {error.orig}", hint="Is PostgreSQL running?") from error


def _name(holder: Holder) -> str:
    since = int(holder.since.timestamp())
    name = f"{holder.pid} {since} {holder.host[:HOST_CHARS_MAX] or '-'} {holder.command}"
    return name.encode("ascii", "replace")[:NAME_BYTES_MAX].decode()
