"""An application of one's own: log in, sync, renew, and be told when the log-in is worth nothing any more."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx
import pytest

from syncd.sandbox import RunningSandbox
from tests.acceptance.shop import DATED, ERP_PASSWORD, Ended, FakeErpShop, wait_until
from tests.fakes.tryton_server import FakeTryton
from tests.stores import FileStores, ServerStores

CLIENT_SECRET = "sandbox-secret"  # the only one that the sandbox takes
PROCESSES = 8


class AppShop(FakeErpShop):
    """A shop that logs in with an application. No token it ever had may be seen in what a command says."""

    def __init__(
        self, folder: Path, *, erp: FakeTryton, retail_url: str, api: str, stores: FileStores | ServerStores
    ) -> None:
        super().__init__(folder, erp=erp, retail_url=retail_url, api=api, stores=stores)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.back = f"http://127.0.0.1:{free.getsockname()[1]}/callback"
        del self.settings["lightspeed"]["token"]
        oauth = {"client_id": "sandbox-client", "client_secret": CLIENT_SECRET, "redirect_url": self.back}
        self.configure({"lightspeed.oauth": oauth})
        self.secrets.add(CLIENT_SECRET)

    def judge(self, command: object, code: int, out: str, err: str) -> Ended:
        self.learn()  # what was granted meanwhile is not told either
        return super().judge(command, code, out, err)

    def learn(self) -> None:
        """The tokens of now are secrets for good."""
        for grant in self.oauth()["grants"]:
            self.secrets |= {grant["access_token"], grant["refresh_token"]}

    def oauth(self) -> dict[str, Any]:
        """What the token endpoint did."""
        found: dict[str, Any] = self.retail("GET", "/oauth")
        return found

    def counts(self) -> tuple[int, int, int]:
        """Issued, refreshed, refused."""
        seen = self.oauth()
        return seen["issued"], seen["refreshed"], seen["refused"]

    # -- what a person does

    def printed(self) -> str:
        """The address that `syncd auth login` prints; nobody sits there to paste a code."""
        ended = self.run("auth", "login")
        assert ended.code == 2, ended
        assert "syncd auth login --state" in ended.said
        (address,) = ended.out.splitlines()
        return address

    def allowed(self, address: str, *, scopes: str | None = None) -> str:
        """Allow it in a browser, or only some of it; return where the browser is sent."""
        url = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        query = urlencode(asked | ({} if scopes is None else {"scope": scopes}))
        answer = httpx.get(urlunsplit(url._replace(query=query)), trust_env=False)
        assert answer.status_code == 302, answer.text
        found = answer.headers["Location"]
        self.secrets.add(said_in(found, "code"))
        return str(found)

    def log_in(self, *, without: str = "") -> Ended:
        address = self.printed()
        asked = said_in(address, "scope").split()
        assert not without or without in asked, asked
        sent_to = self.allowed(address, scopes=" ".join(scope for scope in asked if scope != without))
        return self.run("auth", "login", "--state", said_in(address, "state"), "--code", said_in(sent_to, "code"))

    # -- the file

    @property
    def tokens(self) -> Path:
        (found,) = self.folder.glob("*.tokens.json")
        return found

    def let_pass(self, passed: timedelta = timedelta(hours=1)) -> None:
        """As if the tokens had been given some time ago."""
        row = json.loads(self.tokens.read_text())
        row["obtained_at"] = (datetime.fromisoformat(row["obtained_at"]) - passed).isoformat()
        self.tokens.write_text(json.dumps(row))

    def expire(self) -> None:
        self.let_pass()
        self.retail("POST", "/oauth/expire")


def said_in(address: str, name: str) -> str:
    (found,) = parse_qs(urlsplit(address).query)[name]
    return found


@pytest.fixture
def shop(tmp_path: Path, stores: FileStores | ServerStores) -> Iterator[AppShop]:
    with FakeTryton(password=ERP_PASSWORD) as erp, RunningSandbox() as sandbox:
        opened = AppShop(tmp_path, erp=erp, retail_url=sandbox.url, api=DATED, stores=stores)
        with closing(opened):
            yield opened


def test_a_person_logs_in_and_orders_become_sales(shop: AppShop) -> None:
    shop.order("S1")
    refused = shop.sync()
    assert refused.code == 6, refused
    assert "syncd auth login" in refused.said

    umask = os.umask(0)  # the most careless of users
    try:
        logged_in = shop.log_in()
    finally:
        os.umask(umask)

    assert logged_in.code == 0, logged_in
    status = shop.run("auth", "status", "--json")
    assert (status.code, status.json["logged_in"], status.json["missing"]) == (0, True, []), status
    assert status.json["file"] == str(shop.tokens)
    assert shop.tokens.stat().st_mode & 0o777 == 0o600
    ended = shop.sync("--verbose")
    assert ended.code == 0, ended
    assert len(shop.standing("S1")) == 1
    assert shop.counts() == (1, 0, 0)
    # A place of their own: neither the store nor anything beside it holds what the file holds.
    kept = {file.name for file in shop.folder.iterdir() for secret in shop.secrets if secret.encode() in read(file)}
    assert kept == {shop.tokens.name, shop.config.name}, kept


def read(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def test_the_answer_of_the_browser_reaches_a_listener(shop: AppShop) -> None:
    shop.order("S1")
    process = shop.start("auth", "login", "--listen")
    assert process.stdout is not None
    address = process.stdout.readline().strip()

    sent_to = shop.allowed(address)
    assert sent_to.startswith(shop.back)
    seen: list[httpx.Response] = []

    def browser() -> bool:
        try:
            seen.append(httpx.get(sent_to, trust_env=False))
        except httpx.ConnectError:
            return False
        return True

    wait_until(browser)
    ended = shop.end(process)

    assert ended.code == 0, ended
    assert seen[0].status_code == 200
    assert said_in(sent_to, "code") not in seen[0].text
    assert shop.sync().code == 0
    assert len(shop.standing("S1")) == 1


def test_an_expired_token_is_renewed_once_and_the_sync_goes_on(shop: AppShop) -> None:
    shop.order("S1")
    shop.log_in()
    old = json.loads(shop.tokens.read_text())
    shop.expire()

    ended = shop.sync("--verbose")

    assert ended.code == 0, ended
    assert len(shop.standing("S1")) == 1
    assert shop.counts() == (1, 1, 0)
    new = json.loads(shop.tokens.read_text())
    assert new["access"] != old["access"]
    assert new["refresh"] != old["refresh"]
    assert shop.tokens.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_the_state_of_a_log_in_is_told(shop: AppShop) -> None:
    before = shop.run("auth", "status")
    shop.log_in()
    after = shop.run("auth", "status")
    shop.let_pass()
    shop.tokens.chmod(0o600)
    shop.tokens.write_text("{}")
    spoilt = shop.run("auth", "status")

    assert (before.code, after.code) == (6, 0), (before, after)
    assert "syncd auth login" in before.said
    assert "missing: none" in after.out
    assert spoilt.code != 0
    assert "syncd auth login" in spoilt.said


@pytest.mark.slow
def test_a_token_refused_the_moment_it_was_given_is_told_and_not_renewed_for_ever(shop: AppShop) -> None:
    shop.order("S1")
    shop.log_in()
    shop.retail("POST", "/oauth/expire")

    refused = shop.sync()

    assert refused.code == 6, refused
    assert "syncd auth login" in refused.said
    assert shop.counts() == (1, 0, 0)
    shop.let_pass()
    assert shop.sync().code == 0
    assert shop.counts() == (1, 1, 0)
    assert len(shop.standing("S1")) == 1


@pytest.mark.slow
def test_a_token_that_runs_out_by_the_clock_is_renewed_before_it_is_used(shop: AppShop) -> None:
    shop.order("S1")
    shop.retail("PUT", "/switches", {"access_token_s": 4})
    shop.log_in()
    wait_until(lambda: "renewed at the next call" in shop.run("auth", "status").said)
    shop.retail("PUT", "/switches", {"access_token_s": 86_400})

    ended = shop.sync()

    assert ended.code == 0, ended
    assert shop.counts() == (1, 1, 0)
    assert [one["status"] for one in shop.retail("GET", "/log")["requests"] if one["status"] == 401] == []
    assert len(shop.standing("S1")) == 1


@pytest.mark.slow
def test_a_write_that_meets_an_expired_token_is_done_once(shop: AppShop) -> None:
    shop.order("S1")
    shop.log_in()
    shop.let_pass()
    shop.strike("status", status=401)

    ended = shop.sync_until(lambda: bool(shop.standing("S1")))

    assert {one.code for one in ended} == {0}
    assert shop.counts() == (1, 1, 0)
    shop.rest(reasons={"synced/stands": 1})
    assert len(shop.sales("S1")) == 1


def test_a_scope_that_was_not_granted_is_named_by_the_log_in_and_the_check(shop: AppShop) -> None:
    shop.order("S1")

    logged_in = shop.log_in(without="sales:write")
    checked, synced = shop.run("check"), shop.sync()

    assert (logged_in.code, synced.code) == (6, 6), (logged_in, synced)
    assert checked.code != 0, checked
    assert not [one for one in (logged_in, checked) if "sales:write" not in one.said], (logged_in, checked)
    assert "syncd auth" in synced.err
    assert shop.retail_sales() == []


@pytest.mark.slow
@pytest.mark.parametrize("scope", ["sales:write", "products:read", "users:read"])
def test_a_sync_that_lacks_a_scope_names_it(shop: AppShop, scope: str) -> None:
    shop.order("S1")
    shop.log_in(without=scope)

    synced = shop.sync()

    assert synced.code == 6, synced
    assert scope in synced.said


@pytest.mark.slow
@pytest.mark.parametrize("scope", ["products:read", "users:read"])
def test_the_check_names_a_scope_that_it_needs_itself(shop: AppShop, scope: str) -> None:
    shop.log_in(without=scope)

    status, checked = shop.run("auth", "status"), shop.run("check")

    assert (status.code, scope in status.said) == (6, True), status
    assert checked.code != 0, checked
    assert scope in checked.said, checked.out


@pytest.mark.slow
def test_a_scope_that_is_granted_later_lets_the_sync_go_on(shop: AppShop) -> None:
    shop.order("S1")
    shop.log_in(without="sales:write")
    shop.sync()

    granted = shop.log_in()

    assert granted.code == 0, granted
    assert shop.sync().code == 0
    shop.rest(reasons={"synced/stands": 1})
    assert len(shop.sales("S1")) == 1


def restore_the_file(shop: AppShop) -> Ended:
    """Put yesterday's tokens back: their refresh token was used since. Return what the next sync says."""
    shop.log_in()
    shop.let_pass()
    yesterday = shop.tokens.read_bytes()
    shop.expire()
    assert shop.sync().code == 0
    shop.order("S2")
    shop.tokens.write_bytes(yesterday)
    return shop.sync()


