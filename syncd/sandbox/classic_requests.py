"""Reading a sale of the classic dialect, which never errors: what is wrong becomes an EMPTY sale (FACTS 22.1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from syncd.sandbox import states
from syncd.sandbox.exchange import Row, moment, number
from syncd.sandbox.records import ZERO, Line, Payment, SaleDraft
from syncd.sandbox.world import World, is_uuid

NO_ATTRIBUTES: tuple[str, ...] = ()


class BadPayload(Exception):
    """The payload is wrong somewhere; the vendor will not say where, the emulator's log does."""


def read_sale(world: World, fields: Row) -> SaleDraft:
    """Return the checked draft of a posted sale; raises BadPayload when anything in it is wrong.

    Lines and payments left out are none at all: an update is a full replace (FACTS 22.2).
    """
    state, attributes = _state(fields)
    draft = SaleDraft(
        state=state,
        attributes=attributes,
        id=_id(fields),
        register_id=_known(world, "registers", fields.get("register_id")),
        user_id=_known(world, "users", fields.get("user_id")),
        source=_source(world, fields),
        source_id=_source_id(world, fields),
        customer_id=_maybe_known(world, "customers", fields.get("customer_id")),
        date=_time(fields, "sale_date"),
        note=_text(fields, "note"),
        short_code=_text(fields, "short_code"),
        invoice_number=_text(fields, "invoice_number"),
        xero_reference=_text(fields, "accounts_transaction_id"),
        fulfilment_outlet_id=_maybe_known(world, "outlets", fields.get("fulfillment_outlet_id")),
        lines=tuple(_line(world, each) for each in _rows(fields, "register_sale_products")),
        payments=tuple(_payment(world, each) for each in _rows(fields, "register_sale_payments")),
    )
    if draft.short_code is not None and any(
        each.short_code == draft.short_code and each.id != fields.get("id") for each in world.sales.values()
    ):
        raise BadPayload("short_code must be unique")
    if draft.payments and world.switches.closed_register_refused:
        for register_id in {draft.register_id, *(each.register_id for each in draft.payments)} - {None}:
            if not world.registers[str(register_id)]["is_open"]:
                raise BadPayload("the register is closed")
    return draft


def read_empty_sale(world: World, fields: Row) -> SaleDraft:
    """Return what is left of a bad payload: no lines, no payments, and by switch not even where it came from.

    Its state is not documented. Here it has the one that was asked for when that is a state, else SAVED: the
    reading under which an empty sale is most easily taken for a good one.
    """
    try:
        state, attributes = _state(fields)
    except BadPayload:
        state, attributes = states.PARKED, NO_ATTRIBUTES
    draft = SaleDraft(state=state, attributes=attributes, lines=(), payments=())
    if world.switches.empty_sale_keeps == "nothing":
        return draft
    return replace(
        draft,
        id=_id(fields),
        register_id=_id_if_known(world, "registers", fields.get("register_id")),
        user_id=_id_if_known(world, "users", fields.get("user_id")),
        source=_source(world, fields),
        source_id=_source_id(world, fields),
        invoice_number=_text_or_none(fields, "invoice_number"),
    )


def _state(fields: Row) -> tuple[str, tuple[str, ...]]:
    """Read the status, or state with attributes; both are taken since 2025-09 (FACTS 10)."""
    extra = fields.get("register_sale_attributes") or []
    if not isinstance(extra, list) or not all(isinstance(each, str) for each in extra):
        raise BadPayload("register_sale_attributes")
    status = fields.get("status")
    if status is None and str(fields.get("state")) in states.STATES:
        state, own = str(fields["state"]), NO_ATTRIBUTES
    elif isinstance(status, str) and status in states.STATUSES:
        state, own = states.STATUSES[status]
    else:
        raise BadPayload("status")
    attributes = tuple(dict.fromkeys((*own, *extra)))
    if states.status_of(state, attributes) == "OPEN" or states.are_at_odds(attributes):
        raise BadPayload("status OPEN, or attributes that exclude each other")
    return state, attributes


def _id(fields: Row) -> str | None:
    return str(fields["id"]) if is_uuid(fields.get("id")) else None


def _source(world: World, fields: Row) -> str | None:
    found = _text_or_none(fields, "source")
    if found is None or world.switches.classic_source == "dropped":
        return None
    return found.upper() if world.switches.classic_source == "upper" else found


def _source_id(world: World, fields: Row) -> str | None:
    return None if world.switches.classic_source == "dropped" else _text_or_none(fields, "source_id")


def _line(world: World, fields: Row) -> Line:
    return Line(
        id=_id(fields) or "",
        product_id=_known(world, "products", fields.get("product_id")),
        quantity=_number(fields, "quantity"),
        price=_number(fields, "price"),
        tax=_number(fields, "tax"),
        tax_id=_known(world, "taxes", fields.get("tax_id")),
        sequence=int(_number(fields, "sequence", ZERO)),
        price_set=fields.get("price_set") in (1, "1", True),
        discount=_number(fields, "discount", ZERO),
        cost=_number(fields, "cost", ZERO),
        loyalty=_number(fields, "loyalty_value", ZERO),
        note=_line_note(fields),
        status=_text(fields, "status") or "SAVED",
    )


def _line_note(fields: Row) -> str:
    """Read the note of a line: an attribute in public code (FACTS 17), a field of the same name in answers."""
    attributes = fields.get("attributes")
    for each in attributes if isinstance(attributes, list) else []:
        if isinstance(each, dict) and each.get("name") == "line_note":
            return str(each.get("value") or "")
    return _text(fields, "note") or ""


def _payment(world: World, fields: Row) -> Payment:
    return Payment(
        id=_id(fields) or "",
        payment_type_id=_known(world, "payment_types", fields.get("retailer_payment_type_id")),
        amount=_number(fields, "amount"),
        date=_time(fields, "payment_date"),
        register_id=_maybe_known(world, "registers", fields.get("register_id")),
    )


def _rows(fields: Row, name: str) -> list[Row]:
    found: Any = fields.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BadPayload(name)
    return found


def _known(world: World, table: str, row_id: object) -> str:
    if not world.knows(table, row_id):
        raise BadPayload(f"{row_id} is not in {table}")
    return str(row_id)


def _maybe_known(world: World, table: str, row_id: object) -> str | None:
    return None if row_id is None else _known(world, table, row_id)


def _id_if_known(world: World, table: str, row_id: object) -> str | None:
    return str(row_id) if world.knows(table, row_id) else None


def _number(fields: Row, name: str, default: Decimal | None = None) -> Decimal:
    found = number(fields[name]) if fields.get(name) is not None else default
    if found is None:
        raise BadPayload(name)
    return found


def _text(fields: Row, name: str) -> str | None:
    found = fields.get(name)
    if found is not None and not isinstance(found, str):
        raise BadPayload(name)
    return found


def _text_or_none(fields: Row, name: str) -> str | None:
    found = fields.get(name)
    return found if isinstance(found, str) else None


def _time(fields: Row, name: str) -> datetime | None:
    """Read 2016-05-05 23:35:34, which is UTC, or RFC 3339 (FACTS 8)."""
    found = fields.get(name)
    if found is None:
        return None
    at = moment(found)
    if at is not None:
        return at
    try:
        return datetime.strptime(str(found), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadPayload(name) from error
