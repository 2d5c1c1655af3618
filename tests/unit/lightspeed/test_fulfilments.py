"""Who handed over what: dated fulfilments with their quantities as texts, classic ones that are done only."""

import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from syncd.domain.ids import OutletId, SaleId, SaleLineId
from syncd.domain.orders import Method
from syncd.domain.sales import Fulfilment, FulfilmentLine, FulfilmentState, FulfilmentStep
from syncd.errors import Conflict, NotFound, NotSent, NotUnderstood, Refused
from syncd.lightspeed import DatedRetail, wire
from syncd.lightspeed.translate import to_fulfilment, to_sale
from tests.unit.lightspeed.shapes import (
    CLASSIC_SALE,
    LINE,
    OUTLET,
    PRODUCT,
    SALE,
    a_classic_line,
    a_classic_sale,
    a_dated_sale,
    without,
)

LIST = "/api/2026-07/fulfillments"
CLASSIC_LIST = f"{CLASSIC_SALE}/fulfillments"


def a_fulfilment(**other):
    return {
        "id": "1947700198720344064",
        "outlet_id": OUTLET,
        "sale_id": SALE,
        "type": "PICKUP",
        "state": "OPEN",
        "user_ids": [],
        "note": "",
        "version": 1,
        "line_items": [
            {
                "sale_line_item_id": LINE,
                "product_id": PRODUCT,
                "quantity": "5.00",
                "picked_quantity": "0.00",
                "packed_quantity": "0.00",
                "fulfilled_quantity": "2.00",
            }
        ],
    } | other


def a_classic_fulfilment(**other):
    return {
        "id": "f-1",
        "sale_id": SALE,
        "outlet_id": OUTLET,
        "status": "PICKED_UP",
        "line_items": [{"id": "fl-1", "product_id": PRODUCT, "quantity": 1}],
    } | other


def test_quantities_are_read_from_texts(vendor, dated):
    vendor.says("GET", LIST, {"data": [a_fulfilment()]})

    found = dated.read_fulfilments([SaleId(SALE)])

    line = FulfilmentLine(SaleLineId(LINE), Decimal(5), Decimal(2))
    assert found == [
        Fulfilment(
            "1947700198720344064",
            SaleId(SALE),
            OutletId(OUTLET),
            Method.PICKUP,
            FulfilmentState.OPEN,
            (line,),
            version=1,
        )
    ]


@pytest.mark.parametrize(
    ("state", "read"),
    [
        ("STARTED", FulfilmentState.OPEN),
        ("PICKED", FulfilmentState.OPEN),
        ("PACKED", FulfilmentState.OPEN),
        ("FULFILLED", FulfilmentState.FULFILLED),
    ],
)
def test_only_fulfilled_is_done(vendor, dated, state, read):
    vendor.says("GET", LIST, {"data": [a_fulfilment(state=state, type="DISPATCH")]})

    found = dated.read_fulfilments([SaleId(SALE)])

    assert [(one.state, one.method) for one in found] == [(read, Method.DISPATCH)]


@pytest.mark.parametrize(
    "strange",
    [a_fulfilment(id="3", type="DRONE"), without(a_fulfilment(id="4"), "outlet_id"), a_fulfilment(line_items="?")],
    ids=["type", "outlet", "lines"],
)
def test_what_makes_no_sense_of_a_sale_that_was_asked_for_is_not_left_out(vendor, dated, strange):
    """The rest would be taken for all that was handed over."""
    vendor.says("GET", LIST, {"data": [strange, a_fulfilment(id="5")]})

    with pytest.raises(NotUnderstood):
        dated.read_fulfilments([SaleId(SALE)])


def test_services_and_other_sales_are_left_out(vendor, dated):
    rows = [
        a_fulfilment(id="1", type="SERVICE"),
        a_fulfilment(id="2", sale_id="s-2"),
        a_fulfilment(id="3", sale_id="s-2", type="DRONE"),
        a_fulfilment(id="5"),
    ]
    vendor.says("GET", LIST, {"data": rows})

    assert [one.id for one in dated.read_fulfilments([SaleId(SALE)])] == ["5"]


