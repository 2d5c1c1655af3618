"""Rows by the thousand go in as if they went one by one."""

import pytest

from syncd.store.bulk import ROWS_A_STATEMENT, fetch, insert_many
from syncd.store.database import Database

INTO = "INSERT INTO erp_levels (location, item, on_hand)"
NEWER = "ON CONFLICT (location, item) DO UPDATE SET on_hand = excluded.on_hand"


@pytest.mark.parametrize("count", [0, 1, ROWS_A_STATEMENT - 1, ROWS_A_STATEMENT, 2 * ROWS_A_STATEMENT + 3])
def test_all_rows_are_inserted_however_many_there_are(database: Database, count: int) -> None:
    rows = [(1, item, item * 3) for item in range(count)]

    with database.stage() as tx:
        insert_many(tx, INTO, rows)

    with database.read() as tx:
        assert (
            fetch(tx, "SELECT location, item, on_hand FROM erp_levels WHERE location = ? ORDER BY item", (1,)) == rows
        )


def test_rows_that_are_there_are_replaced_where_that_is_said(database: Database) -> None:
    count = ROWS_A_STATEMENT + 1
    with database.write() as tx:
        insert_many(tx, INTO, [(1, item, 1) for item in range(count)])
        insert_many(tx, INTO, [(1, item, 2) for item in range(1, count)], or_else=NEWER)

        assert fetch(tx, "SELECT on_hand, COUNT(*) FROM erp_levels WHERE location = ? GROUP BY on_hand", (1,)) == [
            (1, 1),
            (2, count - 1),
        ]
