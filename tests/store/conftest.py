from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncd.store.database import Database
from tests.statements import share_statements
from tests.stores import FileStores, ServerStores, make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def files(template: Path, tmp_path: Path) -> FileStores:
    return FileStores(tmp_path, template)


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest) -> FileStores | ServerStores:
    """What is promised of the store is promised of both."""
    kind = "files" if request.param == "sqlite" else "server"
    found: FileStores | ServerStores = request.getfixturevalue(kind)
    return found


@pytest.fixture
def database(stores: FileStores | ServerStores) -> Iterator[Database]:
    with closing(_open(stores)) as database:
        yield database
    stores.give_back(database.url)


@pytest.fixture
def file_database(files: FileStores) -> Iterator[Database]:
    with closing(_open(files)) as database:
        yield database


@pytest.fixture
def server_database(server: ServerStores) -> Iterator[Database]:
    with closing(_open(server)) as database:
        yield database
    server.give_back(database.url)


def _open(stores: FileStores | ServerStores) -> Database:
    database = Database(stores.prepared())
    share_statements(database)
    return database
