"""What the world holds: sales with their lines and payments, fulfilments, and stock levels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from syncd.sandbox import states

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a sale. Price and tax are per unit, price without tax (FACTS 20). An empty id means: new."""

    id: str
    product_id: str
    quantity: Decimal
    price: Decimal
    tax: Decimal
    tax_id: str
    sequence: int = 0
    price_set: bool = False
    discount: Decimal = ZERO
    cost: Decimal = ZERO
    loyalty: Decimal = ZERO
    note: str = ""
    status: str = "SAVED"
    method: str | None = None
    """PICKUP or DISPATCH when the line is handed over later, None when taken at once."""
    outlet_id: str | None = None
    """Where it is handed over, when it differs from the sale's."""
    user_id: str | None = None

    @property
    def price_total(self) -> Decimal:
        """Unit price times quantity (FACTS 20)."""
        return self.price * self.quantity

    @property
    def tax_total(self) -> Decimal:
        """Unit tax times quantity: the client supplies the tax, the server multiplies (FACTS 20)."""
        return self.tax * self.quantity


@dataclass(frozen=True, slots=True)
class Payment:
    """Money taken, tax included (FACTS 20). An empty id means: new."""

    id: str
    payment_type_id: str
    amount: Decimal
    date: datetime | None = None
    register_id: str | None = None


@dataclass(frozen=True, slots=True)
class HandOverDetail:
    """Where a delivery goes, or a note for the hand-over (`fulfillment_details`)."""

    type: str
    note: str = ""
    address_id: str | None = None


@dataclass(frozen=True, slots=True)
class SaleDraft:
    """A sale as one dialect posted it. None means: not said."""

    state: str
    attributes: tuple[str, ...] | None = None
    id: str | None = None
    register_id: str | None = None
    user_id: str | None = None
    source: str | None = None
    source_id: str | None = None
    customer_id: str | None = None
    date: datetime | None = None
    note: str | None = None
    short_code: str | None = None
    invoice_number: str | None = None
    fulfilment_outlet_id: str | None = None
    details: tuple[HandOverDetail, ...] | None = None
    xero_reference: str | None = None
    lines: tuple[Line, ...] | None = None
    payments: tuple[Payment, ...] | None = None


@dataclass(slots=True)
class FulfilmentLine:
    """How far the hand-over of one sale line is."""

    sale_line_id: str
    product_id: str
    quantity: Decimal
    picked: Decimal = ZERO
    packed: Decimal = ZERO
    fulfilled: Decimal = ZERO

    @property
    def open(self) -> Decimal:
        """Not handed over yet."""
        return self.quantity - self.fulfilled

    @property
    def not_started(self) -> Decimal:
        """Neither picked, packed nor handed over."""
        return self.quantity - self.picked - self.packed - self.fulfilled

    def copy(self) -> FulfilmentLine:
        """Return one more of the same."""
        return replace(self)


@dataclass(frozen=True, slots=True)
class FulfilmentEvent:
    """What happened to one line of a fulfilment, as differences (FACTS 3b)."""

    kind: str
    sale_line_id: str
    product_id: str
    quantity: Decimal
    picked: Decimal
    packed: Decimal
    fulfilled: Decimal
    at: datetime
    source_sale_id: str | None = None


@dataclass(slots=True)
class Fulfilment:
    """All lines of one sale that one outlet hands over in one way (FACTS 3b)."""

    id: str
    sale_id: str
    outlet_id: str
    type: str
    created_at: datetime
    updated_at: datetime
    lines: list[FulfilmentLine]
    version: int = 1
    user_ids: tuple[str, ...] = ()
    note: str = ""
    address_id: str | None = None

    @property
    def state(self) -> str:
        """OPEN, STARTED, PICKED, PACKED or FULFILLED, from the quantities."""
        if all(line.open <= 0 for line in self.lines):
            return "FULFILLED"
        if all(line.packed + line.fulfilled >= line.quantity for line in self.lines):
            return "PACKED"
        if all(line.not_started <= 0 for line in self.lines):
            return "PICKED"
        started = any(line.not_started < line.quantity for line in self.lines)
        return "STARTED" if started else "OPEN"


@dataclass(slots=True)
class Sale:
    """One sale, whichever dialect made it."""

    id: str
    state: str
    attributes: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    date: datetime
    invoice_number: str
    version: int = 0
    register_id: str | None = None
    outlet_id: str | None = None
    user_id: str | None = None
    source: str | None = None
    source_id: str | None = None
    customer_id: str | None = None
    note: str = ""
    short_code: str | None = None
    fulfilment_outlet_id: str | None = None
    details: tuple[HandOverDetail, ...] = ()
    xero_reference: str | None = None
    return_for: str | None = None
    """The sale of which this one takes goods back."""
    return_ids: list[str] = field(default_factory=list)
    """The returns made of this one."""
    lines: tuple[Line, ...] = ()
    payments: tuple[Payment, ...] = ()
    closed_by: str | None = None
    """`api` or `till`: whose act closed it."""
    taken: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    """What this sale took out of stock so far, by (outlet, product)."""
    fulfilments: list[Fulfilment] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The classic view of state and attributes."""
        return states.status_of(self.state, self.attributes)

    @property
    def hand_over(self) -> str | None:
        """PICKUP, DISPATCH, or None."""
        return states.hand_over_of(self.attributes)

    @property
    def total_price(self) -> Decimal:
        """Sum of the lines without tax."""
        return sum((line.price_total for line in self.lines), ZERO)

    @property
    def total_tax(self) -> Decimal:
        """Sum of the lines' tax."""
        return sum((line.tax_total for line in self.lines), ZERO)

    @property
    def total_incl(self) -> Decimal:
        """What the customer pays."""
        return self.total_price + self.total_tax

    @property
    def is_unpaid(self) -> bool:
        """Whether money is missing that is not on account. Half a cent is rounding, not debt."""
        paid = sum((payment.amount for payment in self.payments), ZERO)
        return states.ONACCOUNT not in self.attributes and self.total_incl - paid > Decimal("0.005")


@dataclass(slots=True)
class Level:
    """What may still be sold of one product at one outlet (FACTS 22.9). The balance may be negative inside."""

    id: str
    outlet_id: str
    product_id: str
    balance: Decimal
    version: int
    reorder_point: Decimal | None = None
    reorder_amount: Decimal | None = None
