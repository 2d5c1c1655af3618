"""Tryton's rows as they come, with types: the door. A row that does not fit raises msgspec.ValidationError.

A related record asked for as `party.email` comes under the key `party.`, to-many ones as a list under `taxes.`;
a reference is text, `sale.line,13`. `write_date` is empty until the first update. (Tryton 8.2, verified.)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from syncd.erp.tryton.kits import Kit
from syncd.errors import NotUnderstood

Rows = TypeVar("Rows")

LINE_ORIGIN = "sale.line,"
MOVE_ORIGIN = "stock.move,"
SALE_ORIGIN = "sale.sale,"
SHIPMENT_OUT = "stock.shipment.out,"

#: Of a move to a customer: still to be shipped.
OPEN_MOVES = ("staging", "draft", "assigned")

STAMPS = ("write_date", "create_date")


class Stamped(Struct, kw_only=True):
    id: int
    write_date: datetime | None = None
    create_date: datetime | None = None

    def stamps(self) -> Iterator[datetime]:
        """When the record was made and last changed."""
        for stamp in (self.create_date, self.write_date):
            if stamp is not None:
                yield stamp


class Coded(Struct, kw_only=True):
    id: int
    code: str | None = None
    name: str | None = None


class PartyRow(Stamped, kw_only=True):
    code: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    contact_mechanisms: list[Stamped] = field(default_factory=list, name="contact_mechanisms.")

    def stamps(self) -> Iterator[datetime]:
        yield from Stamped.stamps(self)
        for mechanism in self.contact_mechanisms:
            yield from mechanism.stamps()


class AddressRow(Stamped, kw_only=True):
    party_name: str | None = None
    street: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country: Coded | None = field(default=None, name="country.")
    subdivision: Coded | None = field(default=None, name="subdivision.")


class InvoiceRow(Struct, kw_only=True):
    id: int
    state: str
    total_amount: Decimal
    amount_to_pay: Decimal | None = None


class SaleRow(Stamped, kw_only=True):
    number: str | None
    reference: str | None
    state: str
    shipment_state: str
    invoice_state: str
    sale_date: date | None
    total_amount: Decimal
    tax_amount: Decimal
    comment: str | None = None
    origin: str | None = None
    currency: Coded = field(name="currency.")
    party: PartyRow = field(name="party.")
    shipment_address: AddressRow | None = field(default=None, name="shipment_address.")
    warehouse: Coded | None = field(default=None, name="warehouse.")
    invoices: list[InvoiceRow] = field(default_factory=list, name="invoices.")  # where they decide what is paid

    @property
    def return_of(self) -> str | None:
        """The id of the sale that a return was made from; a copy, for one, has no origin (Tryton 8.2, verified)."""
        named = (self.origin or "").removeprefix(SALE_ORIGIN)
        return named if named != self.origin and named.isdecimal() else None


class TaxRow(Struct, kw_only=True):
    id: int
    name: str
    type: str
    rate: Decimal | None = None


class ProductRow(Struct, kw_only=True):
    id: int
    type: str
    default_uom: int
    code: str | None = None
    name: str | None = None


class LineRow(Stamped, kw_only=True):
    sale: int
    type: str
    quantity: Decimal | None = None
    unit: int | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    description: str | None = None
    product: ProductRow | None = field(default=None, name="product.")
    taxes: list[TaxRow] = field(default_factory=list, name="taxes.")
    warehouse: Coded | None = field(default=None, name="warehouse.")


class Typed(Struct, kw_only=True):
    id: int
    type: str


class MoveRow(Stamped, kw_only=True):
    origin: str | None
    state: str
    quantity: Decimal
    unit: int
    internal_quantity: Decimal | None = None  # asked for where the product is not: in the unit of its stock
    from_location: int
    to_location: Typed = field(name="to_location.")
    sale: int | None = None
    shipment: str | None = None
    shipment_stamps: Stamped | None = field(default=None, name="shipment.")
    sale_exception_state: str | None = None  # of a cancelled move: "", "ignored" or "recreated"
    kit: Kit | None = None  # of which it brings a component; never on the wire

    @property
    def in_stock_unit(self) -> Decimal:
        assert self.internal_quantity is not None, "it was asked for"
        return self.internal_quantity

    @property
    def is_to_customer(self) -> bool:
        """Not from storage to output, and not a return."""
        return self.to_location.type == "customer"

    @property
    def line(self) -> str | None:
        """The id of the order line that this move serves."""
        if self.kit is not None:
            return str(self.kit.line)
        if self.origin is None or not self.origin.startswith(LINE_ORIGIN):
            return None
        return self.origin.removeprefix(LINE_ORIGIN)

    def stamps(self) -> Iterator[datetime]:
        yield from Stamped.stamps(self)
        if self.shipment_stamps is not None:
            yield from self.shipment_stamps.stamps()


class PickMoveRow(Struct, kw_only=True):
    """From storage to output, for an outgoing move."""

    id: int
    origin: str | None
    state: str
    in_stock_unit: Decimal = field(name="internal_quantity")

    @property
    def serves(self) -> int | None:
        """The id of the outgoing move that it serves."""
        if self.origin is None or not self.origin.startswith(MOVE_ORIGIN):
            return None
        return int(self.origin.removeprefix(MOVE_ORIGIN))


class ShipmentRow(Struct, kw_only=True):
    id: int
    state: str
    number: str | None = None
    reference: str | None = None
    warehouse: Coded = field(name="warehouse.")
    timestamp: Decimal | None = field(default=None, name="_timestamp")
    moves: list[MoveRow] = field(default_factory=list, name="outgoing_moves.")
    picks: list[PickMoveRow] = field(default_factory=list, name="inventory_moves.")
    warehouse_storage: int | None = None
    warehouse_output: int | None = None

    @property
    def is_direct(self) -> bool:
        """Goods leave from where they stand: there is no place for output, and so nothing to pick."""
        return self.warehouse_storage is not None and self.warehouse_storage == self.warehouse_output


class LocationRow(Struct, kw_only=True):
    id: int
    type: str
    code: str | None = None
    name: str | None = None
    parent: int | None = None
    input_location: int | None = None
    output_location: int | None = None
    storage_location: int | None = None
    picking_location: int | None = None


def typed_rows(rows: object, kind: type[Rows], what: str) -> Rows:
    """All the rows with their type; for lists of which no row can be done without."""
    try:
        return msgspec.convert(rows, kind)
    except msgspec.ValidationError as error:
        raise NotUnderstood(f"tryton's {what} cannot be read: {error}", side="erp") from error
