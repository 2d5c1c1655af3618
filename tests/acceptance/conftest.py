"""Shops that close again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from demo.tryton.server import RunningTryton
from syncd.sandbox import RunningSandbox
from tests.acceptance.shop import CLASSIC, DATED, ERP_PASSWORD, FakeErpShop
from tests.acceptance.tryton_shop import CACHE, TrytonShop
from tests.conformance.log import deviations
from tests.fakes.tryton_server import FakeTryton
from tests.stores import FileStores, ServerStores, make_template

# What depends most on the database. On PostgreSQL these run always, all others in `make test-slow`.
ALWAYS_ON_POSTGRESQL = {
    "test_a_daemon_goes_on_by_itself_and_is_the_only_one",
    "test_a_daemon_killed_in_the_middle_of_a_write_doubles_nothing",
    "test_a_frozen_writer_is_taken_over_from_and_wakes_up_to_move_nothing",
    "test_a_second_sync_is_told_who_is_at_work_and_may_wait",
    "test_a_sync_by_hand_waits_for_the_run_of_a_daemon",
    "test_an_empty_store_finds_all_sales_again_and_doubles_none",
}
NEVER_ON_SQLITE = {"test_a_frozen_writer_is_taken_over_from_and_wakes_up_to_move_nothing"}
# `syncd store backup` and `restore` are for files; a server has tools of its own.
NEVER_ON_POSTGRESQL = {
    "test_a_backup_is_made_while_the_daemon_runs_and_a_restore_names_it",
    "test_a_backup_of_yesterday_is_put_back_and_nothing_is_made_twice",
    "test_a_restore_while_the_sides_are_down_says_so_and_the_next_sync_reads_first",
    "test_files_that_cannot_be_used_are_refused_with_the_next_step",
}
# Over the dated dialect alone in `make test`; over classic in tests/unit/jobs there, and here among the slow tests.
CLASSIC_IS_SLOW = {"test_customers", "test_hand_overs", "test_returns"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test with a shop runs on both databases, and one with either shop in both dialects."""
    if "stores" in metafunc.fixturenames:
        name = metafunc.function.__name__
        always = name in ALWAYS_ON_POSTGRESQL
        server = pytest.param("postgresql", marks=() if always else pytest.mark.slow)
        kinds = (
            [server] if name in NEVER_ON_SQLITE else ["sqlite"] if name in NEVER_ON_POSTGRESQL else ["sqlite", server]
        )
        metafunc.parametrize("stores", kinds, indirect=True)
    if "either_shop" in metafunc.fixturenames:
        is_slow = metafunc.module.__name__.rpartition(".")[2] in CLASSIC_IS_SLOW
        classic = pytest.param(CLASSIC, id="classic", marks=pytest.mark.slow if is_slow else ())
        metafunc.parametrize("either_shop", [pytest.param(DATED, id="dated"), classic], indirect=True)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def stores(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> FileStores | ServerStores:
    """Where the shop's store is."""
    if request.param == "sqlite":
        return FileStores(tmp_path, template)
    server: ServerStores = request.getfixturevalue("server")
    return server


@pytest.fixture
def shop(tmp_path: Path, stores: FileStores | ServerStores) -> Iterator[FakeErpShop]:
    """A shop on the dated dialect."""
    with _open_shop(tmp_path, DATED, stores) as opened:
        yield opened


@pytest.fixture
def classic_shop(tmp_path: Path, stores: FileStores | ServerStores) -> Iterator[FakeErpShop]:
    with _open_shop(tmp_path, CLASSIC, stores) as opened:
        yield opened


@pytest.fixture
def either_shop(
    request: pytest.FixtureRequest, tmp_path: Path, stores: FileStores | ServerStores
) -> Iterator[FakeErpShop]:
    """A shop on each dialect in turn."""
    with _open_shop(tmp_path, request.param, stores) as opened:
        yield opened


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTryton]:
    """A real ERP, the same for all tests of a file."""
    with RunningTryton(CACHE, tmp_path_factory.mktemp("tryton")) as running:
        yield running


@pytest.fixture
def tryton_shop(tryton: RunningTryton, tmp_path: Path, stores: FileStores | ServerStores) -> Iterator[TrytonShop]:
    """A shop with the real ERP, on the dated dialect."""
    with _open_tryton_shop(tmp_path, DATED, tryton, stores) as opened:
        yield opened


@pytest.fixture(params=[pytest.param(DATED, id="dated"), pytest.param(CLASSIC, id="classic")])
def either_tryton_shop(
    request: pytest.FixtureRequest, tryton: RunningTryton, template: Path, tmp_path: Path
) -> Iterator[TrytonShop]:
    """A shop with the real ERP on each dialect in turn."""
    with _open_tryton_shop(tmp_path, request.param, tryton, FileStores(tmp_path, template)) as opened:
        yield opened


@contextmanager
def _open_tryton_shop(
    folder: Path, api: str, tryton: RunningTryton, stores: FileStores | ServerStores
) -> Iterator[TrytonShop]:
    with RunningSandbox() as sandbox:
        shop = TrytonShop(folder, tryton=tryton, retail_url=sandbox.url, api=api, stores=stores)
        with closing(shop):
            yield shop
        assert deviations(entry.as_row() for entry in sandbox.emulator.log.entries) == []


@contextmanager
def _open_shop(folder: Path, api: str, stores: FileStores | ServerStores) -> Iterator[FakeErpShop]:
    with FakeTryton(password=ERP_PASSWORD) as erp, RunningSandbox() as sandbox:
        shop = FakeErpShop(folder, erp=erp, retail_url=sandbox.url, api=api, stores=stores)
        with closing(shop):
            yield shop
        # Every request that the client sent, and every answer it got, as the vendor describes them.
        assert deviations(entry.as_row() for entry in sandbox.emulator.log.entries) == []
