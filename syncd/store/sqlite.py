"""A database that is one SQLite file: full durability but for staging, every writing transaction `BEGIN IMMEDIATE`."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from syncd.domain.ids import Account
from syncd.errors import StoreError
from syncd.store.file_locks import FileLock
from syncd.store.group_commit import GroupCommit

BUSY_TIMEOUT_S = 30
CONNECTIONS_KEPT = 8  # idle ones; senders beyond that open and close theirs


class SqliteFile:
    """The file, and what lies beside it: the locks, the tokens, the numbers of the budget."""

    begin_reading = "BEGIN"

    def __init__(self, url: str) -> None:
        self.shown = url
        self.path = _path_of(url)
        self.engine = _engine(url)
        self._group_commit = GroupCommit(self.engine, "BEGIN IMMEDIATE")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._group_commit.write() as connection:
            yield connection

    @contextmanager
    def staging(self) -> Iterator[Connection]:
        with self._group_commit.write(is_staged=True) as connection:
            yield connection

    def close(self) -> None:
        self._group_commit.close()
        self.engine.dispose()

    def lock(self, account: Account, name: str, _on_lost: Callable[[], None]) -> FileLock:
        """A lock that cannot be lost: the kernel keeps it for as long as the process lives."""
        return FileLock(self.path.with_name(f"{self.path.name}.{account}.{name}.lock"))

    @contextmanager
    def making_tables(self) -> Iterator[None]:
        """One process at a time makes tables: two that open a new file together would both try."""
        path = self.path.with_name(f"{self.path.name}.tables.lock")
        try:
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o640), "r+")
        except OSError as error:
            raise StoreError(
                f"the database {self.shown} cannot be opened: {error.strerror}",
                hint="Does the folder exist, and is it ours?",
            ) from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _path_of(url: str) -> Path:
    database = make_url(url).database
    if not url.startswith("sqlite:") or not database or database == ":memory:":
        raise StoreError(
            f"{url}: only a SQLite file or a PostgreSQL database can be used",
            hint="Use sqlite:////path/to/file.db or postgresql://user:password@host/database",
        )
    return Path(database)


def _engine(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        hide_parameters=True,  # an error is logged, and its statement's values may name a person
        pool_size=CONNECTIONS_KEPT,
        max_overflow=-1,
        pool_use_lifo=True,  # the one used last: it still has the pages in its memory
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own: `Database` does
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine
