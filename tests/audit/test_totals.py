"""When the money of both sides is the same."""

from decimal import Decimal

from tests.audit.builders import a_sale, an_order, numbers
from tests.audit.totals import total_erp, total_xseries, unmatched_totals


def test_a_sale_of_the_orders_total_matches() -> None:
    assert unmatched_totals([an_order("7")], [a_sale("7")]) == []


def test_a_cent_of_difference_is_unmatched() -> None:
    assert numbers(unmatched_totals([an_order("7")], [a_sale("7", total=Decimal("11.01"))])) == ["7"]


def test_a_residue_below_half_a_cent_is_what_the_customer_pays() -> None:
    assert unmatched_totals([an_order("7")], [a_sale("7", total=Decimal("10.99999"))]) == []


def test_the_parts_of_an_order_sum_to_it() -> None:
    parts = [a_sale("7", total=Decimal("4.00")), a_sale("7-B", outlet="Airport", total=Decimal("7.00"))]

    assert unmatched_totals([an_order("7")], parts) == []


def test_an_order_of_which_one_part_is_missing_is_unmatched() -> None:
    assert numbers(unmatched_totals([an_order("7")], [a_sale("7-B", total=Decimal("7.00"))])) == ["7"]


def test_a_doubled_sale_makes_the_totals_differ() -> None:
    orders, sales = [an_order("7")], [a_sale("7"), a_sale("7-v2")]

    assert (total_erp(orders, sales), total_xseries(orders, sales)) == (Decimal("11.00"), Decimal("22.00"))


def test_only_orders_that_became_sales_are_summed() -> None:
    orders, sales = [an_order("7"), an_order("8")], [a_sale("7"), a_sale("9")]

    assert total_erp(orders, sales) == total_xseries(orders, sales) == Decimal("11.00")
