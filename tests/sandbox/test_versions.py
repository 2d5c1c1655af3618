"""Three versions of the dated dialect, and what becomes of any other."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import DATED, SALE_1, Shop, a_dated_sale

OLD = pytest.mark.parametrize("version", ["2026-01", "2026-04", "2025-07", "2026-10"])


@OLD
def test_the_old_fulfil_calls_live_before_2026_07(shop: Shop, version: str) -> None:
    shop.post_dated()
    sale = f"/api/{version}/sales/{SALE_1}"
    (waiting,) = shop.get(f"{sale}/pick_lists")["data"]

    done = shop.do("POST", f"{sale}/fulfill", {"fulfillment_type": "PICKED_UP"})["data"]

    assert (done["id"], done["status"]) == (waiting["id"], "PICKED_UP")
    assert shop.get(f"{sale}/fulfillments") == {"data": [done]}
    assert shop.get(f"{sale}/pick_lists") == {"data": []}
    assert shop.sale()["status"] == "PICKED_UP_CLOSED"


@pytest.mark.parametrize(("method", "path"), [("POST", "fulfill"), ("GET", "fulfillments"), ("GET", "pick_lists")])
def test_2026_07_removed_them(shop: Shop, method: str, path: str) -> None:
    shop.post_dated()

    assert shop.send(method, f"{DATED}/sales/{SALE_1}/{path}") == (
        404,
        {"error": "Not Found", "message": "There is no such endpoint"},
    )


@OLD
def test_an_old_create_answers_the_id_alone(shop: Shop, version: str) -> None:
    assert shop.do("POST", f"/api/{version}/sales", a_dated_sale()) == {"data": {"id": SALE_1}}
    assert len(shop.sale()["line_items"]) == 1


@OLD
def test_an_old_create_may_answer_the_id_as_text(shop: Shop, version: str) -> None:
    shop.switch(old_create_answer="text")

    assert shop.do("POST", f"/api/{version}/sales", a_dated_sale()) == {"data": SALE_1}


def test_2026_07_answers_the_whole_sale(shop: Shop) -> None:
    shop.switch(old_create_answer="text")

    assert len(shop.post_dated()["line_items"]) == 1


def test_reads_have_one_shape_in_every_version(shop: Shop) -> None:
    shop.post_dated()

    answers: list[Any] = [
        shop.get(f"/api/{version}/{path}")
        for path in (f"sales/{SALE_1}", "fulfillments", "products", "outlets")
        for version in ("2026-01", "2026-04", "2026-07", "2019-01")
    ]

    assert all(answers[n] == answers[n - n % 4] for n in range(len(answers)))


def test_what_is_no_version_is_not_there(shop: Shop) -> None:
    assert [shop.send("GET", f"/api/{each}/sales")[0] for each in ("2026-7", "3.0", "latest")] == [404] * 3
