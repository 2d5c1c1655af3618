"""Two processes on one account, and processes that are told to end, or are killed, in the middle of a write."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.acceptance.shop import FakeErpShop, wait_until

SLOW_S = 3.0
DAEMON = {
    "schedule": {"orders": "1s", "fulfilments": "off", "stock": "off", "catalogue": "off"},
    "journal.call_deadline": "10s",
    "journal.threads": 1,
}


def slow_create(shop: FakeErpShop) -> None:
    shop.order("S1")
    shop.configure(DAEMON)
    shop.strike("slow", delay_s=SLOW_S)


def write_is_in_flight(shop: FakeErpShop) -> bool:
    return bool(shop.retail_writes())


def test_a_second_sync_is_told_who_is_at_work_and_may_wait(shop: FakeErpShop) -> None:
    shop.order("S1")
    shop.configure({"erp.deadline": "60s"})

    with shop.erp.lock:  # the ERP does not answer until the end of this block
        first = shop.start("sync", "orders")
        wait_until(lambda: feed_reads(shop) > 0)
        waiting = shop.start("sync", "orders", "--wait", "30")
        told = shop.sync()
    ended = [shop.end(first), shop.end(waiting)]

    assert told.code == 4, told
    assert f"process {first.pid}" in told.err
    assert "sync orders" in told.err
    assert "--wait" in told.err
    assert [one.code for one in ended] == [0, 0], ended
    shop.rest(reasons={"synced/stands": 1})
    assert len(shop.sales("S1")) == 1


def test_a_daemon_told_to_end_finishes_the_write_in_hand_and_begins_no_other(shop: FakeErpShop) -> None:
    slow_create(shop)
    shop.order("S2")

    daemon = shop.start("run")
    wait_until(lambda: write_is_in_flight(shop))
    daemon.send_signal(signal.SIGTERM)
    ended = shop.end(daemon, seconds_max=15)

    assert ended.code == 0, ended
    assert [sale.invoice for sale in shop.retail_sales()] == ["S1"]
    assert shop.sync().code == 0
    shop.rest(reasons={"synced/stands": 2})
    assert sorted(sale.invoice for sale in shop.retail_sales()) == ["S1", "S2"]


def test_a_daemon_killed_in_the_middle_of_a_write_doubles_nothing(classic_shop: FakeErpShop) -> None:
    shop = classic_shop
    slow_create(shop)

    daemon = shop.start("run")
    wait_until(lambda: write_is_in_flight(shop))
    daemon.kill()
    shop.end(daemon)
    shop.sync_until(lambda: bool(shop.standing("S1")))

    shop.rest(reasons={"synced/stands": 1})
    assert len(shop.sales("S1")) == 1


def test_a_daemon_goes_on_by_itself_and_is_the_only_one(shop: FakeErpShop) -> None:
    shop.order("S1")
    shop.configure(DAEMON)

    daemon = shop.start("run")
    wait_until(lambda: bool(shop.standing("S1")))
    second = shop.run("run")
    with shop.erp.down():
        seen = feed_reads(shop)
        wait_until(lambda: feed_reads(shop) > seen + 2)  # two runs have failed
    shop.order("S2")
    wait_until(lambda: bool(shop.standing("S2")))
    daemon.send_signal(signal.SIGTERM)
    ended = shop.end(daemon, seconds_max=15)

    assert (second.code, ended.code) == (4, 0), (second, ended)
    assert f"process {daemon.pid}" in second.err
    assert "run ended" in ended.err
    shop.rest(reasons={"synced/stands": 2})


def feed_reads(shop: FakeErpShop) -> int:
    return sum(one["path"].endswith("/sales") for one in shop.retail("GET", "/log")["requests"])


def test_a_sync_by_hand_waits_for_the_run_of_a_daemon(shop: FakeErpShop) -> None:
    shop.order("S1")
    shop.configure(DAEMON)
    shop.configure({"schedule": {"stock": "off", "fulfilments": "off", "orders": "1h"}, "erp.deadline": "60s"})

    with shop.erp.lock:  # the ERP does not answer until the end of this block
        daemon = shop.start("run")
        wait_until(lambda: feed_reads(shop) > 0)
        waiting = shop.start("sync", "orders", "--wait", "60")
        told = shop.sync()
    waited = shop.end(waiting)
    daemon.send_signal(signal.SIGTERM)
    ended = shop.end(daemon, seconds_max=15)

    assert (told.code, waited.code, ended.code) == (4, 0, 0), (told, waited, ended)
    assert f"process {daemon.pid}" in told.err
    shop.rest(reasons={"synced/stands": 1})
    assert len(shop.sales("S1")) == 1


@pytest.fixture
def frozen(shop: FakeErpShop) -> subprocess.Popen[str]:
    """A sync that was frozen in the middle of sending a sale."""
    shop.order("S1")
    shop.configure({"journal.call_deadline": "10s", "store.frozen_after": "6s"})
    shop.strike("slow", delay_s=SLOW_S)
    process = shop.start("sync", "orders")
    wait_until(lambda: write_is_in_flight(shop))
    process.send_signal(signal.SIGSTOP)
    return process


def test_a_frozen_writer_is_named_to_who_comes_and_goes_on_when_it_wakes(
    shop: FakeErpShop, frozen: subprocess.Popen[str]
) -> None:
    told = shop.sync("--wait", "1")
    frozen.send_signal(signal.SIGCONT)
    woken = shop.end(frozen)

    assert (told.code, woken.code) == (4, 0), (told, woken)
    assert f"process {frozen.pid}" in told.err
    assert "sync orders" in told.err
    shop.rest(reasons={"synced/stands": 1})
    assert len(shop.sales("S1")) == 1


def test_a_frozen_writer_is_taken_over_from_and_wakes_up_to_move_nothing(
    shop: FakeErpShop, frozen: subprocess.Popen[str]
) -> None:
    """PostgreSQL only: the server ends the session that holds the lock; on a file the kernel keeps it."""
    taken_over = shop.sync("--wait", "30")
    found = shop.sync()
    before = shop.status()["journal"]
    with shop.no_writes():
        frozen.send_signal(signal.SIGCONT)
        woken = shop.end(frozen)

    assert (taken_over.code, found.code) == (0, 0), (taken_over, found)
    assert woken.code == 1, woken
    assert "another process" in woken.err
    assert shop.status()["journal"] == before
    shop.rest(reasons={"synced/stands": 1})
    assert len(shop.sales("S1")) == 1
