"""The life of an order, line by line: whatever becomes of it in the ERP or at the till, one right sale or a hold."""

from __future__ import annotations

import json
import urllib.request
from decimal import Decimal
from typing import Any

from tests.acceptance.shop import DATED, TOKEN, FakeErpShop, SaleSeen

MUG, CAP, TEA = "SKU-00001", "SKU-00002", "SKU-00003"
TAX = ("GST 10%",)
BOTH = [(MUG, 2, "10.00", TAX, "DOWNTOWN"), (CAP, 1, "30.00", TAX, "AIRPORT")]


def sale(number: str, lines: dict[str, int], total: str, **changes: Any) -> SaleSeen:
    """A paid pickup at Downtown, unless it is said otherwise."""
    wanted = SaleSeen(
        invoice=number,
        status="AWAITING_PICKUP",
        outlet="Downtown",
        lines={sku: Decimal(quantity) for sku, quantity in lines.items()},
        total=Decimal(total),
        paid=Decimal(total),
    )
    return wanted._replace(**changes)


def row_of(shop: FakeErpShop, number: str) -> dict[str, Any]:
    """The standing sale as the sandbox has it, with its ids."""
    wanted = shop.sale_id(number)
    (found,) = [row for row in shop.retail_state()["sales"] if row["id"] == wanted]
    return dict(found)


def at_the_till(shop: FakeErpShop, number: str, **changes: Any) -> None:
    shop.retail("POST", f"/sales/{shop.sale_id(number)}/edit", changes)


def take_money(shop: FakeErpShop, number: str) -> None:
    (cash,) = [one["id"] for one in shop.retail_state()["payment_types"] if one["name"] == "Cash"]
    at_the_till(shop, number, add_payment={"payment_type_id": cash, "amount": "5.00"})


def hand_over(shop: FakeErpShop, number: str) -> None:
    shop.retail("POST", f"/sales/{shop.sale_id(number)}/complete")


# -- while the sale is open


def test_every_edit_of_an_open_order_shows_in_its_one_sale(either_shop: FakeErpShop) -> None:
    shop, erp = either_shop, either_shop.erp
    up, down, added, removed, emptied, priced, swapped = (
        erp.add_order(number, [(MUG, 2, "10.00", TAX), (CAP, 1, "30.00", TAX)], delivery="CLICK-COLLECT")
        for number in ("UP", "DOWN", "ADDED", "REMOVED", "EMPTIED", "PRICED", "SWAPPED")
    )
    shop.sync()
    made = {row["invoice_number"]: row["id"] for row in shop.retail_state()["sales"]}
    erp.set_quantity(up, 0, 3)
    erp.set_quantity(down, 0, 1)
    erp.add_line(added, TEA, 1, "5.00")
    erp.remove_line(removed, 0)
    erp.set_quantity(emptied, 1, 0)
    erp.set_price(priced, 1, "19.99")
    erp.set_product(swapped, 0, TEA)

    ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest(reasons={"synced/stands": 7})
    assert sorted(shop.retail_sales()) == sorted(
        [
            sale("UP", {MUG: 3, CAP: 1}, "66"),
            sale("DOWN", {MUG: 1, CAP: 1}, "44"),
            sale("ADDED", {MUG: 2, CAP: 1, TEA: 1}, "60.5"),
            sale("REMOVED", {CAP: 1}, "33"),
            sale("EMPTIED", {MUG: 2}, "22"),
            sale("PRICED", {MUG: 2, CAP: 1}, "43.99"),
            sale("SWAPPED", {TEA: 2, CAP: 1}, "55"),
        ]
    )
    assert {row["invoice_number"]: row["id"] for row in shop.retail_state()["sales"]} == made


