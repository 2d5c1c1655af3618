"""The split of an order's money adds up, and says where an amount is not simply the order line's."""

from dataclasses import replace
from decimal import Decimal

from syncd.domain.compose import compose
from syncd.domain.identity import SaleIdentity
from syncd.domain.order_money import OrderMoney, money_of
from syncd.domain.orders import Order
from syncd.domain.rules import OrderRules
from tests.builders import NOW, a_draft, a_fee, a_line, a_shelf, an_order, the_rules


def split(order: Order, rules: OrderRules | None = None) -> OrderMoney:
    rules = rules or the_rules()
    drafts = [
        content.as_draft(SaleIdentity(rules.account, rules.erp, content.part, 1), f"1001-{number}", rules)
        for number, content in enumerate(compose(order, rules, a_shelf(), now=NOW))
    ]
    return money_of(order, drafts)


def test_lines_of_all_sales_add_up_to_the_order() -> None:
    money = split(an_order(a_line(), a_line("LAMP", "1", "7.77", at="AIRPORT", id="2")))

    assert sum(line.net + line.tax for line in money.lines) == money.total == money.of_the_order
    assert money.left == 0
    assert [line.remark for line in money.lines] == ["", ""]


def test_a_discount_over_two_sales_says_of_what_it_is_a_share() -> None:
    money = split(an_order(a_line(), a_line("LAMP", at="AIRPORT", id="2"), a_fee("OFF", "-3.00")))

    shares = [(line.invoice_number, line.net, line.remark) for line in money.lines if line.sku == "DISCOUNT"]
    remark = "a share of -3.00, by the value of each sale with tax"
    assert shares == [("1001-0", Decimal("-1.50"), remark), ("1001-1", Decimal("-1.50"), remark)]


def test_cents_that_the_erp_rounded_are_shown_on_their_line() -> None:
    order = an_order()
    money = split(replace(order, total=order.total + Decimal("0.01")))

    assert [(line.sku, line.net, line.remark) for line in money.lines] == [
        ("MUG-BLUE", Decimal("20.00"), ""),
        ("ROUNDING", Decimal("0.01"), "what the ERP rounded"),
    ]


def test_cents_carried_by_a_line_of_goods_are_shown_there() -> None:
    order = an_order(a_line(quantity="1"))
    money = split(replace(order, total=order.total - Decimal("0.01")), the_rules(rounding_sku=None))

    (line,) = money.lines
    assert (line.net, line.remark) == (Decimal("9.99"), "10.00 in the ERP: the difference is what the ERP rounded")


def test_a_sale_that_the_order_has_left_behind_says_by_how_much() -> None:
    order = an_order(a_line(quantity="3"), a_line("LAMP", "1", id="2"))

    money = money_of(order, [a_draft()])

    assert (money.total, money.left) == (Decimal("23.00"), Decimal("23.00"))
    assert [line.remark for line in money.lines] == ["30.00 in the ERP"]


def test_no_sale_is_no_money() -> None:
    money = money_of(an_order(), [])

    assert (money.lines, money.left) == ((), Decimal("23.00"))
