"""Each way to go wrong: what the client sees, and what was done all the same."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from .builders import DATED, SALE_1, Shop, a_classic_sale, a_dated_sale

CUT = (httpx.RemoteProtocolError, httpx.ReadError)


def post(shop: Shop) -> httpx.Response:
    return shop.client.post(f"{DATED}/sales", json=a_dated_sale())


def made(shop: Shop) -> list[str]:
    return [each["id"] for each in shop.state()["sales"]]


def logged(shop: Shop) -> list[tuple[str | None, int | None]]:
    return [(each["fault"], each["status"]) for each in shop.get("/_sandbox/log")["requests"]]


def test_lost_before_cuts_the_connection_and_does_nothing(shop: Shop) -> None:
    shop.fault("lost_before")

    with pytest.raises(CUT):
        post(shop)

    assert made(shop) == []
    assert logged(shop) == [("lost_before", None)]


def test_lost_after_commit_cuts_the_connection_when_all_is_done(shop: Shop) -> None:
    shop.fault("lost_after_commit")

    with pytest.raises(CUT):
        post(shop)

    assert made(shop) == [SALE_1]
    assert logged(shop) == [("lost_after_commit", 200)]


def test_late_commit_cuts_at_once_and_does_it_later(shop: Shop) -> None:
    shop.fault("late_commit", delay_s=0.2)

    with pytest.raises(CUT):
        post(shop)

    at_once, log_at_once = made(shop), logged(shop)
    deadline = time.monotonic() + 5
    while not made(shop) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (at_once, log_at_once) == ([], [("late_commit", None)])
    assert (made(shop), logged(shop)) == ([SALE_1], [("late_commit", 200)])


def test_a_late_commit_does_not_reach_a_store_that_was_reset(shop: Shop) -> None:
    shop.fault("late_commit", delay_s=0.1)
    with pytest.raises(CUT):
        post(shop)

    shop.do("POST", "/_sandbox/reset", {"fixture": "demo"})
    time.sleep(0.3)

    assert made(shop) == []


def test_error_before_is_500_and_nothing_done(shop: Shop) -> None:
    shop.fault("error_before")

    assert (post(shop).status_code, made(shop)) == (500, [])


def test_error_after_is_500_though_all_is_done(shop: Shop) -> None:
    shop.fault("error_after")

    assert (post(shop).status_code, made(shop)) == (500, [SALE_1])


def test_throttle_is_429_with_a_date_ahead(shop: Shop) -> None:
    shop.fault("throttle", delay_s=60)

    answer = post(shop)

    assert answer.status_code == 429
    assert answer.json() == {"error": "Too Many Requests", "message": "Rate limiting enforced"}
    ahead = parsedate_to_datetime(answer.headers["Retry-After"]).timestamp() - time.time()
    assert 50 < ahead <= 61
    assert made(shop) == []


def test_slow_answers_late(shop: Shop) -> None:
    shop.fault("slow", delay_s=0.3)
    start = time.monotonic()

    answer = post(shop)

    assert (answer.status_code, made(shop)) == (200, [SALE_1])
    assert time.monotonic() - start >= 0.3


def test_slow_is_done_even_when_the_client_gives_up(shop: Shop) -> None:
    shop.fault("slow", delay_s=0.5)

    with pytest.raises(httpx.ReadTimeout):
        shop.client.post(f"{DATED}/sales", json=a_dated_sale(), timeout=0.1)

    assert made(shop) == [SALE_1]


def test_truncated_is_a_200_with_half_the_body(shop: Shop) -> None:
    shop.fault("truncated")

    answer = post(shop)

    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert made(shop) == [SALE_1]


def test_empty_sale_strikes_a_classic_create_only(shop: Shop) -> None:
    shop.fault("empty_sale")
    post(shop)

    sale = shop.do("POST", "/api/register_sales", a_classic_sale())["register_sale"]

    assert (sale["register_sale_products"], sale["register_sale_payments"]) == ([], [])
    assert (sale["source_id"], sale["invoice_number"]) == ("SO0001", "SO0001")
    assert len(shop.sale()["line_items"]) == 1


def test_status_answers_what_was_asked_for(shop: Shop) -> None:
    shop.fault("status", status=418)

    assert (post(shop).status_code, made(shop)) == (418, [])


def test_a_fault_strikes_its_method_and_path_after_some_and_for_a_while(shop: Shop) -> None:
    shop.fault("status", status=503, method="GET", path=r"/sales$", times=2, after=1)
    asked = [f"{DATED}/outlets", *[f"{DATED}/sales"] * 4]

    assert [shop.client.get(path).status_code for path in asked] == [200, 200, 503, 503, 200]
    assert post(shop).status_code == 200


def test_faults_strike_in_the_order_they_came(shop: Shop) -> None:
    shop.fault("status", status=502)
    shop.fault("status", status=503)

    assert [shop.client.get(f"{DATED}/outlets").status_code for _ in range(3)] == [502, 503, 200]


def test_faults_can_be_seen_and_forgotten(shop: Shop) -> None:
    shop.fault("slow", delay_s=1, path="/sales")

    seen = shop.get("/_sandbox/faults")
    shop.do("DELETE", "/_sandbox/faults")

    left = {"method": None, "path": "/sales", "times": 1, "after": 0, "delay_s": 1.0, "status": 503}
    assert seen == {"faults": [{"kind": "slow"} | left]}
    assert shop.get("/_sandbox/faults") == {"faults": []}


BAD_FAULTS: list[Any] = [
    pytest.param({"kind": "gremlins"}, id="unknown kind"),
    pytest.param({}, id="no kind"),
    pytest.param({"kind": "slow", "path": "("}, id="a path that is no expression"),
    pytest.param({"kind": "slow", "when": "now"}, id="unknown field"),
    pytest.param({"kind": "slow", "times": "often"}, id="times that is no number"),
    pytest.param({"kind": "status", "status": 999}, id="a status that does not exist"),
]


@pytest.mark.parametrize("wrong", BAD_FAULTS)
def test_a_fault_that_cannot_be_is_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    assert shop.send("POST", "/_sandbox/faults", wrong)[0] == 400
    assert shop.get("/_sandbox/faults") == {"faults": []}
