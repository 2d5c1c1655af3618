"""Both dialects in one: every room of calls, and what `syncd check` asks."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from syncd.domain.ports import Finding
from syncd.errors import Forbidden
from syncd.lightspeed import calls, versions
from syncd.lightspeed.auth import LogIn, OAuthLogIn
from syncd.lightspeed.calls import Use, scopes_needed
from syncd.lightspeed.customers import Customers
from syncd.lightspeed.envelope import field_names
from syncd.lightspeed.fulfilments import Fulfilments
from syncd.lightspeed.reference import ReferenceData
from syncd.lightspeed.stock import Stock
from syncd.lightspeed.webhooks import Webhooks
from syncd.lightspeed.wire import Decoder
from syncd.lightspeed.wire_reference import User
from syncd.transport import Transport

_user = Decoder(User)


class Client(Fulfilments, Stock, Customers, ReferenceData, Webhooks):
    """`dated.py` and `classic.py` add what they say each in their own way."""

    def __init__(
        self,
        transport: Transport,
        *,
        is_classic: bool,
        version: str = "",
        log_in: LogIn | None = None,
        uses: Iterable[Use] | None = None,
        dated_adjustments: bool = False,
    ) -> None:
        super().__init__(
            transport, is_classic=is_classic, version=version, log_in=log_in, dated_adjustments=dated_adjustments
        )
        self._uses = None if uses is None else frozenset(uses)

    def check(self) -> list[Finding]:
        """Whose token this is, what it must be allowed, and whether the version lives.

        A token that is not accepted raises Unauthorized; a missing scope is a finding.
        """
        try:
            findings = [self._check_token()]
        except Forbidden as error:
            findings = [Finding("lightspeed token", False, error.message, error.hint)]
        if self._uses is not None:
            borrowed = {"inventory:write"} if self._borrowed else set[str]()
            findings.append(self._check_scopes(scopes_needed(self._uses, classic=self._is_classic) | borrowed))
        if not self._is_classic:
            findings.append(self._check_version())
        return findings

    # -------------------------------------------------------------- the rest

    def _check_token(self) -> Finding:
        row = self._one(calls.USER, self._send(calls.USER))
        try:
            user = None if row is None else _user(row)
        except msgspec.DecodeError:
            user = None
        if user is None:
            hint = "Is this the address of an X-Series account? Look at lightspeed.domain_prefix or lightspeed.url."
            return Finding("lightspeed token", False, "the token is accepted, but whose it is cannot be read", hint)
        name = user.username or user.display_name or user.id
        return Finding("lightspeed token", True, f"accepted, it belongs to the user {name}")

    def _check_scopes(self, needed: set[str]) -> Finding:
        """A personal token has its user's rights and names no scopes; an OAuth token says what it was given."""
        subject, words = "lightspeed scopes", ", ".join(sorted(needed))
        tokens = self._log_in.tokens() if isinstance(self._log_in, OAuthLogIn) else None
        if tokens is None:
            return Finding(subject, True, f"this config needs: {words}")
        if tokens.scopes is None:
            return Finding(subject, True, f"X-Series did not say what was granted; this config needs: {words}")
        missing = sorted(needed - tokens.scopes)
        if missing:
            hint = "Log in again with `syncd auth login`: it asks for them."
            return Finding(subject, False, f"not granted: {', '.join(missing)}", hint)
        return Finding(subject, True, f"all {len(needed)} that this config needs are granted: {words}")

    def _check_version(self) -> Finding:
        found = versions.judge(self._version, today=self._transport.now().date())
        if not found.ok or self._uses is None:
            return found
        page = self._page(calls.SALES, self._send(calls.SALES, query=[("page_size", "1")]))
        shape = versions.judge_shape(self._version, field_names(page.rows[0])) if page.rows else None
        return shape or found
