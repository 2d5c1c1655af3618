"""Goods leave once, whole or in part: what one side says the other comes to say as well, or a person is told."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.acceptance.shop import FakeErpShop

MUG, CAP = "SKU-00001", "SKU-00002"
TAX = ("GST 10%",)
JOBS = ("fulfilments", "orders")
#: open sales are asked in turn: with nearly all of the allowance, a shop of one sale is asked at every sync
AT_ONCE = {"fulfilments.rotation_share": "90%"}
BACK = {"fulfilments.to_erp": False, "fulfilments.to_retail": True}
BOTH_WAYS = {**AT_ONCE, "fulfilments.to_erp": True, "fulfilments.to_retail": True}


def parcels(shop: FakeErpShop, order: int) -> list[tuple[str, list[int]]]:
    """The order's shipments in the ERP: where each stands, and how much it holds of each of its lines."""
    found = []
    for shipment in shop.erp.shipments(order):
        state = shop.erp.records.row("stock.shipment.out", shipment)["state"]
        moves = shop.erp.records.rows("stock.move", shipment=f"stock.shipment.out,{shipment}")
        found.append((state, [int(move["quantity"]) for move in moves if move["origin"].startswith("sale.line,")]))
    return found


def sync_until(shop: FakeErpShop, condition: Callable[[], bool]) -> None:
    """As the timetable does, both jobs."""
    ended = shop.sync_until(condition, *JOBS)
    assert {one.code for one in ended} <= {0, 3}, ended


def steps(shop: FakeErpShop, name: str) -> int:
    """How often the ERP was asked to take this step."""
    return sum(asked.method.rpartition(".")[2] == name for asked in shop.erp.writes)


def is_closed(shop: FakeErpShop, number: str) -> bool:
    return str(shop.sale_row(number)["status"]).endswith("CLOSED")


def sold(shop: FakeErpShop, number: str = "S1", quantity: int = 2, **changes: Any) -> int:
    """An order of mugs whose sale waits for its customer."""
    shop.configure(changes)
    order = shop.order(number, quantity)
    shop.sync()
    return order


def hold_of(shop: FakeErpShop, reason: str) -> dict[str, Any]:
    """The one hold for this reason; it says what to do next."""
    (found,) = [hold for hold in shop.run("holds", "--json").json if hold["reason"] == reason]
    assert found["detail"], found
    assert found["next"], found
    return dict(found)


# -- what was handed over in X-Series leaves the ERP


def test_a_part_that_was_collected_leaves_the_erp_and_the_rest_stays_open_there(shop: FakeErpShop) -> None:
    order = sold(shop, quantity=5, **AT_ONCE)
    shop.hand_over_some("S1", 2)

    sync_until(shop, lambda: len(parcels(shop, order)) == 2)

    shop.rest(*JOBS, reasons={"synced/stands": 1})
    assert parcels(shop, order) == [("done", [2]), ("waiting", [3])]
    assert shop.on_hand("DOWNTOWN", MUG) == 98
    shop.hand_over("S1")
    shop.sync(*JOBS)
    shop.rest(*JOBS, reasons={"synced/handed_over": 1})
    assert parcels(shop, order) == [("done", [2]), ("done", [3])]
    assert shop.on_hand("DOWNTOWN", MUG) == 95


def test_a_kit_is_sold_as_one_line_and_leaves_the_erp_with_all_its_components(shop: FakeErpShop) -> None:
    kit = "SKU-00005"
    shop.configure(AT_ONCE)
    shop.erp.add_kit(kit, {MUG: 1, CAP: 2})
    for sku in (MUG, CAP):
        shop.erp.set_stock("DOWNTOWN", sku, 100)
    order = shop.erp.add_order("S1", [(kit, 3, "30.00", ("GST 10%",))], delivery="CLICK-COLLECT")
    shop.sync()
    (sale,) = shop.sales("S1")
    shop.hand_over_some("S1", 1)
    sync_until(shop, lambda: len(parcels(shop, order)) == 2)
    after_one = [shop.on_hand("DOWNTOWN", sku) for sku in (MUG, CAP)]

    shop.hand_over("S1")
    shop.sync(*JOBS)

    shop.rest(*JOBS, reasons={"synced/handed_over": 1})
    assert (sale.lines, sale.total) == ({kit: 3}, 99)
    assert after_one == [99, 98]
    assert [shop.on_hand("DOWNTOWN", sku) for sku in (MUG, CAP)] == [97, 94]
    assert {state for state, _ in parcels(shop, order)} == {"done"}


