"""The OAuth 2 log-in: tokens that rotate, renewed by one at a time and saved before use.

A refresh token is revoked once a new pair is issued, and the old access token with it (FACTS 8, 22.22): two refreshers
at once would lock themselves out. So whoever wants to renew takes the vault's lock, reads what is saved, and asks only
when nobody was quicker. A personal token needs nothing of this: it is a header of every request.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from syncd.domain.ports import TokenVault
from syncd.domain.tokens import Tokens
from syncd.errors import OutsideError, Refused, Unauthorized, UsageError
from syncd.lightspeed.calls import TOKEN
from syncd.lightspeed.wire import Decoder
from syncd.log import remember_secrets
from syncd.transport import Transport

RENEW_BEFORE = timedelta(minutes=2)  # before it runs out: longer than any one call
JUST_GIVEN = timedelta(seconds=30)  # a token so young that is refused is not refused for its age
AUTHORIZE_URL = "https://secure.retail.lightspeed.app/connect"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LOG_IN_HINT = "Log in again: `syncd auth login`."


class LogIn(Protocol):
    """What a call needs of a log-in that can be renewed."""

    hint: str  # what a person does when nothing else helps

    def access(self) -> str:
        """The access token to send."""
        ...

    def renewed(self, refused: str) -> str:
        """Another token than the one that was refused. Raise Unauthorized when there is none to be had."""
        ...


class _TokenAnswer(msgspec.Struct):
    access_token: str
    refresh_token: str | None = None
    expires: int | None = None  # seconds since 1970, by their clock
    expires_in: int | None = None  # seconds
    scope: str | list[str] | None = None
    domain_prefix: str | None = None


_answer = Decoder(_TokenAnswer)


class OAuthLogIn:
    """One application's log-in to one account. Shared by all threads; other processes share the vault."""

    hint = LOG_IN_HINT

    def __init__(self, transport: Transport, vault: TokenVault, *, client_id: str, client_secret: str) -> None:
        self._transport = transport
        self._vault = vault
        self._client_id = client_id
        self._client_secret = client_secret
        self._lock = threading.Lock()
        self._known: Tokens | None = None

    def access(self) -> str:
        known = self._known
        if known is None or self._runs_out(known):
            known = self._newer_than(known)
        return known.access

    def renewed(self, refused: str) -> str:
        known = self._known
        if known is not None and known.access != refused:
            return known.access  # another thread was quicker
        return self._newer_than(known, refused=refused).access

    def tokens(self) -> Tokens | None:
        """What is saved, for `syncd auth status` and `syncd check`."""
        return self._vault.read()

    def exchange(self, code: str, *, redirect_url: str) -> Tokens:
        """Given the code of a log-in by a person, get the first tokens and save them."""
        with self._vault.exclusive():
            tokens = self._ask({"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_url}, None)
            self._keep(tokens)
        return tokens

    # -------------------------------------------------------------- inside

    def _newer_than(self, old: Tokens | None, *, refused: str = "") -> Tokens:
        """What is saved when that is newer, else what the vendor gives for it."""
        with self._lock:
            if self._known is not None and self._known is not old and not self._runs_out(self._known):
                return self._known
            saved = self._saved()
            if saved.access == refused or self._runs_out(saved):
                with self._vault.exclusive():
                    # Read again under the lock: the one before us may have renewed it.
                    saved = self._saved()
                    if saved.access == refused or self._runs_out(saved):
                        self._must_be_worth_asking(saved)
                        saved = self._ask({"grant_type": "refresh_token", "refresh_token": saved.refresh}, saved)
                        self._keep(saved)
            remember_secrets([saved.access, saved.refresh])
            self._known = saved
            return saved

    def _must_be_worth_asking(self, saved: Tokens) -> None:
        """Raise Unauthorized for a token that was given a moment ago: a next one would be refused the same way."""
        age = self._transport.now() - saved.obtained_at
        if timedelta(0) <= age < JUST_GIVEN and not self._runs_out(saved):
            raise Unauthorized(
                "X-Series refuses a token that it has just given",
                hint="Is the application still allowed? Then log in again: `syncd auth login`.",
                side=self._transport.side,
            )

    def _saved(self) -> Tokens:
        saved = self._vault.read()
        if saved is None:
            raise Unauthorized("nobody has logged in to X-Series yet", hint=LOG_IN_HINT, side=self._transport.side)
        return saved

    def _keep(self, tokens: Tokens) -> None:
        remember_secrets([tokens.access, tokens.refresh])
        self._vault.save(tokens)  # before the first use: what is only in memory dies with it
        self._known = tokens

    def _ask(self, asked: Mapping[str, str], old: Tokens | None) -> Tokens:
        call = TOKEN.dated
        assert call is not None, "the table has it"
        form = {**asked, "client_id": self._client_id, "client_secret": self._client_secret}
        try:
            answer = self._transport.send(call, body=urlencode(form).encode(), headers=lambda: FORM)
        except (Refused, Unauthorized) as error:
            # 400 invalid_grant: used already, revoked, or too old. Asking again cannot help.
            raise Unauthorized(
                "X-Series does not accept the log-in any more" if old else "X-Series does not accept the code",
                hint=LOG_IN_HINT,
                side=error.side,
                status=error.status,
                request_id=error.request_id,
            ) from error
        try:
            said = _answer(answer.content)
        except msgspec.DecodeError:
            raise OutsideError(
                "the answer to the log-in cannot be read; if it was given, it is lost",
                hint=LOG_IN_HINT,
                side=self._transport.side,
                status=answer.status,
                request_id=answer.request_id,
            ) from None  # the error's text would hold the tokens
        return self._to_tokens(said, old)

    def _to_tokens(self, said: _TokenAnswer, old: Tokens | None) -> Tokens:
        now = self._transport.now()
        expires_at = None
        if said.expires_in is not None:
            expires_at = now + timedelta(seconds=said.expires_in)
        elif said.expires is not None:
            expires_at = datetime.fromtimestamp(said.expires, UTC)
        scopes = said.scope.split() if isinstance(said.scope, str) else said.scope
        return Tokens(
            access=said.access_token,
            # Without a new one the old one is taken to stay: that is how OAuth 2 reads (RFC 6749, part 6).
            refresh=said.refresh_token or (old.refresh if old else ""),
            expires_at=expires_at,
            obtained_at=now,
            scopes=frozenset(scopes) if scopes is not None else (old.scopes if old else None),
            domain_prefix=said.domain_prefix or (old.domain_prefix if old else ""),
        )

    def _runs_out(self, tokens: Tokens) -> bool:
        if tokens.expires_at is None:
            return False
        # A quarter of a short life: else a token that lives for a minute would be renewed before every call.
        early = min(RENEW_BEFORE, (tokens.expires_at - tokens.obtained_at) / 4)
        return tokens.expires_at - self._transport.now() < early


def authorize_url(*, base: str, client_id: str, redirect_url: str, state: str, scopes: Iterable[str]) -> str:
    """Where a person allows it. `scope` is required since June 2026, `state` has 8 letters or more (FACTS 1 and 8)."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_url,
        "state": state,
        "scope": " ".join(sorted(scopes)),
    }
    return f"{base}?{urlencode(asked)}"


def code_of(text: str, *, state: str, domain_prefix: str | None) -> str:
    """Given the code, or the whole address that the browser was sent back to, return the code.

    Raise UsageError when the address is the answer to another log-in, or of another account.
    """
    text = text.strip()
    if "code=" not in text and "error=" not in text:
        if not text or any(letter.isspace() for letter in text):
            raise UsageError("that is no code", hint="Paste the code, or the whole address of the page.")
        return text
    said = parse_qs(urlsplit(text).query or text)
    if "error" in said:
        raise UsageError(f"X-Series says: {said['error'][0]}", hint="Allow the access, and try again.")
    if said.get("state", [""])[0] != state:
        raise UsageError("that is the answer to another log-in", hint="Use the address that was printed last.")
    prefix = said.get("domain_prefix", [""])[0]
    if domain_prefix and prefix and prefix != domain_prefix:
        raise UsageError(
            f"that is a log-in to the account {prefix}, the config names {domain_prefix}", hint="Log in to that one."
        )
    code = said.get("code", [""])[0]
    if not code:
        raise UsageError("there is no code in that address", hint="Paste the whole address of the page.")
    return code
