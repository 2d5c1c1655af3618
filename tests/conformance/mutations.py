"""Valid requests of ours made wrong, each in one way, by a seed: the validation must catch every one of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from tests.conformance.descriptions import FORM, operation_of
from tests.conformance.exercise import CLASSIC, DATED, Shop
from tests.conformance.recording import Exchange
from tests.conformance.validation import read_body, wrong_request

SEED = 20261121
Change = Callable[[Any, random.Random], None]


@dataclass(frozen=True, slots=True)
class Mutation:
    """One way to make a request of one call wrong."""

    what: str
    dialect: str
    call: str
    change: Change

    def __str__(self) -> str:
        return f"{self.call} ({self.dialect}): {self.what}"


def put(*path: str, value: Any) -> Change:
    """Set what is at this path; `*` is any element of a list."""

    def change(body: Any, rng: random.Random) -> None:
        owner = _at(body, path[:-1], rng)
        owner[path[-1]] = value(owner[path[-1]]) if callable(value) else value

    return change


def drop(*path: str) -> Change:
    def change(body: Any, rng: random.Random) -> None:
        del _at(body, path[:-1], rng)[path[-1]]

    return change


def _at(body: Any, path: tuple[str, ...], rng: random.Random) -> Any:
    found = body
    for step in path:
        found = rng.choice(found) if step == "*" else found[step]
    return found


def _gross(*, lines: str, price: tuple[str, ...], tax: tuple[str, ...]) -> Change:
    """A price with its tax in it, of a line that is taxed."""

    def change(body: Any, rng: random.Random) -> None:
        row = rng.choice([one for one in body[lines] if _number(one, tax)])
        _at(row, price[:-1], rng)[price[-1]] = _number(row, price) + _number(row, tax)

    return change


def _tax_of_the_line(*, lines: str, tax: tuple[str, ...]) -> Change:
    """The line's total as the tax of one unit."""

    def change(body: Any, rng: random.Random) -> None:
        row = rng.choice([one for one in body[lines] if _number(one, tax) and abs(one["quantity"]) != 1])
        _at(row, tax[:-1], rng)[tax[-1]] = _number(row, tax) * Decimal(str(row["quantity"]))

    return change


def _number(row: Any, path: tuple[str, ...]) -> Decimal:
    found = row
    for step in path:
        found = found[step]
    return Decimal(str(found))


def _lose_a_line(lines: str) -> Change:
    def change(body: Any, rng: random.Random) -> None:
        del body[lines][rng.randrange(len(body[lines]))]

    return change


LINES, SOLD = "line_items", "register_sale_products"
PRICE, TAX = ("pricing", "price"), ("tax", "amount")
CREATE, UPDATE, VOID, FULFIL = "create sale", "update sale", "void sale", "fulfil sale"


def _of(dialect: str, call: str, changes: Mapping[str, Change]) -> list[Mutation]:
    return [Mutation(what, dialect, call, change) for what, change in changes.items()]


