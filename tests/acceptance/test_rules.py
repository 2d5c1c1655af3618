"""What an integrator decides in the file, as the shipped command does it."""

from __future__ import annotations

from decimal import Decimal

from tests.acceptance.shop import FakeErpShop


def shipment_states(shop: FakeErpShop, order: int) -> list[str]:
    return [shop.erp.records.row("stock.shipment.out", one)["state"] for one in shop.erp.shipments(order)]


def test_an_order_that_a_rule_ignores_says_which_and_becomes_a_sale_when_the_rule_is_gone(
    either_shop: FakeErpShop,
) -> None:
    shop = either_shop
    shop.configure({"erp.tag_fields": ["party.categories.name"], "orders.ignore": {"tags": ["wholesale"]}})
    shop.erp.tag_customer(shop.order("S1"), "Wholesale")

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest(reasons={"ignored/ignored_by_rule": 1})
    assert "orders.ignore.tags: wholesale" in shop.run("explain", "order", "S1").said

    shop.configure({"orders.ignore": {}})
    shop.sync_until(lambda: len(shop.standing("S1")) == 1)
    shop.rest(reasons={"synced/stands": 1})


def test_an_order_from_a_location_without_outlet_goes_to_the_default_one_and_comes_back_as_shipped(
    either_shop: FakeErpShop,
) -> None:
    shop = either_shop
    shop.configure({"orders.routing": {"default": "AIRPORT"}})
    shop.erp.set_stock("WORKSHOP", "SKU-00001", 10)
    order = shop.erp.add_order("S1", [("SKU-00001", 2, "10.00", ("GST 10%",))], location="WORKSHOP")

    shop.sync_until(lambda: len(shop.standing("S1")) == 1)
    shop.retail("POST", f"/sales/{shop.sale_id('S1')}/complete")
    shop.sync_until(lambda: shipment_states(shop, order) == ["done"] or bool(shop.sync("fulfilments").code))

    assert [sale.outlet for sale in shop.sales("S1")] == ["Airport"]
    assert shipment_states(shop, order) == ["done"]
    assert shop.on_hand("WORKSHOP", "SKU-00001") == 8


def test_goods_sold_by_the_dozen_are_rung_up_and_shipped_by_the_piece(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = shop.order("S1", 2)
    shop.erp.set_unit(order, 0, "Dozen")

    shop.sync_until(lambda: len(shop.standing("S1")) == 1)
    shop.retail("POST", f"/sales/{shop.sale_id('S1')}/complete")
    shop.sync("orders", "fulfilments")

    (sale,) = shop.sales("S1")
    # The price of one has more digits than X-Series keeps; to the cent they sum to what the ERP asks for.
    assert sale.total.quantize(Decimal("0.01")) == Decimal("22.00")
    assert sale.lines == {"SKU-00001": Decimal(24)}
    assert shipment_states(shop, order) == ["done"]
    assert shop.on_hand("DOWNTOWN", "SKU-00001") == 76
