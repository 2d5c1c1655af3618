"""From raw files to the report: the smallest run there can be, then one thing wrong at a time."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.audit.demo_report import report_of
from tests.audit.promises import promises
from tests.audit.raw import read_evidence

Raw = dict[str, Any]
KEYS = [
    *("dialect", "orders", "sales", "held", "ignored", "completions", "duplicates", "lost", "empty_sales"),
    *("drift_rows", "second_run_writes", "unmatched_totals", "total_erp", "total_xseries"),
    *("partial_completions", "erp_shipments_pushed", "requests_per_order", "seconds"),
]


SYNCD, CLERK = 2, 3  # users of the ERP


def sale_row(**fields: Any) -> Raw:
    line = {"id": "a-line", "sku": "MUG", "quantity": "2"}
    usual = {
        "id": "a-sale",
        "invoice_number": "7",
        "fulfillment_outlet_id": "outlet-1",
        "outlet_id": "outlet-1",
        "fulfilment_type": "PICKUP",
        "state": "closed",
        "total_incl": "21.99999",
        "source": "syncd",
        "closed_by": "till",
        "line_items": [line],
    }
    return usual | fields


def another_sale(number: str, **fields: Any) -> Raw:
    """Two mugs of an order of its own; their line has the sale's number in its id."""
    lines = [{"id": f"line-{number}", "sku": "MUG", "quantity": "2"}]
    return sale_row(**({"id": f"sale-{number}", "invoice_number": number, "line_items": lines} | fields))


def order_row(number: int, state: str = "processing") -> Raw:
    return {"id": number, "number": str(number), "state": state, "total_amount": "22.00", "sale_date": "2026-11-02"}


def line_row(order: int) -> Raw:
    return {"sale": order, "quantity": "2.0", "product.": {"code": "MUG", "type": "goods"}}


def move_row(order: int, shipment: int, quantity: str = "2.0") -> Raw:
    goods = {"product.": {"code": "MUG"}, "quantity": quantity, "state": "done"}
    return {"sale": order, "shipment": f"stock.shipment.out,{shipment}"} | goods


def shipment_row(number: int, state: str, location: str = "DOWNTOWN", user: int = SYNCD) -> Raw:
    return {"id": number, "state": state, "warehouse.": {"code": location}, "write_uid": user}


# Order 7 was sold and collected, 8 is held, 9 is a quotation; of 10 one mug of two was collected, 11 the ERP sent off.
GOOD: Raw = {
    "run": {
        "dialect": "dated",
        "seconds": 60,
        "start": "2026-11-01",
        "outlet_of_location": {"DOWNTOWN": "Downtown"},
        "sku_of_service": {},
        "erp_user_of_syncd": SYNCD,
        "disturbed_levels": [],
        "first_orders": "first orders",
        "second_run": "second run",
        "typed": [
            {"name": "first orders", "requests_after": 0, "requests_up_to": 2},
            {"name": "second run", "requests_after": 2, "requests_up_to": 3},
        ],
    },
    "xseries_state": {
        "outlets": [{"id": "outlet-1", "name": "Downtown"}],
        "products": [{"id": "product-1", "has_inventory": True}],
        "sales": [
            sale_row(),
            another_sale("10", state="pending", closed_by=None),
            another_sale("11", closed_by="api"),
        ],
        "fulfillments": [{"line_items": [{"sale_line_item_id": "line-10", "fulfilled_quantity": "1"}]}],
        "inventory": [
            {"outlet": "Downtown", "sku": "MUG", "product_id": "product-1", "level": "8", "to_procure": "0"},
        ],
    },
    "xseries_log": {
        "requests": [{"n": 1, "write": False}, {"n": 2, "write": True}, {"n": 3, "write": False}],
    },
    "erp_orders": {
        "sales": [order_row(7), order_row(8), order_row(9, "quotation"), order_row(10), order_row(11)],
        "lines": [line_row(7), line_row(8), line_row(9), line_row(10), line_row(11)],
        "shipments": [
            shipment_row(70, "done"),
            shipment_row(80, "waiting", "WORKSHOP"),
            shipment_row(100, "done"),
            shipment_row(101, "waiting"),
            shipment_row(110, "done", user=CLERK),
        ],
        "moves": [
            move_row(7, 70),
            move_row(8, 80),
            move_row(10, 100, "1.0"),
            move_row(10, 101, "1.0"),
            move_row(11, 110),
        ],
    },
    "erp_stock": [{"warehouse": "DOWNTOWN", "sku": "MUG", "on_hand": "9.0"}],
    "erp_before_second_run": {"sale.sale": [{"id": 7, "write_date": "then"}]},
    "erp_after_second_run": {"sale.sale": [{"id": 7, "write_date": "then"}]},
    "syncd_status": {
        "orders": {
            "all": [
                {"order": "7", "outcome": "synced", "reason": "handed_over"},
                {"order": "8", "outcome": "held", "reason": "unmapped_location"},
                {"order": "9", "outcome": "ignored", "reason": "state_not_listed"},
                {"order": "10", "outcome": "synced", "reason": "open"},
                {"order": "11", "outcome": "synced", "reason": "handed_over"},
            ]
        }
    },
    "syncd_holds": [{"order": "8", "closed_at": None}],
}


