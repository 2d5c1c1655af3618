"""Which rows of stock differ by more than what open sales have taken."""

from decimal import Decimal

import pytest

from tests.audit.builders import MUG, OUTLET_OF, a_sale, a_sale_line
from tests.audit.drift import drift_rows
from tests.audit.facts import Level, Sale

ON_HAND = {("DOWNTOWN", MUG): Decimal(10), ("WORKSHOP", MUG): Decimal(5)}


def a_level(quantity: str, outlet: str = "Downtown", sku: str = MUG) -> Level:
    return Level(outlet, sku, Decimal(quantity))


@pytest.mark.parametrize(
    ("level", "sales"),
    [
        pytest.param("10", [], id="both the same"),
        pytest.param("9", [a_sale()], id="an open sale has taken one"),
        pytest.param("10", [a_sale(state="closed")], id="handed over, and the ERP has less already"),
        pytest.param("10", [a_sale(outlet="Airport")], id="an open sale of another outlet takes nothing here"),
        pytest.param(
            "8", [a_sale(lines=(a_sale_line(quantity="3", handed_over="1"),))], id="one of three has left both"
        ),
        pytest.param("-2", [a_sale(lines=(a_sale_line(quantity="12"),))], id="more is promised than is there"),
    ],
)
def test_a_level_is_what_the_erp_has_less_open_sales(level: str, sales: list[Sale]) -> None:
    assert drift_rows([a_level(level)], ON_HAND, sales, OUTLET_OF) == []


@pytest.mark.parametrize(
    ("level", "sales"),
    [
        pytest.param("9", [], id="a mug broke"),
        pytest.param("11", [], id="a mug was found"),
        pytest.param("10", [a_sale()], id="an open sale has taken nothing"),
    ],
)
def test_any_other_level_is_a_drift(level: str, sales: list[Sale]) -> None:
    assert drift_rows([a_level(level)], ON_HAND, sales, OUTLET_OF) == [("Downtown", MUG)]


def test_rows_that_only_one_side_has_are_not_compared() -> None:
    assert drift_rows([a_level("3", "Harbour"), a_level("3", sku="CUP")], ON_HAND, [], OUTLET_OF) == []
