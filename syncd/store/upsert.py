"""`INSERT … ON CONFLICT`: both databases have it, SQLAlchemy has a class for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def upsert(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that may say what happens where the row is there already."""
    if tx.dialect.name == "sqlite":
        return sqlite.insert(table)
    # Imported by whoever has such a database anyway; the others would wait for it at every start.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
