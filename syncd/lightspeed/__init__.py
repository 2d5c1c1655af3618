"""X-Series behind the `Retail` port, in both dialects.

Holds no rule about what an order means and keeps nothing: calls, the vendor's words, and their translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata

from syncd.domain.ports import Retail
from syncd.errors import ConfigError
from syncd.lightspeed.auth import AUTHORIZE_URL, LogIn, OAuthLogIn, authorize_url, code_of
from syncd.lightspeed.calls import Use, scopes_needed, scopes_wanted
from syncd.lightspeed.classic import ClassicRetail
from syncd.lightspeed.dated import DatedRetail
from syncd.transport import Transport

__all__ = [
    "AUTHORIZE_URL",
    "ClassicRetail",
    "DatedRetail",
    "LogIn",
    "OAuthLogIn",
    "Use",
    "authorize_url",
    "code_of",
    "connect",
    "headers",
    "scopes_needed",
    "scopes_wanted",
]

CLASSIC_API = "classic"
_DATED_API = re.compile(r"20\d\d-(0[1-9]|1[0-2])")  # one a quarter (FACTS 1)


def connect(
    transport: Transport,
    api: str,
    *,
    log_in: LogIn | None = None,
    uses: Iterable[Use] | None = None,
    dated_adjustments: bool = False,
) -> Retail:
    """X-Series by the dialect that the config names: `classic`, or a dated version such as `2026-07`.

    `log_in` where tokens rotate; a personal token is one of the transport's headers. `uses` says what the config
    wants, so that `check` can say which scopes that takes. `dated_adjustments`: levels of a classic account are
    adjusted by the dated calls.
    """
    if api == CLASSIC_API:
        return ClassicRetail(transport, log_in=log_in, uses=uses, dated_adjustments=dated_adjustments)
    if _DATED_API.fullmatch(api):
        return DatedRetail(transport, api, log_in=log_in, uses=uses)
    raise ConfigError(f"lightspeed.api is {api!r}", hint='It is "classic" or a dated version such as "2026-07".')


def headers(token: str | None = None) -> dict[str, str]:
    """What every request carries. The vendor wants a User-Agent that says who asks (doc "User Agent", FACTS 8)."""
    try:
        version = metadata.version("syncd")
    except metadata.PackageNotFoundError:
        version = "0"
    said = {"Accept": "application/json", "User-Agent": f"syncd/{version} (ERP to X-Series sync)"}
    return {"Authorization": f"Bearer {token}", **said} if token else said
