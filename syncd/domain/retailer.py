"""The retailer's own settings in X-Series: taxes with their rates, the product-and-outlet taxes, hooks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from syncd.domain.ids import OutletId, ProductId, TaxId
from syncd.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class Retailer:
    id: str
    name: str
    domain_prefix: str
    currency: str  # ISO 4217
    zone: str  # IANA
    tax_exclusive: bool | None  # None when it was not said
    no_tax: TaxId | None
    discount_product: ProductId | None


@dataclass(frozen=True, slots=True)
class TaxRate:
    id: str
    name: str
    rate: Decimal  # a fraction
    by_threshold: bool = False  # US clothing: the tax of a line is then not always rate x price


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax, made of one or several rates."""

    id: TaxId
    name: str
    active: bool
    is_default: bool
    rates: tuple[TaxRate, ...]

    @property
    def rate(self) -> Decimal:
        return sum((one.rate for one in self.rates), ZERO)


@dataclass(frozen=True, slots=True)
class OutletTax:
    """The tax of one product at one outlet, where it is not the outlet's own."""

    outlet: OutletId
    product: ProductId
    tax: TaxId
    active: bool
    version: int


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where X-Series tells of changes: a hint to poll, never the truth."""

    id: str
    kind: str  # `sale.update`, `inventory.update`, ...
    url: str
    active: bool
