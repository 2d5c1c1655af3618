"""One bad order never stops the others: it is held, with its reason and the next step."""

from __future__ import annotations

from tests.acceptance.shop import FakeErpShop

TAX = ("GST 10%",)


def test_bad_orders_are_held_each_with_its_reason_and_the_good_ones_go_through(shop: FakeErpShop) -> None:
    shop.order("GOOD-1")
    shop.order("SKU", sku="SKU-00050")
    shop.erp.add_order("PLACE", [("SKU-00001", 1, "10.00", TAX)], location="WORKSHOP")
    shop.erp.add_order("ZERO", [("SKU-00001", 1, "10.00", TAX), ("SKU-00002", 0, "5.00", TAX)])
    shop.erp.add_order("MINUS", [("SKU-00001", 1, "10.00", TAX), ("SKU-00002", -1, "5.00", TAX)])
    shop.erp.add_order("EURO", [("SKU-00001", 1, "10.00", TAX)], currency="EUR")
    shop.order("GOOD-2")

    ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.holds() == {
        "SKU": "unknown_sku",
        "PLACE": "unmapped_location",
        "ZERO": "bad_quantity",
        "MINUS": "bad_quantity",
        "EURO": "foreign_currency",
    }
    assert sorted(sale.invoice for sale in shop.retail_sales()) == ["GOOD-1", "GOOD-2"]
    shop.rest(
        reasons={
            "synced/stands": 2,
            "held/unknown_sku": 1,
            "held/unmapped_location": 1,
            "held/bad_quantity": 2,
            "held/foreign_currency": 1,
        }
    )


def test_a_held_order_goes_on_by_itself_when_its_cause_is_mended(shop: FakeErpShop) -> None:
    shop.order("SKU", sku="SKU-00050")
    shop.erp.add_order("ZERO", [("SKU-00001", 0, "10.00", TAX)])
    held = shop.sync()
    shop.retail("POST", "/products", {"sku": "SKU-00050", "name": "At last", "levels": {"Downtown": 5}})
    shop.erp.set_quantity(2, 0, 1)

    mended = shop.sync("catalogue", "orders")

    assert (held.code, mended.code) == (3, 0), mended
    assert sorted(sale.invoice for sale in shop.retail_sales()) == ["SKU", "ZERO"]
    assert shop.run("holds").out == "nothing is held.\n"


def test_an_order_over_two_places_becomes_a_sale_at_each_and_they_sum_to_the_order(shop: FakeErpShop) -> None:
    lines = [("SKU-00001", 3, "3.3333", TAX, "DOWNTOWN"), ("SKU-00002", 1, "9.99", ("Reduced 5%",), "AIRPORT")]
    order = shop.erp.add_order("S1", lines, delivery="COURIER")

    ended = shop.sync()

    assert ended.code == 0, ended
    sales = shop.sales("S1")
    assert sorted((sale.outlet, sale.status) for sale in sales) == [
        ("Airport", "AWAITING_DISPATCH"),
        ("Downtown", "AWAITING_DISPATCH"),
    ]
    (story,) = shop.run("explain", "order", "S1", "--json").json
    assert [round(sale.total, 2) for sale in sales] == [sale.paid for sale in sales]
    assert str(sum(sale.paid for sale in sales)) == story["erp"]["total"]
    assert story["order"] == str(order)
