"""What reaches the other side, how often, and by which class of error the caller hears what went wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
import stamina

from syncd.budget import WINDOW
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
from syncd.log import remember_secrets
from syncd.transport import (
    ANSWER_BYTES_MAX,
    READ_ATTEMPTS_MAX,
    Access,
    Call,
    Transport,
)
from tests.fakes.memory_erp import FakeClock

READ = Call("read orders", "GET", "/orders/{order}", Access.READ)
WRITE = Call("create sale", "POST", "/sales", Access.WRITE, look_up="by id")
TOKEN = "lsxs_pt_transport_8812"

Reply = Callable[[socket.socket], None]


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> Reply:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]

    def reply(client: socket.socket) -> None:
        client.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return reply


def cut(_client: socket.socket) -> None:
    """The connection ends without a word."""


def cut_in_the_middle(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def no_http(client: socket.socket) -> None:
    client.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")


class OtherSide:
    """A server on this machine with prepared replies, the last one again and again. It keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.replies: list[Reply] = [answer()]
        self.silent = threading.Event()  # set to release a reply that keeps silent
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def says(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def keep_silent(self, _client: socket.socket) -> None:
        self.silent.wait(10)

    def close(self) -> None:
        self.silent.set()
        self._socket.shutdown(socket.SHUT_RDWR)  # closing alone would not wake the thread that accepts
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with client:
                asked = b""
                while b"\r\n\r\n" not in asked and (more := client.recv(65536)):
                    asked += more
                self.asked.append(asked.decode())
                reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                try:
                    reply(client)
                except OSError:
                    pass  # the client has gone


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=READ_ATTEMPTS_MAX):
        yield


@pytest.fixture
def there() -> Iterator[OtherSide]:
    side = OtherSide()
    yield side
    side.close()


@contextmanager
def a_transport(url: str, clock: FakeClock | None = None, **options: object) -> Iterator[Transport]:
    transport = Transport(
        side="X-Series",
        base_url=url,
        clock=clock or FakeClock(),
        deadline=options.pop("deadline", timedelta(seconds=5)),  # type: ignore[arg-type]
        headers={"Authorization": f"Bearer {TOKEN}"},
        **options,  # type: ignore[arg-type]
    )
    try:
        yield transport
    finally:
        transport.close()


def failure(url: str, call: Call, **options: object) -> OutsideError:
    with a_transport(url, **options) as transport, pytest.raises(OutsideError) as told:  # type: ignore[arg-type]
        transport.send(call, path={"order": "1"})
    return told.value


# -- what never left


def test_a_refused_connection_has_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

    assert type(failure(url, WRITE)) is NotSent


def test_the_read_only_switch_refuses_a_write_before_any_byte(there: OtherSide) -> None:
    assert type(failure(there.url, WRITE, read_only=True)) is ReadOnly
    assert there.asked == []


def test_the_read_only_switch_lets_reads_through(there: OtherSide) -> None:
    with a_transport(there.url, read_only=True) as transport:
        assert transport.send(READ, path={"order": "1"}).status == 200


# -- what may have been done


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(cut, id="cut"),
        pytest.param(cut_in_the_middle, id="cut-in-the-middle"),
        pytest.param(no_http, id="no-http"),
        *(
            pytest.param(answer(status), id=str(status))
            for status in (301, 302, 304, 307, 408, 425, 500, 502, 503, 504)
        ),
    ],
)
def test_a_write_without_a_usable_answer_may_have_been_done_and_was_sent_once(there: OtherSide, reply: Reply) -> None:
    there.says(reply)

    assert type(failure(there.url, WRITE)) is Unanswered
    assert len(there.asked) == 1


def test_a_write_that_is_not_answered_in_time_may_have_been_done_and_was_sent_once(there: OtherSide) -> None:
    there.says(there.keep_silent)

    assert type(failure(there.url, WRITE, deadline=timedelta(milliseconds=200))) is Unanswered
    assert len(there.asked) == 1


