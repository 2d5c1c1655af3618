"""The integrator's decisions about orders, with every name resolved to an id. Built by bootstrap from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from syncd.domain.catalogue import Match, Product
from syncd.domain.customers import CustomerMode
from syncd.domain.ids import Account, LocationId, OutletId, PaymentTypeId, RegisterId, Sku, TaxId, UserId
from syncd.domain.orders import Method, OrderState


class Unpaid(StrEnum):
    HOLD = "hold"
    AT_TILL = "at_till"
    ON_ACCOUNT = "on_account"  #: the customer owes it


class Debt(StrEnum):
    """Who collects what is owed for a sale on account, and so may say that it is paid."""

    ERP = "erp"
    LIGHTSPEED = "lightspeed"


class Returns(StrEnum):
    """What becomes of an order of the ERP that takes goods of another one back."""

    HOLD = "hold"
    IGNORE = "ignore"
    CREATE = "create"  # a return of its sale, refunded and closed


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
    tax: TaxId | None = None  # the outlet's own, for taxes of the ERP that are listed nowhere
    tax_rate: Decimal | None = None  # of that tax, as a fraction; None where X-Series does not say it
    closed: str = ""  # why nothing can be made there today


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """Which location's outlet hands over what does not simply go by where it leaves from."""

    default: LocationId | None = None  # for goods of a location that is not in the map
    by_method: Mapping[Method, LocationId] = field(default_factory=dict)
    by_code: Mapping[str, LocationId] = field(default_factory=dict)  # of a delivery: before all else


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
    aliases: Mapping[str, Sku]  # by the key of `match`
    tolerance: Decimal
    invoice_template: str
    ignore: IgnoreRules = IgnoreRules()
    routing: RoutingRules = field(default_factory=RoutingRules)
    fee_sku: Sku | None = None
    match: Match = Match.EXACT
    tax_rates: Mapping[Decimal, TaxId] = field(default_factory=dict)  # by the sum of a line's rates, as a fraction
    customers: CustomerMode = CustomerMode.NONE
    debt: Debt | None = None  # set where unpaid orders go on account
    returns: Returns = Returns.HOLD

    def sku_in_retail(self, sku: Sku) -> Sku:
        """Under which SKU X-Series sells it."""
        return self.aliases.get(self.match.key(sku), sku)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products of X-Series by SKU; several under one SKU when X-Series has it twice."""

    by_sku: Mapping[Sku, tuple[Product, ...]]
    match: Match = Match.EXACT
    by_key: Mapping[str, tuple[Product, ...]] = field(default_factory=dict)  # by the key of `match`, unless it is exact

    def find(self, sku: Sku) -> tuple[Product, ...]:
        """Every product that this SKU may mean; an active one of just this code comes before all that are like it."""
        same = self.by_sku.get(sku, ())
        if self.match is Match.EXACT or any(product.active for product in same):
            return same
        return self.by_key.get(self.match.key(sku), ())
