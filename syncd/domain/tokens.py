"""The tokens of an OAuth log-in. A refresh token is used once: using it gives a new pair and revokes the old one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """Never shown: neither token is part of what this prints as."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime | None  # of the access token, by our clock; None when it was not said
    obtained_at: datetime
    scopes: frozenset[str] | None  # that were granted; None when it was not said
    domain_prefix: str = ""
