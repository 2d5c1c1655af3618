"""All faults off and time to settle; then the six invariants, judged by the auditor that shares no code with syncd."""

from __future__ import annotations

from datetime import timedelta

from tests.audit.causes import MAY_STAND_TWICE
from tests.audit.simulation_files import month_of
from tests.audit.simulation_report import findings
from tests.simulation.evidence import month_in_words
from tests.simulation.world import SKUS, SimWorld
from tests.unit.jobs.world import DEADLINE, SETTLE

RUNS_UNTIL_REST_MAX = 25
STOCK_RUNS_MAX = 1 + len(SKUS)  # at worst one product more is asked about by each run
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
    for result in (world.plan_orders(), world.plan_completions()):
        assert result.outcome == "done", f"{result.outcome}: {result.message}"
    look_at_every_difference_again(world)
    assert what_was_done(world) == before, "a run that only reads wrote something"
    found = findings(month_of(month_in_words(world)), may_stand_twice=MAY_STAND_TWICE)
    assert found == NOTHING, found


def look_at_every_difference_again(world: SimWorld) -> None:
    """A difference is reported when it was seen twice; what the ERP is not asked about again waits for the next run."""
    for _ in range(STOCK_RUNS_MAX):
        result = world.sync_stock()
        assert result.outcome == "done", f"{result.outcome}: {result.message}"
        if all(row.unexplained for row in world.stock_rows() if row.seen):
            return
    raise AssertionError(f"still seen once: {[row for row in world.stock_rows() if row.seen and not row.unexplained]}")


def what_was_done(world: SimWorld) -> tuple[int, int, int]:
    return len(world.retail.asked), world.retail.version, len(world.erp.completed)
