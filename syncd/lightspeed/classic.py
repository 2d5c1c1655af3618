"""X-Series by its classic API: `/api/register_sales` (0.9) writes sales, `/api/2.0/...` does the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncd.domain.ids import SaleId
from syncd.domain.sales import Fulfilment, Sale, SaleDraft, SaleReceipt, SaleState
from syncd.errors import Refused
from syncd.lightspeed import calls, draft_classic, wire
from syncd.lightspeed.auth import LogIn
from syncd.lightspeed.calls import Use
from syncd.lightspeed.client import Client
from syncd.lightspeed.echo import to_json
from syncd.lightspeed.states import FULFILLED_OF
from syncd.lightspeed.translate import to_sale
from syncd.lightspeed.wire_classic import FulfilRequest
from syncd.transport import Transport


class ClassicRetail(Client):
    """The `Retail` port in the classic dialect."""

    def __init__(
        self,
        transport: Transport,
        *,
        log_in: LogIn | None = None,
        uses: Iterable[Use] | None = None,
        dated_adjustments: bool = False,
    ) -> None:
        super().__init__(transport, is_classic=True, log_in=log_in, uses=uses, dated_adjustments=dated_adjustments)

    @property
    def keeps_client_ids(self) -> bool:
        return False

    @property
    def fulfils_in_part(self) -> bool:
        return False

    @property
    def tells_levels_together(self) -> bool:
        return False

    def create_sale(self, draft: SaleDraft) -> SaleReceipt:
        row = calls.CREATE_SALE
        return self._receipt(row, self._send(row, body=to_json(draft_classic.create(draft))))

    def update_sale(self, sale: Sale, draft: SaleDraft, *, before: SaleDraft | None = None) -> SaleReceipt:
        row, request = calls.UPDATE_SALE, draft_classic.update(self._open_row(sale), draft, before)
        return self._receipt(row, self._send(row, body=to_json(request)))

    def void_sale(self, sale: Sale) -> SaleReceipt:
        current = self._current_row(sale)
        if (now := to_sale(current)).state is SaleState.VOIDED:
            return SaleReceipt(sale.id, now)  # terminal already: nothing to send
        row = calls.VOID_SALE
        return self._receipt(row, self._send(row, body=to_json(draft_classic.void(current))))

    def close_return(self, sale: Sale, draft: SaleDraft) -> SaleReceipt:
        row, request = calls.UPDATE_SALE, draft_classic.close_return(self._open_row(sale), draft)
        return self._receipt(row, self._send(row, body=to_json(request)))

    def fulfil_sale(self, sale: Sale) -> None:
        if sale.method is None:
            raise Refused(
                f"sale {sale.id} waits neither for pickup nor for dispatch; nothing was sent",
                side=self._transport.side,
                hint="Look at the sale in X-Series.",
            )
        self._fulfil_at(calls.FULFIL_SALE, sale, to_json(FulfilRequest(FULFILLED_OF[sale.method])))

    def read_fulfilments(self, sales: Sequence[SaleId]) -> list[Fulfilment]:
        """What was handed over, sale by sale: 2.0 lists done fulfilments only (FACTS 19)."""
        return [fulfilment for sale in sales for fulfilment in self._fulfilments_at(calls.FULFILMENTS_OF, sale)]

    def _read_row(self, sale: SaleId) -> wire.Sale | None:
        """By 2.0, then by 0.9: whether 2.0 shows pending sales one by one is UNCONFIRMED (FACTS 13)."""
        try:
            row = self._row_at(calls.SALE, sale)
        except Refused:
            row = None
        return row if row is not None else self._row_at(calls.REGISTER_SALE, sale)
