"""What the vendor leaves open, in each of its readings: the same four orders, and the same end.

One picked up, one dispatched, one of two lines, one whose answer is lost; one is edited, one cancelled, one handed
over. In the end one right sale stands per part, or its order is held with the reason, and nothing is left to write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from syncd.sandbox import RunningSandbox
from syncd.sandbox.switches import Switches
from tests.acceptance.shop import CLASSIC, DATED, ERP_PASSWORD, Ended, FakeErpShop, SaleSeen, wait_until
from tests.fakes.tryton_server import FakeTryton

SKU_1, SKU_2 = "SKU-00001", "SKU-00002"
EDITED, DISPATCHED, TWO_LINES, LOST = "S1", "S2", "S3", "S4"
LATE_S = 6.0  # a sale that is made when syncd has looked twice and sent it again
OLD, MIDDLE = "2026-01", "2026-04"
# Nothing that syncd does today asks for them; tests/sandbox/ tests them, or the test named here.
NOT_ASKED = {
    "access_token_s": "test_oauth.py",
    "token_rate_limit": "test_oauth.py",
    "return_answer": "tests/unit/lightspeed/test_fulfilments.py",
    "adjustments_atomic": "no adjustments",
    "fulfilment_history": "no history",
    "webhooks": "no webhooks",
    "webhook_order": "no webhooks",
    "webhook_signature": "no webhooks",
    "webhook_signed": "no webhooks",
}
OF_CLASSIC = {"classic_source", "classic_unknown_id", "empty_sale_keeps"}
OF_DATED = {"resent_id", "dated_update_lines", "old_create_answer", "user_answer"}
# What is lost, or the version, differs from the plain run.
ALWAYS = {"resent_id", "old_create_answer"}
# The positions of what is no word.
NUMBERS: dict[str, Sequence[Any]] = {
    "search_lag_s": (60,),
    "page_size_max": (1, 3),
    "rate_limit": (None,),
    "rate_window_s": (1,),
    "answer_ms": (20,),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Switches in one position each, the dialect they matter in, and what of the config belongs to them."""

    name: str
    switches: Mapping[str, Any]
    api: str = DATED
    lost: Mapping[str, Any] = field(default_factory=lambda: {"kind": "lost_after_commit"})
    settings: Mapping[str, Any] = field(default_factory=dict)


def positions(name: str) -> Sequence[Any]:
    """Every position of a switch that is worth a run."""
    if name in NUMBERS:
        return NUMBERS[name]
    hint = get_type_hints(Switches)[name]
    return get_args(hint) if get_origin(hint) is Literal else (False, True)


def readings_of(name: str) -> Iterator[Reading]:
    """Each position of a switch that is not where it starts, by itself, in each dialect where it matters."""
    apis = (CLASSIC,) if name in OF_CLASSIC else (DATED,) if name in OF_DATED else (DATED, CLASSIC)
    if name == "old_create_answer":
        apis = (OLD, MIDDLE)
    for api in apis:
        for position in positions(name):
            if position == getattr(Switches(), name) and name not in ALWAYS:
                continue
            lost: dict[str, Any] = {"kind": "lost_after_commit"}
            settings: dict[str, Any] = {}
            if name == "resent_id":
                lost = {"kind": "late_commit", "delay_s": LATE_S}
            if name == "open_sale_lowers":
                settings = {"stock.open_sales_lower_level": position == "creation"}
            yield Reading(f"{name}={position} {api}", {name: position}, api, lost, settings)


BUNDLES = [
    Reading(
        "one way dated",
        {
            "resent_id": "updated",
            "dated_update_lines": "merge",
            "open_sale_lowers": "fulfilment",
            "below_zero": "negative",
            "partial_bumps_sale": False,
            "user_answer": "array",
            "list_version": "missing",
            "search_lag_s": 60,
            "page_size_max": 2,
            "rate_window": "sliding",
        },
        settings={"stock.open_sales_lower_level": False},
    ),
    Reading(
        "one way classic",
        {
            "classic_source": "upper",
            "classic_unknown_id": "empty",
            "empty_sale_keeps": "nothing",
            "open_sale_lowers": "fulfilment",
            "below_zero": "negative",
            "list_version": "null",
            "search_lag_s": 60,
            "page_size_max": 3,
            "rate_window": "sliding",
        },
        CLASSIC,
        settings={"stock.open_sales_lower_level": False},
    ),
]
# These have an end of their own, below.
DIFFERENT = {"classic_source=dropped classic", f"delivery_without_details_refused=True {DATED}"}
SINGLE = [
    Reading(f"as it starts {DATED}", {}, DATED),
    Reading(f"as it starts {CLASSIC}", {}, CLASSIC),
    *(
        reading
        for name in (each.name for each in fields(Switches))
        if name not in NOT_ASKED
        for reading in readings_of(name)
        if reading.name not in DIFFERENT
    ),
]


