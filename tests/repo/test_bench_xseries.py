"""The benchmark of the X-Series client notices what it is there for."""

import json
from datetime import timedelta

import pytest

from bench import hour, xseries
from bench.decode import Decoding, Spent
from syncd import budget

SHORT = timedelta(minutes=10)  # two windows
SMALL = 50


def an_hour(*, let_in: int = 4_200, turned_away: int = 0) -> hour.Hour:
    return hour.Hour("fixed", "stock", 4_200, let_in, turned_away, 8_400)


def decoding(client_ms: int) -> Decoding:
    return Decoding(Spent(client_ms, client_ms), Spent(1_000, 1_000), Spent(900, 900), rounds=1)


@pytest.mark.parametrize(
    ("client_ms", "hours", "missed"),
    [
        pytest.param(1_300, [an_hour()], [], id="nothing"),
        pytest.param(1_301, [an_hour()], ["decode_ratio"], id="too slow"),
        pytest.param(1_000, [an_hour(), an_hour(let_in=3_989)], ["allowance_used"], id="the worse hour counts"),
        pytest.param(1_000, [an_hour(turned_away=1), an_hour()], ["throttled"], id="one 429"),
    ],
)
def test_what_is_missed_is_named(client_ms, hours, missed):
    found = xseries.report(decoding(client_ms), hours)

    assert json.loads(json.dumps(found)) == found
    assert found["missed"] == missed


@pytest.mark.parametrize("window", hour.WINDOWS)
def test_a_simulated_hour_is_full_of_requests(window):
    found = hour.simulate(window, "mixed", length=SHORT, limit=SMALL)

    assert found.turned_away == 0
    assert 0.95 <= found.used <= 1


@pytest.mark.parametrize("window", hour.WINDOWS)
def test_a_budget_that_overdraws_is_noticed(window, monkeypatch):
    monkeypatch.setattr(budget, "WINDOW", timedelta(seconds=280))

    assert hour.simulate(window, "mixed", length=SHORT, limit=SMALL).turned_away > 0
