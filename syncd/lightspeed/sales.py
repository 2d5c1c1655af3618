"""Sales: the feed, single ones, search, and what their writes have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Raw

from syncd.domain.feed_begin import Glimpse
from syncd.domain.ids import SaleId
from syncd.domain.sales import SOURCE_TYPE, Sale, SaleReceipt, SalesPage, SaleState
from syncd.errors import BadRecord, NotFound, NotSent, NotUnderstood, Unanswered
from syncd.lightspeed import calls, envelope, wire
from syncd.lightspeed.asking import Asking
from syncd.lightspeed.calls import Row
from syncd.lightspeed.envelope import Page
from syncd.lightspeed.paging import FEED_PAGE_SIZE, GLIMPSE_SIZE, read_by_version
from syncd.lightspeed.translate import read_time, to_sale, to_text
from syncd.lightspeed.unreadable import unreadable_sale
from syncd.log import logger
from syncd.transport import Answer

_log = logger("lightspeed")
_sale = wire.Decoder(wire.Sale)


class Sales(Asking):
    """What both dialects do alike with sales."""

    def read_sales(self, *, after: int) -> Iterator[SalesPage]:
        def ask(cursor: int) -> Page[Raw]:
            query = [("after", str(cursor)), ("page_size", str(FEED_PAGE_SIZE))]
            return self._page(calls.SALES, self._send(calls.SALES, query=query))

        skipped_to: int | None = None
        for rows, reached in read_by_version(self._what(calls.SALES), ask, after=after):
            sales = self._feed_rows(rows, reached)
            # A page of nothing but unreadable rows is not handed on: without rows it would look like the end.
            skipped_to = None if sales else reached
            if sales:
                yield SalesPage(sales, reached)
        yield SalesPage((), skipped_to)

    def read_glimpse(self, *, after: int) -> Glimpse:
        query = [("after", str(after)), ("page_size", str(GLIMPSE_SIZE))]
        page = self._page(calls.SALES, self._send(calls.SALES, query=query))
        # Only the dates are looked at: a row that makes no sense otherwise still says when it was changed.
        said = [read_time(envelope.updated_at_of(row)) for row in page.rows]
        newest = max((moment for moment in said if moment is not None), default=None)
        # Not `version.max`, which may lie far above every row (FACTS 13).
        versions = [version for version in page.versions if version is not None]
        return Glimpse(after, max(versions, default=None), newest)

    def read_sale(self, sale: SaleId) -> Sale | None:
        row = self._read_row(sale)
        if row is None:
            return None
        try:
            return to_sale(row)
        except BadRecord as error:
            raise self._not_understood(calls.SALE, str(error)) from error

    def find_sales(self, *, invoice_number: str) -> list[Sale]:
        """Rows of search may be dated, 2.0 or bare ids: what is not a whole sale is read again by its id."""
        query = [("type", "sales"), ("invoice_number", invoice_number)]
        found: list[Sale] = []
        for raw in self._searched(calls.SEARCH_SALES, query, f"invoice number {invoice_number}"):
            sale = self._whole_sale(raw)
            if sale is None:
                said = self._peek_invoice_number(raw)
                if said is None or said == invoice_number:
                    sale = self.read_sale(SaleId(envelope.id_of(raw)))
            if sale is not None and sale.invoice_number == invoice_number:
                found.append(sale)
        return found

    def return_sale(self, sale: Sale) -> SaleReceipt:
        """Write: begin the return of a closed sale. Makes a parked sale of negative quantities, still to be refunded.

        Raise NotSent when the sale is not closed, or has changed since it was read.
        """
        row = self._current_row(sale)
        if to_sale(row).state is not SaleState.CLOSED:
            raise NotSent(f"sale {sale.id} is not closed; nothing was sent", side=self._transport.side)
        return self._receipt(calls.RETURN_SALE, self._send(calls.RETURN_SALE, path={"sale_id": sale.id}))

    # -------------------------------------------------------------- for the dialects

    def _read_row(self, sale: SaleId) -> wire.Sale | None:
        return self._row_at(calls.SALE, sale)

    def _row_at(self, route: Row, sale: SaleId) -> wire.Sale | None:
        try:
            answer = self._send(route, path={"sale_id": sale})
        except NotFound:
            return None
        row = self._one(route, answer)
        if row is None:
            return None
        try:
            return _sale(row)
        except msgspec.DecodeError as error:
            raise self._not_understood(route, f"sale {sale}: {error}", answer) from error

    def _current_row(self, sale: Sale) -> wire.Sale:
        """The whole sale in the vendor's words, to be said again by a write, which replaces all of it (FACTS 22.2).

        Raise NotSent when it is not at the version any more that the caller decided on, or cannot be read.
        """
        try:
            row = self._read_row(sale.id)
            now = None if row is None else to_sale(row)
        except (Unanswered, NotUnderstood, BadRecord) as error:
            raise NotSent(
                f"sale {sale.id} could not be read before the write: {error}", side=self._transport.side
            ) from error
        if row is None or now is None:
            raise NotFound(f"sale {sale.id} is not there any more", side=self._transport.side)
        if now.version and sale.version and now.version != sale.version:
            raise NotSent(
                f"sale {sale.id} is at version {now.version}, not at {sale.version} as it was read; nothing was sent",
                side=self._transport.side,
            )
        return row

    def _open_row(self, sale: Sale) -> wire.Sale:
        """The same for an edit. Raise NotSent when the sale is closed: then it may only be voided (FACTS 22.11)."""
        row = self._current_row(sale)
        if to_sale(row).state not in (SaleState.PENDING, SaleState.PARKED):
            raise NotSent(f"sale {sale.id} is not open any more; nothing was sent", side=self._transport.side)
        return row

    def _receipt(self, route: Row, answer: Answer) -> SaleReceipt:
        """The answer to a write. Only the id can be counted on (FACTS 18); an answer without one may have been done."""
        try:
            raw = envelope.open_one(answer.content)
        except msgspec.DecodeError:
            raw = None
        sale_id = "" if raw is None else envelope.id_of(raw)
        if raw is None or not sale_id:
            raise self._unusable(route, answer)
        try:
            row = _sale(raw)
            # An answer that does not speak of lines is no echo; one with an empty list is, and shows an empty sale.
            echo = to_sale(row) if row.shows_lines else None
        except (msgspec.DecodeError, BadRecord):
            echo = None
        return SaleReceipt(SaleId(sale_id), echo)

    # -------------------------------------------------------------- the rest

    def _feed_rows(self, rows: Sequence[Raw], reached: int) -> tuple[Sale, ...]:
        """The page's sales. A row that makes no sense is left out with a log line.

        Of one of ours at least its id, source and state are handed on: it is known to stand, and stops no other.
        """
        found: list[Sale] = []
        for row in rows:
            try:
                found.append(to_sale(_sale(row), version=reached))
            except (msgspec.DecodeError, BadRecord) as error:
                _log.warning("a sale cannot be understood", sale=envelope.id_of(row), problem=str(error))
                ours = envelope.source_type_of(row).casefold() == SOURCE_TYPE
                known = unreadable_sale(row, version=reached) if ours else None
                if known is not None:
                    found.append(known)
        return tuple(found)

    def _whole_sale(self, raw: Raw) -> Sale | None:
        """The sale when the row shows all that matters: lines, and where it comes from."""
        try:
            row = _sale(raw)
            sale = to_sale(row)
        except (msgspec.DecodeError, BadRecord):
            return None
        return sale if row.shows_lines and row.source is not msgspec.UNSET and sale.version else None

    def _peek_invoice_number(self, raw: Raw) -> str | None:
        try:
            return to_text(_sale(raw).invoice_number) or None
        except msgspec.DecodeError:
            return None