def test_a_restored_file_is_told_with_the_way_out(shop: AppShop) -> None:
    ended = restore_the_file(shop)

    assert ended.code == 6, ended
    assert "syncd auth login" in ended.err
    assert shop.counts() == (1, 1, 1)
    assert shop.standing("S2") == []


@pytest.mark.slow
def test_the_way_out_of_a_restored_file_leads_on(shop: AppShop) -> None:
    shop.order("S1")
    restore_the_file(shop)

    again = shop.log_in()

    assert again.code == 0, again
    assert shop.sync().code == 0
    assert (len(shop.sales("S1")), len(shop.sales("S2"))) == (1, 1)


@pytest.mark.slow
def test_a_restored_store_does_not_roll_the_tokens_back(shop: AppShop) -> None:
    shop.order("S1")
    shop.log_in()
    shop.sync()
    backup = shop.stores.copy(shop.settings["store"]["url"])
    shop.expire()
    shop.sync()
    shop.stores.restore(shop.settings["store"]["url"], backup)

    ended = shop.sync()

    assert ended.code == 0, ended
    assert shop.counts() == (1, 1, 0)
    assert len(shop.sales("S1")) == 1


@pytest.mark.slow
def test_an_answer_with_tokens_that_is_lost_is_told_with_the_way_out(shop: AppShop) -> None:
    shop.order("S1")
    shop.log_in()
    shop.expire()
    shop.strike("lost_after_commit", path="/token$")

    ended = [shop.sync(), shop.sync()]

    assert {one.code for one in ended} <= {1, 6}, ended
    assert ended[-1].code == 6, ended
    assert "syncd auth login" in ended[-1].err
    assert shop.log_in().code == 0
    assert shop.sync().code == 0
    assert len(shop.sales("S1")) == 1


