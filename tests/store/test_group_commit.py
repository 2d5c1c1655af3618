"""Threads that write at once are committed at once: all that returned is there, and who fails fails alone."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import IntegrityError, OperationalError

from syncd.errors import StoreError
from syncd.store.group_commit import GroupCommit

WAIT_S_MAX = 20
IN_THREADS = {"check_same_thread": False, "timeout": 0.5}
Write = Callable[[Connection], None]


@dataclass
class Shelf:
    """A file with one table, and how often it was committed."""

    engine: Engine
    writer: GroupCommit
    commits: int = 0

    def goods(self) -> list[str]:
        with self.engine.connect() as reader:
            return [row.name for row in reader.exec_driver_sql("SELECT name FROM goods ORDER BY name")]

    def write(self, does: Write) -> None:
        with self.writer.write() as tx:
            does(tx)

    def write_together(self, *writes: Write) -> list[Future[None]]:
        """Each is held in its block until the next one queues: they share a transaction, and come in this order."""
        sent: list[Future[None]] = []
        may_end = threading.Event()
        with ThreadPoolExecutor(len(writes)) as pool:
            for does in writes:
                before, inside, may_end = may_end, threading.Event(), threading.Event()
                sent.append(pool.submit(self.write, held(does, inside, may_end)))
                if len(sent) > 1:
                    self.wait_for_queue(1)
                    before.set()
                assert inside.wait(WAIT_S_MAX)
            may_end.set()
        return sent

    def wait_for_queue(self, length: int) -> None:
        until = time.monotonic() + WAIT_S_MAX
        while self.writer.queued < length:
            assert time.monotonic() < until
            time.sleep(0.001)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    engine = create_engine(f"sqlite:///{tmp_path / 'shelf.db'}", connect_args=IN_THREADS)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]
        connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[attr-defined]

    shelf = Shelf(engine, GroupCommit(engine, "BEGIN IMMEDIATE"))
    with shelf.writer.write() as tx:
        tx.exec_driver_sql("CREATE TABLE goods (name TEXT PRIMARY KEY)")
        tx.exec_driver_sql("CREATE TABLE tags (of TEXT REFERENCES goods (name) DEFERRABLE INITIALLY DEFERRED)")

    @event.listens_for(engine, "commit")
    def _on_commit(_connection: Connection) -> None:
        shelf.commits += 1

    yield shelf
    shelf.writer.close()
    engine.dispose()


def held(does: Write, inside: threading.Event, may_end: threading.Event) -> Write:
    def hold(tx: Connection) -> None:
        inside.set()
        assert may_end.wait(WAIT_S_MAX)
        does(tx)

    return hold


def put(name: str) -> Write:
    def does(tx: Connection) -> None:
        tx.exec_driver_sql("INSERT INTO goods VALUES (?)", (name,))

    return does


def put_and_fail(name: str) -> Write:
    def does(tx: Connection) -> None:
        put(name)(tx)
        raise KeyError(name)

    return does


def test_threads_that_write_at_once_share_one_commit(shelf: Shelf) -> None:
    sent = shelf.write_together(put("a"), put("b"), put("c"), put("d"))

    assert [one.exception() for one in sent] == [None] * 4
    assert (shelf.goods(), shelf.commits) == (["a", "b", "c", "d"], 1)


def test_a_thread_alone_is_committed_at_once(shelf: Shelf) -> None:
    shelf.write(put("a"))
    assert (shelf.goods(), shelf.commits) == (["a"], 1)
    shelf.write(put("b"))
    assert (shelf.goods(), shelf.commits) == (["a", "b"], 2)


def test_what_one_wrote_is_seen_by_those_after_it(shelf: Shelf) -> None:
    """Two who take the next number must not take the same, whether or not the first is on disk yet."""
    counted: list[int] = []

    def count_and_put(tx: Connection) -> None:
        counted.append(tx.exec_driver_sql("SELECT count(*) FROM goods").scalar_one())
        put(str(counted[-1]))(tx)

    shelf.write_together(*[count_and_put] * 4)

    assert counted == [0, 1, 2, 3]


@pytest.mark.parametrize("failing", range(4))
def test_who_fails_fails_alone(shelf: Shelf, failing: int) -> None:
    names = ["a", "b", "c", "d"]
    writes = [put_and_fail(name) if place == failing else put(name) for place, name in enumerate(names)]

    sent = shelf.write_together(*writes)

    assert [type(one.exception()) for one in sent] == [KeyError if n == failing else type(None) for n in range(4)]
    assert shelf.goods() == [name for place, name in enumerate(names) if place != failing]


def test_a_statement_that_is_refused_takes_no_other_write_with_it(shelf: Shelf) -> None:
    sent = shelf.write_together(put("a"), put("a"), put("b"))

    assert [type(one.exception()) for one in sent] == [type(None), IntegrityError, type(None)]
    assert shelf.goods() == ["a", "b"]


def test_a_commit_that_fails_is_heard_by_all_who_wait_for_it(shelf: Shelf) -> None:
    def tag_what_is_not_there(tx: Connection) -> None:
        tx.exec_driver_sql("INSERT INTO tags VALUES ('nothing')")

    sent = shelf.write_together(put("a"), tag_what_is_not_there, put("b"))

    assert [type(one.exception()) for one in sent] == [StoreError, StoreError, IntegrityError]
    assert shelf.goods() == []
    shelf.write(put("c"))
    assert shelf.goods() == ["c"]


def test_a_transaction_that_the_database_took_back_is_heard_by_all_of_it(shelf: Shelf) -> None:
    """As a full disk does: SQLite rolls the whole of it back, not the one statement."""

    def lose_all(tx: Connection) -> None:
        tx.exec_driver_sql("ROLLBACK")
        raise OSError("the disk is full")

    sent = shelf.write_together(put("a"), lose_all, put("b"))

    assert [type(one.exception()) for one in sent] == [StoreError, OSError, type(None)]
    assert shelf.goods() == ["b"]


def test_nobody_is_told_what_stood_in_the_write_of_another(shelf: Shelf) -> None:
    def lose_all_with_a_name(tx: Connection) -> None:
        tx.exec_driver_sql("ROLLBACK")
        tx.exec_driver_sql("INSERT INTO nowhere VALUES (?)", ("Ada Lovelace",))

    first, second = shelf.write_together(put("a"), lose_all_with_a_name)

    assert "Ada" in str(second.exception())
    assert "no such table" in str(first.exception())
    assert "Ada" not in str(first.exception())


def test_a_block_that_hides_that_the_database_took_it_back_is_not_called_written(shelf: Shelf) -> None:
    with pytest.raises(StoreError, match="ended before its commit"):
        shelf.write(lambda tx: tx.exec_driver_sql("ROLLBACK") and None)

    shelf.write(put("a"))
    assert shelf.goods() == ["a"]


def test_a_write_inside_of_a_write_is_refused(shelf: Shelf) -> None:
    with pytest.raises(StoreError, match="inside of a write"):
        shelf.write(lambda _tx: shelf.write(put("a")))

    shelf.write(put("b"))
    assert shelf.goods() == ["b"]


def test_a_transaction_that_cannot_begin_leaves_the_queue_as_it_was(shelf: Shelf, tmp_path: Path) -> None:
    other = create_engine(f"sqlite:///{tmp_path / 'shelf.db'}")
    with other.connect() as rival:
        rival.connection.dbapi_connection.isolation_level = None  # type: ignore[union-attr]
        rival.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            shelf.write(put("a"))
        rival.exec_driver_sql("ROLLBACK")
    other.dispose()

    shelf.write(put("b"))
    assert shelf.goods() == ["b"]


@pytest.fixture
def _interrupts() -> Iterator[None]:
    """Ctrl-C raises, as in a command; workers that run tests side by side do not hear it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interrupts")
