"""The records of the fake Tryton: tables in memory, dotted paths, and the part of Tryton's domains that is asked.

Not a copy of the adapter's view: it knows records and fields, and no question that is asked of them.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

Record = dict[str, Any]
CENT = Decimal("0.01")
MONEY = {"unit_price", "amount", "total_amount", "tax_amount", "untaxed_amount", "rate", "amount_to_pay"}

#: Which model a field leads to. A reference (`stock.shipment.out,3`) leads where its text says.
RELATIONS: dict[str, dict[str, str]] = {
    "sale.sale": {
        "party": "party.party",
        "currency": "currency.currency",
        "warehouse": "stock.location",
        "shipment_address": "party.address",
        "lines": "sale.line",
        "invoices": "account.invoice",
    },
    "sale.line": {
        "sale": "sale.sale",
        "product": "product.product",
        "taxes": "account.tax",
        "unit": "product.uom",
        "warehouse": "stock.location",
    },
    "sale.line.component": {"line": "sale.line", "product": "product.product", "unit": "product.uom"},
    "stock.move": {
        "sale": "sale.sale",
        "product": "product.product",
        "unit": "product.uom",
        "from_location": "stock.location",
        "to_location": "stock.location",
        "shipment": "",
    },
    "stock.shipment.out": {
        "outgoing_moves": "stock.move",
        "inventory_moves": "stock.move",
        "moves": "stock.move",
        "warehouse": "stock.location",
    },
    "party.party": {"contact_mechanisms": "party.contact_mechanism", "categories": "party.category"},
    "party.address": {"country": "country.country", "subdivision": "country.subdivision"},
    "product.product": {"default_uom": "product.uom"},
}

FIELDS: dict[str, set[str]] = {
    "sale.sale": {
        "number",
        "reference",
        "state",
        "shipment_state",
        "invoice_state",
        "sale_date",
        "currency",
        "party",
        "shipment_address",
        "warehouse",
        "company",
        "lines",
        "invoices",
        "total_amount",
        "tax_amount",
        "untaxed_amount",
        "comment",
        "origin",
    },
    "sale.line": {
        "sale",
        "type",
        "quantity",
        "unit",
        "unit_price",
        "amount",
        "description",
        "product",
        "taxes",
        "warehouse",
        "note",
        "quantity_to_ship",
    },
    "sale.line.component": {"line", "product", "quantity", "unit", "fixed"},
    "stock.move": {
        "origin",
        "state",
        "quantity",
        "internal_quantity",
        "unit",
        "product",
        "from_location",
        "to_location",
        "shipment",
        "sale",
        "company",
        "sale_exception_state",
    },
    "stock.shipment.out": {
        "number",
        "state",
        "reference",
        "outgoing_moves",
        "inventory_moves",
        "moves",
        "warehouse",
        "warehouse_storage",
        "warehouse_output",
        "_timestamp",
    },
    "stock.shipment.out.return": {"number", "state", "warehouse", "_timestamp"},
    "stock.location": {
        "code",
        "name",
        "type",
        "parent",
        "input_location",
        "output_location",
        "storage_location",
        "picking_location",
    },
    "product.product": {"code", "name", "type", "default_uom", "quantity"},
    "product.uom": {"name", "category", "factor", "rate", "rounding"},
    "party.party": {"code", "name", "email", "phone", "contact_mechanisms", "categories"},
    "party.category": {"name"},
    "party.contact_mechanism": {"party", "type", "value"},
    "party.address": {"party_name", "street", "city", "postal_code", "country", "subdivision"},
    "country.subdivision": {"code", "name"},
    "country.country": {"code", "name"},
    "currency.currency": {"code", "name"},
    "account.tax": {"name", "type", "rate"},
    "account.invoice": {"sale", "state", "total_amount", "amount_to_pay"},
}
STAMPS = {"id", "create_date", "write_date"}


class Records:
    """All tables. `add` and `change` put the transaction's stamp on the row, as Tryton does."""

    def __init__(self) -> None:
        self.stamp = datetime.now(UTC)  # of the transaction under way: one for all rows it writes
        self.tables: dict[str, dict[int, Record]] = {model: {} for model in FIELDS}
        self.on_hand: dict[tuple[int, int], Decimal] = {}  # by warehouse and product
        self.zone: tzinfo = UTC  # of the company: its days are those of the moves
        self.moved_on: list[tuple[date, int, int, Decimal]] = []  # day, warehouse, product, change
        self._last: dict[str, int] = dict.fromkeys(FIELDS, 0)

    def add(self, model: str, **values: Any) -> int:
        self._last[model] += 1
        number = self._last[model]
        empty = dict.fromkeys(FIELDS[model])
        self.tables[model][number] = {**empty, "id": number, "create_date": self.stamp, "write_date": None, **values}
        return number

    def change(self, model: str, number: int, /, **values: Any) -> None:
        assert values.keys() <= FIELDS[model], values
        self.tables[model][number] |= {**values, "write_date": self.stamp}

    @property
    def today(self) -> date:
        return self.stamp.astimezone(self.zone).date()

    def put(self, place: int, product: int, change: Decimal) -> None:
        """So much more, or less, stands there from today on."""
        self.on_hand[place, product] = self.on_hand.get((place, product), Decimal(0)) + change
        self.moved_on.append((self.today, place, product, change))

    def row(self, model: str, number: int) -> Record:
        return self.tables[model][number]

    def rows(self, model: str, **equal: Any) -> list[Record]:
        return [
            row
            for _, row in sorted(self.tables[model].items())
            if all(row[name] == value for name, value in equal.items())
        ]

    def search(self, model: str, domain: list[Any]) -> list[Record]:
        return [row for row in self.rows(model) if self._matches(model, row, domain)]

    def read(self, model: str, row: Record, fields: list[str], context: Record) -> Record:
        """The fields as Tryton sends them: those of related records nested under `name.`."""
        found: Record = {"id": row["id"]}
        nested: dict[str, list[str]] = {}
        for path in fields:
            name, dot, rest = path.partition(".")
            if dot:
                nested.setdefault(name, []).append(rest)
            else:
                found[name] = self.value(model, row, name, context)
        for name, paths in nested.items():
            value = self.value(model, row, name, context)
            related = [self.read(*self._related(model, name, one), paths, context) for one in _many(value)]
            found[f"{name}."] = related if isinstance(value, list) else (related[0] if related else None)
        return found

    def value(self, model: str, row: Record, name: str, context: Record | None = None) -> Any:
        """A field's value, computed or stored; KeyError when the model has no such field, as in Tryton."""
        if computed := COMPUTED.get((model, name)):
            return computed(self, row, context or {})
        if name not in FIELDS[model] | STAMPS:
            raise KeyError(name)
        return row[name]

    def _related(self, model: str, name: str, value: Any) -> tuple[str, Record]:
        target = RELATIONS[model][name]
        if not target:
            target, _, value = value.partition(",")
        return target, self.tables[target][int(value)]

    def _values(self, model: str, row: Record, path: str, reference: str | None) -> Iterator[Any]:
        name, dot, rest = path.partition(".")
        value = self.value(model, row, name)
        if not dot:
            yield from _many(value) if isinstance(value, list) else [value]
            return
        if name in ("outgoing_moves", "inventory_moves"):
            raise ValueError('Missing search function for field "Outgoing Moves" in "Stock Shipment Out".')
        found = False
        for one in _many(value):
            target, related = self._related(model, name, one)
            if reference is None or target == reference:
                found = True
                yield from self._values(target, related, rest, reference)
        if not found:
            yield None

    def _matches(self, model: str, row: Record, domain: list[Any]) -> bool:
        if not domain:
            return True
        if domain[0] == "OR":
            return any(self._matches(model, row, clause) for clause in domain[1:])
        if domain[0] == "AND":
            return all(self._matches(model, row, clause) for clause in domain[1:])
        if isinstance(domain[0], str):
            path, operator, wanted, *reference = domain
            values = self._values(model, row, path, reference[0] if reference else None)
            return any(_holds(value, operator, wanted) for value in values)
        return all(self._matches(model, row, clause) for clause in domain)


