"""What counts as having been sold twice."""

from tests.audit.builders import MUG, a_sale, a_sale_line, an_order, an_order_line
from tests.audit.duplicates import duplicates, oversold


def test_one_sale_for_an_order_is_no_duplicate() -> None:
    assert duplicates([an_order("7")], [a_sale("7")]) == 0


def test_a_second_standing_sale_is_a_duplicate() -> None:
    order = an_order("7", lines=(an_order_line(quantity="2"),))  # enough ordered for both

    assert duplicates([order], [a_sale("7"), a_sale("7")]) == 1


def test_a_second_sale_under_the_next_generations_number_is_a_duplicate() -> None:
    order = an_order("7", lines=(an_order_line(quantity="2"),))

    assert duplicates([order], [a_sale("7"), a_sale("7-v2")]) == 1


def test_a_voided_sale_and_the_one_made_anew_are_no_duplicate() -> None:
    assert duplicates([an_order("7")], [a_sale("7", state="voided"), a_sale("7-v2")]) == 0


def test_two_parts_of_one_order_are_no_duplicate() -> None:
    order = an_order("7", lines=(an_order_line("CUP"), an_order_line("POT")))
    sales = [
        a_sale("7", lines=(a_sale_line("CUP"),)),
        a_sale("7-B", outlet="Airport", lines=(a_sale_line("POT"),)),
    ]

    assert duplicates([order], sales) == 0


def test_a_line_sold_at_two_outlets_is_a_duplicate() -> None:
    assert duplicates([an_order("7")], [a_sale("7"), a_sale("7-B", outlet="Airport")]) == 1


def test_a_line_sold_both_for_pickup_and_dispatch_is_a_duplicate() -> None:
    assert duplicates([an_order("7")], [a_sale("7"), a_sale("7-B", method="DISPATCH")]) == 1


def test_a_quantity_above_the_ordered_one_is_a_duplicate() -> None:
    assert duplicates([an_order("7")], [a_sale("7", lines=(a_sale_line(quantity="2"),))]) == 1


def test_one_product_on_two_lines_is_ordered_twice() -> None:
    order = an_order("7", lines=(an_order_line(), an_order_line()))

    assert oversold(order, [a_sale("7", lines=(a_sale_line(), a_sale_line()))]) == []


def test_shipping_charged_twice_is_found_under_the_name_that_xseries_has_for_it() -> None:
    order = an_order("7", lines=(an_order_line(), an_order_line("COURIER", is_goods=False)))
    sale = a_sale("7", lines=(a_sale_line(), a_sale_line("SHIPPING", "2")))

    assert oversold(order, [sale], {"COURIER": "SHIPPING"}) == ["SHIPPING"]


def test_the_cents_of_a_rounding_line_are_nobodys_goods() -> None:
    sale = a_sale("7", lines=(a_sale_line(), a_sale_line("ROUNDING")))

    assert oversold(an_order("7"), [sale]) == []


def test_sales_of_other_orders_do_not_add_up() -> None:
    orders = [an_order("7"), an_order("77")]

    assert duplicates(orders, [a_sale("7"), a_sale("77")]) == 0
    assert {line.sku for order in orders for line in order.lines} == {MUG}
