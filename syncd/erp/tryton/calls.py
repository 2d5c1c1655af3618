"""Everything that is asked of Tryton. Whether a call writes stands here, beside the call.

Over JSON-RPC the URL is one for all; over REST it says the model, the method and, of a write, the record.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.transport import Access, Call

_URL = "/{database}/rpc/"
_REST = "/{database}/rest/model"

LOGIN = Call("common.db.login", "POST", _URL, Access.READ)  # opens a session; changes nothing anybody reads
VERSION = Call("common.server.version", "POST", "/rpc/", Access.READ)

_READ_METHODS = ("search_read", "get_preferences")
_READ_MODELS = (
    "res.user",
    "sale.sale",
    "sale.line",
    "sale.line.component",
    "stock.move",
    "stock.shipment.out",
    "stock.location",
    "product.product",
    "product.uom",
)
#: The steps of a shipment, and its reference. Each is found again by the shipment's id: its state tells what was done.
_WRITES = ("write", "wait", "assign_try", "pick", "pack", "do")

CALLS = {
    call.name: call
    for call in (
        *(
            Call(f"model.{model}.{method}", "POST", _URL, Access.READ)
            for model in _READ_MODELS
            for method in _READ_METHODS
        ),
        *(
            Call(f"model.stock.shipment.out.{method}", "POST", _URL, Access.WRITE, look_up="shipment by id")
            for method in _WRITES
        ),
    )
}


def _over_rest(call: Call) -> Call:
    model, _, method = call.name.removeprefix("model.").rpartition(".")
    if call.access is Access.READ:
        return replace(call, path=f"{_REST}/{model}/{method}")
    if method == "write":
        return replace(call, method="PUT", path=f"{_REST}/{model}/{{record}}")
    return replace(call, path=f"{_REST}/{model}/{{record}}/{method}")


REST_CALLS = {name: _over_rest(call) for name, call in CALLS.items()}