@pytest.mark.slow
def test_many_processes_renew_one_expired_token_once(shop: AppShop) -> None:
    shop.log_in()
    shop.expire()

    ended = [shop.end(process) for process in [shop.start("check") for _ in range(PROCESSES)]]

    assert [one.code for one in ended] == [0] * PROCESSES, ended
    assert shop.counts() == (1, 1, 0)
    assert shop.run("check").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["--state", "another-state", "--code", "{sent_to}"], 2, "another log-in", id="another state"),
        pytest.param(
            ["--state", "{state}", "--code", "made-up-code"], 6, "does not accept the code", id="a wrong code"
        ),
        pytest.param(["--state", "{state}", "--code", "{sent_to}&error=denied"], 2, "denied", id="not allowed"),
    ],
)
def test_a_log_in_that_fails_leaves_the_tokens_there_are(shop: AppShop, words: list[str], code: int, said: str) -> None:
    shop.log_in()
    kept = shop.tokens.read_bytes()
    address = shop.printed()
    sent_to, state = shop.allowed(address), said_in(address, "state")

    ended = shop.run("auth", "login", *(word.format(sent_to=sent_to, state=state) for word in words))

    assert ended.code == code, ended
    assert said in ended.said
    assert shop.tokens.read_bytes() == kept
    assert shop.run("check").code == 0


@pytest.mark.slow
def test_the_whole_address_may_be_pasted(shop: AppShop) -> None:
    address = shop.printed()

    ended = shop.run("auth", "login", "--state", said_in(address, "state"), "--code", shop.allowed(address))

    assert ended.code == 0, ended
    assert shop.counts() == (1, 0, 0)
