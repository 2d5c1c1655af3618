"""The judge of a stock report finds a row that is missing, and one whose reason is not the true one."""

from typing import Any

import pytest

from tests.audit.stock_rows import wrong_rows
from tests.audit.test_simulation_report import HERE, a_month, a_sale


def a_row(units: dict[str, str], *, unexplained: str = "0") -> dict[str, Any]:
    return {"outlet": "Downtown", "sku": "MUG", "unexplained": unexplained, "units": units}


def sold_over_the_till(quantity: str, **changes: bool) -> dict[str, Any]:
    usual = {"outlet": "Downtown", "sku": "MUG", "quantity": quantity, "is_booked": False, "is_recent": True}
    return usual | changes


def levels(erp: str, retail: str) -> dict[str, Any]:
    return {"erp": [[HERE, "MUG", erp]], "xseries": [["Downtown", "product-mug", retail]]}


def judged(*, compares_available: bool = False, till: tuple[dict[str, Any], ...] = (), **files: Any) -> list[str]:
    return list(wrong_rows(a_month(**files) | {"till": list(till)}, compares_available=compares_available))


OPEN = {"stock_report": [a_row({"S": "2"})]}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(OPEN, id="an open sale"),
        pytest.param({"stock_report": [a_row({"C": "2"})], "xseries_sales": [a_sale(state="closed")]}, id="collected"),
        pytest.param(
            {
                "stock_report": [a_row({"S": "2", "T": "3", "R": "1"})],
                "levels": levels("9", "6"),
                "till": (sold_over_the_till("1", is_booked=True), sold_over_the_till("2"), sold_over_the_till("-1")),
            },
            id="the till",
        ),
        pytest.param({"stock_report": [], "xseries_sales": [], "levels": levels("10", "10")}, id="equal sides"),
    ],
)
def test_a_report_that_tells_the_truth_has_nothing_wrong(files: dict[str, Any]) -> None:
    assert judged(**files) == []


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        pytest.param({"stock_report": []}, "no row says why", id="a row is missing"),
        pytest.param({"stock_report": [a_row({"S": "1", "O": "1"})]}, "S+V is said", id="too little is open"),
        pytest.param({"stock_report": [a_row({"S": "2", "O": "1"})]}, "O+S+C is said", id="a reservation counts twice"),
        pytest.param({"stock_report": [a_row({"S": "2", "T": "1"})]}, "T is said", id="a till sale that is none"),
        pytest.param({"stock_report": [a_row({"S": "2"}, unexplained="-1")]}, "by nothing", id="a drift that is none"),
        pytest.param(OPEN | {"levels": levels("10", "7")}, "does not come out", id="the judge's own world"),
    ],
)
def test_what_is_wrong_is_found(files: dict[str, Any], wrong: str) -> None:
    found = judged(**files)

    assert len(found) == 1
    assert wrong in found[0]


def test_what_is_available_needs_no_row_where_an_open_sale_is_reserved() -> None:
    assert judged(compares_available=True, stock_report=[]) == []


def test_what_others_reserve_is_a_true_drift_of_what_is_available() -> None:
    ignored = {"syncd_status": [{"order": "1", "outcome": "ignored", "reason": "before_start"}]}
    files = ignored | {"xseries_sales": [], "levels": levels("10", "10"), "stock_report": [a_row({}, unexplained="2")]}

    assert judged(compares_available=True, **files) == []
    assert len(judged(**files)) == 1
