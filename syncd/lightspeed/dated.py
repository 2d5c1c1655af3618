"""X-Series by its dated API (`/api/2026-07/...`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncd.domain.ids import SaleId
from syncd.domain.sales import Fulfilment, Sale, SaleDraft, SaleReceipt, SaleState
from syncd.errors import NotFound, NotSent, Refused
from syncd.lightspeed import calls, draft_dated, wire, wire_classic
from syncd.lightspeed.auth import LogIn
from syncd.lightspeed.calls import Use
from syncd.lightspeed.client import Client
from syncd.lightspeed.echo import to_json
from syncd.lightspeed.fulfilments import SALES_PER_REQUEST
from syncd.lightspeed.states import FULFILLED_OF
from syncd.lightspeed.translate import lines_of, to_sale
from syncd.lightspeed.versions import FULFIL_MOVED_IN, is_before
from syncd.lightspeed.wire_dated import FulfilRequest
from syncd.transport import Transport


class DatedRetail(Client):
    """The `Retail` port in the dated dialect."""

    products_query = (("include_images", "false"),)
    payment_types_query = (("deleted", "true"),)

    def __init__(
        self,
        transport: Transport,
        version: str,
        *,
        log_in: LogIn | None = None,
        uses: Iterable[Use] | None = None,
    ) -> None:
        super().__init__(transport, is_classic=False, version=version, log_in=log_in, uses=uses)
        self._has_old_routes = is_before(version, FULFIL_MOVED_IN)

    @property
    def keeps_client_ids(self) -> bool:
        return True

    @property
    def fulfils_in_part(self) -> bool:
        return True

    @property
    def tells_levels_together(self) -> bool:
        return True

    def create_sale(self, draft: SaleDraft) -> SaleReceipt:
        row = calls.CREATE_SALE
        return self._receipt(row, self._send(row, body=to_json(draft_dated.create(draft))))

    def update_sale(self, sale: Sale, draft: SaleDraft, *, before: SaleDraft | None = None) -> SaleReceipt:
        row, request = calls.UPDATE_SALE, draft_dated.update(self._open_row(sale), draft, before)
        return self._receipt(row, self._send(row, path={"sale_id": sale.id}, body=to_json(request)))

    def void_sale(self, sale: Sale) -> SaleReceipt:
        current = self._current_row(sale)
        if (now := to_sale(current)).state is SaleState.VOIDED:
            return SaleReceipt(sale.id, now)  # terminal already: nothing to send
        row, request = calls.VOID_SALE, draft_dated.void(current)
        return self._receipt(row, self._send(row, path={"sale_id": sale.id}, body=to_json(request)))

    def close_return(self, sale: Sale, draft: SaleDraft) -> SaleReceipt:
        """What does not come back is taken off while the return is still parked, and seen to be off.

        Whether an update takes off the lines that it leaves out is not stated (dated description, UpdateSale); a return
        that is closed can no longer be mended.
        """
        route, row = calls.UPDATE_SALE, self._open_row(sale)
        if len(lines_of(row)) > len(draft.lines):
            request = draft_dated.reduce_return(row, draft)
            self._send(route, path={"sale_id": sale.id}, body=to_json(request))
            row = self._reduced(sale, draft)
        request = draft_dated.close_return(row, draft)
        return self._receipt(route, self._send(route, path={"sale_id": sale.id}, body=to_json(request)))

    def _reduced(self, sale: Sale, draft: SaleDraft) -> wire.Sale:
        row = self._read_row(sale.id)
        now = None if row is None else to_sale(row)
        if row is None or now is None or now.state is not SaleState.PARKED or now.payments:
            raise NotSent(f"the return {sale.id} is not as it was begun; it was not closed", side=self._transport.side)
        if len(now.lines) != len(draft.lines):
            raise Refused(
                f"the return {sale.id} keeps lines that were taken off; it is not closed",
                side=self._transport.side,
                hint="Finish the parked return in X-Series by hand, then `syncd holds drop`.",
            )
        return row

    def fulfil_sale(self, sale: Sale) -> None:
        """By the route of 2026-07; before it, where that is not found, by the sale's own.

        Which version brought the new route is not said (FACTS 7). A 404 did nothing, whichever of the two it means.
        """
        row = calls.FULFIL_SALE
        try:
            self._must_be_json(row, self._send(row, body=to_json(FulfilRequest(sale.id))))
        except NotFound:
            if not self._has_old_routes or sale.method is None:
                raise
            body = to_json(wire_classic.FulfilRequest(FULFILLED_OF[sale.method]))
            self._fulfil_at(calls.FULFIL_SALE_BEFORE_2026_07, sale, body)

    def read_fulfilments(self, sales: Sequence[SaleId]) -> list[Fulfilment]:
        """All fulfilments of these sales, open and done. They have no version and page by number (FACTS 3b).

        Raise NotUnderstood when one of them makes no sense: without it, it would look as if nothing was handed over.
        """
        found: dict[str, Fulfilment] = {}
        for begin in range(0, len(sales), SALES_PER_REQUEST):
            asked = sales[begin : begin + SALES_PER_REQUEST]
            try:
                for rows in self._fulfilment_pages(asked):
                    for fulfilment in self._understood(calls.FULFILMENTS, rows, asked):
                        found[fulfilment.id] = fulfilment
            except NotFound:
                if not self._has_old_routes:
                    raise
                found.update((one.id, one) for one in self._by_old_routes(asked))
        return list(found.values())

    def _by_old_routes(self, sales: Sequence[SaleId]) -> list[Fulfilment]:
        """Sale by sale: what is done, and the pick lists of what is open."""
        routes = (calls.FULFILMENTS_OF, calls.PICK_LISTS_OF)
        return [one for sale in sales for route in routes for one in self._fulfilments_at(route, sale)]
