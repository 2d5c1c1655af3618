from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.catalogue import Reference, ReferenceKind
from syncd.domain.ids import LocationId, OutletId
from syncd.domain.names import LocationNames, OrderNames, resolve
from syncd.domain.ports import Finding
from tests.builders import AIRPORT, DOWNTOWN, ERP_USER, GST_ID, NO_TAX_ID, PREPAID, the_rules

RULES = the_rules(routes={DOWNTOWN.location: DOWNTOWN, AIRPORT.location: AIRPORT})


def a_reference(kind, id_, name, **changes):
    return replace(Reference(ReferenceKind(kind), id_, name, active=True), **changes)


def an_outlet(route, **changes):
    return a_reference("outlet", route.outlet, route.outlet_name, zone="Pacific/Auckland", currency="NZD", **changes)


def a_register(route, **changes):
    name = f"Online {route.outlet_name}"
    return replace(a_reference("register", route.register, name, outlet=route.outlet), **changes)


OUTLETS = (an_outlet(DOWNTOWN), an_outlet(AIRPORT))
REGISTERS = (a_register(DOWNTOWN), a_register(AIRPORT))
USER = a_reference("user", ERP_USER, "erp-sync")
GST_TAX = a_reference("tax", GST_ID, "GST", rate=Decimal("0.15"))
NO_TAX = a_reference("tax", NO_TAX_ID, "No Tax", rate=Decimal(0))
TYPE = a_reference("payment_type", PREPAID, "ERP prepaid")
ALL = (*OUTLETS, *REGISTERS, USER, GST_TAX, NO_TAX, TYPE)


def the_names(**changes):
    return replace(
        OrderNames(
            account=RULES.account,
            erp=RULES.erp,
            start=RULES.start,
            states=RULES.states,
            locations=(
                LocationNames(DOWNTOWN.location, "Downtown", "Online Downtown"),
                LocationNames(AIRPORT.location, "Airport", "Online Airport"),
            ),
            user="erp-sync",
            pickup_codes=RULES.pickup_codes,
            dispatch_codes=RULES.dispatch_codes,
            default_method=RULES.default_method,
            taxes={"GST 15%": "GST"},
            tax_free="No Tax",
            paid_with="ERP prepaid",
            unpaid=RULES.unpaid,
            shipping_sku=RULES.shipping_sku,
            discount_sku=RULES.discount_sku,
            rounding_sku=RULES.rounding_sku,
            aliases=RULES.aliases,
            tolerance=RULES.tolerance,
            invoice_template=RULES.invoice_template,
            fingerprint="f",
        ),
        **changes,
    )


def problems(names, references):
    resolved = resolve(names, references)
    assert resolved.rules is None
    return [finding for finding in resolved.findings if not finding.ok]


def test_names_become_ids():
    resolved = resolve(the_names(), ALL)

    assert resolved.rules == RULES
    assert [finding for finding in resolved.findings if not finding.ok] == []


def test_every_name_is_pinned_to_what_it_stands_for_today():
    assert resolve(the_names(), ALL).pins == (
        (ReferenceKind.OUTLET, "Downtown", "outlet-downtown"),
        (ReferenceKind.REGISTER, "outlet-downtown/Online Downtown", "register-downtown"),
        (ReferenceKind.OUTLET, "Airport", "outlet-airport"),
        (ReferenceKind.REGISTER, "outlet-airport/Online Airport", "register-airport"),
        (ReferenceKind.USER, "erp-sync", "user-erp-sync"),
        (ReferenceKind.TAX, "No Tax", "tax-none"),
        (ReferenceKind.TAX, "GST", "tax-gst"),
        (ReferenceKind.PAYMENT_TYPE, "ERP prepaid", "type-prepaid"),
    )


def test_what_was_found_is_said_too():
    assert Finding("lightspeed.user", True, 'user "erp-sync" is user-erp-sync') in resolve(the_names(), ALL).findings


def test_outlets_keep_the_order_of_the_config():
    turned = the_names(locations=the_names().locations[::-1])

    rules = resolve(turned, ALL).rules

    assert {route.outlet_name: route.place for route in rules.routes.values()} == {"Airport": 0, "Downtown": 1}


def test_without_a_payment_type_none_is_looked_for():
    rules = resolve(the_names(paid_with=None), [one for one in ALL if one != TYPE]).rules

    assert rules == replace(RULES, paid_with=None)


def test_an_outlet_keeps_its_own_time():
    perth = [replace(one, zone="Australia/Perth") if one == OUTLETS[1] else one for one in ALL]

    assert resolve(the_names(), perth).rules.routes[AIRPORT.location].zone == ZoneInfo("Australia/Perth")


