"""OAuth 2 as the vendor has it: an approval, a code, an access token that expires, a refresh token that rotates.

The vendor approves on a page of its own host; here `GET /connect` approves at once. The errors of the token endpoint
are not documented: they carry the words of RFC 6749 in the vendor's common shape.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import QueryParams

from syncd.sandbox.exchange import Answer, Caller, Row
from syncd.sandbox.rate_limit import throttled
from syncd.sandbox.scopes import KNOWN
from syncd.sandbox.world import Clock

CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandbox-secret"  # open the sandbox only, like its personal token
DOMAIN_PREFIX = "sandbox"
CONNECT_PATH, TOKEN_PATH = "/connect", "/api/1.0/token"

CODE_S = 600  # ten minutes, single use (FACTS 8)
STATE_LENGTH_MIN = 8
TOKEN_WINDOW_S = 300
GRANTS_MAX = 10_000  # the oldest are forgotten: a sandbox may run for months
FORM = "application/x-www-form-urlencoded"


# What the log must not tell, in a form and in JSON.
IN_FORM = re.compile(rb"\b(client_secret|code|refresh_token)=[^&]*")
IN_JSON = re.compile(rb'"(access_token|client_secret|code|refresh_token)"\s*:\s*"[^"]*"')


class BadGrant(Exception):
    """The token endpoint says no, in a word of RFC 6749."""

    def __init__(self, status: int, word: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.word = word
        self.message = message


@dataclass(frozen=True, slots=True)
class Code:
    """An approval, to be swapped for tokens once."""

    app_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(slots=True)
class Grant:
    """What one approval gave: scopes for good, and the pair of tokens that is valid now."""

    app_id: str
    scopes: tuple[str, ...]
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refreshes: int = 0


@dataclass(slots=True)
class Counts:
    """What the token endpoint did, for an auditor: two refreshers of one token show here."""

    issued: int = 0
    refreshed: int = 0
    refused: int = 0


@dataclass(slots=True)
class OAuth:
    """The applications, approvals and tokens of the store."""

    now: Clock
    secrets_of: dict[str, str] = field(default_factory=lambda: {CLIENT_ID: CLIENT_SECRET})
    codes: dict[str, Code] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    window_start: datetime | None = None
    used: int = 0

    def caller_of(self, token: str) -> Caller | None:
        """Return who shows this access token; None when it is unknown, revoked or expired."""
        for grant in self.grants:
            if grant.access_token == token and self.now() < grant.access_expires_at:
                return Caller(grant.app_id, frozenset(grant.scopes))
        return None

    def approve(self, query: QueryParams) -> Answer:
        """Answer `GET /connect`: approved at once, back to the application with a code."""
        fault = self._fault_of(query)
        if fault is not None:
            return Answer.error(400, fault)
        scopes = tuple(dict.fromkeys(query["scope"].split()))
        code = secrets.token_urlsafe(24)
        self.codes = {known: each for known, each in self.codes.items() if self.now() < each.expires_at}
        expires_at = self.now() + timedelta(seconds=CODE_S)
        self.codes[code] = Code(query["client_id"], query["redirect_uri"], scopes, expires_at)
        told = {"code": code, "domain_prefix": DOMAIN_PREFIX, "state": query["state"], "scope": " ".join(scopes)}
        joint = "&" if urlsplit(query["redirect_uri"]).query else "?"
        return Answer({}, 302, {"Location": query["redirect_uri"] + joint + urlencode(told)})

    def _fault_of(self, query: QueryParams) -> str | None:
        """Say what is wrong with a request for approval; every parameter is mandatory, `scope` since 2026-06."""
        if query.get("response_type") != "code":
            return "response_type must be code"
        if query.get("client_id") not in self.secrets_of:
            return "client_id is not known"
        target = urlsplit(query.get("redirect_uri") or "")
        if target.scheme not in {"http", "https"} or not target.netloc or target.fragment:
            return "redirect_uri must be an http or https URL without a fragment"
        if len(query.get("state") or "") < STATE_LENGTH_MIN:
            return f"state must have {STATE_LENGTH_MIN} characters or more"
        scopes = (query.get("scope") or "").split()
        if not scopes:
            return "scope is required"
        unknown = sorted(set(scopes) - KNOWN)
        return f"scope is unknown: {', '.join(unknown)}" if unknown else None

    def answer_token(
        self, content_type: str, query: str, body: bytes, *, lasts_s: int, requests_max: int
    ) -> tuple[Answer, dict[str, str]]:
        """Answer `POST /api/1.0/token`, and return the headers of its own rate limit beside it."""
        headers, refusal = self._admit(requests_max)
        if refusal is not None:
            return refusal, headers
        try:
            if query:
                raise BadGrant(400, "invalid_request", "Parameters belong in the body, never in the URL")
            if content_type.partition(";")[0].strip().lower() != FORM:
                raise BadGrant(400, "invalid_request", f"The body must be {FORM}")
            form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            grant = self._swap(form, timedelta(seconds=lasts_s))
        except BadGrant as error:
            self.counts.refused += 1
            return Answer({"error": error.word, "message": error.message}, error.status), headers
        return Answer(self.shown(grant)), headers

    def _admit(self, requests_max: int) -> tuple[dict[str, str], Answer | None]:
        now = self.now()
        if self.window_start is None or now >= self.window_start + timedelta(seconds=TOKEN_WINDOW_S):
            self.window_start, self.used = now, 0
        ends_at = self.window_start + timedelta(seconds=TOKEN_WINDOW_S)
        is_full = self.used >= requests_max
        self.used += 0 if is_full else 1
        headers = {
            "X-RateLimit-Limit": str(requests_max),
            "X-RateLimit-Remaining": str(max(0, requests_max - self.used)),
            "X-RateLimit-Reset": str(_epoch(ends_at)),  # of what kind is not said: seconds since 1970, like `expires`
        }
        return headers, throttled(ends_at) if is_full else None

    def _swap(self, form: Mapping[str, str], lasts: timedelta) -> Grant:
        secret = self.secrets_of.get(form.get("client_id", ""))
        if secret is None or not secrets.compare_digest(form.get("client_secret", "").encode(), secret.encode()):
            raise BadGrant(401, "invalid_client", "client_id or client_secret is wrong")
        if form.get("grant_type") == "authorization_code":
            return self._redeem(form, lasts)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form, lasts)
        raise BadGrant(400, "unsupported_grant_type", "grant_type is authorization_code or refresh_token")

    def _redeem(self, form: Mapping[str, str], lasts: timedelta) -> Grant:
        code = self.codes.get(form.get("code", ""))
        if code is None or self.now() >= code.expires_at:
            _refuse_grant("The code is unknown, used or expired")
        if code.app_id != form["client_id"] or code.redirect_uri != form.get("redirect_uri"):
            _refuse_grant("The code was given to another client_id or redirect_uri")
        del self.codes[form["code"]]
        return self.issue(code.app_id, code.scopes, lasts)

    def _refresh(self, form: Mapping[str, str], lasts: timedelta) -> Grant:
        token = form.get("refresh_token")
        grant = next((each for each in self.grants if each.refresh_token == token), None)
        if grant is None or grant.app_id != form["client_id"]:
            _refuse_grant("The refresh token is unknown, or was used and is revoked")
        # Both old tokens end here: the used refresh token and the prior access token (FACTS 8).
        self._renew(grant, lasts)
        grant.refreshes += 1
        self.counts.refreshed += 1
        return grant

    def issue(self, app_id: str, scopes: tuple[str, ...], lasts: timedelta) -> Grant:
        """Give an application a pair of tokens."""
        grant = Grant(app_id, scopes, "", self.now(), "")
        self._renew(grant, lasts)
        self.grants.append(grant)
        del self.grants[:-GRANTS_MAX]
        self.counts.issued += 1
        return grant

    def _renew(self, grant: Grant, lasts: timedelta) -> None:
        grant.access_token, grant.refresh_token = secrets.token_urlsafe(30), secrets.token_urlsafe(30)
        grant.access_expires_at = self.now() + lasts

    def expire_all(self) -> None:
        """Let every access token expire now; refresh tokens stay."""
        for grant in self.grants:
            grant.access_expires_at = min(grant.access_expires_at, self.now())

    def shown(self, grant: Grant) -> Row:
        """Return a grant as the token endpoint answers it."""
        expires = _epoch(grant.access_expires_at)
        return {
            "access_token": grant.access_token,
            "token_type": "Bearer",
            "expires": expires,
            "expires_in": expires - _epoch(self.now()),
            "refresh_token": grant.refresh_token,
            "domain_prefix": DOMAIN_PREFIX,
            "scope": " ".join(grant.scopes),
        }

    def as_row(self) -> Row:
        """Return the evidence; tokens are opened by nobody but this sandbox, so they stand in it."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "issued": self.counts.issued,
            "refreshed": self.counts.refreshed,
            "refused": self.counts.refused,
            "grants": [self.shown(each) | {"refreshes": each.refreshes} for each in self.grants],
        }


def hide_tokens(text: bytes) -> bytes:
    """Take secrets and tokens out of a form or a JSON answer before it is logged."""
    return IN_JSON.sub(rb'"\1":"..."', IN_FORM.sub(rb"\1=...", text))


def _refuse_grant(message: str) -> NoReturn:
    raise BadGrant(400, "invalid_grant", message)


def _epoch(at: datetime) -> int:
    return int(at.timestamp())
