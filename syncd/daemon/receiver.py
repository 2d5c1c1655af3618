"""The receiver of webhooks: a small web server on loopback, in a thread of its own. Off unless the config has a port.

It answers at once and works later: the caller gives up after five seconds, and a job takes as long as it takes.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from syncd.daemon.webhook import Credentials, Seen, payload_of
from syncd.errors import ConfigError
from syncd.log import logger

HOST = "127.0.0.1"
BODY_BYTES_MAX = 1_048_576  # a sale of 1,000 lines is a third of it
READ_WITHIN = timedelta(seconds=3)  # of the five that X-Series waits
REQUESTS_MAX = 64  # at a time; above, 503, and X-Series comes again
BACKLOG = 128
STOP_S_MAX = 5
REFUSED_LOG_EVERY = timedelta(minutes=1)  # one line, not one a request

TAKEN, NO_FORM, NOT_SIGNED, NOWHERE, TOO_SLOW, TOO_LARGE = 204, 400, 403, 404, 408, 413
MEANING = {
    NO_FORM: "not a form with a payload",
    NOT_SIGNED: "the signature is not that of lightspeed.oauth.client_secret",
    NOWHERE: "not the address of the webhook: is webhooks.path_secret its last part?",
    TOO_SLOW: "the body did not come in time",
    TOO_LARGE: "the body is too large",
}


class Receiver(AbstractContextManager["Receiver"]):
    """Listens for as long as the block lasts. `wake` is called for every webhook that is genuine and new."""

    def __init__(
        self,
        port: int,
        credentials: Credentials,
        *,
        wake: Callable[[], None],
        now: Callable[[], datetime],
        read_within: timedelta = READ_WITHIN,
    ) -> None:
        self._credentials = credentials
        self._wake = wake
        self._read_s_max = read_within.total_seconds()
        self._seen = Seen(now)
        self._refusals = _Refusals(now)
        self._listening = _listen(port)
        self.port: int = self._listening.getsockname()[1]
        app = Starlette(routes=[Route("/{path:path}", self._receive, methods=["POST"])])
        self._server = uvicorn.Server(_config(app))
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def __enter__(self) -> Receiver:
        self._thread.start()  # the socket listens already: who comes before the loop runs is kept waiting
        logger("webhooks").info("listening", address=f"{HOST}:{self.port}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(STOP_S_MAX)
        self._listening.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._listening])

    async def _receive(self, request: Request) -> Response:
        try:
            status = await self._judge(request)
        except ClientDisconnect:
            status = TOO_SLOW  # nobody hears it
        if status != TAKEN:
            self._refusals.note(status)
        return Response(status_code=status)

    async def _judge(self, request: Request) -> int:
        """The status of the answer. The job is woken by what is genuine, and not for a second time by the same."""
        if not self._credentials.fits_path(request.scope["path"]):
            return NOWHERE
        try:
            async with asyncio.timeout(self._read_s_max):
                body = await _read(request)
        except TimeoutError:
            return TOO_SLOW
        if body is None:
            return TOO_LARGE
        try:
            payload = payload_of(body)
        except ValueError:
            return NO_FORM
        if not self._credentials.fits_signature(request.headers.get("X-Signature", ""), body, payload):
            return NOT_SIGNED
        if not self._seen.is_repeat(payload):
            self._wake()
        return TAKEN


class _Refusals:
    """Says in the log what was refused: the first of a kind, and then how many in a minute. Never what it held."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._said: dict[int, datetime] = {}
        self._unsaid: dict[int, int] = {}

    def note(self, status: int) -> None:
        count = self._unsaid.get(status, 0) + 1
        now, said = self._now(), self._said.get(status)
        if said is not None and timedelta(0) <= now - said < REFUSED_LOG_EVERY:
            self._unsaid[status] = count
            return
        self._said[status], self._unsaid[status] = now, 0
        logger("webhooks").warning("refused", status=status, count=count, meaning=MEANING[status])


async def _read(request: Request) -> bytes | None:
    """The body, or None as soon as it is known to be too large."""
    announced = request.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > BODY_BYTES_MAX:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)


def _listen(port: int) -> socket.socket:
    """Given a port, listen there. Raise ConfigError where that cannot be."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"webhooks.port: {HOST}:{port} cannot be listened on ({error.strerror})",
            hint="Each account needs a port of its own.",
        ) from error
    return listening


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,  # its lines hold the path, which is a secret
        server_header=False,
        proxy_headers=False,
        limit_concurrency=REQUESTS_MAX,
        timeout_graceful_shutdown=1,
    )
