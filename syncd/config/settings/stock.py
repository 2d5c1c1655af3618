"""How stock levels are compared."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from syncd.config.duration import Duration, between, parse_duration
from syncd.config.settings.block import SettingsBlock


class TillSaleSettings(SettingsBlock):
    """Sales rung up at the till, of which the ERP learns by another way."""

    booked_by: Literal["erp", "nobody"] = Field(
        "erp", description="Who books them in the ERP: the ERP's own import, or nobody.", examples=["erp"]
    )
    within: Annotated[Duration, between("0s", "30d")] = Field(
        parse_duration("26h"), description="How long that may take.", examples=["26h"]
    )


class MovementSettings(SettingsBlock):
    """Receipts, counts, transfers and adjustments made in X-Series."""

    booked_by: Literal["erp", "nobody"] = Field(
        "erp", description="Who books them in the ERP: somebody or an import, or nobody.", examples=["erp"]
    )
    within: Annotated[Duration, between("0s", "30d")] = Field(
        parse_duration("26h"), description="How long that may take.", examples=["26h"]
    )


class StockSettings(SettingsBlock):
    """Stock levels, compared per product and outlet."""

    mode: Literal["report"] = Field(
        "report", description="report shows drift and changes nothing.", examples=["report"]
    )
    erp_quantity: Literal["on_hand", "available"] = Field(
        "on_hand",
        description="Quantity of the ERP that is compared: on_hand, or available (less reserved).",
        examples=["on_hand"],
    )
    open_sales_lower_level: bool = Field(
        True,
        description="Whether a sale not yet handed over lowers the level. syncd check says what it saw.",
        examples=[True],
    )
    till_sales: TillSaleSettings = Field(
        TillSaleSettings(), description="Sales rung up at the till, of which the ERP learns by another way."
    )
    movements: MovementSettings = Field(
        MovementSettings(), description="Receipts, counts, transfers and adjustments made in X-Series."
    )
    full_read: Annotated[Duration, between("0s", "7d")] = Field(
        parse_duration("6h"),
        description="How old the last full reading of the ERP's stock may be; in between only what moved is read.",
        examples=["6h"],
    )
