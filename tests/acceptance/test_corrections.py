"""Levels are corrected: from a plan that was looked at, by themselves, and back again. Judged from X-Series alone."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.acceptance.shop import CLASSIC, DATED
from tests.acceptance.test_stock import SKU, stock
from tests.acceptance.test_switches import Reading, levels, open_shop

THERE = ("Airport", SKU)


def test_a_plan_is_looked_at_applied_once_and_taken_back(tmp_path: Path) -> None:
    with open_shop(tmp_path, Reading("plan", {}, DATED)) as shop:
        stock(shop)
        right = levels(shop)[THERE]
        shop.retail("POST", "/inventory", {"outlet": "Airport", "sku": SKU, "delta": "-3"})
        writes = len(shop.retail_writes())

        planned = shop.run("plan", "stock", "-o", "plan.json", "--detailed-exitcode")

        assert planned.code == 2, planned
        assert "to correct: 1" in planned.said
        assert len(shop.retail_writes()) == writes
        kept = json.loads((shop.folder / "plan.json").read_text())["stock"]["plan"]
        assert [(row["sku"], Decimal(row["delta"])) for row in kept["rows"]] == [(SKU, 3)]
        done = shop.run("apply", "plan.json")
        assert done.code == 0, done
        assert "1 level corrected" in done.said
        assert levels(shop)[THERE] == right

        again = shop.run("apply", "plan.json", "--json")
        assert again.code == 1
        assert f"{SKU} at Airport" in again.json["message"]
        assert levels(shop)[THERE] == right

        run = max(row["id"] for row in shop.run("runs", "--json").json if row["counts"].get("corrected"))
        back = shop.run("undo", str(run), "-o", "back.json")
        assert "to take back: 1" in back.said
        assert shop.run("apply", "back.json").code == 0
        assert levels(shop)[THERE] == right - 3
        told = shop.run("explain", "stock", SKU, "--outlet", "Airport")
        assert f"run {run}: corrected {right - 3} to {right} (+3): seen booked" in told.out
        (story,) = shop.run("explain", "stock", SKU, "--outlet", "Airport", "--json").json
        assert [Decimal(past["delta"]) for past in story["corrections"]] == [-3, 3]
        assert "run 999 has corrected nothing" in shop.run("undo", "999").err
        assert shop.run("apply", "syncd.yaml").code == 2


@pytest.mark.parametrize(
    ("api", "way"),
    [
        (DATED, "auto"),
        pytest.param(CLASSIC, "auto", marks=pytest.mark.slow),
        pytest.param(CLASSIC, "adjustments", marks=pytest.mark.slow),
    ],
)
def test_levels_are_corrected_by_themselves_within_the_brakes(tmp_path: Path, api: str, way: str) -> None:
    settings = {
        "stock.mode": "correct-retail",
        "stock.api": way,
        "stock.quiet_hours": "00:00-23:59",
        "stock.brakes": {"units": 4},
    }
    with open_shop(tmp_path, Reading("correct", {}, api, settings=settings)) as shop:
        stock(shop)
        right = levels(shop)
        shop.retail("POST", "/inventory", {"outlet": "Airport", "sku": SKU, "delta": "-3"})

        dry = shop.run("sync", "stock", "--dry-run")
        assert dry.code == 0, dry
        assert levels(shop)[THERE] == right[THERE] - 3
        done = shop.run("sync", "stock")
        assert done.code == 0, done
        assert levels(shop) == right

        shop.retail("POST", "/inventory", {"outlet": "Airport", "sku": SKU, "delta": "-5"})
        braked = shop.run("sync", "stock")
        assert braked.code == 5, braked
        assert "5 units changed (limit 4)" in braked.said
        [held] = [one for one in shop.run("holds", "--json").json if one["reason"] == "stock_brake"]
        assert levels(shop)[THERE] == right[THERE] - 5
        assert shop.run("holds", "approve", str(held["id"])).code == 0
        let = shop.run("sync", "stock")
        assert let.code == 0, let
        assert levels(shop) == right
        adjusts = api == DATED or way == "adjustments"
        assert len(shop.retail_state()["stock_adjustments"]) == (2 if adjusts else 0)
        assert shop.run("holds", "--json").json == []
