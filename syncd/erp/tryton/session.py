"""One log-in to Tryton, shared by all threads, and the sorting of Tryton's errors into ours.

Tryton 8.2 (verified): a session is `Authorization: Session base64(user:id:token)`; a 401 says that the call was not
done; with keys `id, method, params` errors come as HTTP 200 with `error`; long answers are always gzip, asked or not.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from syncd.domain.clock import BootTime, Clock
from syncd.erp.tryton.access import TrytonAccess
from syncd.erp.tryton.calls import CALLS, LOGIN, VERSION
from syncd.erp.tryton.encoding import Json, decode, encode
from syncd.errors import (
    Conflict,
    Forbidden,
    NotFound,
    NotUnderstood,
    OutsideError,
    Refused,
    Unanswered,
    Unauthorized,
)
from syncd.transport import Access, Answer, Call, Transport

ROWS_A_REQUEST = 5_000  # about 0.7 s and 1 MB of moves
REQUESTS_A_LIST_MAX = 2_000  # ten million rows: beyond that something is wrong
REFUSED_LOGIN_PAUSE = timedelta(seconds=60)  # Tryton answers ever later and locks the user after five tries
ERROR_CHARS_MAX = 500  # a domain error carries whole field definitions, 50 KB and more

WRONG_LOGIN = "Check user and password; Tryton locks a user for a while after five wrong tries."
WRONG_DATABASE = "Check url and database: the server answers, but knows no such database."
# Tryton has no code for "not allowed": an access error is a UserError with one of these texts.
NOT_ALLOWED = ("You are not allowed to access", "You are not allowed to search", "Calling button")

Domain = list[Json]
Row = dict[str, Json]


@dataclass(frozen=True, slots=True)
class _Login:
    authorization: str
    number: int


class Session:
    """Calls of Tryton's methods. A session that has run out is renewed once, and the call sent again."""

    def __init__(self, transport: Transport, access: TrytonAccess, clock: Clock) -> None:
        self.server_time: datetime | None = None  # the Date header of the last answer: whole seconds, never ahead
        self._transport = transport
        self._access = access
        self._clock = clock
        self._lock = threading.Lock()
        self._login: _Login | None = None
        self._logins = 0
        self._refused_at: BootTime | None = None
        self._company = access.company

    @property
    def company(self) -> int | None:
        """The company whose records we read; the user's own when the settings name none."""
        self._logged_in(None)
        return self._company

    def of_company(self) -> Domain:
        """The clause that keeps other companies' records out."""
        company = self.company
        return [] if company is None else [["company", "=", company]]

    def version(self) -> str:
        return str(self._result(VERSION, self._transport.send(VERSION, body=_body(VERSION, []), headers=_plain)))

    def read_clock(self) -> datetime:
        """The time of the server, by the cheapest question that needs a session."""
        call, answer = self._ask("model.res.user.get_preferences", [True], {})
        self._result(call, answer)
        if (found := _http_date(answer.headers.get("date", ""))) is None:
            raise NotUnderstood("tryton's answers carry no Date header", hint="Let the proxy pass it on.", side="erp")
        return found

    def call(self, name: str, *params: Json, context: Mapping[str, Json] | None = None) -> Json:
        """Call e.g. `model.sale.sale.search_read`. What may go wrong is told by the class of the error."""
        return self._result(*self._ask(name, list(params), context or {}))

    def search(
        self,
        model: str,
        domain: Domain,
        fields: list[str],
        *,
        context: Mapping[str, Json] | None = None,
        page_size: int = ROWS_A_REQUEST,
    ) -> Iterator[list[Row]]:
        """Pages of rows in the order of their ids. By key, not by offset: a row that goes must not hide another."""
        last = 0
        for _ in range(REQUESTS_A_LIST_MAX):
            rows = self.call(
                f"model.{model}.search_read",
                [*domain, ["id", ">", last]],
                0,
                page_size,
                [["id", "ASC"]],
                fields,
                context=context,
            )
            if not isinstance(rows, list) or not all(isinstance(row, dict) and "id" in row for row in rows):
                raise NotUnderstood(f"tryton answered search_read of {model} with no list of rows", side="erp")
            if rows:
                yield rows
            if len(rows) < page_size:
                return
            if rows[-1]["id"] <= last:
                raise NotUnderstood(f"the list of {model} does not advance beyond id {last}", side="erp")
            last = rows[-1]["id"]
        raise NotUnderstood(f"the list of {model} has more than {REQUESTS_A_LIST_MAX} pages", side="erp")

    def search_all(self, model: str, domain: Domain, fields: list[str]) -> list[Row]:
        return [row for page in self.search(model, domain, fields) for row in page]

    def _ask(self, name: str, params: list[Json], context: Mapping[str, Json]) -> tuple[Call, Answer]:
        call = CALLS[name]
        login = self._logged_in(None)
        # The context is always the last parameter; without one Tryton answers 422.
        body = _body(call, [*params, {**self._context(), **context}])
        try:
            return call, self._send(call, body, login)
        except Unauthorized:
            login = self._logged_in(login)
        try:
            return call, self._send(call, body, login)
        except Unauthorized as error:
            raise Unauthorized(error.message, hint=WRONG_LOGIN, side=error.side, status=error.status) from error

    def _context(self) -> Row:
        context: Row = {"language": self._access.language}
        return context if self._company is None else context | {"company": self._company}

    def _send(self, call: Call, body: bytes, login: _Login) -> Answer:
        headers = {**_plain(), "Authorization": login.authorization}
        try:
            answer = self._transport.send(
                call, path={"database": self._access.database}, body=body, headers=lambda: headers
            )
        except NotFound as error:
            raise Forbidden(error.message, hint=WRONG_DATABASE, side=error.side, status=error.status) from error
        self.server_time = _http_date(answer.headers.get("date", "")) or self.server_time
        return answer

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
        login = _Login(f"Session {secret}", self._logins)
        if self._company is None:
            self._company = self._own_company(login)
        return login

    def _own_company(self, login: _Login) -> int | None:
        call = CALLS["model.res.user.get_preferences"]
        preferences = self._result(call, self._send(call, _body(call, [True, {}]), login))
        company = preferences.get("company") if isinstance(preferences, dict) else None
        return company if isinstance(company, int) else None

    def _do_not_hammer(self) -> None:
        if self._refused_at is None:
            return
        since = self._clock.boot_time().since(self._refused_at)
        if since is not None and since < REFUSED_LOGIN_PAUSE:
            said = f"tryton refused the log-in of {self._access.user!r} a moment ago; it was not asked again"
            raise Unauthorized(said, hint=WRONG_LOGIN, side=self._transport.side)
        self._refused_at = None

    def _result(self, call: Call, answer: Answer) -> Json:
        try:
            content = decode(answer.content)
        except ValueError as error:
            raise self._unusable(call, f"tryton's answer to {call.name} cannot be read: {error}") from error
        match content:
            case {"error": [str() as kind, *details]}:
                raise self._error_of(call, kind, details)
            case {"result": result}:
                return result
        raise self._unusable(call, f"tryton's answer to {call.name} is neither a result nor an error")

    def _error_of(self, call: Call, kind: str, details: list[Json]) -> OutsideError:
        side = self._transport.side
        texts = details[0] if details and isinstance(details[0], list) else details
        text = str(texts[0] if texts else "")[:ERROR_CHARS_MAX]
        match kind:
            case "UserError" if text.startswith(NOT_ALLOWED[:2]) or (
                text.startswith(NOT_ALLOWED[2]) and text.endswith("is not allowed.")
            ):
                hint = f"Give user {self._access.user!r} the groups Sales and Stock."
                return Forbidden(f"tryton: {text}", hint=hint, side=side)
            case "UserError":
                return Refused(f"tryton: {text}", side=side)
            case "UserWarning":
                said = str(texts[1])[:ERROR_CHARS_MAX] if len(texts) > 1 else ""
                return Refused(f"tryton warns ({text}): {said}", hint="Do this step in Tryton by hand.", side=side)
            case "ConcurrencyException":
                return Conflict(f"tryton: {text}", side=side)
            case "LoginException":
                return Unauthorized(f"tryton asks for more than a password: {text}", side=side)
        return self._unusable(call, f"tryton failed in {call.name}: {kind[:ERROR_CHARS_MAX]}")

    def _unusable(self, call: Call, message: str) -> OutsideError:
        """An answer of no use: a read changed nothing; of a write we do not know."""
        error = NotUnderstood if call.access is Access.READ else Unanswered
        return error(message, side=self._transport.side)


def _body(call: Call, params: list[Json]) -> bytes:
    # Exactly these three keys: any other set makes Tryton answer errors in another form.
    return encode({"id": 1, "method": call.name, "params": params})


def _plain() -> dict[str, str]:
    # Tryton marks long answers as gzip whatever was asked, and only then are they.
    return {"Accept-Encoding": "gzip"}


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
