"""A database on a PostgreSQL server. What SQLite gives by being one file is asked for here, and asked for by name.

* One writer at a time: every writing transaction begins by taking one lock of the database, as `BEGIN IMMEDIATE` does.
  Then what a transaction has read is still so when it writes, under READ COMMITTED and without a retry anywhere.
  Transactions are short and X-Series' allowance is far below what one writer can do.
* One consistent picture: a reading transaction is REPEATABLE READ, and READ ONLY.
* What is committed is on disk: `synchronous_commit` is on, whatever the server's default is (staging: with the next).
* A frozen process keeps nobody out: the server ends a writing transaction in which nothing happens any more, and a
  session that holds a lock and has fallen silent (`store/advisory_locks.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from syncd.domain.ids import Account
from syncd.errors import StoreError
from syncd.store.advisory_locks import AdvisoryLock, key_of

SCHEME = "postgresql://"
SERVER_MIN = 140_000  # 14: the first that can end an idle session
CONNECTIONS_KEPT = 8  # idle ones; senders beyond that open and close theirs
IDLE_IN_TRANSACTION_MAX = "30s"  # of a process frozen, or cut off, in the middle of writing
BEGIN_WRITING = (
    f"SELECT set_config('idle_in_transaction_session_timeout', '{IDLE_IN_TRANSACTION_MAX}', true),"
    f" pg_advisory_xact_lock({key_of('write')})"
)
LOCK_WAIT_MAX = "60s"  # for the writer before us: longer than the server bears a frozen one
# libpq's words. A server that has vanished is noticed within half a minute, not after the two hours of the kernel.
_SECONDS: Mapping[str, int] = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5}
_MILLISECONDS: Mapping[str, int] = {"tcp_user_timeout": 20_000}
_COUNTS: Mapping[str, int] = {"keepalives_count": 3}
_SETTINGS = f"""
SET client_encoding = 'UTF8';
SET lock_timeout = '{LOCK_WAIT_MAX}';
SELECT set_config('synchronous_commit', 'on', false)
 WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')
"""


class PostgresqlServer:
    """One database of a server. Its small files (tokens, numbers of the budget) lie in `folder`."""

    begin_reading = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

    def __init__(self, url: str, folder: Path, *, frozen_after: timedelta) -> None:
        address = make_url(url)
        if not address.database:
            raise StoreError(f"{address} names no database", hint="Use postgresql://user:password@host/database")
        self.shown = address.render_as_string(hide_password=True)
        self.path = folder / address.database
        self.engine = _engine(address.set(drivername="postgresql+psycopg"))
        self._frozen_after = frozen_after

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The server queues who wants to write."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(BEGIN_WRITING)
            yield connection

    @contextmanager
    def staging(self) -> Iterator[Connection]:
        with self.writing() as connection:
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    def close(self) -> None:
        self.engine.dispose()

    def lock(self, account: Account, name: str, on_lost: Callable[[], None]) -> AdvisoryLock:
        return AdvisoryLock(self.engine, key_of(account, name), frozen_after=self._frozen_after, on_lost=on_lost)

    @contextmanager
    def making_tables(self) -> Iterator[None]:
        """Nothing to do: tables are made in a writing transaction, of which there is one at a time.

        Who comes second finds them there.
        """
        yield


def _engine(address: URL) -> Engine:
    try:
        engine = create_engine(
            address,
            isolation_level="READ COMMITTED",
            hide_parameters=True,  # an error is logged, and its statement's values may name a person
            pool_size=CONNECTIONS_KEPT,
            max_overflow=-1,
            pool_pre_ping=True,  # a connection from before the server's restart is replaced, not tripped over
            connect_args={**_SECONDS, **_MILLISECONDS, **_COUNTS},
        )
    except ImportError as error:
        raise StoreError(
            "the driver for PostgreSQL is not installed", hint="Run `pip install 'syncd[postgresql]'`"
        ) from error

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        if connection.info.server_version < SERVER_MIN:
            raise StoreError(
                f"the PostgreSQL server is too old ({connection.info.server_version // 10_000})",
                hint=f"PostgreSQL {SERVER_MIN // 10_000} or newer is needed.",
            )
        connection.autocommit = True  # settings made in a transaction would end with it
        connection.execute(_SETTINGS)
        connection.autocommit = False

    return engine
