"""The addresses of a customer (dated only): where a delivery goes (FACTS 19)."""

from __future__ import annotations

import re

from syncd.sandbox import versions
from syncd.sandbox.exchange import Answer, Call, Refusal, Row, zulu_time
from syncd.sandbox.fields import text_in, word_in
from syncd.sandbox.world import World, redact

FIRST_ID = 123_456_789  # int64, not a uuid
ID_STEP = 1_021
TOKEN_LENGTH = 12
WITH_STATE_CODE = ("US", "CA")
LENGTHS = {"address_line_1": 50, "address_line_2": 50, "suburb": None, "city": 28, "state": 35, "state_code": None}
REQUIRED = ("address_line_1", "city")

# Postcodes of the countries we know them of. The vendor checks forty since 2026-07 (FACTS 7); which is not said.
POSTCODES = {
    "AT": r"\d{4}",
    "AU": r"\d{4}",
    "BE": r"\d{4}",
    "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
    "CH": r"\d{4}",
    "DE": r"\d{5}",
    "DK": r"\d{4}",
    "ES": r"\d{5}",
    "FI": r"\d{5}",
    "FR": r"\d{5}",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    "IT": r"\d{5}",
    "JP": r"\d{3}-?\d{4}",
    "LU": r"\d{4}",
    "NL": r"\d{4} ?[A-Z]{2}",
    "NO": r"\d{4}",
    "NZ": r"\d{4}",
    "PL": r"\d{2}-\d{3}",
    "PT": r"\d{4}-\d{3}",
    "SE": r"\d{3} ?\d{2}",
    "US": r"\d{5}(-\d{4})?",
    "ZA": r"\d{4}",
}
COUNTRIES = {
    "AT": "Austria",
    "AU": "Australia",
    "CA": "Canada",
    "CH": "Switzerland",
    "DE": "Germany",
    "FR": "France",
    "GB": "United Kingdom",
    "IT": "Italy",
    "NL": "Netherlands",
    "NZ": "New Zealand",
    "US": "United States",
}


def list_addresses(world: World, call: Call) -> Answer:
    """List all addresses of a customer, unpaged and without their tokens (dated description)."""
    customer_id = _customer_id(world, call)
    return Answer({"data": [row for row in world.addresses.values() if row["customer_id"] == customer_id]})


def post_address(world: World, call: Call) -> Answer:
    """Make an address: 201, with the token that a sale may name it by; a breach of a rule of the text is 400."""
    customer_id = _customer_id(world, call)
    fields = call.fields()
    row: Row = {"type": word_in(fields, "type", ("BILLING", "SHIPPING"))}
    for name, length_max in LENGTHS.items():
        found = text_in(fields, name, length_max=length_max, required=name in REQUIRED)
        row[name] = redact(found) if found else found
    row["postcode"] = text_in(fields, "postcode", required=True)
    row["country_code"] = _country(fields)
    if row["country_code"] in WITH_STATE_CODE and not row["state_code"]:
        raise Refusal(400, f"state_code is required in {row['country_code']}")
    if versions.served(call) >= versions.CHECKS_POSTCODES:
        _refuse_odd_postcode(row)
    now = zulu_time(world.now())
    row |= {
        "id": FIRST_ID + len(world.addresses) * ID_STEP,
        "customer_id": customer_id,
        "country_name": COUNTRIES.get(row["country_code"], row["country_code"]),
        "created_at": now,
        "updated_at": now,
    }
    token = world.new_code(TOKEN_LENGTH)
    world.addresses[row["id"]] = row
    world.address_tokens[token] = row["id"]
    return Answer({"data": row | {"id_token": token}}, status=201)


def find_address(world: World, address_id: str | None, token: str | None) -> str | None:
    """Return the id, as a sale shows it, of the address named by its id or token; None when there is none."""
    if token is not None and token in world.address_tokens:
        return str(world.address_tokens[token])
    known = address_id is not None and address_id.isdecimal() and int(address_id) in world.addresses
    return address_id if known else None


def _customer_id(world: World, call: Call) -> str:
    if not world.knows("customers", call.path["id"]):
        raise Refusal(404, "Customer not found")
    return str(call.path["id"])


def _country(fields: Row) -> str:
    found = text_in(fields, "country_code", required=True) or ""
    if not re.fullmatch(r"[A-Z]{2}", found):
        raise Refusal(400, "country_code is two capital letters")
    return found


def _refuse_odd_postcode(row: Row) -> None:
    pattern = POSTCODES.get(row["country_code"])
    if pattern is not None and not re.fullmatch(pattern, row["postcode"], re.ASCII):
        raise Refusal(400, f"{row['postcode']} is no postcode of {row['country_code']}")
