"""Every decision about an order is told with the key of the config that made it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from syncd.domain.customers import CustomerMode
from syncd.domain.decided import Decided, Sold, decided_how, decided_whether
from syncd.domain.ids import LocationId, OrderLineId, Sku
from syncd.domain.names import LocationNames, OrderNames
from syncd.domain.orders import Customer, Method, Order, OrderState
from syncd.domain.rules import Debt, IgnoreRules, RoutingRules, Unpaid
from tests.builders import START, a_fee, a_line, an_order, the_rules

RULES = the_rules()
HERE = LocationId("DOWNTOWN")
NAMES = OrderNames(
    account=RULES.account,
    erp=RULES.erp,
    start=START,
    states=RULES.states,
    locations=(LocationNames(LocationId("DOWNTOWN"), "Downtown", "Online Downtown"),),
    user="erp-sync",
    pickup_codes=RULES.pickup_codes,
    dispatch_codes=RULES.dispatch_codes,
    default_method=Method.DISPATCH,
    taxes={"GST 15%": "GST"},
    tax_free="No Tax",
    paid_with="ERP prepaid",
    unpaid=Unpaid.HOLD,
    shipping_sku=Sku("SHIPPING"),
    discount_sku=Sku("DISCOUNT"),
    rounding_sku=Sku("ROUNDING"),
    aliases={Sku("OLD-1"): Sku("NEW-1")},
    tolerance=Decimal("0.01"),
    invoice_template="{order_number}{part_suffix}",
    fingerprint="settings-1",
)


def how(order: Order, sold: Sold | None = None, **changes: Any) -> dict[str, str]:
    """Setting -> what it decided."""
    return {one.setting: one.what for one in decided_how(order, replace(NAMES, **changes), sold or {})}


def test_a_plain_order_is_told_by_every_setting_that_made_its_sale() -> None:
    assert how(an_order(delivery="CLICK-COLLECT")) == {
        "orders.delivery.pickup": "CLICK-COLLECT means that it is picked up",
        "locations.DOWNTOWN": "what leaves from DOWNTOWN goes to Downtown, register Online Downtown",
        "orders.taxes.GST 15%": '"GST 15%" is the tax "GST"',
        "orders.payments.paid": 'it is paid: a payment of the type "ERP prepaid"',
        "orders.invoice_number": "its number in X-Series is {order_number}{part_suffix}",
    }


@pytest.mark.parametrize(
    ("order", "changes", "setting", "what"),
    [
        pytest.param(
            an_order(), {}, "orders.delivery.default", "without a code of delivery it is dispatched", id="default"
        ),
        pytest.param(
            an_order(a_line(), a_fee()), {}, "orders.products.shipping", "the delivery fee of 5.00 is sold as SHIPPING",
            id="shipping",
        ),
        pytest.param(
            an_order(a_line(), a_fee("OFF", "-5.00")), {}, "orders.products.discount",
            "the discount of -5.00 is sold as DISCOUNT", id="discount",
        ),
        pytest.param(
            an_order(a_line(), a_fee("OFF", "-5.00")), {"discount_sku": None}, "orders.products.discount",
            "the discount of -5.00 has no product to be sold as", id="no discount product",
        ),
        pytest.param(an_order(a_line("OLD-1")), {}, "orders.skus.OLD-1", "OLD-1 is sold as NEW-1", id="alias"),
        pytest.param(
            an_order(paid=False), {}, "orders.payments.unpaid", "it is not paid: it is held until it is paid", id="held"
        ),
        pytest.param(
            an_order(paid=False), {"unpaid": Unpaid.AT_TILL}, "orders.payments.unpaid",
            "it is not paid: it is paid at the till", id="at the till",
        ),
        pytest.param(
            an_order(paid=False), {"unpaid": Unpaid.ON_ACCOUNT, "debt": Debt.ERP}, "orders.payments.unpaid",
            "it is not paid: it goes on the account of its customer", id="on account",
        ),
        pytest.param(
            an_order(paid=False), {"unpaid": Unpaid.ON_ACCOUNT, "debt": Debt.LIGHTSPEED}, "orders.payments.debt",
            "X-Series collects the debt, and the ERP's word of it adds no payment", id="debt",
        ),
        pytest.param(
            an_order(paid=False, paid_amount=Decimal("10.00")), {}, "orders.payments.paid",
            '10.00 of it was received: a payment of the type "ERP prepaid"', id="paid in part",
        ),
        pytest.param(
            an_order(), {"customers": CustomerMode.MATCH}, "orders.customers",
            "its customer is found in X-Series by code, then by e-mail, and named if there is one", id="matched",
        ),
        pytest.param(
            an_order(), {"customers": CustomerMode.MATCH_OR_CREATE}, "orders.customers",
            "its customer is found in X-Series by code, then by e-mail, and made if there is none", id="made",
        ),
        pytest.param(
            an_order(customer=Customer("", "A Guest")), {"customers": CustomerMode.MATCH}, "orders.customers",
            "a guest, without code and e-mail: its sales name nobody", id="guest",
        ),
        pytest.param(
            an_order(), {"paid_with": None}, "orders.payments.paid", "it is paid: no type of payment is named",
            id="no payment type",
        ),
        pytest.param(
            an_order(a_line(at="WORKSHOP")), {}, "locations", "no outlet is named for what leaves from WORKSHOP",
            id="unmapped",
        ),
        pytest.param(an_order(), {"taxes": {}}, "orders.taxes", 'no tax is named for "GST 15%"', id="no tax"),
        pytest.param(
            an_order(a_line(taxes=())), {}, "lightspeed.tax_free", 'a line without tax has the tax "No Tax"',
            id="tax free",
        ),
        pytest.param(
            an_order(delivery="DRONE"), {}, "orders.delivery", "nothing says what the delivery DRONE means",
            id="unknown delivery",
        ),
        pytest.param(
            an_order(a_line(), a_fee(), a_fee("CLICK-COLLECT", "0", id="f2")), {}, "orders.delivery",
            "both a pickup and a dispatch are asked for: nobody can tell", id="both",
        ),
        pytest.param(
            an_order(a_line(at="WORKSHOP")), {"routing": RoutingRules(default=HERE)}, "orders.routing.default",
            "what leaves from WORKSHOP goes to Downtown, register Online Downtown", id="routed by default",
        ),
        pytest.param(
            an_order(a_line(at="WORKSHOP")), {"routing": RoutingRules(by_method={Method.DISPATCH: HERE})},
            "orders.routing.dispatch", "all of it goes to Downtown, register Online Downtown", id="routed by method",
        ),
        pytest.param(
            an_order(delivery="COURIER"), {"routing": RoutingRules(by_code={"COURIER": HERE})},
            "orders.routing.delivery.COURIER", "all of it goes to Downtown, register Online Downtown",
            id="routed by code",
        ),
        pytest.param(
            an_order(), {"taxes": {}, "tax_rates": {Decimal("0.15"): "GST"}}, "orders.tax_rates.15%",
            '"GST 15%" is the tax "GST", by its rate', id="by rate",
        ),
        pytest.param(
            an_order(), {"taxes": {}, "locations": (replace(NAMES.locations[0], tax="Local"),)}, "locations",
            '"GST 15%" is listed nowhere: DOWNTOWN has the tax "Local"', id="by location",
        ),
        pytest.param(
            an_order(), {"locations": (replace(NAMES.locations[0], closed=True),)}, "locations.DOWNTOWN",
            "what leaves from DOWNTOWN goes to Downtown, register Online Downtown, which is closed", id="closed",
        ),
    ],
)  # fmt: skip
def test_what_a_setting_decided(order: Order, changes: dict[str, Any], setting: str, what: str) -> None:
    assert how(order, **changes)[setting] == what


def test_a_line_that_is_sold_as_something_like_it_says_by_which_setting() -> None:
    sold = {OrderLineId("1"): Sku("mug-blue"), OrderLineId("fee"): Sku("FEE")}

    told = how(an_order(a_line(), a_fee("GIFT-WRAP")), sold, fee_sku=Sku("FEE"))

    assert told["orders.products.match"] == "MUG-BLUE is sold as mug-blue"
    assert told["orders.products.fee"] == "GIFT-WRAP is sold as FEE"


def test_an_order_that_a_rule_leaves_alone_says_which() -> None:
    told = decided_whether(an_order(), replace(NAMES, ignore=IgnoreRules(numbers=("10*",))))

    assert Decided("it is to be left alone: 10* fits 1001", "orders.ignore.numbers") in told


def test_an_order_from_before_the_start_says_so() -> None:
    early = an_order(confirmed_at=START - timedelta(seconds=1))

    told = {one.setting: one.what for one in decided_whether(early, NAMES)}

    assert told["orders.start"] == "it was confirmed before 2026-12-01 00:00+13:00"


def test_an_order_in_a_state_that_is_not_listed_says_so() -> None:
    told = decided_whether(an_order(), replace(NAMES, states=frozenset({OrderState.DONE})))

    assert [one.what for one in told][1:] == ["an order that is processing does not become a sale"]


def test_no_setting_is_named_for_what_no_setting_decides() -> None:
    cancelled = an_order(state=OrderState.CANCELLED)

    assert [one.setting for one in decided_whether(cancelled, NAMES)] == ["orders.start"]
