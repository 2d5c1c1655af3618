"""Two processes on one account, and processes that are told to end, or are killed, in the middle of a write."""

from __future__ import annotations

import signal

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
