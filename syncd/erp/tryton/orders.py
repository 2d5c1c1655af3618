"""Orders read in bulk: three requests for a page of them, and one row that makes no sense holds up no other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from syncd.domain.ids import OrderId
from syncd.domain.orders import Order, OrderPage, OrderStamp, UnreadableOrder
from syncd.erp.tryton.access import TrytonAccess
from syncd.erp.tryton.changes import find_changes, watermark_after
from syncd.erp.tryton.components import Components, read_components, serves_component, with_kits
from syncd.erp.tryton.encoding import encode
from syncd.erp.tryton.places import Places
from syncd.erp.tryton.rows import STAMPS, LineRow, MoveRow, SaleRow
from syncd.erp.tryton.session import Row, Session
from syncd.erp.tryton.stamps import read_stamps
from syncd.erp.tryton.translate import Found, to_order
from syncd.erp.tryton.units import Units
from syncd.errors import BadRecord

_STAMPED = ("", "party.", "party.contact_mechanisms.", "shipment_address.")
_ADDRESS = ("party_name", "street", "city", "postal_code", "country.code", "subdivision.code")
SALE_FIELDS = [
    *("number", "reference", "comment", "state", "shipment_state", "invoice_state", "sale_date", "origin"),
    *("total_amount", "tax_amount", "currency.code", "warehouse.code", "warehouse.name"),
    *("party.code", "party.name", "party.email", "party.phone"),
    *(f"shipment_address.{name}" for name in _ADDRESS),
    *(f"{of}{stamp}" for of in _STAMPED for stamp in STAMPS),
]
INVOICE_FIELDS = [f"invoices.{name}" for name in ("state", "total_amount", "amount_to_pay")]
LINE_FIELDS = [
    *("sale", "type", "quantity", "unit", "unit_price", "amount", "description", *STAMPS),
    *("product.code", "product.name", "product.type", "product.default_uom"),
    *("taxes.name", "taxes.type", "taxes.rate", "warehouse.code", "warehouse.name"),
]
MOVE_FIELDS = [
    *("sale", "origin", "state", "quantity", "unit", "from_location", "to_location.type", "sale_exception_state"),
    *("shipment", *(f"shipment.{stamp}" for stamp in STAMPS), *STAMPS),
]
BETWEEN_TAGS = re.compile(r"[,;\n]")
NEVER = datetime.min.replace(tzinfo=UTC)


def sale_fields(access: TrytonAccess) -> list[str]:
    """What is read of an order's own row, each once: with the fields that the settings name, and its invoices.

    Invoices only where they say what is paid: reading them needs a right of its own.
    """
    invoices = INVOICE_FIELDS if access.paid == "invoice" else []
    return list(dict.fromkeys([*SALE_FIELDS, *invoices, *access.own_fields]))


class OrderReader:
    """Reads orders by id, by what people call them, and by what changed."""

    def __init__(self, session: Session, places: Places, units: Units, access: TrytonAccess) -> None:
        self._session = session
        self._places = places
        self._units = units
        self._access = access
        self._sale_fields = sale_fields(access)

    def changed(self, since: datetime | None) -> Iterator[OrderPage]:
        """Pages by first stamp, then id. An order changed meanwhile has a later stamp: the next call finds it."""
        changes = find_changes(self._session, since)
        size = self._access.page_size
        for start in range(0, len(changes), size):
            page = changes[start : start + size]
            orders, unreadable = self.read([OrderId(str(change.order)) for change in page])
            yield OrderPage(tuple(orders), tuple(unreadable), watermark_after(changes, start + len(page)))

    def read(self, ids: Sequence[OrderId]) -> tuple[list[Order], list[UnreadableOrder]]:
        orders: list[Order] = []
        unreadable: list[UnreadableOrder] = []
        numbers = [int(order) for order in dict.fromkeys(ids) if order.isdecimal()]
        for start in range(0, len(numbers), self._access.page_size):
            for read in self._read_page(numbers[start : start + self._access.page_size]):
                if isinstance(read, Order):
                    orders.append(read)
                else:
                    unreadable.append(read)
        return orders, unreadable

    def stamps(self, since: datetime) -> Iterator[list[OrderStamp]]:
        return read_stamps(self._session, since, of_sale=self._sale_fields, of_line=LINE_FIELDS, of_move=MOVE_FIELDS)

    def find(self, reference: str) -> list[OrderId]:
        named = ["OR", ["number", "=", reference], ["reference", "=", reference]]
        rows = self._session.search_all("sale.sale", [*self._session.of_company(), named], ["number"])
        return [OrderId(str(row["id"])) for row in rows]

    def _read_page(self, ids: list[int]) -> Iterator[Order | UnreadableOrder]:
        # One search_read with all its fields asks only for what is there: an id that is gone is simply missing.
        sales = {
            row["id"]: row for row in self._session.search_all("sale.sale", [["id", "in", ids]], self._sale_fields)
        }
        of_these = [["sale", "in", ids]]
        lines = _by_sale(self._session.search_all("sale.line", of_these, LINE_FIELDS))
        moves = _by_sale(self._session.search_all("stock.move", of_these, MOVE_FIELDS))
        self._places.know({move["from_location"] for rows in moves.values() for move in rows if _is_to_customer(move)})
        units = _units_in(*([row for rows in found.values() for row in rows] for found in (lines, moves)))
        if len(units) > 1:  # else there is nothing to convert
            self._units.know(units)
        kits = [order for order, rows in moves.items() if any(serves_component(move["origin"]) for move in rows)]
        components = read_components(self._session, self._units, kits)
        for number in ids:
            if number in sales:
                yield self._understand(sales[number], lines[number], moves[number], components)

    def _understand(
        self, sale: Row, lines: list[Row], moves: list[Row], components: Components
    ) -> Order | UnreadableOrder:
        try:
            found = Found(
                msgspec.convert(sale, SaleRow),
                tuple(msgspec.convert(lines, list[LineRow])),
                tuple(with_kits(msgspec.convert(moves, list[MoveRow]), components, self._units)),
                delivery=next(_texts_at(sale, self._access.delivery_field), None),
                tags=tuple(_words_at(sale, self._access.tag_fields)),
            )
            return to_order(found, self._places, self._units, self._access)
        except (BadRecord, ValueError, ArithmeticError) as error:  # msgspec's ValidationError is a ValueError
            return UnreadableOrder(
                id=OrderId(str(sale["id"])),
                number=str(sale.get("number") or sale.get("reference") or sale["id"]),
                changed_at=max((_stamps_in([sale, lines, moves])), default=NEVER),
                raw=encode({"sale": sale, "lines": lines, "moves": moves}).decode(),
                problem=str(error),
            )


def _by_sale(rows: list[Row]) -> defaultdict[int, list[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["sale"]].append(row)
    return found


def _is_to_customer(move: Row) -> bool:
    target = move.get("to_location.")
    return isinstance(target, dict) and target.get("type") == "customer" and isinstance(move["from_location"], int)


def _units_in(lines: Collection[Row], moves: Collection[Row]) -> set[int]:
    """Those of the lines, of their products' stock, and of the moves."""
    products = [line["product."] for line in lines if isinstance(line.get("product."), dict)]
    named = [*(row.get("unit") for row in (*lines, *moves)), *(product.get("default_uom") for product in products)]
    return {unit for unit in named if isinstance(unit, int)}


def _texts_at(row: Row, path: str | None) -> Iterator[str]:
    """The texts at a path of the settings: none where it, or a record on the way, is empty; many behind a list."""
    if path is None:
        return
    rows: list[Any] = [row]
    *way, last = path.split(".")
    for name in way:
        nested = [one.get(f"{name}.") for one in rows]
        rows = [one for value in nested for one in (value if isinstance(value, list) else [value]) if one]
    yield from (str(one[last]) for one in rows if one.get(last) is not None)


def _words_at(row: Row, paths: Sequence[str]) -> Iterator[str]:
    """Between commas, semicolons and line breaks, so that a text can hold several tags."""
    for path in paths:
        for text in _texts_at(row, path):
            yield from (word.strip() for word in BETWEEN_TAGS.split(text) if word.strip())


def _stamps_in(value: Any) -> Iterator[datetime]:
    match value:
        case datetime():
            yield value
        case dict():
            for item in value.values():
                yield from _stamps_in(item)
        case list():
            for item in value:
                yield from _stamps_in(item)
