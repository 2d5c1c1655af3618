"""How stock levels are compared, and corrected."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from syncd.config.duration import Duration, between, parse_duration
from syncd.config.mistake import Finding, mistakes
from syncd.config.percentage import Percentage, at_most, parse_percentage
from syncd.config.settings.block import SettingsBlock

CORRECT = "correct-retail"


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


Booked = TypeVar("Booked", TillSaleSettings, MovementSettings)


class StockBrakeSettings(SettingsBlock):
    """Limits of one plan of corrections, at each outlet of 20 rows and more, and over all."""

    changed: Annotated[Percentage, at_most("100%")] = Field(
        parse_percentage("20%"), description="Most of the compared levels that are changed.", examples=["20%"]
    )
    to_zero: Annotated[Percentage, at_most("100%")] = Field(
        parse_percentage("5%"), description="Most of them that are set to zero.", examples=["5%"]
    )
    matched: Annotated[Percentage, at_most("100%")] = Field(
        parse_percentage("80%"),
        description="Least of the ERP's levels whose SKU is a product of X-Series.",
        examples=["80%"],
    )
    rows_changed: int = Field(2000, ge=0, description="Most levels changed.", examples=[2000])
    units: Decimal = Field(Decimal(500), ge=0, description="Most units changed, up and down together.", examples=[500])


class StockSettings(SettingsBlock):
    """Stock levels, compared per product and outlet."""

    mode: Literal["report", "correct-retail"] = Field(
        "report",
        description="report shows drift and changes nothing; correct-retail corrects the levels of X-Series.",
        examples=["report"],
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
    brakes: StockBrakeSettings = Field(
        StockBrakeSettings(), description="Limits of one plan; a plan beyond one of them waits for a person."
    )
    api: Literal["auto", "adjustments", "levels"] = Field(
        "auto",
        description="How levels are corrected: adjustments (by how much; over classic the token must allow the dated "
        "call), or levels (to what, only in quiet_hours). auto: levels over classic, else adjustments.",
        examples=["auto"],
    )
    quiet_hours: str | None = Field(
        None,
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="When nobody is at a till, in `timezone`: levels are set outright only then.",
        examples=["22:00-06:00"],
    )

    @field_validator("till_sales", "movements")
    @classmethod
    def _booked_where_corrected(cls, block: Booked, info: ValidationInfo) -> Booked:
        if info.data.get("mode") == CORRECT and block.booked_by == "nobody":
            hint = "With it nothing is ever corrected: the ERP does not know what left the shelf."
            raise mistakes([Finding("cannot stand beside mode: correct-retail", hint, ("booked_by",))])
        return block

    @property
    def quiet(self) -> tuple[time, time] | None:
        """From when until when."""
        if self.quiet_hours is None:
            return None
        begin, end = (time.fromisoformat(part) for part in self.quiet_hours.split("-"))
        return begin, end
