"""Goods that came back: what a return, or an exchange, says beside the sale whose goods they were. Names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from syncd.domain.identity import read_source_id
from syncd.domain.ids import OutletId, ProductId, RegisterId, SaleId
from syncd.domain.money import ZERO
from syncd.domain.sales import Sale, SaleState


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """Of one product: what came back where the quantity is negative, what the customer took instead where not."""

    product: ProductId
    quantity: Decimal
    total: Decimal  # with tax


@dataclass(frozen=True, slots=True)
class SaleReturn:
    """The return of a sale, at one version: a sale of its own, of negative quantities (FACTS 12)."""

    sale: SaleId
    original: SaleId
    version: int
    state: SaleState
    moved_stock: bool  # false while it is parked at the till: nothing has come back yet
    invoice_number: str
    outlet: OutletId | None
    register: RegisterId | None  # the dated dialect may leave the outlet out
    rung_up_at: datetime | None
    total: Decimal  # with tax; negative when money was given back
    lines: tuple[ReturnLine, ...]
    source_id: str = ""  # ours, where we have made it for an order of the ERP; else empty

    @property
    def pieces(self) -> Decimal:
        """How many came back, whatever was taken instead."""
        return -sum((line.quantity for line in self.lines if line.quantity < 0), ZERO)

    @property
    def is_exchange(self) -> bool:
        return any(line.quantity > 0 for line in self.lines)


def read_return(sale: Sale) -> SaleReturn | None:
    """What the sale says of the goods of another one; None when it is no return."""
    if sale.return_for is None:
        return None
    return SaleReturn(
        sale=sale.id,
        original=sale.return_for,
        version=sale.version,
        state=sale.state,
        moved_stock=sale.moved_stock,
        invoice_number=sale.invoice_number,
        outlet=sale.outlet,
        register=sale.register,
        rung_up_at=sale.created_at or sale.updated_at,
        total=sale.total,
        source_id=sale.source_id if sale.has_our_source and read_source_id(sale.source_id) is not None else "",
        lines=tuple(ReturnLine(line.product, line.quantity, line.net + line.tax_total) for line in sale.lines),
    )
