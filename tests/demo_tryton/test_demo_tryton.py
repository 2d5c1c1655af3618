"""The demo's Tryton: what is in it, and that its people can work with it."""

import datetime as dt
import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from demo.tryton import person, rpc, seeded
from demo.tryton.orders import ORDERS
from demo.tryton.server import RunningTryton

CACHE_DIR = seeded.ROOT / "var" / "tryton"


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTryton]:
    with RunningTryton(CACHE_DIR, tmp_path_factory.mktemp("tryton")) as running:
        yield running


def order(tryton: RunningTryton, reference: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [each for each in tryton.seed["orders"] if each["reference"] == reference]
    return found


def goods_moves(session: rpc.TrytonRpc, sale_id: int) -> list[tuple[str, Decimal, str]]:
    moves = session.call(
        "model.stock.move.search_read",
        [["sale", "=", sale_id], ["to_location.type", "=", "customer"]],
        *(0, None, [["id", "ASC"]], ["state", "quantity", "from_location.code"]),
    )
    return [(move["state"], move["quantity"], move["from_location."]["code"]) for move in moves]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(Decimal("12.1200"), id="an amount keeps its digits"),
        pytest.param(dt.date(2026, 2, 28), id="a date"),
        pytest.param(dt.datetime(2026, 2, 28, 23, 59, 1, 5, tzinfo=dt.UTC), id="a time keeps its microseconds"),
    ],
)
def test_a_value_survives_trytons_json(value: object) -> None:
    assert json.loads(json.dumps(value, default=rpc.encode), object_hook=rpc.decode) == value


def test_the_seed_of_another_day_is_another_seed() -> None:
    today, tomorrow = dt.date(2026, 1, 1), dt.date(2026, 1, 2)

    assert seeded.fingerprint(today) == seeded.fingerprint(today) != seeded.fingerprint(tomorrow)


def test_every_order_in_the_table_has_its_own_reference_and_purpose() -> None:
    assert len({each.reference for each in ORDERS}) == len(ORDERS)
    assert all(each.purpose for each in ORDERS)


@pytest.mark.slow
def test_the_order_over_two_warehouses_leaves_from_both(tryton: RunningTryton) -> None:
    session = tryton.log_in("sync")

    moves = goods_moves(session, order(tryton, "WEB-1026")["id"])

    assert moves == [
        ("draft", Decimal(2), "DOWNTOWN-OUTPUT"),
        ("draft", Decimal(3), "AIRPORT-OUTPUT"),
    ]


@pytest.mark.slow
def test_goods_are_gone_once_the_person_has_shipped(tryton: RunningTryton) -> None:
    session = tryton.log_in("sync")
    shipped = order(tryton, "WEB-1003")

    person.ship(session, shipped["shipments"][0])

    assert goods_moves(session, shipped["id"]) == [("done", Decimal(1), "DOWNTOWN-OUTPUT")]


@pytest.mark.slow
def test_an_amended_order_ships_the_new_quantity(tryton: RunningTryton) -> None:
    session = tryton.log_in("clerk")
    sale_id = order(tryton, "WEB-1021")["id"]
    (line,) = session.call("model.sale.line.search", [["sale", "=", sale_id]], 0, None, None)

    person.amend_quantity(session, sale_id, line, Decimal(3))

    assert goods_moves(session, sale_id) == [("draft", Decimal(3), "DOWNTOWN-OUTPUT")]


@pytest.mark.slow
def test_nothing_is_left_to_ship_of_a_cancelled_order(tryton: RunningTryton) -> None:
    session = tryton.log_in("clerk")
    sale_id = order(tryton, "WEB-1008")["id"]

    person.cancel_order(session, sale_id)

    assert {state for state, _, _ in goods_moves(session, sale_id)} == {"cancelled"}


@pytest.mark.slow
def test_the_server_ends_when_its_block_fails(tmp_path: Path) -> None:
    groups: list[int] = []

    with pytest.raises(KeyboardInterrupt):
        _interrupt_while_running(tmp_path, groups)

    with pytest.raises(ProcessLookupError):
        os.killpg(groups[0], 0)


def _interrupt_while_running(work_dir: Path, groups: list[int]) -> None:
    with RunningTryton(CACHE_DIR, work_dir) as running:
        groups.append(running.process_id)
        raise KeyboardInterrupt
