"""What stands before the API: the log, the faults, the token, and the rate limit, in this order.

The control API and the page for people pass through untouched. The two OAuth endpoints are answered here: they ask for
no token, and the one for tokens has a limit of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syncd.sandbox import faults, page_faults
from syncd.sandbox.emulator import Emulator
from syncd.sandbox.exchange import Answer, Caller, encode
from syncd.sandbox.faults import Fault
from syncd.sandbox.oauth import CONNECT_PATH, TOKEN_PATH, hide_tokens
from syncd.sandbox.rate_limit import throttled
from syncd.sandbox.request_log import Entry

CONTROL = "/_sandbox/"
PAGE = "/"
CALLER = "sandbox.caller"
CUT = "sandbox.cut"  # the ASGI extension by which `server.py` lets us cut the connection
RESET = "sandbox.reset"  # and the one by which it lets us reset it
FAULT_STATE = "sandbox.fault"
PAGE_BEFORE = "sandbox.page_before"
LATE_LOOK_S = 0.01  # how often a late request looks whether its time has come

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Made:
    """An answer as bytes, ready to send or to lose."""

    status: int
    headers: Headers
    body: bytes

    @classmethod
    def of(cls, answer: Answer) -> Made:
        """Return the bytes of an answer."""
        headers = [(b"content-type", b"application/json")]
        headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
        return cls(answer.status, headers, encode(answer.body))


class Gate:
    """ASGI wrapper around the routes."""

    def __init__(self, app: ASGIApp, emulator: Emulator) -> None:
        self.app = app
        self.emulator = emulator
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or not."""
        if scope["type"] != "http" or scope["path"] == PAGE or scope["path"].startswith(CONTROL):
            await self.app(scope, receive, send)
            return
        body = await _read_all(receive)
        if body is None:
            return  # a client that dies while it sends has asked for nothing
        logged = hide_tokens if scope["path"] == TOKEN_PATH else bytes
        with self.emulator.lock:
            fault = self.emulator.faults.strike(scope["method"], scope["path"])
            entry = self.emulator.log.open(
                at=self.emulator.clock(),
                method=scope["method"],
                path=scope["path"],
                query=logged(scope["query_string"]).decode("latin-1"),
                body=logged(body),
            )
        if fault is None:
            await self._send(send, await self._make(scope, body, entry))
            return
        entry.fault = fault.kind
        await self._strike(fault, scope, body, entry, receive, send)

    async def _strike(
        self, fault: Fault, scope: Scope, body: bytes, entry: Entry, receive: Receive, send: Send
    ) -> None:
        if fault.kind == faults.LOST_BEFORE:
            await _cut(scope, receive)
        elif fault.kind == faults.LOST_AFTER_COMMIT:
            await self._make(scope, body, entry)
            await _cut(scope, receive)
        elif fault.kind == faults.LATE_COMMIT:
            task = asyncio.get_running_loop().create_task(self._make_late(fault.delay_s, scope, body, entry))
            self._late.add(task)  # asyncio keeps no hold of its tasks
            task.add_done_callback(self._late.discard)
            await _cut(scope, receive)
        elif fault.kind in {faults.ERROR_BEFORE, faults.THROTTLE, faults.STATUS}:
            made = Made.of(self._instead(fault))
            entry.answered(made.status, made.body)
            await self._send(send, made)
        elif fault.kind == faults.RESET:
            await _send_half(scope, receive, send, await self._make(scope, body, entry))
        else:
            await self._send(send, await self._make_spoilt(fault, scope, body, entry))

    async def _send(self, send: Send, made: Made) -> None:
        """Answer, after the time that an answer is on its way."""
        await asyncio.sleep(self.emulator.world.switches.answer_ms / 1_000)
        await _send(send, made)

    async def _make_spoilt(self, fault: Fault, scope: Scope, body: bytes, entry: Entry) -> Made:
        """Do the request and spoil its answer."""
        scope[FAULT_STATE] = fault.kind
        made = await self._make(scope, body, entry)
        if fault.kind == faults.SLOW:
            await asyncio.sleep(fault.delay_s)
        elif fault.kind == faults.TRUNCATED:
            # Well framed, so that it is the JSON which breaks, not the connection.
            made = replace(made, status=200, body=made.body[: len(made.body) // 2])
        elif fault.kind == faults.ERROR_AFTER:
            made = Made.of(Answer.error(500, "Something went wrong"))
        elif fault.kind in page_faults.KINDS and made.status == 200:
            made = replace(made, body=page_faults.spoil(fault.kind, made.body, scope.get(PAGE_BEFORE)))
        return made

    def _instead(self, fault: Fault) -> Answer:
        if fault.kind == faults.THROTTLE:
            return throttled(self.emulator.clock() + timedelta(seconds=fault.delay_s))
        status = fault.status if fault.kind == faults.STATUS else 500
        return Answer.error(status, "Something went wrong")

    async def _make_late(self, delay_s: float, scope: Scope, body: bytes, entry: Entry) -> None:
        world, clock = self.emulator.world, self.emulator.clock
        due = clock() + timedelta(seconds=delay_s)
        while (left := due - clock()) > timedelta():  # its time may be moved on by command
            await asyncio.sleep(min(left.total_seconds(), LATE_LOOK_S))
        if self.emulator.world is world:  # a request of a store that was reset meanwhile must not reach the next
            await self._make(scope, body, entry)

    async def _make(self, scope: Scope, body: bytes, entry: Entry) -> Made:
        """Do the request as if nothing were wrong, and note the answer."""
        with self.emulator.lock:
            headers: dict[str, str] = {}
            answer = self._answer_oauth(scope, body, headers) or self._refuse_stranger(scope)
            if answer is None:
                headers, answer = self.emulator.rate.admit(self.emulator.world)
        made = Made.of(answer) if answer is not None else await _collect(self.app, scope, body)
        extra = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        made = replace(made, headers=[*made.headers, *extra])
        if made.status == 200 and page_faults.is_list_read(scope["method"], scope["path"]):
            query = scope["query_string"].decode("latin-1")
            pages = self.emulator.faults.pages
            scope[PAGE_BEFORE] = pages.remember(scope["method"], scope["path"], query, made.body)
        entry.answered(made.status, hide_tokens(made.body) if scope["path"] == TOKEN_PATH else made.body)
        return made

    def _answer_oauth(self, scope: Scope, body: bytes, headers: dict[str, str]) -> Answer | None:
        """Answer a request for approval or for tokens, adding the headers of the limit; None for any other."""
        asked, query = (scope["method"], scope["path"]), scope["query_string"].decode("latin-1")
        if asked == ("GET", CONNECT_PATH):
            return self.emulator.oauth.approve(QueryParams(query))
        if asked != ("POST", TOKEN_PATH):
            return None
        switches = self.emulator.world.switches
        answer, its_headers = self.emulator.oauth.answer_token(
            dict(scope["headers"]).get(b"content-type", b"").decode("latin-1"),
            query,
            body,
            lasts_s=switches.access_token_s,
            requests_max=switches.token_rate_limit,
        )
        headers.update(its_headers)
        return answer

    def _refuse_stranger(self, scope: Scope) -> Answer | None:
        """Refuse who has no valid token; note in the scope who has one."""
        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        kind, _, token = given.partition(" ")
        caller = Caller() if token == self.emulator.token else self.emulator.oauth.caller_of(token)
        if kind != "Bearer" or caller is None:
            return Answer.error(401, "The access token is missing or wrong")
        scope[CALLER] = caller
        return None


async def _read_all(receive: Receive) -> bytes | None:
    """The whole body, or None when the client was gone before its end."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _collect(app: ASGIApp, scope: Scope, body: bytes) -> Made:
    """Run the routes against a request that was read already, and keep the answer."""
    status, headers, parts = 500, [], []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    kept = [(name, value) for name, value in headers if name != b"content-length"]
    return Made(status, kept, b"".join(parts))


async def _send(send: Send, made: Made) -> None:
    headers = [*made.headers, (b"content-length", str(len(made.body)).encode())]
    await send({"type": "http.response.start", "status": made.status, "headers": headers})
    await send({"type": "http.response.body", "body": made.body})


async def _send_half(scope: Scope, receive: Receive, send: Send, made: Made) -> None:
    """Announce the whole body, send half of it, and reset the connection."""
    headers = [*made.headers, (b"content-length", str(len(made.body)).encode())]
    await send({"type": "http.response.start", "status": made.status, "headers": headers})
    await send({"type": "http.response.body", "body": made.body[: len(made.body) // 2], "more_body": True})
    await _cut(scope, receive, RESET)


async def _cut(scope: Scope, receive: Receive, how: str = CUT) -> None:
    """Cut the connection without an answer; the client sees the socket close."""
    cut: Callable[[], None] = scope["extensions"][how]
    cut()
    # Returning before the server knows of the cut would make it try to answer 500.
    while (await receive())["type"] != "http.disconnect":
        pass
