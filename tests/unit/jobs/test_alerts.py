"""A person is told once of what needs a person: a line of the level error for each cause, not for each run or order."""

from typing import Any

import pytest
import structlog

from syncd.domain.catalogue import ReferenceKind
from syncd.domain.ids import OrderId
from syncd.domain.orders import OrderState
from syncd.domain.reasons import WORDS, Reason
from syncd.errors import Forbidden, NotSent, Refused
from syncd.jobs.given import Brakes
from tests.fakes.memory_erp import MUG, a_line, an_order
from tests.fakes.memory_retail import a_product
from tests.unit.jobs.world import WIDGET, World


def alerts_of(world: World) -> list[dict[str, Any]]:
    """What one run of the orders job says on the level error."""
    with structlog.testing.capture_logs() as lines:
        world.sync_orders()
    return [dict(line) for line in lines if line["log_level"] == "error"]


def test_many_orders_for_one_cause_are_one_alert(world: World) -> None:
    for number in range(1, 6):
        world.erp.place(an_order(f"SO{number}", a_line(WIDGET)))

    [alert] = alerts_of(world)

    assert (alert["reason"], alert["cause"], alert["holds"]) == ("unknown_sku", "WIDGET", 5)
    assert alert["next"] == WORDS[Reason.UNKNOWN_SKU][1]


def test_what_is_still_so_is_not_told_again(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(WIDGET)))
    assert len(alerts_of(world)) == 1

    assert alerts_of(world) == []
    world.use_names(fingerprint="settings-2")
    assert alerts_of(world) == []
    world.erp.place(an_order("SO2", a_line(WIDGET)))
    assert alerts_of(world) == []
    assert world.reasons() == [Reason.UNKNOWN_SKU, Reason.UNKNOWN_SKU]


def test_another_cause_is_told(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(WIDGET)))
    alerts_of(world)

    world.erp.place(an_order("SO2", a_line(WIDGET), currency="EUR"))

    [alert] = alerts_of(world)
    assert (alert["reason"], alert["cause"]) == ("foreign_currency", "EUR")


def test_what_was_over_and_comes_back_is_told_again(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(WIDGET)))
    alerts_of(world)
    world.retail.products[WIDGET] = a_product(WIDGET, version=2)
    world.sync_catalogue()
    world.settle()

    world.retail.products[WIDGET] = a_product(WIDGET, version=3, active=False)
    world.sync_catalogue()
    world.erp.place(an_order("SO2", a_line(WIDGET)))

    assert [alert["reason"] for alert in alerts_of(world)] == ["inactive_product"]


def test_the_same_refusal_of_many_is_one_alert_without_the_answers_body(world: World) -> None:
    for number in range(1, 4):
        world.erp.place(an_order(f"SO{number}"))
        error = Refused(f"422 for sale {number}", status=422, body="Ada Lane, 1 Quay Street")
        world.retail.fail("create_sale", error, of=f"SO{number}")

    told: list[dict[str, Any]] = []
    for _ in range(4):  # classic sends its first create alone
        told += [alert for alert in alerts_of(world) if alert["event"] == "held"]

    assert [(alert["reason"], alert["cause"]) for alert in told] == [("refused", "# for sale #")]
    assert len(world.holds()) == 3


def test_a_brake_is_told_once(world: World) -> None:
    world.use(brakes=Brakes(creates=1, voids=1, value=world.settings.brakes.value, deleted=9))
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2"))

    assert [alert["reason"] for alert in alerts_of(world)] == ["brake"]
    assert alerts_of(world) == []


@pytest.mark.parametrize("error", [Forbidden("no right to sales"), NotSent("connection refused")])
def test_a_run_that_fails_again_in_the_same_way_is_told_once(world: World, error: Exception) -> None:
    world.retail.fail("read_sales", error, times=9)

    told = [alerts_of(world) for _ in range(3)]

    assert [len(alerts) for alerts in told] == [1, 0, 0]


def test_a_failure_is_told_again_after_a_good_run(world: World) -> None:
    world.retail.fail("read_sales", NotSent("down"))
    first = alerts_of(world)
    world.sync_orders()
    world.retail.fail("read_sales", NotSent("down"))

    assert len(first) == len(alerts_of(world)) == 1


def test_a_name_that_moved_stops_the_job_and_is_told_once(world: World) -> None:
    world.settle()
    moved = [one for one in world.retail.references if one.kind is ReferenceKind.TAX]
    world.retail.references = [one for one in world.retail.references if one not in moved]
    world.sync_catalogue()

    assert [len(alerts_of(world)) for _ in range(2)] == [1, 0]


def test_a_good_order_is_no_alert(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(MUG)))
    world.erp.place(an_order("SO2", state=OrderState.CANCELLED))

    assert alerts_of(world) == []
    assert world.inbox(OrderId("2")).reason is Reason.CANCELLED
