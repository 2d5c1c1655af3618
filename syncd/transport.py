"""The one HTTP client for both sides: deadlines, size limits, repeats of reads, the read-only switch.

A write leaves this machine at most once per call of `send`; only the journal sends it again. What went wrong is told
by the class of the error (`syncd.errors`), decided here from the phase in which it went wrong and from the status.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from enum import Enum
from urllib.parse import quote

import httpx
import stamina

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
ANSWER_BYTES_MAX = 64 * 1024 * 1024  # a page of 5,000 rows is about 3 MB
ERROR_BODY_CHARS_MAX = 2_000  # of a refused request, kept for the person who looks at the hold
stamina.instrumentation.set_on_retry_hooks([])  # a repeated read is no news; that it failed in the end is
READ_ATTEMPTS_MAX = 4
READ_RETRY_S_MAX = 60
READ_PAUSE_S_MAX = 30  # a read waits this long for the allowance, then gives up
THROTTLED_WAIT_MIN = timedelta(seconds=1)  # a date in the past still means: wait a little
THROTTLED_WAIT_MAX = timedelta(seconds=300)  # one whole window (FACTS 8)
RATE_WINDOW_S = 300
SECONDS_DIGITS_MAX = 6  # of a Retry-After in seconds: more is a day and nonsense
REQUEST_ID_HEADERS = ("x-request-id", "x-amzn-requestid", "cf-ray")


class Access(Enum):
    """Whether a call may change something on the other side. Declared beside the call, never guessed from the verb."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that can be asked of a side."""

    name: str
    method: str
    path: str  # with {placeholders}
    access: Access
    look_up: str = ""  # of a write: by which route it is found again when its answer is lost


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes
    headers: Mapping[str, str]
    request_id: str | None


