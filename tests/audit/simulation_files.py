"""From the files of `make simulate` to facts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.audit.facts import Order, OrderLine, Said, Sale, SaleLine, Shipment

Row = Mapping[str, Any]
Rows = Sequence[Row]
Place = tuple[str, str]  # outlet, SKU
METHODS = {"CLICK-COLLECT": "pickup", "COURIER": "dispatch"}


@dataclass(frozen=True, slots=True)
class StockLine:
    """One row of syncd's stock report."""

    outlet: str
    sku: str
    unexplained: Decimal


@dataclass(frozen=True, slots=True)
class Month:
    """What both sides hold at the end, what syncd says of it, and what people and mishaps did."""

    run: Row
    orders: Sequence[Order]
    sales: Sequence[Sale]
    completions: Sequence[str]  # shipments, as often as the ERP completed them for us
    on_hand: Mapping[Place, Decimal]
    levels: Mapping[Place, Decimal]
    stock_report: Sequence[StockLine]
    told: Mapping[str, Said]
    holds: Rows
    causes: Mapping[str, frozenset[str]]

    @property
    def outlet_of(self) -> Mapping[str, str]:
        return self.run["outlet_of_location"]  # type: ignore[no-any-return]


FILES = (
    "run",
    "erp_orders",
    "erp_completions",
    "xseries_sales",
    "levels",
    "stock_report",
    "syncd_status",
    "syncd_holds",
    "causes",
)


def read_month(folder: Path) -> Month:
    """Read the files that `tests/simulation/evidence.py` wrote."""
    return month_of({name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in FILES})


def month_of(words: Mapping[str, Any]) -> Month:
    """The facts, from what stands in the files."""
    run, levels, holds = words["run"], words["levels"], words["syncd_holds"]
    skus, outlets = run["sku_of_product"], run["outlet_of_location"]
    return Month(
        run=run,
        orders=[_order(row) for row in words["erp_orders"]],
        sales=[_sale(row, skus) for row in words["xseries_sales"]],
        completions=[shipment for shipment, _ in words["erp_completions"]],
        on_hand={(outlets[place], sku): Decimal(there) for place, sku, there in levels["erp"]},
        levels={(outlet, skus[product]): Decimal(there) for outlet, product, there in levels["xseries"]},
        stock_report=[
            StockLine(row["outlet"], row["sku"], Decimal(row["unexplained"])) for row in words["stock_report"]
        ],
        told=_told(words["syncd_status"], holds),
        holds=holds,
        causes={order: frozenset(causes) for order, causes in words["causes"].items()},
    )


def _order(row: Row) -> Order:
    return Order(
        id=row["id"],
        number=row["number"],
        state=row["state"],
        total=Decimal(row["total"]),
        day=date.fromisoformat(row["day"]),
        method=METHODS[row["delivery"]],
        shipments=_shipments(row),
        lines=tuple(
            OrderLine(
                line["sku"], Decimal(line["quantity"]), location=line["location"], shipped=Decimal(line["shipped"])
            )
            for line in row["lines"]
        ),
    )


def _shipments(row: Row) -> tuple[Shipment, ...]:
    """One a location, as far as the lines say how much has left."""
    left: dict[str, bool] = {}
    for line in row["lines"]:
        has_left = Decimal(line["shipped"]) >= Decimal(line["quantity"])
        left[line["location"]] = has_left and left.get(line["location"], True)
    return tuple(Shipment(location, "done" if has_left else "waiting") for location, has_left in left.items())


def _sale(row: Row, skus: Mapping[str, str]) -> Sale:
    return Sale(
        id=row["id"],
        invoice_number=row["invoice_number"],
        outlet=row["outlet"],
        method=row["method"],
        state=row["state"],
        total=Decimal(row["total"]),
        lines=tuple(SaleLine(skus[line["product"]], Decimal(line["quantity"])) for line in row["lines"]),
        source=row["source"] or "USER",
    )


def _told(status: Rows, holds: Rows) -> dict[str, Said]:
    held = {row["order"] for row in holds}
    return {row["order"]: Said(row["outcome"], row["reason"], row["order"] in held) for row in status}
