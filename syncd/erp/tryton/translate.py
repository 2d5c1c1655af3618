"""One order from Tryton's rows. Pure: rows in, an `Order` out, or BadRecord naming what makes no sense."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import TypeVar

from msgspec.structs import replace

from syncd.domain.clock import aware
from syncd.domain.ids import LocationId, OrderId, OrderLineId, Sku
from syncd.domain.money import ZERO, split_by_weight, to_cents_half_even
from syncd.domain.orders import Address, Customer, LineKind, Order, OrderLine, OrderState, Tax
from syncd.erp.tryton.access import TrytonAccess
from syncd.erp.tryton.places import Places, location_id
from syncd.erp.tryton.quantity import tidy
from syncd.erp.tryton.rows import OPEN_MOVES, Coded, LineRow, MoveRow, SaleRow
from syncd.erp.tryton.units import Units
from syncd.errors import BadRecord

_STATES = {
    "draft": OrderState.QUOTE,
    "quotation": OrderState.QUOTE,
    "confirmed": OrderState.CONFIRMED,
    "processing": OrderState.PROCESSING,
    "done": OrderState.DONE,
    "cancelled": OrderState.CANCELLED,
}
_STOCKED = ("goods", "assets", "kit")
_INVOICED = ("posted", "paid")  # of a draft nothing is to be paid yet, which is not the same as paid
_NOON = time(12)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Found:
    """All rows of one order. `delivery` and `tags` are what stands in the fields of the settings."""

    sale: SaleRow
    lines: tuple[LineRow, ...]
    moves: tuple[MoveRow, ...]
    delivery: str | None
    tags: tuple[str, ...] = ()

    def changed_at(self) -> datetime:
        stamps = [*self.sale.stamps(), *self.sale.party.stamps()]
        if self.sale.shipment_address is not None:
            stamps += self.sale.shipment_address.stamps()
        for row in (*self.lines, *self.moves):
            stamps += row.stamps()
        if not stamps:
            raise BadRecord("the order has no stamp of its making", field="create_date")
        return max(stamps)


@dataclass(slots=True)
class _Served:
    """What one warehouse has shipped of a line and still will."""

    shipped: Decimal = ZERO
    open: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class _Share:
    """What one warehouse gives of a line."""

    place: LocationId | None
    quantity: Decimal
    shipped: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class _Line:
    """A line understood: how much of it stands, and from where it is served."""

    row: LineRow
    kind: LineKind
    ordered: Decimal  # of goods in their stock's unit, as all that follows
    quantity: Decimal  # ordered less cancelled
    unit_price: Decimal
    net: Decimal
    taxes: tuple[Tax, ...]
    shares: tuple[_Share, ...]


def to_order(found: Found, places: Places, units: Units, access: TrytonAccess) -> Order:
    """Read the order as it stands: what was cancelled is gone from its lines and from its totals."""
    sale = found.sale
    state = _STATES.get(sale.state)
    if state is None:
        raise BadRecord(f"an order state that is not known: {sale.state!r}", field="state")
    lines = [_line(row, found, places, units) for row in found.lines if row.type == "line"]
    goods = [line for line in lines if line.kind is LineKind.GOODS]
    if state in (OrderState.PROCESSING, OrderState.DONE) and goods and not any(line.quantity for line in goods):
        # A processing sale can never become `cancelled`: people cancel its shipments and ignore their moves, or
        # amend its lines to zero (Tryton 8.2, verified).
        state = OrderState.CANCELLED
    confirmed_at, day_only = _confirmed(sale, access)
    total_tax, total = _totals(sale, lines)
    return Order(
        id=OrderId(str(sale.id)),
        number=number_of(sale),
        reference=sale.reference or "",
        state=state,
        confirmed_at=confirmed_at,
        confirmed_day_only=day_only,
        changed_at=found.changed_at(),
        currency=_required(sale.currency.code, "currency.code"),
        customer=Customer(
            code=sale.party.code or "",
            name=sale.party.name or "",
            email=sale.party.email or "",
            phone=sale.party.phone or "",
        ),
        address=_address(sale),
        delivery=found.delivery,
        paid=access.paid == "always" or (access.paid == "invoice" and sale.invoice_state == "paid"),
        undecided=sale.shipment_state == "exception",
        total_tax=total_tax,
        total=total,
        lines=tuple(part for line in lines for part in _parts(line)),
        comment="" if access.delivery_field == "comment" else sale.comment or "",
        tags=found.tags,
        paid_amount=_paid_amount(sale, lines, access),
        return_of=OrderId(sale.return_of) if sale.return_of else None,
    )


def number_of(sale: SaleRow) -> str:
    """What people call it; a draft has no number yet."""
    return sale.number or sale.reference or str(sale.id)


def _line(row: LineRow, found: Found, places: Places, units: Units) -> _Line:
    quantity = tidy(_required(row.quantity, "quantity", row))
    unit_price = _required(row.unit_price, "unit_price", row)
    net = _required(row.amount, "amount", row)
    taxes = tuple(_tax(row))
    stocked = row.product is not None and row.product.type in _STOCKED
    if not stocked:
        return _Line(row, LineKind.SERVICE, quantity, quantity, unit_price, net, taxes, (_Share(None, quantity),))
    served = [move for move in found.moves if move.is_to_customer and move.line == str(row.id)]
    ordered, moves = _in_stock_unit(row, served, units)
    if ordered != quantity and ordered:
        unit_price = unit_price * quantity / ordered
    if ordered < 0:
        return _Line(
            row, LineKind.GOODS, ordered, ordered, unit_price, net, taxes, (_taken_back(row, ordered, found, units),)
        )
    quantity = ordered - _cancelled(ordered, moves, found.sale)
    if quantity != ordered:
        net = to_cents_half_even(quantity * unit_price)
    home = row.warehouse or found.sale.warehouse
    shares = _shares(quantity, moves, home, places)
    return _Line(row, LineKind.GOODS, ordered, quantity, unit_price, net, taxes, tuple(shares))


def _taken_back(row: LineRow, ordered: Decimal, found: Found, units: Units) -> _Share:
    """What comes back, and what of it has been received: a quantity below nothing, as that of the line."""
    done = [
        move for move in found.moves if move.line == str(row.id) and not move.is_to_customer and move.state == "done"
    ]
    _, moves = _in_stock_unit(row, done, units)
    home = row.warehouse or found.sale.warehouse
    received = sum((tidy(move.quantity) for move in moves), ZERO)
    return _Share(location_id(home) if home is not None else None, ordered, -received)


def _cancelled(ordered: Decimal, moves: list[MoveRow], sale: SaleRow) -> Decimal:
    """How much will never be shipped: moves that a person cancelled and then decided to ignore.

    Not simply "ordered less moved": `do` of a partial shipment and the making of the remainder are two transactions,
    and between them nothing is open for a quantity that still stands. Nor more than that: the same quantity may
    have been cancelled on a duplicate shipment (Tryton 8.2, verified).
    """
    if sale.state not in ("processing", "done") or sale.shipment_state == "exception" or ordered <= 0:
        return ZERO
    live = sum((move.quantity for move in moves if move.state != "cancelled"), ZERO)
    ignored = sum((move.quantity for move in moves if _is_ignored(move)), ZERO)
    return tidy(max(ZERO, min(ordered - live, ignored)))


def _is_ignored(move: MoveRow) -> bool:
    return move.state == "cancelled" and move.sale_exception_state == "ignored"


def _in_stock_unit(row: LineRow, moves: list[MoveRow], units: Units) -> tuple[Decimal, list[MoveRow]]:
    """The quantity ordered, and the moves, in the unit in which the product's stock is counted."""
    assert row.product is not None
    stock = row.product.default_uom
    ordered = units.convert(_required(row.quantity, "quantity", row), _required(row.unit, "unit", row), stock)
    plain = [
        replace(move, quantity=units.convert(move.quantity, move.unit, stock)) for move in moves if move.kit is None
    ]
    return ordered, [*plain, *_whole_kits(moves, units)]


