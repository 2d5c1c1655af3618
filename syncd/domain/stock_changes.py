"""What moves a stock level in X-Series beside sales: adjustments, counts, receipts and transfers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from syncd.domain.ids import OutletId, ProductId, UserId

AdjustmentId = NewType("AdjustmentId", str)
AdjustmentReasonId = NewType("AdjustmentReasonId", str)
ConsignmentId = NewType("ConsignmentId", str)

OUR_REASONS = ("ERP sync +", "ERP sync -")  # what we adjust levels by says so: such a change is none of theirs
REASON_NAME_LENGTH_MAX = 30
ADJUSTMENTS_A_REQUEST_MAX = 1_000


@dataclass(frozen=True, slots=True)
class AdjustmentReason:
    """A reason of the retailer's own: its sign binds the adjustments made with it."""

    id: AdjustmentReasonId
    name: str
    raises: bool  # else it lowers
    enabled: bool


@dataclass(frozen=True, slots=True)
class AdjustmentDraft:
    """A signed change of one level, under one of our own two reasons."""

    product: ProductId
    outlet: OutletId
    quantity: Decimal
    reason: AdjustmentReason

    def __post_init__(self) -> None:
        if not self.quantity.is_finite() or self.quantity == 0:
            raise ValueError(f"an adjustment of {self.quantity} changes nothing")
        if (self.quantity > 0) is not self.reason.raises:
            raise ValueError(f"an adjustment of {self.quantity} cannot have the reason {self.reason.name!r}")


@dataclass(frozen=True, slots=True)
class StockAdjustment:
    """A change that X-Series has booked."""

    id: AdjustmentId
    product: ProductId
    outlet: OutletId
    quantity: Decimal
    reason: str  # the vendor's word; CUSTOM with `custom_reason`
    custom_reason: AdjustmentReasonId | None
    user: UserId | None
    created_at: datetime | None
    version: int


class ConsignmentKind(StrEnum):
    SUPPLIER = "supplier"  #: goods from a supplier
    TRANSFER = "transfer"  #: from one outlet to another
    COUNT = "count"  #: a stocktake
    RETURN = "return"  #: goods back to a supplier
    OTHER = "other"  #: a kind that we do not know


class ConsignmentState(StrEnum):
    PLANNED = "planned"  #: nothing has moved
    UNDER_WAY = "under_way"  #: being counted, or sent and not yet received: levels may move any moment
    DONE = "done"  #: booked
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Consignment:
    id: ConsignmentId
    kind: ConsignmentKind
    state: ConsignmentState
    status: str  # the vendor's word
    name: str
    outlet: OutletId  # that receives, or is counted
    source_outlet: OutletId | None  # of a transfer
    received_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class ConsignmentLine:
    product: ProductId
    expected: Decimal | None
    received: Decimal | None  # or counted
    booked: bool
    version: int
