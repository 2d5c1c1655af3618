"""Two views of one sale: the classic status, and the dated state with attributes (FACTS 6)."""

from __future__ import annotations

PARKED, PENDING, VOIDED, CLOSED = "parked", "pending", "voided", "closed"
STATES = frozenset({PARKED, PENDING, VOIDED, CLOSED})

PICKUP, DELIVERY = "pickup", "delivery"
ONACCOUNT, LAYBY, SERVICE = "onaccount", "layby", "service"
EXCLUSIVE = ({ONACCOUNT, LAYBY}, {PICKUP, DELIVERY})

# Attribute -> the fulfilment type of the dated dialect, and the word of the classic fulfil call (FACTS 22.6).
TYPE_OF_ATTRIBUTE = {PICKUP: "PICKUP", DELIVERY: "DISPATCH"}
ATTRIBUTE_OF_TYPE = {"PICKUP": PICKUP, "DISPATCH": DELIVERY}
CLASSIC_WORD_OF_TYPE = {"PICKUP": "PICKED_UP", "DISPATCH": "SHIPPED"}

STATUSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "SAVED": (PARKED, ()),
    "OPEN": (PENDING, ()),
    "VOIDED": (VOIDED, ()),
    "CLOSED": (CLOSED, ()),
    "AWAITING_PICKUP": (PENDING, (PICKUP,)),
    "PICKED_UP_CLOSED": (CLOSED, (PICKUP,)),
    "AWAITING_DISPATCH": (PENDING, (DELIVERY,)),
    "DISPATCHED_CLOSED": (CLOSED, (DELIVERY,)),
    "ONACCOUNT": (PENDING, (ONACCOUNT,)),
    "ONACCOUNT_CLOSED": (CLOSED, (ONACCOUNT,)),
    "LAYBY": (PENDING, (LAYBY,)),
    "LAYBY_CLOSED": (CLOSED, (LAYBY,)),
    "SERVICE": (PENDING, (SERVICE,)),
    "SERVICE_CLOSED": (CLOSED, (SERVICE,)),
}


def status_of(state: str, attributes: tuple[str, ...]) -> str:
    """Return the classic status of a state with attributes.

    Which status a combination such as onaccount + delivery shows is not documented; the hand-over wins here,
    because the table lists it first in our reading and the tutorial finds its sales by it.
    """
    if state == PARKED:
        return "SAVED"
    if state == VOIDED:
        return "VOIDED"
    for status, (its_state, its_attributes) in STATUSES.items():
        if its_state == state and its_attributes and its_attributes[0] in attributes:
            return status
    return "CLOSED" if state == CLOSED else "OPEN"


def are_at_odds(attributes: tuple[str, ...]) -> bool:
    """Say whether two attributes exclude each other (FACTS 6)."""
    return any(pair <= set(attributes) for pair in EXCLUSIVE)


def hand_over_of(attributes: tuple[str, ...]) -> str | None:
    """Return the fulfilment type a sale with these attributes has, None for take-now sales."""
    return next((TYPE_OF_ATTRIBUTE[each] for each in attributes if each in TYPE_OF_ATTRIBUTE), None)
