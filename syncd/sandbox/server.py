"""Running the emulator: in the foreground for `syncd sandbox`, or in a thread for tests. Loopback only."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncd.sandbox.app import build_app
from syncd.sandbox.emulator import Emulator
from syncd.sandbox.gate import CUT, RESET
from syncd.sandbox.world import Clock, utc_now

START_S_MAX = 10.0
STOP_S_MAX = 10.0
BACKLOG = 128


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 that lets the app cut the connection, as a broken network does."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Hand every request of this connection the means to abort it."""
        super().connection_made(transport)
        app: Any = self.app

        async def with_cut(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {}).update({CUT: transport.abort, RESET: partial(_reset, transport)})
            await app(scope, receive, send)

        self.app = with_cut


def _reset(transport: asyncio.Transport) -> None:
    """Close without a farewell: the other side is told that the connection is gone, not that it ended."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class _Server(uvicorn.Server):
    """uvicorn that says when it listens."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_start()


def serve(
    port: int = 0,
    fixture: str = "demo",
    host: str = "127.0.0.1",
    announce: Callable[[str], None] = lambda _url: None,
) -> None:
    """Serve until interrupted; port 0 takes a free one. `announce` gets the URL once it answers."""
    listening = _listen(host, port)
    url = _url_of(listening)
    server = _server(build_app(fixture), lambda: announce(url))
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()


class RunningSandbox:
    """The emulator on a free loopback port, in a thread, for as long as the block lasts."""

    def __init__(self, fixture: str = "demo", *, clock: Clock = utc_now) -> None:
        self.emulator = Emulator(fixture, clock=clock)
        self.url = ""

    def __enter__(self) -> RunningSandbox:
        self._listening = _listen("127.0.0.1", 0)
        self.url = _url_of(self._listening)
        started = threading.Event()
        self._server = _server(build_app(emulator=self.emulator), started.set)
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()
        if not started.wait(START_S_MAX):
            raise RuntimeError("the sandbox did not start")
        return self

    def _run(self) -> None:
        self._server.run(sockets=[self._listening])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Do not wait for clients that keep their connection open, nor for faults that still sleep.
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(STOP_S_MAX)
        self._listening.close()
        self.emulator.postman.stop()


def _listen(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle off only for sockets that say they are TCP; with it every answer takes 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(BACKLOG)  # from here on a client connects, even before the loop runs
    return listening


def _url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"


def _server(app: ASGIApp, on_start: Callable[[], None]) -> _Server:
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return _Server(config, on_start)
