from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.simulation.run import MEMORY, drop


@pytest.fixture(scope="package", autouse=True)
def _no_log() -> Iterator[None]:
    structlog.configure(processors=[drop])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def memory() -> Path | None:
    """Where files cost nothing: None for the usual place."""
    return MEMORY if MEMORY.is_dir() else None
