"""A share as people write it: `10%`, kept as the fraction 0.1."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from syncd.config.mistake import mistake

PATTERN = r"^[0-9]{1,3}(\.[0-9]{1,4})?%$"
HUNDRED = Decimal(100)


def parse_percentage(text: str) -> Decimal:
    """Given `10%`, return 0.1. Raise a mistake if it is no percentage."""
    if not re.fullmatch(PATTERN, text):
        raise mistake("is not a percentage", "Write a number and a percent sign, for example 10%.")
    return Decimal(text.removesuffix("%")) / HUNDRED


def format_percentage(share: Decimal) -> str:
    """Given 0.1, return `10%`."""
    number = f"{share * HUNDRED:f}"
    return (number.rstrip("0").rstrip(".") if "." in number else number) + "%"


def _read(value: object) -> object:
    return parse_percentage(value) if isinstance(value, str) else value


def at_most(most: str) -> AfterValidator:
    """A validator that refuses a share above this one."""

    def check(share: Decimal) -> Decimal:
        if not 0 <= share <= parse_percentage(most):
            raise mistake(f"must lie between 0% and {most}")
        return share

    return AfterValidator(check)


Percentage = Annotated[
    Decimal,
    BeforeValidator(_read),
    PlainSerializer(format_percentage, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN}),
]
