"""The one HTTP client for both sides: deadlines, size limits, the budget, repeats of reads, the read-only switch.

A write leaves this machine at most once per call of `send`; only the journal sends it again. What went wrong is told
by the class of the error (`syncd.errors`), decided here from the phase in which it went wrong and from the status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import lru_cache
from urllib.parse import quote

import httpx
import stamina

from syncd.budget import Budget, Exhausted, Priority
from syncd.connections import wire_to
from syncd.domain.clock import BootTime, Clock
from syncd.errors import (
    Conflict,
    Forbidden,
    NotFound,
    NotSent,
    NotUnderstood,
    OutsideError,
    ReadOnly,
    Refused,
    Throttled,
    Unanswered,
    Unauthorized,
)
from syncd.log import cut_secrets

CONNECT_TIMEOUT_S = 5
ADDRESSES_KEPT_MAX = 256  # the few that are asked again and again; those of single sales pass through
ANSWER_BYTES_MAX = 64 * 1024 * 1024  # a page of 5,000 rows is about 3 MB
ERROR_BODY_CHARS_MAX = 2_000  # of a refused request, kept for the person who looks at the hold
stamina.instrumentation.set_on_retry_hooks([])  # a repeated read is no news; that it failed in the end is
READ_ATTEMPTS_MAX = 4
READ_RETRY_S_MAX = 60
READ_PAUSE_S_MAX = 60  # a read waits this long for the budget, then gives up
WRITE_PAUSE_S_MAX = 4  # a write's deadline runs while it waits, and its journal entry says `sending`
SECONDS_DIGITS_MAX = 6  # of a Retry-After in seconds: more is a day and nonsense
THROTTLED_REPEAT_S_MAX = 30  # a read that drew a 429 is repeated when its wait is no longer
#: Of every request, if nothing else is said: what httpx would send.
HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "Connection": "keep-alive"}
Wire = httpx.BaseTransport  # what carries the requests; a test may give one of its own
REQUEST_ID_HEADERS = ("x-request-id", "x-amzn-requestid", "cf-ray")


class Access(Enum):
    """Whether a call may change something on the other side. Declared beside the call, never guessed from the verb."""

    READ = "read"
    WRITE = "write"
    TOKEN = "token"  #: renews our own log-in; sent once, allowed in a read-only run, and not of the account's budget


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that can be asked of a side."""

    name: str
    method: str
    path: str  # with {placeholders}
    access: Access
    look_up: str = ""  # of a write: by which route it is found again when its answer is lost
    scopes: frozenset[str] = frozenset()  # that the token must have
    priority: Priority = Priority.ORDERS
    is_personal: bool = False  # what the other side says about it may name a person: it is in no message, so in no log


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes
    headers: Mapping[str, str]  # by their names in lower case
    request_id: str | None


