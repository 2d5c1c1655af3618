"""The transactions, whichever database they are of. What is SQLite's or PostgreSQL's own is in a file of its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import InternalError, OperationalError

from syncd.domain.ids import Account
from syncd.errors import SchemaMismatch, StoreError
from syncd.store.advisory_locks import AdvisoryLock
from syncd.store.file_locks import FileLock
from syncd.store.postgresql import SCHEME, PostgresqlServer
from syncd.store.sqlite import SqliteFile
from syncd.store.tables import SCHEMA_REVISION

HERE = Path()
FROZEN_AFTER = timedelta(seconds=30)
Transaction = Connection  # what a caller holds between `with database.write()` and its end


class Database:
    """One database. Transactions are short, and none is held across a network call.

    `folder` and `frozen_after` are for PostgreSQL: where the small files lie, and after what silence the server takes
    the locks from a process.
    """

    def __init__(self, url: str, *, folder: Path = HERE, frozen_after: timedelta = FROZEN_AFTER) -> None:
        self._home = (
            PostgresqlServer(url, folder, frozen_after=frozen_after) if url.startswith(SCHEME) else SqliteFile(url)
        )
        self.url = url
        self.shown = self._home.shown  # the address without its password
        self.path = self._home.path  # the file, or what the small files in `folder` are named after
        self.engine = self._home.engine

    def close(self) -> None:
        self._home.close()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is the only writer from its first statement; rolled back when the block raises."""
        with self._told(), self._home.writing() as tx:
            yield tx

    @contextmanager
    def stage(self) -> Iterator[Connection]:
        """A transaction that does not wait for the disk, for pages of levels: lost together with where it had come to,
        they are read again. Any later `write` takes it to the disk as well."""
        with self._told(), self._home.staging() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent picture; changes nothing."""
        with self._told(), self.engine.begin() as connection:
            connection.exec_driver_sql(self._home.begin_reading)
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InternalError) as error:
            raise StoreError(
                f"the database {self.shown} cannot be used: {error.orig}", hint="Is it there, is it ours, has it room?"
            ) from error

    def lock(self, account: Account, name: str, *, on_lost: Callable[[], None]) -> FileLock | AdvisoryLock:
        """A lock of the account, not yet asked for. `on_lost` is called if another process may have it meanwhile."""
        return self._home.lock(account, name, on_lost)

    def prepare(self) -> None:
        """Make the tables when the database is new. Raise SchemaMismatch when it is of another version."""
        with self._home.making_tables():
            current = self.revision()
            if current is None:
                self._upgrade()
            elif current != SCHEMA_REVISION:
                raise SchemaMismatch(
                    f"the tables of {self.shown} have version {current}, this syncd needs {SCHEMA_REVISION}",
                    hint="Run `syncd store upgrade`.",
                )

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the tables to this version; return the revisions before and after."""
        with self._home.making_tables():
            before = self.revision()
            self._upgrade()
        return before, SCHEMA_REVISION

    def _upgrade(self) -> None:
        # Imported here: Alembic costs every command half a second, and only this one needs it.
        from syncd.store.migrations.upgrade import upgrade

        with self.write() as tx:
            upgrade(tx)

    def revision(self) -> str | None:
        """The version of the tables that are there; None in a new database."""
        with self.read() as tx:
            if not inspect(tx).has_table("alembic_version"):
                return None
            return tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
