"""X-Series by its classic API: `/api/register_sales` (0.9) writes sales, `/api/2.0/...` does the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from syncd.domain.ids import SaleId
from syncd.domain.sales import Fulfilment, Sale, SaleDraft, SaleReceipt, SaleState
from syncd.domain.stock import RetailLevel
from syncd.errors import BadRecord, NotFound, Refused
from syncd.lightspeed import draft_classic, wire
from syncd.lightspeed.calls import CLASSIC, REGISTER_SALE
from syncd.lightspeed.client import Client
from syncd.lightspeed.echo import to_json
from syncd.lightspeed.paging import BULK_PAGE_SIZE
from syncd.lightspeed.states import FULFILLED_OF
from syncd.lightspeed.translate import to_fulfilment, to_sale
from syncd.lightspeed.wire_classic import FulfilRequest
from syncd.log import logger
from syncd.transport import Transport

_log = logger("lightspeed")
_fulfilment = wire.Decoder(wire.Fulfilment)


class ClassicRetail(Client):
    """The `Retail` port in the classic dialect."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, CLASSIC)

    @property
    def keeps_client_ids(self) -> bool:
        return False

    def create_sale(self, draft: SaleDraft) -> SaleReceipt:
        call = CLASSIC.create_sale
        return self._receipt(call, self._send(call, body=to_json(draft_classic.create(draft))))

    def update_sale(self, sale: Sale, draft: SaleDraft) -> SaleReceipt:
        call, request = CLASSIC.update_sale, draft_classic.update(self._open_row(sale), draft)
        return self._receipt(call, self._send(call, body=to_json(request)))

    def void_sale(self, sale: Sale) -> SaleReceipt:
        row = self._current_row(sale)
        if (now := to_sale(row)).state is SaleState.VOIDED:
            return SaleReceipt(sale.id, now)  # terminal already: nothing to send
        call = CLASSIC.void_sale
        return self._receipt(call, self._send(call, body=to_json(draft_classic.void(row))))

    def fulfil_sale(self, sale: Sale) -> None:
        if sale.method is None:
            raise Refused(
                f"sale {sale.id} waits neither for pickup nor for dispatch; nothing was sent",
                side=self._transport.side,
                hint="Look at the sale in X-Series.",
            )
        call, request = CLASSIC.fulfil_sale, FulfilRequest(FULFILLED_OF[sale.method])
        self._must_be_json(call, self._send(call, path={"sale_id": sale.id}, body=to_json(request)))

    def read_fulfilments(self, sales: Sequence[SaleId]) -> list[Fulfilment]:
        """What was handed over, sale by sale: 2.0 lists done fulfilments only (FACTS 19)."""
        return [fulfilment for sale in sales for fulfilment in self._fulfilments_of(sale)]

    def read_levels(self, *, after: int) -> Iterator[list[RetailLevel]]:
        for rows, _ in self._by_version(CLASSIC.levels, after=after, size=BULK_PAGE_SIZE):
            if levels := self._levels(CLASSIC.levels, rows):
                yield levels

    def _read_row(self, sale: SaleId) -> wire.Sale | None:
        """By 2.0, then by 0.9: whether 2.0 shows pending sales one by one is UNCONFIRMED (FACTS 13)."""
        try:
            row = self._row_at(CLASSIC.sale, sale)
        except Refused:
            row = None
        return row if row is not None else self._row_at(REGISTER_SALE, sale)

    def _fulfilments_of(self, sale: SaleId) -> list[Fulfilment]:
        call = CLASSIC.fulfilments
        try:
            rows = self._page(call, self._send(call, path={"sale_id": sale})).rows
        except NotFound:
            return []  # nothing was handed over

        decoded = self._translate(call, rows, _fulfilment, lambda row: row)
        if any(not line.sale_line_item_id for row in decoded for line in row.line_items or ()):
            self._name_sale_lines(decoded, sale)
        found: list[Fulfilment] = []
        for row in decoded:
            try:
                fulfilment = to_fulfilment(row, sale=sale)
            except BadRecord as error:
                _log.warning("a fulfilment was skipped", sale=sale, problem=str(error))
                continue
            if fulfilment is not None and fulfilment.sale == sale:
                found.append(fulfilment)
        return found

    def _name_sale_lines(self, rows: Sequence[wire.Fulfilment], sale_id: SaleId) -> None:
        """2.0's fulfilment lines have an id of their own and name the product only: the sale says which line it is."""
        sale = self.read_sale(sale_id)
        left = list(sale.lines) if sale else []
        for line in (line for row in rows for line in row.line_items or () if not line.sale_line_item_id):
            candidates = [of_sale for of_sale in left if of_sale.id == line.id] or [
                of_sale for of_sale in left if of_sale.product == line.product_id
            ]
            if candidates:
                match = next((c for c in candidates if c.quantity == line.quantity), candidates[0])
                line.sale_line_item_id = match.id
                left.remove(match)
