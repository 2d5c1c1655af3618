"""X-Series' adjustments, reasons and consignments -> ours."""

from __future__ import annotations

from syncd.domain.ids import OutletId, ProductId, UserId
from syncd.domain.money import ZERO
from syncd.domain.stock import RetailLevel
from syncd.domain.stock_changes import (
    AdjustmentId,
    AdjustmentReason,
    AdjustmentReasonId,
    Consignment,
    ConsignmentId,
    ConsignmentKind,
    ConsignmentLine,
    ConsignmentState,
    StockAdjustment,
)
from syncd.errors import BadRecord
from syncd.lightspeed import wire_goods
from syncd.lightspeed.translate import is_set, number, read_time

POSITIVE, NEGATIVE = "POSITIVE", "NEGATIVE"

_KIND = {
    "SUPPLIER": ConsignmentKind.SUPPLIER,
    "OUTLET": ConsignmentKind.TRANSFER,
    "STOCKTAKE": ConsignmentKind.COUNT,
    "RETURN": ConsignmentKind.RETURN,
}
_STATE = {
    "OPEN": ConsignmentState.PLANNED,
    "STOCKTAKE": ConsignmentState.PLANNED,
    "STOCKTAKE_SCHEDULED": ConsignmentState.PLANNED,
    "SENT": ConsignmentState.UNDER_WAY,
    "DISPATCHED": ConsignmentState.UNDER_WAY,
    "STOCKTAKE_IN_PROGRESS": ConsignmentState.UNDER_WAY,
    "STOCKTAKE_IN_PROGRESS_PROCESSED": ConsignmentState.UNDER_WAY,
    "RECEIVED": ConsignmentState.DONE,
    "STOCKTAKE_COMPLETE": ConsignmentState.DONE,
    "CLOSED": ConsignmentState.DONE,
    "CANCELLED": ConsignmentState.CANCELLED,
}


def to_adjustment(row: wire_goods.Adjustment) -> StockAdjustment:
    custom = row.custom_inventory_adjustment_reason_id
    return StockAdjustment(
        id=AdjustmentId(row.id),
        product=ProductId(row.product_id),
        outlet=OutletId(row.outlet_id),
        quantity=number(row.quantity, record=f"adjustment {row.id}", field="quantity"),
        reason=row.reason or "",
        custom_reason=AdjustmentReasonId(custom) if custom else None,
        user=UserId(row.user_id) if row.user_id else None,
        created_at=read_time(row.created_at),
        version=row.version or 0,
    )


def to_reason(row: wire_goods.AdjustmentReason) -> AdjustmentReason:
    kind = (row.type or "").upper()
    if kind not in (POSITIVE, NEGATIVE):
        raise BadRecord(f"adjustment reason {row.id} has no sign: {row.type}", record=row.id, field="type")
    return AdjustmentReason(AdjustmentReasonId(row.id), row.name, kind == POSITIVE, row.enabled is not False)


def to_available(row: wire_goods.AvailableLevel) -> RetailLevel:
    """A level without a version: it is no feed."""
    record = f"level of product {row.product_id} at outlet {row.location_id}"
    to_procure = row.quantity_to_procure if row.quantity_to_procure is not None else ZERO
    return RetailLevel(
        outlet=OutletId(row.location_id),
        product=ProductId(row.product_id),
        level=number(row.current_inventory_level, record=record, field="current_inventory_level"),
        to_procure=number(to_procure, record=record, field="quantity_to_procure"),
        version=0,
    )


def to_consignment(row: wire_goods.Consignment) -> Consignment:
    """A status that we do not know counts as under way: whoever corrects levels then keeps away."""
    if not row.outlet_id:
        raise BadRecord(f"consignment {row.id} has no outlet", record=row.id, field="outlet_id")
    kind = _KIND.get((row.type or "").upper(), ConsignmentKind.OTHER)
    status = (row.status or "").upper()
    state = _STATE.get(status, ConsignmentState.UNDER_WAY)
    if kind is ConsignmentKind.RETURN and status == "SENT":
        state = ConsignmentState.DONE  # its last step: the goods have left (FACTS 14)
    if is_set(row.deleted_at):
        state = ConsignmentState.CANCELLED
    return Consignment(
        id=ConsignmentId(row.id),
        kind=kind,
        state=state,
        status=row.status or "",
        name=row.name or "",
        outlet=OutletId(row.outlet_id),
        source_outlet=OutletId(row.source_outlet_id) if row.source_outlet_id else None,
        received_at=read_time(row.received_at),
        version=row.version or 0,
    )


def to_consignment_line(row: wire_goods.ConsignmentLine) -> ConsignmentLine | None:
    """The line, or None of a deleted one."""
    if is_set(row.deleted_at):
        return None
    return ConsignmentLine(
        product=ProductId(row.product_id),
        expected=row.count,
        received=row.received,
        booked=(row.status or "").upper().endswith("SUCCESS"),  # SUCCESS, and RECEIVE_SUCCESS in the example
        version=row.version or 0,
    )
