"""What an operator gets of stock: the report in every form, the explanation, and the word of `check`."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from tests.acceptance.shop import CLASSIC, DATED, FakeErpShop
from tests.acceptance.test_switches import Reading, levels, open_shop

SKU = "SKU-00003"  # the consignments of the fixture know it not


def stock(shop: FakeErpShop) -> None:
    """The shelves of the ERP hold of it what X-Series shows."""
    for location, outlet in (("DOWNTOWN", "Downtown"), ("AIRPORT", "Airport")):
        shop.erp.set_stock(location, SKU, levels(shop)[outlet, SKU])


@pytest.mark.parametrize("api", [DATED, CLASSIC])
@pytest.mark.parametrize("lowers", ["creation", "fulfilment"])
def test_every_difference_is_reported_and_explained(tmp_path: Path, api: str, lowers: str) -> None:
    settings = {"stock.open_sales_lower_level": True, "orders.mode": "live"}
    with open_shop(tmp_path, Reading("stock", {"open_sale_lowers": lowers}, api, settings=settings)) as shop:
        stock(shop)
        shop.erp.add_order("SO9", [(SKU, 2, "10.00", ("GST 10%",))], delivery="CLICK-COLLECT")
        shop.sync_until(lambda: len(shop.standing("SO9")) == 1)
        shop.retail("POST", "/inventory", {"outlet": "Airport", "sku": SKU, "delta": "-3"})

        ended = shop.run("sync", "stock", "--full")

        assert ended.code == 0, ended
        assert "drifts, which nothing in flight explains" in ended.said
        told = shop.run("report", "--format", "csv")
        rows = {(row["outlet"], row["sku"]): row for row in csv.DictReader(told.out.splitlines())}
        assert rows["Airport", SKU]["unexplained"] == "-3"
        is_so = lowers == "creation"
        here = rows["Downtown", SKU]
        assert (here["S"], here["unexplained"], here["reason"]) == (
            "2",
            *(("0", "open_sale") if is_so else ("2", "drift")),
        )

        filtered = shop.run("report", "--format", "json", "--outlet", "Airport", "--sku", SKU)
        assert [row["unexplained"] for row in filtered.json["rows"]] == ["-3"]
        page = shop.folder / "stock.html"
        assert shop.run("report", "--format", "html", "-o", str(page)).code == 0
        assert SKU in page.read_text(encoding="utf-8")

        story = shop.run("explain", "stock", SKU, "--outlet", "Downtown")
        assert "order SO9" in story.said
        (data,) = shop.run("explain", "stock", SKU, "--outlet", "Downtown", "--json").json
        assert data["terms"] == {"S": "2"}
        assert [source["what"] for source in data["sources"]] == ["order SO9"]
        on_hand = levels(shop)["Downtown", SKU] + (2 if is_so else 0)
        assert [Decimal(one["low"]) for one in data["expected"]] == [on_hand - 2, on_hand, on_hand - 2, on_hand]

        checked = shop.run("check", "--json").json["findings"]
        (found,) = [one for one in checked if one["subject"] == "stock.open_sales_lower_level"]
        assert found["ok"] is is_so
        assert f"{1 if is_so else 0} of 1 open sales were seen to lower the level" in found["message"]


def test_what_cannot_be_explained_says_why(tmp_path: Path) -> None:
    with open_shop(tmp_path, Reading("stock", {}, DATED)) as shop:
        assert "no stock report yet" in shop.run("report").err
        assert "no stock was compared yet" in shop.run("explain", "stock", SKU).err
        stock(shop)
        shop.erp.set_stock("DOWNTOWN", "SKU00003", 4)
        assert shop.run("sync", "stock", "--full").code == 0

        unknown = shop.run("explain", "stock", "sku-3")
        assert unknown.code == 2
        assert "Perhaps SKU-00003 or SKU00003?" in unknown.said
        assert "not in X-Series" in shop.run("explain", "stock", "SKU00003").err
        assert "It is at: Downtown, Airport" in shop.run("explain", "stock", SKU, "--outlet", "Nowhere").said
        assert shop.run("report", "--outlet", "Nowhere").code == 2
