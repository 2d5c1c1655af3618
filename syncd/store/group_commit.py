"""Writes of several threads, committed together: one sync to the disk for them all.

SQLite lets one write at a time, and our own threads queue for it here. Who is done while others queue leaves its work
in the open transaction to the next, and waits; the last of them commits. Each write can be taken back alone, and none
returns before it is on disk. A thread has one write in a group, so a group has no more writes than we have threads.

What is staged is the exception: it is there for everybody when the write returns, and on disk with the next one that is
not staged. If the machine loses power before that, it is gone as if it had never been read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from syncd.errors import StoreError


class Group:
    """One transaction, and the writes that have come into it."""

    def __init__(self, connection: Connection, begin: str, *, is_staged: bool = False) -> None:
        self.connection = connection
        self.is_staged = is_staged
        self.writes = 0
        self._error: BaseException | None = None
        self._ended = threading.Event()
        try:
            connection.exec_driver_sql(begin)
        except BaseException:
            connection.close()
            raise

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    @contextmanager
    def one_write(self) -> Iterator[Connection]:
        """A block of the caller's; taken back alone when it raises."""
        is_first = not self.writes
        self.writes += 1
        try:
            if not is_first:
                self._execute("SAVEPOINT its")
            yield self.connection
            if not is_first:
                self._execute("RELEASE its")
        except BaseException as error:
            if is_first or not self._is_open:  # a full disk, say, takes back the whole transaction
                self._abandon(error)
            else:
                self._execute("ROLLBACK TO its")
                self._execute("RELEASE its")
            raise

    def commit(self) -> None:
        try:
            if not self._is_open:
                raise StoreError("the transaction had ended before its commit", hint="Has the disk room?")
            self.connection.commit()
        except BaseException as error:
            self._abandon(error)
            raise
        self._ended.set()

    def wait(self) -> None:
        """Return when the write is on disk. Raise StoreError when the commit, which another thread made, failed."""
        self._ended.wait()
        if self._error is not None:
            # Not the whole text of it: SQLAlchemy puts the row of the other write there, and messages are logged.
            why = self._error.orig if isinstance(self._error, DBAPIError) else type(self._error).__name__
            raise StoreError(f"the database took this write back, with another: {why}", hint="Has the disk room?")

    def _abandon(self, error: BaseException) -> None:
        """End it, and the session with it: SQLite leaves a transaction open whose commit has failed."""
        self._error = error
        try:
            self.connection.invalidate()
            self.connection.close()
        finally:
            self._ended.set()

    @property
    def _is_open(self) -> bool:
        return bool(self.connection.connection.dbapi_connection.in_transaction)  # type: ignore[union-attr]

    def _execute(self, sql: str) -> None:
        """Past SQLAlchemy, for which these would cost more than the writes around them."""
        self.connection.connection.dbapi_connection.execute(sql)  # type: ignore[union-attr]


class GroupCommit:
    """The one connection of this process that writes, and the queue before it.

    The connection is kept: to take one from the pool and to give it back costs as much as a statement.
    """

    def __init__(self, engine: Engine, begin: str) -> None:
        self._engine = engine
        self._begin = begin
        self._turn = threading.RLock()
        self._writing: int | None = None  # the thread that has the turn
        self._waiting: set[int] = set()  # the threads that wait for it
        self._kept: Connection | None = None
        self._group: Group | None = None  # whose work is not committed yet
        self._staged_on: Connection | None = None  # that does not wait for the disk, until it is told to

    @contextmanager
    def write(self, *, is_staged: bool = False) -> Iterator[Connection]:
        """Wait for the turn, and return when what the block did is on disk; undone when it raises.

        With `is_staged` the disk is not waited for.

        Raise StoreError for a write inside of a write, which would wait for itself.
        """
        if self._writing == threading.get_ident():
            raise StoreError("a write inside of a write", hint="This is a defect of syncd. Please report it.")
        try:
            self._queue()
            group = self._group = self._group or self._begun(is_staged=is_staged)
            with group.one_write() as connection:
                yield connection
        finally:
            self._leave()
        group.wait()

    def close(self) -> None:
        with self._turn:
            if self._kept is not None:
                self._kept.close()
                self._kept = None

    def _connection(self) -> Connection:
        if self._kept is None or self._kept.closed:
            self._kept = self._engine.connect()
        return self._kept

    def _begun(self, *, is_staged: bool) -> Group:
        connection = self._connection()
        if is_staged != (self._staged_on is connection):
            # Between two transactions: within one SQLite keeps to what it began with.
            level = "NORMAL" if is_staged else "FULL"
            connection.connection.dbapi_connection.execute(f"PRAGMA synchronous={level}")  # type: ignore[union-attr]
            self._staged_on = connection if is_staged else None
        return Group(connection, self._begin, is_staged=is_staged)

    @property
    def queued(self) -> int:
        """How many threads wait for their turn."""
        return len(self._waiting)

    def _queue(self) -> None:
        me = threading.get_ident()
        self._waiting.add(me)
        self._turn.acquire()
        self._waiting.discard(me)
        self._writing = me

    def _leave(self) -> None:
        """Give up the turn, or the place in the queue: an interrupt may have come anywhere, once the turn was had too.

        Who waits must not wait for ever, neither for the turn nor for the commit that was left to us.
        """
        try:
            with self._turn:
                self._waiting.discard(threading.get_ident())
                self._writing = None
                self._commit_for_all()
        finally:
            with suppress(RuntimeError):  # raised where the turn was never had
                self._turn.release()

    def _commit_for_all(self) -> None:
        """Commit, unless somebody queues: who does has the turn next, and will. Nobody waits for what is staged."""
        group = self._group
        if group is None:
            return
        if group.has_ended:
            self._group = None
        elif group.is_staged or not self.queued:
            self._group = None
            group.commit()