def _whole_kits(moves: list[MoveRow], units: Units) -> list[MoveRow]:
    """The moves of components as moves of the kits that they make up, whatever shipment each of them is in."""
    together: dict[tuple[bool, str, int, str | None], list[MoveRow]] = defaultdict(list)
    for move in moves:
        if move.kit is not None:
            state = "open" if move.state in OPEN_MOVES else move.state
            together[move.is_to_customer, state, move.from_location, move.sale_exception_state].append(move)
    found = []
    for some in together.values():
        kit = some[0].kit
        assert kit is not None
        amounts: dict[str, Decimal] = defaultdict(Decimal)
        for move in some:
            if component := kit.components.get(move.origin or ""):
                amounts[move.origin or ""] += units.convert(move.quantity, move.unit, component.unit)
        found.append(replace(some[0], quantity=kit.made_of(amounts)))
    return found


def _shares(quantity: Decimal, moves: list[MoveRow], home: Coded | None, places: Places) -> list[_Share]:
    """Where the quantity comes from: the warehouses its moves leave from, and the order's for what has no move."""
    served: dict[LocationId, _Served] = defaultdict(_Served)
    for move in moves:
        if move.state == "done":
            served[places.warehouse_of(move.from_location)].shipped += tidy(move.quantity)
        elif move.state in OPEN_MOVES:
            served[places.warehouse_of(move.from_location)].open += tidy(move.quantity)
    left = quantity
    shares: dict[LocationId | None, tuple[Decimal, Decimal]] = {}
    for place, part in sorted(served.items()):
        # More than the line is moved after a shipment was doubled or over-filled: the line's quantity is the truth.
        taken = min(max(left, ZERO), part.shipped + part.open)
        left -= taken
        if taken or part.shipped:
            shares[place] = (taken, part.shipped)
    if left or not shares:
        place_left = _place_of_the_rest(list(shares), moves, home, places)
        taken, shipped = shares.get(place_left, (ZERO, ZERO))
        shares[place_left] = (taken + left, shipped)
    return [_Share(place, taken, shipped) for place, (taken, shipped) in shares.items()]


