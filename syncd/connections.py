"""Connections to one side, kept open: what carries the requests of `syncd.transport`, in a fifth of httpx's time.

HTTP/1.1 and no more than our two sides need of it: one request at a time on a connection, no redirects, no cookies,
answers with a length, in chunks, or to the end of the connection. It raises httpx's own errors, so that what becomes of
a write is decided in one place, whatever carries it. Where the environment names a proxy, httpx carries the requests.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from urllib.request import getproxies

import httpx

IDLE_S_MAX = 5.0  # a connection that was idle for longer may be closed on the other side: it is not used again
HEAD_BYTES_MAX = 64 * 1024  # status line and headers
CHUNK_LINE_BYTES_MAX = 4 * 1024  # the length of a chunk, or a line after the last
INTERIM_ANSWERS_MAX = 10  # 1xx before the answer
TRAILER_LINES_MAX = 100
READ_BYTES = 64 * 1024
PORTS = {"http": 80, "https": 443}
NO_BODY = frozenset({204, 304})
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n]*)?")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LENGTH = re.compile(rb"[0-9]{1,15}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?")

RawHeaders = list[tuple[bytes, bytes]]


def wire_to(base_url: str, *, connections_max: int) -> httpx.BaseTransport:
    """What carries requests to this address."""
    proxies = getproxies()
    if any(proxies.get(scheme) for scheme in (httpx.URL(base_url).scheme, "all")):
        return _ThroughProxy(connections_max)
    return Connections(connections_max)


class _ThroughProxy(httpx.BaseTransport):
    """httpx knows every kind of proxy, and whom `NO_PROXY` names."""

    def __init__(self, connections_max: int) -> None:
        limits = httpx.Limits(max_connections=connections_max, max_keepalive_connections=connections_max)
        self._client = httpx.Client(limits=limits, follow_redirects=False, trust_env=True, verify=_authorities())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._client.send(request, stream=True)

    def close(self) -> None:
        self._client.close()


class Connections(httpx.BaseTransport):
    """So many connections at most; one that is free is used again, the one used last first. Thread-safe."""

    def __init__(self, connections_max: int, *, tls: ssl.SSLContext | None = None) -> None:
        self._free = threading.BoundedSemaphore(connections_max)
        self._lock = threading.Lock()
        self._idle: list[_Connection] = []
        self._is_closed = False
        self._tls = tls

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        limits = request.extensions["timeout"]
        head = _head_of(request)
        if not self._free.acquire(timeout=limits["pool"]):
            raise httpx.PoolTimeout(f"no connection became free in {limits['pool']:.0f} s")
        connection = None
        try:
            connection = self._take(request.url) or self._open(request.url, limits["connect"])
            connection.send(head + request.read(), limits["write"])
            status, headers = connection.read_head(limits["read"])
            stream = _Body(self, connection, _chunks_of(connection, status, headers))
        except BaseException:
            if connection is not None:
                connection.close()
            self._free.release()
            raise
        return httpx.Response(status, headers=headers, stream=stream)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def give_back(self, connection: _Connection) -> None:
        """It was read to its end, or it is closed."""
        with self._lock:
            is_kept = connection.may_be_used_again and not self._is_closed
            if is_kept:
                connection.idle_since = time.monotonic()
                self._idle.append(connection)
        if not is_kept:
            connection.close()
        self._free.release()

    def _take(self, url: httpx.URL) -> _Connection | None:
        to = _origin(url)
        while True:  # each turn takes one out of the few that are idle
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None or (connection.to == to and connection.is_fresh):
                return connection
            connection.close()

    def _open(self, url: httpx.URL, timeout_s: float) -> _Connection:
        to = _origin(url)
        try:
            opened = socket.create_connection(to[1:], timeout=timeout_s)
            try:
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if to[0] == "https":
                    opened = (self._tls or _authorities()).wrap_socket(opened, server_hostname=to[1])
            except BaseException:
                opened.close()
                raise
        except TimeoutError as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        return _Connection(opened, to)


@cache
def _authorities() -> ssl.SSLContext:
    """Whom httpx trusts. To load them takes longer than a quiet run: both sides share them, over plain HTTP nobody."""
    found = httpx.create_ssl_context()
    found.set_alpn_protocols(["http/1.1"])
    return found


Origin = tuple[str, str, int]  # scheme, host, port


def _origin(url: httpx.URL) -> Origin:
    if url.scheme not in PORTS:
        raise httpx.UnsupportedProtocol(f"{url.scheme or 'nothing'} is neither http nor https")
    return url.scheme, url.raw_host.decode("ascii"), url.port or PORTS[url.scheme]


def _head_of(request: httpx.Request) -> bytes:
    """Everything before the body. Raise LocalProtocolError when a header would break out of its line."""
    line = b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)
    lines = [line, *(b"%s: %s" % header for header in request.headers.raw)]
    head = b"\r\n".join(lines)
    if b"\0" in head or head.count(b"\r") != len(lines) - 1 or head.count(b"\n") != len(lines) - 1:
        raise httpx.LocalProtocolError("a header holds a line break")
    return head + b"\r\n\r\n"


class _Connection:
    """One socket, and what was read from it and not yet taken."""

    def __init__(self, opened: socket.socket, to: Origin) -> None:
        self.to = to
        self.idle_since = 0.0
        self.may_be_used_again = False
        self._socket = opened
        self._buffer = bytearray()
        self._timeout_s: float | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether it was used a moment ago and nothing has come since: what comes unasked is its end."""
        if time.monotonic() - self.idle_since > IDLE_S_MAX or self._buffer:
            return False
        waiting = select.poll()
        waiting.register(self._socket.fileno(), select.POLLIN)
        return not waiting.poll(0)

    def close(self) -> None:
        self.may_be_used_again = False
        with suppress(OSError):  # it may be gone
            self._socket.close()

    def send(self, content: bytes, timeout_s: float) -> None:
        """Write. Where the other side has hung up, it may have answered before: that is read then."""
        self.may_be_used_again = False
        self._wait(timeout_s)
        try:
            self._socket.sendall(content)
        except TimeoutError as error:
            raise httpx.WriteTimeout(str(error)) from error
        except OSError:
            return

    def read_head(self, timeout_s: float) -> tuple[int, RawHeaders]:
        """Status and headers of the answer."""
        self._wait(timeout_s)
        for _ in range(INTERIM_ANSWERS_MAX + 1):
            head = self._take_through(b"\r\n\r\n", HEAD_BYTES_MAX)
            first, *lines = head.split(b"\r\n")
            found = _STATUS_LINE.fullmatch(first)
            if found is None:
                raise httpx.RemoteProtocolError("the answer is not HTTP/1.1")
            status = int(found[2])
            if status >= 200:
                headers = [_header(line) for line in lines]
                closes = any(name.lower() == b"connection" and b"close" in value.lower() for name, value in headers)
                self.may_be_used_again = found[1] == b"1" and not closes
                return status, headers
            if status == 101:
                break
        raise httpx.RemoteProtocolError("no answer, but one interim answer after the other")

    def take_line(self, bytes_max: int) -> bytes:
        return self._take_through(b"\r\n", bytes_max)

    def take(self, bytes_max: int) -> bytes:
        """What is there, and no more than so much; nothing when the other side has ended."""
        if not self._buffer and not self._receive():
            return b""
        taken = bytes(self._buffer[:bytes_max])
        del self._buffer[:bytes_max]
        return taken

    def _take_through(self, end: bytes, bytes_max: int) -> bytes:
        """All before this end, which is taken as well."""
        looked = 0
        while (place := self._buffer.find(end, max(looked - len(end), 0))) < 0:
            looked = len(self._buffer)
            if looked > bytes_max:
                raise httpx.RemoteProtocolError(f"a head of more than {bytes_max} bytes")
            if not self._receive():
                raise httpx.RemoteProtocolError("the other side ended the connection without an answer")
        taken = bytes(self._buffer[:place])
        del self._buffer[: place + len(end)]
        return taken

    def _receive(self) -> bool:
        try:
            got = self._socket.recv(READ_BYTES)
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error
        self._buffer += got
        return bool(got)

    def _wait(self, timeout_s: float) -> None:
        if timeout_s != self._timeout_s:
            self._socket.settimeout(timeout_s)
            self._timeout_s = timeout_s


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    if not _NAME.fullmatch(name) or any(byte in value for byte in b"\r\n\0"):
        raise httpx.RemoteProtocolError("a header of the answer cannot be read")
    return name, value.strip(b" \t")


