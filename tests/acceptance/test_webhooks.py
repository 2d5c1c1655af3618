"""Webhooks: a hand-over at the till reaches the ERP at once although the timetable would come in an hour."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncd.daemon.receiver import Receiver
from syncd.daemon.webhook import Credentials
from syncd.sandbox import RunningSandbox
from tests.acceptance.shop import DATED, ERP_PASSWORD, TOKEN, FakeErpShop, wait_until
from tests.acceptance.test_oauth import CLIENT_SECRET, AppShop
from tests.fakes.tryton_server import FakeTryton
from tests.stores import FileStores, ServerStores

PATH_SECRET = "acceptance-path-secret-4711"
HOURLY = {"catalogue": "1h", "orders": "1h", "fulfilments": "1h", "stock": "off", "sweep": "off"}


@pytest.fixture
def app_shop(tmp_path: Path, stores: FileStores | ServerStores) -> Iterator[AppShop]:
    """A shop that logs in with an application, whose webhooks are signed."""
    with (
        FakeTryton(password=ERP_PASSWORD) as erp,
        RunningSandbox() as sandbox,
        closing(AppShop(tmp_path, erp=erp, retail_url=sandbox.url, api=DATED, stores=stores)) as opened,
    ):
        yield opened


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def listening(shop: FakeErpShop, **changes: Any) -> str:
    """Set it to listen, and return the address."""
    port = free_port()
    shop.secrets.add(PATH_SECRET)
    shop.configure({"schedule": HOURLY, "webhooks": {"port": port, "wake_every": "1s", **changes}})
    return f"http://127.0.0.1:{port}/webhooks"


class Control:
    """Calls to a sandbox, as anybody may make them by hand."""

    def __init__(self, url: str) -> None:
        self.url = url

    def send(self, method: str, path: str, body: Any, token: str = TOKEN) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}", "User-Agent": "a person"}
        request = urllib.request.Request(
            f"{self.url}{path}", data=json.dumps(body).encode(), headers=headers, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


def register(shop: FakeErpShop, url: str, token: str = TOKEN) -> None:
    """As an integrator does it by hand."""
    Control(shop.retail_url).send(
        "POST", f"/api/{DATED}/webhooks", {"active": True, "type": "sale.update", "url": url}, token
    )


def runs_of(shop: FakeErpShop) -> list[str]:
    """The outcomes of the job fulfilments, newest first."""
    return [one["outcome"] for one in shop.run("runs", "--json").json if one["job"] == "fulfilments"]


def shipments(shop: FakeErpShop, order: int) -> list[str]:
    rows = shop.erp.records
    return [rows.row("stock.shipment.out", one)["state"] for one in shop.erp.shipments(order)]


def deliveries(shop: FakeErpShop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.retail("GET", "/webhook_deliveries")["deliveries"]
    return found


def rested(shop: FakeErpShop) -> subprocess.Popen[str]:
    """A daemon whose first turns are over: the next would come in an hour."""
    daemon = shop.start("run")
    wait_until(lambda: runs_of(shop)[:1] == ["done"], seconds_max=40)
    return daemon


def ended(shop: FakeErpShop, daemon: subprocess.Popen[str]) -> str:
    daemon.send_signal(signal.SIGTERM)
    found = shop.end(daemon, seconds_max=15)
    assert found.code == 0, found
    return found.err


def hand_over_by_webhook(shop: FakeErpShop, url: str, token: str = TOKEN) -> None:
    """A hand-over reaches the ERP while the daemon's next turn is an hour away."""
    order = shop.order("S1")
    shop.sync()
    daemon = rested(shop)
    register(shop, url, token)
    before = len(runs_of(shop))

    shop.hand_over("S1")
    wait_until(lambda: bool(deliveries(shop)))
    shop.retail("POST", "/clock", {"advance_s": 60})  # for the one that is sent again
    wait_until(lambda: shipments(shop, order) == ["done"])
    wait_until(lambda: len(runs_of(shop)) > before and all(runs_of(shop)))
    log = ended(shop, daemon)

    assert {one["attempts"][-1]["status"] for one in deliveries(shop)} == {204}
    assert "room=webhooks" in log
    assert shop.on_hand("DOWNTOWN", "SKU-00001") == 98
    assert len(runs_of(shop)) <= before + 2
    shop.rest("fulfilments", "orders", reasons={"synced/handed_over": 1})


@pytest.mark.slow
def test_check_says_which_address_to_register_until_it_is(shop: FakeErpShop) -> None:
    url = listening(shop, path_secret=PATH_SECRET)

    before = shop.run("check", "--json")
    register(shop, f"{url}/{PATH_SECRET}")
    after = shop.run("check", "--json")

    assert (before.code, after.code) == (2, 0), (before, after)
    (wrong,) = [one for one in before.json["findings"] if not one["ok"]]
    assert "Register sale.update for https://HOST/webhooks/<webhooks.path_secret>" in wrong["hint"]
    assert "sale.update is told to 127.0.0.1/webhooks/<webhooks.path_secret>" in after.out