@contextmanager
def open_shop(folder: Path, reading: Reading) -> Iterator[FakeErpShop]:
    with FakeTryton(password=ERP_PASSWORD) as erp, RunningSandbox() as sandbox:
        shop = FakeErpShop(folder, erp=erp, retail_url=sandbox.url, api=reading.api)
        quick = {"journal.settle": "300ms", "journal.call_deadline": "500ms"}
        with closing(shop):
            shop.configure(quick | dict(reading.settings))
            shop.retail("PUT", "/switches", dict(reading.switches))
            stock_alike(shop)
            yield shop


def stock_alike(shop: FakeErpShop) -> None:
    """Before anything is sold the shelves of the ERP hold what X-Series shows."""
    for location, outlet in (("DOWNTOWN", "Downtown"), ("AIRPORT", "Airport")):
        for (place, sku), level in levels(shop).items():
            if place == outlet and sku in (SKU_1, SKU_2):
                shop.erp.set_stock(location, sku, level)


def levels(shop: FakeErpShop) -> dict[tuple[str, str], Decimal]:
    """Outlet and SKU -> what may still be sold."""
    return {(row["outlet"], row["sku"]): Decimal(row["level"]) for row in shop.retail_state()["inventory"]}


def place_orders(shop: FakeErpShop) -> dict[str, int]:
    """The first three; the ERP's shelf stays as it was."""
    add, tax = shop.erp.add_order, ("GST 10%",)
    return {
        EDITED: add(EDITED, [(SKU_1, 2, "10.00", tax)], delivery="CLICK-COLLECT"),
        DISPATCHED: add(DISPATCHED, [(SKU_1, 2, "10.00", tax)], delivery="COURIER"),
        TWO_LINES: add(
            TWO_LINES, [(SKU_1, 1, "10.00", tax), (SKU_2, 3, "4.99", ("Reduced 5%",))], delivery="CLICK-COLLECT"
        ),
    }


def seen(number: str, status: str, lines: Mapping[str, int], total: str) -> SaleSeen:
    goods = {sku: Decimal(quantity) for sku, quantity in lines.items()}
    paid = Decimal(0) if status == "VOIDED" else Decimal(total)
    return SaleSeen(number, status, "Downtown", goods, Decimal(total), paid)


def live_a_day(shop: FakeErpShop, reading: Reading) -> None:
    """Everything that happens to the four orders, until syncd has nothing left open."""
    orders = place_orders(shop)
    first = shop.sync()
    assert first.code == 0, first
    # 4.99 three times and 5 % of it: 14.97 + 0.75.
    assert [sale for number in orders for sale in shop.sales(number)] == [
        seen(EDITED, "AWAITING_PICKUP", {SKU_1: 2}, "22"),
        seen(DISPATCHED, "AWAITING_DISPATCH", {SKU_1: 2}, "22"),
        seen(TWO_LINES, "AWAITING_PICKUP", {SKU_1: 1, SKU_2: 3}, "26.72"),
    ]
    shop.erp.set_quantity(orders[EDITED], 0, 3)
    shop.erp.add_order(LOST, [(SKU_2, 1, "10.00", ("GST 10%",))], delivery="CLICK-COLLECT")
    shop.strike(**reading.lost)
    shop.sync_until(lambda: [sale.total for sale in shop.standing(EDITED)] == [33] and bool(shop.standing(LOST)))
    wait_until(lambda: all(one["status"] is not None or one["fault"] for one in shop.retail_writes()))
    if reading.lost["kind"] == "late_commit":
        wait_until(lambda: not late(shop), seconds_max=LATE_S + 10)
    shop.erp.cancel(orders[TWO_LINES])
    shop.hand_over(DISPATCHED)
    jobs = ("fulfilments", "orders")
    shop.sync_until(lambda: shop.standing(TWO_LINES) == [] and shipped(shop, orders[DISPATCHED]), *jobs)


def late(shop: FakeErpShop) -> list[dict[str, Any]]:
    """What has yet to be done of what was cut at once."""
    return [one for one in shop.retail_writes() if one["fault"] == "late_commit" and one["status"] is None]


def shipped(shop: FakeErpShop, order: int) -> bool:
    return [shop.erp.records.row("stock.shipment.out", one)["state"] for one in shop.erp.shipments(order)] == ["done"]