def test_a_redirection_is_not_followed(there: OtherSide) -> None:
    there.says(answer(307, Location=f"{there.url}/elsewhere"), answer(200))

    failure(there.url, WRITE)

    assert len(there.asked) == 1


def test_an_answer_that_drips_past_the_deadline_is_given_up(there: OtherSide) -> None:
    clock = FakeClock()

    def drip(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
        clock.advance(6)
        client.sendall(b"67890")

    there.says(drip)

    assert type(failure(there.url, WRITE, clock=clock)) is Unanswered


def too_large(client: socket.socket) -> None:
    client.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {ANSWER_BYTES_MAX + 1}\r\n\r\n".encode())
    chunk = b"x" * (1024 * 1024)
    for _ in range(ANSWER_BYTES_MAX // len(chunk) + 1):
        client.sendall(chunk)


@pytest.mark.parametrize(("call", "kind"), [(READ, NotUnderstood), (WRITE, Unanswered)], ids=["read", "write"])
def test_an_answer_too_large_to_be_true_is_not_taken_in(there: OtherSide, call: Call, kind: type[OutsideError]) -> None:
    there.says(too_large)

    error = failure(there.url, call, deadline=timedelta(seconds=60))

    assert type(error) is kind
    assert str(ANSWER_BYTES_MAX) in str(error)
    assert len(there.asked) == 1


# -- reads are repeated, within a limit


@pytest.mark.parametrize("reply", [cut, answer(500), answer(503)], ids=["cut", "500", "503"])
def test_a_read_is_repeated_until_it_is_answered(there: OtherSide, reply: Reply) -> None:
    there.says(reply, reply, answer(200, b'{"id": 1}'))

    with a_transport(there.url) as transport:
        assert transport.send(READ, path={"order": "1"}).content == b'{"id": 1}'
    assert len(there.asked) == 3


def test_a_read_is_repeated_only_so_often(there: OtherSide) -> None:
    there.says(answer(500))

    assert type(failure(there.url, READ)) is Unanswered
    assert len(there.asked) == READ_ATTEMPTS_MAX


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_read_that_was_answered_with_no_is_not_repeated(there: OtherSide, status: int) -> None:
    there.says(answer(status))

    failure(there.url, READ)

    assert len(there.asked) == 1


def test_a_renewed_session_is_used_by_the_next_attempt(there: OtherSide) -> None:
    there.says(answer(500), answer(200))
    sessions = iter(["one", "two"])

    with a_transport(there.url) as transport:
        transport.send(READ, path={"order": "1"}, headers=lambda: {"X-Session": next(sessions)})

    assert ["x-session: one" in there.asked[0].lower(), "x-session: two" in there.asked[1].lower()] == [True, True]


# -- answers by class


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused), (401, Unauthorized), (403, Forbidden), (404, NotFound), (405, Refused), (406, Refused),
        (409, Conflict), (422, Refused), (451, Refused),
    ],
)  # fmt: skip
def test_a_refusal_says_what_may_be_done_next(there: OtherSide, status: int, kind: type[OutsideError]) -> None:
    there.says(answer(status, b'{"error": "no such register"}', X_Request_Id="req-7"))

    error = failure(there.url, WRITE)

    assert type(error) is kind
    assert (error.status, error.request_id, error.body) == (status, "req-7", '{"error": "no such register"}')
    assert len(there.asked) == 1


def test_a_placeholder_cannot_break_out_of_its_place(there: OtherSide) -> None:
    with a_transport(there.url) as transport:
        transport.send(READ, path={"order": "../admin?x=1#y"}, query=[("page", "2 & 3")])

    assert there.asked[0].startswith("GET /orders/..%2Fadmin%3Fx%3D1%23y?page=2+%26+3 HTTP/1.1") or there.asked[
        0
    ].startswith("GET /orders/..%2Fadmin%3Fx%3D1%23y?page=2%20%26%203 HTTP/1.1")


def test_a_base_address_keeps_its_path(there: OtherSide) -> None:
    with a_transport(f"{there.url}/acme/") as transport:
        transport.send(READ, path={"order": "1"})

    assert there.asked[0].startswith("GET /acme/orders/1 HTTP/1.1")


