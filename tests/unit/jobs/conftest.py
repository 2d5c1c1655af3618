import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.unit.jobs.world import World, a_world, make_template

MEMORY = Path("/dev/shm")  # thousands of commits: what a power cut leaves on a disk is no question of these tests


@pytest.fixture(scope="package", autouse=True)
def _no_log() -> Iterator[None]:
    """Log lines are not looked at here, and rendering them for a terminal takes longer than the runs."""
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


def _drop(_logger: object, _method: str, _event: object) -> str:
    raise structlog.DropEvent


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="syncd-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the catalogue in it: every world begins on a copy."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(params=[True, False], ids=["dated", "classic"])
def world(request: pytest.FixtureRequest, template: Path, folder: Path) -> Iterator[World]:
    world = a_world(template, folder, keeps_client_ids=request.param)
    yield world
    world.close()


@pytest.fixture
def dated(template: Path, folder: Path) -> Iterator[World]:
    world = a_world(template, folder, keeps_client_ids=True)
    yield world
    world.close()


@pytest.fixture
def classic(template: Path, folder: Path) -> Iterator[World]:
    world = a_world(template, folder, keeps_client_ids=False)
    yield world
    world.close()
