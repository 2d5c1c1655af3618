"""What the people at the ERP do, one function a deed, through the same calls their client makes.

Each waits until the deed is seen to be done, and raises when it is not.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from demo.tryton.rpc import TrytonRpc

SALE = "model.sale.sale"
SHIPMENT = "model.stock.shipment.out"

# From each state of a shipment, the button that brings it nearer to the customer.
NEXT_STEP = {"draft": "wait", "waiting": "assign_try", "assigned": "pick", "picked": "pack", "packed": "do"}


class DeedFailed(Exception):
    """Tryton answered without an error, and yet nothing happened."""


def place_order(rpc: TrytonRpc, like: int, reference: str) -> int:
    """Order the same once more under a new reference, confirmed; return the sale's id."""
    sale_id = quote(rpc, like, reference)
    confirm(rpc, sale_id)
    return sale_id


def quote(rpc: TrytonRpc, like: int, reference: str) -> int:
    """Quote the same once more under a new reference; return the sale's id."""
    (sale_id,) = rpc.call(f"{SALE}.copy", [like], None)
    set_reference(rpc, sale_id, reference)
    rpc.call(f"{SALE}.quote", [sale_id])
    _expect("sale", sale_id, _sale(rpc, sale_id)["state"], "quotation")
    return int(sale_id)


def set_reference(rpc: TrytonRpc, sale_id: int, reference: str) -> None:
    """Change the customer's own number of the order, in whatever state it is."""
    rpc.call(f"{SALE}.write", [sale_id], {"reference": reference})


def set_comment(rpc: TrytonRpc, sale_id: int, comment: str) -> None:
    """Say something about the order, in whatever state it is."""
    rpc.call(f"{SALE}.write", [sale_id], {"comment": comment})


def confirm(rpc: TrytonRpc, sale_id: int) -> None:
    """Take a draft or a quotation to `processing`."""
    if _sale(rpc, sale_id)["state"] == "draft":
        rpc.call(f"{SALE}.quote", [sale_id])
    rpc.call(f"{SALE}.confirm", [sale_id])
    # `confirm` also answers well when the processing that follows it failed.
    _expect("sale", sale_id, _sale(rpc, sale_id)["state"], "processing")


def ship(rpc: TrytonRpc, shipment_id: int) -> None:
    """Hand the shipment to the customer, from whatever state it is in."""
    for _ in NEXT_STEP:
        before = _shipment(rpc, shipment_id)
        if before["state"] not in NEXT_STEP:
            break
        step = NEXT_STEP[before["state"]]
        # With the time of the record we decided on: of two who press `do` at once, one is refused.
        stamp = {"_timestamp": {f"stock.shipment.out,{shipment_id}": float(before["_timestamp"])}}
        rpc.call(f"{SHIPMENT}.{step}", [shipment_id], context=stamp if step == "do" else None)
        # `assign_try` answers well when there is not enough stock.
        if _shipment(rpc, shipment_id)["state"] == before["state"]:
            raise DeedFailed(f"shipment {shipment_id} stays {before['state']} after {step}")
    _expect("shipment", shipment_id, _shipment(rpc, shipment_id)["state"], "done")


def ship_part(rpc: TrytonRpc, shipment_id: int, quantities: Mapping[str, Decimal]) -> None:
    """Hand over only these quantities, by product code; Tryton makes a new shipment of what is left."""
    if _shipment(rpc, shipment_id)["state"] != "waiting":
        rpc.call(f"{SHIPMENT}.wait", [shipment_id])
    picked = rpc.call(f"{SHIPMENT}.read", [shipment_id], ["inventory_moves"])[0]["inventory_moves"]
    for move in rpc.call("model.stock.move.read", picked, ["product.code"]):
        quantity = quantities.get(move["product."]["code"], Decimal(0))
        rpc.call("model.stock.move.write", [move["id"]], {"quantity": float(quantity)})
    ship(rpc, shipment_id)


def cancel_order(rpc: TrytonRpc, sale_id: int) -> None:
    """Cancel the order. One in processing stays so in Tryton's words: what was open is cancelled and ignored."""
    if _sale(rpc, sale_id)["state"] in {"draft", "quotation"}:
        rpc.call(f"{SALE}.cancel", [sale_id])
        _expect("sale", sale_id, _sale(rpc, sale_id)["state"], "cancelled")
        return
    for shipment_id in _sale(rpc, sale_id)["shipments"]:
        if _shipment(rpc, shipment_id)["state"] not in {"done", "cancelled"}:
            cancel_shipment(rpc, shipment_id)
    ignore_cancelled_shipments(rpc, sale_id)


