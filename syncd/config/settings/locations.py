"""Which outlet stands for which ERP location."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from syncd.config.mistake import Finding, mistakes
from syncd.config.settings.block import SettingsBlock, Text


class LocationSettings(SettingsBlock):
    """The outlet of one ERP location."""

    outlet: Text = Field(description="Name of the outlet.", examples=["Downtown"])
    register_name: Text = Field(
        alias="register",
        description="Name of the register sales are rung up on; it belongs to that outlet.",
        examples=["Online Downtown"],
    )
    tax: Text | None = Field(
        None, description="Name of its own sales tax, for taxes of the ERP that are listed nowhere.", examples=["GST"]
    )
    closed: bool = Field(
        False, description="Its orders wait: no sale is made or changed there until this is false.", examples=[False]
    )
    buffer: Decimal = Field(
        Decimal(0),
        ge=0,
        max_digits=12,
        decimal_places=5,
        description="Units of every product that the outlet is never told of.",
        examples=[1],
    )


def refuse_shared_outlets(locations: dict[str, LocationSettings]) -> dict[str, LocationSettings]:
    """Given the map, return it. Raise a mistake for each outlet that a second location names."""
    first: dict[str, str] = {}
    findings = []
    for location, settings in locations.items():
        earlier = first.setdefault(settings.outlet, location)
        if earlier != location:
            # Two locations would each set the outlet's level, one over the other, in every run.
            findings.append(
                Finding(f"is the outlet of {earlier} already", "Map each outlet once.", (location, "outlet"))
            )
    if findings:
        raise mistakes(findings)
    return locations
