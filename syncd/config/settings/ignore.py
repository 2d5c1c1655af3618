"""Which orders are left alone."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from syncd.config.mistake import mistake
from syncd.config.settings.block import SettingsBlock, Text


def _not_all(pattern: str) -> str:
    """Given a pattern, return it. Raise a mistake if it fits every order."""
    if not pattern.strip("*"):
        raise mistake("fits every order", "Name some of them, as TEST-* does.")
    return pattern


Pattern = Annotated[Text, AfterValidator(_not_all)]


class IgnoreSettings(SettingsBlock):
    """Orders that never become sales; the order says which rule it met."""

    tags: tuple[Text, ...] = Field((), description="Orders with one of these tags.", examples=[["wholesale"]])
    customers: tuple[Text, ...] = Field(
        (), description="Orders of the customers with these codes.", examples=[["STAFF"]]
    )
    numbers: tuple[Pattern, ...] = Field(
        (), description="Orders whose number fits one of these patterns.", examples=[["TEST-*"]]
    )
    references: tuple[Pattern, ...] = Field(
        (), description="Orders whose customer reference fits one of these patterns.", examples=[["POS-*"]]
    )
