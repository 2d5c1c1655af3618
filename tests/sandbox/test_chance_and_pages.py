"""Faults by chance, pages that do not follow, and a connection that breaks in the middle of a body."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .builders import DATED, SALE_1, SKU_1, Shop, a_dated_sale

PRODUCTS = f"{DATED}/products"


def struck(shop: Shop, requests: int = 60) -> list[int]:
    return [n for n in range(requests) if shop.client.get(f"{DATED}/outlets").status_code == 503]


def test_the_same_seed_strikes_the_same_requests(shop: Shop) -> None:
    runs = []
    for seed in (7, 7, 8):
        shop.do("DELETE", "/_sandbox/faults")
        shop.fault("status", status=503, probability=0.2, seed=seed)
        runs.append(struck(shop))

    assert runs[0] == runs[1] != runs[2]
    assert 4 <= len(runs[0]) <= 25


def test_a_fault_by_chance_has_no_end_unless_one_is_given(shop: Shop) -> None:
    shop.fault("status", status=503, probability=1, path="/outlets")
    endless = len(struck(shop, 10))
    shop.do("DELETE", "/_sandbox/faults")
    shop.fault("status", status=503, probability=1, times=3)

    assert (endless, struck(shop, 10)) == (10, [0, 1, 2])


def test_a_fault_by_chance_shows_its_odds(shop: Shop) -> None:
    shop.fault("slow", probability=0.05, seed=7)

    (seen,) = shop.get("/_sandbox/faults")["faults"]
    assert (seen["probability"], seen["seed"], seen["times"]) == (0.05, 7, None)


@pytest.mark.parametrize("wrong", [0, 1.5, -1, "often"])
def test_a_probability_that_is_none_is_refused(shop: Shop, wrong: Any) -> None:
    assert shop.send("POST", "/_sandbox/faults", {"kind": "slow", "probability": wrong})[0] == 400


def test_reset_breaks_off_in_the_middle_of_the_body_though_all_is_done(shop: Shop) -> None:
    shop.fault("reset")

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        shop.client.post(f"{DATED}/sales", json=a_dated_sale())

    assert [each["id"] for each in shop.state()["sales"]] == [SALE_1]
    assert [(each["fault"], each["status"]) for each in shop.get("/_sandbox/log")["requests"]] == [("reset", 200)]


def test_after_a_reset_the_next_request_is_served(shop: Shop) -> None:
    shop.fault("reset")
    with pytest.raises(httpx.TransportError):
        shop.client.get(PRODUCTS)

    assert len(shop.get(PRODUCTS)["data"]) == 52


def test_a_duplicate_page_is_the_page_before_once_more(shop: Shop) -> None:
    first = shop.get(PRODUCTS, page_size=10)
    shop.fault("duplicate_page")
    cursor = first["version"]["max"]

    again = shop.get(PRODUCTS, page_size=10, after=cursor)
    onward = shop.get(PRODUCTS, page_size=10, after=cursor)

    assert again == first
    assert onward["version"]["min"] > cursor


def test_the_first_page_has_none_before_it(shop: Shop) -> None:
    shop.fault("duplicate_page")

    assert len(shop.get(PRODUCTS, page_size=10)["data"]) == 10


def test_lists_with_other_filters_are_other_lists(shop: Shop) -> None:
    shop.get(f"{DATED}/outlet_taxes", outlet_id=shop.state()["outlets"][0]["id"])
    shop.fault("duplicate_page")

    rows = shop.get(f"{DATED}/outlet_taxes", outlet_id=shop.state()["outlets"][1]["id"])["data"]

    assert {row["outlet_id"] for row in rows} == {shop.state()["outlets"][1]["id"]}


def test_an_out_of_order_page_holds_the_same_rows(shop: Shop) -> None:
    plain = shop.get(PRODUCTS, page_size=10)
    shop.fault("out_of_order_page")

    mixed = shop.get(PRODUCTS, page_size=10)

    assert (mixed["data"], mixed["version"]) == (plain["data"][::-1], plain["version"])


def test_a_shrinking_page_is_shorter_but_loses_nothing(shop: Shop) -> None:
    plain = shop.get(PRODUCTS, page_size=5)
    shop.fault("shrinking_page")

    short = shop.get(PRODUCTS, page_size=5)
    rest = shop.get(PRODUCTS, page_size=2, after=short["version"]["max"])

    assert short["data"] + rest["data"] == plain["data"]
    assert len(short["data"]) == 3


def test_a_bare_array_is_a_page_too(shop: Shop) -> None:
    body = {"size": 4, "sort_direction": "asc"}
    plain = shop.do("POST", f"{DATED}/inventory", body)
    for kind in ("shrinking_page", "out_of_order_page", "duplicate_page"):
        shop.fault(kind)

    spoilt = [shop.do("POST", f"{DATED}/inventory", body) for _ in range(3)]

    assert spoilt == [plain[:2], plain[::-1], plain]


@pytest.mark.parametrize("kind", ["duplicate_page", "out_of_order_page", "shrinking_page"])
def test_a_fault_of_pages_waits_for_a_list(shop: Shop, kind: str) -> None:
    shop.post_dated()
    shop.fault(kind)

    shop.get(f"{DATED}/sales/{SALE_1}")
    shop.get(f"{DATED}/products/{SKU_1}")
    shop.put_dated(note="x")

    assert len(shop.get("/_sandbox/faults")["faults"]) == 1
    shop.get(f"{DATED}/sales")
    assert shop.get("/_sandbox/faults")["faults"] == []
