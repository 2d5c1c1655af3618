"""The connection keeps what it was told, for two at once, and refuses tables of another version."""

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, QueuePool, inspect, text
from sqlmodel import SQLModel

from syncd.errors import SchemaMismatch, StoreError
from syncd.store import cursors, tables
from syncd.store import database as room
from syncd.store.customers import hidden_code
from syncd.store.database import SCHEMA_REVISION, Database
from syncd.store.migrations.upgrade import upgrade
from tests.store.shelf import ACME, NOW
from tests.stores import FileStores, ServerStores

WAIT_S_MAX = 20
TICKETS_EACH = 10
MIGRATIONS = Path(room.__file__).parent / "migrations" / "versions"


@pytest.fixture
def fresh(stores: FileStores | ServerStores) -> Iterator[Database]:
    """The tables as the models say them, without a migration."""
    database = Database(stores.empty())
    with database.write() as tx:
        SQLModel.metadata.create_all(tx)
    yield database
    database.close()


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)], ids=lambda one: str(one)
)
def test_every_connection_to_a_file_is_durable(file_database: Database, pragma: str, value: object) -> None:
    with file_database.read() as tx, file_database.write() as other:
        assert tx.execute(text(f"PRAGMA {pragma}")).scalar_one() == value
        assert other.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_a_writing_transaction_is_kept_when_its_block_ends(database: Database) -> None:
    with database.write() as tx:
        cursors.move(tx, ACME, cursors.SALES, "7", ticket=1, now=NOW)

    with database.read() as tx:
        assert cursors.version(tx, ACME, cursors.SALES) == 7


def test_a_writing_transaction_is_rolled_back_when_its_block_raises(database: Database) -> None:
    def write_and_fail() -> None:
        with database.write() as tx:
            cursors.move(tx, ACME, cursors.SALES, "7", ticket=1, now=NOW)
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()

    with database.read() as tx:
        assert cursors.version(tx, ACME, cursors.SALES) == 0


def test_a_writer_waits_for_the_writer_before_it(database: Database) -> None:
    other = Database(database.url)
    order: list[str] = []

    def write_second() -> None:
        with other.write() as tx:
            order.append("second")
            cursors.move(tx, ACME, cursors.SALES, "2", ticket=2, now=NOW)

    with database.write() as tx:
        thread = threading.Thread(target=write_second)
        thread.start()
        time.sleep(0.1)
        cursors.move(tx, ACME, cursors.SALES, "1", ticket=1, now=NOW)
        order.append("first")
    thread.join()
    other.close()

    assert order == ["first", "second"]
    with database.read() as tx:
        assert cursors.version(tx, ACME, cursors.SALES) == 2


def test_what_a_writer_has_read_is_still_so_when_it_writes(database: Database) -> None:
    taken: list[int] = []

    def take() -> None:
        for _ in range(TICKETS_EACH):
            with database.write() as tx:
                taken.append(cursors.take_ticket(tx, ACME))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == list(range(1, 4 * TICKETS_EACH + 1))


def test_a_reader_sees_one_picture_while_another_writes(database: Database) -> None:
    other = Database(database.url)

    with database.read() as reader:
        before = cursors.version(reader, ACME, cursors.SALES)
        with other.write() as tx:
            cursors.move(tx, ACME, cursors.SALES, "9", ticket=1, now=NOW)
        after = cursors.version(reader, ACME, cursors.SALES)

    other.close()
    assert (before, after) == (0, 0)
    with database.read() as reader:
        assert cursors.version(reader, ACME, cursors.SALES) == 9


def test_a_fresh_schema_is_the_migrated_schema(database: Database, fresh: Database) -> None:
    assert _reflected(database.engine) == _reflected(fresh.engine)


def test_the_migrations_leave_nothing_to_generate(database: Database) -> None:
    with database.read() as tx:
        assert compare_metadata(MigrationContext.configure(tx), SQLModel.metadata) == []


def test_partial_indexes_are_migrated_with_their_condition(database: Database, fresh: Database) -> None:
    assert _index_sql(database.engine) == _index_sql(fresh.engine)
    assert any("WHERE" in sql for sql in _index_sql(fresh.engine).values())


# Of `numbers`, which has the account: each belongs to one.
NUMBERED = ("erp", "location", "outlet", "run_id")


def test_every_table_carries_the_account_or_a_number_that_belongs_to_one() -> None:
    assert tables.OrderRow.__tablename__ == "orders"
    without = [table for table in SQLModel.metadata.sorted_tables if "account" not in table.c]
    assert [table.name for table in without if next(iter(table.primary_key)).name not in NUMBERED] == []


def test_the_file_name_of_a_migration_says_its_number_and_purpose() -> None:
    names = sorted(path.name for path in MIGRATIONS.glob("*.py") if path.name != "__init__.py")

    assert names != []
    assert [name for name in names if not re.fullmatch(r"\d{4}_[a-z0-9]+(_[a-z0-9]+)*\.py", name)] == []
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_the_version_that_this_syncd_needs_is_that_of_its_newest_migration() -> None:
    assert max(path.name[:4] for path in MIGRATIONS.glob("[0-9]*.py")) == SCHEMA_REVISION


