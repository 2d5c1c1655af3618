"""From the raw files of `make demo` to facts: the only place that knows either side's words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.audit.facts import Level, Order, OrderLine, Said, Sale, SaleLine, Shipment

Row = Mapping[str, Any]
Rows = Sequence[Row]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of one run that a judge may look at."""

    run: Row
    orders: Sequence[Order]
    sales: Sequence[Sale]
    levels: Sequence[Level]
    on_hand: Mapping[tuple[str, str], Decimal]  # by (ERP location, SKU)
    told: Mapping[str, Said]
    requests: Rows
    erp_before: Mapping[str, Rows]
    erp_after: Mapping[str, Rows]


def read_evidence(directory: Path) -> Evidence:
    """Read the files that `demo/evidence.py` wrote."""
    state, erp = _read(directory, "xseries_state"), _read(directory, "erp_orders")
    return Evidence(
        run=_read(directory, "run"),
        orders=orders_of_tryton(erp),
        sales=sales_of_sandbox(state),
        levels=levels_of_sandbox(state),
        on_hand={(row["warehouse"], row["sku"]): Decimal(row["on_hand"]) for row in _read(directory, "erp_stock")},
        told=told_by_syncd(_read(directory, "syncd_status"), _read(directory, "syncd_holds")),
        requests=_read(directory, "xseries_log")["requests"],
        erp_before=_read(directory, "erp_before_second_run"),
        erp_after=_read(directory, "erp_after_second_run"),
    )


def orders_of_tryton(erp: Row) -> list[Order]:
    """Tryton's sales, with their lines, and the shipments that their moves lead to."""
    shipments = {row["id"]: row for row in erp["shipments"]}
    carried: dict[int, dict[int, list[Row]]] = {}
    for move in erp["moves"]:
        kind, _, number = (move["shipment"] or "").partition(",")
        if move["sale"] is not None and kind == "stock.shipment.out":
            carried.setdefault(move["sale"], {}).setdefault(int(number), []).append(move)
    return [
        Order(
            id=str(row["id"]),
            number=row["number"],
            state=row["state"],
            total=Decimal(row["total_amount"]),
            day=date.fromisoformat(row["sale_date"]) if row["sale_date"] else None,
            lines=tuple(_order_line(line) for line in erp["lines"] if line["sale"] == row["id"] and line["product."]),
            shipments=tuple(
                _shipment(shipments[shipment], moves) for shipment, moves in carried.get(row["id"], {}).items()
            ),
            former_numbers=tuple(erp.get("former_numbers", {}).get(str(row["id"]), ())),
        )
        for row in erp["sales"]
    ]


def _shipment(row: Row, moves: Rows) -> Shipment:
    goods: dict[str, Decimal] = {}
    for move in moves:
        if move.get("product.") and move["state"] != "cancelled":  # not every witness says what is in it
            sku = move["product."]["code"]
            goods[sku] = goods.get(sku, Decimal(0)) + Decimal(move["quantity"])
    return Shipment(row["warehouse."]["code"], row["state"], goods, row.get("write_uid"))


def _order_line(line: Row) -> OrderLine:
    product = line["product."]
    return OrderLine(product["code"], Decimal(line["quantity"]), is_goods=product["type"] == "goods")


def sales_of_sandbox(state: Row) -> list[Sale]:
    """All sales, our own and the till's."""
    outlets = {row["id"]: row["name"] for row in state["outlets"]}
    handed_over: dict[str, Decimal] = {}
    for line in (each for row in state.get("fulfillments", ()) for each in row["line_items"]):
        key = line["sale_line_item_id"]
        handed_over[key] = handed_over.get(key, Decimal(0)) + Decimal(line["fulfilled_quantity"])
    return [
        Sale(
            id=row["id"],
            invoice_number=row["invoice_number"],
            outlet=outlets.get(row["fulfillment_outlet_id"] or row["outlet_id"], ""),  # an empty sale names none
            method=row["fulfilment_type"],
            state=row["state"],
            total=Decimal(row["total_incl"]),
            lines=tuple(
                SaleLine(line["sku"] or "", Decimal(line["quantity"]), handed_over.get(line.get("id", ""), Decimal(0)))
                for line in row["line_items"]
            ),
            source=row["source"] or "",
            closed_by=row.get("closed_by"),
        )
        for row in state["sales"]
    ]


def levels_of_sandbox(state: Row) -> list[Level]:
    """The levels of products whose stock is counted at all."""
    counted = {row["id"] for row in state["products"] if row["has_inventory"]}
    return [
        Level(row["outlet"], row["sku"], Decimal(row["level"]) - Decimal(row["to_procure"]))
        for row in state["inventory"]
        if row["product_id"] in counted
    ]


def told_by_syncd(status: Row, holds: Rows) -> dict[str, Said]:
    """What `syncd status --json` and `syncd holds --json` say, by the ERP's id of the order."""
    open_holds = {hold["order"] for hold in holds if hold["closed_at"] is None}
    return {
        row["order"]: Said(row["outcome"], row["reason"], has_open_hold=row["order"] in open_holds)
        for row in status["orders"]["all"]
    }


def _read(directory: Path, name: str) -> Any:
    # Numbers stay exact: quantities of the ERP may come as JSON numbers.
    return json.loads((directory / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)
