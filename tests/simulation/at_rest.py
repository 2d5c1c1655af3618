"""All faults off and time to settle; then the six invariants, judged by the auditor that shares no code with syncd."""

from __future__ import annotations

from datetime import timedelta

from tests.audit.simulation_files import month_of
from tests.audit.simulation_report import findings
from tests.simulation.evidence import month_in_words
from tests.simulation.world import SimWorld
from tests.unit.jobs.world import DEADLINE, SETTLE

RUNS_UNTIL_REST_MAX = 25
NOTHING = {"duplicates": [], "lost": [], "unexplained": []}


def bring_to_rest(world: SimWorld) -> None:
    """Run until nothing is in flight. Raise AssertionError when that never comes."""
    world.start()
    world.retail.faults.clear()
    world.erp.faults.clear()
    world.clock.set_wrong(timedelta(0))
    world.deliver_late(everything=True)
    world.retail.catch_up()
    for _ in range(RUNS_UNTIL_REST_MAX):
        run_both(world)
        world.outside.advance(SETTLE + DEADLINE + timedelta(seconds=1))
        if not world.open_entries() and not world.unsettled():
            run_both(world)
            return
    raise AssertionError(f"not at rest: {world.counts()} {world.open_entries()}")


def run_both(world: SimWorld) -> None:
    for result in (world.sync_orders(), world.sync_fulfilments()):
        assert result.outcome in ("done", "held"), f"{result.outcome}: {result.message}"


def assert_the_six(world: SimWorld) -> None:
    """One sale a part or a hold, none that no order explains, stock explained, and further runs do nothing."""
    before = what_was_done(world)
    run_both(world)
    assert what_was_done(world) == before, "a second run after a clean one wrote something"
    for result in (world.plan_orders(), world.plan_completions(), world.sync_stock()):
        assert result.outcome == "done", f"{result.outcome}: {result.message}"
    assert what_was_done(world) == before, "a run that only reads wrote something"
    found = findings(month_of(month_in_words(world)))
    assert found == NOTHING, found


def what_was_done(world: SimWorld) -> tuple[int, int, int]:
    return len(world.retail.asked), world.retail.version, len(world.erp.completed)
