"""Stock adjustments: signed changes with a reason, booked as often as they are sent (FACTS 4b, 22.16).

A breach of the form is 400, of a rule 422: which of the two a breach gets is not documented. There is no key by
which a repeat could be told from a second adjustment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from syncd.sandbox import pages, reference
from syncd.sandbox.exchange import Answer, Call, Refusal, Row, number, zulu_time
from syncd.sandbox.fields import flag_in, refuse_unknown, text_in, uuid_in, word_in
from syncd.sandbox.world import World

ROWS_MAX = 1_000
QUANTITY_LENGTH_MAX = 32
SIZE, SIZE_MAX = 100, 1_000
REASONS_SIZE = REASONS_SIZE_MAX = 100
NAME_LENGTH_MAX = 30

NEGATIVE = ("DAMAGE", "EXPIRY", "INTERNAL_USE", "THEFT", "DONATION")
POSITIVE = ("STOCK_FOUND", "SAMPLE_FOR_SALE")
CUSTOM = "CUSTOM"
REASON_ID = "custom_inventory_adjustment_reason_id"
ROW_FIELDS = ("product_id", "outlet_id", "quantity", "reason", REASON_ID)
NUMERIC = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One row of a batch, its form checked."""

    product_id: str
    outlet_id: str
    text: str
    delta: Decimal
    reason: str
    reason_id: str | None


def post_adjustments(world: World, call: Call) -> Answer:
    """Book a batch; success is 201, rows in the order of the request."""
    fields = call.fields()
    refuse_unknown(fields, ("stock_adjustments",))
    rows = fields.get("stock_adjustments")
    if not isinstance(rows, list) or not 1 <= len(rows) <= ROWS_MAX:
        raise Refusal(400, f"stock_adjustments is a list of 1 to {ROWS_MAX}")
    batch = [_read(each) for each in rows]
    if world.switches.adjustments_atomic:
        for each in batch:
            _refuse_breach(world, each)
    booked = []
    for each in batch:
        _refuse_breach(world, each)
        booked.append(_book(world, each))
    return Answer({"data": booked}, status=201)


def _read(fields: object) -> Adjustment:
    if not isinstance(fields, dict):
        raise Refusal(400, "A stock adjustment is an object")
    refuse_unknown(fields, ROW_FIELDS)
    text = text_in(fields, "quantity", length_max=QUANTITY_LENGTH_MAX, required=True) or ""
    delta = number(text) if NUMERIC.fullmatch(text) else None
    if delta is None:
        raise Refusal(400, "quantity must be a numeric string")
    return Adjustment(
        product_id=uuid_in(fields, "product_id", required=True) or "",
        outlet_id=uuid_in(fields, "outlet_id", required=True) or "",
        text=text,
        delta=delta,
        reason=word_in(fields, "reason", (*NEGATIVE, *POSITIVE, CUSTOM)),
        reason_id=uuid_in(fields, REASON_ID),
    )


def _refuse_breach(world: World, row: Adjustment) -> None:
    if not world.knows("products", row.product_id) or not world.products[row.product_id]["has_inventory"]:
        raise Refusal(422, f"Product {row.product_id} has no inventory")
    if not world.knows("outlets", row.outlet_id):
        raise Refusal(422, f"{row.outlet_id} is not in outlets")
    if row.delta == 0:
        raise Refusal(422, "quantity must not be zero")
    if (row.reason == CUSTOM) != (row.reason_id is not None):
        raise Refusal(422, f"{REASON_ID} goes with the reason CUSTOM, and only with it")
    if (row.delta > 0) != (_sign(world, row) == "POSITIVE"):
        raise Refusal(422, f"quantity has the wrong sign for {row.reason}")


def _sign(world: World, row: Adjustment) -> str:
    if row.reason_id is None:
        return "POSITIVE" if row.reason in POSITIVE else "NEGATIVE"
    if not world.knows("adjustment_reasons", row.reason_id):
        raise Refusal(422, f"{row.reason_id} is no enabled reason")
    return str(world.adjustment_reasons[row.reason_id]["type"])


def _book(world: World, row: Adjustment) -> Row:
    world.move(row.outlet_id, row.product_id, row.delta)
    now = zulu_time(world.now())
    booked: Row = {
        "id": world.new_id(),
        "user_id": reference.owner(world)["id"],
        "product_id": row.product_id,
        "outlet_id": row.outlet_id,
        "quantity": row.text,
        "reason": row.reason,
        "created_at": now,
        "updated_at": now,
        "version": world.next_version(),
    }
    if row.reason_id is not None:
        booked[REASON_ID] = row.reason_id
    world.stock_adjustments.append(booked)
    return booked


def list_adjustments(world: World, call: Call) -> Answer:
    """List what was booked."""
    return pages.answer_feed(world, call, world.stock_adjustments, size=SIZE, size_max=SIZE_MAX)


def list_reasons(world: World, call: Call) -> Answer:
    """List the store's own reasons."""
    rows = world.in_order("adjustment_reasons")
    return pages.answer_feed(world, call, rows, size=REASONS_SIZE, size_max=REASONS_SIZE_MAX)


def post_reason(world: World, call: Call) -> Answer:
    """Make a reason; success is 200 here (FACTS 24), 409 a name that is taken."""
    fields = call.fields()
    name = text_in(fields, "name", length_max=NAME_LENGTH_MAX, required=True)
    enabled = flag_in(fields, "enabled")
    kind = word_in(fields, "type", ("POSITIVE", "NEGATIVE"))
    if any(row["name"] == name for row in world.adjustment_reasons.values()):
        raise Refusal(409, f"There is a reason {name}")
    now = zulu_time(world.now())
    row = {
        "id": world.new_id(),
        "name": name,
        "enabled": enabled,
        "type": kind,
        "is_from_external_source": True,
        "created_at": now,
        "updated_at": now,
    }
    return Answer({"data": world.put("adjustment_reasons", row)})
