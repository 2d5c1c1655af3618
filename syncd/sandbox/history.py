"""What happened to a fulfilment, line by line: kept even when the fulfilment itself leaves the list (FACTS 24)."""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal

from syncd.sandbox.exchange import Answer, Call, Refusal, Row, zulu_time
from syncd.sandbox.records import ZERO, Fulfilment, FulfilmentEvent, FulfilmentLine
from syncd.sandbox.world import World

CREATED, QUANTITY_UPDATED, REMOVED = "CREATED", "QUANTITY_UPDATED", "REMOVED"
PICKED, PACKED, FULFILLED = "PICKED", "PACKED", "FULFILLED"
VOIDED, RETURNED = "VOIDED", "RETURNED"

LIMIT_MAX = 1_000
CURSOR_MARK = "at:"


def note_lines(
    world: World, fulfilment: Fulfilment, before: list[FulfilmentLine], after: list[FulfilmentLine], kind: str
) -> None:
    """Note what changed between two states of the lines; lines that came or went have kinds of their own."""
    old = {each.sale_line_id: each for each in before}
    new = {each.sale_line_id: each for each in after}
    for line_id in [*new, *(each for each in old if each not in new)]:
        was, now = old.get(line_id), new.get(line_id)
        if was == now:
            continue
        _note(world, fulfilment, CREATED if was is None else kind, was, now)


def note_return(world: World, fulfilment: Fulfilment, line: FulfilmentLine, quantity: Decimal, return_id: str) -> None:
    """Note that goods of a line came back."""
    event = FulfilmentEvent(
        RETURNED, line.sale_line_id, line.product_id, -quantity, ZERO, ZERO, ZERO, world.now(), return_id
    )
    world.history.setdefault(fulfilment.id, []).append(event)


def _note(
    world: World, fulfilment: Fulfilment, kind: str, was: FulfilmentLine | None, now: FulfilmentLine | None
) -> None:
    line = now or was
    if line is None:
        return
    nothing = FulfilmentLine(line.sale_line_id, line.product_id, ZERO)
    was, now = was or nothing, now or nothing
    event = FulfilmentEvent(
        kind,
        line.sale_line_id,
        line.product_id,
        now.quantity - was.quantity,
        now.picked - was.picked,
        now.packed - was.packed,
        now.fulfilled - was.fulfilled,
        world.now(),
    )
    world.history.setdefault(fulfilment.id, []).append(event)


def get_history(world: World, call: Call) -> Answer:
    """Answer the events, oldest first, in pages by an opaque cursor; no limit, or 0, gives all (FACTS 3b)."""
    events = world.history.get(call.path["id"])
    if events is None or not world.switches.fulfilment_history:
        raise Refusal(404, "Fulfillment not found")
    limit = call.whole("limit", 0)
    if limit > LIMIT_MAX:
        raise Refusal(400, f"limit is {LIMIT_MAX} at most")
    start = _place(call.text("cursor"))
    end = start + limit if limit else len(events)
    cursor = _cursor(end) if end < len(events) else ""
    return Answer({"data": [_show(each) for each in events[start:end]], "next_cursor": cursor})


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"{CURSOR_MARK}{place}".encode()).decode()


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError) as error:
        raise Refusal(400, "cursor is none that was given out") from error
    digits = text.removeprefix(CURSOR_MARK)
    if text == digits or not digits.isdecimal():
        raise Refusal(400, "cursor is none that was given out")
    return int(digits)


def _show(event: FulfilmentEvent) -> Row:
    row: Row = {
        "sale_line_item_id": event.sale_line_id,
        "product_id": event.product_id,
        "event_type": event.kind,
        "quantity_delta": _text(event.quantity),
        "picked_quantity_delta": _text(event.picked),
        "packed_quantity_delta": _text(event.packed),
        "fulfilled_delta": _text(event.fulfilled),
        "created_at": zulu_time(event.at),
    }
    return row if event.source_sale_id is None else row | {"source_sale_id": event.source_sale_id}


def _text(value: Decimal) -> str:
    return format(value.normalize() if value else ZERO, "f")