def test_two_registers_of_one_name_are_told_apart_by_their_outlet():
    online = [replace(one, name="Online") if one in REGISTERS else one for one in ALL]
    names = the_names(locations=tuple(replace(one, register="Online") for one in the_names().locations))

    assert resolve(names, online).rules == RULES


def test_an_inactive_thing_of_the_same_name_does_not_stand_in_the_way():
    old = a_reference("user", "user-old", "erp-sync", active=False)

    assert resolve(the_names(), [*ALL, old]).rules == RULES


@pytest.mark.parametrize(
    ("gone", "where", "problem", "hint"),
    [
        pytest.param(
            OUTLETS[0],
            "locations.DOWNTOWN.outlet",
            'X-Series has no outlet "Downtown"',
            'Did you mean "Downtwon"?',
            id="an outlet",
        ),
        pytest.param(
            REGISTERS[0],
            "locations.DOWNTOWN.register",
            'X-Series has no register "Online Downtown"',
            'Did you mean "Online Downtwon"?',
            id="a register",
        ),
        pytest.param(
            USER, "lightspeed.user", 'X-Series has no user "erp-sync"', 'Did you mean "erp-snyc"?', id="a user"
        ),
        pytest.param(
            GST_TAX, "orders.taxes.GST 15%", 'X-Series has no tax "GST"', 'Did you mean "GST 15"?', id="a tax"
        ),
        pytest.param(
            NO_TAX, "lightspeed.tax_free", 'X-Series has no tax "No Tax"', 'Did you mean "NoTax"?', id="the tax of none"
        ),
        pytest.param(
            TYPE,
            "orders.payments.paid",
            'X-Series has no payment type "ERP prepaid"',
            'Did you mean "ERP pre-paid"?',
            id="a payment type",
        ),
    ],
)
def test_a_name_that_x_series_does_not_have_is_named_with_the_nearest(gone, where, problem, hint):
    near = {"Downtown": "Downtwon", "Online Downtown": "Online Downtwon", "erp-sync": "erp-snyc", "GST": "GST 15"}
    near |= {"No Tax": "NoTax", "ERP prepaid": "ERP pre-paid"}
    there = [replace(one, name=near[one.name]) if one is gone else one for one in ALL]

    assert problems(the_names(), there) == [Finding(where, False, problem, hint)]


def test_when_nothing_is_near_it_says_what_there_is():
    assert problems(the_names(user="Zoe"), ALL) == [
        Finding("lightspeed.user", False, 'X-Series has no user "Zoe"', "It has: erp-sync.")
    ]


def test_an_account_without_any_says_none():
    assert problems(the_names(), [one for one in ALL if one != USER]) == [
        Finding("lightspeed.user", False, 'X-Series has no user "erp-sync"', "It has: none.")
    ]


@pytest.mark.parametrize(
    ("one", "where", "what"),
    [
        pytest.param(USER, "lightspeed.user", 'user "erp-sync"', id="a user"),
        pytest.param(GST_TAX, "orders.taxes.GST 15%", 'tax "GST"', id="a tax"),
        pytest.param(TYPE, "orders.payments.paid", 'payment type "ERP prepaid"', id="a payment type"),
    ],
)
def test_a_name_that_is_not_active_is_refused(one, where, what):
    there = [replace(other, active=False) if other is one else other for other in ALL]

    assert problems(the_names(), there) == [
        Finding(where, False, f"the {what} is not active in X-Series", "Activate it in X-Series or name another.")
    ]


@pytest.mark.parametrize(
    ("twin", "where", "what"),
    [
        pytest.param(replace(OUTLETS[0], id="twin"), "locations.DOWNTOWN.outlet", 'outlet "Downtown"', id="an outlet"),
        pytest.param(
            replace(REGISTERS[0], id="twin"),
            "locations.DOWNTOWN.register",
            'register "Online Downtown"',
            id="a register of the same outlet",
        ),
        pytest.param(replace(USER, id="twin"), "lightspeed.user", 'user "erp-sync"', id="a user"),
        pytest.param(replace(GST_TAX, id="twin"), "orders.taxes.GST 15%", 'tax "GST"', id="a tax"),
    ],
)
def test_a_name_that_stands_for_two_things_is_refused(twin, where, what):
    assert problems(the_names(), [*ALL, twin]) == [
        Finding(where, False, f"X-Series has 2 times the {what}", "Rename one of them.")
    ]


