"""X-Series by its dated API (`/api/2026-07/...`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Raw

from syncd.domain.ids import SaleId
from syncd.domain.sales import Fulfilment, Sale, SaleDraft, SaleReceipt, SaleState
from syncd.domain.stock import RetailLevel
from syncd.lightspeed import draft_dated, wire
from syncd.lightspeed.calls import DATED
from syncd.lightspeed.client import Client, Query
from syncd.lightspeed.echo import to_json
from syncd.lightspeed.paging import DATED_LEVELS_PAGE_SIZE, read_by_version
from syncd.lightspeed.translate import to_fulfilment, to_sale
from syncd.lightspeed.wire_dated import FulfilRequest, InventoryRequest
from syncd.transport import Transport

SALES_PER_REQUEST = 50  # ids of 36 letters in one address: about 2.3 kB, far below the 8 kB that servers take
FULFILMENTS_PAGE_SIZE = 100  # the stated maximum
FULFILMENTS_PAGE_SIZE_DEFAULT = 10  # what a server gives that pays no heed to ours
FULFILMENT_PAGES_MAX = 1_000

_fulfilment = wire.Decoder(wire.Fulfilment)


class DatedRetail(Client):
    """The `Retail` port in the dated dialect."""

    products_query = (("include_images", "false"),)
    payment_types_query = (("deleted", "true"),)

    def __init__(self, transport: Transport, version: str) -> None:
        super().__init__(transport, DATED, version=version)

    @property
    def keeps_client_ids(self) -> bool:
        return True

    def create_sale(self, draft: SaleDraft) -> SaleReceipt:
        call = DATED.create_sale
        return self._receipt(call, self._send(call, body=to_json(draft_dated.create(draft))))

    def update_sale(self, sale: Sale, draft: SaleDraft) -> SaleReceipt:
        call, request = DATED.update_sale, draft_dated.update(self._open_row(sale), draft)
        return self._receipt(call, self._send(call, path={"sale_id": sale.id}, body=to_json(request)))

    def void_sale(self, sale: Sale) -> SaleReceipt:
        row = self._current_row(sale)
        if (now := to_sale(row)).state is SaleState.VOIDED:
            return SaleReceipt(sale.id, now)  # terminal already: nothing to send
        call, request = DATED.void_sale, draft_dated.void(row)
        return self._receipt(call, self._send(call, path={"sale_id": sale.id}, body=to_json(request)))

    def fulfil_sale(self, sale: Sale) -> None:
        call = DATED.fulfil_sale
        self._must_be_json(call, self._send(call, body=to_json(FulfilRequest(sale.id))))

    def read_fulfilments(self, sales: Sequence[SaleId]) -> list[Fulfilment]:
        """All fulfilments of these sales, open and done. They have no version and page by number (FACTS 3b)."""
        found: dict[str, Fulfilment] = {}
        for begin in range(0, len(sales), SALES_PER_REQUEST):
            asked = sales[begin : begin + SALES_PER_REQUEST]
            for rows in self._fulfilment_pages(asked):
                for fulfilment in self._translate(DATED.fulfilments, rows, _fulfilment, to_fulfilment):
                    if fulfilment is not None and fulfilment.sale in asked:
                        found[fulfilment.id] = fulfilment
        return list(found.values())

    def read_levels(self, *, after: int) -> Iterator[list[RetailLevel]]:
        call = DATED.levels

        def ask(cursor: int) -> wire.Page:
            body = to_json(InventoryRequest(after=cursor, size=DATED_LEVELS_PAGE_SIZE))
            return self._page(call, self._send(call, body=body))

        for rows, _ in read_by_version(f"{self._transport.side}: {call.name}", ask, after=after):
            if levels := self._levels(call, rows):
                yield levels

    def _fulfilment_pages(self, sales: Sequence[SaleId]) -> Iterator[list[Raw]]:
        """Until a page is empty or short; ten rows may be a full page of a server that took its own size."""
        call = DATED.fulfilments
        for number in range(1, FULFILMENT_PAGES_MAX + 1):
            query: Query = [("sale_id", sale) for sale in sales]
            query += [("page_size", str(FULFILMENTS_PAGE_SIZE)), ("page_number", str(number))]
            rows = self._page(call, self._send(call, query=query)).rows
            yield rows
            if len(rows) not in (FULFILMENTS_PAGE_SIZE, FULFILMENTS_PAGE_SIZE_DEFAULT):
                return
        raise self._not_understood(call, f"more than {FULFILMENT_PAGES_MAX} pages for {len(sales)} sales")
