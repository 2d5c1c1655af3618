from dataclasses import replace
from decimal import Decimal

import pytest

from syncd.domain.ids import LocationId, OrderId, OrderLineId, SaleId, ShipmentId
from syncd.domain.journal import CompleteShipment
from syncd.domain.plan_fulfilments import Disagreement, FulfilmentPlan, HandedOver, plan_fulfilments
from syncd.domain.reasons import Reason
from syncd.domain.shipments import Shipment, ShipmentLine, ShipmentState

ORDER, SALE = OrderId("42"), SaleId("sale-1")
NOTHING = FulfilmentPlan((), (), (SALE,))
NOTHING_AT_ALL = FulfilmentPlan((), (), ())


def lines(**quantities):
    return tuple(ShipmentLine(OrderLineId(line.removeprefix("line_")), Decimal(n)) for line, n in quantities.items())


def handed_over(location="DOWNTOWN", sale=SALE, order=ORDER, **quantities):
    quantities = quantities or {"line_1": 2}
    totals = {line.order_line: line.quantity for line in lines(**quantities)}
    return HandedOver(order, sale, "1001", frozenset({LocationId(location)}), totals)


def a_shipment(shipment="77", state=ShipmentState.OPEN, location="DOWNTOWN", order=ORDER, **quantities):
    held = lines(**(quantities or {"line_1": 2}))
    return Shipment(ShipmentId(shipment), f"OUT{shipment}", order, LocationId(location), state, str(state), held)


def completion(shipment="77", sale=SALE, **quantities):
    return CompleteShipment(ORDER, ShipmentId(shipment), lines(**(quantities or {"line_1": 2})), sale)


def test_what_was_handed_over_completes_the_open_shipment():
    plan = plan_fulfilments([handed_over()], [a_shipment()])

    assert plan == FulfilmentPlan((completion(),), (), ())


def test_nothing_handed_over_plans_nothing():
    assert plan_fulfilments([], [a_shipment()]) == NOTHING_AT_ALL


def test_running_twice_plans_nothing_the_second_time():
    shipments = [a_shipment("77", line_1=2), a_shipment("78", line_2=5)]
    sale = handed_over(line_1=2, line_2=5)

    first = plan_fulfilments([sale], shipments)
    done = {completion.shipment for completion in first.completions}
    after = [replace(one, state=ShipmentState.DONE) if one.id in done else one for one in shipments]

    assert done == {"77", "78"}
    assert plan_fulfilments([sale], after) == NOTHING


def test_the_same_completion_is_planned_again_when_its_write_was_lost():
    twice = [plan_fulfilments([handed_over()], [a_shipment()]) for _ in range(2)]

    assert twice[0] == twice[1]


def test_what_the_erp_shipped_by_itself_needs_nothing():
    assert plan_fulfilments([handed_over()], [a_shipment(state=ShipmentState.DONE)]) == NOTHING


def test_more_shipped_than_handed_over_is_nothing_missing():
    assert plan_fulfilments([handed_over()], [a_shipment(state=ShipmentState.DONE, line_1=3)]) == NOTHING


def test_of_a_shipment_done_in_part_the_backorder_is_completed():
    done = a_shipment("77", ShipmentState.DONE, line_1=3)
    backorder = a_shipment("78", line_1=2)

    plan = plan_fulfilments([handed_over(line_1=5)], [done, backorder])

    assert plan == FulfilmentPlan((completion("78", line_1=2),), (), ())


def test_a_done_backorder_counts_as_shipped():
    done = [a_shipment("77", ShipmentState.DONE, line_1=3), a_shipment("78", ShipmentState.DONE, line_1=2)]

    assert plan_fulfilments([handed_over(line_1=5)], done) == NOTHING


def test_a_cancelled_shipment_counts_for_nothing():
    cancelled, made_anew = a_shipment("77", ShipmentState.CANCELLED), a_shipment("78")

    plan = plan_fulfilments([handed_over()], [cancelled, made_anew])

    assert plan == FulfilmentPlan((completion("78"),), (), ())


def test_a_part_completes_only_the_shipments_of_its_location():
    plan = plan_fulfilments([handed_over("AIRPORT")], [a_shipment("77"), a_shipment("78", location="AIRPORT")])

    assert plan == FulfilmentPlan((completion("78"),), (), ())


def test_another_orders_shipment_is_left_alone():
    stranger = a_shipment("99", order=OrderId("43"))

    assert plan_fulfilments([handed_over()], [stranger, a_shipment()]) == FulfilmentPlan((completion(),), (), ())


def test_two_parts_of_one_line_complete_a_shipment_each():
    here, there = handed_over(line_1=2), handed_over("AIRPORT", SaleId("sale-2"), line_1=1)
    shipments = [a_shipment("77", line_1=2), a_shipment("78", location="AIRPORT", line_1=1)]

    plan = plan_fulfilments([here, there], shipments)

    assert plan == FulfilmentPlan((completion("77"), completion("78", SaleId("sale-2"), line_1=1)), (), ())


