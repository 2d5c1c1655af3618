"""Another connector ran before: what it has made is not made again, and a person may take it for the order's."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from tests.acceptance.shop import TOKEN, FakeErpShop


def sold_by_another_connector(shop: FakeErpShop, number: str) -> str:
    """Two pieces at 10.00 with 10 % tax, to be picked up at Downtown: what `shop.order` asks for. Return its id."""
    state = shop.retail_state()

    def row(table: str, name: str) -> dict[str, Any]:
        names = ("name", "username", "sku")
        (found,) = [one for one in state[table] if name in [one.get(field) for field in names]]
        return dict(found)

    sale = {
        "register_id": row("registers", "Online Downtown")["id"],
        "user_id": row("users", "erp-sync")["id"],
        "status": "AWAITING_PICKUP",
        "invoice_number": number,
        "source": "SHOPIFY",
        "source_id": "gid-77",
        "register_sale_products": [
            {
                "product_id": row("products", "SKU-00001")["id"],
                "quantity": 2,
                "price": 10,
                "tax": 1,
                "tax_id": row("taxes", "GST")["id"],
                "price_set": True,
            }
        ],
        "register_sale_payments": [],
    }
    request = urllib.request.Request(
        f"{shop.retail_url}/api/register_sales",
        data=json.dumps(sale).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request) as answer:
        made = str(json.load(answer)["register_sale"]["id"])
    shop.retail("DELETE", "/log")  # only what syncd asks for is held against the vendor's description
    return made


def test_a_sale_of_another_connector_is_held_named_adopted_and_handed_over(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.configure({"orders.takeover": True, "orders.mode": "shadow"})
    theirs = sold_by_another_connector(shop, "S1")
    shop.order("S1")
    shop.order("S2")
    plan = shop.run("plan", "orders")
    assert "takeover: 1 not there, 1 same" in plan.out
    assert "22.00 pending, by SHOPIFY" in plan.said
    shop.configure({"orders.mode": "live"})
    held = shop.sync()
    assert (held.code, shop.holds()) == (3, {"S1": "invoice_taken"})
    (hold,) = shop.run("holds", "--json").json
    assert f"`syncd holds adopt {hold['id']} SALE`" in hold["next"]

    with shop.no_writes():
        adopted = shop.run("holds", "adopt", str(hold["id"]), "S1", "--as", "ada", "--because", "the old connector's")

    assert adopted.code == 0, adopted
    assert shop.holds() == {}
    story = shop.run("explain", "order", "S1")
    assert "made by SHOPIFY and adopted" in story.out
    assert "adopt by ada: the old connector's" in story.out
    assert [sale.status for sale in shop.sales("S1")] == ["AWAITING_PICKUP"]
    shop.retail("POST", f"/sales/{theirs}/complete", {})
    done = shop.sync("orders", "fulfilments", "orders")
    assert done.code == 0, done
    shop.rest("orders", "fulfilments", reasons={"synced/handed_over": 1, "synced/stands": 1})
    assert shop.on_hand("DOWNTOWN", "SKU-00001") == 98


def test_a_sale_that_is_something_else_is_not_adopted(shop: FakeErpShop) -> None:
    shop.configure({"orders.takeover": True})
    sold_by_another_connector(shop, "S1")
    shop.order("S1", 3)
    shop.sync()
    (hold,) = shop.run("holds", "--json").json

    with shop.no_writes():
        refused = shop.run("holds", "adopt", str(hold["id"]), "S1")

    assert refused.code == 2, refused
    assert "its total is 22.00, not 33.00" in refused.said
    assert shop.holds() == {"S1": "invoice_taken"}
