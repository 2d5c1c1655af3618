"""What no stamp of the ERP shows: orders that were committed late, that changed without a trace, or that are gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.acceptance.shop import FakeErpShop

HOUR = timedelta(hours=1)


def commit_late(shop: FakeErpShop, number: str) -> None:
    """An order with a customer of its own, stamped an hour ago, that the ERP shows only now."""
    shop.erp.now = datetime.now(UTC) - HOUR
    lines = [("SKU-00001", 2, "10.00", ("GST 10%",))]
    shop.erp.add_order(number, lines, delivery="CLICK-COLLECT", customer=("C-9", "Ada Lane", "ada@example.com", ""))
    shop.erp.now = None


def test_a_sweep_finds_what_came_late_and_what_is_gone(either_shop: FakeErpShop) -> None:
    shop = either_shop
    deleted, renumbered = shop.order("S1"), shop.order("S2")
    shop.sync()
    sales = shop.retail_state()["sales"]
    gone = shop.erp.delete(deleted)
    shop.erp.renumber(renumbered, "S9")
    commit_late(shop, "S3")
    shop.sync()
    assert shop.standing("S3") == []

    with shop.no_writes():
        swept = shop.sync("sweep")
    noticed = shop.sync()

    assert (swept.code, noticed.code) == (0, 3), (swept, noticed)
    assert "1 order gone from the ERP" in swept.said
    assert [len(shop.standing(number)) for number in ("S1", "S2", "S3", "S9")] == [1, 1, 1, 0]
    assert [sale for sale in shop.retail_state()["sales"] if sale["id"] in {one["id"] for one in sales}] == sales
    assert shop.holds() == {"S1": "deleted_in_erp"}
    told = shop.run("explain", "order", "S1").said
    assert "sale S1 is pending" in told
    assert "missing there since" in told
    status = shop.rest("orders", "sweep", reasons={"held/deleted_in_erp": 1, "synced/stands": 2})
    assert status["jobs"]["sweep"]["last_good"]

    shop.erp.bring_back(gone)
    shop.sync("sweep", "orders")

    assert shop.holds() == {}
    shop.rest("sweep", "orders", reasons={"synced/stands": 3})
    assert len(shop.standing("S1")) == 1
