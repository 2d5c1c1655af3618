"""What stands before the API: the log, the faults, the token, and the rate limit, in this order.

The control API passes through untouched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syncd.sandbox import faults
from syncd.sandbox.emulator import Emulator
from syncd.sandbox.exchange import Answer, encode
from syncd.sandbox.faults import Fault
from syncd.sandbox.rate_limit import throttled
from syncd.sandbox.request_log import Entry

CONTROL = "/_sandbox/"
CUT = "sandbox.cut"  # the ASGI extension by which `server.py` lets us cut the connection
FAULT_STATE = "sandbox.fault"

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
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self.app(scope, receive, send)
            return
        body = await _read_all(receive)
        with self.emulator.lock:
            fault = self.emulator.faults.strike(scope["method"], scope["path"])
            entry = self.emulator.log.open(
                at=self.emulator.clock(),
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode("latin-1"),
                body=body,
            )
        if fault is None:
            await _send(send, await self._make(scope, body, entry))
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
            await _send(send, made)
        else:
            await _send(send, await self._make_spoilt(fault, scope, body, entry))

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
        return made

    def _instead(self, fault: Fault) -> Answer:
        if fault.kind == faults.THROTTLE:
            return throttled(self.emulator.clock() + timedelta(seconds=fault.delay_s))
        status = fault.status if fault.kind == faults.STATUS else 500
        return Answer.error(status, "Something went wrong")

    async def _make_late(self, delay_s: float, scope: Scope, body: bytes, entry: Entry) -> None:
        world = self.emulator.world
        await asyncio.sleep(delay_s)
        if self.emulator.world is world:  # a request of a store that was reset meanwhile must not reach the next
            await self._make(scope, body, entry)

    async def _make(self, scope: Scope, body: bytes, entry: Entry) -> Made:
        """Do the request as if nothing were wrong, and note the answer."""
        with self.emulator.lock:
            refusal = self._refuse_stranger(scope)
            headers: dict[str, str] = {}
            if refusal is None:
                headers, refusal = self.emulator.rate.admit(self.emulator.world)
        made = Made.of(refusal) if refusal is not None else await _collect(self.app, scope, body)
        extra = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        made = replace(made, headers=[*made.headers, *extra])
        entry.answered(made.status, made.body)
        return made

    def _refuse_stranger(self, scope: Scope) -> Answer | None:
        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        if given == f"Bearer {self.emulator.token}":
            return None
        return Answer.error(401, "The access token is missing or wrong")


async def _read_all(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
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


async def _cut(scope: Scope, receive: Receive) -> None:
    """Cut the connection without an answer; the client sees the socket close."""
    cut: Callable[[], None] = scope["extensions"][CUT]
    cut()
    # Returning before the server knows of the cut would make it try to answer 500.
    while (await receive())["type"] != "http.disconnect":
        pass
