"""JSON-RPC after a log-in that all threads share, and the sorting of its errors into ours.

Tryton 8.2 (verified): a session is `Authorization: Session base64(user:id:token)`; a 401 says that the call was not
done; with keys `id, method, params` errors come as HTTP 200 with `error`; long answers are always gzip, asked or not.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from syncd.domain.clock import BootTime, Clock
from syncd.erp.tryton.access import TrytonAccess
from syncd.erp.tryton.calls import CALLS, LOGIN, VERSION
from syncd.erp.tryton.encoding import Json, decode, encode, raw_result
from syncd.erp.tryton.wire import ERROR_CHARS_MAX, WRONG_DATABASE, plain, refusal, unusable
from syncd.errors import Conflict, Forbidden, NotFound, NotUnderstood, OutsideError, Refused, Unauthorized
from syncd.transport import Answer, Call, Transport

RECORDS_A_WRITE = 5  # one transaction of Tryton's, for whose locks others wait meanwhile: few
REFUSED_LOGIN_PAUSE = timedelta(seconds=60)  # Tryton answers ever later and locks the user after five tries

WRONG_LOGIN = "Check user and password; Tryton locks a user for a while after five wrong tries."


@dataclass(frozen=True, slots=True)
class _Login:
    authorization: str
    number: int


class Rpc:
    """Calls of Tryton's methods. A session that has run out is renewed once, and the call sent again."""

    records_a_write = RECORDS_A_WRITE

    def __init__(self, transport: Transport, access: TrytonAccess, clock: Clock) -> None:
        self._transport = transport
        self._access = access
        self._clock = clock
        self._lock = threading.Lock()
        self._login: _Login | None = None
        self._logins = 0
        self._refused_at: BootTime | None = None

    def ask(self, name: str, params: Sequence[Json], context: Mapping[str, Json]) -> tuple[Json, Answer]:
        answer = self._answer(name, params, context)
        return self._result(CALLS[name], answer), answer

    def ask_raw(self, name: str, params: Sequence[Json], context: Mapping[str, Json]) -> tuple[bytes, Answer]:
        answer = self._answer(name, params, context)
        found = raw_result(answer.content)
        # Anything but a plain result is looked at the slow way, which knows every kind of error.
        return found if found is not None else encode(self._result(CALLS[name], answer)), answer

    def _answer(self, name: str, params: Sequence[Json], context: Mapping[str, Json]) -> Answer:
        call = CALLS[name]
        login = self._logged_in(None)
        # The context is always the last parameter; without one Tryton answers 422.
        body = _body(call, [*params, dict(context)])
        try:
            return self._send(call, body, login)
        except Unauthorized:
            return self._send_renewed(call, body, self._logged_in(login))

    def _send_renewed(self, call: Call, body: bytes, login: _Login) -> Answer:
        try:
            return self._send(call, body, login)
        except Unauthorized as error:
            raise Unauthorized(error.message, hint=WRONG_LOGIN, side=error.side, status=error.status) from error

    def _send(self, call: Call, body: bytes, login: _Login) -> Answer:
        headers = {**plain(), "Authorization": login.authorization}
        try:
            return self._transport.send(
                call, path={"database": self._access.database}, body=body, headers=lambda: headers
            )
        except NotFound as error:
            raise Forbidden(error.message, hint=WRONG_DATABASE, side=error.side, status=error.status) from error

    def _logged_in(self, refused: _Login | None) -> _Login:
        """The session; a new one when there is none, or when `refused` is still the one we have."""
        with self._lock:
            if self._login is None or (refused is not None and refused.number == self._login.number):
                self._login = None
                self._login = self._log_in()
            return self._login

    def _log_in(self) -> _Login:
        self._do_not_hammer()
        user = self._access.user
        body = _body(LOGIN, [user, {"password": self._access.password}])
        try:
            result = self._result(LOGIN, self._send(LOGIN, body, _Login("", 0)))
        except Unauthorized as error:
            self._refused_at = self._clock.boot_time()
            said = f"tryton does not accept the log-in of {user!r}"
            raise Unauthorized(said, hint=WRONG_LOGIN, side=error.side, status=error.status) from error
        if not isinstance(result, list) or len(result) < 2:
            raise NotUnderstood("tryton answered the log-in with no session", side=self._transport.side)
        secret = base64.b64encode(f"{user}:{result[0]}:{result[1]}".encode()).decode()
        self._logins += 1
        return _Login(f"Session {secret}", self._logins)

    def _do_not_hammer(self) -> None:
        if self._refused_at is None:
            return
        since = self._clock.boot_time().since(self._refused_at)
        if since is not None and since < REFUSED_LOGIN_PAUSE:
            said = f"tryton refused the log-in of {self._access.user!r} a moment ago; it was not asked again"
            raise Unauthorized(said, hint=WRONG_LOGIN, side=self._transport.side)
        self._refused_at = None

    def _result(self, call: Call, answer: Answer) -> Json:
        return _result(call, answer, side=self._transport.side, user=f"user {self._access.user!r}")


def read_version(transport: Transport) -> str:
    """Asked of the server and not of a database: it needs no log-in and no key, and REST has no word for it."""
    answer = transport.send(VERSION, body=_body(VERSION, []), headers=plain)
    return str(_result(VERSION, answer, side=transport.side, user="the user"))


def _body(call: Call, params: list[Json]) -> bytes:
    # Exactly these three keys: any other set makes Tryton answer errors in another form.
    return encode({"id": 1, "method": call.name, "params": params})


def _result(call: Call, answer: Answer, *, side: str, user: str) -> Json:
    try:
        content = decode(answer.content)
    except ValueError as error:
        raise unusable(call, f"tryton's answer to {call.name} cannot be read: {error}", side=side) from error
    match content:
        case {"error": [str() as kind, *details]}:
            raise _error_of(call, kind, details, side=side, user=user)
        case {"result": result}:
            return result
    raise unusable(call, f"tryton's answer to {call.name} is neither a result nor an error", side=side)


def _error_of(call: Call, kind: str, details: list[Json], *, side: str, user: str) -> OutsideError:
    texts = details[0] if details and isinstance(details[0], list) else details
    text = str(texts[0] if texts else "")[:ERROR_CHARS_MAX]
    match kind:
        case "UserError":
            return refusal(text, side=side, user=user)
        case "UserWarning":
            said = str(texts[1])[:ERROR_CHARS_MAX] if len(texts) > 1 else ""
            return Refused(f"tryton warns ({text}): {said}", hint="Do this step in Tryton by hand.", side=side)
        case "ConcurrencyException":
            return Conflict(f"tryton: {text}", side=side)
        case "LoginException":
            return Unauthorized(f"tryton asks for more than a password: {text}", side=side)
    return unusable(call, f"tryton failed in {call.name}: {kind[:ERROR_CHARS_MAX]}", side=side)
