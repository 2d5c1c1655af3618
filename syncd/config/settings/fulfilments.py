"""Which hand-overs are told to the other side."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from syncd.config.percentage import Percentage, at_most
from syncd.config.settings.block import SettingsBlock


class FulfilmentSettings(SettingsBlock):
    """Hand-overs, which complete shipments, and shipments, which hand sales over."""

    mode: Literal["live", "shadow"] = Field(
        "shadow", description="shadow plans and reports only; live writes to the other side.", examples=["shadow"]
    )
    to_erp: bool = Field(
        True, description="A hand-over in X-Series completes the shipment in the ERP.", examples=[True]
    )
    to_retail: bool = Field(
        False, description="A shipment done in the ERP hands the sale over in X-Series.", examples=[False]
    )
    rotation_share: Annotated[Percentage, at_most("90%")] = Field(
        Decimal("0.2"),
        description="Share of the requests allowed that may ask open sales in turn whether some of them left (dated).",
        examples=["20%"],
    )
