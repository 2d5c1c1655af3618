"""What X-Series has to sell and to sell it with: products, outlets, registers, users, taxes, payment types."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from syncd.domain.ids import OutletId, ProductId, Sku


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