def all_is_right(shop: FakeErpShop) -> None:
    """Each order has its one sale, nothing else stands beside them, and one more sync of everything writes nothing."""
    with shop.no_writes():
        ended = shop.sync("fulfilments", "orders", "stock", "--json")
    assert ended.code == 0, ended
    status = shop.status()
    assert status["orders"]["by_reason"] == {"synced/stands": 2, "synced/handed_over": 1, "synced/voided": 1}, status
    assert status["journal"].keys() == {"done"}, status
    (cancelled,) = shop.sales(TWO_LINES)
    assert cancelled.status == "VOIDED"
    right = [
        seen(EDITED, "AWAITING_PICKUP", {SKU_1: 3}, "33"),
        seen(DISPATCHED, "DISPATCHED_CLOSED", {SKU_1: 2}, "22"),
        cancelled,
        seen(LOST, "AWAITING_PICKUP", {SKU_2: 1}, "11"),
    ]
    assert sorted(shop.retail_sales(), key=lambda sale: sale.invoice) == right
    assert unexplained(ended) == {}


def unexplained(ended: Ended) -> dict[tuple[str, str], str]:
    """What a stock report cannot explain, of the products that the ERP knows."""
    rows = ended.json["stock"]["report"]["rows"]
    return {(row["outlet"], row["sku"]): row["unexplained"] for row in rows if Decimal(row["unexplained"])}


def drifts(shop: FakeErpShop) -> dict[tuple[str, str], str]:
    ended = shop.run("sync", "stock", "--json")
    assert ended.code == 0, ended
    return unexplained(ended)


def by_name(readings: Sequence[Reading], **more: Any) -> list[Any]:
    return [pytest.param(each, id=each.name, **more) for each in readings]


@pytest.mark.parametrize("reading", [*by_name(BUNDLES), *by_name(SINGLE, marks=pytest.mark.slow)])
def test_every_reading_has_the_same_end(tmp_path: Path, reading: Reading) -> None:
    with open_shop(tmp_path, reading) as shop:
        live_a_day(shop, reading)

        all_is_right(shop)


def test_every_switch_is_lived_through_or_said_to_be_not_asked() -> None:
    known = {each.name for each in fields(Switches)}
    lived = {name for reading in (*SINGLE, *BUNDLES) for name in reading.switches}

    assert set(NOT_ASKED) <= known
    assert lived | set(NOT_ASKED) | {"delivery_without_details_refused"} == known
    assert lived.isdisjoint(NOT_ASKED)


@pytest.mark.slow
def test_a_delivery_that_says_not_where_to_is_held_when_it_is_refused(tmp_path: Path) -> None:
    reading = Reading("refused", {"delivery_without_details_refused": True})
    with open_shop(tmp_path, reading) as shop:
        place_orders(shop)

        ended = shop.sync()

        assert ended.code == 3, ended
        shop.rest(reasons={"synced/stands": 2, "held/refused": 1})
        assert shop.holds() == {DISPATCHED: "refused"}
        assert (len(shop.sales(EDITED)), shop.sales(DISPATCHED), len(shop.sales(TWO_LINES))) == (1, [], 1)
        (hold,) = shop.run("holds", "--json").json
        shop.retail("PUT", "/switches", {"delivery_without_details_refused": False})
        shop.run("holds", "retry", str(hold["id"]))
        assert shop.sync().code == 0
        assert shop.sales(DISPATCHED) == [seen(DISPATCHED, "AWAITING_DISPATCH", {SKU_1: 2}, "22")]
        shop.rest(reasons={"synced/stands": 3})


@pytest.mark.slow
@pytest.mark.parametrize("keeps", ["source", "nothing"])
def test_where_the_source_is_dropped_creates_stop(tmp_path: Path, keeps: str) -> None:
    reading = Reading("dropped", {"classic_source": "dropped", "empty_sale_keeps": keeps}, CLASSIC)
    with open_shop(tmp_path, reading) as shop:
        place_orders(shop)

        ended = shop.sync()

        assert ended.code == 3, ended
        made = [one for one in shop.retail_writes() if one["path"].endswith("/register_sales")]
        assert len([one for one in made if "VOIDED" not in str(one["body"])]) == 1, made  # the first goes alone
        status = shop.rest(reasons=None)["orders"]
        assert status["by_reason"] == {"held/source_not_kept": 3}, status
        assert "source_not_kept" in shop.holds().values()
        assert len(shop.retail_sales()) == 1
        assert len([sale for sale in shop.retail_sales() if sale.status != "VOIDED"]) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("keeps", ["source", "nothing"])