MUTATIONS: tuple[Mutation, ...] = (
    *_of(
        DATED,
        CREATE,
        {
            "a gross price": _gross(lines=LINES, price=PRICE, tax=TAX),
            "a line's tax as a unit's": _tax_of_the_line(lines=LINES, tax=TAX),
            "no tax": drop(LINES, "*", "tax"),
            "no tax id": drop(LINES, "*", "tax", "id"),
            "a price as text": put(LINES, "*", "pricing", "price", value=str),
            "a quantity as text": put(LINES, "*", "quantity", value=str),
            "a status instead of a state": put("state", value="AWAITING_PICKUP"),
            "an unknown field": lambda body, _: body.update(request_id="x"),
            "an unknown field of a line": lambda body, rng: rng.choice(body[LINES]).update(price_set=1),
            "the outlet of a line in the sale's spelling": lambda body, rng: rng.choice(body[LINES]).update(
                fulfillment_outlet_id=body["fulfillment_outlet_id"]
            ),
            "no author": drop("source", "author_id"),
            "no source": drop("source"),
            "SHIPPED as the method of a line": put(LINES, "*", "_metadata", "fulfillment_method", value="SHIPPED"),
            "a SKU as the product": put(LINES, "*", "product", "id", value="SKU-00001"),
            "attributes as text": put("attributes", value="pickup"),
            "a date as 0.9 writes it": put("date", value="2026-11-20 12:00:00"),
            "a payment without its type": drop("payments", "*", "type"),
            "a payment without the tax": put("payments", "*", "amount", value=lambda amount: amount - 1),
            "a line lost": _lose_a_line(LINES),
        },
    ),
    *_of(
        DATED,
        UPDATE,
        {
            "an id, which only a create may have": lambda body, _: body.update(id=body["source"]["author_id"]),
            "a line left out": _lose_a_line(LINES),
            "a state in capitals": put("state", value=str.upper),
        },
    ),
    *_of(
        DATED,
        VOID,
        {
            "status VOIDED": lambda body, _: body.update(status="VOIDED"),
            "a line's tax doubled": put(LINES, "*", "tax", "amount", value=lambda tax: tax * 2 + 1),
        },
    ),
    *_of(
        CLASSIC,
        CREATE,
        {
            "a gross price": _gross(lines=SOLD, price=("price",), tax=("tax",)),
            "a line's tax as a unit's": _tax_of_the_line(lines=SOLD, tax=("tax",)),
            "no tax": drop(SOLD, "*", "tax"),
            "no tax id": drop(SOLD, "*", "tax_id"),
            "a price as text": put(SOLD, "*", "price", value=str),
            "status OPEN": put("status", value="OPEN"),
            "a state as the status": put("status", value="pending"),
            "no register": drop("register_id"),
            "no fulfilling outlet": drop("fulfillment_outlet_id"),
            "the lines under their 2.0 name": lambda body, _: body.update(line_items=body.pop(SOLD)),
            "price_set as true": put(SOLD, "*", "price_set", value="true"),
            "the payment type's number": put("register_sale_payments", "*", "retailer_payment_type_id", value=3),
            "a day as the date": put("sale_date", value="20/11/2026"),
            "a line lost": _lose_a_line(SOLD),
        },
    ),
    *_of(CLASSIC, UPDATE, {"a 2.0 name echoed": lambda body, rng: rng.choice(body[SOLD]).update(tax_total=1)}),
    *_of(CLASSIC, VOID, {"a dated state": put("status", value="voided")}),
    *_of(CLASSIC, FULFIL, {"PICKUP as the type": put("fulfillment_type", value="PICKUP")}),
    *_of(DATED, FULFIL, {"a type with it": lambda body, _: body.update(fulfillment_type="PICKED_UP")}),
    *_of(
        DATED,
        "fulfil fulfilment",
        {"no version": drop("version"), "a version as text": put("version", value=str)},
    ),
    *_of(
        DATED,
        "adjust stock",
        {
            "a number as quantity": put("stock_adjustments", "*", "quantity", value=Decimal),
            "an unknown reason": put("stock_adjustments", "*", "reason", value="SOLD"),
            "an unknown field": lambda body, rng: rng.choice(body["stock_adjustments"]).update(note="x"),
            "none at all": put("stock_adjustments", value=lambda _: []),
        },
    ),
    *_of(
        DATED,
        "create adjustment reason",
        {"a name too long": put("name", value="x" * 31), "a type in lower case": put("type", value=str.lower)},
    ),
    *_of(
        DATED,
        "set stock level",
        {
            "the classic name of a level": lambda body, rng: rng.choice(body["details"]["inventory"]).update(
                inventory_level=1
            )
        },
    ),
    *_of(CLASSIC, "set stock level", {"no outlet": drop("details", "inventory", "*", "outlet_id")}),
    *_of(DATED, "list inventory", {"page_size as elsewhere": lambda body, _: body.update(page_size=1000)}),
    *_of(
        DATED,
        "create customer address",
        {
            "a type in lower case": put("type", value=str.lower),
            "a long street": put("address_line_1", value="x" * 51),
            "no postcode": drop("postcode"),
        },
    ),
    *_of(CLASSIC, "create customer", {"no last name": drop("last_name")}),
    *_of(
        DATED,
        "create webhook",
        {"a type there is not": put("type", value="sale.create"), "active as text": put("active", value="yes")},
    ),
    *_of(CLASSIC, "create webhook", {"no url": drop("url")}),
    *_of(CLASSIC, "get token", {"a refresh without a token": drop("refresh_token")}),
)


def caught(mutation: Mutation, shop: Shop, *, seed: int = SEED) -> list[str]:
    """What the validation says of a request that was right before it was made wrong."""
    rng = random.Random(f"{seed} {mutation}")
    exchange = _valid(shop, mutation)
    operation = operation_of(exchange.call)
    assert operation is not None
    body = read_body(exchange, operation)
    mutation.change(body, rng)
    written = json.dumps(body, default=_as_number)
    if operation.content_type == FORM:
        written = urlencode({operation.form_field: written} if operation.form_field else body)
    return wrong_request(replace(exchange, sent=written.encode()), operation, shop.drafts)


def _valid(shop: Shop, mutation: Mutation) -> Exchange:
    """The longest request of the call that was accepted, so that most can be wrong with it."""
    found = [each for each in shop.exchanges if each.call.name == mutation.call and each.status < 300]
    chosen = max(found, key=lambda each: (b"refresh_token" in each.sent, len(each.sent)))
    operation = operation_of(chosen.call)
    assert operation is not None
    assert wrong_request(chosen, operation, shop.drafts) == []
    return chosen


def _as_number(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)
