"""What makes a request a webhook of X-Series. Nothing it says is believed: a genuine one says "look", no more.

Whether the signature is hex or base64, and of the form as it came or of the payload in it, is not documented for sure:
each way is taken, for all of them need the secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from syncd.domain.ports import Finding
from syncd.domain.retailer import Webhook

PATH = "/webhooks"
KIND = "sale.update"
SUBJECT = "webhooks"  # of a finding
ALGORITHM = "hmac-sha256"
FIELDS_MAX = 10  # of the form; payload, environment and domain_prefix are known
REPEATED_WITHIN = timedelta(hours=48)  # so long X-Series sends again what it takes for undelivered
REMEMBERED_MAX = 10_000  # digests of 32 bytes


@dataclass(frozen=True, slots=True)
class Credentials:
    """What only X-Series knows: the end of the address, the application's secret, or both."""

    path_secret: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        assert self.path_secret or self.client_secret, "anybody could wake the job"

    @property
    def path(self) -> str:
        return PATH if self.path_secret is None else f"{PATH}/{self.path_secret}"

    def fits_path(self, path: str) -> bool:
        return hmac.compare_digest(path.encode(errors="replace"), self.path.encode())

    def fits_signature(self, header: str, body: bytes, payload: str) -> bool:
        """Whether the header signs the form or its payload; so it is, too, where nothing can be signed."""
        if self.client_secret is None:
            return True
        secret, signed = self.client_secret.encode(), (body, payload.encode(errors="replace"))
        expected = [hmac.digest(secret, text, hashlib.sha256) for text in signed]
        given = _signatures_in(header)
        return any(hmac.compare_digest(mine, theirs) for mine in expected for theirs in given)

    @property
    def path_in_words(self) -> str:
        """The path, for people: what of it is secret is named, and not said."""
        return PATH if self.path_secret is None else f"{PATH}/<webhooks.path_secret>"


def judge_registered(webhooks: Sequence[Webhook], credentials: Credentials) -> Finding:
    """Whether X-Series tells of sales at an address that leads here. Which host leads here, only people know."""
    length = len(credentials.path)
    ours = [one for one in webhooks if one.kind == KIND and credentials.fits_path(urlsplit(one.url).path[-length:])]
    hosts = ", ".join(sorted({urlsplit(one.url).hostname or "" for one in ours if one.active}))
    if hosts:
        return Finding(SUBJECT, True, f"{KIND} is told to {hosts}{credentials.path_in_words}")
    address = f"https://HOST{credentials.path_in_words}"
    found = "is registered there, and switched off" if ours else "is told to no such address"
    hint = f"Register {KIND} for {address}, HOST being the proxy's (docs/webhooks.md); the timetable works without."
    return Finding(SUBJECT, False, f"{KIND} {found}: {address}", hint)


def payload_of(body: bytes) -> str:
    """The field `payload` of the form. Raise ValueError where it is none."""
    form = parse_qs(body.decode(), strict_parsing=True, max_num_fields=FIELDS_MAX)
    if len(form.get("payload", [])) != 1:
        raise ValueError("a form without one payload")
    return form["payload"][0]


class Seen:
    """Payloads that came already, by their digest. Forgets the oldest."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._when: OrderedDict[bytes, datetime] = OrderedDict()

    def is_repeat(self, payload: str) -> bool:
        """Whether it came before; from now on it did."""
        now = self._now()
        while self._when and now - next(iter(self._when.values())) > REPEATED_WITHIN:
            self._when.popitem(last=False)
        digest = hashlib.sha256(payload.encode(errors="replace")).digest()
        if digest in self._when:
            return True
        self._when[digest] = now
        if len(self._when) > REMEMBERED_MAX:
            self._when.popitem(last=False)
        return False


def _signatures_in(header: str) -> list[bytes]:
    """What `signature=<value>,algorithm=HMAC-SHA256` may stand for, as bytes: the value read as hex, and as base64."""
    parts = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in header.split(","))}
    if parts.get("algorithm", ALGORITHM).lower() != ALGORITHM:
        return []
    value, found = parts.get("signature", ""), []
    for read in (bytes.fromhex, _from_base64):
        try:
            found.append(read(value))
        except ValueError:
            continue
    return found


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
