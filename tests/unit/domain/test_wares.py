from decimal import Decimal

import pytest

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.catalogue import Match
from syncd.domain.ids import Sku
from syncd.domain.reasons import Reason
from syncd.domain.rules import Shelf
from syncd.domain.wares import product_for, skus_to_find
from tests.builders import a_fee, a_line, a_product, a_shelf, the_rules

FEE = a_product("FEE")


def sold(line, *products, match=Match.EXACT, **rules):
    return product_for(line, the_rules(match=match, **rules), a_shelf_by(match, *products)).id


def refused(line, *products, match=Match.EXACT, **rules):
    with pytest.raises(CannotSell) as stopped:
        sold(line, *products, match=match, **rules)
    return stopped.value.reason, stopped.value.detail


def a_shelf_by(match, *products):
    """The catalogue as it is read when SKUs are compared like this."""
    by_sku = a_shelf(*products).by_sku
    alike = {}
    for sku, found in by_sku.items():
        alike[match.key(sku)] = (*alike.get(match.key(sku), ()), *found)
    return Shelf(by_sku, match, alike)


# -- when two SKUs are the same


@pytest.mark.parametrize(
    ("sku", "theirs", "matches"),
    [
        pytest.param("MUG-1", "MUG-1", set(Match), id="the same letters"),
        pytest.param(" MUG-1 ", "MUG-1", {Match.IGNORE_SPACE, Match.IGNORE_CASE}, id="spaces around"),
        pytest.param("MUG 1", "MUG  1", {Match.IGNORE_SPACE, Match.IGNORE_CASE}, id="two spaces within"),
        pytest.param("MUG\u00a01", "MUG 1", {Match.IGNORE_SPACE, Match.IGNORE_CASE}, id="another kind of space"),
        pytest.param("mug-1", "MUG-1", {Match.IGNORE_CASE}, id="capitals"),
        pytest.param("stra\u00dfe", "STRASSE", {Match.IGNORE_CASE}, id="capitals of another language"),
        pytest.param("MUG1", "MUG 1", set(), id="a space that is missing"),
        pytest.param("MUG-01", "MUG-1", set(), id="a zero"),
    ],
)
def test_two_skus_are_the_same_by(sku, theirs, matches):
    assert {match for match in Match if match.key(sku) == match.key(theirs)} == matches


def test_a_product_in_other_letters_is_sold_where_capitals_are_no_matter():
    assert sold(a_line("mug-blue"), match=Match.IGNORE_CASE) == "product-MUG-BLUE"


def test_a_product_in_other_letters_is_not_sold_where_letters_count():
    assert refused(a_line("mug-blue"))[0] is Reason.UNKNOWN_SKU


def test_of_two_products_that_differ_in_capitals_the_one_of_just_the_sku_is_sold():
    products = a_product("MUG"), a_product("mug")

    assert sold(a_line("mug"), *products, match=Match.IGNORE_CASE) == "product-mug"


def test_two_products_that_are_only_like_the_sku_are_refused():
    products = a_product("MUG"), a_product("Mug")

    assert refused(a_line("mug"), *products, match=Match.IGNORE_CASE)[0] is Reason.AMBIGUOUS_SKU


def test_a_product_gone_from_sale_gives_way_to_the_one_that_is_like_it():
    products = a_product("mug", active=False), a_product("MUG")

    assert sold(a_line("mug"), *products, match=Match.IGNORE_CASE) == "product-MUG"


def test_an_alias_is_found_by_the_same_comparison():
    aliases = {Match.IGNORE_CASE.key("OLD-Mug"): Sku("MUG-BLUE")}

    assert sold(a_line("old-mug "), match=Match.IGNORE_CASE, aliases=aliases) == "product-MUG-BLUE"


# -- services


def test_a_service_that_x_series_does_not_know_is_sold_as_a_fee():
    assert sold(a_fee("ENGRAVING", "3.00"), FEE, fee_sku=Sku("FEE")) == "product-FEE"


def test_a_service_that_x_series_knows_is_sold_as_itself():
    assert sold(a_fee("GIFT-WRAP", "3.00"), a_product("GIFT-WRAP"), FEE, fee_sku=Sku("FEE")) == "product-GIFT-WRAP"


def test_a_service_under_an_alias_is_sold_as_that():
    rules = {"aliases": {"WRAP": Sku("GIFT-WRAP")}, "fee_sku": Sku("FEE")}

    assert sold(a_fee("WRAP", "3.00"), a_product("GIFT-WRAP"), FEE, **rules) == "product-GIFT-WRAP"


def test_goods_that_x_series_does_not_know_are_never_sold_as_a_fee():
    assert refused(a_line("UNICORN"), FEE, fee_sku=Sku("FEE"))[0] is Reason.UNKNOWN_SKU


def test_a_service_without_a_fee_product_is_refused_by_its_own_name():
    assert refused(a_fee("ENGRAVING", "3.00")) == (Reason.UNKNOWN_SKU, "ENGRAVING (Engraving)")


def test_a_fee_product_that_x_series_does_not_have_is_named_with_the_service():
    assert refused(a_fee("ENGRAVING"), a_product(), fee_sku=Sku("FEE")) == (Reason.UNKNOWN_SKU, "FEE (for ENGRAVING)")


def test_all_that_may_be_asked_for_is_read_from_the_catalogue():
    rules = the_rules(fee_sku=Sku("FEE"), aliases={"OLD": Sku("NEW")})
    lines = [a_line("OLD"), a_line("LAMP"), a_fee("COURIER", Decimal(0))]

    assert skus_to_find(lines, rules) == {"NEW", "LAMP", "COURIER", "SHIPPING", "FEE", "DISCOUNT", "ROUNDING"}