def reopen_order(rpc: TrytonRpc, sale_id: int) -> None:
    """Confirm an order after all that was cancelled as a quotation."""
    rpc.call(f"{SALE}.draft", [sale_id])
    confirm(rpc, sale_id)


def return_order(rpc: TrytonRpc, sale_id: int, quantities: Mapping[str, Decimal] | None = None) -> int:
    """Take goods of an order back, all or these by product code: a new order of negative quantities; return its id."""
    with_sale = {"active_model": "sale.sale", "active_id": sale_id, "active_ids": [sale_id]}
    wizard = "wizard.sale.return_sale"
    (session, start, _end) = rpc.call(f"{wizard}.create")
    rpc.call(f"{wizard}.execute", session, {}, start, context=with_sale)
    done = rpc.call(f"{wizard}.execute", session, {start: {}}, "return_", context=with_sale)
    rpc.call(f"{wizard}.delete", session)
    [[_action, data]] = done["actions"]
    (return_id,) = data["res_id"]
    lines = rpc.call(f"{SALE}.read", [return_id], ["lines"])[0]["lines"]
    if quantities is not None:
        _take_back(rpc, lines, quantities)
    confirm(rpc, return_id)
    return int(return_id)


def _take_back(rpc: TrytonRpc, lines: list[int], quantities: Mapping[str, Decimal]) -> None:
    for line in rpc.call("model.sale.line.read", lines, ["product.code"]):
        back = quantities.get((line["product."] or {}).get("code") or "", Decimal(0))
        if back:
            rpc.call("model.sale.line.write", [line["id"]], {"quantity": -float(back)})
        else:
            rpc.call("model.sale.line.delete", [line["id"]])


def receive_return(rpc: TrytonRpc, return_id: int) -> None:
    """Take what comes back in."""
    shipments = rpc.call(f"{SALE}.read", [return_id], ["shipment_returns"])[0]["shipment_returns"]
    rpc.call("model.stock.shipment.out.return.receive", shipments)


def cancel_shipment(rpc: TrytonRpc, shipment_id: int) -> None:
    """Cancel it; its order then waits for a decision about the goods."""
    rpc.call(f"{SHIPMENT}.cancel", [shipment_id])
    _expect("shipment", shipment_id, _shipment(rpc, shipment_id)["state"], "cancelled")


def ignore_cancelled_shipments(rpc: TrytonRpc, sale_id: int) -> None:
    """Decide that what the cancelled shipments held will not be sent."""
    _decide_about_cancelled(rpc, sale_id, "ignore_moves")


def recreate_cancelled_shipments(rpc: TrytonRpc, sale_id: int) -> None:
    """Decide that what the cancelled shipments held will be sent after all, by new ones."""
    _decide_about_cancelled(rpc, sale_id, "recreate_moves")


def _decide_about_cancelled(rpc: TrytonRpc, sale_id: int, decision: str) -> None:
    with_sale = {"active_model": "sale.sale", "active_id": sale_id, "active_ids": [sale_id]}
    wizard = "wizard.sale.handle.shipment.exception"
    (session, start, _end) = rpc.call(f"{wizard}.create")
    asked = rpc.call(f"{wizard}.execute", session, {}, start, context=with_sale)
    moves = asked["view"]["defaults"]["domain_moves"]
    choice = {start: {"domain_moves": moves, "recreate_moves": [], "ignore_moves": []} | {decision: moves}}
    rpc.call(f"{wizard}.execute", session, choice, "handle", context=with_sale)
    rpc.call(f"{wizard}.delete", session)
    if _sale(rpc, sale_id)["shipment_state"] == "exception":
        raise DeedFailed(f"sale {sale_id} still has a shipment exception")


def amend_quantity(rpc: TrytonRpc, sale_id: int, line_id: int, quantity: Decimal) -> None:
    """Change the quantity of one line of an order in processing. Its waiting shipment is replaced by a new one."""
    amend_line(rpc, sale_id, line_id, quantity=quantity)


def amend_line(rpc: TrytonRpc, sale_id: int, line_id: int, **changes: Any) -> None:
    """Change product, quantity or unit price of one line of an order in processing; nothing else follows of itself."""
    fields = ["product", "unit", "unit_price", "quantity", "description"]
    line = rpc.call("model.sale.line.read", [line_id], fields)[0]
    wanted = {name: line[name] for name in fields} | changes
    _amend(rpc, sale_id, {"action": "line", "line": line_id} | wanted | {"quantity": float(wanted["quantity"])})
    now = rpc.call("model.sale.line.read", [line_id], list(changes))[0]
    _expect("line", line_id, {name: now[name] for name in changes}, changes)