@pytest.mark.parametrize(
    "how",
    [
        pytest.param("twice"),
        pytest.param("once", marks=pytest.mark.slow),
        pytest.param("fails_first", marks=pytest.mark.slow),
    ],
)
def test_a_webhook_makes_a_hand_over_reach_the_erp_at_once(shop: FakeErpShop, how: str) -> None:
    url = listening(shop, path_secret=PATH_SECRET)
    shop.retail("PUT", "/switches", {"webhooks": how})

    hand_over_by_webhook(shop, f"{url}/{PATH_SECRET}")

    assert len(deliveries(shop)) == (2 if how == "twice" else 1)


@pytest.mark.slow
def test_a_webhook_makes_a_classic_hand_over_reach_the_erp_at_once(classic_shop: FakeErpShop) -> None:
    url = listening(classic_shop, path_secret=PATH_SECRET)

    hand_over_by_webhook(classic_shop, f"{url}/{PATH_SECRET}")

    assert len(deliveries(classic_shop)) == 1


@pytest.mark.slow
def test_a_signed_webhook_of_an_application_makes_a_hand_over_reach_the_erp_at_once(app_shop: AppShop) -> None:
    shop, url = app_shop, listening(app_shop)
    assert shop.log_in().code == 0
    grant = shop.retail("POST", "/oauth/grants", {"scope": "webhooks"})

    hand_over_by_webhook(shop, url, grant["access_token"])

    assert all(one["signature"] for one in deliveries(shop))


@pytest.mark.parametrize("signed", ["body", "payload"])
@pytest.mark.parametrize("written", ["hex", "base64"])
def test_what_x_series_signs_is_believed_however_it_signs(signed: str, written: str) -> None:
    heard: list[bool] = []
    credentials = Credentials(client_secret=CLIENT_SECRET)

    with (
        RunningSandbox() as sandbox,
        Receiver(0, credentials, wake=lambda: heard.append(True), now=lambda: datetime.now(UTC)) as receiver,
    ):
        client = Control(sandbox.url)
        client.send("PUT", "/_sandbox/switches", {"webhook_signed": signed, "webhook_signature": written})
        scope = "webhooks customers:read customers:write"
        token = client.send("POST", "/_sandbox/oauth/grants", {"scope": scope})["access_token"]
        hook = {"active": True, "type": "customer.update", "url": f"http://127.0.0.1:{receiver.port}/webhooks"}
        client.send("POST", f"/api/{DATED}/webhooks", hook, token)
        client.send("POST", f"/api/{DATED}/customers", {"first_name": "Zoë", "last_name": "Möller & Co"}, token)
        wait_until(lambda: bool(heard))

    assert heard == [True]


@pytest.mark.slow
def test_a_lost_webhook_loses_nothing_for_the_timetable_finds_it(shop: FakeErpShop) -> None:
    url = listening(shop, path_secret=PATH_SECRET)
    shop.configure({"schedule": {**HOURLY, "fulfilments": "1s"}})
    order = shop.order("S1")
    shop.sync()
    register(shop, f"{url}/{PATH_SECRET}")
    shop.retail("PUT", "/switches", {"webhooks": "lost"})
    daemon = rested(shop)

    shop.hand_over("S1")
    wait_until(lambda: shipments(shop, order) == ["done"])
    ended(shop, daemon)

    assert {one["state"] for one in deliveries(shop)} == {"lost"}
    shop.rest("fulfilments", "orders", reasons={"synced/handed_over": 1})


@pytest.mark.slow
def test_a_webhook_at_the_wrong_address_wakes_nobody(shop: FakeErpShop) -> None:
    url = listening(shop, path_secret=PATH_SECRET)
    order = shop.order("S1")
    shop.sync()
    daemon = rested(shop)
    register(shop, f"{url}/guessed")
    before = len(runs_of(shop))

    shop.hand_over("S1")
    wait_until(lambda: any(one["attempts"] for one in deliveries(shop)))
    log = ended(shop, daemon)

    assert [one["attempts"][0]["status"] for one in deliveries(shop)] == [404]
    assert "refused" in log
    assert (len(runs_of(shop)), shipments(shop, order)) == (before, ["waiting"])


def test_a_port_that_is_taken_is_told_as_a_mistake_of_the_config(shop: FakeErpShop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shop.configure({"schedule": HOURLY, "webhooks": {"port": port, "path_secret": PATH_SECRET}})

        found = shop.run("run")

    assert found.code == 2
    assert f"webhooks.port: 127.0.0.1:{port} cannot be listened on" in found.said
