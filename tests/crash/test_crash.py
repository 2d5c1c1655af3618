"""A sample of `make crash` in `make test`, all of it in `make test-slow`; and that the proof can fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.crash import judge
from tests.crash.cells import Cell, Passing
from tests.crash.run import cell_named, number_of, sabotaged_cells, scene_of
from tests.crash.sabotage import SABOTAGES
from tests.crash.worker import Worker, open_worker

WHOLE_S_MAX = 3_600
SAMPLE = (
    "classic:xseries.lost_after_commit@1:apply.answered_not_committed:second",
    "classic:xseries.late_commit_720s@1:apply.failure_committed:first",
    "classic:store.cloned@1:decide.order_committed:last",
    "2026-07:store.empty@1:apply.sending_committed:second",
    "2026-07:host.disk_full@1:apply.answer_written:second",
    "classic:host.power_loss@1:store.committing:last",
    "2026-07:erp.lose_answer_of_do@2:wire.erp.write_answered:last",
    "2026-07:store.older@2:apply.answered_not_committed:second:hand_overs",
    "2026-07:xseries.lost_after_commit@1:correct.sending_committed:first:corrections",
)
MORE = (
    "classic:xseries.lost_after_commit@2:apply.failure_committed:first:hand_overs",
    "2026-07:store.empty@2:store.committing:second:takeover",
    "classic:xseries.lost_after_commit@1:apply.failure_committed:first:customers",
    "2026-07:xseries.lost_after_commit@3:apply.failure_committed:first:returns",
    "2026-07:xseries.late_commit_220s@1:correct.looked_up:second:corrections",
    "classic:xseries.lost_before@1:wire.xseries.write_answered:last:corrections",
)

pytestmark = pytest.mark.xdist_group("crash")


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with open_worker() as opened:
        yield opened


@pytest.mark.parametrize("name", [*SAMPLE, *(pytest.param(name, marks=pytest.mark.slow) for name in MORE)])
def test_a_killed_process_leaves_nothing_twice_and_nothing_lost(worker: Worker, tmp_path: Path, name: str) -> None:
    cell = cell_named(name)
    passed = {cell.scene: worker.count_passings(cell.scene)}

    life = worker.live(cell, passing=number_of(cell, passed), evidence=tmp_path)

    assert life.killed
    assert {name: count for name, count in judge(life.evidence).counts.items() if count} == {}, life.evidence["broken"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("no_settle", {"made_twice"}),
        pytest.param("no_totals", {"handed_over_unasked"}, marks=pytest.mark.slow),
    ],
)
def test_a_broken_part_turns_a_zero_into_a_number(worker: Worker, tmp_path: Path, name: str, shown: set[str]) -> None:
    scene = scene_of(SABOTAGES[name])
    passed = {scene: worker.count_passings(scene)}
    found = {}

    for cell in sabotaged_cells(name, passed):
        life = worker.live(cell, passing=number_of(cell, passed), evidence=tmp_path)
        found = {name: count for name, count in judge(life.evidence).counts.items() if count}
        if found:
            break

    assert set(found) == shown


@pytest.mark.slow
def test_without_settling_a_correction_is_booked_twice(worker: Worker, tmp_path: Path) -> None:
    """Absent once is taken for absent, it is decided anew, and then the first comes late."""
    name = "2026-07:xseries.late_commit_220s@1:correct.failure_committed:first:corrections:no_settle"

    life = worker.live(cell_named(name), passing=1, evidence=tmp_path)

    assert judge(life.evidence).counts["corrected_twice"] > 0


def test_the_name_of_a_cell_says_all_of_it() -> None:
    cell = Cell("apply.failed", Passing.LAST, "none@1", "classic", orders=60, threads=4, sabotage="no_settle")

    assert cell_named(cell.name) == cell


@pytest.mark.slow
def test_every_cell(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.crash.run"], capture_output=True, text=True, timeout=WHOLE_S_MAX, check=False
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
