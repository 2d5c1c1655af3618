"""Customers, the same rows in both dialects (FACTS 13, 17)."""

from __future__ import annotations

from typing import Any

from syncd.sandbox import pages, reference
from syncd.sandbox.exchange import Answer, Call, Refusal, Row, offset_time
from syncd.sandbox.fields import text_in
from syncd.sandbox.world import World, redact

NAMES = ("first_name", "last_name")
CODE_LENGTH = 4
ADDRESS_PARTS = ("address_1", "address_2", "suburb", "city", "state", "postcode", "country_id")
# Text in which the server hides what looks like a card number (FACTS 8).
REDACTED = (
    *NAMES,
    "company_name",
    "note",
    *(f"custom_field_{n}" for n in range(1, 5)),
    *(f"{kind}_{part}" for kind in ("physical", "postal") for part in ADDRESS_PARTS),
)
PLAIN_TEXTS = (
    "customer_code",
    "customer_group_id",
    "email",
    "phone",
    "mobile",
    "fax",
    "website",
    "twitter",
    "gender",
    "tax_id",
    "date_of_birth",
)
FLAGS = ("do_not_email", "enable_loyalty", "enable_promotional_sms")


def list_customers(world: World, call: Call) -> Answer:
    """List customers; deleted ones when asked for."""
    deleted_too = call.flag("deleted")
    rows = world.in_order("customers")
    return pages.answer_feed(world, call, rows, keep=lambda row: deleted_too or not row["deleted_at"])


get_customer = reference.get_of("customers", "Customer")


def post_customer(world: World, call: Call) -> Answer:
    """Make a customer; success is 201. A code is made when none is given, such as Tony-37YP (FACTS 17)."""
    fields = call.fields()
    for name in NAMES:
        if name not in fields:
            raise Refusal(400, f"{name} is required, though it may be null")
    row: Row = dict.fromkeys((*REDACTED, *PLAIN_TEXTS)) | dict.fromkeys(FLAGS, False)
    row["customer_code"] = f"{fields['first_name'] or 'Customer'}-{world.new_code(CODE_LENGTH)}"
    row |= {
        "id": world.new_id(),
        "customer_group_id": world.retailer["id"],
        "balance": 0,
        "loyalty_balance": 0,
        "year_to_date": 0,
        "created_at": offset_time(world.now()),
        "deleted_at": None,
    }
    return Answer({"data": _store(world, row, fields)}, status=201)


def put_customer(world: World, call: Call) -> Answer:
    """Change what is named."""
    return Answer({"data": _store(world, dict(_standing(world, call)), call.fields())})


def delete_customer(world: World, call: Call) -> Answer:
    """Mark a customer as deleted: 204, the row stays in the feed for those who ask (FACTS 17)."""
    row = _standing(world, call)
    world.put("customers", row | {"deleted_at": offset_time(world.now())})
    return Answer(None, status=204)


def _standing(world: World, call: Call) -> Row:
    row = world.customers.get(call.path["id"])
    if row is None or row["deleted_at"]:
        raise Refusal(404, "Customer not found")
    return row


def _store(world: World, row: Row, fields: Row) -> Row:
    for name in (*REDACTED, *PLAIN_TEXTS):
        if name in fields:
            found: Any = text_in(fields, name)
            row[name] = redact(found) if found and name in REDACTED else found
    for name in FLAGS:
        if isinstance(fields.get(name), bool):
            row[name] = fields[name]
    row["customer_code"] = row["customer_code"] or f"Customer-{world.new_code(CODE_LENGTH)}"
    row["name"] = " ".join(row[name] for name in NAMES if row[name]) or None
    row["updated_at"] = offset_time(world.now())
    return world.put("customers", row)
