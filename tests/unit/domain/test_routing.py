from dataclasses import replace

import pytest

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.compose import compose
from syncd.domain.ids import LocationId
from syncd.domain.orders import Method
from syncd.domain.reasons import Reason
from syncd.domain.routing import locations_of
from syncd.domain.rules import RoutingRules
from tests.builders import AIRPORT, DOWNTOWN, HARBOUR, NOW, a_fee, a_line, a_part, a_shelf, an_order, the_rules

LOCKER = the_rules().pickup_codes | {"LOCKER"}
PICKED_UP = {"delivery": "CLICK-COLLECT"}
BOTH = an_order(a_line(at="DOWNTOWN"), a_line("LAMP", "1", "30.00", id="2", at="AIRPORT"))


def by(*, default=None, codes=None, **methods):
    return the_rules(
        pickup_codes=LOCKER,
        routing=RoutingRules(
            default=LocationId(default) if default else None,
            by_method={Method(method): LocationId(at) for method, at in methods.items()},
            by_code={code: LocationId(at) for code, at in (codes or {}).items()},
        ),
    )


def outlets(order, rules):
    """Each part's outlet, with the lines that it hands over."""
    parts = compose(order, rules, a_shelf(), now=NOW)
    assert sum(part.total for part in parts) == order.total
    return [(part.route, [line.order_line for line in part.lines]) for part in parts]


def refusal(order, rules):
    with pytest.raises(CannotSell) as stopped:
        compose(order, rules, a_shelf(), now=NOW)
    return stopped.value.reason


def test_goods_are_handed_over_where_they_leave_from():
    assert outlets(BOTH, by()) == [(DOWNTOWN, ["1"]), (AIRPORT, ["2"])]


@pytest.mark.parametrize("at", [pytest.param("ATTIC", id="an unmapped location"), pytest.param(None, id="no location")])
def test_goods_of_nowhere_go_to_the_default_outlet(at):
    order = an_order(a_line(), a_line("LAMP", "1", "30.00", id="2", at=at))

    assert outlets(order, by(default="HARBOUR")) == [(DOWNTOWN, ["1"]), (HARBOUR, ["2"])]
    assert refusal(order, by()) is Reason.UNMAPPED_LOCATION


def test_goods_of_nowhere_and_of_the_default_outlet_are_one_part():
    order = an_order(a_line(at="ATTIC"), a_line("LAMP", "1", "30.00", id="2", at="DOWNTOWN"))

    assert outlets(order, by(default="DOWNTOWN")) == [(DOWNTOWN, ["1", "2"])]


def test_all_that_is_dispatched_can_go_through_one_outlet():
    rules = by(dispatch="AIRPORT")

    assert outlets(BOTH, rules) == [(AIRPORT, ["1", "2"])]
    assert outlets(replace(BOTH, **PICKED_UP), rules) == [(DOWNTOWN, ["1"]), (AIRPORT, ["2"])]


def test_a_delivery_code_comes_before_pickup_and_pickup_before_the_goods():
    rules = by(pickup="AIRPORT", codes={"LOCKER": "HARBOUR"})

    assert [route for route, _ in outlets(replace(BOTH, delivery="LOCKER"), rules)] == [HARBOUR]
    assert [route for route, _ in outlets(replace(BOTH, **PICKED_UP), rules)] == [AIRPORT]


def test_a_delivery_code_on_a_line_routes_the_order_too():
    order = an_order(a_line(), a_fee("LOCKER", "0.00"))

    assert outlets(order, by(codes={"LOCKER": "HARBOUR"})) == [(HARBOUR, ["1"])]


def test_two_delivery_codes_that_lead_to_two_outlets_are_refused():
    order = an_order(a_line(), a_fee("LOCKER", "0.00", id="2"), a_fee("CLICK-COLLECT", "0.00", id="3"))

    assert refusal(order, by(codes={"LOCKER": "HARBOUR", "CLICK-COLLECT": "AIRPORT"})) is Reason.UNKNOWN_DELIVERY
    assert [route for route, _ in outlets(order, by(codes={"LOCKER": "HARBOUR"}))] == [HARBOUR]


def test_a_line_that_leaves_from_two_places_is_handed_over_by_one_outlet_where_all_is():
    order = an_order(a_line(quantity="2", id="1"), a_line(quantity="1", id="1", at="AIRPORT"))

    assert outlets(order, by(dispatch="HARBOUR")) == [(HARBOUR, ["1", "1"])]


@pytest.mark.parametrize(
    ("rules", "at", "locations"),
    [
        pytest.param(by(), DOWNTOWN, {"DOWNTOWN"}, id="its own goods"),
        pytest.param(by(dispatch="HARBOUR"), HARBOUR, {"HARBOUR", "DOWNTOWN", "ATTIC"}, id="all that is dispatched"),
        pytest.param(by(default="AIRPORT"), AIRPORT, {"AIRPORT", "ATTIC"}, id="what is from nowhere"),
    ],
)
def test_what_an_outlet_hands_over_is_shipped_in_the_erp_from(rules, at, locations):
    order = an_order(a_line(), a_line(id="2", at="ATTIC"), a_line(id="3", at=None))

    assert locations_of(a_part(at=at), order, rules) == locations
