"""Taxes by their rates, as people write them: `15%`."""

from __future__ import annotations

import re
from decimal import Decimal

from syncd.config.mistake import Finding, mistakes
from syncd.config.percentage import PATTERN, parse_percentage


def refuse_bad_rates(taxes: dict[str, str]) -> dict[str, str]:
    """Given taxes by rate, return them. Raise a mistake for each key that is no rate, or another one's rate."""
    first: dict[Decimal, str] = {}
    findings = []
    for text in taxes:
        if not re.fullmatch(PATTERN, text):
            findings.append(Finding("is not a percentage", "Write a number and a percent sign, as in 15%.", (text,)))
            continue
        earlier = first.setdefault(parse_percentage(text), text)
        if earlier != text:
            findings.append(Finding(f"is the same rate as {earlier}", "Keep one of them.", (text,)))
    if findings:
        raise mistakes(findings)
    return taxes
