"""What a customer bought, as the ERP holds it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from syncd.domain.clock import aware
from syncd.domain.ids import LocationId, OrderId, OrderLineId, Sku


class OrderState(StrEnum):
    QUOTE = "quote"  #: not confirmed yet: nothing is promised
    CONFIRMED = "confirmed"  #: promised, its shipments are not made yet
    PROCESSING = "processing"  #: its shipments exist
    DONE = "done"  #: shipped and paid, as the ERP sees it
    CANCELLED = "cancelled"  #: nothing of it will be shipped any more


class Method(StrEnum):
    """How the customer gets the goods."""

    PICKUP = "pickup"
    DISPATCH = "dispatch"


class LineKind(StrEnum):
    GOODS = "goods"  #: has stock and a place
    SERVICE = "service"  #: no stock: a fee, a discount, a word about delivery


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax of an order line: the ERP's name, and the rate as a fraction (0.15)."""

    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One product, a quantity and a price. A line served from two locations is two of these with one id."""

    id: OrderLineId
    kind: LineKind
    sku: Sku
    description: str
    quantity: Decimal  # what the customer shall still have got in the end: ordered less cancelled
    unit_price: Decimal  # without tax
    net: Decimal  # the line's amount without tax, in cents, as the ERP rounds it
    taxes: tuple[Tax, ...]
    location: LocationId | None = None
    shipped: Decimal = Decimal(0)
    cancelled: Decimal = Decimal(0)  # of what was ordered: will never be shipped


@dataclass(frozen=True, slots=True)
class Customer:
    code: str
    name: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the goods go, as lines to read; `country` is ISO 3166-1 alpha-2."""

    name: str = ""
    street: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""
    state_code: str = ""  # within the country: CA of US-CA


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it was read at one moment."""

    id: OrderId
    number: str  # what people call it; becomes the sale's invoice number
    reference: str  # the customer's own number, or empty
    state: OrderState
    confirmed_at: datetime  # when the ERP knows only a day: noon of that day in the ERP's zone
    confirmed_day_only: bool
    changed_at: datetime  # the ERP's stamp: the newest of all the records that were read
    currency: str  # ISO 4217
    customer: Customer
    address: Address
    delivery: str | None  # the delivery method's code, from a field of the order; else its service lines say it
    paid: bool
    undecided: bool  # a person has to decide in the ERP first (a cancelled shipment not yet handled)
    total_tax: Decimal
    total: Decimal  # with tax
    lines: tuple[OrderLine, ...]
    comment: str = ""  # what was said about it, for the people who hand it over
    tags: tuple[str, ...] = ()  # words by which people sort orders, such as a category of the customer
    paid_amount: Decimal | None = None  # received, with tax; None when the ERP says no more than `paid`
    return_of: OrderId | None = None  # the order that this one was made from, to take goods of it back

    def __post_init__(self) -> None:
        aware(self.confirmed_at)
        aware(self.changed_at)

    @property
    def goods(self) -> tuple[OrderLine, ...]:
        return tuple(line for line in self.lines if line.kind is LineKind.GOODS)

    @property
    def is_return(self) -> bool:
        """True when it takes goods of another order back."""
        return self.return_of is not None and any(
            line.quantity.is_finite() and line.quantity < 0 for line in self.goods
        )

    @property
    def is_shipped_in_full(self) -> bool:
        """True when all that was not cancelled has left; a bad quantity is never shipped."""
        live = [line for line in self.goods if line.quantity != 0 or line.cancelled == 0]
        return bool(live) and all(0 < line.quantity <= line.shipped for line in live)

    @property
    def is_shipped_in_part(self) -> bool:
        return any(line.shipped > 0 for line in self.goods)

    def without_what_is_open(self) -> Order:
        """What is left of it once the ERP has deleted it: what was shipped is gone, nothing more will be."""
        lines = tuple(replace(line, quantity=line.shipped) for line in self.lines)
        return replace(self, state=OrderState.CANCELLED, lines=lines)


@dataclass(frozen=True, slots=True)
class UnreadableOrder:
    """An order whose row makes no sense; kept raw and held."""

    id: OrderId
    number: str
    changed_at: datetime
    raw: str
    problem: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders that changed, and the stamp up to which the ERP has been read with this page."""

    orders: tuple[Order, ...]
    unreadable: tuple[UnreadableOrder, ...]
    watermark: datetime | None


@dataclass(frozen=True, slots=True)
class OrderStamp:
    """That the ERP has this order, and a digest of everything it is read from: another one means that it changed."""

    id: OrderId
    digest: str
