"""The benchmark of stock measures what it says, on a little of it."""

import json
from dataclasses import replace

import pytest

from bench import erp_server, stock
from bench.processes import Taken
from bench.stock_stage import Asked, Size

LITTLE = Size(products=600, outlets=3)


def found(**changes: object) -> stock.Found:
    """Half a million levels in five seconds, where the floor takes four."""
    good = stock.Found(
        size=Size(50_000, 10),
        exact=True,
        floors=[Taken(3, 50_000, wall_s=4)],
        waited_s=[1],
        colds=[Taken(4, 150_000, wall_s=5)],
        cold_requests=[Asked("a", 10, 10), Asked("a", 0, 10)],
        unchanged=Taken(2, 90_000, wall_s=2),
        unchanged_requests=[Asked("a", 0, 10)] * 2,
    )
    return replace(good, **changes)


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"exact": False}, ["exact"], id="another report"),
        pytest.param({"colds": [Taken(4, 150_000, wall_s=7)]}, ["cold_ratio"], id="too slow"),
        pytest.param({"waited_s": [2]}, ["server_share"], id="slow servers"),
        pytest.param({"unchanged": Taken(2, 90_000, wall_s=4)}, ["unchanged_ratio"], id="slow when nothing changed"),
        pytest.param({"unchanged_requests": [Asked("a", 0, 10)] * 4}, ["unchanged_requests"], id="asks too much"),
        pytest.param({"colds": [Taken(4, 210_000, wall_s=5)]}, ["peak_mb", "peak_growth"], id="too large"),
        pytest.param({"cold_requests": [Asked("a", 0, 10)] * 7}, ["extra_requests"], id="empty pages"),
    ],
)
def test_what_is_missed_is_named(changes: dict[str, object], missed: list[str]) -> None:
    figures = stock.report(found(**changes), found())

    assert json.loads(json.dumps(figures)) == figures
    assert [line.rpartition(": ")[2] for line in figures["missed"]] == missed


def test_a_request_is_extra_when_the_rows_of_its_feed_do_not_need_it() -> None:
    full, rest, end = Asked("products", 100, 100), Asked("products", 30, 100), Asked("products", 0, 100)

    assert stock.extra_requests([full, rest]) == 0
    assert stock.extra_requests([full, rest, end, Asked("log-in", 0, 1)]) == 2
    assert stock.extra_requests([rest, rest, rest]) == 2


def test_some_rows_of_every_outlet_differ() -> None:
    outlets = {outlet for outlet, _ in Size(50_000, 10).expected()}

    assert len(outlets) == 10
    assert 0 not in Size(50_000, 10).expected().values()
    assert erp_server.on_hand(1, 1, 10) == 0


@pytest.mark.slow
def test_a_little_stock_is_compared_all_the_way() -> None:
    measured = stock.measure(LITTLE, rounds=1)

    assert measured.exact
    assert len(measured.size.expected()) == 2
    assert len(measured.unchanged_requests) <= 3
