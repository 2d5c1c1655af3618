"""Connections to one side, kept open: what carries the requests of `syncd.transport`.

The HTTP of the standard library behind httpx's interface: one request at a time on a connection, no redirects, no
cookies. It raises httpx's errors, so that what becomes of a write is decided in one place, whatever carries it. Where
the environment names a proxy, httpx carries the requests. See docs/decisions/0016-connections.md.
"""

from __future__ import annotations

import select
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.request import getproxies

import httpx

IDLE_S_MAX = 5.0  # a connection that was idle for longer may be closed on the other side: it is not used again
READ_BYTES = 64 * 1024
CONTINUES_BELOW = 200  # of the statuses: what is below is no answer
Timeouts = Mapping[str, float]  # seconds, by what is waited for: pool, connect, write, read


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
        timeouts: Timeouts = request.extensions["timeout"]
        if not self._free.acquire(timeout=timeouts["pool"]):
            raise httpx.PoolTimeout(f"no connection became free in {timeouts['pool']:.0f} s")
        connection = None
        try:
            connection = self._take(request.url) or self._open(request.url, timeouts["connect"])
            connection.send(request, timeouts["write"])
            answer = connection.read_head(timeouts["read"])
        except BaseException:
            if connection is not None:
                connection.close()
            self._free.release()
            raise
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.getheaders()]
        return httpx.Response(answer.status, headers=headers, stream=_Body(self, connection, answer))

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def give_back(self, connection: _Connection, *, is_at_rest: bool) -> None:
        """`is_at_rest`: the answer was read to its end, and another request may follow."""
        with self._lock:
            is_kept = is_at_rest and not self._is_closed
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
        scheme, host, port = to
        if scheme == "https":
            http: HTTPConnection = HTTPSConnection(host, port, timeout=timeout_s, context=self._tls or _authorities())
        else:
            http = HTTPConnection(host, port, timeout=timeout_s)
        http.auto_open = 0  # never behind our back: a request is sent once
        try:
            http.connect()
        except TimeoutError as error:
            http.close()
            raise httpx.ConnectTimeout(str(error)) from error
        except OSError as error:
            http.close()
            raise httpx.ConnectError(str(error)) from error
        return _Connection(http, to)


@cache
def _authorities() -> ssl.SSLContext:
    """Whom httpx trusts. To load them takes longer than a hundred requests, so both sides share them."""
    found = httpx.create_ssl_context(trust_env=True)
    found.set_alpn_protocols(["http/1.1"])
    return found


Origin = tuple[str, str, int | None]  # scheme, host, port where it is not the usual one


def _origin(url: httpx.URL) -> Origin:
    if url.scheme not in ("http", "https"):
        raise httpx.UnsupportedProtocol(f"{url.scheme or 'nothing'} is neither http nor https")
    return url.scheme, url.raw_host.decode("ascii"), url.port


class _Connection:
    """One connection; its errors are those of httpx."""

    def __init__(self, http: HTTPConnection, to: Origin) -> None:
        self.to = to
        self.idle_since = 0.0
        self._http = http

    @property
    def is_fresh(self) -> bool:
        """Whether it was used a moment ago and nothing has come since: what comes unasked is its end."""
        if time.monotonic() - self.idle_since > IDLE_S_MAX:
            return False
        waiting = select.poll()
        waiting.register(self._http.sock.fileno(), select.POLLIN)
        return not waiting.poll(0)

    def close(self) -> None:
        self._http.close()

    def send(self, request: httpx.Request, timeout_s: float) -> None:
        """Write. Where the other side has hung up, it may have answered before: that is read then."""
        http = self._http
        http.sock.settimeout(timeout_s)
        try:
            http.putrequest(
                request.method, request.url.raw_path.decode("ascii"), skip_host=True, skip_accept_encoding=True
            )
            for name, value in request.headers.raw:
                http.putheader(name.decode("ascii"), value)
        except (ValueError, HTTPException) as error:  # a line break in a header: nothing has left
            raise httpx.LocalProtocolError(str(error)) from error
        try:
            http.endheaders(request.read() or None)
        except TimeoutError as error:
            raise httpx.WriteTimeout(str(error)) from error
        except OSError:
            return

    def read_head(self, timeout_s: float) -> HTTPResponse:
        """Status and headers of the answer, of which it is clear where it ends."""
        self._http.sock.settimeout(timeout_s)
        with _AsHttpx():
            answer = self._http.getresponse()
        try:
            if answer.status < CONTINUES_BELOW:
                raise httpx.RemoteProtocolError(f"an interim answer, {answer.status}, in place of the answer")
            _assert_clear(answer)
        except httpx.RemoteProtocolError:
            answer.close()
            raise
        return answer


class _AsHttpx:
    """What the standard library raises while an answer is read, as httpx would."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case TimeoutError():
                raise httpx.ReadTimeout(str(error)) from error
            case HTTPException():  # before OSError: a connection that was ended without an answer is both
                said = str(error) or type(error).__name__
                raise httpx.RemoteProtocolError(f"the answer is not whole, or not HTTP/1.1: {said}") from error
            case OSError():
                raise httpx.ReadError(str(error)) from error


def _assert_clear(answer: HTTPResponse) -> None:
    """Raise RemoteProtocolError when headers cannot be read, or contradict each other about where the answer ends."""
    coded = answer.headers.get_all("Transfer-Encoding", [])
    lengths = answer.headers.get_all("Content-Length", [])
    is_clear = coded in ([], ["chunked"]) and len(lengths) + len(coded) < 2 and all(map(str.isdecimal, lengths))
    if not is_clear or answer.headers.defects:
        raise httpx.RemoteProtocolError("the answer does not say clearly where it ends")


class _Body(httpx.SyncByteStream):
    """The body of an answer; its end, or whoever closes it before, gives the connection back."""

    def __init__(self, owner: Connections, connection: _Connection, answer: HTTPResponse) -> None:
        self._owner, self._connection, self._answer = owner, connection, answer
        self._is_whole = False
        self._is_given_back = False

    def __iter__(self) -> Iterator[bytes]:
        while part := self._read():
            yield part
        if self._answer.length:
            raise httpx.RemoteProtocolError(f"the answer ended {self._answer.length} bytes before its end")
        self._is_whole = True

    def _read(self) -> bytes:
        """What is there: to wait for more would let a slow answer pass its deadline."""
        with _AsHttpx():
            return self._answer.read1(READ_BYTES)

    def close(self) -> None:
        if self._is_given_back:
            return
        self._is_given_back = True
        self._answer.close()
        self._owner.give_back(self._connection, is_at_rest=self._is_whole and not self._answer.will_close)
