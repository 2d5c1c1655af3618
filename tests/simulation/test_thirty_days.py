"""A short month: the command that `make simulate` runs, its judge, and the proof that the judge can find something."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.tree import ROOT
from tests.simulation.sabotage import SABOTAGE

THREE = ("duplicates", "lost", "unexplained")


def simulate(folder: Path, *words: str) -> tuple[int, dict[str, float], str]:
    """Run the command; its exit code, its last line, and all it said."""
    command = [sys.executable, "-m", "tests.simulation.run", "--evidence", str(folder), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr


def test_a_day_in_which_everything_goes_wrong_ends_with_nothing_twice_lost_or_unexplained(tmp_path: Path) -> None:
    code, told, said = simulate(tmp_path, "--days", "1", "--seed", "5", "--orders-a-day", "30")

    assert [told[name] for name in THREE] == [0, 0, 0], said
    assert code == 0
    assert list(told) == ["ticks", "faults", "deaths", "orders", "seconds", *THREE]
    assert told["ticks"] == 1_440
    assert told["faults"] > 20
    assert told["deaths"] > 0
    assert told["orders"] > 10


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sabotage", "number"),
    [("retry_creates", "duplicates"), ("forget_orders", "lost"), ("forget_changes", "unexplained")],
)
def test_a_broken_part_is_noticed(tmp_path: Path, sabotage: str, number: str) -> None:
    words = ("--days", "0.2", "--seed", "5", "--orders-a-day", "400")

    code, told, said = simulate(tmp_path, *words, "--sabotage", sabotage)

    assert told[number] > 0, said
    assert code == 1


def test_each_sabotage_is_tried() -> None:
    assert set(SABOTAGE) == {"retry_creates", "forget_orders", "forget_changes"}
