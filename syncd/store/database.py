"""The connection: SQLite with full durability, every writing transaction `BEGIN IMMEDIATE`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from syncd.errors import SchemaMismatch, StoreError

BUSY_TIMEOUT_S = 30
CONNECTIONS_KEPT = 8  # idle ones; senders beyond that open and close theirs
Transaction = Connection  # what a caller holds between `with database.write()` and its end
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """One database file. Transactions are short, and none is held across a network call."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.path = _path_of(url)
        self.engine = _engine(url)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is the only writer from its first statement; rolled back when the block raises."""
        with self.engine.connect().execution_options(begin_immediate=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent picture; changes nothing."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    def prepare(self) -> None:
        """Make the tables when the file is new. Raise SchemaMismatch when it is of another version."""
        try:
            with self.read() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
        except OperationalError as error:
            raise StoreError(
                f"the database {self.url} cannot be opened: {error.orig}", hint="Does the folder exist and is it ours?"
            ) from error
        if current is None:
            self.upgrade()
        elif current != self.newest_revision():
            raise SchemaMismatch(
                f"the tables of {self.url} have version {current}, this syncd needs {self.newest_revision()}",
                hint="Run `syncd store upgrade`.",
            )

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the tables to this version; return the revisions before and after."""
        with self.engine.connect() as connection:
            before = MigrationContext.configure(connection).get_current_revision()
            config = self._alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        return before, self.newest_revision()

    def newest_revision(self) -> str:
        revision = ScriptDirectory.from_config(self._alembic()).get_current_head()
        if revision is None:
            raise StoreError("this installation of syncd has no migrations", hint="Install it again.")
        return revision

    def _alembic(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        return config


def _path_of(url: str) -> Path:
    database = make_url(url).database
    if not url.startswith("sqlite:") or not database:
        raise StoreError(f"{url}: only a SQLite file can be used", hint="Use sqlite:////path/to/file.db")
    return Path(database)


def _engine(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        pool_size=CONNECTIONS_KEPT,
        max_overflow=-1,
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("begin_immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
