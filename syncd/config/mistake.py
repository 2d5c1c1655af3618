"""How a validator says what is wrong: a message, a hint, and where inside its own value.

pydantic carries these to `explain.py`, which turns them into problems with a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import PydanticCustomError

MISTAKE = "syncd_mistake"


@dataclass(frozen=True)
class Finding:
    """One contradiction; `at` leads from the validated value to the exact place of it."""

    message: str
    hint: str = ""
    at: tuple[str | int, ...] = ()


def mistake(message: str, hint: str = "") -> PydanticCustomError:
    """The error to raise for one mistake in the validated value."""
    return mistakes([Finding(message, hint)])


def mistakes(findings: Sequence[Finding]) -> PydanticCustomError:
    """The error to raise for several mistakes in one validated value."""
    message = "; ".join(finding.message for finding in findings)
    return PydanticCustomError(MISTAKE, "{message}", {"message": message, "findings": tuple(findings)})