@pytest.mark.parametrize(
    "shipments",
    [
        pytest.param([], id="no shipment at all"),
        pytest.param([a_shipment(state=ShipmentState.CANCELLED)], id="cancelled in the ERP"),
        pytest.param([a_shipment(location="AIRPORT")], id="an open one, but at another location"),
        pytest.param([a_shipment(location="AIRPORT", state=ShipmentState.DONE)], id="shipped from another location"),
    ],
)
def test_goods_for_which_the_erp_has_nothing_open_are_held(shipments):
    detail = "sale 1001 handed over what is missing in the ERP: 2 of line 1; open in the ERP: nothing"

    assert plan_fulfilments([handed_over()], shipments) == FulfilmentPlan(
        (), (Disagreement(ORDER, SALE, Reason.COLLECTED_BUT_CANCELLED, detail),), ()
    )


@pytest.mark.parametrize(
    ("open_lines", "shipped"),
    [
        pytest.param({"line_1": 3}, {"line_1": 2}, id="more than was handed over"),
        pytest.param({"line_1": 2, "line_2": 1}, {"line_1": 2}, id="another line too"),
        pytest.param({"line_1": 1, "line_2": 9}, {"line_1": 1}, id="less of the line"),
    ],
)
def test_just_what_was_handed_over_leaves_a_shipment_that_holds_something_else(open_lines, shipped):
    plan = plan_fulfilments([handed_over()], [a_shipment(**open_lines)])

    assert plan.completions == (completion(**shipped),)


def test_a_part_handed_over_first_and_the_rest_later_are_a_completion_each():
    first = plan_fulfilments([handed_over(line_1=2)], [a_shipment(line_1=5)])
    after = [a_shipment(state=ShipmentState.DONE, line_1=2), a_shipment("78", line_1=3)]

    assert first.completions == (completion(line_1=2),)
    assert plan_fulfilments([handed_over(line_1=2)], after) == NOTHING
    assert plan_fulfilments([handed_over(line_1=5)], after).completions == (completion("78", line_1=3),)


def test_a_shipment_that_left_whole_is_completed_before_another_is_taken_apart():
    plan = plan_fulfilments([handed_over(line_1=3)], [a_shipment("77", line_1=5), a_shipment("78", line_1=3)])

    assert plan.completions == (completion("78", line_1=3),)


def test_what_one_shipment_does_not_hold_comes_from_the_next_oldest():
    shipments = [a_shipment("101", line_1=4), a_shipment("99", line_1=1), a_shipment("100", line_1=4)]

    plan = plan_fulfilments([handed_over(line_1=3)], shipments)

    assert {one.shipment: one.lines for one in plan.completions} == {"99": lines(line_1=1), "100": lines(line_1=2)}


def test_two_lines_of_one_product_are_two_lines():
    plan = plan_fulfilments([handed_over(line_2=2)], [a_shipment(line_1=5, line_2=5)])

    assert plan.completions == (completion(line_2=2),)


def ordered(cancelled=None, **quantities):
    totals = {line.order_line: line.quantity for line in lines(**quantities)}
    return {"ordered": totals, "cancelled": {line.order_line: line.quantity for line in lines(**(cancelled or {}))}}


@pytest.mark.parametrize(
    ("facts", "shipments", "reason"),
    [
        pytest.param(ordered(line_1=1), [a_shipment(line_1=1)], Reason.MORE_HANDED_OVER, id="more than ordered"),
        pytest.param(
            ordered({"line_1": 1}, line_1=1),
            [a_shipment(line_1=1)],
            Reason.COLLECTED_BUT_CANCELLED,
            id="one of two cancelled",
        ),
        pytest.param(
            ordered(line_1=2),
            [a_shipment(state=ShipmentState.DONE, line_1=1)],
            Reason.SHIPPED_OTHERWISE,
            id="shipped with another quantity",
        ),
        pytest.param(ordered(line_1=2), [a_shipment(line_2=2)], Reason.COMPLETION_DIFFERS, id="another line instead"),
        pytest.param(ordered(line_1=2), [], Reason.COLLECTED_BUT_CANCELLED, id="nothing left to ship"),
    ],
)
def test_what_no_shipment_holds_is_held_with_its_cause_and_both_stories(facts, shipments, reason):
    plan = plan_fulfilments([replace(handed_over(), **facts)], shipments)

    (disagreement,) = plan.disagreements
    assert disagreement.reason is reason
    assert disagreement.detail.startswith("sale 1001 handed over what is missing in the ERP: ")
    assert "; open in the ERP: " in disagreement.detail


def test_a_line_of_nothing_on_the_open_shipment_is_no_difference():
    plan = plan_fulfilments([handed_over()], [a_shipment(line_1=2, line_2=0)])

    assert plan.disagreements == ()


def test_one_order_in_dispute_does_not_stop_the_others():
    settled = handed_over(sale=SaleId("sale-2"), order=OrderId("43"))
    shipments = [a_shipment(line_2=9), a_shipment("80", ShipmentState.DONE, order=OrderId("43"))]

    plan = plan_fulfilments([handed_over(), settled], shipments)

    assert (len(plan.disagreements), plan.settled) == (1, ("sale-2",))
