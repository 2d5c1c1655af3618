"""Connections are kept and used again, but never one whose state is not known for sure."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from syncd.connections import Connections, wire_to

TIMEOUT_S = 2.0
END = b"\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

LOCALHOST = Path(__file__).with_name("localhost.pem")  # a key and its certificate, of no use but here


class Server:
    """Talks on each connection as it is told, request by request; `asked` keeps them, by connection."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.asked: list[list[bytes]] = []
        self.answers: list[bytes] = [OK]
        self.hangs_up = False  # after an answer, without a word
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            if self._tls is not None:
                try:
                    client = self._tls.wrap_socket(client, server_side=True)
                except OSError:
                    continue  # the client does not trust us
            self.asked.append([])
            threading.Thread(target=self._talk, args=(client, self.asked[-1]), daemon=True).start()

    def _talk(self, client: socket.socket, asked: list[bytes]) -> None:
        with client:
            while got := _request(client):
                asked.append(got)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                try:
                    client.sendall(answer)
                except OSError:
                    return
                if self.hangs_up:
                    return

    def close(self) -> None:
        self._socket.close()


def _request(client: socket.socket) -> bytes:
    got = b""
    while END not in got:
        try:
            part = client.recv(65536)
        except OSError:
            return b""
        if not part:
            return b""
        got += part
    head, _, body = got.partition(END)
    length = next((int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")), 0)
    while len(body) < length:
        body += client.recv(65536)
    return head + END + body


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


@pytest.fixture
def wire() -> Iterator[Connections]:
    found = Connections(2)
    yield found
    found.close()


def request(url: str, body: bytes | None = None, **headers: str) -> httpx.Request:
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_S)
    return httpx.Request(
        "GET" if body is None else "POST", url, headers=headers, content=body, extensions={"timeout": timeout}
    )


def ask(wire: httpx.BaseTransport, url: str, body: bytes | None = None, **headers: str) -> bytes:
    response = wire.handle_request(request(url, body, **headers))
    try:
        return b"".join(response.iter_bytes())
    finally:
        response.close()


def test_a_connection_is_used_again_and_the_body_goes_with_its_request(server: Server, wire: Connections) -> None:
    assert [ask(wire, server.url, b"one"), ask(wire, server.url, b"two"), ask(wire, server.url)] == [b"{}"] * 3

    (asked,) = server.asked
    assert [one.partition(END)[2] for one in asked] == [b"one", b"two", b""]


def test_an_idle_connection_that_was_hung_up_is_not_used_for_a_write(server: Server, wire: Connections) -> None:
    server.hangs_up = True

    answers = []
    for _ in range(3):
        answers.append(ask(wire, server.url, b"write"))
        _await_end(wire)

    assert answers == [b"{}"] * 3
    assert [len(one) for one in server.asked] == [1, 1, 1]


def _await_end(wire: Connections) -> None:
    """Until the other side's end has arrived here."""
    for _ in range(1_000):
        if not wire._idle or not wire._idle[-1].is_fresh:
            return
        threading.Event().wait(0.002)
    raise AssertionError("the end never came")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", id="said-so"),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", id="an-old-server"),
    ],
)
def test_a_connection_that_will_be_closed_is_not_used_again(server: Server, wire: Connections, answer: bytes) -> None:
    server.answers = [answer]

    assert [ask(wire, server.url), ask(wire, server.url)] == [b"{}", b"{}"]

    assert len(server.asked) == 2


def test_an_answer_that_was_not_read_to_its_end_leaves_no_connection_to_use(server: Server, wire: Connections) -> None:
    server.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", OK]
    wire.handle_request(request(server.url)).close()

    assert ask(wire, server.url) == b"{}"

    assert len(server.asked) == 2


ZIPPED = gzip.compress(b"[1, 2, 3]")


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2;x=y\r\n2]\r\n0\r\nA: b\r\n\r\n",
            b"[1,2]",
            id="chunks",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(ZIPPED), ZIPPED),
            b"[1, 2, 3]",
            id="gzip",
        ),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", id="nothing"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"{}", id="interim"),
    ],
)
def test_an_answer_is_read_as_it_is_framed_and_the_connection_kept(
    server: Server, wire: Connections, answer: bytes, body: bytes
) -> None:
    server.answers = [answer]

    assert [ask(wire, server.url), ask(wire, server.url)] == [body, body]

    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/2 200\r\n\r\n", id="another-protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nNo header\r\n\r\n", id="no-header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", id="two-lengths"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}", id="below-zero"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            id="length-and-chunks",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}", id="unknown-coding"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", id="long-chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", id="no-number"),
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + OK, id="other-protocol-offered"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100_000 + END, id="a-head-without-an-end"),
    ],
)
def test_an_answer_that_is_not_clear_is_no_answer(server: Server, wire: Connections, answer: bytes) -> None:
    server.answers = [answer]

    with pytest.raises(httpx.RemoteProtocolError):
        ask(wire, server.url)

    server.answers = [OK]
    assert ask(wire, server.url) == b"{}", "the connection is free again, and another one is made"


def test_an_answer_that_ends_early_is_no_answer(server: Server, wire: Connections) -> None:
    server.answers, server.hangs_up = [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"], True

    with pytest.raises(httpx.RemoteProtocolError):
        ask(wire, server.url)


def test_a_header_with_a_line_break_leaves_no_byte(server: Server, wire: Connections) -> None:
    with pytest.raises(httpx.LocalProtocolError):
        ask(wire, server.url, Note="a\r\nB: c")

    assert not any(server.asked)


def test_who_waits_in_vain_for_a_connection_has_sent_nothing(server: Server) -> None:
    wire = Connections(1)
    busy = wire.handle_request(request(server.url))
    late = request(server.url)
    late.extensions["timeout"]["pool"] = 0.01

    with pytest.raises(httpx.PoolTimeout):
        wire.handle_request(late)

    busy.close()
    assert ask(wire, server.url) == b"{}"
    wire.close()


def test_a_server_that_speaks_no_tls_was_not_asked(server: Server, wire: Connections) -> None:
    asked = request(server.url.replace("http://", "https://"))
    asked.extensions["timeout"]["connect"] = 0.1

    with pytest.raises((httpx.ConnectError, httpx.ConnectTimeout)):
        wire.handle_request(asked)


def test_a_certificate_is_verified_before_a_byte_of_the_request_leaves() -> None:
    speaks, trusts = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(LOCALHOST))
    speaks.load_cert_chain(LOCALHOST)
    server = Server(tls=speaks)
    trusting, strict = Connections(1, tls=trusts), Connections(1)
    url = server.url.replace("http://127.0.0.1", "https://localhost")

    answers = [ask(trusting, url, b"one"), ask(trusting, url, b"two")]
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(strict, url, b"three")

    assert answers == [b"{}", b"{}"]
    assert [one.partition(END)[2] for asked in server.asked for one in asked if one] == [b"one", b"two"]
    for one in (trusting, strict, server):
        one.close()


@contextmanager
def proxy_named(monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[None]:
    monkeypatch.setenv("http_proxy", url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    yield


def test_where_the_environment_names_a_proxy_it_is_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy_named(monkeypatch, server.url):
        wire = wire_to("http://erp.example", connections_max=2)
        assert ask(wire, "http://erp.example/orders") == b"{}"
        wire.close()

    assert server.asked[0][0].startswith(b"GET http://erp.example/orders ")
