"""When goods came back once, and when a customer is there once."""

from decimal import Decimal
from typing import Any

import pytest

from tests.audit.builders import MUG, a_sale, an_order, an_order_line
from tests.audit.customers import customers_twice, of_another
from tests.audit.goods_back import taken_back_otherwise

ORDER = an_order("7", id="1", lines=(an_order_line(quantity="3"),))
GOODS = {"code": MUG, "type": "goods"}


def a_life(*taken_back: str, asked_for: str = "-2", state: str = "closed") -> dict[str, Any]:
    """Order 2 takes two of order 1's mugs back; X-Series has a return for each of these quantities."""
    rows = [{"id": "1", "origin": None}, {"id": "2", "origin": "sale.sale,1"}]
    returns = [
        {"id": f"r{n}", "return_for": "sale-1", "state": state, "line_items": [{"sku": MUG, "quantity": one}]}
        for n, one in enumerate(taken_back)
    ]
    return {
        "erp": {"sales": rows, "lines": [{"sale": "2", "product.": GOODS, "quantity": asked_for}]},
        "xseries": {"sales": [{"id": "sale-1", "return_for": None}, *returns]},
    }


def judged(life: dict[str, Any], *asked: str) -> tuple[list[Any], list[Any]]:
    return taken_back_otherwise(life, [ORDER], [a_sale("7")], asked)


KEY = ("1", MUG)


@pytest.mark.parametrize(
    ("life", "too_much", "too_little"),
    [
        pytest.param(a_life("-2"), [], [], id="once"),
        pytest.param(a_life("-2", "-2"), [KEY], [], id="twice"),
        pytest.param(a_life(), [], [KEY], id="not at all"),
        pytest.param(a_life("-2", state="parked"), [], [KEY], id="only begun"),
    ],
)
def test_each_return_of_the_erp_is_one_of_its_sale(
    life: dict[str, Any], too_much: list[Any], too_little: list[Any]
) -> None:
    assert judged(life) == (too_much, too_little)


def test_nothing_needs_to_come_of_a_return_that_a_person_is_asked_about() -> None:
    assert judged(a_life(), "2") == ([], [])
    assert judged(a_life("-3"), "2") == ([KEY], [])


def a_customer(number: str, code: str, deleted_at: str | None = None) -> dict[str, Any]:
    return {"id": number, "customer_code": code, "deleted_at": deleted_at}


@pytest.mark.parametrize(
    ("customers", "found"),
    [
        ([a_customer("a", "C-1"), a_customer("b", "C-2")], []),
        ([a_customer("a", "C-1"), a_customer("b", "C-1")], ["C-1"]),
        ([a_customer("a", "C-1"), a_customer("b", "C-1", "yesterday")], []),
        ([a_customer("a", "X-1"), a_customer("b", "X-1")], []),
    ],
)
def test_nobody_who_has_ordered_is_there_twice(customers: list[dict[str, Any]], found: list[str]) -> None:
    erp = {"sales": [{"id": "1", "party.": {"code": "C-1"}}]}

    assert customers_twice(erp, {"customers": customers}) == found


@pytest.mark.parametrize(("named", "found"), [("a", []), ("b", ["sale-1"]), (None, ["sale-1"])])
def test_a_sale_names_the_customer_of_its_order(named: str | None, found: list[str]) -> None:
    sale = {
        "id": "sale-1",
        "invoice_number": "7",
        "fulfillment_outlet_id": None,
        "outlet_id": "o",
        "fulfilment_type": None,
        "state": "pending",
        "total_incl": Decimal(11),
        "line_items": [],
        "source": "syncd",
        "customer_id": named,
    }
    customers = [a_customer("a", "C-1"), a_customer("b", "C-2")]
    erp = {"sales": [{"id": "1", "party.": {"code": "C-1"}}]}

    assert of_another([ORDER], erp, {"sales": [sale], "outlets": [], "customers": customers}) == found
