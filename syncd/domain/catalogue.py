"""What X-Series has to sell and to sell it with: products, outlets, registers, users, taxes, payment types."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from syncd.domain.ids import OutletId, ProductId, Sku


class Match(StrEnum):
    """When an SKU of the ERP is the SKU of a product in X-Series. Whatever one calls the same, every later one does."""

    EXACT = "exact"  #: letter for letter
    IGNORE_SPACE = "ignore_space"  #: spaces around it, and how many there are within, are no matter
    IGNORE_CASE = "ignore_case"  #: nor are capitals

    def key(self, sku: str) -> str:
        """What two SKUs have in common when they are the same."""
        match self:
            case Match.EXACT:
                return sku
            case Match.IGNORE_SPACE:
                return " ".join(sku.split())
            case Match.IGNORE_CASE:
                return " ".join(sku.split()).casefold()


@dataclass(frozen=True, slots=True)
class Product:
    id: ProductId
    sku: Sku
    codes: tuple[Sku, ...]  # further codes that name it
    name: str
    active: bool
    tracked: bool  # has stock levels
    composite: bool
    version: int


class ReferenceKind(StrEnum):
    OUTLET = "outlet"
    REGISTER = "register"
    USER = "user"
    TAX = "tax"
    PAYMENT_TYPE = "payment_type"


@dataclass(frozen=True, slots=True)
class Reference:
    """A named thing of X-Series that the config speaks of. `active` says that it may be used today."""

    kind: ReferenceKind
    id: str
    name: str
    active: bool
    outlet: OutletId | None = None  # of a register
    rate: Decimal | None = None  # of a tax: the sum of its rates, as a fraction
    zone: str = ""  # of an outlet: IANA
    currency: str = ""  # of an outlet: ISO 4217
    internal: bool = False  # of a payment type
