"""Rows by the thousand: straight to the driver, as tuples, past everything that looks at each of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection

Rows = Sequence[tuple[Any, ...]]

ROWS_A_STATEMENT = 500  # of up to 20 columns: SQLite allows 32,766 values


def execute_many(tx: Connection, sql: str, rows: Rows) -> None:
    """Execute the statement for each row; its places are `?`."""
    if rows:
        tx.exec_driver_sql(_in_dialect(tx, sql), list(rows))


def insert_many(tx: Connection, into: str, rows: Rows, *, or_else: str = "") -> None:
    """Insert the rows; `or_else` says what happens where one is there already.

    Into SQLite hundreds of them by one statement: row by row takes twice as long. PostgreSQL's driver sends them
    together anyway, and its `ON CONFLICT` wants no key twice in one statement.
    """
    if not rows:
        return
    width, whole = len(rows[0]), 0
    if tx.dialect.name == "sqlite":
        whole = len(rows) - len(rows) % ROWS_A_STATEMENT
        sql = _insert(into, width, ROWS_A_STATEMENT, or_else)
        for start in range(0, whole, ROWS_A_STATEMENT):
            some = rows[start : start + ROWS_A_STATEMENT]
            tx.exec_driver_sql(sql, tuple(chain.from_iterable(some)))
    execute_many(tx, _insert(into, width, 1, or_else), rows[whole:])


def fetch(tx: Connection, sql: str, values: tuple[Any, ...]) -> list[Any]:
    """All rows of a statement whose places are `?`."""
    cursor = tx.connection.cursor()
    try:
        cursor.execute(_in_dialect(tx, sql), values)
        return list(cursor.fetchall())
    finally:
        cursor.close()


@cache  # one text for each table: the driver finds what it has prepared by the text
def _insert(into: str, width: int, rows: int, or_else: str) -> str:
    one = f"({', '.join('?' * width)})"
    return f"{into} VALUES {', '.join([one] * rows)} {or_else}".rstrip()


def _in_dialect(tx: Connection, sql: str) -> str:
    return sql if tx.dialect.paramstyle == "qmark" else sql.replace("?", "%s")
