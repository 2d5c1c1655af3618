"""The address of a server we call: scheme, host, perhaps a port and a path; never a password."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, WithJsonSchema

from syncd.config.mistake import mistake


def is_loopback(url: str) -> bool:
    """Whether this address never leaves this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name: where it leads is known to DNS alone


def _check(url: str) -> str:
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise mistake("is not a web address", "Write it as http://host:port or https://host.")
    if parts.username is not None or parts.password is not None:
        raise mistake("has a user or a password inside", "An address is logged: put secrets in their own key.")
    if parts.query or parts.fragment or any(letter.isspace() for letter in url):
        raise mistake("is more than a web address", "Leave out spaces and everything from ? or # on.")
    return url.rstrip("/")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where the port is no number
    except ValueError:
        raise mistake("is not a web address", "Write it as http://host:port or https://host.") from None
    return parts


WebAddress = Annotated[str, AfterValidator(_check), WithJsonSchema({"type": "string", "pattern": r"^https?://"})]
