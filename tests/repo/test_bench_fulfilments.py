"""The benchmark of fulfilments measures what it says, on a few of them."""

import json

import pytest

from bench import fulfilments
from bench.fulfilments import ROTATION_SHARE
from bench.processes import Taken

FEW = 12


def a_pass(*, to_retail=100, to_erp=6_000, cpu_s=5, finished=1_000, idle=3):
    """A thousand completions, all of them just good enough."""
    return fulfilments.Pass(1_000, to_retail, to_erp, Taken(cpu_s, 100), finished, idle)


@pytest.mark.parametrize(
    ("dated", "missed"),
    [
        pytest.param(a_pass(), [], id="nothing"),
        pytest.param(a_pass(to_retail=101), ["xseries_requests_per_completion"], id="asks X-Series too often"),
        pytest.param(a_pass(to_erp=6_010), ["erp_requests_per_completion"], id="asks the ERP too often"),
        pytest.param(a_pass(cpu_s=5.1), ["cpu_ms_per_completion"], id="too slow"),
        pytest.param(a_pass(finished=999), ["unfinished"], id="one forgotten"),
        pytest.param(a_pass(idle=3 + ROTATION_SHARE), [], id="open sales asked in turn"),
        pytest.param(a_pass(idle=4 + ROTATION_SHARE), ["idle_tick_requests"], id="asks more than its turn"),
    ],
)
def test_what_is_missed_is_named(dated, missed):
    figures = fulfilments.report({"classic": a_pass(), "dated": dated})

    assert json.loads(json.dumps(figures)) == figures
    assert [line.rpartition(": ")[2] for line in fulfilments.missed_of(figures)] == missed


def test_over_classic_nothing_is_asked_in_turn():
    figures = fulfilments.report({"classic": a_pass(idle=4), "dated": a_pass()})

    assert fulfilments.missed_of(figures) == ["missed, at most 3 in classic, is 4: idle_tick_requests"]


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["dated", "classic"])
def test_a_few_hand_overs_are_completed_all_the_way(dialect):
    measured = fulfilments.measure(dialect, FEW, FEW)

    assert measured.finished == FEW
    assert 15 < measured.to_erp <= 30  # five writes of five shipments at most, and few reads for all of them
    assert measured.idle_requests <= 3 + (ROTATION_SHARE if dialect == "dated" else 0)
