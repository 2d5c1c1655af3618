"""`INSERT … ON CONFLICT`: both databases have it, SQLAlchemy has a class for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Upsert = postgresql.Insert | sqlite.Insert
_INSERT: Mapping[str, Callable[[Table], Upsert]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(tx: Connection, table: Table) -> Upsert:
    """An insert that may say what happens where the row is there already."""
    return _INSERT[tx.dialect.name](table)
