"""Copies of the database: whole, verified, and put back so that nobody of before can go on."""

import sqlite3
import stat
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from syncd.domain.clock import BootTime
from syncd.domain.ids import Account
from syncd.errors import LockHeld, SchemaMismatch, StoreError, UsageError
from syncd.store import beginning, copy, cursors, runs
from syncd.store.beginning import Beginning
from syncd.store.database import Database
from syncd.store.locks import Locks
from tests.fakes.memory_erp import FakeClock
from tests.store.shelf import ACME, NOW, a_pen

HOLDER = "store restore"


@pytest.fixture
def filled(file_database: Database) -> Database:
    """A database with a run, a writer and a cursor."""
    with file_database.write() as tx:
        runs.begin(tx, ACME, "orders", "live", now=NOW)
        a_pen(tx, epoch=7)
        cursors.take_ticket(tx, ACME)
        cursors.move(tx, ACME, cursors.ERP_ORDERS, "2026-12-01", ticket=1, now=NOW)
    return file_database


@pytest.fixture
def kept(filled: Database, tmp_path: Path) -> Path:
    return copy.back_up(filled.path, tmp_path / "kept.db", ACME, force=False).path


def epoch(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT epoch FROM writers WHERE account = 'acme'").fetchone()[0])


def put_back(database: Database, file: Path) -> copy.Restored:
    return copy.restore(database.path, file, ACME, holder=HOLDER, now=NOW)


def test_a_copy_holds_what_was_committed_and_is_for_its_owner_alone(filled: Database, tmp_path: Path) -> None:
    made = copy.back_up(filled.path, tmp_path / "kept.db", ACME, force=False)

    assert (made.accounts, made.size) == (("acme",), made.path.stat().st_size)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert epoch(made.path) == 7
    assert sorted(path.name for path in tmp_path.glob("*kept.db*")) == ["kept.db"]


def test_a_copy_is_made_while_another_writes(filled: Database, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        other = Database(filled.url)
        while not stop.is_set():
            with other.write() as tx:
                cursors.take_ticket(tx, ACME)
        other.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [copy.back_up(filled.path, tmp_path / f"{number}.db", ACME, force=False) for number in range(3)]
    finally:
        stop.set()
        writer.join()

    assert [one.accounts for one in made] == [("acme",)] * 3


def test_a_file_that_is_there_is_overwritten_only_when_told(filled: Database, kept: Path) -> None:
    with pytest.raises(UsageError, match="--force"):
        copy.back_up(filled.path, kept, ACME, force=False)
    with filled.write() as tx:
        a_pen(tx, epoch=8)

    copy.back_up(filled.path, kept, ACME, force=True)

    assert epoch(kept) == 8


def test_the_database_itself_is_never_the_target(filled: Database) -> None:
    with pytest.raises(UsageError, match="the database itself"):
        copy.back_up(filled.path, filled.path, ACME, force=True)
    with pytest.raises(UsageError, match="the database itself"):
        copy.check_places(filled.path, filled.path)


def test_a_database_that_is_not_there_cannot_be_copied(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database"):
        copy.back_up(tmp_path / "none.db", tmp_path / "kept.db", ACME, force=False)

    assert list(tmp_path.iterdir()) == []


def test_what_was_there_before_is_kept_beside_the_restored_one(filled: Database, kept: Path) -> None:
    with filled.write() as tx:
        a_pen(tx, epoch=9)

    done = put_back(filled, kept)

    assert done.kept == filled.path.with_name("acme.db.before-restore-20261201T120000Z")
    assert epoch(done.kept) == 9
    assert stat.S_IMODE(done.kept.stat().st_mode) == 0o600
    assert put_back(filled, kept).kept != done.kept


def test_the_writers_epoch_ends_above_both(filled: Database, kept: Path) -> None:
    with filled.write() as tx:
        a_pen(tx, epoch=41)
    put_back(filled, kept)
    assert epoch(filled.path) == 42

    with filled.write() as tx:
        a_pen(tx, epoch=3)
    put_back(filled, kept)
    assert epoch(filled.path) == 8


def test_a_reading_that_began_before_the_restore_is_the_older_one(filled: Database, kept: Path) -> None:
    with filled.write() as tx:
        zombie = [cursors.take_ticket(tx, ACME) for _ in range(50)][-1]

    put_back(filled, kept)

    with filled.write() as tx:
        assert cursors.take_ticket(tx, ACME) > zombie


def test_the_feed_is_read_anew_and_the_erp_from_where_the_copy_was(filled: Database, tmp_path: Path) -> None:
    with filled.write() as tx:
        beginning.begin(tx, ACME, Beginning(500, NOW, NOW), ticket=2)
        cursors.move(tx, ACME, cursors.SALES, "900", ticket=2, now=NOW)
        cursors.mark_reached(tx, ACME, 900, now=NOW)
        beginning.note_read(tx, ACME, ticket=2, begun=NOW, boot=BootTime("boot", 0))
    file = copy.back_up(filled.path, tmp_path / "kept.db", ACME, force=False).path

    put_back(filled, file)

    with filled.read() as tx:
        assert beginning.find(tx, ACME) is None
        assert cursors.position(tx, ACME, cursors.SALES) is None
        assert cursors.reached_before(tx, ACME, NOW + timedelta(days=1)) == 0
        assert cursors.position(tx, ACME, cursors.ERP_ORDERS) == "2026-12-01"


def test_a_process_that_has_the_database_open_sees_the_restored_one(filled: Database, kept: Path) -> None:
    with filled.read() as tx:
        assert tx.execute(text("SELECT epoch FROM writers")).scalar_one() == 7

    put_back(filled, kept)

    with filled.read() as tx:
        assert tx.execute(text("SELECT epoch FROM writers")).scalar_one() == 8
    with filled.write() as tx:
        cursors.take_ticket(tx, ACME)
    assert not list(filled.path.parent.glob(".*part*"))


def test_a_database_that_is_broken_is_replaced_and_its_bytes_are_kept(filled: Database, kept: Path) -> None:
    filled.close()
    for file in filled.path.parent.glob("acme.db-*"):
        file.unlink()
    filled.path.write_bytes(b"no database at all" * 500)

    done = put_back(filled, kept)

    assert done.kept is not None
    assert done.kept.read_bytes() == b"no database at all" * 500
    assert copy.verify(filled.path, ACME).accounts == ("acme",)
    assert epoch(filled.path) > 1_000_000


def test_a_database_that_is_gone_comes_back(filled: Database, kept: Path) -> None:
    filled.close()
    for file in filled.path.parent.glob("acme.db*"):
        file.unlink()

    assert put_back(filled, kept).kept is None

    assert copy.verify(filled.path, ACME).accounts == ("acme",)


def test_a_raw_copy_with_its_wal_is_taken_too(filled: Database, tmp_path: Path) -> None:
    raw = tmp_path / "raw.db"
    for ending in ("", "-wal"):
        raw.with_name(raw.name + ending).write_bytes(filled.path.with_name(filled.path.name + ending).read_bytes())
    with filled.write() as tx:
        a_pen(tx, epoch=1)

    put_back(filled, raw)

    assert epoch(filled.path) == 8


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        pytest.param("DROP TABLE journal", UsageError, id="no-store"),
        pytest.param("UPDATE runs SET account = 'other'", UsageError, id="another-account"),
        pytest.param("UPDATE alembic_version SET version_num = '9999'", SchemaMismatch, id="newer"),
    ],
)
def test_what_cannot_be_used_is_refused_and_changes_nothing(
    filled: Database, kept: Path, spoil: str, error: type[Exception]
) -> None:
    with closing(sqlite3.connect(kept)) as connection, connection:
        connection.execute(spoil)
        connection.execute("DELETE FROM writers")

    with pytest.raises(error):
        put_back(filled, kept)

    assert epoch(filled.path) == 7
    assert not list(filled.path.parent.glob("*before-restore*"))


@pytest.mark.parametrize("content", [b"", b"x" * 5_000], ids=["empty", "text"])
def test_a_file_that_is_no_database_is_refused(filled: Database, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.db"
    file.write_bytes(content)

    with pytest.raises((UsageError, StoreError)):
        put_back(filled, file)

    assert epoch(filled.path) == 7


def test_a_damaged_copy_is_refused(filled: Database, kept: Path) -> None:
    content = bytearray(kept.read_bytes())
    content[8_192:] = bytes(len(content) - 8_192)
    kept.write_bytes(content)

    with pytest.raises(StoreError):
        put_back(filled, kept)

    assert epoch(filled.path) == 7


def test_the_tables_of_an_older_copy_are_brought_up(
    filled: Database, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgraded: list[str] = []
    monkeypatch.setattr(copy, "SCHEMA_REVISION", "newest")
    monkeypatch.setattr(Database, "upgrade", lambda self: upgraded.append(self.url))

    done = put_back(filled, kept)

    assert done.upgraded_from == done.copy.revision
    assert len(upgraded) == 1


def test_alone_keeps_daemon_and_writer_out(file_database: Database) -> None:
    clock = FakeClock()
    locks, others = Locks(file_database, ACME, clock), Locks(file_database, ACME, clock)

    with locks.alone(HOLDER):
        with pytest.raises(LockHeld, match=HOLDER), others.daemon("run"):
            pass
        with pytest.raises(LockHeld, match=HOLDER), others.writer("sync"):
            pass
    for holding in (others.daemon("run"), others.writer("sync")):
        with holding, pytest.raises(LockHeld), locks.alone(HOLDER):
            pass


def test_every_account_of_a_database_is_known_by_its_locks(file_database: Database) -> None:
    from syncd.store.file_locks import accounts_locked_beside

    for account in ("acme", "other.shop"):
        with Locks(file_database, Account(account), FakeClock()).writer("sync"):
            pass

    assert accounts_locked_beside(file_database.path) == {"acme", "other.shop"}


def test_a_copy_that_cannot_be_put_in_place_leaves_all_as_it_was(
    filled: Database, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "TRIES_MAX", 1)
    monkeypatch.setattr(copy, "TRY_S", 0.01)

    with filled.write() as tx:
        cursors.take_ticket(tx, ACME)
        with pytest.raises(StoreError, match="could not be replaced"):
            put_back(filled, kept)

    assert epoch(filled.path) == 7
