"""Which product of X-Series is sold for what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from syncd.config.mistake import Finding, mistakes
from syncd.config.settings.block import SettingsBlock, Text
from syncd.domain.catalogue import Match


class ProductSettings(SettingsBlock):
    """SKUs that stand for what is no product in the ERP, and how SKUs are compared."""

    shipping: Text | None = Field(None, description="SKU for the cost of shipping.", examples=["SHIPPING"])
    fee: Text | None = Field(
        None,
        description="SKU for a service whose own SKU X-Series does not have, and for one without.",
        examples=["FEE"],
    )
    discount: Text | None = Field(None, description="SKU for lines with a negative price.", examples=["DISCOUNT"])
    rounding: Text | None = Field(None, description="SKU for a residue of cents.", examples=["ROUNDING"])
    match: Literal["exact", "ignore_space", "ignore_case"] = Field(
        "exact",
        description=(
            "When two SKUs are the same: letter for letter; whatever spaces are around and within; or whatever "
            "spaces and capitals. A product of just the SKU comes first; several like it hold the order."
        ),
        examples=["exact"],
    )

    def refuse_twins(self, skus: dict[str, str]) -> dict[str, str]:
        """Given the aliases, return them. Raise a mistake for each that is another one's SKU by this comparison."""
        match = Match(self.match)
        first: dict[str, str] = {}
        findings = []
        for sku in skus:
            earlier = first.setdefault(match.key(sku), sku)
            if earlier != sku:
                hint = f"By orders.products.match: {self.match}; keep one of them."
                findings.append(Finding(f"is the same SKU as {earlier}", hint, (sku,)))
        if findings:
            raise mistakes(findings)
        return skus