def amend_address(rpc: TrytonRpc, sale_id: int, address_id: int) -> None:
    """Let an order in processing go to another address of its party."""
    party = rpc.call(f"{SALE}.read", [sale_id], ["party", "invoice_address"])[0]
    there = {"party": party["party"], "invoice_address": party["invoice_address"], "shipment_address": address_id}
    _amend(rpc, sale_id, {"action": "party"} | there)
    now = rpc.call(f"{SALE}.read", [sale_id], ["shipment_address"])[0]["shipment_address"]
    _expect("sale", sale_id, now, address_id)


def amend_warehouse(rpc: TrytonRpc, sale_id: int, warehouse_id: int) -> None:
    """Let an order in processing leave from another warehouse."""
    _amend(rpc, sale_id, {"action": "warehouse", "warehouse": warehouse_id})
    _expect("sale", sale_id, _sale(rpc, sale_id)["warehouse"], warehouse_id)


def ship_line_from(rpc: TrytonRpc, sale_id: int, line_id: int, warehouse_id: int) -> int:
    """Split one line off the order's waiting shipment, to leave from another warehouse; return the new shipment."""
    move = rpc.call(
        "model.stock.move.search_read",
        [["origin", "=", f"sale.line,{line_id}"], ["state", "=", "draft"]],
        *(0, 1, None, ["shipment"]),
    )[0]
    old = int(move["shipment"].partition(",")[2])
    rpc.call(f"{SHIPMENT}.draft", [old])
    _split_off(rpc, old, move["id"])
    (new,) = set(_sale(rpc, sale_id)["shipments"]) - {old}
    places = ["storage_location", "output_location"]
    warehouse = rpc.call("model.stock.location.read", [warehouse_id], places)[0]
    # One write for both: a shipment whose moves leave from elsewhere is refused, and so is the reverse.
    there = {
        "warehouse": warehouse_id,
        "warehouse_storage": warehouse["storage_location"],
        "warehouse_output": warehouse["output_location"],
        "outgoing_moves": [["write", [move["id"]], {"from_location": warehouse["output_location"]}]],
    }
    rpc.call(f"{SHIPMENT}.write", [new], there)
    for shipment_id in (old, new):
        rpc.call(f"{SHIPMENT}.wait", [shipment_id])
        _expect("shipment", shipment_id, _shipment(rpc, shipment_id)["state"], "waiting")
    return int(new)


def _split_off(rpc: TrytonRpc, shipment_id: int, move_id: int) -> None:
    with_shipment = {
        "active_model": "stock.shipment.out",
        "active_id": shipment_id,
        "active_ids": [shipment_id],
    }
    wizard = "wizard.stock.shipment.split"
    (session, start, _end) = rpc.call(f"{wizard}.create")
    asked = rpc.call(f"{wizard}.execute", session, {}, start, context=with_shipment)
    choice = {start: asked["view"]["defaults"] | {"moves": [move_id]}}
    rpc.call(f"{wizard}.execute", session, choice, "split", context=with_shipment)
    rpc.call(f"{wizard}.delete", session)


def _amend(rpc: TrytonRpc, sale_id: int, line: dict[str, Any]) -> None:
    amendment = {
        "sale": sale_id,
        "date": dt.datetime.now(dt.UTC).date(),
        "lines": [["create", [line]]],
    }
    created = rpc.call("model.sale.amendment.create", [amendment])
    rpc.call("model.sale.amendment.validate_amendment", created)


def _sale(rpc: TrytonRpc, sale_id: int) -> dict[str, Any]:
    fields = ["state", "shipment_state", "shipments", "warehouse"]
    sale: dict[str, Any] = rpc.call(f"{SALE}.read", [sale_id], fields)[0]
    return sale


def _shipment(rpc: TrytonRpc, shipment_id: int) -> dict[str, Any]:
    shipment: dict[str, Any] = rpc.call(f"{SHIPMENT}.read", [shipment_id], ["state", "_timestamp"])[0]
    return shipment


def _expect(kind: str, record_id: int, actual: object, wanted: object) -> None:
    if actual != wanted:
        raise DeedFailed(f"{kind} {record_id} is {actual!r}, not {wanted!r}")
