"""What a judge reasons about: orders as the ERP has them, sales as X-Series has them, and what syncd said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

VOIDED, PENDING, CLOSED = "voided", "pending", "closed"  # states of a sale
TILL = "USER"  # source of a sale that was rung up at the till
BY_API = "api"  # closed by software, not by somebody in the shop


@dataclass(frozen=True, slots=True)
class OrderLine:
    sku: str
    quantity: Decimal
    is_goods: bool = True
    location: str = ""
    shipped: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Shipment:
    location: str
    state: str
    goods: Mapping[str, Decimal] = field(default_factory=dict)  # by SKU
    user: int | None = None  # of the ERP, who wrote it last


@dataclass(frozen=True, slots=True)
class Order:
    id: str
    number: str | None  # the ERP gives none to a draft
    state: str
    total: Decimal  # with tax
    day: date | None = None
    lines: tuple[OrderLine, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    method: str | None = None  # how the customer gets it, where the order says so
    former_numbers: tuple[str, ...] = ()  # that people changed: the sale may bear any of them


@dataclass(frozen=True, slots=True)
class SaleLine:
    sku: str
    quantity: Decimal
    handed_over: Decimal = Decimal(0)  # as the fulfilments of the sale say


@dataclass(frozen=True, slots=True)
class Sale:
    id: str
    invoice_number: str
    outlet: str  # that hands over
    method: str | None  # PICKUP, DISPATCH, or none: taken along at once
    state: str
    total: Decimal  # with tax
    lines: tuple[SaleLine, ...] = ()
    source: str = ""
    closed_by: str | None = None

    @property
    def stands(self) -> bool:
        return self.state != VOIDED


@dataclass(frozen=True, slots=True)
class Said:
    """What syncd said of one order."""

    outcome: str
    reason: str
    has_open_hold: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """One product at one outlet."""

    outlet: str
    sku: str
    quantity: Decimal  # what X-Series shows, less what it says is still to be procured


Told = Mapping[str, Said]  # by the ERP's id of the order: a draft has no number


def standing(sales: Iterable[Sale]) -> list[Sale]:
    """Those that are not voided."""
    return [sale for sale in sales if sale.stands]
