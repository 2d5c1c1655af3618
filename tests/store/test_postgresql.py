"""What SQLite gives by being one file, asked of a server."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from syncd.errors import StoreError
from syncd.store import cursors
from syncd.store.database import Database
from tests.store.shelf import ACME, NOW
from tests.stores import ServerStores

NOBODY = "postgresql://ada:pass-Word%2F9@127.0.0.1:1/acme"  # the port of no server


@pytest.mark.parametrize(
    ("setting", "reading", "writing"),
    [
        ("synchronous_commit", "on", "on"),
        ("transaction_isolation", "repeatable read", "read committed"),
        ("transaction_read_only", "on", "off"),
        ("idle_in_transaction_session_timeout", "0", "30s"),
        ("lock_timeout", "1min", "1min"),
        ("client_encoding", "UTF8", "UTF8"),
    ],
    ids=lambda one: str(one),
)
def test_every_transaction_has_its_settings(
    server_database: Database, setting: str, reading: str, writing: str
) -> None:
    with server_database.read() as tx, server_database.write() as other:
        assert tx.execute(text(f"SHOW {setting}")).scalar_one() == reading
        assert other.execute(text(f"SHOW {setting}")).scalar_one() == writing


def test_a_server_that_forgets_what_it_committed_is_told_not_to(server: ServerStores) -> None:
    url = server.empty()
    database = Database(url)
    with database.write() as tx:
        tx.execute(text(f'ALTER DATABASE "{database.path.name}" SET synchronous_commit = off'))
    database.close()

    again = Database(url)
    with again.write() as tx:
        assert tx.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
    again.close()


def test_a_reading_transaction_cannot_write(server_database: Database) -> None:
    with pytest.raises(StoreError, match="read-only transaction"), server_database.read() as tx:
        cursors.take_ticket(tx, ACME)


def test_a_server_that_was_started_anew_is_found_again(server: ServerStores, server_database: Database) -> None:
    with server_database.write() as tx:
        cursors.move(tx, ACME, cursors.SALES, "7", ticket=1, now=NOW)

    server.end_sessions(server_database.url)

    with server_database.read() as tx:
        assert cursors.version(tx, ACME, cursors.SALES) == 7


def test_a_transaction_cut_off_by_the_server_is_an_error_of_the_store(
    server: ServerStores, server_database: Database
) -> None:
    def write_while_the_server_ends() -> None:
        with server_database.write() as tx:
            cursors.take_ticket(tx, ACME)
            server.end_sessions(server_database.url)
            cursors.take_ticket(tx, ACME)

    with pytest.raises(StoreError, match="cannot be used"):
        write_while_the_server_ends()

    with server_database.write() as tx:
        assert cursors.take_ticket(tx, ACME) == 1


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    database = Database(NOBODY)

    with pytest.raises(StoreError, match="cannot be used") as told:
        database.prepare()

    assert "postgresql://ada:***@127.0.0.1:1/acme" in str(told.value)
    assert "pass-Word" not in str(told.value)


def test_a_missing_driver_is_told_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(StoreError, match=r"pip install 'syncd\[postgresql\]'"):
        Database(NOBODY)


def test_an_address_without_a_database_is_refused() -> None:
    with pytest.raises(StoreError, match="names no database"):
        Database("postgresql://ada@127.0.0.1")


def test_the_small_files_are_named_after_the_database(tmp_path: Path) -> None:
    assert Database(NOBODY, folder=tmp_path).path == tmp_path / "acme"
