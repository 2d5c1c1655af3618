"""Time that passes on command, and a whole sandbox put back as it was."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from syncd.sandbox.emulator import SNAPSHOTS_MAX, Emulator, TooManySnapshots

from .builders import DATED, PREPAID, SALE_1, Shop, a_customer, a_dated_sale, an_adjustment


def advance(shop: Shop, seconds: Any) -> Any:
    return shop.do("POST", "/_sandbox/clock", {"advance_s": seconds})


def statuses(shop: Shop, requests: int) -> list[int]:
    return [shop.client.get(f"{DATED}/outlets").status_code for _ in range(requests)]


def test_time_passes_on_command(shop: Shop) -> None:
    before = shop.post_dated(id=None)["created_at"]

    clock = advance(shop, 3_600)

    after = shop.post_dated(id=None, line_items=[])["created_at"]
    gone = datetime.fromisoformat(after) - datetime.fromisoformat(before)
    assert timedelta(seconds=3_599) <= gone <= timedelta(seconds=3_660)
    assert (clock["ahead_s"], shop.get("/_sandbox/clock")["ahead_s"]) == (3_600, 3_600)


@pytest.mark.parametrize("wrong", [-1, "soon", None, 10**12])
def test_time_goes_neither_back_nor_out_of_sight(shop: Shop, wrong: Any) -> None:
    assert shop.send("POST", "/_sandbox/clock", {"advance_s": wrong})[0] == 400
    assert shop.get("/_sandbox/clock")["ahead_s"] == 0


def test_a_reset_brings_the_real_time_back(shop: Shop) -> None:
    advance(shop, 60)

    shop.do("POST", "/_sandbox/reset", {"fixture": "demo"})

    assert shop.get("/_sandbox/clock")["ahead_s"] == 0


def test_a_fixed_window_opens_all_at_once(shop: Shop) -> None:
    shop.switch(rate_limit=4)
    first = statuses(shop, 2)
    advance(shop, 200)
    second = statuses(shop, 3)
    advance(shop, 101)

    assert (first, second) == ([200, 200], [200, 200, 429])
    assert statuses(shop, 5) == [200] * 4 + [429]


def test_a_sliding_window_opens_as_requests_grow_old(shop: Shop) -> None:
    shop.switch(rate_limit=4, rate_window="sliding")
    first = statuses(shop, 2)
    advance(shop, 200)
    second = statuses(shop, 3)
    advance(shop, 101)

    assert (first, second) == ([200, 200], [200, 200, 429])
    assert statuses(shop, 3) == [200, 200, 429]


def test_a_full_sliding_window_says_when_the_next_place_is_free(shop: Shop) -> None:
    shop.switch(rate_limit=1, rate_window="sliding")
    statuses(shop, 1)
    advance(shop, 100)

    refused = shop.client.get(f"{DATED}/outlets")

    now = datetime.fromisoformat(shop.get("/_sandbox/clock")["now"])
    wait_s = (parsedate_to_datetime(refused.headers["Retry-After"]) - now).total_seconds()
    assert (refused.status_code, refused.headers["X-RateLimit-Remaining"]) == (429, "0")
    assert 195 <= wait_s <= 201


@pytest.mark.parametrize("window", ["fixed", "sliding"])
def test_a_window_may_have_another_length(shop: Shop, window: str) -> None:
    shop.switch(rate_limit=2, rate_window=window, rate_window_s=60)
    first = statuses(shop, 3)
    advance(shop, 61)

    assert (first, statuses(shop, 3)) == ([200, 200, 429], [200, 200, 429])


def test_search_lags_behind_the_store(shop: Shop) -> None:
    shop.switch(search_lag_s=30)
    shop.post_dated()
    shop.create(f"{DATED}/customers", a_customer())

    def found() -> list[int]:
        kinds = {"sales": {"invoice_number": "SO0001"}, "customers": {"email": "tony@example.com"}}
        return [len(shop.get(f"{DATED}/search", type=kind, **query)["data"]) for kind, query in kinds.items()]

    at_once = found()
    advance(shop, 20)  # real time passes too
    almost = found()
    advance(shop, 41)

    assert (at_once, almost, found()) == ([0, 0], [0, 0], [1, 1])


def test_search_may_know_at_once(shop: Shop) -> None:
    shop.post_dated()

    assert len(shop.get(f"{DATED}/search", type="sales")["data"]) == 1


@pytest.mark.parametrize("wrong", [-1, 61, "long"])
def test_search_lags_a_minute_at_most(shop: Shop, wrong: Any) -> None:
    assert shop.send("PUT", "/_sandbox/switches", {"search_lag_s": wrong})[0] == 400


def whole(shop: Shop) -> Any:
    seen = [shop.get(f"/_sandbox/{name}") for name in ("state", "switches", "faults", "log")]
    return seen, shop.get("/_sandbox/clock")["ahead_s"]


def test_a_snapshot_puts_everything_back_as_often_as_wanted(shop: Shop) -> None:
    shop.post_dated()
    shop.create(f"{DATED}/customers", a_customer())
    shop.switch(search_lag_s=7)
    shop.fault("slow", method="DELETE")
    advance(shop, 60)
    before = whole(shop)
    name = shop.do("POST", "/_sandbox/snapshot")["id"]

    for _ in range(2):
        shop.do("POST", f"{DATED}/fulfillments/fulfill", {"sale_id": SALE_1})
        shop.create(f"{DATED}/stock_adjustments", {"stock_adjustments": [an_adjustment()]})
        shop.switch(search_lag_s=0)
        shop.do("DELETE", "/_sandbox/faults")
        advance(shop, 5)
        shop.do("POST", "/_sandbox/restore", {"id": name})

        assert whole(shop) == before


def test_after_a_restore_the_same_acts_have_the_same_outcome(shop: Shop) -> None:
    name = shop.do("POST", "/_sandbox/snapshot")["id"]
    made = []
    for _ in range(2):
        shop.do("POST", "/_sandbox/restore", {"id": name})
        sale = shop.post_dated(id=None, payments=[{"amount": 1, "type": {"config_id": PREPAID}}])
        made.append((sale["id"], sale["invoice_number"], sale["_metadata"], shop.fulfilment()["id"]))

    assert made[0] == made[1]


def test_a_restored_window_of_the_limit_is_as_full_as_it_was(shop: Shop) -> None:
    shop.switch(rate_limit=2)
    statuses(shop, 1)
    name = shop.do("POST", "/_sandbox/snapshot")["id"]
    full = statuses(shop, 2)
    shop.do("POST", "/_sandbox/restore", {"id": name})

    assert (full, statuses(shop, 2)) == ([200, 429], [200, 429])


def test_a_snapshot_nobody_took_is_404(shop: Shop) -> None:
    assert shop.send("POST", "/_sandbox/restore", {"id": "none"})[0] == 404


def test_a_late_commit_does_not_reach_a_restored_store(shop: Shop) -> None:
    name = shop.do("POST", "/_sandbox/snapshot")["id"]
    shop.fault("late_commit", delay_s=0.1)
    with pytest.raises(httpx.TransportError):
        shop.client.post(f"{DATED}/sales", json=a_dated_sale())

    shop.do("POST", "/_sandbox/restore", {"id": name})
    time.sleep(0.3)

    assert shop.state()["sales"] == []


def test_there_is_room_for_so_many_snapshots(shop: Shop) -> None:
    emulator = Emulator("empty")
    for _ in range(SNAPSHOTS_MAX):
        emulator.snapshot()

    with pytest.raises(TooManySnapshots, match="room for 20"):
        emulator.snapshot()
