"""Token, rate limit and log: what stands before every API call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from syncd.sandbox import RunningSandbox

from .builders import DATED, Shop, a_dated_line, a_dated_sale


class HandClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def timed(clock: HandClock) -> Iterator[Shop]:
    headers = {"Authorization": "Bearer sandbox-token"}
    with (
        RunningSandbox(clock=clock) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, verify=False) as client,
    ):
        yield Shop(client)


@pytest.mark.parametrize("given", ["", "Bearer other", "sandbox-token", "Basic sandbox-token"])
@pytest.mark.parametrize("path", [f"{DATED}/sales", "/api/2.0/sales", "/api/register_sales", "/api/nowhere"])
def test_without_the_token_nothing_is_done(shop: Shop, path: str, given: str) -> None:
    answer = shop.client.post(path, json=a_dated_sale(), headers={"Authorization": given})

    assert answer.status_code == 401
    assert answer.json() == {"error": "Unauthorized", "message": "The access token is missing or wrong"}
    assert shop.state()["sales"] == []


def test_the_limit_follows_the_registers_of_the_store(shop: Shop) -> None:
    answers = [shop.client.get(f"{DATED}/outlets"), shop.client.get(f"{DATED}/nowhere")]

    seen = [(each.headers["X-RateLimit-Limit"], each.headers["X-RateLimit-Remaining"]) for each in answers]
    assert seen == [("1550", "1549"), ("1550", "1548")]  # 300 x 5 registers + 50


def test_beyond_the_limit_it_says_until_when(timed: Shop, clock: HandClock) -> None:
    timed.switch(rate_limit=2)
    clock.now += timedelta(seconds=10)
    statuses = [timed.client.get(f"{DATED}/outlets").status_code for _ in range(2)]
    clock.now += timedelta(seconds=299)

    refused = timed.client.post(f"{DATED}/sales", json=a_dated_sale())
    clock.now += timedelta(seconds=1)

    assert (statuses, refused.status_code) == ([200, 200], 429)
    assert refused.json() == {"error": "Too Many Requests", "message": "Rate limiting enforced"}
    assert refused.headers["Retry-After"] == "Wed, 01 Jul 2026 12:05:10 GMT"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert timed.state()["sales"] == []
    assert timed.client.get(f"{DATED}/outlets").headers["X-RateLimit-Remaining"] == "1"


def test_there_may_be_no_limit(shop: Shop) -> None:
    shop.switch(rate_limit=None)

    assert "X-RateLimit-Limit" not in shop.client.get(f"{DATED}/outlets").headers


def test_answers_may_take_their_time_but_do_not_wait_for_each_other(shop: Shop) -> None:
    shop.switch(answer_ms=300)
    begun = time.monotonic()

    with ThreadPoolExecutor(4) as senders:
        made = list(senders.map(lambda _: shop.client.get(f"{DATED}/outlets").status_code, range(4)))

    assert made == [200] * 4
    assert 0.3 <= time.monotonic() - begun < 1.2


def test_the_control_api_needs_no_token_and_counts_for_nothing(shop: Shop) -> None:
    shop.switch(rate_limit=1)

    answers = [shop.client.get("/_sandbox/health", headers={"Authorization": ""}) for _ in range(3)]

    assert [each.json() for each in answers] == [{"ok": True, "token": "sandbox-token"}] * 3
    assert shop.get("/_sandbox/log") == {"requests": []}


def test_the_log_tells_every_request_and_its_answer(timed: Shop) -> None:
    sale = timed.do("POST", f"{DATED}/sales", a_dated_sale())
    timed.get(f"{DATED}/fulfillments", page_size=5)
    timed.client.put(f"{DATED}/sales/x", content=b"not json")

    made, listed, odd = timed.get("/_sandbox/log")["requests"]
    assert made == {
        "n": 1,
        "at": "2026-07-01T12:00:00+00:00",
        "method": "POST",
        "path": f"{DATED}/sales",
        "query": "",
        "body": a_dated_sale(),
        "status": 200,
        "answer": sale,
        "fault": None,
        "write": True,
    }
    assert (listed["n"], listed["query"], listed["body"], listed["write"]) == (2, "page_size=5", None, False)
    assert (odd["n"], odd["body"], odd["status"], odd["write"]) == (3, "not json", 404, True)


def test_a_read_by_post_is_no_write(shop: Shop) -> None:
    shop.do("POST", f"{DATED}/inventory", {})
    shop.do("POST", f"{DATED}/inventory_levels", {})

    assert [each["write"] for each in shop.get("/_sandbox/log")["requests"]] == [False, False]


def test_of_a_large_answer_the_log_keeps_the_number_of_rows(shop: Shop) -> None:
    shop.get("/api/2.0/products")
    shop.do("POST", f"{DATED}/inventory", {})

    assert [each["answer"] for each in shop.get("/_sandbox/log")["requests"]] == [{"rows": 52}, {"rows": 147}]


def test_a_cleared_log_goes_on_counting(shop: Shop) -> None:
    shop.get(f"{DATED}/outlets")
    shop.do("DELETE", "/_sandbox/log")
    shop.get(f"{DATED}/outlets")

    assert [each["n"] for each in shop.get("/_sandbox/log")["requests"]] == [2]


def test_amounts_never_pass_through_a_float(shop: Shop) -> None:
    line = a_dated_line(quantity=1, pricing={"price": "1234567890123.12345"}, tax={"id": None, "amount": 0})
    line["tax"]["id"] = a_dated_line()["tax"]["id"]

    answer = shop.client.post(f"{DATED}/sales", json=a_dated_sale(line_items=[line]))

    assert b'"price":1234567890123.12345,' in answer.content
    assert shop.sale()["total_price"] == "1234567890123.12345"
