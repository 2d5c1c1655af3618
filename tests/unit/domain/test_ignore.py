from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.ignore import Ignored, ignored
from syncd.domain.orders import OrderState
from syncd.domain.reasons import Reason
from syncd.domain.rules import IgnoreRules
from tests.builders import START, a_fee, a_line, an_order, the_rules

CUSTOMER = an_order().customer


def by(**rules):
    return the_rules(ignore=IgnoreRules(**{name: tuple(words) for name, words in rules.items()}))


def test_an_order_like_any_other_is_ours():
    assert ignored(an_order(), the_rules()) is None


@pytest.mark.parametrize(
    ("order", "ignore", "rule"),
    [
        pytest.param(
            an_order(tags=("vip", "wholesale")),
            {"tags": ["wholesale"]},
            "orders.ignore.tags: wholesale",
            id="a tag",
        ),
        pytest.param(an_order(), {"customers": ["C9", "C1"]}, "orders.ignore.customers: C1", id="a customer"),
        pytest.param(
            an_order(number="TEST-7"),
            {"numbers": ["X-*", "TEST-*"]},
            "orders.ignore.numbers: TEST-* fits TEST-7",
            id="a pattern of its number",
        ),
        pytest.param(
            an_order(reference="POS-0042"),
            {"references": ["POS-????"]},
            "orders.ignore.references: POS-???? fits POS-0042",
            id="a pattern of its reference",
        ),
        pytest.param(
            an_order(number="TEST-7", tags=("staff",)),
            {"numbers": ["TEST-*"], "tags": ["staff"]},
            "orders.ignore.tags: staff",
            id="two rules: the first is named",
        ),
    ],
)
def test_an_order_that_meets_a_rule_is_ignored_and_says_which(order, ignore, rule):
    assert ignored(order, by(**ignore)) == Ignored(Reason.IGNORED_BY_RULE, rule)


@pytest.mark.parametrize(
    ("order", "ignore"),
    [
        pytest.param(an_order(tags=(" Wholesale ",)), {"tags": ["wholesale"]}, id="a tag"),
        pytest.param(an_order(), {"customers": ["c1"]}, id="a customer"),
        pytest.param(an_order(number="test-7"), {"numbers": ["TEST-*"]}, id="a number"),
        pytest.param(an_order(reference="Pos-7"), {"references": ["pos-*"]}, id="a reference"),
    ],
)
def test_letters_case_is_no_matter_for_a_rule(order, ignore):
    assert ignored(order, by(**ignore)).reason is Reason.IGNORED_BY_RULE


@pytest.mark.parametrize(
    "ignore",
    [
        pytest.param({"tags": ["whole"]}, id="half a tag"),
        pytest.param({"customers": ["C"]}, id="half a code"),
        pytest.param({"numbers": ["100"]}, id="a pattern that fits only the beginning"),
        pytest.param({"references": ["1001"]}, id="its number as a reference"),
    ],
)
def test_a_rule_that_fits_in_part_is_not_met(ignore):
    assert ignored(an_order(number="1001", tags=("wholesale",)), by(**ignore)) is None


def test_a_customer_without_code_is_nobodys_rule():
    guest = an_order(customer=replace(CUSTOMER, code=""))

    assert ignored(guest, by(customers=["C1"])) is None


@pytest.mark.parametrize(
    ("order", "told"),
    [
        pytest.param(an_order(state=OrderState.QUOTE), Ignored(Reason.STATE_NOT_LISTED, "quote"), id="its state"),
        pytest.param(
            an_order(confirmed_at=START - timedelta(seconds=1)),
            Ignored(Reason.BEFORE_START, "2026-11-30T23:59:59+13:00 is before 2026-12-01T00:00:00+13:00"),
            id="when it was confirmed",
        ),
        pytest.param(an_order(state=OrderState.CANCELLED), Ignored(Reason.CANCELLED), id="that it is cancelled"),
        pytest.param(an_order(a_fee()), Ignored(Reason.NOTHING_TO_HAND_OVER), id="that there are no goods"),
        pytest.param(
            an_order(a_line(shipped=Decimal(2))), Ignored(Reason.DONE_BEFORE_START), id="that it was shipped before"
        ),
    ],
)
def test_every_other_rule_says_what_it_met(order, told):
    assert ignored(order, the_rules()) == told
