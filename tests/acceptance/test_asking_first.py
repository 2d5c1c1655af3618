"""Looking before doing: plans, dry runs, shadow mode and brakes send nothing."""

from __future__ import annotations

from tests.acceptance.shop import FakeErpShop


def test_plans_and_dry_runs_write_nothing_to_either_side(shop: FakeErpShop) -> None:
    for number in ("S1", "S2"):
        shop.order(number)

    with shop.no_writes():
        plan = shop.run("plan", "--detailed-exitcode", "--json")
        dry = shop.run("sync", "--dry-run")

    assert (plan.code, dry.code) == (2, 0), (plan, dry)
    planned = {one["number"]: [step["do"] for step in one["steps"]] for one in plan.json["orders"]}
    assert planned == {"S1": ["create"], "S2": ["create"]}
    assert "create S1" in dry.out
    assert shop.retail_sales() == []


def test_a_plan_of_everything_that_may_change_writes_nothing(shop: FakeErpShop) -> None:
    orders = {number: shop.order(number) for number in ("EDITED", "CANCELLED", "MOVED", "COLLECTED")}
    shop.sync()
    shop.erp.set_quantity(orders["EDITED"], 0, 5)
    shop.erp.cancel(orders["CANCELLED"])
    shop.erp.move(orders["MOVED"], "AIRPORT")
    shop.hand_over("COLLECTED")

    with shop.no_writes():
        plan = shop.run("plan", "--json", "--detailed-exitcode")

    assert plan.code == 2, plan
    planned = {one["number"]: [step["do"] for step in one["steps"]] for one in plan.json["orders"] if one["steps"]}
    assert planned == {"EDITED": ["update"], "CANCELLED": ["void"], "MOVED": ["void"]}
    assert [one["order"] for one in plan.json["fulfilments"]["completions"]] == [str(orders["COLLECTED"])]
    done = shop.sync("orders", "fulfilments")
    assert done.code == 0, done


def test_shadow_mode_plans_and_sends_nothing_until_it_is_live(shop: FakeErpShop) -> None:
    shop.order("S1")
    shop.configure({"orders.mode": "shadow"})

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 0, ended
    status = shop.status()
    assert status["shadow"] == {"USD": "22.00"}
    assert (status["orders"]["by_reason"], status["journal"]) == ({"waiting/shadow": 1}, {})
    shop.configure({"orders.mode": "live"})
    assert shop.sync().code == 0
    assert len(shop.standing("S1")) == 1


def test_a_brake_stops_the_whole_plan_and_a_person_lets_it_pass_once(shop: FakeErpShop) -> None:
    shop.configure({"orders.brakes": {"creates": 2}})
    for number in range(1, 6):
        shop.order(f"S{number}")

    with shop.no_writes():
        braked = shop.sync()
        again = shop.sync()

    assert (braked.code, again.code) == (5, 5), (braked, again)
    (hold,) = shop.run("holds", "--json").json
    assert hold["reason"] == "brake"
    assert f"syncd holds approve {hold['id']}" in braked.said

    shop.run("holds", "approve", str(hold["id"]))
    passed = shop.sync()

    assert passed.code == 0, passed
    assert len(shop.retail_sales()) == 5
    for number in range(6, 9):
        shop.order(f"S{number}")
    with shop.no_writes():
        assert shop.sync().code == 5, "it was let pass once"