def test_a_lost_answer_ships_the_part_once_and_never_the_backorder_in_its_place(shop: FakeErpShop) -> None:
    order = sold(shop, quantity=5, **AT_ONCE)
    shop.hand_over_some("S1", 2)
    shop.erp.faults.lose_answer("do")

    sync_until(shop, lambda: len(parcels(shop, order)) == 2)
    sync_until(shop, lambda: not shop.status()["journal"].get("unknown"))

    shop.rest(*JOBS, reasons={"synced/stands": 1})
    assert parcels(shop, order) == [("done", [2]), ("waiting", [3])]
    assert (steps(shop, "do"), shop.on_hand("DOWNTOWN", MUG)) == (1, 98)


def test_an_emptied_store_ships_no_part_twice(shop: FakeErpShop) -> None:
    order = sold(shop, quantity=5, **AT_ONCE)
    shop.hand_over_some("S1", 2)
    sync_until(shop, lambda: len(parcels(shop, order)) == 2)
    shop.lose_store()

    for _ in range(3):
        shop.sync(*JOBS)

    shop.rest(*JOBS, reasons={"synced/stands": 1})
    assert parcels(shop, order) == [("done", [2]), ("waiting", [3])]
    assert shop.on_hand("DOWNTOWN", MUG) == 98


def test_of_one_product_on_two_lines_the_line_that_was_collected_leaves(shop: FakeErpShop) -> None:
    shop.configure(AT_ONCE)
    shop.erp.set_stock("DOWNTOWN", MUG, 100)
    order = shop.erp.add_order("S1", [(MUG, 4, "10.00", TAX), (MUG, 3, "9.00", TAX)], delivery="CLICK-COLLECT")
    shop.sync()
    shop.hand_over_some("S1", 2, line=1)

    sync_until(shop, lambda: len(parcels(shop, order)) == 2)

    shop.rest(*JOBS, reasons={"synced/stands": 1})
    assert parcels(shop, order) == [("done", [2]), ("waiting", [4, 1])]


# -- what the ERP has shipped is handed over in X-Series


