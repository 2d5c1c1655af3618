"""Whoever waits for a long reading is told how far it is; a log is told once a minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import structlog
from structlog.testing import CapturingLogger

from syncd.jobs.progress import LoggedProgress
from syncd.jobs.run import run_job
from syncd.jobs.stock import sync_stock
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, FakeClock
from tests.fakes.memory_retail import DOWNTOWN
from tests.unit.jobs.world import World


def test_a_long_reading_says_how_far_it_is(dated: World) -> None:
    for sku in (MUG, CAP):
        for location in (HERE, THERE):
            dated.erp.levels[location, sku] = Decimal(1)
        dated.retail.set_level(DOWNTOWN, sku, 1)
    told: list[tuple[str, int, int | None]] = []

    def tell(what: str, done: int, total: int | None = None) -> None:
        told.append((what, done, total))

    run_job(dated.given, "stock", sync_stock, command="test", progress=tell)

    assert told == [("levels of the ERP", 2, 4), ("levels of the ERP", 4, 4), ("levels of X-Series", 2, None)]


@pytest.fixture
def logged() -> Iterator[CapturingLogger]:
    logger = CapturingLogger()
    before = structlog.get_config()
    structlog.configure(logger_factory=lambda *_: logger, processors=[lambda _l, _m, event: ((), event)])
    yield logger
    structlog.configure(**before)


def test_the_log_is_told_once_a_minute(logged: CapturingLogger) -> None:
    clock = FakeClock()
    progress = LoggedProgress(clock)

    for done in range(1, 200):
        clock.advance(timedelta(seconds=1))
        progress("levels", done, 1_000)

    assert [(call.kwargs["event"], call.kwargs["done"], call.kwargs["of"]) for call in logged.calls] == [
        ("levels", 60, 1_000),
        ("levels", 120, 1_000),
        ("levels", 180, 1_000),
    ]
