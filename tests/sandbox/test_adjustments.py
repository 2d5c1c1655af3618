"""Stock adjustments: strict in form, bound to their reasons, and booked as often as they are sent."""

from __future__ import annotations

from typing import Any

import pytest

from .builders import AIRPORT, DATED, DOWNTOWN, ERP_USER, SHIPPING, SKU_1, SKU_2, UNKNOWN, Shop, an_adjustment

PATH = f"{DATED}/stock_adjustments"
REASONS = f"{DATED}/custom_inventory_adjustment_reasons"


def a_reason(shop: Shop, name: str = "ERP sync +", kind: str = "POSITIVE", *, enabled: bool = True) -> str:
    body = {"name": name, "enabled": enabled, "type": kind}
    return str(shop.do("POST", REASONS, body)["data"]["id"])


def test_an_adjustment_moves_the_level_and_is_answered_in_the_order_asked(shop: Shop) -> None:
    rows = [
        an_adjustment(),
        an_adjustment(product_id=SKU_2, outlet_id=AIRPORT, quantity="1.5", reason="STOCK_FOUND"),
    ]

    made = shop.create(PATH, {"stock_adjustments": rows})

    assert [{name: each[name] for name in rows[0]} for each in made] == rows
    assert {each["user_id"] for each in made} == {ERP_USER}
    assert (shop.stock(), shop.stock("SKU-00002", "Airport")) == (("24", "0"), ("33.5", "0"))
    assert shop.get(PATH)["data"] == made


def test_a_repeat_is_booked_again(shop: Shop) -> None:
    for _ in range(2):
        shop.create(PATH, {"stock_adjustments": [an_adjustment()]})

    assert shop.stock() == ("21", "0")
    assert len(shop.get(PATH)["data"]) == 2


BAD_FORM: list[Any] = [
    pytest.param({"stock_adjustments": []}, id="no row"),
    pytest.param({}, id="no list"),
    pytest.param({"stock_adjustments": [an_adjustment()], "note": "x"}, id="another property beside the list"),
    pytest.param({"stock_adjustments": [an_adjustment(note="x")]}, id="another property in a row"),
    pytest.param({"stock_adjustments": [an_adjustment(quantity=-3)]}, id="a quantity that is a number"),
    pytest.param({"stock_adjustments": [an_adjustment(quantity="few")]}, id="a quantity that is none"),
    pytest.param({"stock_adjustments": [an_adjustment(quantity="-1e3")]}, id="a quantity with an exponent"),
    pytest.param({"stock_adjustments": [an_adjustment(quantity="-" + "1" * 40)]}, id="a quantity too long"),
    pytest.param({"stock_adjustments": [an_adjustment(reason="LOST")]}, id="an unknown reason"),
    pytest.param({"stock_adjustments": [an_adjustment(reason=None)]}, id="no reason"),
    pytest.param({"stock_adjustments": [an_adjustment(outlet_id="Downtown")]}, id="an outlet that is no id"),
    pytest.param({"stock_adjustments": [an_adjustment(product_id=None)]}, id="no product"),
    pytest.param({"stock_adjustments": ["x"]}, id="a row that is no object"),
    pytest.param([an_adjustment()], id="a bare list"),
]


@pytest.mark.parametrize("body", BAD_FORM)
def test_a_batch_of_the_wrong_form_is_400_and_books_nothing(shop: Shop, body: Any) -> None:
    assert shop.send("POST", PATH, body)[0] == 400
    assert (shop.stock(), shop.get(PATH)["data"]) == (("27", "0"), [])


BREACHES: list[Any] = [
    *(
        pytest.param({"reason": each, "quantity": "3"}, id=f"more by {each}")
        for each in ("DAMAGE", "EXPIRY", "INTERNAL_USE", "THEFT", "DONATION")
    ),
    *(pytest.param({"reason": each}, id=f"less by {each}") for each in ("STOCK_FOUND", "SAMPLE_FOR_SALE")),
    pytest.param({"reason": "CUSTOM"}, id="custom without its reason"),
    pytest.param({"reason": "CUSTOM", "custom_inventory_adjustment_reason_id": UNKNOWN}, id="an unknown one"),
    pytest.param({"custom_inventory_adjustment_reason_id": UNKNOWN}, id="a custom reason beside another"),
    pytest.param({"quantity": "0"}, id="nothing"),
    pytest.param({"product_id": UNKNOWN}, id="unknown product"),
    pytest.param({"product_id": SHIPPING}, id="a product without inventory"),
    pytest.param({"outlet_id": UNKNOWN}, id="unknown outlet"),
]


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_of_a_rule_is_422_and_books_nothing_of_the_batch(shop: Shop, breach: dict[str, Any]) -> None:
    body = {"stock_adjustments": [an_adjustment(), an_adjustment(**breach)]}

    assert shop.send("POST", PATH, body)[0] == 422
    assert (shop.stock(), shop.get(PATH)["data"]) == (("27", "0"), [])


