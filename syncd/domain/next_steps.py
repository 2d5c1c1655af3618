"""What becomes of an order from here: what syncd does by itself, and what only a person can do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from syncd.domain.ids import HoldId
from syncd.domain.journal import EntryState
from syncd.domain.reasons import HELD_BY_ANOTHER, HELD_BY_SENDING, Outcome, Reason, next_step

UNDER_WAY = {
    EntryState.WAITING: "The next run sends what is decided.",
    EntryState.SENDING: "It is being sent; had that process died, the next run would look whether it arrived.",
    EntryState.ANSWERED: "The next run looks whether X-Series shows what was sent.",
    EntryState.UNKNOWN: "Nobody knows yet whether it arrived. It is looked up by every route, and sent again only when "
    "it is not there twice, `journal.settle` apart.",
}

#: held, and nothing was sent that could have happened without our knowing: other settings may be the cure
_MAY_HAVE_HAPPENED = (Reason.CONFLICT, Reason.EMPTY_SALE_FOUND)

_BY_ITSELF = {
    Reason.STANDS: "When the order changes in the ERP, its sale follows; when the outlet hands it over, the ERP's "
    "shipment is completed (`fulfilments`).",
    Reason.HANDED_OVER: "The ERP's shipment is completed where that is not done yet (`fulfilments`).",
    Reason.DROPPED: "Nothing: syncd leaves it alone, whatever changes.",
    Reason.NEW: "The next run plans it.",
    Reason.NO_STOCK: "It is tried again every hour, and when the order changes.",
    Reason.FULFIL_REFUSED: "It is tried again when the order or its sale changes.",
    Reason.SALE_UNPAID: "It is tried again when the order or its sale changes.",
    Reason.RETURNED_AT_TILL: "Nothing: the sale stays handed over.",
    **dict.fromkeys(HELD_BY_ANOTHER, "Every run looks at it again, for the sale is another order's."),
    Reason.SALE_WITHOUT_ORDER: "It is over by itself when the sale is voided, or the ERP has the order again.",
    Reason.GONE_AT_ONCE: "The next sweep counts again, and goes on by itself when it is less.",
    Reason.BRAKE: "The next run counts again, and goes on by itself when it is less.",
    Reason.STOCK_BRAKE: "The next comparison plans anew, and goes on by itself when it is less.",
    Reason.CORRECTION_REFUSED: "It is over by itself when the level is as expected; it is not sent again until then.",
    Reason.CORRECTION_NOT_KEPT: "It is over by itself when the level is as expected; it is not sent again until then.",
    Reason.MAP_CHANGED: "No order is planned until then.",
    Reason.LOCATION_VANISHED: "Every comparison of stock looks for it again; no order is held for it.",
    Reason.STOCK_SIDE_EMPTY: "Every comparison of stock reads it again; no order is held for it.",
}


def looked_at_again(reason: Reason, outcome: Outcome) -> str:
    """When syncd takes the order up again by itself."""
    if reason in _BY_ITSELF:
        return _BY_ITSELF[reason]
    if reason in _MAY_HAVE_HAPPENED:
        return "It is sent again only when the order changes, or a person says `syncd holds retry`."
    if reason in HELD_BY_SENDING:
        return "It is sent again only when the order or the settings change, or a person says `syncd holds retry`."
    match outcome:
        case Outcome.HELD:
            return "It is tried again by itself when the order, its sale, the settings or the products change."
        case Outcome.IGNORED:
            return "It is looked at again when the order or the settings change."
        case Outcome.WAITING:
            return "Every run looks at it again."
    return "When the order changes in the ERP, it is looked at again."


def what_happens_next(
    outcome: Outcome, reason: Reason, *, under_way: Sequence[EntryState] = (), decided: Sequence[str] = ()
) -> list[str]:
    """What syncd does with what is under way, what a person has said and no run has heard yet, and what is left."""
    told = [UNDER_WAY[state] for state in dict.fromkeys(under_way)]
    if decided:
        return [*told, *(f"The next run takes up what was decided: {one}." for one in decided)]
    if told:
        return told
    return [step for step in (next_step(reason), looked_at_again(reason, outcome)) if step]


def with_hold(words: str, hold: HoldId | None) -> str:
    """The words with the hold's number in every command that needs it, ready to be typed."""
    return words if hold is None else re.sub(r"`(syncd holds \w+)( SALE)?`", rf"`\1 {hold}\2`", words)
