"""The sales feed, single sales and search: paging, cursors, and rows that make no sense."""

from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from syncd.domain.feed_begin import Glimpse
from syncd.domain.ids import SaleId
from syncd.errors import Forbidden, NotUnderstood, Unanswered, Unauthorized
from tests.unit.lightspeed.shapes import (
    CLASSIC_SALE,
    ONE_SALE,
    SALE,
    a_classic_sale,
    a_dated_sale,
    a_register_sale,
    without,
)

FEED, CLASSIC_FEED = "/api/2026-07/sales", "/api/2.0/sales"
SEARCH = "/api/2026-07/search"
END = {"data": [], "version": {"min": None, "max": None}}


def a_page(*rows, version=None):
    return {"data": list(rows), "version": version or {"min": 1, "max": 413}}


def test_the_feed_is_read_to_its_first_empty_page(vendor, dated):
    later = a_dated_sale(id="s-2", _metadata={"version": 500})
    vendor.says("GET", FEED, a_page(a_dated_sale()), a_page(later, version={"min": 500, "max": 500}), END)

    pages = list(dated.read_sales(after=7))

    assert [([sale.id for sale in page.sales], page.version_max) for page in pages] == [
        ([SALE], 413),
        (["s-2"], 500),
        ([], None),
    ]
    assert vendor.queries(FEED) == [{"after": after, "page_size": "200"} for after in ("7", "413", "500")]


def test_the_classic_feed_is_read_the_same_way(vendor, classic):
    vendor.says("GET", CLASSIC_FEED, a_page(a_classic_sale()), {"data": []})

    pages = list(classic.read_sales(after=0))

    assert [len(page.sales) for page in pages] == [1, 0]
    assert pages[0].sales[0].is_ours


@pytest.mark.parametrize(
    "page",
    [
        pytest.param({"data": [a_dated_sale()]}, id="no-version"),
        pytest.param({"data": [a_dated_sale()], "version": None}, id="null-version"),
        pytest.param({"data": [a_dated_sale()], "version": {"min": None, "max": None}}, id="nulls-inside"),
        pytest.param({"data": [a_dated_sale()], "version": 99}, id="a-number"),
        pytest.param([a_dated_sale()], id="bare-array"),
        pytest.param(a_page(a_dated_sale(), version={"min": 1, "max": 9_999_999}), id="max-above-all-rows"),
        pytest.param(a_page(without(a_dated_sale(), "_metadata")), id="rows-without-version"),
        pytest.param(a_page(a_classic_sale()), id="2.0-rows"),
    ],
)
def test_the_cursor_is_found_whatever_says_it(vendor, dated, page):
    vendor.says("GET", FEED, page, [] if isinstance(page, list) else END)

    pages = list(dated.read_sales(after=0))

    assert [page.version_max for page in pages] == [413, None]
    assert pages[0].sales[0].version == 413


def test_a_cursor_that_does_not_advance_is_an_error(vendor, dated):
    vendor.says("GET", FEED, a_page(a_dated_sale()))

    with pytest.raises(NotUnderstood, match="does not advance"):
        list(dated.read_sales(after=0))

    assert [query["after"] for query in vendor.queries(FEED)] == ["0", "413", "413", "413"]


def test_a_page_that_comes_again_is_harmless(vendor, dated):
    later = a_page(a_dated_sale(id="s-2", _metadata={"version": 500}), version={"min": 500, "max": 500})
    vendor.says("GET", FEED, a_page(a_dated_sale()), a_page(a_dated_sale()), later, END)

    pages = list(dated.read_sales(after=0))

    assert [[sale.id for sale in page.sales] for page in pages] == [[SALE], ["s-2"], []]


def test_a_page_that_shrinks_or_overlaps_brings_each_row_once(vendor, dated):
    rows = [a_dated_sale(id=f"s-{number}", _metadata={"version": 500 + number}) for number in range(4)]
    vendor.says("GET", FEED, a_page(*rows[:1]), a_page(*rows[:3]), a_page(*rows[1:]), END)

    pages = list(dated.read_sales(after=0))

    assert [[sale.id for sale in page.sales] for page in pages] == [["s-0"], ["s-1", "s-2"], ["s-3"], []]


def test_rows_out_of_order_are_all_read(vendor, dated):
    rows = [a_dated_sale(id=f"s-{version}", _metadata={"version": version}) for version in (503, 501, 502)]
    vendor.says("GET", FEED, {"data": rows, "version": {"min": 501, "max": 503}}, END)

    pages = list(dated.read_sales(after=500))

    assert [(len(page.sales), page.version_max) for page in pages] == [(3, 503), (0, None)]