@pytest.mark.parametrize("answer", ["arrives", "is lost"])
def test_an_empty_sale_is_held_whatever_it_keeps(tmp_path: Path, keeps: str, answer: str) -> None:
    """A create of the classic dialect that X-Series dislikes: 200, and a sale of nothing."""
    reading = Reading("empty", {"empty_sale_keeps": keeps}, CLASSIC)
    with open_shop(tmp_path, reading) as shop:
        first = shop.erp.add_order("S0", [(SKU_2, 1, "10.00", ("GST 10%",))], delivery="CLICK-COLLECT")
        assert shop.sync().code == 0
        place_orders(shop)
        shop.erp.set_quantity(first, 0, 2)
        shop.sync()
        assert len(shop.retail_sales()) == 4
        shop.erp.add_order(LOST, [(SKU_2, 1, "10.00", ("GST 10%",))], delivery="CLICK-COLLECT")
        if answer == "arrives":
            shop.strike("empty_sale")
        else:
            # Our user was archived meanwhile, which empties the sale, and the answer is lost besides.
            shop.strike("lost_after_commit", path="register_sales$")
            shop.change_row("users", "erp-sync", {"enabled": False, "deleted_at": "2026-01-01T00:00:00+00:00"})

        shop.sync_until(lambda: LOST in shop.holds())

        shop.rest(reasons=None)
        assert len(shop.retail_sales()) == 5
        assert shop.holds()[LOST] in {"empty_sale", "empty_sale_found"}, shop.run("holds").out


@pytest.mark.slow
@pytest.mark.parametrize("position", ["refused", "updated", "ignored"])
def test_a_late_create_that_undoes_an_edit_is_never_silent(tmp_path: Path, position: str) -> None:
    """Sent, cut, sent again, edited; then the first one is done after all."""
    reading = Reading("late", {"resent_id": position})
    with open_shop(tmp_path, reading) as shop:
        shop.strike("late_commit", delay_s=12.0)
        order = shop.erp.add_order(EDITED, [(SKU_1, 2, "10.00", ("GST 10%",))], delivery="CLICK-COLLECT")
        shop.sync_until(lambda: bool(shop.standing(EDITED)))
        shop.erp.set_quantity(order, 0, 3)
        shop.sync_until(lambda: [sale.total for sale in shop.standing(EDITED)] == [33])
        assert late(shop), "it was done too early for this test"
        wait_until(lambda: not late(shop))

        for _ in range(2):
            shop.sync()

        status = shop.rest(reasons=None)["orders"]
        (sale,) = shop.sales(EDITED)
        right = sale == seen(EDITED, "AWAITING_PICKUP", {SKU_1: 3}, "33")
        assert right or EDITED in shop.holds(), (sale, status["by_reason"])


@pytest.mark.slow
@pytest.mark.parametrize("below", ["procure", "negative"])
@pytest.mark.parametrize("lowers", ["creation", "fulfilment"])
@pytest.mark.parametrize("api", [DATED, CLASSIC])
def test_stock_sold_below_zero_is_no_drift(tmp_path: Path, below: str, lowers: str, api: str) -> None:
    reading = Reading(
        "below",
        {"below_zero": below, "open_sale_lowers": lowers},
        api,
        settings={"stock.open_sales_lower_level": lowers == "creation"},
    )
    with open_shop(tmp_path, reading) as shop:
        here = levels(shop)["Downtown", SKU_1]
        shop.retail("POST", "/inventory", {"outlet": "Downtown", "sku": SKU_1, "delta": str(1 - here)})
        shop.erp.set_stock("DOWNTOWN", SKU_1, 1)
        order = shop.erp.add_order(EDITED, [(SKU_1, 5, "10.00", ("GST 10%",))], delivery="CLICK-COLLECT")
        assert shop.sync().code == 0
        open_drifts = drifts(shop)
        shop.erp.set_quantity(order, 0, 1)
        assert shop.sync().code == 0

        assert (open_drifts, drifts(shop)) == ({}, {})


@pytest.mark.slow
@pytest.mark.parametrize("api", [DATED, CLASSIC])
def test_an_allowance_that_others_use_up_doubles_and_loses_nothing(tmp_path: Path, api: str) -> None:
    """Every fourth request or so is one too many; `Retry-After` is a second ahead."""
    with open_shop(tmp_path, Reading("throttled", {}, api)) as shop:
        orders = place_orders(shop)
        shop.retail("POST", "/faults", {"kind": "throttle", "delay_s": 1, "probability": 0.25, "seed": 7})

        ended = shop.sync_until(lambda: all(shop.standing(number) for number in orders))

        assert {one.code for one in ended} <= {0, 1}, ended
        shop.retail("DELETE", "/faults")
        assert shop.sync().code == 0
        assert [len(shop.sales(number)) for number in orders] == [1, 1, 1]
        shop.rest(reasons={"synced/stands": 3})
