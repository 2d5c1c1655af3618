"""The play: one morning at a company with an ERP and three shops, in the order in which it is shown."""

from collections import Counter
from decimal import Decimal
from typing import Any

from demo import erp_evidence
from demo.sandbox import Sandbox
from demo.shell import DONE, HELD, Shell, show, tell
from demo.tryton import person
from demo.tryton.rpc import TrytonRpc

PICKUPS_HANDED_OVER = 4
PIECES_AT_FIRST = 1  # of the sale that is handed over in part
DISPATCHES_HANDED_OVER = 1
TILL_SALE = ("Downtown", "SKU-00042", 2)
BROKEN_MUG = ("Airport", "SKU-00036", -1)
UNKNOWN_PRODUCT_ORDER = "WEB-1028"
SHIPPED_BY_THE_ERP = "WEB-1014"

FIRST_ORDERS = "first orders"  # how the auditor finds these two runs in the evidence
SECOND_RUN = "second run"


def play(shell: Shell, sandbox: Sandbox, erp: TrytonRpc, *, in_part: bool) -> dict[str, Any]:
    """Go through the morning; return what the ERP had noted before and after the second run.

    `in_part`: whether X-Series can say over this dialect that some of a sale was handed over.
    """
    orders_become_sales(shell)
    goods_are_handed_over(shell, sandbox, erp, in_part=in_part)
    the_erp_ships(shell, sandbox, erp)
    stock_moves_for_other_reasons(shell, sandbox)
    a_held_order_is_explained(shell)
    return a_second_run_writes_nothing(shell, erp)


def orders_become_sales(shell: Shell) -> None:
    shell.syncd("check")
    shell.syncd("plan", "orders")
    # 3: done, and some orders were held that no run had held before. The seed has two such.
    shell.syncd("sync", "orders", name=FIRST_ORDERS, expect=(HELD,))
    shell.syncd("status")


def goods_are_handed_over(shell: Shell, sandbox: Sandbox, erp: TrytonRpc, *, in_part: bool) -> None:
    tell("Meanwhile in the shops: customers collect, a courier drives off.")
    state = sandbox.state()
    outlets = {each["id"]: each["name"] for each in state["outlets"]}
    for sale in sales_to_hand_over(state):
        sandbox.hand_over(sale["id"])
        how = "collected" if sale["fulfilment_type"] == "PICKUP" else "dispatched"
        show(f"{outlets[sale['outlet_id']]:9} sale {sale['invoice_number']:>3} is {how}, {goods_of(sale)}")
    if in_part:
        sale, line = line_to_hand_over_in_part(sandbox.state())
        sandbox.hand_over_some(sale["id"], line["id"], PIECES_AT_FIRST)
        some = f"{PIECES_AT_FIRST} of {goods_of(sale)}"
        show(f"{outlets[sale['outlet_id']]:9} sale {sale['invoice_number']:>3} is collected in part, {some}")
    shell.syncd("sync", "fulfilments")
    tell("What the ERP itself says now, read through its own API:")
    for shipment, order, warehouse in erp_evidence.done_shipments(erp):
        show(f"shipment {shipment} of {order} from {warehouse}: done")


def the_erp_ships(shell: Shell, sandbox: Sandbox, erp: TrytonRpc) -> None:
    tell(f"At the ERP somebody sends {SHIPPED_BY_THE_ERP} off, and tells no shop.")
    for shipment in erp_evidence.shipments_of(erp, SHIPPED_BY_THE_ERP):
        person.ship(erp, shipment)
    open_before = {each["id"] for each in sandbox.state()["sales"] if each["state"] == "pending"}
    shell.syncd("sync", "orders", "fulfilments")
    tell("What X-Series itself says now:")
    for sale in sandbox.state()["sales"]:
        if sale["id"] in open_before and sale["state"] != "pending":
            show(f"sale {sale['invoice_number']} is {sale['state']}, {goods_of(sale)}")


def sales_to_hand_over(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Some open pickups and a dispatch, by their invoice numbers."""
    wanted = Counter(PICKUP=PICKUPS_HANDED_OVER, DISPATCH=DISPATCHES_HANDED_OVER)
    chosen = []
    for sale in by_invoice_number(state):
        if sale["state"] == "pending" and wanted[sale["fulfilment_type"]] > 0:
            wanted[sale["fulfilment_type"]] -= 1
            chosen.append(sale)
    return chosen


def line_to_hand_over_in_part(state: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first open pickup that has more pieces of a line than its customer takes along, and that line."""
    return next(
        (sale, line)
        for sale in by_invoice_number(state)
        if (sale["state"], sale["fulfilment_type"]) == ("pending", "PICKUP")
        for line in sale["line_items"]
        if Decimal(line["quantity"]) > PIECES_AT_FIRST
    )


def by_invoice_number(state: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(state["sales"], key=lambda each: (len(each["invoice_number"]), each["invoice_number"]))


def goods_of(sale: dict[str, Any]) -> str:
    return ", ".join(f"{line['quantity']} x {line['sku']}" for line in sale["line_items"])


def stock_moves_for_other_reasons(shell: Shell, sandbox: Sandbox) -> None:
    outlet, sku, quantity = TILL_SALE
    sandbox.ring_up(outlet, sku, quantity)
    tell(f"{outlet}: somebody buys {quantity} x {sku} over the counter.")
    outlet, sku, delta = BROKEN_MUG
    sandbox.move_stock(outlet, sku, delta)
    show(f"# {outlet}: somebody drops a mug ({sku}) and tells nobody.")
    shell.syncd("sync", "stock")


def a_held_order_is_explained(shell: Shell) -> None:
    shell.syncd("explain", "order", UNKNOWN_PRODUCT_ORDER)


def a_second_run_writes_nothing(shell: Shell, erp: TrytonRpc) -> dict[str, Any]:
    tell("Nothing has happened since. Everything once more:")
    before = erp_evidence.stamps(erp)
    shell.syncd("sync", name=SECOND_RUN, expect=(DONE,))
    return {"before": before, "after": erp_evidence.stamps(erp)}
