"""Goods come back at the till, or are changed for others: the people of the ERP are told, and nothing is touched."""

from __future__ import annotations

from decimal import Decimal

from tests.acceptance.shop import FakeErpShop

MUG, CAP = "SKU-00001", "SKU-00002"
TAX = ("GST 10%",)


def test_a_return_and_an_exchange_at_the_till_are_told_and_leave_every_sale_alone(either_shop: FakeErpShop) -> None:
    shop = either_shop
    for number in ("KEPT", "BACK", "CHANGED", "BEGUN"):
        shop.order(number)
    shop.sync()
    for number in ("KEPT", "BACK", "CHANGED", "BEGUN"):
        shop.hand_over(number)
    shop.sync("orders", "fulfilments")
    back = shop.take_back("BACK", lines=[{"sku": MUG, "quantity": 1}], outlet="Airport")
    changed = shop.take_back(
        "CHANGED", lines=[{"sku": MUG, "quantity": 2}], instead=[{"sku": CAP, "quantity": 1, "price": "30"}]
    )
    begun = shop.take_back("BEGUN", parked=True)
    before = shop.retail_state()["sales"]

    with shop.no_writes():
        ended = shop.sync("orders", "fulfilments")

    assert ended.code == 3, ended
    assert shop.holds() == {"BACK": "returned_at_till", "CHANGED": "returned_at_till"}
    assert shop.retail_state()["sales"] == before
    said = shop.run("status").said
    assert "2 rung up at the till of BACK, CHANGED; the ERP has not been told; 1 begun at the till" in said
    for hold in shop.run("holds", "--json").json:
        shop.run("holds", "drop", str(hold["id"]))
    status = shop.rest("orders", "fulfilments", reasons={"synced/handed_over": 4})
    assert status["returns"] == {"rung_up": 0, "parked": 1, "orders": []}
    told = {number: shop.run("explain", "order", number).said for number in ("KEPT", "BACK", "CHANGED", "BEGUN")}
    assert "came back" not in told["KEPT"]
    number = back["invoice_number"]
    assert f"return {number} of BACK at Airport: 11.00 given back 1 of 2 x {MUG} came back, 11.00" in told["BACK"]
    assert "The ERP has not been told" in told["BACK"]
    assert f"exchange {changed['invoice_number']} of CHANGED at Downtown: 11.00 paid on top" in told["CHANGED"]
    assert f"2 of 2 x {MUG} came back, 22.00 1 x {CAP} taken instead, 33.00" in told["CHANGED"]
    assert f"return {begun['invoice_number']} of BEGUN at Downtown: begun and parked" in told["BEGUN"]
    [data] = shop.run("explain", "order", "BACK", "--json").json[0]["returns"]
    assert (data["rung_up"], data["total"], data["outlet"]) == (True, "-11.00", "Airport")


