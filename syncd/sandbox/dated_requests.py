"""Reading a sale of the dated dialect: strict, with an error that names the field.

The vendor documents no 4xx of sales (FACTS 24). Our choice: a field that is missing or of the wrong form is 400, a
well-formed one that names something unknown or forbidden is 422.
"""

from __future__ import annotations

from functools import partial

from syncd.sandbox import addresses, states
from syncd.sandbox.exchange import Refusal, Row
from syncd.sandbox.fields import each_in, number_in, object_in, text_in, time_in, uuid_in, word_in
from syncd.sandbox.records import ZERO, HandOverDetail, Line, Payment, SaleDraft
from syncd.sandbox.world import World

ALL_STATES = (states.PARKED, states.PENDING, states.VOIDED, states.CLOSED)


def read_sale(world: World, fields: Row) -> SaleDraft:
    """Return the checked draft of a posted sale, or refuse."""
    source = object_in(fields, "source")
    draft = SaleDraft(
        state=word_in(fields, "state", ALL_STATES),
        attributes=_attributes(fields),
        id=uuid_in(fields, "id"),
        register_id=uuid_in(source, "register_id"),
        user_id=uuid_in(source, "author_id", required=True),
        source=text_in(source, "type"),
        source_id=text_in(source, "id"),
        customer_id=uuid_in(fields, "customer_id"),
        date=time_in(fields, "date"),
        note=text_in(fields, "note"),
        short_code=text_in(fields, "short_code"),
        invoice_number=text_in(fields, "invoice_number"),
        fulfilment_outlet_id=uuid_in(fields, "fulfillment_outlet_id"),
        details=each_in(fields, "fulfillment_details", partial(_detail, world)),
        xero_reference=text_in(fields, "accounts_transaction_id"),
        lines=each_in(fields, "line_items", _line),
        payments=each_in(fields, "payments", _payment),
    )
    _refuse_unknown(world, draft)
    return draft


def _refuse_unknown(world: World, draft: SaleDraft) -> None:
    named = [("users", draft.user_id), ("registers", draft.register_id), ("outlets", draft.fulfilment_outlet_id)]
    named.append(("customers", draft.customer_id))
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


def refuse_other_details(draft: SaleDraft, attributes: tuple[str, ...]) -> None:
    """Refuse details for another kind of hand-over than the sale's (FACTS 22.7)."""
    kind = states.hand_over_of(attributes)
    for detail in draft.details or ():
        if detail.type != kind:
            raise Refusal(422, f"fulfillment_details are for {detail.type}, the sale is {kind or 'for no fulfilment'}")


def refuse_delivery_to_nowhere(world: World, draft: SaleDraft) -> None:
    """Refuse, by switch, a new delivery that says not where to."""
    is_delivery = states.hand_over_of(draft.attributes or ()) == "DISPATCH"
    if is_delivery and not draft.details and world.switches.delivery_without_details_refused:
        raise Refusal(422, "A delivery needs fulfillment_details")


def _detail(world: World, fields: Row) -> HandOverDetail:
    kind = word_in(fields, "type", ("DISPATCH", "PICKUP"))
    address_id, token = text_in(fields, "shipping_address_id"), text_in(fields, "shipping_address_token")
    if kind == "PICKUP":
        return HandOverDetail(kind, text_in(fields, "note") or "")
    if address_id is None and token is None:
        raise Refusal(400, "DISPATCH needs shipping_address_id or shipping_address_token")
    found = addresses.find_address(world, address_id, token)
    if found is None:
        raise Refusal(422, "There is no such shipping address")
    return HandOverDetail(kind, text_in(fields, "note") or "", found)


def _line(fields: Row) -> Line:
    pricing, tax = object_in(fields, "pricing"), object_in(fields, "tax")
    metadata = fields.get("_metadata") if isinstance(fields.get("_metadata"), dict) else {}
    method = metadata.get("fulfillment_method") if metadata else None
    if method is not None and method not in ("PICKUP", "DISPATCH"):
        raise Refusal(400, "_metadata.fulfillment_method is PICKUP or DISPATCH")
    author = fields.get("source")
    return Line(
        id=uuid_in(fields, "id") or "",
        product_id=uuid_in(object_in(fields, "product"), "id", required=True) or "",
        quantity=number_in(fields, "quantity"),
        price=number_in(pricing, "price"),
        discount=number_in(pricing, "discount", ZERO),
        cost=number_in(pricing, "cost", ZERO),
        loyalty=number_in(pricing, "loyalty_amount", ZERO),
        tax=number_in(tax, "amount"),
        tax_id=uuid_in(tax, "id", required=True) or "",
        sequence=int(number_in(metadata or {}, "sequence", ZERO)),
        price_set=bool((metadata or {}).get("is_price_override")),
        note=_line_note(fields),
        status=text_in(fields, "status") or "SAVED",
        method=method,
        outlet_id=uuid_in(fields, "fulfilment_outlet_id"),  # the line has the British spelling (FACTS 22.6)
        user_id=uuid_in(author, "author_id") if isinstance(author, dict) else None,
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
        id=uuid_in(fields, "id") or "",
        payment_type_id=uuid_in(object_in(fields, "type"), "config_id", required=True) or "",
        amount=number_in(fields, "amount"),
        date=time_in(fields, "date"),
        register_id=uuid_in(source, "register_id") if isinstance(source, dict) else None,
    )


def _attributes(fields: Row) -> tuple[str, ...] | None:
    found = fields.get("attributes")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Refusal(400, "attributes must be a list of strings")
    return tuple(found)
