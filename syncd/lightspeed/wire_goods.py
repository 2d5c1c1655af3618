"""Products, levels, adjustments and consignments, in the vendor's words; and what we say to change them."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from syncd.domain.ids import OutletId, ProductId
from syncd.domain.stock import Quantity
from syncd.lightspeed.wire import Number, Text

# ------------------------------------------------------------------ what it answers


class ProductCode(Struct):
    code: Text = None


class Product(Struct):
    id: str
    sku: Text = None
    name: str | None = None
    variant_name: str | None = None
    product_codes: list[ProductCode] | None = None
    active: bool | None = None
    is_active: bool | None = None
    has_inventory: bool | None = None
    track_inventory: bool | None = None
    is_composite: bool | None = None
    deleted_at: str | None = None
    version: int | None = None


class Level(Struct, gc=False):
    """Read in millions: no garbage collection (it holds no containers), ids typed as ours."""

    outlet_id: OutletId
    product_id: ProductId
    current_inventory_level: Quantity | None = None  # dated (FACTS 22.17: five names for one number)
    inventory_level: Quantity | None = None  # 2.0
    quantity_to_procure: Quantity | None = None  # dated only
    deleted_at: str | None = None
    version: int | None = None


class AvailableLevel(Struct, gc=False):
    """A row of `POST /inventory_levels`: the outlet is called a location there (STYLE D, trap 3)."""

    location_id: str
    product_id: str
    current_inventory_level: Number = None
    quantity_to_procure: Number = None


class Adjustment(Struct):
    id: str
    product_id: str
    outlet_id: str
    quantity: Number = None  # a decimal in quotes
    reason: str | None = None
    custom_inventory_adjustment_reason_id: str | None = None
    user_id: str | None = None
    created_at: str | None = None
    version: int | None = None


class AdjustmentReason(Struct):
    id: str
    name: str
    type: str | None = None
    enabled: bool | None = None
    version: int | None = None


class Consignment(Struct):
    id: str
    type: str | None = None
    status: str | None = None
    name: str | None = None
    outlet_id: str | None = None
    source_outlet_id: str | None = None
    received_at: str | None = None
    deleted_at: str | None = None
    version: int | None = None


class ConsignmentLine(Struct):
    product_id: str
    count: Number = None
    received: Number = None
    status: str | None = None
    deleted_at: str | None = None
    version: int | None = None


# ------------------------------------------------------------------ what we say


class InventoryRequest(Struct):
    after: int
    size: int
    sort_direction: str = "asc"  # the default is desc, by which nothing can be paged (FACTS 22.12)


class InventoryLevelsRequest(Struct, omit_defaults=True, kw_only=True):
    size: int
    offset: int
    product_ids: list[str]
    location_ids: list[str] | None = None
    sort_type: str
    sort_direction: str
    include_inactive: bool


class NewAdjustment(Struct, omit_defaults=True, kw_only=True):
    product_id: str
    outlet_id: str
    quantity: str  # a signed number in quotes (FACTS 4b)
    reason: str
    custom_inventory_adjustment_reason_id: str | None = None


class AdjustmentsRequest(Struct):
    stock_adjustments: list[NewAdjustment]


class ReasonRequest(Struct):
    name: str
    enabled: bool
    type: str


class LevelAtOutlet(Struct):
    outlet_id: str
    current_amount: Decimal  # absolute


class ProductDetails(Struct):
    inventory: list[LevelAtOutlet]


class ProductRequest(Struct):
    """Only what we own: keys that are left out stay as they are (FACTS 18)."""

    details: ProductDetails
