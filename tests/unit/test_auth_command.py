"""`syncd auth`: from the printed address to saved tokens, and how the log-in stands."""

import json
import threading
import time
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from syncd.cli.main import app_of
from syncd.errors import ConfigError, UsageError
from tests.unit.test_tokens import open_door

CONFIG = """\
version: 1
account: acme
erp: {{kind: tryton, url: "http://127.0.0.1:9", database: acme, user: sync, password: erp-password}}
lightspeed:
  url: {url}
  api: classic
  {credential}
  user: erp-sync
locations:
  DOWNTOWN: {{outlet: Downtown, register: Online Downtown}}
orders: {{start: 2026-12-01T00:00:00+13:00}}
store: {{url: "sqlite:///{folder}/acme.db"}}
"""
PORT = 18_477
OAUTH = f'oauth: {{client_id: me, client_secret: secret, redirect_url: "http://127.0.0.1:{PORT}/callback"}}'


@pytest.fixture
def door():
    with open_door() as door:
        yield door


def _config(tmp_path, url, credential=OAUTH):
    path = tmp_path / "acme.yaml"
    path.write_text(CONFIG.format(url=url, folder=tmp_path, credential=credential))
    return str(path)


def _run(*arguments, **other):
    return CliRunner().invoke(app_of(["auth"]), ["auth", *arguments], catch_exceptions=True, **other)


def test_a_pasted_code_logs_in_and_the_status_says_so(door, tmp_path):
    door.answer |= {
        "scope": "sales:read users:read outlets:read registers:read taxes:read payment_types:read retailer:read "
        "products:read inventory:read fulfillments:read"
    }
    config = _config(tmp_path, door.url)

    logged_in = _run("login", "--config", config, input="the-code\n")
    status = _run("status", "--json", "--config", config)

    assert logged_in.exit_code == 0, logged_in.output
    url = urlsplit(logged_in.stdout.splitlines()[0])
    asked = parse_qs(url.query)
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{door.url}/connect"
    assert len(asked["state"][0]) >= 8
    assert set(asked["scope"][0].split()) >= {"sales:read", "consignments:read"}
    said = json.loads(status.stdout)
    assert (status.exit_code, said["logged_in"], said["missing"]) == (0, True, [])
    assert "access-1" not in logged_in.output + status.output


def test_what_was_not_granted_is_named(door, tmp_path):
    config = _config(tmp_path, door.url)

    logged_in = _run("login", "--config", config, input="the-code\n")
    status = _run("status", "--config", config)

    assert (logged_in.exit_code, status.exit_code) == (6, 6)
    assert "products:read" in status.stdout


def test_the_answer_is_taken_on_loopback(door, tmp_path):
    config, done = _config(tmp_path, door.url), []
    runner = CliRunner()

    def browser(state):
        address = f"http://127.0.0.1:{PORT}/callback?code=the-code&state={state}"
        for _ in range(100):
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    done.append(answer.read())
                return
            except OSError:
                time.sleep(0.05)

    thread = threading.Thread(target=browser, args=("12345678",))
    thread.start()
    logged_in = runner.invoke(
        app_of(["auth"]), ["auth", "login", "--listen", "--state", "12345678", "--config", config]
    )
    thread.join(10)

    assert "logged in" in logged_in.output, logged_in.output
    assert b"close this page" in done[0]


def test_nobody_has_logged_in(door, tmp_path):
    status = _run("status", "--config", _config(tmp_path, door.url))

    assert status.exit_code == 6
    assert "syncd auth login" in status.stdout


def test_a_code_without_anybody_to_give_it_says_how_to_go_on(door, tmp_path):
    logged_in = _run("login", "--config", _config(tmp_path, door.url), input="")

    assert isinstance(logged_in.exception, UsageError)
    assert "--state" in logged_in.exception.hint


def test_a_personal_token_needs_no_log_in(door, tmp_path):
    config = _config(tmp_path, door.url, "token: a-token")

    assert isinstance(_run("login", "--config", config).exception, ConfigError)
    assert _run("status", "--config", config).exit_code == 0


@pytest.mark.parametrize(
    ("credential", "said"),
    [("token: a-token\n  " + OAUTH, "stands beside token"), ("# none", "either token or oauth is required")],
)
def test_there_is_one_credential(tmp_path, credential, said):
    result = _run("status", "--config", _config(tmp_path, "http://127.0.0.1:9", credential))

    assert said in str(result.exception)
