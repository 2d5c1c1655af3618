"""The receiver of webhooks over real HTTP: who is believed, what wakes the job, and what is turned away."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
import structlog

from syncd.daemon.receiver import BODY_BYTES_MAX, HOST, REFUSED_LOG_EVERY, Receiver
from syncd.daemon.webhook import REPEATED_WITHIN, Credentials
from syncd.errors import ConfigError
from syncd.log import configure
from tests.fakes.memory_erp import FakeClock
from tests.unit.daemon.test_wake import Job

SECRET = "client-secret-4711"
PATH_SECRET = "path-secret-of-some-length"
SIGNED = Credentials(client_secret=SECRET)
HIDDEN = Credentials(path_secret=PATH_SECRET)
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
ANSWER_S_MAX = 5  # as long as X-Series waits

Sign = Callable[[bytes, str], str]


def a_payload(version: int = 1) -> str:
    return json.dumps({"id": "sale-1", "status": "CLOSED", "note": "für Zoë & Co = 10 %", "version": version})


def a_form(payload: str) -> bytes:
    return urlencode({"payload": payload, "environment": "prod", "domain_prefix": "acme"}).encode()


def signature(text: bytes, secret: str = SECRET, *, is_hex: bool = True) -> str:
    digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    value = digest.hex() if is_hex else base64.b64encode(digest).decode()
    return f"signature={value},algorithm=HMAC-SHA256"


@dataclass
class Heard:
    """Somebody who waits to be woken, and counts."""

    clock: FakeClock = field(default_factory=FakeClock)
    count: int = 0

    def wake(self) -> None:
        self.count += 1

    def listen(self, credentials: Credentials, port: int = 0, **changes: timedelta) -> Receiver:
        return Receiver(port, credentials, wake=self.wake, now=self.clock.now, **changes)


def post(
    receiver: Receiver, body: bytes, *, path: str = "/webhooks", signed: str | None = None, method: str = "POST"
) -> int:
    headers = FORM | ({} if signed is None else {"X-Signature": signed})
    with closing(HTTPConnection(HOST, receiver.port, timeout=ANSWER_S_MAX)) as connection:
        connection.request(method, path, body, headers)
        return connection.getresponse().status


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the log wrote, as an operator finds it."""
    written = io.StringIO()
    configure(stream=written)
    yield written
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(lambda body, payload: signature(body), id="the form, in hex"),
        pytest.param(lambda body, payload: signature(body, is_hex=False), id="the form, in base64"),
        pytest.param(lambda body, payload: signature(payload.encode()), id="the payload, in hex"),
        pytest.param(lambda body, payload: signature(payload.encode(), is_hex=False), id="the payload, in base64"),
        pytest.param(lambda body, payload: signature(body).partition(",")[0], id="without the name of the algorithm"),
        pytest.param(lambda body, payload: signature(body).replace(",", ", "), id="with a space"),
    ],
)
def test_a_signed_webhook_wakes_the_job_however_it_is_signed(sign: Sign) -> None:
    heard, payload = Heard(), a_payload()
    body = a_form(payload)

    with heard.listen(SIGNED) as receiver:
        status = post(receiver, body, signed=sign(body, payload))

    assert (status, heard.count) == (204, 1)


@pytest.mark.parametrize(
    "signed",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param(signature(a_form(a_payload()), "another-secret"), id="with another secret"),
        pytest.param(signature(a_form(a_payload(version=2))), id="of another webhook"),
        pytest.param(signature(b""), id="of nothing"),
        pytest.param(signature(a_form(a_payload())).replace("SHA256", "SHA1"), id="by another algorithm"),
        pytest.param(signature(a_form(a_payload()))[:-30], id="cut off"),
        pytest.param("signature=,algorithm=HMAC-SHA256", id="without a value"),
        pytest.param("signature=\xe9\xff,algorithm=HMAC-SHA256", id="no letters"),
        pytest.param(SECRET, id="the secret itself"),
    ],
)
def test_a_signature_that_is_wrong_wakes_nobody(signed: str | None) -> None:
    heard = Heard()

    with heard.listen(SIGNED) as receiver:
        status = post(receiver, a_form(a_payload()), signed=signed)

    assert (status, heard.count) == (403, 0)