class _Body(httpx.SyncByteStream):
    """The body of an answer; its end, or whoever closes it before, gives the connection back."""

    def __init__(self, owner: Connections, connection: _Connection, chunks: Iterator[bytes]) -> None:
        self._owner, self._connection, self._chunks = owner, connection, chunks
        self._is_whole = False
        self._is_given_back = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        self._is_whole = True

    def close(self) -> None:
        if self._is_given_back:
            return
        self._is_given_back = True
        if not self._is_whole:
            self._connection.may_be_used_again = False
        self._owner.give_back(self._connection)


def _chunks_of(connection: _Connection, status: int, headers: RawHeaders) -> Iterator[bytes]:
    """The body by what the headers say of it. Raise RemoteProtocolError when they contradict each other."""
    coded = [value.lower() for name, value in headers if name.lower() == b"transfer-encoding"]
    lengths = {value for name, value in headers if name.lower() == b"content-length"}
    if status in NO_BODY:
        return iter(())
    if coded:
        if coded != [b"chunked"] or lengths:
            raise httpx.RemoteProtocolError("the answer does not say clearly where it ends")
        return _chunked(connection)
    if not lengths:
        connection.may_be_used_again = False
        return _to_the_end(connection)
    length = lengths.pop()
    if lengths or not _LENGTH.fullmatch(length):
        raise httpx.RemoteProtocolError("the answer does not say clearly how long it is")
    return _so_long(connection, int(length))


def _so_long(connection: _Connection, length: int) -> Iterator[bytes]:
    left = length
    while left:
        part = connection.take(left)
        if not part:
            raise httpx.RemoteProtocolError(f"the answer ended {left} bytes before its end")
        left -= len(part)
        yield part


def _chunked(connection: _Connection) -> Iterator[bytes]:
    while True:  # until the last chunk, which has no length; each is waited for no longer than any part of an answer
        found = _CHUNK.fullmatch(connection.take_line(CHUNK_LINE_BYTES_MAX))
        if found is None:
            raise httpx.RemoteProtocolError("a chunk of the answer does not say how long it is")
        if not (length := int(found[1], 16)):
            break
        yield from _so_long(connection, length)
        if connection.take_line(CHUNK_LINE_BYTES_MAX):
            raise httpx.RemoteProtocolError("a chunk of the answer is longer than it says")
    for _ in range(TRAILER_LINES_MAX):
        if not connection.take_line(CHUNK_LINE_BYTES_MAX):
            return
    raise httpx.RemoteProtocolError(f"more than {TRAILER_LINES_MAX} lines after the answer")


def _to_the_end(connection: _Connection) -> Iterator[bytes]:
    while part := connection.take(READ_BYTES):  # its reader has the limit of an answer
        yield part
