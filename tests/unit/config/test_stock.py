"""How levels are compared and corrected, from the file to what the jobs are given."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from syncd.bootstrap import job_settings, uses_of
from syncd.domain.plan_corrections import QuietHours, StockMode, Way
from syncd.domain.stock_brakes import StockBrakes
from syncd.errors import ConfigError
from syncd.lightspeed import Use
from tests.unit.config.config_file import RIGHT, loaded


def with_stock(lines: str) -> str:
    """The right file, with another block of stock."""
    return f"{RIGHT}stock: {lines}\n"


def test_a_file_that_says_nothing_of_stock_only_reports(tmp_path: Path) -> None:
    settings = loaded(tmp_path, with_stock("{}"))

    given = job_settings(settings)
    assert given.stock_mode is StockMode.REPORT
    assert given.stock_brakes == StockBrakes()
    assert (given.stock_way, given.quiet_hours) == (None, None)
    assert not given.stock.buffer_is_kept
    assert given.stock.buffers == (("AIRPORT", Decimal(1)),)
    assert Use.CORRECTIONS not in uses_of(settings)


def test_what_corrects_levels_keeps_the_buffers_and_needs_its_scopes(tmp_path: Path) -> None:
    said = "{mode: correct-retail, api: levels, quiet_hours: 22:00-06:00, brakes: {changed: 7.5%, units: 9}}"
    settings = loaded(tmp_path, with_stock(said))

    given = job_settings(settings)
    assert given.stock_mode is StockMode.CORRECT
    assert given.stock_way is Way.LEVELS
    assert given.quiet_hours == QuietHours(time(22), time(6), settings.timezone)
    assert given.stock_brakes == StockBrakes(changed=Decimal("0.075"), units=Decimal(9))
    assert given.stock.buffer_is_kept
    assert {Use.CORRECTIONS, Use.MOVEMENTS} <= uses_of(settings)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("{mode: correct-retail, till_sales: {booked_by: nobody}}", "till_sales.booked_by"),
        ("{mode: correct-retail, movements: {booked_by: nobody}}", "movements.booked_by"),
        ("{mode: correct-retail, api: levels}", "quiet_hours"),
        ("{quiet_hours: 22:00-25:00}", "quiet_hours"),
        ("{brakes: {changed: 120%}}", "brakes.changed"),
    ],
)
def test_what_would_never_correct_anything_is_a_mistake(tmp_path: Path, said: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, with_stock(said))

    assert complaint in str(caught.value)
