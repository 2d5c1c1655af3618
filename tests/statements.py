"""SQL as SQLAlchemy compiled it, shared by all stores of a process: to compile it anew is a third of a short test."""

from __future__ import annotations

from typing import Any

from syncd.store.database import Database


class _Statements(dict[Any, Any]):
    """Of all engines of one dialect, and inherited by every fork. SQLAlchemy begins a key with the engine's own."""

    def __init__(self, dialect: str) -> None:
        super().__init__()
        self._dialect = dialect

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((self._dialect, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__((self._dialect, *key[1:]), compiled)


_STATEMENTS: dict[str, _Statements] = {}


def share_statements(database: Database) -> None:
    dialect = database.engine.dialect.name
    shared = _STATEMENTS.setdefault(dialect, _Statements(dialect))
    database.engine.update_execution_options(compiled_cache=shared)
