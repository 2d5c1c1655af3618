"""The same against a real Tryton: what a clerk does there shows in X-Series, and hand-overs come back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from demo.tryton import person
from tests.acceptance.tryton_shop import Placed, TrytonShop, quantity_of

# One server for all: the tests of a group run one after another in one process.
pytestmark = pytest.mark.xdist_group("tryton")


def moves_done(shop: TrytonShop, order: Placed) -> dict[str, Decimal]:
    """What left for the customer, by product code."""
    moves = [move for line in shop.goods(order) for move in line["moves"]]
    done: dict[str, Decimal] = {}
    for move in shop.clerk.call("model.stock.move.read", moves, ["state", "quantity", "product.code"]):
        if move["state"] == "done":
            code = move["product."]["code"]
            done[code] = done.get(code, Decimal(0)) + quantity_of(move)
    return done


def test_every_good_order_becomes_its_sales_and_they_sum_to_it(tryton_shop: TrytonShop) -> None:
    shop, tryton = tryton_shop, tryton_shop.tryton

    ended = shop.sync()

    assert ended.code == 3, "some of the seed's orders are bad on purpose"
    good = {order["number"]: Decimal(order["total"]) for order in tryton.seed["orders"] if order["good"]}
    assert {number: sum(sale.paid for sale in shop.standing(number)) for number in good} == good
    bad = [order["number"] for order in tryton.seed["orders"] if not order["good"] and order["number"]]
    assert [sale for number in bad for sale in shop.sales(number)] == []
    shop.rest(reasons=None)
    assert set(shop.holds().values()) == {"unknown_sku", "unmapped_location"}


def test_what_the_clerk_amends_and_cancels_shows_in_the_sale(tryton_shop: TrytonShop) -> None:
    shop = tryton_shop
    edited, cancelled = (shop.order(reference, like="WEB-1003") for reference in ("AMEND-1", "CANCEL-1"))
    only = ("--order", edited.number, "--order", "CANCEL-1")
    shop.sync(*only)
    before = shop.sales(edited.number)
    line = shop.goods(edited)[0]
    sku, quantity = line["product."]["code"], quantity_of(line)

    person.amend_quantity(shop.clerk, edited.id, line["id"], quantity + 1)
    person.cancel_order(shop.clerk, cancelled.id)
    ended = shop.sync(*only)

    assert ended.code == 0, ended
    assert [sale.lines[sku] for sale in [*before, *shop.sales(edited.number)]] == [quantity, quantity + 1]
    assert [sale.total == sale.paid for sale in shop.sales(edited.number)] == [True]
    assert [sale.status for sale in shop.sales(cancelled.number)] == ["VOIDED"]
    with shop.no_writes():
        assert shop.sync(*only).code == 0
    shop.status()


def test_a_hand_over_moves_the_stock_once(tryton_shop: TrytonShop) -> None:
    shop = tryton_shop
    order = shop.order("COLLECT-1", like="WEB-1006")
    wanted = {line["product."]["code"]: quantity_of(line) for line in shop.goods(order)}
    only = ("--order", order.number)
    shop.sync(*only)
    shop.hand_over(order.number)

    ended = [shop.sync("fulfilments", "orders", *only) for _ in range(2)]

    assert [one.code for one in ended] == [0, 0], ended
    shipments = shop.shipments(order)
    assert [shipment["state"] for shipment in shipments] == ["done"]
    assert moves_done(shop, order) == wanted
    with shop.no_writes():
        assert shop.sync("fulfilments", "orders", *only).code == 0
    assert shop.shipments(order) == shipments
    assert shop.status()["orders"]["by_reason"] == {"synced/handed_over": 1}


def test_a_part_that_was_collected_moves_just_that_and_the_rest_waits_in_the_erp(tryton_shop: TrytonShop) -> None:
    shop = tryton_shop
    shop.configure({"fulfilments.rotation_share": "90%"})
    order = shop.order("COLLECT-2", like="WEB-1006")
    wanted = {line["product."]["code"]: quantity_of(line) for line in shop.goods(order)}
    only = ("--order", order.number)
    shop.sync(*only)
    shop.hand_over_one(order.number)

    for _ in range(20):
        assert shop.sync("fulfilments", "orders", *only).code == 0
        if len(shop.shipments(order)) > 1:
            break

    assert [shipment["state"] for shipment in shop.shipments(order)] == ["done", "waiting"]
    assert sum(moves_done(shop, order).values()) == 1
    shop.hand_over(order.number)
    for _ in range(2):
        assert shop.sync("fulfilments", "orders", *only).code == 0
    assert [shipment["state"] for shipment in shop.shipments(order)] == ["done", "done"]
    assert moves_done(shop, order) == wanted
    with shop.no_writes():
        assert shop.sync("fulfilments", "orders", *only).code == 0
    assert shop.status()["orders"]["by_reason"] == {"synced/handed_over": 1}


def test_what_a_clerk_has_shipped_is_handed_over_in_its_sale(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    shop.configure({"fulfilments.to_retail": True})
    order = shop.order("SHIP-1", like="WEB-1006")
    only = ("--order", order.number)
    shop.sync(*only)
    (shipment,) = shop.shipments(order)
    for step in ("assign_try", "pick", "pack", "do"):
        shop.clerk.call(f"model.stock.shipment.out.{step}", [shipment["id"]])

    for _ in range(2):
        assert shop.sync("fulfilments", "orders", *only).code == 0

    assert [sale.status.endswith("CLOSED") for sale in shop.sales(order.number)] == [True]
    with shop.no_writes():
        assert shop.sync("fulfilments", "orders", *only).code == 0
    assert [one["state"] for one in shop.shipments(order)] == ["done"]
    assert shop.reasons(order) == ["synced/handed_over"]
