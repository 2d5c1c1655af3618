"""After a loss, and when X-Series misbehaves: nothing twice, and a person is told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.acceptance.shop import FakeErpShop


def test_an_empty_store_finds_all_sales_again_and_doubles_none(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.order("S1")
    shop.order("S2", 3, delivery="COURIER")
    shop.sync()
    before = shop.retail_state()["sales"]
    shop.lose_store()

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest(reasons={"synced/stands": 2})
    assert shop.retail_state()["sales"] == before


@pytest.mark.slow
def test_an_empty_store_still_follows_what_changed_meanwhile(shop: FakeErpShop) -> None:
    edited, cancelled = shop.order("S1"), shop.order("S2")
    shop.sync()
    shop.lose_store()
    shop.erp.set_quantity(edited, 0, 3)
    shop.erp.cancel(cancelled)

    ended = shop.sync()

    # What a sale was made from is lost with the store: one that differs is a person's to judge, never overwritten.
    assert ended.code in (0, 3), ended
    assert len(shop.sales("S1")) == len(shop.sales("S2")) == 1
    assert set(shop.holds().values()) <= {"adopted_different"}
    shop.status()


def test_an_empty_sale_is_voided_and_its_order_waits_for_a_person(classic_shop: FakeErpShop) -> None:
    shop = classic_shop
    shop.order("S1")
    shop.strike("empty_sale")

    noticed = shop.sync()

    assert noticed.code == 3, noticed
    assert [sale.status for sale in shop.retail_sales()] == ["VOIDED"]
    shop.rest(reasons={"held/empty_sale": 1})  # it is not sent again
    (hold,) = shop.run("holds", "--json").json
    assert (hold["number"], hold["reason"]) == ("S1", "empty_sale")

    shop.run("holds", "retry", str(hold["id"]))
    mended = shop.sync()

    assert mended.code == 0, mended
    assert [(sale.lines, sale.total) for sale in shop.standing("S1")] == [({"SKU-00001": Decimal(2)}, Decimal(22))]
    assert shop.run("holds").out == "nothing is held.\n"


@pytest.mark.slow
def test_a_sale_edited_at_the_till_is_left_alone_and_told(shop: FakeErpShop) -> None:
    order = shop.order("S1")
    shop.sync()
    shop.retail("POST", f"/sales/{shop.sale_id('S1')}/edit", {"add_line": {"sku": "SKU-00002", "quantity": 1}})
    shop.erp.set_quantity(order, 0, 3)

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.holds() == {"S1": "edited_at_till"}


@pytest.mark.slow
def test_a_sale_voided_by_hand_is_made_again_only_when_a_person_says_so(shop: FakeErpShop) -> None:
    shop.order("S1")
    shop.sync()
    shop.void_at_till("S1")

    ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.status()["orders"]["by_reason"] == {"held/voided_by_hand": 1}
    (hold,) = shop.run("holds", "--json").json
    shop.run("holds", "retry", str(hold["id"]))
    shop.sync()
    assert [sale.status for sale in shop.sales("S1")] == ["VOIDED", "AWAITING_PICKUP"]