def test_a_new_address_or_reference_reaches_the_sale_and_leaves_the_words_of_the_shop(either_shop: FakeErpShop) -> None:
    shop = either_shop
    moved, renamed, unsaid = (shop.order(number, delivery="COURIER") for number in ("S1", "S2", "S3"))
    shop.sync()
    at_the_till(shop, "S1", note=f"{row_of(shop, 'S1')['note']} · fragile")
    shop.erp.set_address(moved, "9 Kings Road")
    shop.erp.set_reference(renamed, "PO-8")
    shop.erp.set_note(unsaid, 0, "wrap it")  # a word on a line of the ERP, which no sale tells
    written = len(shop.retail_writes())

    ended = shop.sync()

    assert ended.code == 0, ended
    assert len(shop.retail_writes()) == written + 2
    shop.rest(reasons={"synced/stands": 3})
    person, place = "Jane Moreno · +14155550100", "94107 San Francisco US"
    assert [row_of(shop, number)["note"] for number in ("S1", "S2", "S3")] == [
        f"{person} · 9 Kings Road · {place} · fragile",
        f"PO-8 · {person} · 1 Main Street · {place}",
        f"{person} · 1 Main Street · {place}",
    ]
    assert {one.total for one in shop.retail_sales()} == {Decimal(22)}


