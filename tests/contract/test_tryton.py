"""The Tryton adapter keeps the promises of the port, against a real Tryton 8.2."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from demo.tryton import person
from demo.tryton.rpc import TrytonError
from demo.tryton.server import RunningTryton
from syncd.errors import Forbidden
from tests.contract.erp import ErpContract
from tests.contract.erp_world import CAP, HERE, MUG
from tests.contract.tryton_world import CACHE, SHIPMENT, TrytonWorld

# One server for all: the tests of a group run one after another in one process.
pytestmark = pytest.mark.xdist_group("tryton")


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTryton]:
    with RunningTryton(CACHE, tmp_path_factory.mktemp("tryton")) as running:
        yield running


@pytest.fixture(scope="module")
def world(tryton: RunningTryton) -> Iterator[TrytonWorld]:
    world = TrytonWorld(tryton)
    yield world
    for transport in world.transports:
        transport.close()


class TestTryton(ErpContract):
    """Every promise, against the real one."""


def test_a_user_without_rights_is_forbidden_and_told_which_groups_to_ask_for(world: TrytonWorld) -> None:
    with pytest.raises(Forbidden) as told:
        world.connect(user="nobody").find_orders("WEB-1003")

    assert "Sales" in told.value.hint
    assert [finding.subject for finding in world.connect(user="nobody").check() if not finding.ok][:1] == [
        "erp sale.sale"
    ]


def test_a_database_that_is_not_there_is_told_as_such(world: TrytonWorld) -> None:
    with pytest.raises(Forbidden) as told:
        world.connect(database="nowhere").read_locations()

    assert "database" in told.value.hint


def test_all_orders_of_the_seed_are_understood(world: TrytonWorld) -> None:
    pages = list(world.erp.read_changed_orders(None))

    assert [order.problem for page in pages for order in page.unreadable] == []
    orders = {order.reference: order for page in pages for order in page.orders}
    for described in world.tryton.seed["orders"]:
        assert orders[described["reference"]].total == Decimal(described["total"])


def test_a_quantity_cancelled_in_part_leaves_the_rest_with_its_own_totals(world: TrytonWorld) -> None:
    order = world.place([(MUG, 5, "0.1250"), (CAP, 1, "9.9900")])
    shipment = world.shipment(order)
    person.ship_part(world.clerk, int(shipment.id), {MUG: Decimal(2), CAP: Decimal(1)})

    between = world.read(order)
    person.cancel_order(world.clerk, int(order))
    after = world.read(order)

    assert [f"{line.shipped} of {line.quantity}" for line in between.lines] == ["2 of 5", "1 of 1"]
    assert [f"{line.shipped} of {line.quantity} for {line.net}" for line in after.lines] == [
        "2 of 2 for 0.25",
        "1 of 1 for 9.99",
    ]
    assert [line.cancelled for line in after.lines] == [Decimal(3), Decimal(0)]
    assert (after.total_tax, after.total) == (Decimal("1.02"), Decimal("11.26"))


def test_an_order_left_unshipped_over_midnight_is_still_reserved(world: TrytonWorld) -> None:
    order = world.place([(MUG, 2, "10.0000")])
    today = world.erp.read_clock().date()
    before, forecast = world.level(HERE, MUG), world.forecast(HERE, MUG, today)

    world.plan_for(order, today - timedelta(days=1))

    assert world.level(HERE, MUG) == before
    assert world.forecast(HERE, MUG, today) == forecast + 2, "what Tryton itself says forgets it"


def states_and_marks(world: TrytonWorld, shipments: list[int]) -> list[tuple[str, str | None]]:
    rows = world.find("stock.shipment.out", [["id", "in", shipments]], ["state", "reference"])
    return [(row["state"], row["reference"]) for row in rows]


def test_a_step_of_several_is_taken_by_all_or_by_none(world: TrytonWorld) -> None:
    """What syncd builds on where several shipments take a step in one request."""
    shipments = [int(world.shipment(world.place()).id) for _ in range(2)]
    before = states_and_marks(world, shipments)
    stale = {"_timestamp": {f"stock.shipment.out,{shipments[1]}": 1.0}}

    with pytest.raises(TrytonError, match="Concurrency"):
        world.clerk.call(f"{SHIPMENT}.assign_try", shipments, context=stale)
    with pytest.raises(TrytonError):  # of two records the second is not there: the first is as it was
        world.clerk.call(
            f"{SHIPMENT}.write", shipments[:1], {"reference": "half"}, [999_999_999], {"reference": "half"}
        )

    assert states_and_marks(world, shipments) == before
    world.clerk.call(f"{SHIPMENT}.assign_try", shipments)
    assert [state for state, _ in states_and_marks(world, shipments)] == ["assigned", "assigned"]