@pytest.mark.parametrize("size", [100, 10], ids=["the-size-asked-for", "the-servers-own-size"])
def test_a_full_page_is_followed_by_the_next(vendor, dated, size):
    full = [a_fulfilment(id=str(number)) for number in range(size)]
    vendor.says("GET", LIST, {"data": full}, {"data": [a_fulfilment(id="last")]})

    found = dated.read_fulfilments([SaleId(SALE)])

    assert len(found) == size + 1
    assert [query["page_number"] for query in vendor.queries(LIST)] == ["1", "2"]


def test_many_sales_are_asked_for_in_addresses_that_servers_take(vendor, dated):
    vendor.says("GET", LIST, {"data": []})

    dated.read_fulfilments([SaleId(f"81b37e5f-aa50-4fe3-95d3-{number:012}") for number in range(120)])

    asked = [[value for name, value in one.query if name == "sale_id"] for one in vendor.asked]
    assert [len(ids) for ids in asked] == [99, 21]
    assert max(len(urlencode(one.query)) for one in vendor.asked) < 8_000
    assert dict(vendor.asked[0].query)["page_size"] == "100"


def test_no_sales_are_no_request(vendor, dated, classic):
    assert dated.read_fulfilments([]) == classic.read_fulfilments([]) == []
    assert vendor.asked == []


def test_a_classic_line_that_names_its_product_only_is_found_in_the_sale(vendor, classic):
    lines = [a_classic_line(id="l-1", quantity=3), a_classic_line(id="l-2", quantity=1)]
    vendor.says("GET", CLASSIC_LIST, {"data": [a_classic_fulfilment()]})
    vendor.says("GET", CLASSIC_SALE, {"data": a_classic_sale(status="PICKED_UP_CLOSED", line_items=lines)})

    found = classic.read_fulfilments([SaleId(SALE)])

    line = FulfilmentLine(SaleLineId("l-2"), Decimal(1), Decimal(1))
    assert found == [
        Fulfilment("f-1", SaleId(SALE), OutletId(OUTLET), Method.PICKUP, FulfilmentState.FULFILLED, (line,))
    ]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"data": [a_fulfilment(state="FULFILLED", type="DISPATCH")]}, id="dated-rows"),
        pytest.param([a_fulfilment(status="SHIPPED", type=None)], id="bare-array"),
        pytest.param({"data": [without(a_fulfilment(state="FULFILLED", type="DISPATCH"), "sale_id")]}, id="no-sale"),
    ],
)
def test_other_shapes_of_a_classic_fulfilment_are_read_too(vendor, classic, answer):
    vendor.says("GET", CLASSIC_LIST, answer)

    found = classic.read_fulfilments([SaleId(SALE)])

    assert [(one.sale, one.method, one.state) for one in found] == [(SALE, Method.DISPATCH, FulfilmentState.FULFILLED)]
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("answer", [{"data": []}, {"data": None}, None], ids=["empty", "null", "not-found"])
def test_a_classic_sale_that_was_not_handed_over_has_no_fulfilment(vendor, classic, answer):
    if answer is not None:
        vendor.says("GET", CLASSIC_LIST, answer)

    assert classic.read_fulfilments([SaleId(SALE)]) == []


OLD = "/api/2026-04"


def a_whole(**other):
    return to_fulfilment(wire.Decoder(wire.Fulfilment)(json.dumps(a_fulfilment(**other)).encode()))


