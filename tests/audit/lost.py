"""Nothing lost: every order of the ERP has a sale, or an open hold, or a rule that is true of it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tests.audit.facts import Order, Sale, Told
from tests.audit.order_numbers import sales_by_order

HELD, IGNORED = "held", "ignored"  # what syncd says of an order
TAKEN_BACK = ("synced", "voided")
LISTED_STATES = ("confirmed", "processing", "done")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the config says is to become sales at all."""

    start: date
    states: Collection[str] = LISTED_STATES


Rule = Callable[[Order, Scope], bool]

# Reason -> whether it is true, by what the ERP says. A rule that syncd names and that is not true excuses nothing.
RULES: Mapping[str, Rule] = {
    "state_not_listed": lambda order, scope: order.state not in scope.states,
    "cancelled": lambda order, _scope: is_cancelled(order),
    "before_start": lambda order, scope: order.day is not None and order.day < scope.start,
    "done_before_start": lambda order, _scope: _all_shipments_are(order, "done"),
    "nothing_to_hand_over": lambda order, _scope: not any(line.is_goods for line in order.lines),
    "dropped": lambda _order, _scope: True,  # a person said so
}


def lost(orders: Sequence[Order], sales: Sequence[Sale], told: Told, scope: Scope) -> list[Order]:
    """Orders with neither sale, nor open hold, nor true rule. What still waits is lost until it has a sale."""
    sold = sales_by_order(orders, sales)
    return [
        order
        for order in orders
        if order.id not in sold
        and not is_held(order, told)
        and not is_ignored(order, told, scope)
        and not is_taken_back(order, told)
    ]


def is_held(order: Order, told: Told) -> bool:
    """Whether syncd says that it is held, and a person finds the hold."""
    said = told.get(order.id)
    return said is not None and said.outcome == HELD and said.has_open_hold


def is_ignored(order: Order, told: Told, scope: Scope) -> bool:
    """Whether syncd names a rule by which it is left alone, and the rule is true of it."""
    said = told.get(order.id)
    if said is None or said.outcome != IGNORED or said.reason not in RULES:
        return False
    return RULES[said.reason](order, scope)


def is_taken_back(order: Order, told: Told) -> bool:
    """Whether syncd says that its sale was voided, and the order is cancelled."""
    said = told.get(order.id)
    return said is not None and (said.outcome, said.reason) == TAKEN_BACK and is_cancelled(order)


def is_cancelled(order: Order) -> bool:
    return order.state == "cancelled" or _all_shipments_are(order, "cancelled")


def _all_shipments_are(order: Order, state: str) -> bool:
    return bool(order.shipments) and all(shipment.state == state for shipment in order.shipments)