def _place_of_the_rest(
    served: list[LocationId | None], moves: list[MoveRow], home: Coded | None, places: Places
) -> LocationId | None:
    if len(served) == 1:
        return served[0]
    if not served and moves:
        return places.warehouse_of(moves[-1].from_location)  # all cancelled: where it would have come from
    return location_id(home) if home is not None else None


def _parts(line: _Line) -> list[OrderLine]:
    """The line, once per warehouse that serves it; the nets sum to the line's."""
    product = line.row.product
    nets = split_by_weight(line.net, [abs(share.quantity) for share in line.shares])
    # Which warehouse would have given what was cancelled does not matter to anybody: the first is said to.
    cancelled = [line.ordered - line.quantity, *([ZERO] * (len(line.shares) - 1))]
    return [
        OrderLine(
            id=OrderLineId(str(line.row.id)),
            kind=line.kind,
            sku=Sku(product.code or "" if product else ""),
            description=line.row.description or (product.name or "" if product else ""),
            quantity=share.quantity,
            unit_price=line.unit_price,
            net=net,
            taxes=line.taxes,
            location=share.place,
            shipped=share.shipped,
            cancelled=gone,
        )
        for share, net, gone in zip(line.shares, nets, cancelled, strict=True)
    ]


def _tax(row: LineRow) -> list[Tax]:
    for tax in row.taxes:
        if tax.type != "percentage" or tax.rate is None:
            raise BadRecord(
                f"tax {tax.name!r} is {tax.type}, not a percentage",
                record=str(row.id),
                field="taxes",
                hint="Only taxes with a rate can be told to X-Series.",
            )
    return [Tax(tax.name, tax.rate) for tax in row.taxes if tax.rate is not None]


def _totals(sale: SaleRow, lines: list[_Line]) -> tuple[Decimal, Decimal]:
    """Tax and total with tax: Tryton's own, or computed as it does when something was cancelled.

    Tryton rounds half-even, tax once per document and set of taxes, from amounts not rounded (8.2, verified).
    """
    if all(line.quantity == line.ordered for line in lines):
        return sale.tax_amount, sale.total_amount
    bases: dict[tuple[Tax, ...], Decimal] = defaultdict(Decimal)
    for line in lines:
        bases[line.taxes] += line.quantity * line.unit_price
    total_tax = sum((to_cents_half_even(base * tax.rate) for taxes, base in bases.items() for tax in taxes), ZERO)
    return total_tax, sum((line.net for line in lines), ZERO) + total_tax


def _paid_amount(sale: SaleRow, lines: list[_Line], access: TrytonAccess) -> Decimal | None:
    """What was received on the order's invoices; an order invoiced twice may be paid twice (Tryton 8.2, verified).

    None once something was cancelled: what was paid for it is on its way back, and Tryton does not say how far.
    """
    if access.paid != "invoice" or any(line.quantity != line.ordered for line in lines):
        return None
    posted = [invoice for invoice in sale.invoices if invoice.state in _INVOICED]
    return sum((invoice.total_amount - (invoice.amount_to_pay or ZERO) for invoice in posted), ZERO)


def _confirmed(sale: SaleRow, access: TrytonAccess) -> tuple[datetime, bool]:
    if sale.sale_date is not None:
        return datetime.combine(sale.sale_date, _NOON, access.zone), True
    return aware(_required(sale.create_date, "create_date")), False


def _address(sale: SaleRow) -> Address:
    row = sale.shipment_address
    if row is None:
        return Address()
    return Address(
        name=row.party_name or sale.party.name or "",
        street=row.street or "",
        city=row.city or "",
        postcode=row.postal_code or "",
        country=(row.country.code or "") if row.country else "",
        state_code=(row.subdivision.code or "").rpartition("-")[2] if row.subdivision else "",  # US-CA
    )


def _required(value: Value | None, field: str, row: LineRow | None = None) -> Value:
    if value is None:
        raise BadRecord(f"{field} is empty", record=str(row.id) if row else "", field=field)
    return value
