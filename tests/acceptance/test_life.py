"""The life of an order, line by line: whatever becomes of it in the ERP or at the till, one right sale or a hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.acceptance.shop import FakeErpShop, SaleSeen

MUG, CAP, TEA = "SKU-00001", "SKU-00002", "SKU-00003"
TAX = ("GST 10%",)
LINES = [(MUG, 2, "10.00", TAX)]
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


def test_a_new_address_reference_or_comment_reaches_the_sale_and_leaves_the_words_of_the_shop(
    either_shop: FakeErpShop,
) -> None:
    shop = either_shop
    moved, renamed, said, unsaid = (shop.order(number, delivery="COURIER") for number in ("S1", "S2", "S3", "S4"))
    shop.sync()
    shop.edit_at_till("S1", note=f"{shop.sale_row('S1')['note']} · fragile")
    shop.erp.set_address(moved, "9 Kings Road")
    shop.erp.set_reference(renamed, "PO-8")
    shop.erp.set_comment(said, "gift: wrap it")
    shop.erp.set_note(unsaid, 0, "wrap it")  # a word on a line of the ERP, which no sale tells
    written = len(shop.retail_writes())

    ended = shop.sync()

    assert ended.code == 0, ended
    assert len(shop.retail_writes()) == written + 3
    shop.rest(reasons={"synced/stands": 4})
    person, place = "Jane Moreno · +14155550100", "94107 San Francisco US"
    assert [shop.sale_row(number)["note"] for number in ("S1", "S2", "S3", "S4")] == [
        f"{person} · 9 Kings Road · {place} · fragile",
        f"PO-8 · {person} · 1 Main Street · {place}",
        f"{person} · 1 Main Street · {place} · gift: wrap it",
        f"{person} · 1 Main Street · {place}",
    ]
    assert {one.total for one in shop.retail_sales()} == {Decimal(22)}


def test_a_pickup_turned_dispatch_is_one_sale_that_is_sent(either_shop: FakeErpShop) -> None:
    shop = either_shop
    order = shop.order("S1")
    shop.sync()
    shop.erp.set_product(order, 1, "COURIER")

    shop.sync_until(lambda: bool(shop.standing("S1")))

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


# -- called otherwise


def test_a_renumbered_order_keeps_its_sale_and_the_number_on_it(either_shop: FakeErpShop) -> None:
    shop = either_shop
    kept, edited, cancelled = (shop.order(number) for number in ("S1", "S2", "S3"))
    shop.sync()
    made = [shop.sale_id(number) for number in ("S1", "S2")]
    for order, number in ((kept, "N1"), (edited, "N2"), (cancelled, "N3")):
        shop.erp.renumber(order, number)
    shop.erp.set_quantity(edited, 0, 3)
    shop.erp.cancel(cancelled)

    ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest(reasons={"synced/stands": 2, "synced/voided": 1})
    assert [shop.sale_id(number) for number in ("S1", "S2")] == made
    assert [shop.standing(number) for number in ("S1", "S2", "S3")] == [
        [sale("S1", {MUG: 2}, "22")],
        [sale("S2", {MUG: 3}, "33")],
        [],
    ]
    assert sorted(one.invoice for one in shop.retail_sales()) == ["S1", "S2", "S3"]


# -- after the goods are handed over


def test_an_order_changed_after_its_goods_were_handed_over_is_held_with_both_stories(either_shop: FakeErpShop) -> None:
    shop = either_shop
    orders = [shop.order(number) for number in ("EDITED", "CANCELLED", "MOVED")]
    shop.sync()
    for number in ("EDITED", "CANCELLED", "MOVED"):
        shop.hand_over(number)
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
        shop.hand_over_one(number)
    shop.erp.set_quantity(edited, 0, 5)
    shop.erp.cancel(cancelled)
    written = len(shop.retail_writes())

    ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.holds() == {"S1": "edited_at_till", "S2": "edited_at_till"}
    assert {"1" in hold["detail"] for hold in shop.run("holds", "--json").json} == {True}
    assert len(shop.retail_writes()) == written
    assert [one.lines for one in shop.retail_sales()] == [{MUG: Decimal(3)}] * 2


# -- at the till


def test_what_people_did_at_the_till_is_never_undone_by_a_change_of_the_order(either_shop: FakeErpShop) -> None:
    shop = either_shop
    numbers = ("LINE", "MONEY", "CASH", "UNTOUCHED", "VOIDED")
    orders = {number: shop.order(number) for number in numbers}
    shop.sync()
    shop.edit_at_till("LINE", add_line={"sku": CAP, "quantity": 1})
    shop.take_money("MONEY")
    shop.take_money("CASH")
    shop.void_at_till("VOIDED")
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
    shop.take_money("S1")
    shop.erp.set_address(order, "9 Kings Road")

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.holds() == {"S1": "edited_at_till"}


def test_an_order_paid_at_the_till_is_never_paid_a_second_time_when_the_erp_hears_of_it(
    either_shop: FakeErpShop,
) -> None:
    shop = either_shop
    shop.configure({"erp.paid": "invoice", "orders.payments.unpaid": "at_till"})
    numbers = ("COUNTER", "INVOICE")
    orders = [shop.erp.add_order(number, LINES, delivery="CLICK-COLLECT", paid=False) for number in numbers]
    shop.sync()
    assert [shop.standing(number) for number in numbers] == [
        [sale(number, {MUG: 2}, "22", paid=Decimal(0))] for number in numbers
    ]
    shop.take_money("COUNTER", "22.00")
    paid = shop.sale_row("COUNTER")
    shop.sync()
    for order in orders:
        shop.erp.set_paid(order, True)

    ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest(reasons={"synced/stands": 2})
    assert [shop.standing(number) for number in numbers] == [[sale(number, {MUG: 2}, "22")] for number in numbers]
    assert shop.sale_row("COUNTER") == paid
