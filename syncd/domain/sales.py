"""What X-Series records: sales as they were read, and drafts of what we want them to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from syncd.domain.customers import AddressDraft, AddressId, CustomerId
from syncd.domain.ids import (
    OrderLineId,
    OutletId,
    PaymentTypeId,
    ProductId,
    RegisterId,
    SaleId,
    SaleLineId,
    Sku,
    SourceId,
    TaxId,
    UserId,
)
from syncd.domain.money import ZERO
from syncd.domain.orders import Method

SOURCE_TYPE = "syncd"  # `source.type` of every sale we make; classic accounts may show it in other letters


ON_ACCOUNT = "onaccount"  # the attribute of a sale that its customer owes
UNREADABLE = "unreadable"  # our own mark on a sale of ours of which only id, version, source and state are known


class SaleState(StrEnum):
    PARKED = "parked"
    PENDING = "pending"  #: open: waits for pickup or dispatch
    CLOSED = "closed"  #: handed over
    VOIDED = "voided"  #: terminal: goods back, payments gone


@dataclass(frozen=True, slots=True)
class SaleLine:
    id: SaleLineId
    product: ProductId
    quantity: Decimal
    price: Decimal  # unit, without tax
    tax: Decimal  # of one unit
    tax_id: TaxId | None
    net: Decimal  # price x quantity, as X-Series says it
    tax_total: Decimal
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class SalePayment:
    id: str
    payment_type: PaymentTypeId | None
    amount: Decimal  # with tax


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale as it was read at one version."""

    id: SaleId
    version: int
    state: SaleState
    method: Method | None  # from the attributes `pickup` and `delivery`, or the classic status
    attributes: tuple[str, ...]
    source_type: str
    source_id: str
    invoice_number: str
    outlet: OutletId | None  # of the register; the dated dialect may leave it out
    register: RegisterId | None
    user: UserId | None
    created_at: datetime | None
    updated_at: datetime | None
    total: Decimal  # with tax
    return_for: SaleId | None
    lines: tuple[SaleLine, ...]
    payments: tuple[SalePayment, ...]
    note: str = ""
    customer: CustomerId | None = None

    @property
    def is_ours(self) -> bool:
        """True when the source names us. An invoice number never makes a sale ours.

        Nor is a return that was begun at the till, should X-Series copy the source of the sale that it is for: it would
        be taken for a second sale of that part.
        """
        return self.has_our_source and self.return_for is None

    @property
    def has_our_source(self) -> bool:
        return self.source_type.casefold() == SOURCE_TYPE and self.source_id != ""

    @property
    def is_standing(self) -> bool:
        return self.state is not SaleState.VOIDED

    @property
    def moved_stock(self) -> bool:
        """True when goods have changed hands; a parked, pending or voided sale has moved nothing."""
        return self.state is SaleState.CLOSED or (self.is_standing and self.is_on_account)

    @property
    def is_readable(self) -> bool:
        return UNREADABLE not in self.attributes

    @property
    def is_on_account(self) -> bool:
        return any(word.casefold() == ON_ACCOUNT for word in self.attributes)

    @property
    def is_empty(self) -> bool:
        return not self.lines and self.is_readable

    @property
    def paid(self) -> Decimal:
        return sum((payment.amount for payment in self.payments), ZERO)


@dataclass(frozen=True, slots=True)
class SalesPage:
    """One page of the feed, and the version to go on after. Without rows the feed has been read to its end."""

    sales: tuple[Sale, ...]
    version_max: int | None


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line as we want it. `net` and `tax_total` are cents; price and tax of one unit give them back."""

    order_line: OrderLineId
    product: ProductId
    sku: Sku
    quantity: Decimal
    price: Decimal
    tax: Decimal
    tax_id: TaxId
    net: Decimal
    tax_total: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True)
class DraftPayment:
    payment_type: PaymentTypeId
    amount: Decimal
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class SaleDraft:
    """A sale as we want it: the command that the journal keeps and sends."""

    sale_id: SaleId  # chosen by us; only the dated dialect can use it
    source_id: SourceId
    invoice_number: str
    outlet: OutletId
    register: RegisterId
    user: UserId
    method: Method
    date: datetime
    note: str
    lines: tuple[DraftLine, ...]
    payments: tuple[DraftPayment, ...]
    customer: CustomerId | None = None
    on_account: bool = False  # what is not paid is owed by the customer; fixed when the sale is made
    ship_to: AddressDraft | None = None  # of the customer, where the sale is to name it
    ship_to_id: AddressId | None = None  # known when it is sent

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        return self.net + sum((line.tax_total for line in self.lines), ZERO)

    @property
    def paid(self) -> Decimal:
        return sum((payment.amount for payment in self.payments), ZERO)

    @property
    def goods(self) -> tuple[object, ...]:
        """What the customer gets, where, how and for how much: not which order line says so, nor who has paid."""
        lines = ((line.product, line.quantity, line.net, line.tax_total, line.tax_id) for line in self.lines)
        return self.outlet, self.method, tuple(sorted(lines))

    @property
    def content(self) -> tuple[object, ...]:
        """What makes two drafts the same: not their note, date, customer or numbers."""
        return self.goods, self.order_lines, self.paid

    @property
    def order_lines(self) -> tuple[object, ...]:
        """Which order line asks for what."""
        return tuple(sorted((line.order_line, line.product, line.quantity) for line in self.lines))


class FulfilmentState(StrEnum):
    OPEN = "open"
    FULFILLED = "fulfilled"


@dataclass(frozen=True, slots=True)
class FulfilmentLine:
    sale_line: SaleLineId
    quantity: Decimal
    fulfilled: Decimal
    picked: Decimal = ZERO
    packed: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class FulfilmentStep:
    """So much of one line, to be picked, packed or handed over. A negative quantity unpacks."""

    sale_line: SaleLineId
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """What one outlet hands over of one sale in one way."""

    id: str
    sale: SaleId
    outlet: OutletId
    method: Method
    state: FulfilmentState
    lines: tuple[FulfilmentLine, ...]
    version: int = 0  # dated only: a step names it, and is refused (409) when somebody else was quicker


@dataclass(frozen=True, slots=True)
class SaleReceipt:
    """The readable answer to a write: the id, and the echo where the dialect gives one."""

    sale_id: SaleId
    echo: Sale | None
