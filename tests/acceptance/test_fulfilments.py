"""Goods handed over in X-Series leave the ERP's shelf: once."""

from __future__ import annotations

import pytest

from tests.acceptance.shop import FakeErpShop

STEPS = ["write", "assign_try", "pick", "pack", "do"]


def shipment_states(shop: FakeErpShop, order: int) -> list[str]:
    return [shop.erp.records.row("stock.shipment.out", one)["state"] for one in shop.erp.shipments(order)]


def steps_taken(shop: FakeErpShop) -> list[str]:
    return [asked.method.rpartition(".")[2] for asked in shop.erp.writes]


def test_a_hand_over_ships_once_though_the_answer_is_lost(shop: FakeErpShop) -> None:
    order = shop.order("S1")
    shop.sync()
    shop.hand_over("S1")
    shop.erp.faults.lose_answer("do")

    shop.sync_until(lambda: shipment_states(shop, order) == ["done"], "fulfilments", "orders")

    shop.rest("fulfilments", "orders", reasons={"synced/handed_over": 1})
    assert shipment_states(shop, order) == ["done"]
    assert steps_taken(shop) == STEPS
    assert shop.on_hand("DOWNTOWN", "SKU-00001") == 98


def test_goods_that_are_not_on_the_erps_shelf_are_held_until_they_are(shop: FakeErpShop) -> None:
    order = shop.order("S1")
    shop.sync()
    shop.hand_over("S1")
    shop.erp.set_stock("DOWNTOWN", "SKU-00001", 1)

    refused = shop.sync("fulfilments")

    assert refused.code == 3, refused
    assert list(shop.holds().values()) == ["no_stock"]
    assert shipment_states(shop, order) == ["waiting"]
    shop.erp.set_stock("DOWNTOWN", "SKU-00001", 5)
    (hold,) = shop.run("holds", "--json").json
    shop.run("holds", "retry", str(hold["id"]))
    mended = shop.sync("fulfilments")
    assert mended.code == 0, mended
    assert shipment_states(shop, order) == ["done"]


@pytest.mark.slow
def test_shadow_fulfilments_complete_nothing(shop: FakeErpShop) -> None:
    order = shop.order("S1")
    shop.configure({"fulfilments.mode": "shadow"})
    shop.sync()
    shop.hand_over("S1")

    with shop.no_writes():
        ended = shop.sync("fulfilments")

    assert ended.code == 0, ended
    assert shipment_states(shop, order) == ["waiting"]