def test_without_a_client_secret_the_path_is_the_secret() -> None:
    heard = Heard()

    with heard.listen(HIDDEN) as receiver:
        wrong = [
            post(receiver, a_form(a_payload()), path=path)
            for path in ("/", "/webhooks", "/webhooks/", f"/webhooks/{PATH_SECRET[:-1]}", f"/webhooks/{PATH_SECRET}/")
        ]
        right = post(receiver, a_form(a_payload()), path=f"/webhooks/{PATH_SECRET}")

    assert (wrong, right, heard.count) == ([404] * 5, 204, 1)


def test_with_both_secrets_both_are_needed() -> None:
    heard, body = Heard(), a_form(a_payload())
    both = Credentials(path_secret=PATH_SECRET, client_secret=SECRET)

    with heard.listen(both) as receiver:
        unsigned = post(receiver, body, path=f"/webhooks/{PATH_SECRET}")
        elsewhere = post(receiver, body, signed=signature(body))
        before = heard.count
        right = post(receiver, body, path=f"/webhooks/{PATH_SECRET}", signed=signature(body))

    assert (unsigned, elsewhere, before, right, heard.count) == (403, 404, 0, 204, 1)


def test_a_receiver_that_believes_everybody_cannot_be_made() -> None:
    with pytest.raises(AssertionError, match="anybody"):
        Credentials()


def test_a_replay_is_answered_and_wakes_nobody_again() -> None:
    heard, body = Heard(), a_form(a_payload())

    with heard.listen(SIGNED) as receiver:
        first = post(receiver, body, signed=signature(body))
        heard.clock.advance(REPEATED_WITHIN)
        again = post(receiver, body, signed=signature(body))
        news = post(receiver, a_form(a_payload(version=2)), signed=signature(a_form(a_payload(version=2))))

    assert (first, again, news, heard.count) == (204, 204, 204, 2)


def test_what_came_long_ago_is_forgotten() -> None:
    heard, body = Heard(), a_form(a_payload())

    with heard.listen(HIDDEN) as receiver:
        post(receiver, body, path=f"/webhooks/{PATH_SECRET}")
        heard.clock.advance(REPEATED_WITHIN + timedelta(seconds=1))
        post(receiver, body, path=f"/webhooks/{PATH_SECRET}")

    assert heard.count == 2


def test_what_was_refused_is_no_repeat_when_it_comes_signed() -> None:
    heard, body = Heard(), a_form(a_payload())

    with heard.listen(SIGNED) as receiver:
        post(receiver, body)
        post(receiver, body, signed=signature(body))

    assert heard.count == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(a_payload().encode(), id="JSON"),
        pytest.param(b"payload=", id="an empty payload"),
        pytest.param(b"payload=a&payload=b", id="two payloads"),
        pytest.param(b"data=a", id="another field"),
        pytest.param(b"payload=\xff\xfe", id="no text"),
        pytest.param(b"&".join(b"field=%d" % n for n in range(100)), id="a hundred fields"),
    ],
)
def test_what_is_no_webhook_is_refused(body: bytes) -> None:
    heard = Heard()

    with heard.listen(HIDDEN) as receiver:
        status = post(receiver, body, path=f"/webhooks/{PATH_SECRET}")

    assert (status, heard.count) == (400, 0)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_a_post_is_a_webhook(method: str) -> None:
    heard, body = Heard(), a_form(a_payload())

    with heard.listen(SIGNED) as receiver:
        status = post(receiver, body, signed=signature(body), method=method)

    assert (status, heard.count) == (405, 0)


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read() -> None:
    heard = Heard()

    with heard.listen(SIGNED) as receiver:
        head = f"POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY_BYTES_MAX + 1}\r\n\r\n"
        status = _raw(receiver, head.encode())

    assert (status, heard.count) == (413, 0)


def test_a_body_that_turns_out_too_large_is_refused() -> None:
    heard = Heard()

    with heard.listen(SIGNED) as receiver:
        head = b"POST /webhooks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"%x\r\n%s\r\n" % (BODY_BYTES_MAX + 1, b"a" * (BODY_BYTES_MAX + 1))
        status = _raw(receiver, head + chunk)  # its end never comes

    assert (status, heard.count) == (413, 0)


