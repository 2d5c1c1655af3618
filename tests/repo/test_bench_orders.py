"""The benchmark of orders measures what it says, on a few of them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bench import orders
from bench.orders_stage import Asked
from bench.processes import Taken

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
FEW = 12


def a_pass(*, wall_s=10.5, more=50, cpu_s=5, peak_kb=100, unverified=0):
    """A thousand orders, one request each and some more."""
    begun = [Asked(NOON - timedelta(seconds=9), "GET", "/api/2026-07/sales", 200)]
    creates = [Asked(NOON, "POST", "/api/2026-07/sales", 200)] * 1_000
    last = Asked(NOON + timedelta(seconds=wall_s), "GET", "/api/2026-07/fulfillments", 200)
    asked = [*begun, *creates, *[last] * (more - 1)]
    return orders.Pass(1_000, asked, Taken(cpu_s, peak_kb), 1_000 - unverified, idle_requests=1)


@pytest.mark.parametrize(
    ("many", "missed"),
    [
        pytest.param(a_pass(), [], id="nothing"),
        pytest.param(a_pass(more=101), ["requests_per_order"], id="too many requests"),
        pytest.param(a_pass(cpu_s=5.1), ["cpu_ms_per_order"], id="too slow"),
        pytest.param(a_pass(wall_s=11.2), ["rate_share"], id="too late"),
        pytest.param(a_pass(peak_kb=121), ["peak_growth"], id="too large"),
        pytest.param(a_pass(unverified=1), ["unverified"], id="one forgotten"),
    ],
)
def test_what_is_missed_is_named(many, missed):
    figures = orders.report(a_pass(), many)

    assert json.loads(json.dumps(figures)) == figures
    assert [line.rpartition(": ")[2] for line in orders.missed_of("dated", figures)] == missed


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["dated", "classic"])
def test_a_few_orders_go_all_the_way(dialect):
    figures = orders.measure(dialect, FEW)

    assert figures["unverified"] == 0
    assert figures["idle_tick_requests"] <= 3
    assert 1 < figures["requests_per_order"] <= 2
