"""Rows by the thousand: straight to the driver, as tuples, past everything that looks at each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

Rows = Sequence[tuple[Any, ...]]


def execute_many(tx: Connection, sql: str, rows: Rows) -> None:
    """Execute the statement for each row; its places are `?`."""
    if rows:
        tx.exec_driver_sql(_in_dialect(tx, sql), list(rows))


def fetch(tx: Connection, sql: str, values: tuple[Any, ...]) -> list[Any]:
    """All rows of a statement whose places are `?`."""
    cursor = tx.connection.cursor()
    try:
        cursor.execute(_in_dialect(tx, sql), values)
        return list(cursor.fetchall())
    finally:
        cursor.close()


def _in_dialect(tx: Connection, sql: str) -> str:
    return sql if tx.dialect.paramstyle == "qmark" else sql.replace("?", "%s")