def test_a_return_in_the_erp_is_held_or_ignored_and_never_a_sale(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = shop.order("S1")
    shop.sync()
    shop.hand_over("S1")
    shop.sync("orders", "fulfilments")
    back = shop.erp.return_order(order, {MUG: 1})

    with shop.no_writes():
        held = shop.sync()

    assert held.code == 3, held
    number = shop.erp.records.row("sale.sale", back)["number"]
    assert shop.holds() == {number: "return_in_erp"}
    assert f"1 x {MUG}, -11.00" in shop.run("explain", "order", number).said
    shop.configure({"orders.returns": "ignore"})
    shop.rest(reasons={"synced/handed_over": 1, "ignored/return_ignored": 1})
    assert (shop.holds(), len(shop.retail_sales())) == ({}, 1)


def test_a_return_in_the_erp_becomes_the_return_of_its_sale(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.configure({"orders.returns": "create", "stock.till_sales": {"booked_by": "nobody"}})
    orders = [
        shop.erp.add_order(number, [(MUG, 2, "10.00", TAX), (CAP, 1, "30.00", TAX)], delivery="CLICK-COLLECT")
        for number in ("PART", "WHOLE")
    ]
    for sku in (MUG, CAP):
        shop.erp.set_stock("DOWNTOWN", sku, 100)
    shop.sync()
    for number in ("PART", "WHOLE"):
        shop.hand_over(number)
    shop.sync("orders", "fulfilments")
    before = {row["id"]: row["version"] for row in shop.retail_state()["sales"]}
    asked = [shop.erp.return_order(orders[0], {MUG: 1}), shop.erp.return_order(orders[1])]

    ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest("orders", "fulfilments", reasons={"synced/handed_over": 2, "synced/returned": 2})
    rows = {row["return_for"]: row for row in shop.retail_state()["sales"] if row["return_for"]}
    assert set(rows) == set(before)
    part, whole = (rows[shop.sale_id(number)] for number in ("PART", "WHOLE"))
    assert [row["status"] for row in (part, whole)] == ["CLOSED", "CLOSED"]
    assert [(line["sku"], Decimal(line["quantity"])) for line in part["line_items"]] == [(MUG, -1)]
    assert [(line["sku"], Decimal(line["quantity"])) for line in whole["line_items"]] == [(MUG, -2), (CAP, -1)]
    assert [sum(Decimal(one["amount"]) for one in row["payments"]) for row in (part, whole)] == [-11, -55]
    status = shop.status()
    assert status["returns"] == {"rung_up": 0, "parked": 0, "orders": []}
    assert "made for the order" in shop.run("explain", "order", "PART").said
    shop.lose_store()
    shop.sync_until(lambda: shop.status()["orders"]["by_reason"].get("synced/returned") == 2)
    assert len(shop.retail_state()["sales"]) == len(before) + 2
    for order in asked:
        shop.erp.receive_return(order)
    assert shop.sync("orders").code == 0
    shop.rest("orders", reasons={"synced/handed_over": 2, "synced/returned": 2})


def test_a_return_of_which_x_series_takes_no_line_off_is_never_closed(shop: FakeErpShop) -> None:
    shop.retail("PUT", "/switches", {"dated_update_lines": "merge"})
    shop.configure({"orders.returns": "create"})
    order = shop.erp.add_order("S1", [(MUG, 2, "10.00", TAX), (CAP, 1, "30.00", TAX)], delivery="CLICK-COLLECT")
    for sku in (MUG, CAP):
        shop.erp.set_stock("DOWNTOWN", sku, 100)
    shop.sync()
    shop.hand_over("S1")
    shop.sync("orders", "fulfilments")
    shop.erp.return_order(order, {MUG: 1})

    ended = shop.sync()

    assert (ended.code, set(shop.holds().values())) == (3, {"refused"})
    [back] = [row for row in shop.retail_state()["sales"] if row["return_for"]]
    assert (back["status"], back["payments"]) == ("SAVED", [])


def test_a_lost_answer_makes_no_second_return(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.configure({"orders.returns": "create"})
    order = shop.order("S1")
    shop.sync()
    shop.hand_over("S1")
    shop.sync("orders", "fulfilments")
    shop.erp.return_order(order, {MUG: 1})
    method = "PUT" if shop.settings["lightspeed"]["api"] == "classic" else "POST"
    shop.strike("lost_after_commit", method=method, path="actions/return$")

    shop.sync_until(lambda: shop.status()["orders"]["by_reason"] == {"synced/handed_over": 1, "synced/returned": 1})

    [back] = [row for row in shop.retail_state()["sales"] if row["return_for"]]
    assert (back["status"], Decimal(back["total_incl"])) == ("CLOSED", Decimal(-11))


def test_what_a_till_has_taken_back_is_not_refunded_again(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.configure({"orders.returns": "create"})
    order = shop.order("S1")
    shop.sync()
    shop.hand_over("S1")
    shop.sync("orders", "fulfilments")
    shop.take_back("S1", lines=[{"sku": MUG, "quantity": 1}])
    shop.erp.return_order(order, {MUG: 1})

    with shop.no_writes():
        ended = shop.sync()

    assert (ended.code, set(shop.holds().values())) == (3, {"returned_already"})


def test_what_came_back_is_told_again_after_the_store_was_lost(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.order("S1")
    shop.sync()
    shop.hand_over("S1")
    shop.take_back("S1")
    shop.sync()
    shop.lose_store()

    shop.sync()

    assert shop.status()["returns"] == {"rung_up": 1, "parked": 0, "orders": ["S1"]}


def test_a_return_explains_the_level_that_it_raised(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.configure({"stock.till_sales": {"booked_by": "nobody"}})
    shop.order("S1")
    shop.sync()
    shop.hand_over("S1")
    shop.sync("orders", "fulfilments")
    shop.sync("stock")
    before = rows(shop)

    shop.take_back("S1", lines=[{"sku": MUG, "quantity": 1}])
    ended = shop.sync("stock")

    assert ended.code == 0, ended
    assert rows(shop) == before + Decimal(1)


def rows(shop: FakeErpShop) -> Decimal:
    """How many units came back to the shelf at Downtown, as the stock report explains it."""
    found = [one for one in shop.run("explain", "stock", MUG, "--json").json if one["outlet"] == "Downtown"]
    return sum((Decimal(str(one["terms"].get("R", 0))) for one in found), Decimal(0))