def test_what_an_older_database_keeps_is_found_by_what_is_looked_by_today(
    stores: FileStores | ServerStores,
) -> None:
    database = Database(stores.empty())
    with database.engine.begin() as tx:
        upgrade(tx, to="0009")
        columns = "account, sale_id, source_id, order_id, version, state, payload, ticket, seen_at"
        sale = """'acme', 's1', 'x', '1', 5, 'closed', '{"invoice_number": "SO1"}', 1, ''"""
        tx.execute(text(f"INSERT INTO seen_sales ({columns}) VALUES ({sale})"))
        tx.execute(text("INSERT INTO product_codes (account, code, product_id) VALUES ('acme', ' Große  Tasse', 'p1')"))
        columns = (
            "account, order_id, number, reference, seq, digest, payload, readable, changed_at, ticket, first_read_at, "
            "read_at, outcome, reason, detail, line, planned_seq, planned_with, planned_version"
        )
        order = """'acme', '2', 'SO2', '', 1, 'x', '{"customer": {"code": " Ö7 "}}', true, '', 1, '', '', 'synced',
            'stands', '', '', 1, '', 0"""
        tx.execute(text(f"INSERT INTO orders ({columns}) VALUES ({order})"))

        upgrade(tx)

        assert tx.execute(text("SELECT invoice_number FROM seen_sales")).scalars().all() == ["SO1"]
        assert tx.execute(text("SELECT key FROM product_codes")).scalars().all() == ["grosse tasse"]
        assert tx.execute(text("SELECT sale_id FROM seen_sales WHERE lacks_order")).scalars().all() == ["s1"]
        assert tx.execute(text("SELECT party FROM orders")).scalars().all() == [hidden_code("ö7")]
    database.close()


def test_a_new_database_gets_its_tables_by_itself(stores: FileStores | ServerStores) -> None:
    database = Database(stores.empty())

    database.prepare()
    database.prepare()

    assert set(inspect(database.engine).get_table_names()) >= set(SQLModel.metadata.tables)
    database.close()


def test_two_processes_may_make_the_tables_of_a_new_database_at_once(stores: FileStores | ServerStores) -> None:
    """`syncd run` is started, and somebody types `syncd status` in the same second."""
    url = stores.empty()
    late, first = Database(url), Database(url)
    failed: list[str] = []

    def prepare_late() -> None:
        try:
            late.prepare()
        except Exception as error:  # noqa: BLE001 (a thread has nobody to tell)
            failed.append(repr(error))

    thread = threading.Thread(target=prepare_late)
    with first.write() as tx:
        thread.start()
        time.sleep(0.5)  # it has seen a database without tables
        SQLModel.metadata.create_all(tx)
        tx.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        tx.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": SCHEMA_REVISION})
    thread.join()
    late.close()
    first.close()

    assert failed == []


@pytest.mark.parametrize("revision", ["0000", "9999"], ids=["older", "unknown"])
def test_tables_of_another_version_are_refused_with_the_next_step(database: Database, revision: str) -> None:
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})

    with pytest.raises(SchemaMismatch, match="syncd store upgrade") as told:
        database.prepare()

    assert revision in str(told.value)


def test_a_database_that_cannot_be_opened_says_what_to_look_at(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'acme.db'}")

    with pytest.raises(StoreError, match="cannot be opened"):
        database.prepare()


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "sqlite:///:memory:"])
def test_only_a_file_or_a_server_can_be_used(url: str) -> None:
    with pytest.raises(StoreError, match="only a SQLite file or a PostgreSQL database"):
        Database(url)


def _reflected(engine: Engine) -> dict[str, object]:
    """Everything that the database tells of the tables."""
    seen = inspect(engine)
    return {
        table: (
            [(one["name"], str(one["type"]), one["nullable"]) for one in seen.get_columns(table)],
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted((one["name"], one["column_names"], bool(one["unique"])) for one in seen.get_indexes(table)),
        )
        for table in sorted(seen.get_table_names())
        if table != "alembic_version"
    }


def _index_sql(engine: Engine) -> dict[str, str]:
    table = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE schemaname = 'public'"
        " AND tablename <> 'alembic_version'",
    }
    with engine.connect() as connection:
        rows = connection.execute(text(table[engine.dialect.name]))
        return {row.name: re.sub(r"\s+|\"", " ", row.sql) for row in rows}


def test_a_thread_that_waits_for_its_turn_to_write_holds_no_connection(file_database: Database) -> None:
    asks = threading.Event()

    def write() -> None:
        asks.set()
        with file_database.write():
            pass

    with ThreadPoolExecutor(1) as pool, file_database.write():
        waiting = pool.submit(write)
        assert asks.wait(WAIT_S_MAX)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        assert cast(QueuePool, file_database.engine.pool).checkedout() == 1

    assert waiting.result(timeout=WAIT_S_MAX) is None
