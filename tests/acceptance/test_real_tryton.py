"""The same against a real Tryton: what a clerk does there shows in X-Series, and hand-overs come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from demo.tryton import person
from demo.tryton.rpc import TrytonRpc
from demo.tryton.server import RunningTryton
from syncd.sandbox import RunningSandbox
from tests.acceptance.shop import DATED, Shop
from tests.stores import FileStores, ServerStores

CACHE = Path(__file__).parents[2] / "var" / "tryton"

# One server for all: the tests of a group run one after another in one process.
pytestmark = pytest.mark.xdist_group("tryton")


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTryton]:
    with RunningTryton(CACHE, tmp_path_factory.mktemp("tryton")) as running:
        yield running


@pytest.fixture
def clerk(tryton: RunningTryton) -> TrytonRpc:
    return tryton.log_in("clerk")


@pytest.fixture
def shop(tryton: RunningTryton, tmp_path: Path, stores: FileStores | ServerStores) -> Iterator[Shop]:
    """An X-Series and a store of its own; the ERP is the same for all tests of this file."""
    password = tryton.seed["logins"]["sync"]
    with RunningSandbox() as sandbox:
        opened = Shop(
            tmp_path, erp_url=tryton.url, erp_password=password, retail_url=sandbox.url, api=DATED, stores=stores
        )
        opened.configure({"orders.start": f"{tryton.seed['start']}T00:00:00+00:00", "erp.deadline": "30s"})
        with closing(opened):
            yield opened


def copy_of(clerk: TrytonRpc, tryton: RunningTryton, reference: str, *, like: str) -> tuple[int, str]:
    """Order the same as a seeded order once more; return its id and its number."""
    (model,) = [order["id"] for order in tryton.seed["orders"] if order["reference"] == like]
    order = person.place_order(clerk, model, reference)
    return order, str(clerk.call("model.sale.sale.read", [order], ["number"])[0]["number"])


def goods_of(clerk: TrytonRpc, order: int) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = clerk.call(
        "model.sale.line.search_read",
        [["sale", "=", order], ["product.type", "=", "goods"]],
        *(0, None, [["id", "ASC"]], ["quantity", "product.code", "moves"]),
    )
    return lines


def moves_done(clerk: TrytonRpc, order: int) -> dict[str, Decimal]:
    """What left for the customer, by product code."""
    moves = [move for line in goods_of(clerk, order) for move in line["moves"]]
    done: dict[str, Decimal] = {}
    for move in clerk.call("model.stock.move.read", moves, ["state", "quantity", "product.code"]):
        if move["state"] == "done":
            code = move["product."]["code"]
            done[code] = done.get(code, Decimal(0)) + Decimal(str(move["quantity"]))
    return done


def test_every_good_order_becomes_its_sales_and_they_sum_to_it(tryton: RunningTryton, shop: Shop) -> None:
    ended = shop.sync()

    assert ended.code == 3, "some of the seed's orders are bad on purpose"
    good = {order["number"]: Decimal(order["total"]) for order in tryton.seed["orders"] if order["good"]}
    assert {number: sum(sale.paid for sale in shop.standing(number)) for number in good} == good
    bad = [order["number"] for order in tryton.seed["orders"] if not order["good"] and order["number"]]
    assert [sale for number in bad for sale in shop.sales(number)] == []
    shop.rest(reasons=None)
    assert set(shop.holds().values()) == {"unknown_sku", "unmapped_location"}


def test_what_the_clerk_amends_and_cancels_shows_in_the_sale(
    tryton: RunningTryton, clerk: TrytonRpc, shop: Shop
) -> None:
    edited, number = copy_of(clerk, tryton, "AMEND-1", like="WEB-1003")
    cancelled, other = copy_of(clerk, tryton, "CANCEL-1", like="WEB-1003")
    only = ("--order", number, "--order", "CANCEL-1")
    shop.sync(*only)
    before = shop.sales(number)
    line = goods_of(clerk, edited)[0]
    sku, quantity = line["product."]["code"], Decimal(str(line["quantity"]))

    person.amend_quantity(clerk, edited, line["id"], quantity + 1)
    person.cancel_order(clerk, cancelled)
    ended = shop.sync(*only)

    assert ended.code == 0, ended
    assert [sale.lines[sku] for sale in [*before, *shop.sales(number)]] == [quantity, quantity + 1]
    assert [sale.total == sale.paid for sale in shop.sales(number)] == [True]
    assert [sale.status for sale in shop.sales(other)] == ["VOIDED"]
    with shop.no_writes():
        assert shop.sync(*only).code == 0
    shop.status()


def test_a_hand_over_moves_the_stock_once(tryton: RunningTryton, clerk: TrytonRpc, shop: Shop) -> None:
    order, number = copy_of(clerk, tryton, "COLLECT-1", like="WEB-1006")
    wanted = {line["product."]["code"]: Decimal(str(line["quantity"])) for line in goods_of(clerk, order)}
    only = ("--order", number)
    shop.sync(*only)
    shop.retail("POST", f"/sales/{shop.sale_id(number)}/complete")

    ended = [shop.sync("fulfilments", "orders", *only) for _ in range(2)]

    assert [one.code for one in ended] == [0, 0], ended
    (sale,) = clerk.call("model.sale.sale.read", [order], ["shipments", "shipment_state"])
    shipments = clerk.call("model.stock.shipment.out.read", sale["shipments"], ["state", "write_date"])
    assert [shipment["state"] for shipment in shipments] == ["done"]
    assert moves_done(clerk, order) == wanted
    with shop.no_writes():
        assert shop.sync("fulfilments", "orders", *only).code == 0
    assert clerk.call("model.stock.shipment.out.read", sale["shipments"], ["state", "write_date"]) == shipments
    assert shop.status()["orders"]["by_reason"] == {"synced/handed_over": 1}
