"""Reading a sale of the dated dialect: strict, with an error that names the field.

The vendor documents no 4xx of sales (FACTS 24). Our choice: a field that is missing or of the wrong form is 400, a
well-formed one that names something unknown or forbidden is 422.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from syncd.sandbox import states
from syncd.sandbox.exchange import Refusal, Row, moment, number
from syncd.sandbox.records import ZERO, Line, Payment, SaleDraft
from syncd.sandbox.world import World, is_uuid


def read_sale(world: World, fields: Row) -> SaleDraft:
    """Return the checked draft of a posted sale, or refuse."""
    source = _object(fields, "source")
    state = fields.get("state")
    if not isinstance(state, str) or state not in states.STATES:
        raise Refusal(400, "state must be one of parked, pending, voided, closed")
    draft = SaleDraft(
        state=state,
        attributes=_attributes(fields),
        id=_uuid(fields, "id"),
        register_id=_uuid(source, "register_id"),
        user_id=_uuid(source, "author_id", required=True),
        source=_text(source, "type"),
        source_id=_text(source, "id"),
        customer_id=_uuid(fields, "customer_id"),
        date=_time(fields, "date"),
        note=_text(fields, "note"),
        short_code=_text(fields, "short_code"),
        invoice_number=_text(fields, "invoice_number"),
        fulfilment_outlet_id=_uuid(fields, "fulfillment_outlet_id"),
        lines=_each(fields, "line_items", _line),
        payments=_each(fields, "payments", _payment),
    )
    _refuse_unknown(world, draft)
    return draft


def _refuse_unknown(world: World, draft: SaleDraft) -> None:
    named = [("users", draft.user_id), ("registers", draft.register_id), ("outlets", draft.fulfilment_outlet_id)]
    for line in draft.lines or ():
        named += [("products", line.product_id), ("taxes", line.tax_id), ("outlets", line.outlet_id)]
    for payment in draft.payments or ():
        named += [("payment_types", payment.payment_type_id), ("registers", payment.register_id)]
    for table, row_id in named:
        if row_id is not None and not world.knows(table, row_id):
            raise Refusal(422, f"{row_id} is not in {table}")
    if draft.payments and world.switches.closed_register_refused:
        for register_id in {draft.register_id, *(each.register_id for each in draft.payments)} - {None}:
            if not world.registers[str(register_id)]["is_open"]:
                raise Refusal(422, "The register is closed")


def _line(fields: Row) -> Line:
    pricing, tax = _object(fields, "pricing"), _object(fields, "tax")
    metadata = fields.get("_metadata") if isinstance(fields.get("_metadata"), dict) else {}
    method = metadata.get("fulfillment_method") if metadata else None
    if method is not None and method not in ("PICKUP", "DISPATCH"):
        raise Refusal(400, "_metadata.fulfillment_method is PICKUP or DISPATCH")
    author = fields.get("source")
    return Line(
        id=_uuid(fields, "id") or "",
        product_id=_uuid(_object(fields, "product"), "id", required=True) or "",
        quantity=_number(fields, "quantity"),
        price=_number(pricing, "price"),
        discount=_number(pricing, "discount", ZERO),
        cost=_number(pricing, "cost", ZERO),
        loyalty=_number(pricing, "loyalty_amount", ZERO),
        tax=_number(tax, "amount"),
        tax_id=_uuid(tax, "id", required=True) or "",
        sequence=int(_number(metadata or {}, "sequence", ZERO)),
        price_set=bool((metadata or {}).get("is_price_override")),
        note=_line_note(fields),
        status=_text(fields, "status") or "SAVED",
        method=method,
        outlet_id=_uuid(fields, "fulfilment_outlet_id"),  # the line has the British spelling (FACTS 22.6)
        user_id=_uuid(author, "author_id") if isinstance(author, dict) else None,
    )


def _line_note(fields: Row) -> str:
    attributes = fields.get("attributes")
    for each in attributes if isinstance(attributes, list) else []:
        if isinstance(each, dict) and each.get("name") == "line_note":
            return str(each.get("value") or "")
    return ""


def _payment(fields: Row) -> Payment:
    source = fields.get("source")
    return Payment(
        id=_uuid(fields, "id") or "",
        payment_type_id=_uuid(_object(fields, "type"), "config_id", required=True) or "",
        amount=_number(fields, "amount"),
        date=_time(fields, "date"),
        register_id=_uuid(source, "register_id") if isinstance(source, dict) else None,
    )


def _attributes(fields: Row) -> tuple[str, ...] | None:
    found = fields.get("attributes")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Refusal(400, "attributes must be a list of strings")
    return tuple(found)


def _each(fields: Row, name: str, read: Any) -> Any:
    found = fields.get(name)
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Refusal(400, f"{name} must be a list of objects")
    return tuple(read(each) for each in found)


def _object(fields: Row, name: str) -> Row:
    found = fields.get(name)
    if not isinstance(found, dict):
        raise Refusal(400, f"{name} is required")
    return found


def _text(fields: Row, name: str) -> str | None:
    found = fields.get(name)
    if found is not None and not isinstance(found, str):
        raise Refusal(400, f"{name} must be a string")
    return found


def _uuid(fields: Row, name: str, *, required: bool = False) -> str | None:
    found = fields.get(name)
    if found is None and not required:
        return None
    if not is_uuid(found):
        raise Refusal(400, f"{name} must be a uuid")
    return str(found)


def _number(fields: Row, name: str, default: Decimal | None = None) -> Decimal:
    found = number(fields[name]) if fields.get(name) is not None else default
    if found is None:
        raise Refusal(400, f"{name} must be a number")
    return found


def _time(fields: Row, name: str) -> datetime | None:
    if fields.get(name) is None:
        return None
    found = moment(fields[name])
    if found is None:
        raise Refusal(400, f"{name} must be an RFC 3339 time")
    return found