def report_about(raw: Raw, directory: Path) -> dict[str, Any]:
    for name, found in raw.items():
        (directory / f"{name}.json").write_text(json.dumps(found), encoding="utf-8")
    return report_of(read_evidence(directory))


def test_the_report_says_what_the_files_show(tmp_path: Path) -> None:
    report = report_about(GOOD, tmp_path)

    assert {key: report[key] for key in KEYS} == {
        "dialect": "dated",
        "orders": 5,
        "sales": 3,
        "held": 1,
        "ignored": 1,
        "completions": 1,
        "partial_completions": 1,
        "erp_shipments_pushed": 1,
        "duplicates": 0,
        "lost": 0,
        "empty_sales": 0,
        "drift_rows": 0,
        "second_run_writes": 0,
        "unmatched_totals": 0,
        "total_erp": "66.00",
        "total_xseries": "66.00",
        "requests_per_order": 0.67,
        "seconds": 60,
    }


def sell_it_again(raw: Raw) -> None:
    raw["xseries_state"]["sales"].append(sale_row(id="another", source="somebody else"))


def lose_the_sale(raw: Raw) -> None:
    del raw["xseries_state"]["sales"][0]


def ship_all_of_what_left_in_part(raw: Raw) -> None:
    raw["erp_orders"]["shipments"][3]["state"] = "done"


def leave_the_sale_of_what_was_shipped_open(raw: Raw) -> None:
    raw["xseries_state"]["sales"][2] |= {"state": "pending", "closed_by": None}


def let_syncd_ship_what_nobody_sent_off(raw: Raw) -> None:
    raw["erp_orders"]["shipments"][4]["write_uid"] = SYNCD


def forget_the_hold(raw: Raw) -> None:
    raw["syncd_holds"].clear()


def change_the_total(raw: Raw) -> None:
    raw["xseries_state"]["sales"][0]["total_incl"] = "21.98"


def empty_the_sale(raw: Raw) -> None:
    raw["xseries_state"]["sales"][0]["line_items"].clear()


def add_a_stray(raw: Raw) -> None:
    raw["xseries_state"]["sales"].append(another_sale("70"))


def break_a_mug(raw: Raw) -> None:
    raw["xseries_state"]["inventory"][0]["level"] = "7"


def write_in_the_second_run(raw: Raw) -> None:
    raw["xseries_log"]["requests"][2]["write"] = True


def touch_the_erp_in_the_second_run(raw: Raw) -> None:
    raw["erp_after_second_run"]["sale.sale"][0]["write_date"] = "later"


@pytest.mark.parametrize(
    ("harm", "key", "count"),
    [
        (sell_it_again, "duplicates", 2),  # a sale too many, and a mug sold four times
        (lose_the_sale, "lost", 1),
        (forget_the_hold, "lost", 1),
        (change_the_total, "unmatched_totals", 1),
        (empty_the_sale, "empty_sales", 1),
        (add_a_stray, "sales_without_order", 1),
        (break_a_mug, "drift_rows", 1),
        (ship_all_of_what_left_in_part, "partial_completions", 0),
        (leave_the_sale_of_what_was_shipped_open, "erp_shipments_pushed", 0),
        (let_syncd_ship_what_nobody_sent_off, "erp_shipments_pushed", 0),
        (write_in_the_second_run, "second_run_writes", 1),
        (touch_the_erp_in_the_second_run, "second_run_writes", 1),
    ],
)
def test_each_harm_shows_in_its_number(harm: Callable[[Raw], None], key: str, count: int, tmp_path: Path) -> None:
    raw = copy.deepcopy(GOOD)
    harm(raw)

    report = report_about(raw, tmp_path)

    assert report[key] == count
    assert key in [promise.key for promise in promises(report) if not promise.kept]