def test_who_is_interrupted_in_the_queue_leaves_nobody_waiting(shelf: Shelf) -> None:
    """The main thread hears Ctrl-C while it queues; the write before it counted on it to commit."""
    inside, go_on = threading.Event(), threading.Event()

    def interrupt() -> None:
        shelf.wait_for_queue(1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        go_on.set()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shelf.write, held(put("a"), inside, go_on))
        assert inside.wait(WAIT_S_MAX)
        pool.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            shelf.write(put("b"))
        assert first.exception(WAIT_S_MAX) is None

    assert shelf.goods() == ["a"]


def how_durable(tx: Connection) -> int:
    """1: on disk with a later commit; 2: with its own."""
    return int(tx.exec_driver_sql("PRAGMA synchronous").scalar_one())


def test_only_what_is_staged_does_not_wait_for_the_disk(shelf: Shelf) -> None:
    seen: list[int] = []
    for is_staged in (False, True, True, False):
        with shelf.writer.write(is_staged=is_staged) as tx:
            seen.append(how_durable(tx))
            put(f"number {len(seen)}")(tx)
        assert len(shelf.goods()) == len(seen)

    assert seen == [2, 1, 1, 2]


def test_a_write_that_comes_while_others_stage_waits_for_the_disk_by_itself(shelf: Shelf) -> None:
    inside, may_end = threading.Event(), threading.Event()
    levels: list[int] = []

    def stage() -> None:
        with shelf.writer.write(is_staged=True) as tx:
            held(put("a level"), inside, may_end)(tx)

    def note_and_put(tx: Connection) -> None:
        levels.append(how_durable(tx))
        put("an order")(tx)

    with ThreadPoolExecutor(2) as pool:
        staged = pool.submit(stage)
        assert inside.wait(WAIT_S_MAX)
        written = pool.submit(shelf.write, note_and_put)
        shelf.wait_for_queue(1)
        may_end.set()
        staged.result(WAIT_S_MAX)
        written.result(WAIT_S_MAX)

    assert levels == [2]
    assert shelf.goods() == ["a level", "an order"]
