"""A short week of stock: every report is judged when it is made, and the judge can find something."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncd.domain.sales import SalesPage
from tests.simulation.sabotage import Sabotage
from tests.simulation.stock_week import QUIET_TO, StockWeek, in_words
from tests.simulation.thirty_days import Plan
from tests.simulation.trade import MINUTES_A_DAY
from tests.simulation.world import SimWorld


def live(folder: Path, days: float, *, orders_a_day: float, sabotage: Sabotage | None = None) -> StockWeek:
    week = StockWeek(Plan(days, 5, "dated", orders_a_day, sabotage), folder)
    week.live()
    week.world.close()
    return week


@pytest.mark.slow
def test_after_a_day_and_its_quiet_hour_every_row_has_its_true_reason(tmp_path: Path) -> None:
    week = live(tmp_path, QUIET_TO / MINUTES_A_DAY, orders_a_day=30)

    told = in_words(week, seconds=0)
    assert week.wrong == []
    assert (told["wrong"], told["quiet_hours"], told["unexplained_when_quiet"]) == (0, 1, 0)
    assert min(told["rows"], told["faults"], told["till_sales"], told["counts"]) > 0


def test_every_row_of_a_morning_has_its_true_reason(tmp_path: Path) -> None:
    week = live(tmp_path, 0.15, orders_a_day=200)

    assert week.wrong == []
    assert week.rows > 10


@pytest.mark.slow
def test_till_sales_that_were_not_read_are_noticed(tmp_path: Path) -> None:
    week = live(tmp_path, 0.2, orders_a_day=20, sabotage=forget_till_sales)

    assert week.wrong != []


def forget_till_sales(world: SimWorld) -> None:
    read = world.retail.read_sales

    def with_gaps(*, after: int) -> Iterator[SalesPage]:
        for page in read(after=after):
            yield replace(page, sales=tuple(sale for sale in page.sales if sale.is_ours))

    world.retail.read_sales = with_gaps  # type: ignore[method-assign]
