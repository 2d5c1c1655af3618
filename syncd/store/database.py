"""The connection: SQLite with full durability, every writing transaction `BEGIN IMMEDIATE`."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from syncd.errors import SchemaMismatch, StoreError
from syncd.store.tables import SCHEMA_REVISION

BUSY_TIMEOUT_S = 30
CONNECTIONS_KEPT = 8  # idle ones; senders beyond that open and close theirs
Transaction = Connection  # what a caller holds between `with database.write()` and its end


class Database:
    """One database file. Transactions are short, and none is held across a network call."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.path = _path_of(url)
        self.engine = _engine(url)
        # SQLite lets one write at a time, and whoever comes second asks again after ever longer pauses. Our own threads
        # queue here instead, and take a connection only when it is their turn. A write inside of a write is refused by
        # SQLite; with a plain lock it would wait for itself for ever.
        self._turn = threading.RLock()

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is the only writer from its first statement; rolled back when the block raises."""
        with self._turn, self.engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent picture; changes nothing."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    def prepare(self) -> None:
        """Make the tables when the file is new. Raise SchemaMismatch when it is of another version."""
        with self._tables_lock():
            current = self.revision()
            if current is None:
                self._upgrade()
            elif current != SCHEMA_REVISION:
                raise SchemaMismatch(
                    f"the tables of {self.url} have version {current}, this syncd needs {SCHEMA_REVISION}",
                    hint="Run `syncd store upgrade`.",
                )

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the tables to this version; return the revisions before and after."""
        with self._tables_lock():
            before = self.revision()
            self._upgrade()
        return before, SCHEMA_REVISION

    @contextmanager
    def _tables_lock(self) -> Iterator[None]:
        """One process at a time makes tables: two that open a new file together would both try."""
        path = self.path.with_name(f"{self.path.name}.tables.lock")
        try:
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o640), "r+")
        except OSError as error:
            raise StoreError(
                f"the database {self.url} cannot be opened: {error.strerror}",
                hint="Does the folder exist, and is it ours?",
            ) from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _upgrade(self) -> None:
        # Imported here: Alembic costs every command half a second, and only this one needs it.
        from syncd.store.migrations.upgrade import upgrade

        with self.write() as tx:
            upgrade(tx)

    def revision(self) -> str | None:
        """The version of the tables that are there; None in a new file."""
        try:
            with self.read() as tx:
                if not inspect(tx).has_table("alembic_version"):
                    return None
                return tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        except OperationalError as error:
            raise StoreError(
                f"the database {self.url} cannot be opened: {error.orig}", hint="Does the folder exist and is it ours?"
            ) from error


def _path_of(url: str) -> Path:
    database = make_url(url).database
    if not url.startswith("sqlite:") or not database or database == ":memory:":
        raise StoreError(f"{url}: only a SQLite file can be used", hint="Use sqlite:////path/to/file.db")
    return Path(database)


def _engine(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        pool_size=CONNECTIONS_KEPT,
        max_overflow=-1,
        pool_use_lifo=True,  # the one used last: it still has the pages in its memory
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own: `read` and `write` do
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine
