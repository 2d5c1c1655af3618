"""What syncd needs from an ERP and from X-Series. An adapter that keeps these promises can be plugged in.

Every method may raise the classes of `syncd.errors.OutsideError`; which one says what may be done next. Reads may be
repeated by the adapter; a write is sent exactly once per call, and only what moves journal entries calls it
(`jobs/apply.py`, `jobs/apply_corrections.py`), or what they ask just before sending: an address (`jobs/addresses.py`)
and our two adjustment reasons (`jobs/booked.py`), both looked up first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from syncd.domain.catalogue import Product, Reference
from syncd.domain.customers import Address, AddressDraft, CustomerDraft, CustomerId, RetailCustomer
from syncd.domain.feed_begin import Glimpse
from syncd.domain.ids import LocationId, OrderId, OutletId, ProductId, SaleId, Sku
from syncd.domain.orders import Order, OrderPage, OrderStamp, UnreadableOrder
from syncd.domain.retailer import OutletTax, Retailer, Tax, Webhook
from syncd.domain.sales import Fulfilment, FulfilmentStep, Sale, SaleDraft, SaleReceipt, SalesPage
from syncd.domain.shipments import Completion, Shipment
from syncd.domain.stock import ErpItem, OnHandPage, Reserved, RetailLevel
from syncd.domain.stock_changes import (
    AdjustmentDraft,
    AdjustmentReason,
    Consignment,
    ConsignmentId,
    ConsignmentLine,
    StockAdjustment,
)
from syncd.domain.tokens import Tokens
from syncd.errors import OutsideError


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

    def read_stamps(self, since: datetime) -> Iterator[list[OrderStamp]]:
        """Every order that was made or changed at or after `since`, each once, in few and large requests.

        The digest covers every record the order is read from, so that it also shows what no stamp does. Equal digests
        mean that nothing changed; another one may mean no more than a touched record. In pages, by id.
        """
        ...

    def find_orders(self, reference: str) -> list[OrderId]:
        """Ids of the orders with this number or customer reference."""
        ...

    def read_locations(self) -> list[LocationId]: ...

    def read_shipments(self, orders: Sequence[OrderId]) -> list[Shipment]:
        """All shipments of these orders to their customers, done, open and cancelled, with quantities per line."""
        ...

    def complete_shipments(self, completions: Sequence[Completion]) -> list[Shipment | OutsideError]:
        """Write: take each of these shipments, and no other, through the steps that it still lacks, with exactly its
        quantities; what it holds beyond them stays open, as a backorder of the ERP's own making.

        States are read before the first step and after every step, for all of them together. A shipment that is done
        already is returned as it is. The answers come in the order asked; one that failed stops no other:
        NotEnoughStock or Refused when the ERP cannot complete it, Unanswered when a step's answer was lost.
        """
        ...

    @property
    def items_a_request(self) -> int:
        """How many items `read_on_hand` may be asked for at once."""
        ...

    def read_items(self) -> Iterator[list[ErpItem]]:
        """Every product that the ERP stocks and calls by a SKU, ascending by number, in pages."""
        ...

    def read_moved_items(self, since: datetime) -> list[int] | None:
        """Numbers of the items of which anything came or went at or after `since`; None when it cannot tell."""
        ...

    def read_on_hand(self, location: LocationId, items: Sequence[int]) -> OnHandPage:
        """What stands at this location of these items (given ascending), in one request.

        Raise NotFound when there is no such location.
        """
        ...

    def read_reserved(self, locations: Sequence[LocationId], items: Sequence[int] | None = None) -> list[Reserved]:
        """What is promised and still stands on the shelves of these locations; only of these items when given."""
        ...


class Retail(Protocol):
    """X-Series, in either dialect."""

    @property
    def keeps_client_ids(self) -> bool:
        """True when a create takes the sale's id from us (dated dialect)."""
        ...

    @property
    def fulfils_in_part(self) -> bool:
        """True when some of a sale can be handed over, and its fulfilments say how much (dated dialect)."""
        ...

    @property
    def tells_levels_together(self) -> bool:
        """True when `read_available` is one question for many products (dated dialect)."""
        ...

    def check(self) -> list[Finding]: ...

    def read_sales(self, *, after: int) -> Iterator[SalesPage]:
        """The feed above this version, ascending, up to and including the first page without rows."""
        ...

    def read_glimpse(self, *, after: int) -> Glimpse:
        """One short page of the feed above this version: how far it goes, and its newest date. One request."""
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

    def update_sale(self, sale: Sale, draft: SaleDraft, *, before: SaleDraft | None = None) -> SaleReceipt:
        """Write: make the sale's lines those of the draft, echoing what is there of others.

        Where `before` says what the sale was made of, our words in its note become those of the draft.
        """
        ...

    def void_sale(self, sale: Sale) -> SaleReceipt:
        """Write: void the sale as it was last read."""
        ...

    def fulfil_sale(self, sale: Sale) -> None:
        """Write: hand the whole sale over. Stated idempotent by the vendor."""
        ...

    def fulfil(self, fulfilment: Fulfilment, steps: Sequence[FulfilmentStep]) -> int:
        """Write (dated): hand some of it over. Return the new version. Raise Conflict at a stale one."""
        ...

    # ---- what further jobs use; a call that a dialect does not have raises Refused, with nothing sent

    def return_sale(self, sale: Sale) -> SaleReceipt:
        """Write: begin the return of a closed sale, a new parked one of negative quantities."""
        ...

    def close_return(self, sale: Sale, draft: SaleDraft) -> SaleReceipt:
        """Write: make the parked return's lines those of the draft, refund and close it."""
        ...

    def pick(self, fulfilment: Fulfilment, steps: Sequence[FulfilmentStep]) -> int:
        """Write (dated): so much is off the shelf. Return the new version. Raise Conflict at a stale one."""
        ...

    def pack(self, fulfilment: Fulfilment, steps: Sequence[FulfilmentStep]) -> int:
        """Write (dated): so much is packed; negative unpacks."""
        ...

    def find_products(self, skus: Sequence[Sku]) -> list[Product]:
        """Every product with one of these codes, in any letters' case; SKUs are not unique."""
        ...

    def read_available(
        self, products: Sequence[ProductId], outlets: Sequence[OutletId] | None = None
    ) -> list[RetailLevel]:
        """Levels of many products in few requests; their versions are 0."""
        ...

    def set_levels(self, product: ProductId, levels: Mapping[OutletId, Decimal]) -> None:
        """Write: absolute levels. What is sold between read and write is lost."""
        ...

    def read_adjustments(self, *, after: int) -> Iterator[list[StockAdjustment]]:
        """Adjustments above this version, ascending (dated)."""
        ...

    def adjust_stock(self, drafts: Sequence[AdjustmentDraft]) -> list[StockAdjustment]:
        """Write (dated): deltas, at most 1,000. Not repeatable: look up before sending them again."""
        ...

    def read_adjustment_reasons(self) -> list[AdjustmentReason]: ...

    def create_adjustment_reason(self, name: str, *, raises: bool) -> AdjustmentReason:
        """Write (dated). Raise Conflict when the name is taken."""
        ...

    def read_consignments(self, *, after: int) -> Iterator[list[Consignment]]:
        """Receipts, transfers, counts and returns above this version, ascending."""
        ...

    def read_consignments_under_way(self) -> list[Consignment]:
        """Counts and transfers in progress."""
        ...

    def read_consignment_lines(self, consignment: ConsignmentId) -> list[ConsignmentLine]: ...

    def read_customers(self, *, after: int) -> Iterator[list[RetailCustomer]]:
        """Customers changed above this version, ascending, deleted ones included as inactive."""
        ...

    def find_customers(self, *, code: str = "", email: str = "") -> list[RetailCustomer]:
        """Customers by code or by e-mail; the search may lag."""
        ...

    def read_customer(self, customer: CustomerId) -> RetailCustomer | None: ...

    def create_customer(self, draft: CustomerDraft) -> RetailCustomer:
        """Write. Not repeatable: look up by code before sending it again."""
        ...

    def read_addresses(self, customer: CustomerId) -> list[Address]:
        """All addresses (dated), without their tokens."""
        ...

    def create_address(self, customer: CustomerId, draft: AddressDraft) -> Address:
        """Write (dated). The answer tells the token that a dispatch sale names."""
        ...

    def read_taxes(self) -> list[Tax]:
        """All taxes, each with its rates."""
        ...

    def read_outlet_taxes(self, *, outlet: OutletId | None = None) -> list[OutletTax]: ...

    def read_retailer(self) -> Retailer: ...

    def read_webhooks(self) -> list[Webhook]: ...

    def create_webhook(self, kind: str, url: str) -> Webhook:
        """Write. Raise Conflict when there is one of this kind at this address."""
        ...


class TokenVault(Protocol):
    """Where rotating tokens are kept: apart from the database, so that restoring it cannot roll them back."""

    def read(self) -> Tokens | None:
        """The tokens as they were saved last, by whatever process."""
        ...

    def exclusive(self) -> AbstractContextManager[None]:
        """Hold while tokens are renewed: one refresher at a time, across threads and processes.

        It also makes sure that there is room to save. Raise NotSent when another holds it for too long.
        """
        ...

    def save(self, tokens: Tokens) -> None:
        """Within `exclusive`: on disk for good when this returns."""
        ...


class BudgetLedger(Protocol):
    """Where the numbers of the request budget are left for another process to show."""

    def keep(self, numbers: Mapping[str, str | int | None]) -> None: ...

    def last(self) -> Mapping[str, str | int | None] | None: ...
