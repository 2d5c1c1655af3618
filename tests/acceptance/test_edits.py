"""What people change in the ERP shows in X-Series: amended, cancelled, reopened, moved."""

from __future__ import annotations

from decimal import Decimal

from tests.acceptance.shop import FakeErpShop, SaleSeen


def mugs(quantity: int, *, invoice: str = "S1", status: str = "AWAITING_PICKUP", outlet: str = "Downtown") -> SaleSeen:
    total = Decimal(11 * quantity)
    return SaleSeen(invoice, status, outlet, {"SKU-00001": Decimal(quantity)}, total, total)


def test_the_one_sale_follows_every_edit_of_its_order(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = shop.order("S1", 2)
    shop.sync()
    shown = [shop.sales("S1")]
    for quantity in (3, 2):
        shop.erp.set_quantity(order, 0, quantity)
        shop.sync()
        shown.append(shop.sales("S1"))
    shop.erp.set_quantity(order, 0, 3)
    shop.erp.set_quantity(order, 0, 2)  # there and back between two syncs is no change

    shop.rest(reasons={"synced/stands": 1})
    assert [*shown, shop.sales("S1")] == [[mugs(2)], [mugs(3)], [mugs(2)], [mugs(2)]]


def test_a_cancelled_order_voids_its_sale_and_a_reopened_one_gets_a_new_sale(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = shop.order("S1")
    shop.sync()
    shop.erp.cancel(order)
    shop.sync()
    assert [(sale.invoice, sale.status) for sale in shop.sales("S1")] == [("S1", "VOIDED")]

    shop.erp.reopen(order)
    shop.sync()

    shop.rest(reasons={"synced/stands": 1})
    old, new = shop.sales("S1")
    assert (old.invoice, old.status, new) == ("S1", "VOIDED", mugs(2, invoice="S1-v2"))
    (story,) = shop.run("explain", "order", "S1", "--json").json
    assert [(part["generation"], part["state"]) for part in story["parts"]] == [(2, "pending")]


def test_an_edited_order_can_still_be_cancelled_or_moved(shop: FakeErpShop) -> None:
    cancelled, moved = shop.order("S1", 2), shop.order("S2", 2)
    shop.sync()
    for order in (cancelled, moved):
        shop.erp.set_quantity(order, 0, 3)
    shop.sync()
    shop.erp.cancel(cancelled)
    shop.erp.move(moved, "AIRPORT")

    ended = shop.sync()

    assert ended.code == 0, ended
    assert shop.standing("S1") == []
    assert [sale.outlet for sale in shop.standing("S2")] == ["Airport"]


def test_a_moved_order_has_its_old_sale_voided_before_the_new_one_is_made(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = shop.order("S1")
    shop.sync()
    old = shop.sale_id("S1")
    written = len(shop.retail_writes())
    shop.erp.move(order, "AIRPORT")

    shop.sync_until(lambda: bool(shop.standing("S1")))

    shop.rest(reasons={"synced/stands": 1})
    assert [(sale.status, sale.outlet) for sale in shop.sales("S1")] == [
        ("VOIDED", "Downtown"),
        ("AWAITING_PICKUP", "Airport"),
    ]
    void, create = shop.retail_writes()[written:]
    assert (old in str(void), old in str(create)) == (True, False)
    assert "void" in str(void["body"]).lower()
