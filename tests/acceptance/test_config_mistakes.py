"""A mistake in the file or in a name is told with its place and the next step, before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.shop import FakeErpShop

FILE = """\
version: 1
account: acme
erp: {kind: tryton, url: "http://127.0.0.1:9", database: erp, user: sync, password: erp-pass-7Qx}
lightspeed: {url: "http://127.0.0.1:9", api: "2026-07", token: sandbox-token, user: erp-sync}
locations:
  DOWNTOWN: {outlet: Downtown, register: Online Downtown}
  AIRPORT: {outlet: Airport, register: Online Airport}
orders:
  start: 2026-12-01T00:00:00+13:00
store: {url: "sqlite:////tmp/never-made/acme.db"}
"""


@pytest.mark.parametrize(
    ("line", "becomes", "place", "words"),
    [
        pytest.param("orders:\n", "orders: [\n", ":10:6", ["expected"], id="not YAML"),
        pytest.param("  start:", "  strat:", ":9:3", ["strat", "Did you mean", "start"], id="an unknown key"),
        pytest.param("account: acme\n", "account: acme\naccount: acme\n", ":3:1", ["account"], id="a key twice"),
        pytest.param("  AIRPORT:", "  DOWNTOWN:", ":7:3", ["DOWNTOWN"], id="a location mapped twice"),
        pytest.param(
            "outlet: Airport", "outlet: Downtown", ":7:", ["AIRPORT.outlet", "DOWNTOWN"], id="an outlet mapped twice"
        ),
        pytest.param(": erp-pass-7Qx", ": '${NOBODY_SET_ME}'", ":3:", ["NOBODY_SET_ME"], id="an unset variable"),
        pytest.param("orders:\n  start: 2026-12-01T00:00:00+13:00", "orders: {}", ":8:", ["start"], id="no start"),
        pytest.param("+13:00", "", ":9:", ["offset"], id="a start without a zone"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place(
    shop: FakeErpShop, line: str, becomes: str, place: str, words: list[str]
) -> None:
    assert line in FILE
    shop.config.write_text(FILE.replace(line, becomes, 1))

    ended = shop.run("config", "validate")

    assert ended.code == 2, ended
    assert f"syncd.yaml{place}" in ended.err
    assert [word for word in words if word not in ended.err] == []
    assert ended.out == ""


def test_all_mistakes_are_told_at_once_by_every_command(shop: FakeErpShop) -> None:
    wrong = FILE.replace("  start:", "  strat:").replace(": erp-pass-7Qx", ": '${NOBODY_SET_ME}'")
    shop.config.write_text(wrong.replace("outlet: Airport", "outlet: Downtown"))

    ended = shop.sync()

    assert ended.code == 2, ended
    assert [word for word in ("strat", "NOBODY_SET_ME", "AIRPORT.outlet") if word not in ended.err] == []


def test_a_missing_file_is_told_with_the_next_step(shop: FakeErpShop) -> None:
    shop.config.unlink()

    ended = shop.run("status")

    assert (ended.code, ended.out) == (2, "")
    assert "syncd.yaml" in ended.err
    assert "next:" in ended.err


GONE = {"deleted_at": "2025-03-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        pytest.param(
            "locations.AIRPORT.register",
            "Main Downtown",
            "Main Downtown",
            id="a register that is not at its outlet",
        ),
        pytest.param("lightspeed.user", "old-hand", "old-hand", id="a user who is not active"),
        pytest.param("orders.taxes", {"GST 10%": "VAT"}, "VAT", id="a tax that is not there"),
        pytest.param("orders.payments.paid", "Old Terminal", "Old Terminal", id="a payment type that is not active"),
    ],
)
def test_a_name_that_means_nothing_stops_the_sync_before_anything_is_sent(
    shop: FakeErpShop, key: str, value: Any, name: str
) -> None:
    shop.order("S1")
    shop.configure({key: value})

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 2, ended
    assert (key in ended.err, name in ended.err) == (True, True), ended.err


@pytest.mark.parametrize(
    ("table", "name", "change"),
    [
        pytest.param("outlets", "Airport", GONE, id="a deleted outlet"),
        pytest.param("registers", "Online Airport", {"is_open": False}, id="a closed register"),
    ],
)
def test_an_outlet_that_is_closed_makes_only_its_own_orders_wait(
    shop: FakeErpShop, table: str, name: str, change: dict[str, Any]
) -> None:
    shop.change_row(table, name, change)
    shop.order("S1")
    shop.erp.add_order("S2", [("SKU-00001", 1, "10.00", ("GST 10%",))], location="AIRPORT", delivery="CLICK-COLLECT")

    ended = shop.sync()

    assert ended.code == 0, ended
    status = shop.status()
    assert status["orders"]["by_reason"] == {"synced/stands": 1, "waiting/outlet_closed": 1}
    assert (len(shop.sales("S1")), shop.sales("S2")) == (1, [])
    assert f'"{name}" is not active in X-Series' in shop.run("explain", "order", "S2").said


def test_check_names_every_wrong_name_at_once_each_with_a_next_step(shop: FakeErpShop) -> None:
    shop.configure(
        {
            "locations.AIRPORT.register": "Main Downtown",
            "locations.NOWHERE": {"outlet": "Harbour", "register": "Main Harbour"},
            "lightspeed.user": "old-hand",
            "orders.taxes": {"GST 10%": "VAT"},
            "orders.payments.paid": "Old Terminal",
        }
    )
    shop.change_row("outlets", "Downtown", GONE)

    with shop.no_writes():
        ended = shop.run("check", "--json")

    assert ended.code == 2, ended
    wrong = [finding for finding in ended.json["findings"] if not finding["ok"]]
    assert {finding["subject"] for finding in wrong} >= {
        "locations.AIRPORT.register",
        "locations.DOWNTOWN.outlet",
        "locations.NOWHERE",
        "lightspeed.user",
        "orders.payments.paid",
    }
    words = " ".join(f"{finding['subject']} {finding['message']}" for finding in wrong)
    names = ("Main Downtown", "Downtown", "NOWHERE", "old-hand", "VAT", "Old Terminal")
    assert [name for name in names if name not in words] == []
    assert [finding["subject"] for finding in wrong if not finding["hint"]] == []


def test_a_right_config_is_all_well(shop: FakeErpShop) -> None:
    with shop.no_writes():
        ended = shop.run("check")

    assert ended.code == 0, ended
    assert "check: all is well" in ended.out


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        pytest.param("erp.password", "wrong-pass-9Zw", id="the ERP's password"),
        pytest.param("lightspeed.token", "wrong-token-9Zw", id="the token of X-Series"),
    ],
)
def test_wrong_credentials_stop_the_job_and_are_not_repeated_in_words(
    shop: FakeErpShop, path: str, secret: str
) -> None:
    shop.order("S1")
    shop.configure({path: secret})
    shop.secrets.add(secret)

    with shop.no_writes():
        synced, checked = shop.sync(), shop.run("check")

    assert (synced.code, checked.code) == (6, 6), (synced, checked)
    assert path.partition(".")[2] in synced.err


def test_a_side_that_is_down_is_named_with_its_address(shop: FakeErpShop) -> None:
    shop.order("S1")
    there, nobody = shop.settings["lightspeed"]["url"], "http://127.0.0.1:9"

    with shop.erp.down():
        without_erp = shop.sync()
    shop.configure({"lightspeed.url": nobody})
    without_retail = shop.sync()
    shop.configure({"lightspeed.url": there})
    again = shop.sync()

    assert (without_erp.code, without_retail.code, again.code) == (1, 1, 0)
    assert shop.erp.url in without_erp.err
    assert "ERP" in without_erp.err
    assert nobody in without_retail.err
    assert "X-Series" in without_retail.err
    assert len(shop.sales("S1")) == 1