# -- too many requests


def http_date(clock: FakeClock, in_s: int) -> str:
    return format_datetime(clock.now() + timedelta(seconds=in_s), usegmt=True)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        pytest.param(lambda clock: {"Retry_After": http_date(clock, 90)}, timedelta(seconds=90), id="date"),
        pytest.param(lambda clock: {"Retry_After": http_date(clock, -90)}, timedelta(seconds=1), id="past-date"),
        pytest.param(lambda clock: {"Retry_After": "45"}, timedelta(seconds=45), id="seconds"),
        pytest.param(lambda clock: {"Retry_After": "0"}, timedelta(seconds=1), id="zero"),
        pytest.param(lambda clock: {}, timedelta(seconds=1), id="none"),
        pytest.param(lambda clock: {"Retry_After": "soon"}, timedelta(seconds=1), id="no-date"),
        pytest.param(lambda clock: {"Retry_After": http_date(clock, 86400)}, WINDOW, id="tomorrow"),
        pytest.param(lambda clock: {"Retry_After": "9" * 20}, WINDOW, id="absurd"),
    ],
)
def test_too_many_requests_say_how_long_to_wait(
    there: OtherSide, header: Callable[[FakeClock], dict[str, str]], wait: timedelta
) -> None:
    clock = FakeClock()
    there.says(answer(429, **header(clock)))

    error = failure(there.url, WRITE, clock=clock)

    assert isinstance(error, Throttled)
    assert error.wait == wait
    assert len(there.asked) == 1


def test_until_the_wait_is_over_no_write_leaves(there: OtherSide) -> None:
    clock = FakeClock()
    there.says(answer(429, Retry_After="45"), answer(200))

    with a_transport(there.url, clock) as transport:
        for _ in range(3):
            with pytest.raises(Throttled):
                transport.send(WRITE)
            clock.advance(14)
        clock.advance(3)
        assert transport.send(WRITE).status == 200

    assert len(there.asked) == 2


def test_a_read_waits_a_short_time_itself(there: OtherSide) -> None:
    clock = FakeClock()
    there.says(answer(429, Retry_After="20"), answer(200))
    begun = clock.now()

    with a_transport(there.url, clock) as transport:
        assert transport.send(READ, path={"order": "1"}).status == 200

    assert clock.now() - begun == timedelta(seconds=20)


def test_a_read_does_not_wait_a_long_time(there: OtherSide) -> None:
    there.says(answer(429, Retry_After="200"))

    assert isinstance(failure(there.url, READ), Throttled)
    assert len(there.asked) == 1


# -- secrets


def test_the_token_goes_to_the_other_side_and_into_no_error(there: OtherSide) -> None:
    there.says(answer(500))

    error = failure(there.url, WRITE)

    assert f"Bearer {TOKEN}" in there.asked[0]
    assert TOKEN not in f"{error!r} {error} {error.__cause__!r}"


def test_a_server_that_echoes_our_token_does_not_bring_it_into_an_error(there: OtherSide) -> None:
    """What is held keeps the answer as evidence, and `holds show` prints it."""
    remember_secrets([TOKEN])
    there.says(answer(422, f'{{"error": "bad header Authorization: Bearer {TOKEN}"}}'.encode()))

    error = failure(there.url, WRITE)

    assert TOKEN not in str(error)
    assert TOKEN not in error.body


def test_a_password_in_the_address_is_in_no_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    error = failure(f"http://sync:hunter-2-secret@127.0.0.1:{port}", WRITE)

    assert "hunter-2-secret" not in str(error)


def test_what_is_said_about_a_person_is_in_no_message_and_kept_for_whoever_looks(there: OtherSide) -> None:
    """Messages are logged; the body goes into the journal and the hold."""
    there.says(answer(422, b'{"error": "ada@example.test is no e-mail"}'))

    error = failure(there.url, replace(WRITE, is_personal=True))

    assert "ada" not in str(error)
    assert "ada@example.test" in error.body