def test_what_the_erp_has_shipped_is_handed_over_in_its_sale(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = sold(shop, **BACK)
    shop.erp.ship(order)

    sync_until(shop, lambda: is_closed(shop, "S1"))

    shop.sync(*JOBS)
    shop.rest(*JOBS, reasons={"synced/handed_over": 1})
    assert parcels(shop, order) == [("done", [2])]
    assert len(shop.sales("S1")) == 1


def test_a_part_shipped_in_the_erp_is_handed_over_as_far_where_the_dialect_can_say_so(shop: FakeErpShop) -> None:
    order = sold(shop, quantity=5, **BACK)
    shop.erp.ship_some(order, 2)

    sync_until(shop, lambda: shop.handed_over("S1") == {MUG: [2]})

    shop.rest(*JOBS, reasons={"synced/stands": 1})
    assert not is_closed(shop, "S1")
    shop.erp.ship(order)
    sync_until(shop, lambda: is_closed(shop, "S1"))
    assert shop.handed_over("S1") == {MUG: [5]}


def test_the_classic_dialect_waits_until_every_line_of_the_part_is_shipped(classic_shop: FakeErpShop) -> None:
    shop = classic_shop
    shop.configure(BACK)
    for sku in (MUG, CAP):
        shop.erp.set_stock("DOWNTOWN", sku, 100)
    order = shop.erp.add_order("S1", [(MUG, 2, "10.00", TAX), (CAP, 1, "30.00", TAX)], delivery="CLICK-COLLECT")
    shop.sync()
    shop.erp.ship_some(order, 2, 0)

    with shop.no_writes():
        for _ in range(2):
            shop.sync(*JOBS)

    assert not is_closed(shop, "S1")
    shop.erp.ship(order)
    sync_until(shop, lambda: is_closed(shop, "S1"))
    shop.sync(*JOBS)
    shop.rest(*JOBS, reasons={"synced/handed_over": 1})


def test_a_lost_answer_hands_over_once(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = sold(shop, **BACK)
    shop.erp.ship(order)
    shop.strike("lost_after_commit", path="fulfil")

    sync_until(shop, lambda: is_closed(shop, "S1") and not shop.status()["journal"].get("unknown"))

    shop.sync(*JOBS)
    shop.rest(*JOBS, reasons={"synced/handed_over": 1})
    assert sum("fulfil" in one["path"] for one in shop.retail_writes()) == 1


def test_with_both_directions_on_nothing_goes_round(shop: FakeErpShop) -> None:
    here, there = sold(shop, "S1", 5, **BOTH_WAYS), sold(shop, "S2", 5)
    shop.hand_over_some("S1", 2)
    shop.erp.ship_some(there, 3)

    sync_until(shop, lambda: len(parcels(shop, here)) == 2 and shop.handed_over("S2") == {MUG: [3]})

    shop.rest(*JOBS, reasons={"synced/stands": 2})
    assert (parcels(shop, here), shop.handed_over("S1")) == ([("done", [2]), ("waiting", [3])], {MUG: [2]})
    assert (parcels(shop, there), shop.handed_over("S2")) == ([("done", [3]), ("waiting", [2])], {MUG: [3]})
    assert shop.on_hand("DOWNTOWN", MUG) == 95


# -- where the two sides disagree, a person is told


def test_what_was_collected_though_the_erp_has_cancelled_it_is_held(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = sold(shop)
    shop.hand_over("S1")
    shop.erp.cancel_shipments(order, ignore=True)

    assert shop.sync(*JOBS).code == 3

    assert "handed over what is missing in the ERP: 2 of line" in hold_of(shop, "collected_but_cancelled")["detail"]
    assert parcels(shop, order) == [("cancelled", [2])]


def test_a_shipment_done_with_less_than_was_collected_is_held(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = sold(shop)
    shop.erp.ship_some(order, 1)
    shop.erp.cancel_shipments(order, ignore=False)
    shop.hand_over("S1")

    assert shop.sync(*JOBS).code == 3

    assert "shipped before: 1 of line" in hold_of(shop, "shipped_otherwise")["detail"]
    assert shop.on_hand("DOWNTOWN", MUG) == 99


def test_more_collected_than_the_order_asks_for_now_is_held_and_the_rest_of_it_shipped(
    either_shop: FakeErpShop,
) -> None:
    shop = either_shop
    order = sold(shop)
    shop.hand_over("S1")
    shop.erp.set_quantity(order, 0, 1)

    assert shop.sync("orders").code == 3
    for _ in range(2):
        shop.sync("fulfilments")

    assert "ordered: 1 of line" in hold_of(shop, "more_handed_over")["detail"]
    assert parcels(shop, order) == [("done", [1])]


def test_a_sale_voided_by_hand_is_held_though_its_goods_are_shipped(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = sold(shop, **BACK)
    shop.void_at_till("S1")
    shop.erp.ship(order)

    assert shop.sync("fulfilments", "orders").code == 3

    assert hold_of(shop, "voided_by_hand")
    assert [sale.status for sale in shop.sales("S1")] == ["VOIDED"]


def test_an_unpaid_sale_that_xseries_does_not_let_go_is_held_until_it_is_paid(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.retail("PUT", "/switches", {"unpaid_may_be_fulfilled": False})
    shop.configure({**BACK, "erp.paid": "invoice", "orders.payments.unpaid": "at_till"})
    order = shop.order("S1")
    shop.erp.set_paid(order, False)
    shop.sync()
    shop.erp.ship(order)
    sync_until(shop, lambda: "sale_unpaid" in shop.holds().values())
    assert "orders.payments.unpaid" in hold_of(shop, "sale_unpaid")["next"]

    shop.take_money("S1", "22.00")
    sync_until(shop, lambda: is_closed(shop, "S1"))

    shop.sync(*JOBS)
    assert shop.holds() == {}


def test_goods_taken_back_at_the_till_are_told_to_a_person_once(shop: FakeErpShop) -> None:
    order = sold(shop)
    shop.hand_over("S1")
    shop.sync(*JOBS)
    shop.take_back("S1")

    assert shop.sync(*JOBS).code == 3

    hold = hold_of(shop, "returned_at_till")
    assert hold["detail"].endswith(f"shipped in the ERP: 2 of line {shop.erp.lines(order)[0]}")
    shop.run("holds", "drop", str(hold["id"]))
    shop.rest(*JOBS, reasons={"synced/handed_over": 1})
    assert shop.holds() == {}


@pytest.mark.parametrize("shipped", [False, True], ids=["not shipped", "shipped"])
def test_a_sale_closed_without_a_hand_over_is_held_until_the_erp_has_shipped_it(
    shop: FakeErpShop, shipped: bool
) -> None:
    order = sold(shop)
    shop.close_at_till("S1")
    if shipped:
        shop.erp.ship(order)
        shop.sync("orders")

    ended = shop.sync("fulfilments")

    reasons = set(shop.holds().values())
    assert (ended.code, reasons) == ((0, set()) if shipped else (3, {"closed_without_hand_over"}))
    assert shop.on_hand("DOWNTOWN", MUG) == Decimal(98 if shipped else 100)