def test_rows_without_any_version_are_an_error(vendor, dated):
    vendor.says("GET", FEED, {"data": [without(a_dated_sale(), "_metadata")]})

    with pytest.raises(NotUnderstood, match="without any version"):
        list(dated.read_sales(after=0))


def test_a_strange_sale_of_somebody_else_is_skipped_and_named(vendor, dated):
    strange = a_dated_sale(id="s-9", state="asleep", source={"type": "web"}, _metadata={"version": 414})
    vendor.says("GET", FEED, a_page(a_dated_sale(), strange, version={"min": 413, "max": 414}), END)

    with capture_logs() as logs:
        pages = list(dated.read_sales(after=0))

    assert [([sale.id for sale in page.sales], page.version_max) for page in pages] == [([SALE], 414), ([], None)]
    assert [(entry["log_level"], entry["sale"]) for entry in logs] == [("warning", "s-9")]


def test_a_page_of_strange_sales_only_is_not_mistaken_for_the_end(vendor, dated):
    strange = a_dated_sale(line_items="none", source={"type": "web"}, _metadata={"version": 100})
    vendor.says("GET", FEED, a_page(strange), a_page(a_dated_sale()), END)

    pages = list(dated.read_sales(after=0))

    assert [len(page.sales) for page in pages] == [1, 0]


def test_strange_sales_at_the_end_are_passed_for_good(vendor, dated):
    strange = a_dated_sale(line_items="none", source={"type": "web"}, _metadata={"version": 500})
    vendor.says("GET", FEED, a_page(strange), END)

    pages = list(dated.read_sales(after=0))

    assert [(page.sales, page.version_max) for page in pages] == [((), 500)]


def test_a_strange_sale_of_ours_is_known_to_stand_and_stops_no_other(vendor, dated):
    strange = a_dated_sale(line_items="none", source={"type": "syncd", "id": "acme/tryton/1/o/pickup/1"})
    vendor.says("GET", FEED, a_page(strange), END)

    [sale] = next(iter(dated.read_sales(after=0))).sales

    assert (sale.id, sale.source_id, sale.is_ours, sale.is_standing) == (SALE, "acme/tryton/1/o/pickup/1", True, True)
    assert (sale.is_readable, sale.is_empty) == (False, False)


@pytest.mark.parametrize("body", ["", "<html>", '{"data": ["', '{"error": "x"}', '"x"'])
def test_a_page_that_makes_no_sense_is_an_error(vendor, dated, body):
    vendor.says("GET", FEED, body)

    with pytest.raises(NotUnderstood):
        list(dated.read_sales(after=0))


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (403, Forbidden), (502, Unanswered)])
def test_a_feed_that_may_not_be_read_says_why(vendor, classic, status, error):
    vendor.says("GET", CLASSIC_FEED, {"error": "no"}, status=status)

    with pytest.raises(error):
        list(classic.read_sales(after=0))


@pytest.mark.parametrize("answer", [{"data": a_dated_sale()}, {"data": [a_dated_sale()]}, a_dated_sale()])
def test_one_sale_is_read_by_its_id(vendor, dated, answer):
    vendor.says("GET", ONE_SALE, answer)

    sale = dated.read_sale(SaleId(SALE))

    assert sale is not None
    assert (sale.id, sale.version) == (SALE, 413)


def test_a_sale_that_is_not_there_is_none(vendor, dated, classic):
    assert dated.read_sale(SaleId(SALE)) is None
    assert classic.read_sale(SaleId(SALE)) is None
    assert [asked.path for asked in vendor.asked] == [ONE_SALE, CLASSIC_SALE, f"/api/register_sales/{SALE}"]


def test_one_sale_that_makes_no_sense_is_an_error(vendor, dated):
    vendor.says("GET", ONE_SALE, {"data": without(a_dated_sale(), "state")}, {"data": {"id": 5}})

    for _ in range(2):
        with pytest.raises(NotUnderstood):
            dated.read_sale(SaleId(SALE))


