"""The settings as they may be shown: everything but the secrets."""

from __future__ import annotations

from typing import Any

from syncd.config.settings import Settings


def show(settings: Settings) -> dict[str, Any]:
    """Given settings, return them as the file would say them, defaults included and secrets cut."""
    return settings.model_dump(mode="json", by_alias=True)