def test_a_pickup_turned_dispatch_is_one_sale_that_is_sent(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = shop.order("S1")
    shop.sync()
    shop.erp.set_product(order, 1, "COURIER")

    shop.sync_until(lambda: bool(shop.standing("S1")), tries=3)

    shop.rest(reasons={"synced/stands": 1})
    old, new = shop.sales("S1")
    assert (old.invoice, old.status) == ("S1", "VOIDED")
    assert new == sale("S1-B", {MUG: 2}, "22", status="AWAITING_DISPATCH")


def test_one_part_of_an_order_is_edited_or_cancelled_and_its_sibling_left_alone(either_shop: FakeErpShop) -> None:
    shop = either_shop
    edited, cancelled = (shop.erp.add_order(number, BOTH, delivery="CLICK-COLLECT") for number in ("S1", "S2"))
    shop.sync()
    siblings = [
        {name: value for name, value in row.items() if name != "fulfillments"}
        for row in shop.retail_state()["sales"]
        if row["invoice_number"] in ("S1", "S2-B")
    ]
    shop.erp.set_quantity(edited, 1, 2)
    shop.erp.set_quantity(cancelled, 0, 0)

    ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest(reasons={"synced/stands": 2})
    here, there = shop.sales("S1")
    assert [here, there] == [
        sale("S1", {MUG: 2}, "22"),
        sale("S1-B", {CAP: 2}, "66", outlet="Airport"),
    ]
    gone, left = shop.sales("S2")
    assert (gone.status, left) == ("VOIDED", sale("S2-B", {CAP: 1}, "33", outlet="Airport"))
    after = {row["id"]: row for row in shop.retail_state()["sales"]}
    assert [after[row["id"]]["version"] for row in siblings] == [row["version"] for row in siblings]


# -- cancelled


def test_an_order_cancelled_before_its_sale_is_never_sold(shop: FakeErpShop) -> None:
    order, decided = shop.order("S1"), shop.order("S2")
    shop.erp.cancel(order)
    shop.erp.cancel_shipments(decided, ignore=True)  # the way that the real one has

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 0, ended
    assert shop.retail_sales() == []
    shop.rest(reasons={"ignored/cancelled": 2})


def test_a_cancelled_order_leaves_no_sale_standing_in_any_part(either_shop: FakeErpShop) -> None:
    shop = either_shop
    whole, parts = shop.order("S1"), shop.erp.add_order("S2", BOTH, delivery="COURIER")
    shop.sync()
    shop.erp.cancel_shipments(whole, ignore=True)
    shop.erp.cancel(parts)

    ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest(reasons={"synced/voided": 2})
    assert [one.status for one in shop.retail_sales()] == ["VOIDED"] * 3


def test_an_order_whose_shipment_nobody_has_decided_about_keeps_its_sale(shop: FakeErpShop) -> None:
    order = shop.order("S1")
    shop.sync()
    shop.erp.cancel_shipments(order, ignore=False)

    with shop.no_writes():
        shop.sync()

    assert shop.status()["orders"]["by_reason"] == {"waiting/erp_undecided": 1}
    assert shop.standing("S1") == [sale("S1", {MUG: 2}, "22")]


# -- after the goods are handed over


def test_an_order_changed_after_its_goods_were_handed_over_is_held_with_both_stories(either_shop: FakeErpShop) -> None:
    shop = either_shop
    orders = [shop.order(number) for number in ("EDITED", "CANCELLED", "MOVED")]
    shop.sync()
    for number in ("EDITED", "CANCELLED", "MOVED"):
        hand_over(shop, number)
    shop.erp.set_quantity(orders[0], 0, 3)
    shop.erp.cancel(orders[1])
    shop.erp.move(orders[2], "AIRPORT")

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.holds() == {
        "EDITED": "changed_after_closed",
        "CANCELLED": "cancelled_after_closed",
        "MOVED": "cancelled_after_closed",
    }
    (edited,) = [one for one in shop.run("holds", "--json").json if one["number"] == "EDITED"]
    assert ("22.00" in edited["detail"], "33.00" in edited["detail"]) == (True, True)
    assert [one.status.endswith("CLOSED") for one in shop.retail_sales()] == [True] * 3


def test_an_order_changed_after_some_of_it_was_handed_over_is_held(shop: FakeErpShop) -> None:
    edited, cancelled = shop.order("S1", 3), shop.order("S2", 3)
    shop.sync()
    for number in ("S1", "S2"):
        hand_over_one(shop, number)
    shop.erp.set_quantity(edited, 0, 5)
    shop.erp.cancel(cancelled)
    written = len(shop.retail_writes())

    ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.holds() == {"S1": "edited_at_till", "S2": "edited_at_till"}
    assert {"1" in hold["detail"] for hold in shop.run("holds", "--json").json} == {True}
    assert len(shop.retail_writes()) == written
    assert [one.lines for one in shop.retail_sales()] == [{MUG: Decimal(3)}] * 2


def hand_over_one(shop: FakeErpShop, number: str) -> None:
    """A person at the outlet hands over one piece of the sale's first line."""
    (fulfilment,) = [row for row in shop.retail_state()["fulfillments"] if row["sale_id"] == shop.sale_id(number)]
    line = fulfilment["line_items"][0]["sale_line_item_id"]
    request = urllib.request.Request(
        f"{shop.retail_url}/api/{DATED}/fulfillments/{fulfilment['id']}/fulfill",
        data=json.dumps(
            {"version": fulfilment["version"], "line_items": [{"sale_line_item_id": line, "quantity": 1}]}
        ).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}", "User-Agent": "a till"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


# -- at the till


def test_what_people_did_at_the_till_is_never_undone_by_a_change_of_the_order(either_shop: FakeErpShop) -> None:
    shop = either_shop
    numbers = ("LINE", "MONEY", "CASH", "UNTOUCHED", "VOIDED")
    orders = {number: shop.order(number) for number in numbers}
    shop.sync()
    at_the_till(shop, "LINE", add_line={"sku": CAP, "quantity": 1})
    take_money(shop, "MONEY")
    take_money(shop, "CASH")
    shop.retail("POST", f"/sales/{shop.sale_id('VOIDED')}/void")
    before = [row for row in shop.retail_state()["sales"] if row["invoice_number"] != "UNTOUCHED"]
    for number in ("LINE", "MONEY", "UNTOUCHED"):
        shop.erp.set_quantity(orders[number], 0, 3)
    shop.erp.cancel(orders["CASH"])

    ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.holds() == {
        "LINE": "edited_at_till",
        "MONEY": "edited_at_till",
        "CASH": "paid_by_others",
        "VOIDED": "voided_by_hand",
    }
    assert [row for row in shop.retail_state()["sales"] if row["invoice_number"] != "UNTOUCHED"] == before
    assert shop.standing("UNTOUCHED") == [sale("UNTOUCHED", {MUG: 3}, "33")]


def test_a_new_address_of_goods_somebody_took_money_for_is_held_and_not_passed_over(shop: FakeErpShop) -> None:
    order = shop.order("S1", delivery="COURIER")
    shop.sync()
    take_money(shop, "S1")
    shop.erp.set_address(order, "9 Kings Road")

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.holds() == {"S1": "edited_at_till"}
