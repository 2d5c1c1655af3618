"""What counts as lost, and what syncd may say so that it does not."""

from datetime import date

import pytest

from tests.audit.builders import SCOPE, a_sale, an_order, an_order_line, numbers
from tests.audit.facts import Order, Said, Shipment
from tests.audit.lost import lost

HELD = Said("held", "unknown_sku", has_open_hold=True)


def test_an_order_with_its_sale_is_not_lost() -> None:
    assert lost([an_order("7")], [a_sale("7")], {}, SCOPE) == []


def test_an_order_without_a_sale_is_lost() -> None:
    assert numbers(lost([an_order("7"), an_order("8")], [a_sale("7")], {}, SCOPE)) == ["8"]


def test_an_order_whose_sale_is_voided_is_lost() -> None:
    assert numbers(lost([an_order("7")], [a_sale("7", state="voided")], {}, SCOPE)) == ["7"]


def test_an_order_that_syncd_believes_synced_is_lost_all_the_same() -> None:
    assert numbers(lost([an_order("7")], [], {"id-7": Said("synced", "stands")}, SCOPE)) == ["7"]


def test_an_order_that_still_waits_is_lost() -> None:
    assert numbers(lost([an_order("7")], [], {"id-7": Said("waiting", "sending")}, SCOPE)) == ["7"]


def test_a_held_order_is_not_lost_while_a_person_finds_its_hold() -> None:
    assert lost([an_order("7")], [], {"id-7": HELD}, SCOPE) == []


def test_a_held_order_without_an_open_hold_is_lost() -> None:
    assert numbers(lost([an_order("7")], [], {"id-7": Said("held", "unknown_sku")}, SCOPE)) == ["7"]


@pytest.mark.parametrize(
    ("reason", "order"),
    [
        pytest.param("state_not_listed", an_order(None, state="draft"), id="a draft"),
        pytest.param("cancelled", an_order(state="cancelled"), id="cancelled"),
        pytest.param("cancelled", an_order(shipments=(Shipment("DOWNTOWN", "cancelled"),)), id="nothing left to ship"),
        pytest.param("before_start", an_order(day=date(2026, 10, 31)), id="before the start"),
        pytest.param("done_before_start", an_order(shipments=(Shipment("DOWNTOWN", "done"),)), id="shipped before"),
        pytest.param("nothing_to_hand_over", an_order(lines=(an_order_line(is_goods=False),)), id="services only"),
    ],
)
def test_an_order_is_left_alone_by_a_rule_that_is_true_of_it(reason: str, order: Order) -> None:
    assert lost([order], [], {order.id: Said("ignored", reason)}, SCOPE) == []


@pytest.mark.parametrize(
    "reason",
    ["state_not_listed", "cancelled", "before_start", "done_before_start", "nothing_to_hand_over"],
)
def test_a_rule_that_is_not_true_of_the_order_excuses_nothing(reason: str) -> None:
    assert numbers(lost([an_order("7")], [], {"id-7": Said("ignored", reason)}, SCOPE)) == ["7"]


def test_a_rule_that_nobody_knows_excuses_nothing() -> None:
    assert numbers(lost([an_order("7")], [], {"id-7": Said("ignored", "felt_like_it")}, SCOPE)) == ["7"]


def test_a_draft_that_syncd_never_mentions_is_lost() -> None:
    assert lost([an_order(None, state="draft")], [], {}, SCOPE) != []
