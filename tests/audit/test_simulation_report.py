"""The auditor of the simulation finds what was doubled, what was lost and what nothing explains."""

from typing import Any

import pytest

from tests.audit.causes import MAY_STAND_TWICE
from tests.audit.simulation_files import FILES, month_of
from tests.audit.simulation_report import findings, report_of

HERE, THERE = "DOWNTOWN", "AIRPORT"


def a_line(**fields: Any) -> dict[str, Any]:
    return {"id": "1", "sku": "MUG", "quantity": "2", "shipped": "0", "location": HERE} | fields


def an_order(**fields: Any) -> dict[str, Any]:
    """Two mugs, to be picked up downtown."""
    usual = {"id": "1", "number": "SO1", "state": "processing", "delivery": "CLICK-COLLECT", "day": "2027-03-20"}
    return usual | {"total": "23.00", "lines": [a_line()]} | fields


def a_sale(**fields: Any) -> dict[str, Any]:
    usual = {"id": "sale-1", "invoice_number": "SO1", "outlet": "Downtown", "method": "pickup", "state": "pending"}
    lines = [{"product": "product-mug", "quantity": "2"}]
    return usual | {"source": "syncd", "total": "23.00", "lines": lines} | fields


def a_month(**files: Any) -> dict[str, Any]:
    """One order that became one sale; the open sale has taken its mugs off the level."""
    run = {"outlet_of_location": {HERE: "Downtown", THERE: "Airport"}, "sku_of_product": {"product-mug": "MUG"}}
    counts = {"ticks": 1, "faults": 2, "deaths": 3, "seconds": 4.5}
    usual = {
        "run": run | counts,
        "erp_orders": [an_order()],
        "erp_completions": [],
        "xseries_sales": [a_sale()],
        "levels": {"erp": [[HERE, "MUG", "10"]], "xseries": [["Downtown", "product-mug", "8"]]},
        "stock_report": [],
        "syncd_status": [{"order": "1", "outcome": "synced", "reason": "stands"}],
        "syncd_holds": [],
        "causes": {},
    }
    assert set(usual) == set(FILES)
    return usual | files


def held(reason: str, *causes: str) -> dict[str, Any]:
    return {
        "syncd_status": [{"order": "1", "outcome": "held", "reason": reason}],
        "syncd_holds": [{"subject": "order:1", "order": "1", "reason": reason, "detail": ""}],
        "causes": {"1": list(causes)},
    }


NO_SALE = {"xseries_sales": [], "levels": {"erp": [], "xseries": []}}
CANCELLED = [an_order(state="cancelled")]
CLOSED = [a_sale(state="closed")]
THREE_MUGS = [a_sale(lines=[{"product": "product-mug", "quantity": "3"}])]
TO_AIRPORT = [an_order(lines=[a_line(location=THERE)])]

WRONG = {
    "two standing sales of one part": (
        {"xseries_sales": [a_sale(), a_sale(id="sale-2")], "levels": {"erp": [], "xseries": []}},
        {"duplicates", "unexplained"},
    ),
    "more sold than ordered": ({**NO_SALE, "xseries_sales": THREE_MUGS}, {"duplicates", "unexplained"}),
    "a shipment completed twice": ({"erp_completions": [["1@DOWNTOWN", "a"], ["1@DOWNTOWN", "b"]]}, {"duplicates"}),
    "no sale and no hold": (NO_SALE, {"lost", "unexplained"}),
    "ignored by a rule that is not true": (
        {**NO_SALE, "syncd_status": [{"order": "1", "outcome": "ignored", "reason": "cancelled"}]},
        {"lost", "unexplained"},
    ),
    "handed over, and the ERP does not know": ({"xseries_sales": CLOSED}, {"lost"}),
    "a cancelled order with a standing sale": ({"erp_orders": CANCELLED}, {"unexplained"}),
    "a sale at the wrong outlet": ({"erp_orders": TO_AIRPORT}, {"unexplained"}),
    "a hold for which nothing happened": (held("edited_at_till"), {"unexplained"}),
    "a level that nothing explains": (
        {"levels": {"erp": [[HERE, "MUG", "10"]], "xseries": [["Downtown", "product-mug", "5"]]}},
        {"unexplained"},
    ),
    "a drift reported where there is none": (
        {"stock_report": [{"outlet": "Downtown", "sku": "MUG", "unexplained": "-1"}]},
        {"unexplained"},
    ),
}


def test_a_month_in_which_all_is_well_has_no_findings() -> None:
    assert findings(month_of(a_month())) == {"duplicates": [], "lost": [], "unexplained": []}


@pytest.mark.parametrize(("changes", "numbers"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_found(changes: dict[str, Any], numbers: set[str]) -> None:
    found = findings(month_of(a_month(**changes)))

    assert {name for name, wrong in found.items() if wrong} == numbers


def test_a_hold_with_a_cause_explains_a_sale_that_differs() -> None:
    month = a_month(**held("edited_at_till", "till_edited"), **{**NO_SALE, "xseries_sales": THREE_MUGS})

    assert findings(month_of(month)) == {"duplicates": [], "lost": [], "unexplained": []}


@pytest.mark.parametrize(("reason", "is_told"), [("two_touched", True), ("shipped_in_part", False)])
def test_a_second_sale_may_stand_only_where_a_hold_is_about_it(reason: str, is_told: bool) -> None:
    twice = {"xseries_sales": [a_sale(), a_sale(id="sale-2")], "levels": {"erp": [], "xseries": []}}
    month = month_of(a_month(**held(reason, "shipped", "lost_late"), **twice))

    assert bool(findings(month, may_stand_twice=MAY_STAND_TWICE)["duplicates"]) is not is_told
    assert findings(month)["duplicates"]


def test_a_defect_and_a_cursor_that_went_back_are_explained_by_nothing() -> None:
    run = a_month()["run"] | {"defects": ["KeyError: 'x'"], "cursors_back": ["sales: 9 -> 7"], "second_run_writes": 1}

    assert len(findings(month_of(a_month(run=run)))["unexplained"]) == 3


def test_the_report_has_what_the_command_promises() -> None:
    assert report_of(month_of(a_month())) == {
        "ticks": 1, "faults": 2, "deaths": 3, "orders": 1, "seconds": 4.5, "duplicates": 0, "lost": 0, "unexplained": 0,
    }  # fmt: skip