def test_a_batch_may_stay_booked_up_to_its_bad_row(shop: Shop) -> None:
    shop.switch(adjustments_atomic=False)
    body = {"stock_adjustments": [an_adjustment(), an_adjustment(outlet_id=UNKNOWN), an_adjustment()]}

    assert shop.send("POST", PATH, body)[0] == 422
    assert (shop.stock(), len(shop.get(PATH)["data"])) == (("24", "0"), 1)


def test_a_thousand_rows_are_taken_and_one_more_is_not(shop: Shop) -> None:
    rows = [an_adjustment(quantity="-0.001")] * 1_001

    too_many = shop.send("POST", PATH, {"stock_adjustments": rows})[0]
    made = shop.create(PATH, {"stock_adjustments": rows[:1_000]})

    assert (too_many, len(made), shop.stock()) == (400, 1_000, ("26.000", "0"))


def test_a_custom_reason_binds_the_sign(shop: Shop) -> None:
    plus, minus = a_reason(shop), a_reason(shop, "ERP sync -", "NEGATIVE")

    def adjust(quantity: str, reason: str) -> int:
        more = {"reason": "CUSTOM", "custom_inventory_adjustment_reason_id": reason}
        return shop.send("POST", PATH, {"stock_adjustments": [an_adjustment(quantity=quantity, **more)]})[0]

    assert [adjust("2", plus), adjust("-2", plus), adjust("-1", minus), adjust("1", minus)] == [201, 422, 201, 422]
    assert shop.stock() == ("28", "0")


def test_a_reason_that_is_switched_off_cannot_be_used(shop: Shop) -> None:
    reason = {"reason": "CUSTOM", "custom_inventory_adjustment_reason_id": a_reason(shop, enabled=False)}

    assert shop.send("POST", PATH, {"stock_adjustments": [an_adjustment(quantity="1", **reason)]})[0] == 422


def test_the_list_pages_by_version_a_hundred_at_a_time(shop: Shop) -> None:
    made = shop.create(PATH, {"stock_adjustments": [an_adjustment(quantity="-0.1")] * 250})

    first = shop.get(PATH)
    rest = shop.get(PATH, after=first["version"]["max"], page_size=5_000)

    assert (first["data"], rest["data"]) == (made[:100], made[100:])
    assert shop.get(PATH, after=rest["version"]["max"]) == {"data": [], "version": {"min": None, "max": None}}


def test_a_reason_is_made_with_200_and_marked_as_made_from_outside(shop: Shop) -> None:
    status, answer = shop.send("POST", REASONS, {"name": "ERP sync +", "enabled": True, "type": "POSITIVE"})

    assert (status, answer["data"]["is_from_external_source"]) == (200, True)
    assert shop.get(REASONS)["data"] == [answer["data"]]


def test_a_name_that_is_taken_is_a_conflict(shop: Shop) -> None:
    a_reason(shop)

    assert shop.send("POST", REASONS, {"name": "ERP sync +", "enabled": True, "type": "NEGATIVE"})[0] == 409


@pytest.mark.parametrize(
    "wrong", [{"name": "x" * 31}, {"name": ""}, {"enabled": "yes"}, {"enabled": None}, {"type": "BOTH"}]
)
def test_a_bad_reason_is_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    body = {"name": "ERP sync +", "enabled": True, "type": "POSITIVE"} | wrong

    assert (shop.send("POST", REASONS, body)[0], shop.get(REASONS)["data"]) == (400, [])


def test_the_auditor_sees_what_was_booked(shop: Shop) -> None:
    made = shop.create(PATH, {"stock_adjustments": [an_adjustment(outlet_id=DOWNTOWN, product_id=SKU_1)]})

    assert shop.state()["stock_adjustments"] == made