@dataclass(slots=True)
class Allowance:
    """What the last answers said about the rate limit; shared by the threads of one transport."""

    reserve: Decimal = Decimal(0)  # share of the allowance left to others
    limit: int | None = None
    remaining: int | None = None
    blocked_until: BootTime | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, headers: Mapping[str, str]) -> None:
        limit, remaining = headers.get("x-ratelimit-limit", ""), headers.get("x-ratelimit-remaining", "")
        if limit.isdigit() and remaining.isdigit():
            with self.lock:
                self.limit, self.remaining = int(limit), int(remaining)

    def block(self, until: BootTime) -> None:
        with self.lock:
            self.blocked_until = until

    def wait_before(self, now: BootTime) -> timedelta:
        """How long the next request has to wait: for the end of a 429, and at a walking pace inside the reserve."""
        with self.lock:
            if self.blocked_until is not None:
                left = self.blocked_until.since(now)
                if left is not None and left > timedelta(0):
                    return left
                self.blocked_until = None
            if self.limit and self.remaining is not None and self.remaining <= self.limit * self.reserve:
                return timedelta(seconds=RATE_WINDOW_S) / self.limit
        return timedelta(0)


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
    ) -> None:
        self.side = side
        self.base_url = base_url.rstrip("/")
        self.requests = 0
        self.allowance = Allowance(reserve=reserve)
        self._clock = clock
        self._deadline = deadline
        self._read_only = read_only
        self._hint_on_credentials = hint_on_credentials
        self._http = httpx.Client(
            headers=dict(headers),
            timeout=httpx.Timeout(deadline.total_seconds(), connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=connections_max, max_keepalive_connections=connections_max),
            follow_redirects=False,
            trust_env=True,
        )

    def close(self) -> None:
        self._http.close()

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
        if call.access is Access.WRITE:
            if self._read_only:
                raise ReadOnly(f"{call.name} was refused: this run may not write", side=self.side)
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
        self._wait_for_allowance(call)
        url = self.base_url + call.path.format_map({name: quote(value, safe="") for name, value in path.items()})
        extra = dict(headers()) if headers else {}
        if body is not None:
            extra["Content-Type"] = "application/json"
        request = self._http.build_request(call.method, url, params=tuple(query or ()), content=body, headers=extra)
        self.requests += 1
        answer = self._exchange(call, request)
        self.allowance.learn(answer.headers)
        if 200 <= answer.status < 300:
            return answer
        raise self._error_of(call, answer)

    def _wait_for_allowance(self, call: Call) -> None:
        wait = self.allowance.wait_before(self._clock.boot_time())
        if wait <= timedelta(0):
            return
        if call.access is Access.WRITE or wait > timedelta(seconds=READ_PAUSE_S_MAX):
            raise Throttled(f"{self.side}: the request allowance is used up for now", wait=wait, side=self.side)
        self._clock.sleep(wait)

    def _exchange(self, call: Call, request: httpx.Request) -> Answer:
        """Send and read the whole answer, within the deadline and the size limit."""
        begun = self._clock.boot_time()
        try:
            response = self._http.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise NotSent(
                cut_secrets(f"{self.side} cannot be reached at {self.base_url}: {error}"),
                hint="Is it up, and is its address right in the config?",
                side=self.side,
            ) from error
        except httpx.HTTPError as error:
            raise self._lost(call, error) from error
        try:
            content = self._read_body(call, response, begun)
        except httpx.HTTPError as error:
            raise self._lost(call, error) from error
        finally:
            response.close()
        request_id = next((response.headers[name] for name in REQUEST_ID_HEADERS if name in response.headers), None)
        return Answer(response.status_code, content, response.headers, request_id)

    def _read_body(self, call: Call, response: httpx.Response, begun: BootTime) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > ANSWER_BYTES_MAX:
                raise self._unusable(call, f"{self.side} answered {call.name} with more than {ANSWER_BYTES_MAX} bytes")
            chunks.append(chunk)
            taken = self._clock.boot_time().since(begun)
            if taken is None or taken > self._deadline:
                raise Unanswered(
                    f"{self.side} did not finish answering {call.name} in {self._deadline}", side=self.side
                )
        return b"".join(chunks)

    def _lost(self, call: Call, error: httpx.HTTPError) -> Unanswered:
        what = cut_secrets(str(error)) or type(error).__name__
        return Unanswered(f"{self.side} did not answer {call.name} ({what}); it may have been done", side=self.side)

    def _unusable(self, call: Call, message: str) -> OutsideError:
        """An answer that is of no use: a read can be asked again, a write may have been done."""
        kind = NotUnderstood if call.access is Access.READ else Unanswered
        return kind(message, side=self.side)

    def _error_of(self, call: Call, answer: Answer) -> OutsideError:
        if answer.status == 429:
            wait = self._throttled_wait(answer)
            self.allowance.block(self._clock.boot_time().plus(wait))
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
                kind, said = Forbidden, f"{said}: not allowed"
                hint = self._hint_on_credentials
            case 404:
                kind, said = NotFound, f"{said}: not found"
            case 409:
                kind, said = Conflict, f"{said}: conflict"
            case status if status in (408, 425) or status < 400 or status >= 500:
                kind = Unanswered
            case _:
                said = f"{said}: {text[:200]}"
        return kind(said, hint=hint, side=self.side, status=answer.status, request_id=answer.request_id, body=text)

    def _throttled_wait(self, answer: Answer) -> timedelta:
        # Retry-After is an HTTP date here, not seconds (FACTS 8). Our clock may run ahead of theirs.
        header = answer.headers.get("retry-after", "")
        if header.isdigit():
            wait = timedelta(seconds=int(header[:SECONDS_DIGITS_MAX]))
        else:
            try:
                until = parsedate_to_datetime(header)
            except ValueError:
                until = self._clock.now()
            wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - self._clock.now()
        return min(max(wait, THROTTLED_WAIT_MIN), THROTTLED_WAIT_MAX)


def _is_worth_another_read(error: Exception) -> bool | timedelta:
    match error:
        case ReadOnly():
            return False
        case Throttled():
            return error.wait if error.wait <= timedelta(seconds=READ_PAUSE_S_MAX) else False
        case NotSent() | Unanswered():
            return True
    return False
