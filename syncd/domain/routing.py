"""Where and how an order is handed over: by its delivery code, by pickup or dispatch, by the location of its goods."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.identity import Part
from syncd.domain.ids import LocationId
from syncd.domain.orders import LineKind, Method, Order, OrderLine
from syncd.domain.reasons import Reason
from syncd.domain.rules import OrderRules, Route, RoutingRules


def delivery_codes(order: Order) -> set[str]:
    """What the order says of its delivery: a field of it, else its services."""
    if order.delivery:
        return {order.delivery}
    return {line.sku for line in order.lines if line.kind is LineKind.SERVICE}


class DeliveryRules(Protocol):
    """What the settings say of deliveries, whether or not their other names have ids yet."""

    @property
    def pickup_codes(self) -> frozenset[str]: ...

    @property
    def dispatch_codes(self) -> frozenset[str]: ...

    @property
    def default_method(self) -> Method | None: ...

    @property
    def routing(self) -> RoutingRules: ...


def method_of(order: Order, rules: DeliveryRules) -> Method:
    """Pickup or dispatch; raise CannotSell where nothing says so, or two codes say two things."""
    said = delivery_codes(order)
    pickup, dispatch = said & rules.pickup_codes, said & rules.dispatch_codes
    routed = sorted(said & rules.routing.by_code.keys())
    if pickup and dispatch:
        raise CannotSell(Reason.UNKNOWN_DELIVERY, f"both {sorted(pickup)} and {sorted(dispatch)} stand on the order")
    if len({rules.routing.by_code[code] for code in routed}) > 1:
        raise CannotSell(Reason.UNKNOWN_DELIVERY, f"{', '.join(routed)} are routed to several locations")
    if pickup:
        return Method.PICKUP
    if dispatch:
        return Method.DISPATCH
    if rules.default_method is None or order.delivery:
        raise CannotSell(Reason.UNKNOWN_DELIVERY, f"no known delivery code among {sorted(str(code) for code in said)}")
    return rules.default_method


def route_of(line: OrderLine, order: Order, method: Method, rules: OrderRules) -> Route | None:
    """Who hands the line over, or None where no rule says it."""
    return _route(line.location, delivery_codes(order), method, rules)


def place_for_all(
    codes: Collection[str], method: Method | None, routing: RoutingRules
) -> tuple[LocationId, str | Method] | None:
    """Where the whole order goes whatever its goods leave from, and the code or the method that says so; or None."""
    for code in sorted(codes):
        if code in routing.by_code:
            return routing.by_code[code], code
    if method is not None and method in routing.by_method:
        return routing.by_method[method], method
    return None


def _route(at: LocationId | None, codes: Collection[str], method: Method, rules: OrderRules) -> Route | None:
    routing = rules.routing
    of_all = place_for_all(codes, method, routing)
    location = of_all[0] if of_all is not None else at
    route = rules.routes.get(location) if location is not None else None
    return route or (rules.routes.get(routing.default) if routing.default is not None else None)


def locations_of(part: Part, order: Order, rules: OrderRules) -> frozenset[LocationId]:
    """Where the ERP ships what this part's outlet hands over: its own location, and those of lines routed to it."""
    return locations_routed(part, {line.location for line in order.goods}, delivery_codes(order), rules)


def locations_routed(
    part: Part, places: Collection[LocationId | None], codes: Collection[str], rules: OrderRules
) -> frozenset[LocationId]:
    """The same, of an order with these delivery codes whose goods leave from these places."""
    own = {location for location, route in rules.routes.items() if route.outlet == part.outlet}
    routed = {
        place
        for place in places
        if place is not None
        and (route := _route(place, codes, part.method, rules)) is not None
        and route.outlet == part.outlet
    }
    return frozenset(own | routed)