def test_the_largest_body_that_is_taken_wakes_the_job() -> None:
    heard = Heard()
    body = b"payload=".ljust(BODY_BYTES_MAX, b"a")

    with heard.listen(SIGNED) as receiver:
        status = post(receiver, body, signed=signature(body))

    assert (status, heard.count) == (204, 1)


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    heard = Heard()

    with heard.listen(SIGNED, read_within=timedelta(milliseconds=50)) as receiver:
        status = _raw(receiver, b"POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\npay")

    assert (status, heard.count) == (408, 0)


def test_somebody_who_hangs_up_does_no_harm() -> None:
    heard, body = Heard(), a_form(a_payload())

    with heard.listen(SIGNED) as receiver:
        with socket.create_connection((HOST, receiver.port)) as client:
            client.sendall(b"POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\npay")
        status = post(receiver, body, signed=signature(body))

    assert (status, heard.count) == (204, 1)


def test_a_hundred_webhooks_are_answered_well_within_five_seconds() -> None:
    heard = Heard()

    with heard.listen(HIDDEN) as receiver:
        begun = time.monotonic()
        statuses = [
            post(receiver, a_form(a_payload(version)), path=f"/webhooks/{PATH_SECRET}") for version in range(100)
        ]
        took_s = time.monotonic() - begun

    assert (set(statuses), heard.count) == ({204}, 100)
    assert took_s < ANSWER_S_MAX


def test_a_burst_of_a_hundred_webhooks_is_at_most_two_runs() -> None:
    job = Job()

    with Receiver(0, HIDDEN, wake=job.wake.ask, now=job.clock.now) as receiver:

        def a_burst(first: int) -> None:
            for version in range(first, first + 50):
                post(receiver, a_form(a_payload(version)), path=f"/webhooks/{PATH_SECRET}")

        job.meanwhile = [lambda: a_burst(50)]  # the second half comes while the first run goes on
        a_burst(0)
        job.let_pass(3600)

    assert job.after_s == [0, 10]


def test_it_listens_on_loopback_alone() -> None:
    with Heard().listen(SIGNED) as receiver:
        address = receiver._listening.getsockname()[0]

    assert address == "127.0.0.1"


def test_a_port_that_is_taken_is_a_mistake_of_the_config() -> None:
    with (
        Heard().listen(SIGNED) as receiver,
        pytest.raises(ConfigError, match=f"webhooks.port: 127.0.0.1:{receiver.port} cannot be listened on"),
    ):
        Heard().listen(SIGNED, receiver.port)


def test_after_the_end_nobody_listens() -> None:
    with Heard().listen(SIGNED) as receiver:
        port = receiver.port

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port), timeout=1)


def test_the_log_tells_refusals_once_a_minute_and_nothing_of_what_they_held(log: io.StringIO) -> None:
    heard, body = Heard(), a_form(a_payload())

    with heard.listen(SIGNED) as receiver:
        for _ in range(5):
            post(receiver, body, signed=signature(body, "another-secret"))
        heard.clock.advance(REFUSED_LOG_EVERY)
        post(receiver, body, signed=signature(body, "another-secret"))
        post(receiver, body, path="/webhooks/guessed-4711")

    said = [line for line in log.getvalue().splitlines() if "refused" in line]
    assert [("status=403" in line, "count=1 " in line, "count=5 " in line) for line in said] == [
        (True, True, False),
        (True, False, True),
        (False, True, False),
    ]
    hidden = (SECRET, "sale-1", "guessed-4711", signature(body, "another-secret"))
    assert [text for text in hidden if text in log.getvalue()] == []


def test_the_secrets_are_in_no_repr() -> None:
    assert repr(Credentials(PATH_SECRET, SECRET)) == "Credentials()"


def _raw(receiver: Receiver, request: bytes) -> int:
    """The status of the answer to these bytes; the connection stays open until it came."""
    with socket.create_connection((HOST, receiver.port), timeout=ANSWER_S_MAX) as client:
        client.sendall(request)
        answer = client.makefile("rb").readline()
    return int(answer.split()[1])
