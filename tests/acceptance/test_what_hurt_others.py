"""What users of other tools suffer from, and only the command can show; the rest in `tests/unit/jobs/`."""

from __future__ import annotations

from tests.acceptance.shop import FakeErpShop


def test_5_no_stock_report_that_stopped_looks_fresh(shop: FakeErpShop) -> None:
    """Stock stops updating and nobody notices: a failed reading says so, and how old the last good one is."""
    shop.erp.set_stock("DOWNTOWN", "SKU-00001", 5)
    good = shop.sync("stock")
    shop.strike("status", path="inventory$", status=500, times=50)

    failed = shop.sync("stock")

    assert good.code in (0, 3), good
    assert failed.code == 1, failed
    job = shop.status()["jobs"]["stock"]
    assert job["outcome"] == "failed"
    assert job["last_good"] < job["ended_at"]
    assert "failed" in shop.run("status").said


def test_8_no_throttled_sync_gives_up_or_begins_again(shop: FakeErpShop) -> None:
    """Rate limits: `Retry-After` is kept, and what was done before it is not done again."""
    for number in ("S1", "S2"):
        shop.order(number)
    shop.strike("throttle", delay_s=1)
    shop.strike("throttle", method="GET", path="sales", delay_s=1)

    shop.sync_until(lambda: all(shop.standing(number) for number in ("S1", "S2")))

    shop.rest(reasons={"synced/stands": 2})
    done = [one for one in shop.retail_writes() if one["status"] == 200]
    assert [len(shop.sales(number)) for number in ("S1", "S2")] == [1, 1]
    assert len(done) == 2


def test_14_no_success_is_told_where_nothing_happened(shop: FakeErpShop) -> None:
    """The exit code, the table and `explain` say that an order did not get through, why, and what to do."""
    shop.order("S1", sku="SKU-00050")

    ended = shop.sync()

    assert ended.code == 3, ended
    told = shop.run("explain", "order", "S1").said
    assert "held, unknown_sku" in told
    assert "Add the product to X-Series" in told
    assert "100.0 %" in shop.run("status").said


def test_15_no_customer_is_written(either_shop: FakeErpShop) -> None:
    """Duplicate customers: of two orders of one e-mail in other letters nothing but two sales is written."""
    shop = either_shop
    customers = shop.retail_state()["customers"]
    for number, person in (("S1", ("C1", "Ada", "ada@example.com", "")), ("S2", ("C2", "Ada", "ADA@Example.com", ""))):
        shop.erp.add_order(number, delivery="CLICK-COLLECT", customer=person)

    ended = shop.sync()

    assert ended.code == 0, ended
    assert len(shop.retail_writes()) == 2
    assert len(shop.retail_sales()) == 2
    assert shop.retail_state()["customers"] == customers
