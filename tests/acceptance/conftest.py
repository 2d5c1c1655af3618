"""Shops that close again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from syncd.sandbox import RunningSandbox
from tests.acceptance.shop import CLASSIC, DATED, ERP_PASSWORD, FakeErpShop
from tests.conformance.log import deviations
from tests.fakes.tryton_server import FakeTryton


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[FakeErpShop]:
    """A shop on the dated dialect."""
    with _open_shop(tmp_path, DATED) as opened:
        yield opened


@pytest.fixture
def classic_shop(tmp_path: Path) -> Iterator[FakeErpShop]:
    with _open_shop(tmp_path, CLASSIC) as opened:
        yield opened


@pytest.fixture(params=[pytest.param(DATED, id="dated"), pytest.param(CLASSIC, id="classic")])
def either_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FakeErpShop]:
    """A shop on each dialect in turn."""
    with _open_shop(tmp_path, request.param) as opened:
        yield opened


@contextmanager
def _open_shop(folder: Path, api: str) -> Iterator[FakeErpShop]:
    with FakeTryton(password=ERP_PASSWORD) as erp, RunningSandbox() as sandbox:
        shop = FakeErpShop(folder, erp=erp, retail_url=sandbox.url, api=api)
        with closing(shop):
            yield shop
        # Every request that the client sent, and every answer it got, as the vendor describes them.
        assert deviations(entry.as_row() for entry in sandbox.emulator.log.entries) == []
