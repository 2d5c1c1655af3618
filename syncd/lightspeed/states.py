"""Classic status words and what they say: state, attributes, way of hand-over (FACTS 6 and 12)."""

from __future__ import annotations

from syncd.domain.orders import Method
from syncd.domain.sales import ON_ACCOUNT, SaleDraft, SaleState

# The same idea has three words (FACTS 22.6).
ATTRIBUTE_OF = {Method.PICKUP: "pickup", Method.DISPATCH: "delivery"}  # of a sale
LINE_METHOD_OF = {Method.PICKUP: "PICKUP", Method.DISPATCH: "DISPATCH"}  # of a line and of a dated fulfilment
FULFILLED_OF = {Method.PICKUP: "PICKED_UP", Method.DISPATCH: "SHIPPED"}  # of a classic fulfilment
OPEN_STATUS_OF = {Method.PICKUP: "AWAITING_PICKUP", Method.DISPATCH: "AWAITING_DISPATCH"}  # of a classic sale

VOIDED_STATUS, CLOSED_STATUS = "VOIDED", "CLOSED"

_STATUS: dict[str, tuple[SaleState, tuple[str, ...]]] = {
    "SAVED": (SaleState.PARKED, ()),
    "OPEN": (SaleState.PENDING, ()),  # read only: it must never be posted (tutorial "Sales 101")
    "VOIDED": (SaleState.VOIDED, ()),
    "CLOSED": (SaleState.CLOSED, ()),
    "ONACCOUNT": (SaleState.PENDING, ("onaccount",)),
    "ONACCOUNT_CLOSED": (SaleState.CLOSED, ("onaccount",)),
    "LAYBY": (SaleState.PENDING, ("layby",)),
    "LAYBY_CLOSED": (SaleState.CLOSED, ("layby",)),
    "AWAITING_DISPATCH": (SaleState.PENDING, ("delivery",)),
    "DISPATCHED_CLOSED": (SaleState.CLOSED, ("delivery",)),
    "AWAITING_PICKUP": (SaleState.PENDING, ("pickup",)),
    "PICKED_UP_CLOSED": (SaleState.CLOSED, ("pickup",)),
    "SERVICE": (SaleState.PENDING, ("service",)),
    "SERVICE_CLOSED": (SaleState.CLOSED, ("service",)),
}


def attributes_of(draft: SaleDraft) -> list[str]:
    """What a new sale of ours is: `onaccount` stands beside the way of hand-over (FACTS 6)."""
    return [*([ON_ACCOUNT] if draft.on_account else []), ATTRIBUTE_OF[draft.method]]


def read_status(status: str) -> tuple[SaleState, tuple[str, ...]]:
    """State and attributes of a classic status; one that we do not know is kept as an attribute."""
    word = status.strip().upper()
    if word in _STATUS:
        return _STATUS[word]
    # Not closed and not voided is the reading that lets nobody think the goods are gone or back.
    return SaleState.CLOSED if word.endswith("_CLOSED") else SaleState.PENDING, (status,)


def method_of(attributes: tuple[str, ...]) -> Method | None:
    """The way of hand-over; `pickup` and `delivery` exclude each other (FACTS 6)."""
    words = {word.casefold() for word in attributes}
    return next((method for method, word in ATTRIBUTE_OF.items() if word in words), None)
