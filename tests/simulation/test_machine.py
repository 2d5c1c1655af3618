"""Random stories about six orders: many short ones here, more and longer ones in `make test-slow`."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fakes.memory_erp import FakeClock
from tests.simulation.machine import Trade
from tests.simulation.world import SimWorld

DIALECTS = pytest.mark.parametrize("keeps_client_ids", [True, False], ids=["dated", "classic"])
QUICK = (Phase.generate,)  # to make a bad story shorter takes minutes: the slow test does
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def tell_stories(
    folder: Path, *, keeps_client_ids: bool, stories: int, steps: int, phases: Sequence[Phase] = tuple(Phase)
) -> None:
    """Let Hypothesis look for a story that ends badly. Raise what it found, with its steps as a program."""
    template = folder / "new.db"
    world = SimWorld(template, keeps_client_ids=keeps_client_ids, outside=FakeClock(), rng=Random("new"))
    assert world.sync_catalogue().outcome == "done"
    world.close()
    trade = type("Trade", (Trade,), {"keeps_client_ids": keeps_client_ids, "template": template})
    run_state_machine_as_test(
        trade,
        settings=settings(
            max_examples=stories,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            derandomize=True,
            database=None,
            suppress_health_check=QUIET,
            phases=phases,
        ),
    )


@DIALECTS
def test_whatever_happens_every_order_ends_as_one_sale_a_part_or_a_hold(tmp_path: Path, keeps_client_ids: bool) -> None:
    tell_stories(tmp_path, keeps_client_ids=keeps_client_ids, stories=8, steps=25, phases=QUICK)
    assert Trade.keeps_client_ids


@pytest.mark.slow
@DIALECTS
def test_in_many_long_stories_too(tmp_path: Path, keeps_client_ids: bool) -> None:
    tell_stories(tmp_path, keeps_client_ids=keeps_client_ids, stories=300, steps=60)
    assert Trade.keeps_client_ids
