"""An answer that never came: whatever had happened, one sale stands in the end."""

from __future__ import annotations

from decimal import Decimal

from tests.acceptance.shop import CLASSIC, FakeErpShop, SaleSeen, wait_until


def test_one_sale_stands_whatever_became_of_the_lost_answers(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.configure({"journal.settle": "50ms", "journal.call_deadline": "300ms"})
    numbers = ("S1", "S2", "S3")
    for number in numbers:
        shop.order(number)
    shop.strike("lost_after_commit")  # done
    shop.strike("lost_before")  # never done
    shop.strike("late_commit", delay_s=4.0)  # done when syncd has looked twice and sent it again

    ended = shop.sync_until(lambda: all(shop.standing(number) for number in numbers))
    wait_until(lambda: all(one["status"] or one["fault"] == "lost_before" for one in shop.retail_writes()))
    ended += shop.sync_until(lambda: all(len(shop.standing(number)) == 1 for number in numbers))

    assert {one.code for one in ended} == {0}
    status = shop.rest(reasons={"synced/stands": 3})
    assert status["journal"].keys() == {"done"}
    assert [shop.standing(number) for number in numbers] == [
        [SaleSeen(number, "AWAITING_PICKUP", "Downtown", {"SKU-00001": Decimal(2)}, Decimal(22), Decimal(22))]
        for number in numbers
    ]


def test_an_edit_and_a_cancellation_whose_answers_are_lost_are_done_once(either_shop: FakeErpShop) -> None:
    shop = either_shop
    method = "POST" if shop.settings["lightspeed"]["api"] == CLASSIC else "PUT"
    edited, cancelled = shop.order("S1"), shop.order("S2")
    shop.sync()
    shop.erp.set_quantity(edited, 0, 3)
    shop.erp.cancel(cancelled)
    shop.strike("lost_after_commit", method=method, path="sales", times=2)

    shop.sync_until(lambda: len(shop.retail_writes()) >= 4)

    shop.rest(reasons={"synced/stands": 1, "synced/voided": 1})
    assert [(sale.status, sale.total) for sale in [*shop.sales("S1"), *shop.sales("S2")]] == [
        ("AWAITING_PICKUP", Decimal(33)),
        ("VOIDED", Decimal(22)),
    ]
