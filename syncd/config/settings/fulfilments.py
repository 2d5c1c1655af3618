"""Which hand-overs are told to the other side."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from syncd.config.settings.block import SettingsBlock


class FulfilmentSettings(SettingsBlock):
    """Hand-overs, which complete shipments."""

    mode: Literal["live", "shadow"] = Field(
        "shadow", description="shadow plans and reports only; live completes shipments.", examples=["shadow"]
    )
    to_erp: bool = Field(
        True, description="A hand-over in X-Series completes the shipment in the ERP.", examples=[True]
    )
