"""Rotating tokens: saved before use, one refresher at a time, and nobody locked out."""

import json
import multiprocessing
import os
import stat
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from syncd.domain.clock import BootTime
from syncd.domain.ids import Account
from syncd.domain.tokens import Tokens
from syncd.errors import NotSent, StoreError, SyncdError, Unauthorized, UsageError
from syncd.lightspeed import OAuthLogIn, Use, authorize_url, code_of, connect
from syncd.store.tokens import TokenFile
from syncd.transport import Transport

ACCOUNT = Account("acme")
NOW = datetime.now(UTC)
PROCESSES = 8
USER = {"data": {"id": "u", "username": "erp-sync"}}


class MachineClock:
    """The machine's clocks, without all that `bootstrap` brings along: eight processes import this file."""

    def now(self):
        return datetime.now(UTC)

    def boot_time(self):
        return BootTime("boot", time.monotonic_ns() // 1_000_000)

    def sleep(self, wait):
        time.sleep(wait.total_seconds())


class Door:
    """A token endpoint as strict as the vendor's: a refresh token works once, and the pair before it is revoked."""

    def __init__(self) -> None:
        self.pair = ("access-0", "refresh-0")
        self.used: list[str] = []
        self.refused: list[str] = []
        self.answer: dict[str, object] = {"expires_in": 86_400, "scope": "sales:read users:read"}
        self.url = ""
        self.lock = threading.Lock()

    def give(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        with self.lock:
            is_code = form.get("grant_type") == "authorization_code" and form.get("code") == "the-code"
            if form.get("client_secret") != "secret" or not (is_code or form.get("refresh_token") == self.pair[1]):
                self.refused.append(form.get("refresh_token", ""))
                return 400, {"error": "invalid_grant"}
            self.used.append(form.get("refresh_token", ""))
            number = len(self.used)
            self.pair = (f"access-{number}", f"refresh-{number}")
            return 200, {"access_token": self.pair[0], "refresh_token": self.pair[1], **self.answer}


@contextmanager
def open_door():
    door = Door()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.say(*door.give({name: values[0] for name, values in form.items()}))

        def do_GET(self):
            may = self.headers["Authorization"] == f"Bearer {door.pair[0]}"
            self.say(200, USER) if may else self.say(401, {"error": "unauthorized"})

        def say(self, status, content):
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    door.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def door():
    with open_door() as door:
        yield door


@pytest.fixture
def vault(tmp_path):
    vault = TokenFile(tmp_path / "acme.db", ACCOUNT, MachineClock())
    _put(vault, _tokens("access-0", "refresh-0"))
    return vault


def _tokens(access, refresh, *, expires_at=NOW + timedelta(days=1), scopes=None):
    return Tokens(access, refresh, expires_at, NOW - timedelta(hours=1), scopes)


def _put(vault, tokens):
    with vault.exclusive():
        vault.save(tokens)


@contextmanager
def logged_in(url, vault, *, read_only=False, uses=None):
    transport = Transport(
        side="X-Series",
        base_url=url,
        clock=MachineClock(),
        deadline=timedelta(seconds=20),
        headers={},
        read_only=read_only,
    )
    log_in = OAuthLogIn(transport, vault, client_id="me", client_secret="secret")
    try:
        yield connect(transport, "classic", log_in=log_in, uses=uses), log_in
    finally:
        transport.close()


def _one_process(url, folder, gate, said):
    vault = TokenFile(Path(folder) / "acme.db", ACCOUNT, MachineClock())
    gate.wait(60)
    with logged_in(url, vault) as (retail, _):
        try:
            said.put(retail.check()[0].message)
        except SyncdError as error:
            said.put(f"{type(error).__name__}: {error}")


@pytest.mark.parametrize("known_to_have_expired", [True, False], ids=["the file says so", "a 401 says so"])
def test_eight_processes_with_one_expired_token_refresh_it_once(door, vault, known_to_have_expired):
    door.pair = ("access-fresh", "refresh-0")  # the saved access token is worth nothing any more
    if known_to_have_expired:
        _put(vault, _tokens("access-0", "refresh-0", expires_at=NOW - timedelta(hours=1)))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    gate, said = context.Barrier(PROCESSES), context.Queue()
    args = (door.url, str(vault.path.parent), gate, said)
    processes = [context.Process(target=_one_process, args=args) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    messages = [said.get(timeout=90) for _ in processes]
    for process in processes:
        process.join(30)

    assert door.used == ["refresh-0"]
    assert door.refused == []
    assert messages == ["accepted, it belongs to the user erp-sync"] * PROCESSES
    assert vault.read().refresh == "refresh-1"


def test_eight_threads_refresh_it_once(door, vault):
    door.pair = ("access-fresh", "refresh-0")
    said = []
    with logged_in(door.url, vault) as (retail, _):
        threads = [threading.Thread(target=lambda: said.append(retail.check()[0].ok)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    assert said == [True] * 8
    assert door.used == ["refresh-0"]


def test_a_token_that_another_process_renewed_is_read_again_before_anything_is_asked(door, vault):
    with logged_in(door.url, vault) as (retail, log_in):
        assert retail.check()[0].ok
        door.pair = ("access-9", "refresh-9")
        _put(vault, _tokens("access-9", "refresh-9"))

        assert retail.check()[0].ok

        assert log_in.access() == "access-9"
    assert door.used == []


def test_a_read_only_run_may_renew_its_token(door, vault):
    door.pair = ("access-fresh", "refresh-0")

    with logged_in(door.url, vault, read_only=True) as (retail, _):
        assert retail.check()[0].ok

    assert vault.read().access == "access-1"


def test_a_log_in_that_was_revoked_says_what_to_do(door, vault):
    door.pair = ("access-x", "refresh-x")

    with logged_in(door.url, vault) as (retail, _), pytest.raises(Unauthorized, match="syncd auth login"):
        retail.check()

    assert door.refused == ["refresh-0"]
    assert vault.read().refresh == "refresh-0"


def test_a_door_that_refuses_what_it_has_just_given_is_not_hammered(door, vault):
    with logged_in(door.url, vault) as (retail, _):
        door.pair = ("access-x", "refresh-0")
        assert retail.check()[0].ok
        for _ in range(3):
            door.pair = ("access-y", door.pair[1])  # every access token is refused from here on
            with pytest.raises(Unauthorized, match="just given"):
                retail.check()

    assert door.used == ["refresh-0"]


def test_a_token_that_lives_for_a_minute_is_not_renewed_before_every_call(door, vault):
    door.answer["expires_in"] = 60
    door.pair = ("access-x", "refresh-0")

    with logged_in(door.url, vault) as (retail, _):
        assert [retail.check()[0].ok for _ in range(3)] == [True] * 3

    assert door.used == ["refresh-0"]


def test_nobody_has_logged_in(door, tmp_path):
    vault = TokenFile(tmp_path / "new.db", ACCOUNT, MachineClock())

    with logged_in(door.url, vault) as (retail, _), pytest.raises(Unauthorized, match="nobody has logged in"):
        retail.check()


def test_a_code_becomes_tokens(door, tmp_path):
    vault = TokenFile(tmp_path / "new.db", ACCOUNT, MachineClock())

    with logged_in(door.url, vault) as (retail, log_in):
        tokens = log_in.exchange("the-code", redirect_url="http://127.0.0.1/cb")

        assert retail.check()[0].ok
    assert tokens.scopes == {"sales:read", "users:read"}
    assert vault.read() == tokens


def test_nothing_is_asked_when_the_answer_could_not_be_saved(door, vault, monkeypatch):
    door.pair = ("access-fresh", "refresh-0")

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with logged_in(door.url, vault) as (retail, _), pytest.raises(NotSent, match="No space left"):
        retail.check()

    assert door.used == []


def test_missing_scopes_are_wrong_and_named(door, vault):
    _put(vault, _tokens("access-0", "refresh-0", scopes=frozenset({"users:read"})))

    with logged_in(door.url, vault, uses={Use.ORDERS}) as (retail, _):
        finding = retail.check()[1]

    assert (finding.ok, finding.message) == (False, "not granted: sales:write")
    assert "syncd auth login" in finding.hint


def test_the_file_is_its_owners_alone_and_replaced_whole(vault):
    before = vault.path.stat().st_ino

    _put(vault, _tokens("access-2", "refresh-2"))

    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600
    assert vault.path.stat().st_ino != before
    assert sorted(path.name for path in vault.path.parent.iterdir()) == [
        "acme.db.acme.tokens.json",
        "acme.db.acme.tokens.lock",
    ]


def test_a_token_is_not_shown(vault):
    shown = repr(vault.read())

    assert "access-0" not in shown
    assert "refresh-0" not in shown


def test_a_spoilt_file_is_an_error_that_shows_nothing_of_it(vault):
    vault.path.write_text('{"access": "access-0"')

    with pytest.raises(StoreError) as caught:
        vault.read()

    assert "access-0" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_address_says_all_that_the_vendor_asks_for():
    url = authorize_url(
        base="https://x/connect",
        client_id="me",
        redirect_url="http://127.0.0.1/cb",
        state="12345678",
        scopes=["b", "a"],
    )

    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": ["me"],
        "redirect_uri": ["http://127.0.0.1/cb"],
        "state": ["12345678"],
        "scope": ["a b"],
    }


@pytest.mark.parametrize(
    "pasted", ["abc", " abc\n", "http://127.0.0.1/cb?code=abc&state=s&domain_prefix=acme", "code=abc&state=s"]
)
def test_a_code_is_taken_in_every_form(pasted):
    assert code_of(pasted, state="s", domain_prefix="acme") == "abc"


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "no code"),
        ("two words", "no code"),
        ("http://x/?code=abc&state=t", "another log-in"),
        ("http://x/?code=abc&state=s&domain_prefix=other", "the config names acme"),
        ("http://x/?error=access_denied&state=s", "access_denied"),
        ("http://x/?code=&state=s", "no code"),
    ],
)
def test_what_is_no_code_for_us_is_refused(pasted, said):
    with pytest.raises(UsageError, match=said):
        code_of(pasted, state="s", domain_prefix="acme")