@pytest.mark.parametrize("step", ["pick", "pack", "fulfil"])
def test_a_step_names_the_version_it_was_decided_on(vendor, dated, step):
    path = f"{LIST}/1947700198720344064/{'fulfill' if step == 'fulfil' else step}"
    vendor.says("POST", path, {"data": {"id": "1947700198720344064", "version": 2}})

    version = getattr(dated, step)(a_whole(), [FulfilmentStep(SaleLineId(LINE), Decimal("1.50"))])

    assert version == 2
    assert vendor.bodies("POST") == [
        {"version": 1, "line_items": [{"sale_line_item_id": LINE, "quantity": Decimal("1.5")}]}
    ]


def test_a_step_at_a_stale_version_is_a_conflict(vendor, dated):
    vendor.says("POST", f"{LIST}/1947700198720344064/pick", {"error": "conflict"}, status=409)

    with pytest.raises(Conflict):
        dated.pick(a_whole(), [FulfilmentStep(SaleLineId(LINE), Decimal(1))])


def test_the_classic_dialect_has_no_steps(vendor, classic):
    with pytest.raises(Refused, match="no such call"):
        classic.pick(a_whole(), [])


@pytest.mark.parametrize("version", ["2026-04", "2026-07"])
def test_before_2026_07_the_sales_own_route_is_tried_where_the_new_one_is_not_found(vendor, version):
    vendor.says("POST", f"{OLD}/sales/{SALE}/fulfill", {"data": {"id": "f"}})
    retail = DatedRetail(vendor.transport(), version)
    sale = to_sale(wire.Decoder(wire.Sale)(json.dumps(a_dated_sale()).encode()))

    if version == "2026-07":
        with pytest.raises(NotFound):
            retail.fulfil_sale(sale)
        return
    retail.fulfil_sale(sale)

    assert [asked.body for asked in vendor.asked] == [{"sale_id": SALE}, {"fulfillment_type": "PICKED_UP"}]


def test_before_2026_07_fulfilments_and_pick_lists_are_read_sale_by_sale(vendor):
    open_one = {"id": "p", "sale_id": SALE, "outlet_id": OUTLET, "type": "PICKED_UP", "status": "OPEN"}
    open_one["line_items"] = [
        {"id": "x", "product_id": "p", "quantity": 2, "picked_quantity": 1, "sale_line_item_id": LINE}
    ]
    vendor.says("GET", f"{OLD}/sales/{SALE}/pick_lists", {"data": [open_one]})

    found = DatedRetail(vendor.transport(), "2026-04").read_fulfilments([SaleId(SALE)])

    assert [(one.id, one.state, one.lines) for one in found] == [
        ("p", FulfilmentState.OPEN, (FulfilmentLine(SaleLineId(LINE), Decimal(2), Decimal(0), Decimal(1)),))
    ]


def test_pick_lists_show_what_still_waits_in_the_classic_dialect(vendor, classic):
    row = {"id": "p", "sale_id": SALE, "outlet_id": OUTLET, "type": "SHIPPED", "line_items": []}
    vendor.says("GET", f"/api/2.0/sales/{SALE}/pick_lists", {"data": [row]})

    found = classic.read_open_fulfilments([SaleId(SALE)])

    assert [(one.method, one.state) for one in found] == [(Method.DISPATCH, FulfilmentState.OPEN)]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_return_is_begun_for_a_closed_sale_only(vendor, dated, classic, method):
    base, row = ("/api/2026-07", a_dated_sale) if method == "POST" else ("/api/2.0", a_classic_sale)
    retail = dated if method == "POST" else classic
    closed = row(state="closed", status="CLOSED") if method == "PUT" else row(state="closed")
    vendor.says("GET", f"{base}/sales/{SALE}", {"data": closed}, {"data": row()})
    vendor.says(method, f"{base}/sales/{SALE}/actions/return", {"data": a_classic_sale(id="s-9", return_for=SALE)})
    sale = to_sale(wire.Decoder(wire.Sale)(json.dumps(closed).encode()))

    receipt = retail.return_sale(sale)

    assert receipt.sale_id == "s-9"
    assert receipt.echo.return_for == SALE
    with pytest.raises(NotSent, match="not closed"):
        retail.return_sale(sale)
