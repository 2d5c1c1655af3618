"""Adjustments, reasons, absolute levels, available levels and consignments."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from syncd.domain.ids import OutletId, ProductId
from syncd.domain.stock import RetailLevel
from syncd.domain.stock_changes import (
    AdjustmentDraft,
    AdjustmentId,
    AdjustmentReason,
    AdjustmentReasonId,
    ConsignmentId,
    ConsignmentKind,
    ConsignmentLine,
    ConsignmentState,
    StockAdjustment,
)
from syncd.errors import Conflict, ReadOnly, Refused, Unanswered
from syncd.lightspeed import connect
from tests.unit.lightspeed.shapes import OTHER_PRODUCT, OUTLET, PRODUCT, USER

V = "/api/2026-07"
ADJUSTMENTS, REASONS, LEVELS = (
    f"{V}/stock_adjustments",
    f"{V}/custom_inventory_adjustment_reasons",
    f"{V}/inventory_levels",
)
MINUS = AdjustmentReason(AdjustmentReasonId("r-"), "ERP sync -", raises=False, enabled=True)
PLUS = AdjustmentReason(AdjustmentReasonId("r+"), "ERP sync +", raises=True, enabled=True)
END = {"data": [], "version": {"min": None, "max": None}}


def an_adjustment(**other):
    return {
        "id": "a-1",
        "user_id": USER,
        "product_id": PRODUCT,
        "outlet_id": OUTLET,
        "quantity": "-3.00000",
        "reason": "CUSTOM",
        "custom_inventory_adjustment_reason_id": "r-",
        "created_at": "2026-12-01T09:00:00Z",
        "updated_at": "2026-12-01T09:00:00Z",
        "version": 900,
    } | other


def a_draft(quantity="-3", reason=MINUS):
    return AdjustmentDraft(ProductId(PRODUCT), OutletId(OUTLET), Decimal(quantity), reason)


def test_a_classic_account_adjusts_by_the_dated_call_where_it_is_told_to(vendor):
    vendor.says("POST", ADJUSTMENTS, {"data": [an_adjustment()]}, status=201)
    classic = connect(vendor.transport(), "classic", dated_adjustments=True)

    assert len(classic.adjust_stock([a_draft()])) == 1
    with pytest.raises(Refused, match="nothing was sent"):
        connect(vendor.transport(), "classic").adjust_stock([a_draft()])


def test_a_delta_is_a_signed_number_in_quotes_under_our_own_reason(vendor, dated):
    vendor.says("POST", ADJUSTMENTS, {"data": [an_adjustment(), an_adjustment(id="a-2", quantity="1.5")]}, status=201)

    booked = dated.adjust_stock([a_draft(), a_draft("1.50", PLUS)])

    assert vendor.bodies("POST") == [
        {
            "stock_adjustments": [
                {
                    "product_id": PRODUCT,
                    "outlet_id": OUTLET,
                    "quantity": quantity,
                    "reason": "CUSTOM",
                    "custom_inventory_adjustment_reason_id": reason,
                }
                for quantity, reason in (("-3", "r-"), ("1.5", "r+"))
            ]
        }
    ]
    assert booked[0] == StockAdjustment(
        AdjustmentId("a-1"),
        ProductId(PRODUCT),
        OutletId(OUTLET),
        Decimal(-3),
        "CUSTOM",
        AdjustmentReasonId("r-"),
        USER,
        datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
        900,
    )


@pytest.mark.parametrize("answer", [{"data": []}, {"data": [{"id": "a-1"}]}, "no JSON"])
def test_an_answer_that_does_not_say_what_was_booked_is_unanswered(vendor, dated, answer):
    vendor.says("POST", ADJUSTMENTS, answer, status=201)

    with pytest.raises(Unanswered):
        dated.adjust_stock([a_draft()])

    assert len(vendor.asked) == 1


@pytest.mark.parametrize(("quantity", "reason"), [("3", MINUS), ("-3", PLUS), ("0", PLUS), ("NaN", PLUS)])
def test_the_sign_of_a_delta_is_that_of_its_reason(quantity, reason):
    with pytest.raises(ValueError):
        a_draft(quantity, reason)


def test_adjustments_are_read_by_version(vendor, dated):
    vendor.says("GET", ADJUSTMENTS, {"data": [an_adjustment()], "version": {"min": 900, "max": 900}}, END)

    pages = list(dated.read_adjustments(after=5))

    assert [[one.id for one in page] for page in pages] == [["a-1"]]
    assert [query["after"] for query in vendor.queries(ADJUSTMENTS)] == ["5", "900"]


def test_reasons_are_listed_and_made(vendor, dated):
    row = {"id": "r+", "name": "ERP sync +", "enabled": True, "type": "POSITIVE", "version": 1}
    vendor.says("GET", REASONS, {"data": [row], "version": {"min": 1, "max": 1}}, END)
    vendor.says("POST", REASONS, {"data": row})

    assert dated.read_adjustment_reasons() == [PLUS]
    assert dated.create_adjustment_reason("ERP sync +", raises=True) == PLUS
    assert vendor.bodies("POST") == [{"name": "ERP sync +", "enabled": True, "type": "POSITIVE"}]


def test_a_reason_whose_name_is_taken_is_a_conflict(vendor, dated):
    vendor.says("POST", REASONS, {"error": "conflict"}, status=409)

    with pytest.raises(Conflict):
        dated.create_adjustment_reason("ERP sync +", raises=True)


def test_the_classic_dialect_has_no_adjustments_and_sends_nothing(vendor, classic):
    with pytest.raises(Refused, match="no such call"):
        classic.adjust_stock([a_draft()])

    assert vendor.asked == []


def test_a_read_only_run_adjusts_nothing(vendor):
    with pytest.raises(ReadOnly):
        connect(vendor.transport(read_only=True), "2026-07").adjust_stock([a_draft()])

    assert vendor.asked == []


@pytest.mark.parametrize("path", [f"{V}/products/{PRODUCT}", f"/api/2.1/products/{PRODUCT}"])
def test_an_absolute_level_names_nothing_but_itself(vendor, dated, classic, path):
    vendor.says("PUT", path, {"data": {}})

    (dated if V in path else classic).set_levels(ProductId(PRODUCT), {OutletId(OUTLET): Decimal("21.0")})

    assert vendor.bodies("PUT") == [{"details": {"inventory": [{"outlet_id": OUTLET, "current_amount": 21}]}}]


def test_levels_of_many_products_are_one_request(vendor, dated):
    row = {"location_id": OUTLET, "product_id": PRODUCT, "current_inventory_level": 4, "quantity_to_procure": 1}
    vendor.says("POST", LEVELS, [row], [])

    found = dated.read_available([ProductId(PRODUCT), ProductId(OTHER_PRODUCT)], [OutletId(OUTLET)])

    assert found == [RetailLevel(OutletId(OUTLET), ProductId(PRODUCT), Decimal(4), Decimal(1), 0)]
    assert vendor.bodies("POST")[0] == {
        "size": 10_000,
        "offset": 0,
        "product_ids": [PRODUCT, OTHER_PRODUCT],
        "location_ids": [OUTLET],
        "sort_type": "created_at",
        "sort_direction": "asc",
        "include_inactive": True,
    }
    assert [body["offset"] for body in vendor.bodies("POST")] == [0, 1]


def test_when_all_levels_that_were_asked_for_were_told_no_further_page_is_asked_for(vendor, dated):
    rows = [
        {"location_id": OUTLET, "product_id": product, "current_inventory_level": 4, "quantity_to_procure": 0}
        for product in (PRODUCT, OTHER_PRODUCT)
    ]
    vendor.says("POST", LEVELS, rows, [])

    assert len(dated.read_available([ProductId(PRODUCT), ProductId(OTHER_PRODUCT)], [OutletId(OUTLET)])) == 2
    assert len(vendor.bodies("POST")) == 1


def test_levels_of_many_products_are_asked_one_by_one_in_the_classic_dialect(vendor, classic):
    rows = [{"outlet_id": OUTLET, "product_id": PRODUCT, "inventory_level": -1, "version": 3}]
    vendor.says("GET", f"/api/2.0/products/{PRODUCT}/inventory", {"data": rows})

    assert [level.level for level in classic.read_available([ProductId(PRODUCT)])] == [Decimal(-1)]


def a_consignment(**other):
    return {
        "id": "c-1",
        "name": "Count",
        "outlet_id": OUTLET,
        "type": "STOCKTAKE",
        "status": "STOCKTAKE_IN_PROGRESS",
        "version": 7,
    } | other


@pytest.mark.parametrize(
    ("kind", "status", "known_as", "state"),
    [
        ("STOCKTAKE", "STOCKTAKE_SCHEDULED", ConsignmentKind.COUNT, ConsignmentState.PLANNED),
        ("STOCKTAKE", "STOCKTAKE_IN_PROGRESS_PROCESSED", ConsignmentKind.COUNT, ConsignmentState.UNDER_WAY),
        ("STOCKTAKE", "STOCKTAKE_COMPLETE", ConsignmentKind.COUNT, ConsignmentState.DONE),
        ("OUTLET", "SENT", ConsignmentKind.TRANSFER, ConsignmentState.UNDER_WAY),
        ("OUTLET", "RECEIVED", ConsignmentKind.TRANSFER, ConsignmentState.DONE),
        ("RETURN", "SENT", ConsignmentKind.RETURN, ConsignmentState.DONE),
        ("SUPPLIER", "DISPATCHED", ConsignmentKind.SUPPLIER, ConsignmentState.UNDER_WAY),
        ("SUPPLIER", "CANCELLED", ConsignmentKind.SUPPLIER, ConsignmentState.CANCELLED),
        ("NEW_KIND", "NEW_STATUS", ConsignmentKind.OTHER, ConsignmentState.UNDER_WAY),
    ],
)
def test_a_consignment_says_whether_levels_may_still_move(vendor, dated, kind, status, known_as, state):
    row = a_consignment(type=kind, status=status)
    vendor.says("GET", f"{V}/consignments", {"data": [row], "version": {"min": 7, "max": 7}}, END)

    found = [one for page in dated.read_consignments(after=0) for one in page]

    assert [(one.kind, one.state, one.status) for one in found] == [(known_as, state, status)]


@pytest.mark.parametrize("base", [V, "/api/2.0"])
def test_what_is_under_way_is_asked_for_by_kind_and_looked_at_again(vendor, dated, classic, base):
    done = a_consignment(id="c-2", status="STOCKTAKE_COMPLETE", version=8)  # the filter was passed over
    vendor.says("GET", f"{base}/consignments", {"data": [a_consignment(), done], "version": {"min": 7, "max": 8}}, END)

    found = (dated if base == V else classic).read_consignments_under_way()

    assert [one.id for one in found] == ["c-1"]
    asked = {(query["type"], query["status"]) for query in vendor.queries(f"{base}/consignments")}
    assert asked == {
        ("STOCKTAKE", "STOCKTAKE_IN_PROGRESS"),
        ("STOCKTAKE", "STOCKTAKE_IN_PROGRESS_PROCESSED"),
        ("OUTLET", "SENT"),
    }


def test_lines_of_a_consignment_have_numbers_in_quotes(vendor, classic):
    rows = [
        {"product_id": PRODUCT, "count": "10.00000", "received": "9.00000", "status": "RECEIVE_SUCCESS", "version": 3},
        {"product_id": OTHER_PRODUCT, "received": "0.00000", "status": "PENDING", "version": 4},
    ]
    vendor.says("GET", "/api/2.0/consignments/c-1/products", {"data": rows, "version": {"min": 3, "max": 4}}, END)

    assert classic.read_consignment_lines(ConsignmentId("c-1")) == [
        ConsignmentLine(ProductId(PRODUCT), Decimal("10.00000"), Decimal("9.00000"), True, 3),
        ConsignmentLine(ProductId(OTHER_PRODUCT), None, Decimal("0.00000"), False, 4),
    ]
