"""The benchmark of the journal notices what it is there for, and both of its sides do the same work."""

import json
import sqlite3

import pytest

from bench import journal
from bench.entries import Spent
from bench.journal import Journalling, Round

ENTRIES, ROUNDS = 3, 2
WRITTEN = "subject, k, action, order_id, seq, generation, command, state, attempts, watermark, sale_id, answer, run_id"


def rounds(*cpu_ns):
    return [Round(Spent(2 * spent, spent), Spent(spent, spent)) for spent in cpu_ns]


@pytest.mark.parametrize(
    ("shipped_ns", "missed"),
    [
        pytest.param([4_000, 4_000, 4_000], [], id="just cheap enough"),
        pytest.param([1_000, 4_100, 4_100], ["ratio"], id="too dear"),
        pytest.param([1_000, 4_000, 9_000], [], id="one disturbed round does not count"),
    ],
)
def test_what_is_missed_is_named(shipped_ns, missed):
    found = journal.report(Journalling(1, rounds(*shipped_ns), rounds(1_000, 1_000, 1_000)))

    assert json.loads(json.dumps(found)) == found
    assert found["missed"] == missed


def test_both_sides_leave_the_same_rows(tmp_path):
    found = journal.measure(tmp_path, rounds=ROUNDS, entries=ENTRIES, tell=lambda _line: None)

    assert len(found.shipped) == len(found.bare) == ROUNDS
    shipped, bare = rows(tmp_path / "shipped.db"), rows(tmp_path / "bare.db")
    assert len(shipped) == ENTRIES * (ROUNDS + 1)
    assert {row["state"] for row in shipped} == {"done"}
    assert shipped == bare


def rows(path):
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(f"SELECT {WRITTEN} FROM journal ORDER BY order_id")]  # noqa: S608, RUF100
    finally:
        connection.close()