@pytest.mark.parametrize(
    "wrapped",
    [{"register_sale": a_register_sale()}, {"register_sales": [a_register_sale()]}, a_register_sale()],
    ids=["register_sale", "register_sales", "bare"],
)
@pytest.mark.parametrize("status", [404, 400])
def test_a_pending_classic_sale_that_2_0_does_not_show_is_read_by_0_9(vendor, classic, wrapped, status):
    vendor.says("GET", CLASSIC_SALE, {"error": "not a completed sale"}, status=status)
    vendor.says("GET", f"/api/register_sales/{SALE}", wrapped)

    sale = classic.read_sale(SaleId(SALE))

    assert sale is not None
    assert (sale.id, sale.version, sale.is_ours) == (SALE, 0, True)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(a_dated_sale(), id="dated"),
        pytest.param(a_classic_sale(), id="2.0"),
        pytest.param({"id": SALE}, id="an-id-in-an-object"),
        pytest.param(SALE, id="a-bare-id"),
        pytest.param(without(a_dated_sale(), "line_items"), id="no-lines"),
        pytest.param(without(a_dated_sale(), "source"), id="no-source"),
    ],
)
def test_search_finds_a_sale_whatever_its_rows_look_like(vendor, dated, row):
    vendor.says("GET", SEARCH, {"data": [row]}, {"data": []})
    vendor.says("GET", ONE_SALE, {"data": a_dated_sale()})

    found = dated.find_sales(invoice_number="SO0042")

    assert [(sale.id, sale.is_ours, len(sale.lines)) for sale in found] == [(SALE, True, 1)]


def test_search_reads_on_until_nothing_new_comes(vendor, classic):
    rows = [a_classic_sale(id=f"s-{number}") for number in range(3)]
    vendor.says("GET", "/api/2.0/search", {"data": rows[:2]}, {"data": rows[2:]}, {"data": rows[2:]})

    found = classic.find_sales(invoice_number="SO0042")

    assert [sale.id for sale in found] == ["s-0", "s-1", "s-2"]
    asked = {"type": "sales", "invoice_number": "SO0042", "page_size": "1000"}
    assert vendor.queries("/api/2.0/search") == [asked | {"offset": offset} for offset in ("0", "2", "3")]


def test_search_results_of_another_number_are_no_results(vendor, dated):
    near = a_dated_sale(id="s-2", invoice_number="SO0042-1")
    barely = {"id": "s-3", "invoice_number": "SO00421"}
    vendor.says("GET", SEARCH, {"data": [near, barely]})

    found = dated.find_sales(invoice_number="SO0042")

    assert found == []
    assert len(vendor.asked) == 2


def test_a_glimpse_says_how_far_a_short_page_goes_and_its_newest_date(vendor, dated, classic):
    rows = [
        a_dated_sale(updated_at="2026-12-02T10:00:00Z", _metadata={"version": 500}),
        a_dated_sale(id="s-2", updated_at="2026-12-01T10:00:00Z", _metadata={"version": 501}),
    ]
    vendor.says("GET", FEED, a_page(*rows, version={"min": 500, "max": 9_999_999}))
    vendor.says("GET", CLASSIC_FEED, a_page(a_classic_sale(updated_at="2026-12-02T10:00:00+00:00")))

    assert dated.read_glimpse(after=7) == Glimpse(7, 501, datetime(2026, 12, 2, 10, tzinfo=UTC))
    assert classic.read_glimpse(after=7).newest == datetime(2026, 12, 2, 10, tzinfo=UTC)
    assert [len(vendor.queries(path)) for path in (FEED, CLASSIC_FEED)] == [1, 1]
    assert vendor.queries(FEED) == [{"after": "7", "page_size": "50"}]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param({"data": [], "version": {"min": None, "max": None}}, id="nulls-inside"),
        pytest.param({"data": [], "version": None}, id="null-version"),
        pytest.param({"data": []}, id="no-version"),
        pytest.param([], id="bare-array"),
    ],
)
def test_a_glimpse_above_the_end_is_empty_whatever_says_it(vendor, dated, page):
    vendor.says("GET", FEED, page)

    assert dated.read_glimpse(after=7) == Glimpse(7, None, None)


def test_a_glimpse_of_sales_that_make_no_sense_still_says_when(vendor, dated):
    strange = a_dated_sale(state="asleep", line_items="none", updated_at="2026-12-02T10:00:00Z")
    undated = a_dated_sale(id="s-2", updated_at=None, _metadata={"version": 600})
    vendor.says("GET", FEED, a_page(strange, undated))

    assert dated.read_glimpse(after=7) == Glimpse(7, 600, datetime(2026, 12, 2, 10, tzinfo=UTC))


def test_a_glimpse_of_rows_without_versions_trusts_no_other_number(vendor, dated):
    vendor.says("GET", FEED, a_page(without(a_dated_sale(), "_metadata")))

    assert dated.read_glimpse(after=7).reached is None
