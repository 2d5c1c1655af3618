"""The life of an order in a real Tryton: all that people can do there. What only others can: `test_life.py`.

In `make test-slow`, on both dialects.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from demo.tryton import person
from tests.acceptance.tryton_shop import Placed, TrytonShop, quantity_of

# Orders of the seed, of which the tests place copies; both leave from Downtown.
COURIER, PICKUP = "WEB-1007", "WEB-1009"  # of two lines, 1 and 2 pieces; of one line, 3 pieces
OTHER_SKU = "SKU-00022"

# One server for all: the tests of a group run one after another in one process.
pytestmark = [pytest.mark.xdist_group("tryton"), pytest.mark.slow]  # half a minute each


def orders(shop: TrytonShop, *names: str, like: str) -> dict[str, Placed]:
    return {name: shop.order(name, like=like) for name in names}


def test_every_edit_of_an_open_order_shows_in_its_one_sale(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    placed = orders(shop, "UP", "DOWN", "EMPTIED", "PRICED", "SWAPPED", like=COURIER)
    shop.sync()
    made = {name: shop.sale_id(order.number) for name, order in placed.items()}
    shop.amend(placed["UP"], 0, quantity=Decimal(4))
    shop.amend(placed["DOWN"], 1, quantity=Decimal(1))
    shop.amend(placed["EMPTIED"], 0, quantity=Decimal(0))  # no amendment takes a line away, or adds one
    shop.amend(placed["PRICED"], 1, unit_price=Decimal("19.9900"))
    shop.amend(placed["SWAPPED"], 0, product=shop.tryton.seed["products"][OTHER_SKU])

    ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest(reasons=None)
    assert {name: shop.sales(order.number) for name, order in placed.items()} == {
        name: [shop.as_the_erp_says(order, "AWAITING_DISPATCH")] for name, order in placed.items()
    }
    assert {name: shop.sale_id(order.number) for name, order in placed.items()} == made


def test_a_new_address_reference_or_comment_reaches_the_note_of_the_sale(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    moved, renamed, said = placed = [shop.order(name, like=COURIER) for name in ("ADDRESS", "REFERENCE", "COMMENT")]
    shop.sync()
    notes = [shop.sale_row(order.number)["note"] for order in placed]
    street = shop.address_of(moved)["street"].replace("\n", ", ")
    person.amend_address(shop.clerk, moved.id, shop.new_address(moved, "9 Kings Road"))
    person.set_reference(shop.clerk, renamed.id, "PO-8")
    person.set_comment(shop.clerk, said.id, "gift: wrap it")

    ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest(reasons=None)
    assert [shop.sale_row(order.number)["note"] for order in placed] == [
        notes[0].replace(street, "9 Kings Road"),
        notes[1].replace("REFERENCE", "PO-8"),
        f"{notes[2]} · gift: wrap it",
    ]
    assert street in notes[0]


def test_an_order_that_moves_or_turns_dispatch_leaves_one_sale_standing(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    moved, turned = (shop.order(name, like=PICKUP) for name in ("MOVED", "TURNED"))
    shop.sync()
    shop.move(moved, "AIRPORT")
    shop.amend(turned, 1, product=shop.tryton.seed["products"]["COURIER"])

    shop.sync_until(lambda: all(shop.standing(order.number) for order in (moved, turned)))

    shop.rest(reasons=None)
    assert [[sale.status for sale in shop.sales(order.number)] for order in (moved, turned)] == [
        ["VOIDED", "AWAITING_PICKUP"],
        ["VOIDED", "AWAITING_DISPATCH"],
    ]
    assert shop.standing(moved.number) == [
        shop.as_the_erp_says(moved, "AWAITING_PICKUP", "Airport")._replace(invoice=f"{moved.number}-B")
    ]
    assert shop.standing(turned.number) == [
        shop.as_the_erp_says(turned, "AWAITING_DISPATCH")._replace(invoice=f"{turned.number}-B")
    ]


def test_one_part_is_edited_or_cancelled_and_its_sibling_left_alone(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    edited, cancelled = (shop.order(name, like=COURIER) for name in ("EDITED", "CANCELLED"))
    there = {order: shop.ship_from(order, 1, "AIRPORT") for order in (edited, cancelled)}
    shop.sync()
    before = {order: shop.sales(order.number) for order in (edited, cancelled)}
    assert [sale.outlet for sale in before[edited]] == ["Downtown", "Airport"]
    shop.amend(edited, 1, quantity=Decimal(5))
    shop.ship_from(edited, 1, "AIRPORT")  # an amendment makes one shipment of it again
    person.cancel_shipment(shop.clerk, there[cancelled])
    person.ignore_cancelled_shipments(shop.clerk, cancelled.id)

    ended = shop.sync()

    assert ended.code == 0, ended
    shop.rest(reasons=None)
    here, changed = shop.sales(edited.number)
    assert here == before[edited][0]
    assert changed.lines == {sku: Decimal(5) for sku in before[edited][1].lines}
    assert here.total + changed.total == shop.as_the_erp_says(edited, "").total
    left, gone = shop.sales(cancelled.number)
    assert (left, gone.status) == (before[cancelled][0], "VOIDED")


def test_a_split_that_an_amendment_undoes_is_one_sale_again(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    order = shop.order("JOINED", like=COURIER)
    shop.ship_from(order, 1, "AIRPORT")
    shop.sync()
    shop.amend(order, 0, quantity=Decimal(2))

    shop.sync_until(lambda: len(shop.standing(order.number)) == 1)
    shop.sync()

    shop.rest(reasons=None)
    assert shop.standing(order.number) == [shop.as_the_erp_says(order, "AWAITING_DISPATCH")]


def test_a_cancelled_order_has_no_sale_and_a_reopened_one_its_own(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    before, after, undecided, resumed = (
        shop.order(name, like=PICKUP) for name in ("BEFORE", "AFTER", "UNDECIDED", "RESUMED")
    )
    quoted = shop.quotation("QUOTED", like=PICKUP)
    person.cancel_order(shop.clerk, before.id)
    person.cancel_order(shop.clerk, quoted.id)
    shop.sync()
    assert [shop.sales(order.number) for order in (before, quoted)] == [[], []]
    kept = [shop.sale_id(order.number) for order in (undecided, resumed)]
    person.cancel_order(shop.clerk, after.id)
    for order in (undecided, resumed):
        person.cancel_shipment(shop.clerk, shop.shipments(order)[0]["id"])
    person.reopen_order(shop.clerk, quoted.id)
    shop.sync()
    person.recreate_cancelled_shipments(shop.clerk, resumed.id)

    ended = shop.sync()

    assert ended.code == 0, ended
    assert [sale.status for sale in shop.sales(after.number)] == ["VOIDED"]
    assert [shop.sale_id(order.number) for order in (undecided, resumed)] == kept
    assert shop.sales(quoted.number) == [shop.as_the_erp_says(quoted, "AWAITING_PICKUP")]
    assert shop.reasons(before, after, undecided, resumed, quoted) == [
        "ignored/cancelled",
        "synced/voided",
        "waiting/erp_undecided",
        "synced/stands",
        "synced/stands",
    ]
    shop.rest(reasons=None)


def test_an_order_changed_after_its_goods_were_handed_over_is_held(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    edited, cancelled, moved, shipped = placed = [
        shop.order(name, like=PICKUP) for name in ("EDITED", "CANCELLED", "MOVED", "SHIPPED")
    ]
    shop.sync()
    shop.hand_over(shipped.number)
    shop.sync("fulfilments")
    assert [one["state"] for one in shop.shipments(shipped)] == ["done"]
    for order in (edited, cancelled, moved):
        shop.hand_over(order.number)
    for order in (edited, shipped):
        shop.amend(order, 0, quantity=Decimal(4))
    person.cancel_order(shop.clerk, cancelled.id)
    shop.move(moved, "AIRPORT")
    sold = [shop.sales(order.number) for order in placed]

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.reasons(*placed) == [
        "held/changed_after_closed",
        "held/cancelled_after_closed",
        "held/cancelled_after_closed",
        "held/changed_after_closed",
    ]
    assert [shop.sales(order.number) for order in placed] == sold
    assert all(len(sales) == 1 and sales[0].status.endswith("CLOSED") for sales in sold)


def test_an_order_of_which_the_erp_has_shipped_some_asks_for_what_it_still_says(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    more, less = (shop.order(name, like=PICKUP) for name in ("MORE", "LESS"))
    shop.sync()
    for order in (more, less):
        (line,) = shop.goods(order)
        person.ship_part(shop.clerk, shop.shipments(order)[0]["id"], {line["product."]["code"]: Decimal(2)})
    shop.amend(more, 0, quantity=Decimal(5))
    (rest,) = [one["id"] for one in shop.shipments(less) if one["state"] != "done"]
    person.cancel_shipment(shop.clerk, rest)
    person.ignore_cancelled_shipments(shop.clerk, less.id)

    ended = shop.sync()

    assert ended.code == 0, ended
    assert [list(shop.sales(order.number)[0].lines.values()) for order in (more, less)] == [[Decimal(5)], [Decimal(2)]]
    shop.rest(reasons=None)


def test_an_order_changed_after_some_of_it_was_handed_over_is_held(tryton_shop: TrytonShop) -> None:
    shop = tryton_shop
    edited, cancelled = placed = [shop.order(name, like=PICKUP) for name in ("EDITED", "CANCELLED")]
    shop.sync()
    for order in placed:
        shop.hand_over_one(order.number)
    shop.amend(edited, 0, quantity=Decimal(5))
    person.cancel_order(shop.clerk, cancelled.id)

    ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.reasons(*placed) == ["held/edited_at_till"] * 2
    assert [list(shop.sales(order.number)[0].lines.values()) for order in placed] == [[Decimal(3)]] * 2
    assert [quantity_of(one) for one in shop.goods(edited)] == [Decimal(5)]


def test_what_people_did_at_the_till_is_never_undone(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    line, money, cash, voided = placed = [shop.order(name, like=PICKUP) for name in ("LINE", "MONEY", "CASH", "VOIDED")]
    shop.sync()
    shop.edit_at_till(line.number, add_line={"sku": OTHER_SKU, "quantity": 1})
    for order in (money, cash):
        shop.take_money(order.number)
    shop.void_at_till(voided.number)
    left = [shop.sales(order.number) for order in placed]
    for order in (line, money):
        shop.amend(order, 0, quantity=Decimal(4))
    person.cancel_order(shop.clerk, cash.id)

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 3, ended
    assert shop.reasons(*placed) == [
        "held/edited_at_till",
        "held/edited_at_till",
        "held/paid_by_others",
        "held/voided_by_hand",
    ]
    assert [shop.sales(order.number) for order in placed] == left


# -- taken back


def test_goods_that_the_erp_takes_back_are_returned_for_what_it_gives_back(either_tryton_shop: TrytonShop) -> None:
    shop = either_tryton_shop
    shop.configure({"orders.returns": "create"})
    part, whole = placed = [shop.order(name, like=PICKUP) for name in ("PART", "WHOLE")]
    shop.sync()
    for order in placed:
        shop.hand_over(order.number)
    shop.sync("orders", "fulfilments")
    sku = shop.goods(part)[0]["product."]["code"]
    made = [person.return_order(shop.clerk, part.id, {sku: Decimal(1)}), person.return_order(shop.clerk, whole.id)]
    backs = [Placed(one, str(shop.erp_row(one, "number")["number"])) for one in made]

    ended = shop.sync()

    assert ended.code == 0, ended
    assert shop.reasons(*backs) == ["synced/returned"] * 2
    found = {row["return_for"]: row for row in shop.retail_state()["sales"] if row["return_for"]}
    for order, back in zip(placed, backs, strict=True):
        row = found[shop.sale_id(order.number)]
        refund = Decimal(str(shop.erp_row(back.id, "total_amount")["total_amount"]))
        assert (row["status"], [Decimal(one["amount"]) for one in row["payments"]]) == ("CLOSED", [refund])
        assert Decimal(row["total_incl"]).quantize(Decimal("0.01")) == refund
