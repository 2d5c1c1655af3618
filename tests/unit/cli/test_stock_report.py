"""The newest report for people, programs and spreadsheets: the same rows, whatever form they are given."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from syncd.cli.report import write_json
from syncd.cli.stock_csv import COLUMNS, write_csv
from syncd.cli.stock_html import write_html
from syncd.cli.stock_table import print_stock
from syncd.cli.stock_view import StockView, newest_view
from syncd.domain.ids import OutletId, Sku
from syncd.domain.stock_terms import StockReason
from syncd.store.stock_report import Filter
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, an_order
from tests.fakes.memory_retail import AIRPORT, DOWNTOWN, a_product
from tests.unit.jobs.world import ACME, World

ODD = Sku('<b>"ODD" & co</b>')


@pytest.fixture
def shop(dated: World) -> World:
    """Two open sales of mugs, a cap too few at the airport, and SKUs that only one side has."""
    for sku, version in ((ODD, 2), (Sku("TEAPOT-12"), 3)):
        dated.retail.products[sku] = a_product(sku, version=version)
    dated.sync_catalogue()
    for location, outlet in ((HERE, DOWNTOWN), (THERE, AIRPORT)):
        for sku in (MUG, CAP, ODD):
            dated.erp.levels[location, sku] = Decimal(10)
            dated.retail.set_level(outlet, sku, 10)
    dated.erp.levels[HERE, Sku("TEAPOT-21")] = Decimal(1)
    dated.erp.place(an_order("SO1"))
    dated.settle()
    dated.retail.set_level(DOWNTOWN, MUG, 8)
    dated.retail.set_level(AIRPORT, CAP, 9)
    dated.retail.set_level(AIRPORT, ODD, -2)
    dated.stock_report()
    return dated


def view_of(world: World, wanted: Filter | None = None) -> StockView:
    found = newest_view(world.given.database, ACME)
    assert found is not None
    found.wanted = wanted or Filter()
    return found


def as_json(view: StockView) -> dict[str, Any]:
    file = io.StringIO()
    write_json(view, file)
    found: dict[str, Any] = json.loads(file.getvalue())
    return found


def as_csv(view: StockView) -> list[dict[str, str]]:
    file = io.StringIO()
    write_csv(view, file)
    return list(csv.DictReader(io.StringIO(file.getvalue())))


def as_html(view: StockView) -> str:
    file = io.StringIO()
    write_html(view, file)
    return file.getvalue()


def test_the_largest_drift_comes_first_and_then_what_is_explained(shop: World) -> None:
    rows = as_json(view_of(shop))["rows"]

    assert [(row["outlet"], row["sku"], row["unexplained"], row["reason"]) for row in rows] == [
        ("Airport", ODD, "-12", "drift"),
        ("Airport", CAP, "-1", "drift"),
        ("Downtown", MUG, "0", "open_sale"),
    ]
    assert rows[2]["terms"] == {"S": "2"}
    assert rows[2]["expected"] == ["8", "8"]


@pytest.mark.parametrize(
    ("wanted", "skus"),
    [
        pytest.param(Filter(outlet=OutletId(DOWNTOWN)), [MUG], id="outlet"),
        pytest.param(Filter(sku=CAP), [CAP], id="sku"),
        pytest.param(Filter(reason=StockReason.DRIFT), [ODD, CAP], id="reason"),
        pytest.param(Filter(outlet=OutletId(DOWNTOWN), reason=StockReason.DRIFT), [], id="both"),
    ],
)
def test_only_the_wanted_rows_are_shown(shop: World, wanted: Filter, skus: list[str]) -> None:
    view = view_of(shop, wanted)

    assert [row["sku"] for row in as_json(view)["rows"]] == skus
    assert [row["sku"] for row in as_csv(view)] == skus
    assert sum(view.reasons().values()) == len(skus)


def test_csv_says_what_json_says(shop: World) -> None:
    view = view_of(shop)

    rows = as_csv(view)

    assert tuple(rows[0]) == COLUMNS
    for row, told in zip(rows, as_json(view)["rows"], strict=True):
        assert (row["outlet"], row["sku"], row["reason"]) == (told["outlet"], told["sku"], told["reason"])
        assert [Decimal(row[name]) for name in ("on_hand", "level", "unexplained")] == [
            Decimal(told[name]) for name in ("on_hand", "level", "unexplained")
        ]
        assert {name: row[name] for name in "OSCGEVTRMN" if row[name]} == told["terms"]


def test_skus_of_one_side_only_are_listed_with_what_may_have_been_meant(shop: World) -> None:
    found = as_json(view_of(shop))

    assert found["unmatched"] == [
        {"sku": "TEAPOT-21", "item": found["unmatched"][0]["item"], "why": "unknown", "near": ["TEAPOT-12"]}
    ]
    assert [(one["sku"], one["near"]) for one in found["unstocked"]] == [("TEAPOT-12", ["TEAPOT-21"])]


def test_levels_below_zero_are_listed(shop: World) -> None:
    assert as_json(view_of(shop))["negative"] == [{"side": "retail", "place": AIRPORT, "sku": ODD, "quantity": "-2"}]


def test_the_table_is_grouped_by_reason(shop: World, capsys: pytest.CaptureFixture[str]) -> None:
    print_stock(view_of(shop))

    said = capsys.readouterr().out
    assert (
        said.index("drifts, which nothing in flight explains: 2") < said.index("CAP") < said.index("1 rows: open sales")
    )
    assert "MUG" not in said
    assert "TEAPOT-21 (not in X-Series), perhaps TEAPOT-12" in said
    assert "1 of 1 open sales were seen to lower the level" in said


def test_what_the_table_leaves_out_is_counted(shop: World, capsys: pytest.CaptureFixture[str]) -> None:
    print_stock(view_of(shop), most=1)

    assert "... and 1 more (`syncd report --reason drift --limit 2`)" in capsys.readouterr().out


def test_a_setting_that_the_levels_contradict_is_warned_of(shop: World, capsys: pytest.CaptureFixture[str]) -> None:
    shop.use(stock=type(shop.settings.stock)(*_not_lowering(shop)))
    shop.stock_report()

    print_stock(view_of(shop))

    assert "WARNING: 1 of 1 open sales were seen to lower the level" in capsys.readouterr().out


def _not_lowering(world: World) -> tuple[object, ...]:
    terms = world.settings.stock
    return terms.start, False, terms.booked_by, terms.booked_within


# -- HTML


def test_the_html_needs_nothing_from_outside_and_trusts_no_name(shop: World) -> None:
    page = as_html(view_of(shop))

    assert re.findall(r"(?:src|href)\s*=|url\(|@import", page) == []
    assert "default-src 'none'" in page
    assert ODD not in page
    assert "&lt;b&gt;" in page
    assert page.rstrip().endswith("</html>")


def test_the_html_draws_one_line_an_outlet_from_the_second_hour_on(shop: World) -> None:
    assert "<svg" not in as_html(view_of(shop))

    shop.clock.advance(timedelta(hours=1))
    shop.retail.set_level(AIRPORT, CAP, 4)
    shop.stock_report()

    page = as_html(view_of(shop))
    assert page.count("<polyline") == 2
    assert "Airport: 18" in page
    assert "Downtown: 0" in page


def test_the_newest_report_of_an_hour_is_its_point(shop: World) -> None:
    shop.clock.advance(timedelta(minutes=20))
    shop.retail.set_level(AIRPORT, CAP, 4)
    shop.stock_report()

    points = [(point.outlet, point.missing, point.drifts) for point in view_of(shop).history()]
    assert points == [(AIRPORT, 18, 2), (DOWNTOWN, 0, 0)]


def test_there_is_no_view_before_the_first_report(dated: World) -> None:
    assert newest_view(dated.given.database, ACME) is None