def test_the_same_thing_listed_twice_is_one_thing():
    assert resolve(the_names(), [*ALL, *ALL]).rules == RULES


def test_a_register_of_another_outlet_is_refused():
    crossed = the_names(
        locations=(LocationNames(LocationId("DOWNTOWN"), "Downtown", "Online Airport"), the_names().locations[1])
    )

    assert problems(crossed, ALL) == [
        Finding(
            "locations.DOWNTOWN.register",
            False,
            'the register "Online Airport" is not at this outlet',
            "Name a register of the same outlet.",
        )
    ]


def test_a_payment_type_that_x_series_keeps_for_itself_is_refused():
    internal = [replace(one, internal=True) if one == TYPE else one for one in ALL]

    assert problems(the_names(), internal) == [
        Finding(
            "orders.payments.paid",
            False,
            'the payment type "ERP prepaid" is one that X-Series keeps for itself',
            "Name one that the retailer has made.",
        )
    ]


def test_all_that_is_wrong_is_said_at_once():
    names = the_names(user="x", tax_free="y", paid_with="z")

    assert [finding.subject for finding in problems(names, ALL)] == [
        "lightspeed.user",
        "lightspeed.tax_free",
        "orders.payments.paid",
    ]


def test_an_outlet_with_a_time_zone_that_nobody_knows_is_told_and_not_a_crash():
    mars = [replace(one, zone="Mars/Olympus") if one.id == OutletId("outlet-downtown") else one for one in ALL]

    assert [finding.subject for finding in problems(the_names(), mars)] == ["locations.DOWNTOWN.outlet"]


def test_taxes_by_their_rates_become_ids():
    rules = resolve(the_names(tax_rates={Decimal("0.15"): "GST", Decimal(0): "No Tax"}), ALL).rules

    assert rules.tax_rates == {Decimal("0.15"): GST_ID, Decimal(0): NO_TAX_ID}


def test_a_tax_by_rate_that_has_another_rate_in_x_series_is_refused():
    assert problems(the_names(tax_rates={Decimal("0.125"): "GST"}), ALL) == [
        Finding(
            "orders.tax_rates.12.5%",
            False,
            'the tax "GST" is 15% in X-Series',
            "Name a tax of this rate, or give this one by the ERP's name under orders.taxes.",
        )
    ]


def test_an_outlets_own_tax_becomes_an_id_with_its_rate():
    with_tax = replace(the_names().locations[0], tax="GST")

    rules = resolve(the_names(locations=(with_tax, the_names().locations[1])), ALL).rules

    assert [(route.tax, route.tax_rate) for route in rules.routes.values()] == [(GST_ID, Decimal("0.15")), (None, None)]


def test_an_outlets_own_tax_that_x_series_does_not_have_is_refused():
    with_tax = replace(the_names().locations[0], tax="GTS")

    assert [one.subject for one in problems(the_names(locations=(with_tax,)), ALL)] == ["locations.DOWNTOWN.tax"]


@pytest.mark.parametrize(
    ("gone", "where", "closed"),
    [
        pytest.param(
            OUTLETS[0], "locations.DOWNTOWN.outlet", 'the outlet "Downtown" is not active in X-Series', id="an outlet"
        ),
        pytest.param(
            REGISTERS[0],
            "locations.DOWNTOWN.register",
            'the register "Online Downtown" is not active in X-Series',
            id="a register",
        ),
    ],
)
def test_an_outlet_or_register_that_is_not_active_is_told_and_closes_its_route_alone(gone, where, closed):
    there = [replace(other, active=False) if other is gone else other for other in ALL]

    resolved = resolve(the_names(), there)

    assert [finding for finding in resolved.findings if not finding.ok] == [
        Finding(where, False, closed, "Its orders wait until it is.")
    ]
    assert [route.closed for route in resolved.rules.routes.values()] == [closed, ""]
    assert {pin[1] for pin in resolved.pins} >= {"Downtown", "Airport"}


def test_an_outlet_that_went_with_its_register_closes_its_route_alone():
    there = [replace(one, active=False) if one is OUTLETS[0] else one for one in ALL if one is not REGISTERS[0]]

    routes = resolve(the_names(), there).rules.routes

    assert [bool(route.closed) for route in routes.values()] == [True, False]


def test_a_location_that_the_config_closes_is_closed():
    shut = replace(the_names().locations[1], closed=True)

    routes = resolve(the_names(locations=(the_names().locations[0], shut)), ALL).rules.routes

    assert [route.closed for route in routes.values()] == ["", "locations.AIRPORT.closed is true"]
