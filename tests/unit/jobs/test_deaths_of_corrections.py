"""A process dies at every named line of a correction: the next ones finish it, and each delta stands once."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import syncd.jobs
from syncd.domain.plan_corrections import QuietHours
from syncd.domain.stock_terms import BookedBy
from syncd.errors import Refused, Unanswered
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE
from tests.fakes.memory_retail import AIRPORT, DOWNTOWN
from tests.unit.jobs.world import DEADLINE, SETTLE, Died, Failpoints, World

POINTS = sorted(
    {
        point
        for path in Path(syncd.jobs.__file__).parent.glob("*.py")
        for point in re.findall(r"""\bat\(["']([\w.]+)["']\)""", path.read_text())
        if point.startswith("correct.")
    }
)
RUNS_MAX = 8
WANTED = {("MUG", Decimal(3)): 1, ("CAP", Decimal(-2)): 1, ("MUG", Decimal(1)): 1}
# Where what goes wrong must go wrong for the process to get there.
LOST = ("correct.failed", "correct.failure_committed", "correct.looked_up", "correct.look_up_concluded")
REFUSED = ("correct.refusal_settled",)
AFTER_A_DEATH = ("correct.dead_doubted",)


def a_shop(world: World) -> World:
    """Three levels that drift: two downtown, one at the airport."""
    day = QuietHours(time(0), time(23, 59), ZoneInfo("UTC"))
    world.use(stock=replace(world.settings.stock, booked_by=BookedBy.ERP), quiet_hours=day)
    world.erp.items_at_once = 100
    for location, outlet, sku, level in (
        (HERE, DOWNTOWN, MUG, 7),
        (HERE, DOWNTOWN, CAP, 12),
        (THERE, AIRPORT, MUG, 9),
    ):
        world.erp.levels[location, sku] = Decimal(10)
        world.retail.set_level(outlet, sku, level)
    world.clock.advance(timedelta(minutes=15))
    world.stock_report()
    return world


def die(world: World, point: str, passing: int = 1) -> bool:
    """Run until the process dies; False when it never passed that line so often."""
    world.start(at=Failpoints(point, passing))
    try:
        for _ in range(4):
            world.correct_stock()
            world.clock.advance(SETTLE + DEADLINE + timedelta(seconds=1))
    except Died:
        return True
    finally:
        world.start()  # the next process dies nowhere
    return False


def settle(world: World) -> None:
    for _ in range(RUNS_MAX):
        result = world.correct_stock()
        assert result.outcome == "done", (result.outcome, result.message)
        world.clock.advance(SETTLE + DEADLINE + timedelta(seconds=1))
        if not world.open_entries() and world.stock_rows() == []:
            return
    raise AssertionError(f"not at rest: {world.open_entries()}, {world.stock_rows()}")


def assert_each_stands_once(world: World) -> None:
    booked = Counter((one.product.removeprefix("product-"), one.quantity) for one in world.retail.adjustments)
    if world.retail.keeps_client_ids:
        assert booked == WANTED
    assert {one.level for one in world.retail.levels.values()} == {10}
    assert world.holds() == []
    before = world.all_that_was_done()
    assert world.correct_stock().outcome == "done"
    assert world.all_that_was_done() == before


def go_wrong(world: World, point: str) -> None:
    if point in REFUSED:
        world.retail.fail("adjust_stock", Refused("422", status=422))
    elif point in LOST:
        # What is lost is found by the look-up, or proved absent.
        done = Effect.NONE if point == "correct.look_up_concluded" else Effect.DONE
        world.retail.fail("adjust_stock", Unanswered("cut"), effect=done)


@pytest.mark.parametrize("point", POINTS)
def test_after_a_death_each_correction_stands_once(dated: World, point: str) -> None:
    world = a_shop(dated)
    go_wrong(world, point)
    if point in AFTER_A_DEATH:
        assert die(world, "correct.sending_committed")

    assert die(world, point)

    settle(world)
    assert_each_stands_once(world)


@pytest.mark.slow
@pytest.mark.parametrize("second", POINTS)
@pytest.mark.parametrize("first", POINTS)
@pytest.mark.parametrize("effect", [Effect.NONE, Effect.DONE], ids=["lost-before", "lost-after"])
def test_after_two_deaths_among_lost_answers_each_correction_stands_once(
    dated: World, effect: Effect, first: str, second: str
) -> None:
    world = a_shop(dated)
    world.retail.fail("adjust_stock", Unanswered("cut"), effect=effect)

    die(world, first)
    die(world, second)
    world.clock.reboot()

    settle(world)
    assert_each_stands_once(world)


@pytest.mark.slow
@pytest.mark.parametrize("passing", [1, 2, 3], ids=["first", "second", "third"])
@pytest.mark.parametrize("point", POINTS)
def test_over_classic_after_a_death_each_level_is_right(classic: World, point: str, passing: int) -> None:
    world = a_shop(classic)
    world.retail.fail("set_levels", Unanswered("cut"), effect=Effect.DONE)

    die(world, point, passing)

    settle(world)
    assert_each_stands_once(world)


def test_every_named_line_is_lived() -> None:
    assert len(POINTS) >= 12
    assert {*LOST, *REFUSED, *AFTER_A_DEATH} <= set(POINTS)
