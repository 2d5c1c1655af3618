"""What syncd needs from an ERP and from X-Series. An adapter that keeps these promises can be plugged in.

Every method may raise the classes of `syncd.errors.OutsideError`; which one says what may be done next. Reads may be
repeated by the adapter; a write is sent exactly once per call, and only `jobs/apply.py` calls it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syncd.domain.catalogue import Product, Reference
from syncd.domain.ids import LocationId, OrderId, ProductId, SaleId, ShipmentId, Sku
from syncd.domain.orders import Order, OrderPage, UnreadableOrder
from syncd.domain.sales import Fulfilment, Sale, SaleDraft, SaleReceipt, SalesPage
from syncd.domain.shipments import Shipment, ShipmentLine
from syncd.domain.stock import ErpLevel, RetailLevel


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `syncd check` looked at: what, whether it is well, and the next step if not."""

    subject: str
    ok: bool
    message: str
    hint: str = ""


class Erp(Protocol):
    """The ERP: orders, stock and shipments."""

    @property
    def kind(self) -> str:
        """The word of the config, part of every source id: `tryton`."""
        ...

    def check(self) -> list[Finding]:
        """Log in and look whether everything that syncd reads may be read."""
        ...

    def read_clock(self) -> datetime:
        """The ERP's own time, so that a watermark never runs ahead of it."""
        ...

    def read_changed_orders(self, since: datetime | None) -> Iterator[OrderPage]:
        """Orders of which anything changed at or after `since`: the order, its lines, party, address, shipments.

        Everything when `since` is None. Pages come in a stable order; the last one carries the newest stamp.
        """
        ...

    def read_orders(self, ids: Sequence[OrderId]) -> tuple[list[Order], list[UnreadableOrder]]:
        """These orders as they are now; an id that is gone is in neither list."""
        ...

    def find_orders(self, reference: str) -> list[OrderId]:
        """Ids of the orders with this number or customer reference."""
        ...

    def read_locations(self) -> list[LocationId]: ...

    def read_shipments(self, orders: Sequence[OrderId]) -> list[Shipment]:
        """All shipments of these orders to their customers, done, open and cancelled, with quantities per line."""
        ...

    def complete_shipment(self, shipment: ShipmentId, lines: Sequence[ShipmentLine], *, mark: str) -> Shipment:
        """Write: take this shipment, and no other, through the steps that it still lacks.

        The state is read before the first step and after every step. A shipment already done is returned as it is.
        `mark` is written on the shipment first, so that it can be found by it later. Raise Refused when the ERP
        cannot complete it (no stock, other quantities than `lines`), Unanswered when a step's answer was lost.
        """
        ...

    def read_levels(
        self, locations: Sequence[LocationId], skus: Sequence[Sku] | None = None
    ) -> Iterator[list[ErpLevel]]:
        """On hand and reserved per location, in pages; only these SKUs when some are given."""
        ...


class Retail(Protocol):
    """X-Series, in either dialect."""

    @property
    def keeps_client_ids(self) -> bool:
        """True when a create takes the sale's id from us (dated dialect)."""
        ...

    def check(self) -> list[Finding]: ...

    def read_sales(self, *, after: int) -> Iterator[SalesPage]:
        """The feed above this version, ascending, up to and including the first page without rows."""
        ...

    def read_sale(self, sale: SaleId) -> Sale | None:
        """The sale, or None when X-Series knows no such id."""
        ...

    def find_sales(self, *, invoice_number: str) -> list[Sale]:
        """Candidates by invoice number; the search may lag behind the feed."""
        ...

    def read_fulfilments(self, sales: Sequence[SaleId]) -> list[Fulfilment]: ...

    def read_references(self) -> list[Reference]:
        """All outlets, registers, users, taxes and payment types."""
        ...

    def read_products(self, *, after: int) -> Iterator[list[Product]]:
        """Products changed above this version, ascending, deleted ones included as inactive."""
        ...

    def read_levels(self, *, after: int) -> Iterator[list[RetailLevel]]:
        """Inventory rows above this version, ascending."""
        ...

    def read_levels_of(self, products: Sequence[ProductId]) -> list[RetailLevel]: ...

    def create_sale(self, draft: SaleDraft) -> SaleReceipt:
        """Write. Not repeatable: look up before sending it again."""
        ...

    def update_sale(self, sale: Sale, draft: SaleDraft) -> SaleReceipt:
        """Write: make the sale's lines those of the draft, echoing what is there of others."""
        ...

    def void_sale(self, sale: Sale) -> SaleReceipt:
        """Write: void the sale as it was last read."""
        ...

    def fulfil_sale(self, sale: Sale) -> None:
        """Write: hand the whole sale over. Stated idempotent by the vendor."""
        ...
