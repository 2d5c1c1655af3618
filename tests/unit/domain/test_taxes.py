from decimal import Decimal

import pytest

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.compose import compose
from syncd.domain.ids import Sku, TaxId
from syncd.domain.orders import Tax
from syncd.domain.reasons import Reason
from syncd.domain.taxes import tax_for
from tests.builders import (
    AIRPORT,
    DOWNTOWN,
    GST,
    GST_ID,
    NO_TAX_ID,
    NOW,
    a_fee,
    a_line,
    a_route,
    a_shelf,
    an_order,
    the_rules,
)

PROVINCIAL = Tax("PST 7%", Decimal("0.070"))
ZERO_RATED = Tax("Zero rated", Decimal("0.00"))
BY_RATE, OWN = TaxId("tax-by-rate"), TaxId("tax-own")


def tax_of(*taxes, route=DOWNTOWN, named=None, rates=None):
    rules = the_rules(taxes=named or {}, tax_rates={Decimal(rate): tax for rate, tax in (rates or {}).items()})
    return tax_for(a_line(taxes=taxes), route, rules)


def refusal_of(*taxes, **given):
    with pytest.raises(CannotSell) as stopped:
        tax_of(*taxes, **given)
    assert (stopped.value.reason, stopped.value.line) == (Reason.TAX_UNMAPPED, "1")
    return stopped.value.detail


def with_own(rate):
    return a_route("Downtown", 0, tax=OWN, tax_rate=None if rate is None else Decimal(rate))


def test_a_tax_of_the_erp_is_found_by_its_name():
    assert tax_of(GST, named={"GST 15%": GST_ID}) == GST_ID


def test_a_tax_of_the_erp_is_found_by_its_rate():
    assert tax_of(GST, rates={"0.15": BY_RATE}) == BY_RATE


def test_the_name_comes_before_the_rate_and_the_rate_before_the_outlets_own():
    own = with_own("0.15")

    assert tax_of(GST, named={"GST 15%": GST_ID}, rates={"0.15": BY_RATE}, route=own) == GST_ID
    assert tax_of(GST, rates={"0.15": BY_RATE}, route=own) == BY_RATE
    assert tax_of(GST, route=own) == OWN


def test_several_taxes_on_one_line_are_found_by_their_rates_together():
    assert tax_of(GST, PROVINCIAL, rates={"0.22": BY_RATE}) == BY_RATE


def test_a_tax_of_nothing_is_found_by_its_rate_too():
    assert tax_of(ZERO_RATED, rates={"0": NO_TAX_ID}) == NO_TAX_ID


def test_a_line_without_any_tax_has_no_tax_whatever_the_outlets_own():
    assert tax_of(route=with_own("0.15"), rates={"0": BY_RATE}) == NO_TAX_ID


def test_an_outlets_own_tax_of_which_nobody_knows_the_rate_is_taken_at_its_word():
    assert tax_of(GST, route=with_own(None)) == OWN


def test_an_outlets_own_tax_of_another_rate_is_refused_and_both_rates_are_told():
    assert refusal_of(GST, route=with_own("0.1")) == (
        'MUG-BLUE (Mug-Blue) has the tax "GST 15%" of 15%, and the own tax of Downtown is 10%'
    )


def test_a_tax_that_nothing_names_is_refused_with_its_name_and_rate():
    assert refusal_of(GST, PROVINCIAL, rates={"0.15": BY_RATE}) == (
        'MUG-BLUE (Mug-Blue) has the tax "GST 15% + PST 7%" of 22%'
    )


def test_each_part_is_taxed_by_the_outlet_that_hands_it_over():
    here, there = TaxId("tax-here"), TaxId("tax-there")
    routes = [
        a_route("Downtown", 0, tax=here, tax_rate=Decimal("0.15")),
        a_route("Airport", 1, tax=there, tax_rate=Decimal("0.15")),
    ]
    rules = the_rules(taxes={}, routes={route.location: route for route in routes})
    order = an_order(a_line(), a_line("LAMP", "1", "30.00", id="2", at="AIRPORT"), a_fee("10-OFF", "-5.00", id="3"))

    parts = compose(order, rules, a_shelf(), now=NOW)

    assert {part.part.outlet: {line.tax_id for line in part.lines} for part in parts} == {
        DOWNTOWN.outlet: {here},
        AIRPORT.outlet: {there},
    }
    assert [line.sku for part in parts for line in part.lines].count(Sku("DISCOUNT")) == 2
    assert sum(part.total for part in parts) == order.total
