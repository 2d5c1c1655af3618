"""X-Series behind the `Retail` port, in both dialects.

Holds no rule about what an order means and keeps nothing: calls, the vendor's words, and their translation.
"""

from __future__ import annotations

import re
from importlib import metadata

from syncd.domain.ports import Retail
from syncd.errors import ConfigError
from syncd.lightspeed.classic import ClassicRetail
from syncd.lightspeed.dated import DatedRetail
from syncd.transport import Transport

__all__ = ["ClassicRetail", "DatedRetail", "connect", "headers"]

CLASSIC_API = "classic"
_DATED_API = re.compile(r"20\d\d-(0[1-9]|1[0-2])")  # one a quarter (FACTS 1)


def connect(transport: Transport, api: str) -> Retail:
    """X-Series by the dialect that the config names: `classic`, or a dated version such as `2026-07`."""
    if api == CLASSIC_API:
        return ClassicRetail(transport)
    if _DATED_API.fullmatch(api):
        return DatedRetail(transport, api)
    raise ConfigError(f"lightspeed.api is {api!r}", hint='It is "classic" or a dated version such as "2026-07".')


def headers(token: str) -> dict[str, str]:
    """What every request carries. The vendor wants a User-Agent that says who asks (doc "User Agent", FACTS 8)."""
    try:
        version = metadata.version("syncd")
    except metadata.PackageNotFoundError:
        version = "0"
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "User-Agent": f"syncd/{version} (ERP to X-Series sync)",
    }
