"""A loopback server that says what a test told it to, and remembers what it was asked. It knows nothing of X-Series."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from syncd.domain.clock import BootTime
from syncd.transport import Transport

NO_ANSWER = object()  # the connection ends after the request was read


class StillClock:
    def now(self) -> datetime:
        return datetime(2026, 12, 1, 10, 0, tzinfo=UTC)

    def boot_time(self) -> BootTime:
        return BootTime("boot", 0)

    def sleep(self, wait: timedelta) -> None:
        raise AssertionError(f"nothing here should wait {wait}")


@dataclass(frozen=True)
class Reply:
    """An answer that is not plain JSON: other headers, or fewer bytes than it says."""

    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0  # bytes that are announced and never come


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: list[tuple[str, str]]
    raw: bytes
    headers: dict[str, str]

    @property
    def body(self) -> Any:
        return json.loads(self.raw, parse_float=Decimal)


@dataclass
class Vendor:
    """`says` adds an answer to a route; the last one is repeated. A route without answers is a 404."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[tuple[str, str], list[tuple[int, Any]]] = field(default_factory=lambda: defaultdict(list))
    transports: list[Transport] = field(default_factory=list)

    def says(self, method: str, path: str, *answers: Any, status: int = 200) -> None:
        self.answers[method, path] += [(status, answer) for answer in answers]

    def next_answer(self, asked: Asked) -> tuple[int, Any]:
        self.asked.append(asked)
        waiting = self.answers.get((asked.method, asked.path))
        if not waiting:
            return 404, {"error": "not found"}
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def bodies(self, method: str) -> list[Any]:
        return [asked.body for asked in self.asked if asked.method == method]

    def queries(self, path: str) -> list[dict[str, str]]:
        return [dict(asked.query) for asked in self.asked if asked.path == path]

    def transport(self, *, headers: dict[str, str] | None = None, read_only: bool = False) -> Transport:
        transport = Transport(
            side="X-Series",
            base_url=self.url,
            clock=StillClock(),
            deadline=timedelta(seconds=5),
            headers=headers or {},
            read_only=read_only,
        )
        self.transports.append(transport)
        return transport


class _Handler(BaseHTTPRequestHandler):
    vendor: Vendor
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        asked = Asked(self.command, url.path, parse_qsl(url.query), raw, dict(self.headers))
        status, said = self.vendor.next_answer(asked)
        if said is NO_ANSWER:
            self.close_connection = True
            return
        if not isinstance(said, Reply):
            said = Reply(said.encode() if isinstance(said, str) else json.dumps(said).encode())
        self.send_response_only(status)  # no Date, no Server: a test says all
        headers = {"Content-Type": "application/json", "Content-Length": str(len(said.content) + said.cut)}
        for name, value in (headers | said.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.content)
        self.close_connection = self.close_connection or bool(said.cut)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    def log_message(self, *args: Any) -> None:
        """Keep the test's output clean."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *args: Any) -> None:
        """A client that has read enough hangs up: that is no news."""


@contextmanager
def open_vendor() -> Iterator[Vendor]:
    vendor = Vendor()
    handler = type("Handler", (_Handler,), {"vendor": vendor})
    server = _Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield vendor
    finally:
        for transport in vendor.transports:
            transport.close()
        server.shutdown()
        server.server_close()
        thread.join()