def _many(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _holds(value: Any, operator: str, wanted: Any) -> bool:
    match operator:
        case "=":
            return bool(value == wanted)
        case "!=":
            return bool(value != wanted)
        case "in":
            return value in wanted
        case "not in":
            return value not in wanted
        case "like" | "ilike":
            return value is not None and fnmatch.fnmatchcase(str(value), wanted.replace("%", "*"))
    if value is None:
        return False
    return bool({">": value > wanted, ">=": value >= wanted, "<": value < wanted, "<=": value <= wanted}[operator])


def _lines_of(records: Records, sale: Record) -> list[Record]:
    return records.rows("sale.line", sale=sale["id"])


def _amount(line: Record) -> Decimal:
    return Decimal((line["quantity"] * line["unit_price"]).quantize(CENT, ROUND_HALF_EVEN))


def _untaxed(records: Records, sale: Record) -> Decimal:
    return sum((_amount(line) for line in _lines_of(records, sale)), Decimal("0.00"))


def _taxes(records: Records, sale: Record) -> Decimal:
    """Rounded once per document and set of taxes, from amounts not rounded."""
    bases: dict[tuple[int, ...], Decimal] = {}
    for line in _lines_of(records, sale):
        key = tuple(line["taxes"])
        bases[key] = bases.get(key, Decimal(0)) + line["quantity"] * line["unit_price"]
    return sum(
        (
            (base * records.row("account.tax", tax)["rate"]).quantize(CENT, ROUND_HALF_EVEN)
            for taxes, base in bases.items()
            for tax in taxes
        ),
        Decimal("0.00"),
    )


def _sale_of(records: Records, move: Record) -> int | None:
    model, _, number = (move["origin"] or "").partition(",")
    if model == "sale.line.component":
        model, number = "sale.line", records.row(model, int(number))["line"]
    return records.row("sale.line", int(number))["sale"] if model == "sale.line" else None


def _in_stock_unit(records: Records, row: Record) -> Decimal:
    """Of a move or a line: in the unit in which the product's stock is counted."""
    unit, stock = (
        records.row("product.uom", number)
        for number in (row["unit"], records.row("product.product", row["product"])["default_uom"])
    )
    amount = row["quantity"] * unit["factor"] / stock["factor"]
    return Decimal((amount / stock["rounding"]).quantize(Decimal(1), ROUND_HALF_EVEN) * stock["rounding"])


def _moves_of(records: Records, shipment: Record) -> list[Record]:
    return records.rows("stock.move", shipment=f"stock.shipment.out,{shipment['id']}")


def _is_pick(move: Record) -> bool:
    """From storage to output, and not to the customer."""
    return bool((move["origin"] or "").startswith("stock.move,"))


def _outgoing(records: Records, shipment: Record) -> list[int]:
    return [move["id"] for move in _moves_of(records, shipment) if not _is_pick(move)]


def _picks(records: Records, shipment: Record) -> list[int]:
    return [move["id"] for move in _moves_of(records, shipment) if _is_pick(move)]


def _place(records: Records, shipment: Record, use: str) -> Any:
    return records.row("stock.location", shipment["warehouse"])[f"{use}_location"]


def _quantity(records: Records, product: Record, context: Record) -> Decimal:
    # No `locations` in the context: 0.0 for everything, silently. Several are summed. Without a day it is today's.
    places, day = context.get("locations", []), context.get("stock_date_end")
    now = sum((records.on_hand.get((place, product["id"]), Decimal(0)) for place in places), Decimal(0))
    if day is None:
        return now
    later = (
        change
        for moved_on, place, moved, change in records.moved_on
        if moved_on > day and place in places and moved == product["id"]
    )
    return now - sum(later, Decimal(0))


def _timestamp(_: Records, row: Record, __: Record) -> Decimal:
    return timestamp(row)


def timestamp(row: Record) -> Decimal:
    moment: datetime = row["write_date"] or row["create_date"]
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return Decimal(since.days * 86_400 + since.seconds) + Decimal(since.microseconds) / 1_000_000


Computed = Callable[[Records, Record, Record], Any]
COMPUTED: dict[tuple[str, str], Computed] = {
    ("sale.sale", "lines"): lambda records, row, _: [line["id"] for line in _lines_of(records, row)],
    ("sale.sale", "invoices"): lambda records, row, _: [
        one["id"] for one in records.rows("account.invoice", sale=row["id"])
    ],
    ("sale.sale", "untaxed_amount"): lambda records, row, _: _untaxed(records, row),
    ("sale.sale", "tax_amount"): lambda records, row, _: _taxes(records, row),
    ("sale.sale", "total_amount"): lambda records, row, _: _untaxed(records, row) + _taxes(records, row),
    ("sale.line", "amount"): lambda _, row, __: _amount(row),
    ("stock.move", "sale"): lambda records, row, _: _sale_of(records, row),
    ("stock.move", "internal_quantity"): lambda records, row, _: _in_stock_unit(records, row),
    ("stock.shipment.out", "outgoing_moves"): lambda records, row, _: _outgoing(records, row),
    ("stock.shipment.out", "inventory_moves"): lambda records, row, _: _picks(records, row),
    ("stock.shipment.out", "moves"): lambda records, row, _: [move["id"] for move in _moves_of(records, row)],
    ("stock.shipment.out", "warehouse_storage"): lambda records, row, _: _place(records, row, "storage"),
    ("stock.shipment.out", "warehouse_output"): lambda records, row, _: _place(records, row, "output"),
    ("stock.shipment.out", "_timestamp"): _timestamp,
    ("party.party", "contact_mechanisms"): lambda records, row, _: [
        one["id"] for one in records.rows("party.contact_mechanism", party=row["id"])
    ],
    ("product.product", "quantity"): _quantity,
}


def to_wire(value: Any, name: str = "") -> Any:
    """Tryton's JSON: amounts and times as objects, quantities as plain numbers with a fraction."""
    match value:
        case dict():
            return {key: to_wire(item, key) for key, item in value.items()}
        case list():
            return [to_wire(item, name) for item in value]
        case Decimal() if name in MONEY:
            return {"__class__": "Decimal", "decimal": str(value)}
        case Decimal():
            return value if value != value.to_integral_value() else value.quantize(Decimal("1.0"))
        case datetime():
            parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
            return {"__class__": "datetime"} | {part: getattr(value, part) for part in parts}
        case date():
            return {"__class__": "date"} | {part: getattr(value, part) for part in ("year", "month", "day")}
    return value


def from_wire(value: Record) -> Any:
    """Undo `to_wire`; an object hook."""
    parts = {name: part for name, part in value.items() if name != "__class__"}
    match value.get("__class__"):
        case "Decimal":
            return Decimal(value["decimal"])
        case "datetime":
            return datetime(**parts, tzinfo=UTC)
        case "date":
            return date(**parts)
    return value
