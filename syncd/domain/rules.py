"""The integrator's decisions about orders, with every name resolved to an id. Built by bootstrap from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from syncd.domain.catalogue import Product
from syncd.domain.ids import Account, LocationId, OutletId, PaymentTypeId, RegisterId, Sku, TaxId, UserId
from syncd.domain.orders import Method, OrderState


class Unpaid(StrEnum):
    HOLD = "hold"
    AT_TILL = "at_till"


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """Orders to leave alone: by tag, by customer code, by patterns (`TEST-*`) of their number and reference."""

    tags: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Where the goods of one ERP location are handed over."""

    location: LocationId
    place: int  # in the config's order
    outlet: OutletId
    outlet_name: str
    register: RegisterId
    zone: ZoneInfo
    currency: str


@dataclass(frozen=True, slots=True)
class OrderRules:
    account: Account
    erp: str
    start: datetime
    states: frozenset[OrderState]
    routes: Mapping[LocationId, Route]
    user: UserId
    pickup_codes: frozenset[str]
    dispatch_codes: frozenset[str]
    default_method: Method | None
    taxes: Mapping[str, TaxId]
    no_tax: TaxId
    paid_with: PaymentTypeId | None
    unpaid: Unpaid
    shipping_sku: Sku | None
    discount_sku: Sku | None
    rounding_sku: Sku | None
    aliases: Mapping[Sku, Sku]
    tolerance: Decimal
    invoice_template: str
    ignore: IgnoreRules = IgnoreRules()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products of X-Series by SKU; several under one SKU when X-Series has it twice."""

    by_sku: Mapping[Sku, tuple[Product, ...]]

    def find(self, sku: Sku) -> tuple[Product, ...]:
        return self.by_sku.get(sku, ())
