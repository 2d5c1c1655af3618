"""How patient the journal is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from syncd.config.duration import Duration, between, parse_duration
from syncd.config.settings.block import SettingsBlock

SETTLE_MIN = parse_duration("60s")
"""Below this, a sale made late by the vendor could be taken for one never made, and be made again."""


class JournalSettings(SettingsBlock):
    """Writes to either side, and how long their outcome is waited for."""

    settle: Annotated[Duration, between("0s", "1d")] = Field(
        parse_duration("180s"),
        description="How long a write may take to show in reads. Below 60s only against a sandbox.",
        examples=["180s"],
    )
    call_deadline: Annotated[Duration, between("10ms", "10m")] = Field(
        parse_duration("30s"), description="Longest time one call may take.", examples=["30s"]
    )
    threads: int = Field(8, ge=1, le=64, description="Writes under way at the same time.", examples=[8])