class Transport:
    """Requests to one side. Thread-safe; the caller gives bytes and gets bytes."""

    def __init__(
        self,
        *,
        side: str,
        base_url: str,
        clock: Clock,
        deadline: timedelta,
        headers: Mapping[str, str],
        read_only: bool = False,
        reserve: Decimal = Decimal(0),
        connections_max: int = 8,
        hint_on_credentials: str = "",
        budget: Budget | None = None,
        wire: Wire | None = None,
    ) -> None:
        self.side = side
        self.base_url = base_url.rstrip("/")
        self.requests = 0
        self.budget = budget or Budget(clock, reserve=reserve)
        self._clock = clock
        self._deadline = deadline
        self._read_only = read_only
        self._hint_on_credentials = hint_on_credentials
        self._wire = wire or wire_to(base_url, connections_max=connections_max)
        self._headers = HEADERS | {name.title(): value for name, value in headers.items()}

    def close(self) -> None:
        self._wire.close()

    def now(self) -> datetime:
        return self._clock.now()

    def send(
        self,
        call: Call,
        *,
        path: Mapping[str, str] | None = None,
        query: list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        headers: Callable[[], Mapping[str, str]] | None = None,
    ) -> Answer:
        """Do the call. A read is repeated a few times when that may help, a write never.

        `headers` is asked anew before each attempt, so that a renewed session is used.
        """
        if call.access is Access.WRITE and self._read_only:
            raise ReadOnly(f"{call.name} was refused: this run may not write", side=self.side)
        if call.access is not Access.READ:
            return self._once(call, path or {}, query, body, headers)
        for attempt in stamina.retry_context(
            on=_is_worth_another_read,
            attempts=READ_ATTEMPTS_MAX,
            timeout=READ_RETRY_S_MAX,
            wait_initial=0.2,
            wait_max=5,
        ):
            with attempt:
                return self._once(call, path or {}, query, body, headers)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(
        self,
        call: Call,
        path: Mapping[str, str],
        query: list[tuple[str, str]] | None,
        body: bytes | None,
        headers: Callable[[], Mapping[str, str]] | None,
    ) -> Answer:
        begun = self._clock.boot_time()
        url = self.base_url + call.path.format_map({name: quote(value, safe="") for name, value in path.items()})
        if call.access is Access.TOKEN:
            # The token endpoint has a limit of its own (FACTS 8): its headers say nothing of the account's budget.
            answer = self._exchange(call, self._request(call, url, query, body, headers, self._deadline), begun)
        else:
            pause = WRITE_PAUSE_S_MAX if call.access is Access.WRITE else READ_PAUSE_S_MAX
            try:
                with self.budget.slot(call.priority, wait_max=timedelta(seconds=pause)):
                    # Of a write the deadline runs from before the wait: the journal counts from there, too.
                    now = self._clock.boot_time()
                    begun = begun if call.access is Access.WRITE else now
                    left = self._deadline - (now.since(begun) or timedelta(0))
                    answer = self._exchange(call, self._request(call, url, query, body, headers, left), begun)
                    if answer.status != 429:
                        self.budget.learn(answer.headers)
            except Exhausted as error:
                raise Throttled(
                    f"{self.side}: the request allowance is used up for now", wait=error.wait, side=self.side
                ) from error
        if 200 <= answer.status < 300:
            return answer
        raise self._error_of(call, answer)

    def _request(
        self,
        call: Call,
        url: str,
        query: list[tuple[str, str]] | None,
        body: bytes | None,
        headers: Callable[[], Mapping[str, str]] | None,
        left: timedelta,
    ) -> httpx.Request:
        said = dict(self._headers)
        if body is not None:
            said["Content-Type"] = "application/json"
        if headers is not None:
            said |= headers()
        timeout = httpx.Timeout(max(left.total_seconds(), 1), connect=CONNECT_TIMEOUT_S)
        return httpx.Request(
            call.method,
            _address(url),
            params=tuple(query) if query else None,
            headers=said,
            content=body,
            extensions={"timeout": timeout.as_dict()},
        )

    def _exchange(self, call: Call, request: httpx.Request, begun: BootTime) -> Answer:
        """Send and read the whole answer, within the deadline and the size limit."""
        self.requests += 1
        try:
            response = self._wire.handle_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise NotSent(
                cut_secrets(f"{self.side} cannot be reached at {self.base_url}: {error}"),
                hint="Is it up, and is its address right in the config?",
                side=self.side,
            ) from error
        except httpx.HTTPError as error:
            raise self._lost(call, error) from error
        # A plain mapping: of every look into httpx's own, it makes out the encoding anew.
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}
        request_id = next((headers[name] for name in REQUEST_ID_HEADERS if name in headers), None)
        try:
            content = self._read_body(call, response, begun, request_id)
        except httpx.HTTPError as error:
            raise self._lost(call, error, response.status_code, request_id) from error
        finally:
            response.close()
        return Answer(response.status_code, content, headers, request_id)

    def _read_body(self, call: Call, response: httpx.Response, begun: BootTime, request_id: str | None) -> bytes:
        chunks: list[bytes] = []
        size = 0
        if response.headers.get("content-length", "").isdecimal():
            size = int(response.headers["content-length"])
        if size > ANSWER_BYTES_MAX:
            raise self._too_long(call, response.status_code, request_id)
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > ANSWER_BYTES_MAX:
                raise self._too_long(call, response.status_code, request_id)
            chunks.append(chunk)
            taken = self._clock.boot_time().since(begun)
            if taken is None or taken > self._deadline:
                said = f"{self.side} did not finish answering {call.name} in {self._deadline}"
                raise Unanswered(said, side=self.side, status=response.status_code, request_id=request_id)
        return b"".join(chunks)

    def _lost(
        self, call: Call, error: httpx.HTTPError, status: int | None = None, request_id: str | None = None
    ) -> Unanswered:
        what = cut_secrets(str(error)) or type(error).__name__
        said = f"{self.side} did not answer {call.name} ({what}); it may have been done"
        return Unanswered(said, side=self.side, status=status, request_id=request_id)

    def _too_long(self, call: Call, status: int, request_id: str | None) -> OutsideError:
        """An answer that is of no use: a read can be asked again, a write may have been done."""
        kind = NotUnderstood if call.access is Access.READ else Unanswered
        said = f"{self.side} answered {call.name} with more than {ANSWER_BYTES_MAX} bytes"
        return kind(said, side=self.side, status=status, request_id=request_id)

    def _error_of(self, call: Call, answer: Answer) -> OutsideError:
        if answer.status == 429:
            wait = self._throttled_wait(answer)
            wait = wait or timedelta(seconds=1) if call.access is Access.TOKEN else self.budget.block(wait)
            return Throttled(
                f"{self.side} asks to wait {wait}: too many requests", wait=wait, side=self.side, status=429
            )
        text = cut_secrets(answer.content[: ERROR_BODY_CHARS_MAX * 4].decode("utf-8", "replace"))[:ERROR_BODY_CHARS_MAX]
        said = f"{self.side} answered {call.name} with {answer.status}"
        kind: type[OutsideError] = Refused
        hint = ""
        match answer.status:
            case 401:
                kind, said = Unauthorized, f"{said}: it does not accept our credentials"
                hint = self._hint_on_credentials
            case 403:
                needs = f" (it needs the scope {' and '.join(call.scopes)})" if call.scopes else ""
                kind, said = Forbidden, f"{said}: not allowed{needs}"
                hint = self._hint_on_credentials
            case 404:
                kind, said = NotFound, f"{said}: not found"
            case 409:
                kind, said = Conflict, f"{said}: conflict"
            case status if status in (408, 425) or status < 400 or status >= 500:
                kind = Unanswered
            case _ if not call.is_personal:
                said = f"{said}: {text[:200]}"
        return kind(said, hint=hint, side=self.side, status=answer.status, request_id=answer.request_id, body=text)

    def _throttled_wait(self, answer: Answer) -> timedelta | None:
        """What Retry-After asks for; None when it says nothing that lies ahead."""
        # Retry-After is an HTTP date here, not seconds (FACTS 8). Our clock may run ahead of theirs, or behind, and a
        # proxy's Date may be neither's: the shortest wait that makes sense is taken, at worst there is a second 429.
        header = answer.headers.get("retry-after", "").strip()
        if header.isdecimal():
            return timedelta(seconds=int(header[:SECONDS_DIGITS_MAX])) or None
        until = _http_date(header)
        if until is None:
            return None
        clocks = (self._clock.now(), _http_date(answer.headers.get("date", "")))
        waits = [until - now for now in clocks if now is not None and until > now]
        return min(waits, default=None)


@lru_cache(ADDRESSES_KEPT_MAX)
def _address(url: str) -> httpx.URL:
    """The address, taken apart: that takes longer than to make the rest of a request."""
    return httpx.URL(url)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_worth_another_read(error: Exception) -> bool | timedelta:
    match error:
        case ReadOnly():
            return False
        case Throttled():
            return error.wait if error.wait <= timedelta(seconds=THROTTLED_REPEAT_S_MAX) else False
        case NotSent() | Unanswered():
            return True
    return False
