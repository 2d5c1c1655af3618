"""Stock levels of both sides. Quantities are `Decimal`; a level is per product and place."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from syncd.domain.ids import LocationId, OutletId, ProductId, Sku


@dataclass(frozen=True, slots=True)
class ErpLevel:
    """What stands on the ERP's shelf, and how much of it is promised to customers' orders."""

    location: LocationId
    sku: Sku
    on_hand: Decimal
    reserved: Decimal


class RetailLevel(NamedTuple):
    """What X-Series says an outlet can sell, less what it still has to procure. A tuple: they come in millions."""

    outlet: OutletId
    product: ProductId
    level: Decimal
    to_procure: Decimal
    version: int
