"""What the ERP itself says, by its own JSON-RPC and as another user than syncd's. Raw: nothing is judged here."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from demo.tryton.rpc import TrytonRpc

ORDER_FIELDS = ["number", "reference", "state", "sale_date", "shipment_state", "warehouse.code", "currency.code"]
AMOUNT_FIELDS = ["untaxed_amount", "tax_amount", "total_amount"]
LINE_FIELDS = ["sale", "type", "product.code", "product.type", "quantity", "unit_price", "amount"]
SHIPMENT_FIELDS = ["number", "state", "warehouse.code", "origins", "outgoing_moves", "write_uid"]
MOVE_FIELDS = ["state", "product.code", "quantity", "origin", "shipment", "sale", "from_location.code"]
# All in which somebody who completes a shipment, or changes an order, leaves a trace.
WATCHED = (
    "sale.sale",
    "sale.line",
    "sale.amendment",
    "stock.shipment.out",
    "stock.move",
    "party.party",
    "party.address",
    "product.product",
)
STAMP_FIELDS = ["create_date", "write_date", "write_uid"]


def orders(rpc: TrytonRpc) -> dict[str, Any]:
    """Every sale with its lines, shipments and moves, as Tryton's own rows."""
    return {
        "sales": _all(rpc, "sale.sale", ORDER_FIELDS + AMOUNT_FIELDS),
        "lines": _all(rpc, "sale.line", LINE_FIELDS),
        "shipments": _all(rpc, "stock.shipment.out", SHIPMENT_FIELDS),
        "moves": _all(rpc, "stock.move", MOVE_FIELDS, [["to_location.type", "=", "customer"]]),
    }


def stock(rpc: TrytonRpc) -> list[dict[str, Any]]:
    """On hand of all goods, warehouse by warehouse: what Tryton shows at the product."""
    today = (rpc.server_time or dt.datetime.now(dt.UTC)).date()
    rows = []
    for warehouse in rpc.call(
        "model.stock.location.search_read", [["type", "=", "warehouse"]], 0, None, None, ["code", "name"]
    ):
        context = {"locations": [warehouse["id"]], "stock_date_end": today}
        products = rpc.call(
            *("model.product.product.search_read", [["type", "=", "goods"]], 0, None, [["id", "ASC"]]),
            ["code", "quantity"],
            context=context,
        )
        rows += [
            {"warehouse": warehouse["code"], "sku": each["code"], "on_hand": each["quantity"]} for each in products
        ]
    return rows


def stamps(rpc: TrytonRpc) -> dict[str, list[dict[str, Any]]]:
    """When each record was made and last written: two of these tell what was written in between."""
    return {model: _all(rpc, model, STAMP_FIELDS) for model in WATCHED}


def shipments_of(rpc: TrytonRpc, reference: str) -> list[int]:
    """All shipments of the order that its customer knows by this reference."""
    (order,) = rpc.call("model.sale.sale.search_read", [["reference", "=", reference]], 0, None, None, ["shipments"])
    found: list[int] = order["shipments"]
    return found


def done_shipments(rpc: TrytonRpc) -> list[tuple[str, str, str]]:
    """(shipment, order, warehouse) of what has left the house."""
    rows = _all(rpc, "stock.shipment.out", ["number", "warehouse.code", "outgoing_moves"], [["state", "=", "done"]])
    return [(each["number"], _order_of(rpc, each["outgoing_moves"]), each["warehouse."]["code"]) for each in rows]


def _order_of(rpc: TrytonRpc, moves: Iterable[int]) -> str:
    found = rpc.call("model.stock.move.read", list(moves), ["sale.reference"])
    return ", ".join(sorted({each["sale."]["reference"] for each in found}))


def _all(rpc: TrytonRpc, model: str, fields: list[str], domain: list[list[Any]] | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rpc.call(f"model.{model}.search_read", domain or [], 0, None, [["id", "ASC"]], fields)
    return found
