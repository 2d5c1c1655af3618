"""Fulfilments: what an outlet hands over of a sale, and the steps towards it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from syncd.domain.ids import SaleId
from syncd.domain.sales import Fulfilment, FulfilmentStep, Sale
from syncd.errors import BadRecord, NotFound
from syncd.lightspeed import calls, wire
from syncd.lightspeed.asking import Query
from syncd.lightspeed.calls import Row
from syncd.lightspeed.echo import plain, to_json
from syncd.lightspeed.envelope import Rows, open_one
from syncd.lightspeed.sales import Sales
from syncd.lightspeed.translate import to_fulfilment
from syncd.lightspeed.wire_dated import StepLine, StepRequest
from syncd.transport import Answer

# Ids of 36 letters in one address: about 4.5 kB, below the 8 kB that servers take. One less than a page: as a rule each
# sale has one fulfilment, and a page that is not full needs no look for another.
SALES_PER_REQUEST = 99
FULFILMENTS_PAGE_SIZE = 100  # the stated maximum
FULFILMENTS_PAGE_SIZE_DEFAULT = 10  # what a server gives that pays no heed to ours
FULFILMENT_PAGES_MAX = 1_000

_rows = Rows(wire.Fulfilment)


class _Moved(msgspec.Struct):
    id: wire.Text = None
    version: int | None = None


_moved = wire.Decoder(_Moved)


class Fulfilments(Sales):
    """Reading and stepping; whole-sale completion is in the dialects."""

    def pick(self, fulfilment: Fulfilment, steps: Sequence[FulfilmentStep]) -> int:
        """Write: take goods off the shelf. Return the fulfilment's new version, 0 when it was not told.

        Raise Conflict when the fulfilment is not at the version any more that it was read at.
        """
        return self._step(calls.PICK, fulfilment, steps)

    def pack(self, fulfilment: Fulfilment, steps: Sequence[FulfilmentStep]) -> int:
        """Write: pack goods; a negative quantity unpacks. Version and Conflict as for `pick`."""
        return self._step(calls.PACK, fulfilment, steps)

    def fulfil(self, fulfilment: Fulfilment, steps: Sequence[FulfilmentStep]) -> int:
        """Write: hand goods over, all or some. Version and Conflict as for `pick`."""
        return self._step(calls.FULFIL, fulfilment, steps)

    def read_open_fulfilments(self, sales: Sequence[SaleId]) -> list[Fulfilment]:
        """What still waits, by the pick lists of 2.0 and of dated versions before 2026-07; a done one is deleted."""
        return [one for sale in sales for one in self._fulfilments_at(calls.PICK_LISTS_OF, sale)]

    # -------------------------------------------------------------- for the dialects

    def _fulfilment_pages(self, sales: Sequence[SaleId]) -> Iterator[list[wire.Fulfilment]]:
        """Dated: by page number, until a page is empty, short, or brings nothing new.

        Ten rows may be a full page of a server that took its own size.
        """
        row, seen = calls.FULFILMENTS, set[str]()
        for number in range(1, FULFILMENT_PAGES_MAX + 1):
            query: Query = [("sale_id", sale) for sale in sales]
            query += [("page_size", str(FULFILMENTS_PAGE_SIZE)), ("page_number", str(number))]
            page = self._typed(row, self._send(row, query=query), _rows)
            if page.lost:
                raise self._not_understood(row, f"{len(page.lost)} of its rows cannot be read")
            new = {str(one.id) for one in page.rows} - seen
            if page.rows and not new:
                return
            seen |= new
            yield page.rows
            if len(page.rows) not in (FULFILMENTS_PAGE_SIZE, FULFILMENTS_PAGE_SIZE_DEFAULT):
                return
        raise self._not_understood(row, f"more than {FULFILMENT_PAGES_MAX} pages for {len(sales)} sales")

    def _fulfilments_at(self, route: Row, sale: SaleId) -> list[Fulfilment]:
        """One sale's own list, done fulfilments or pick lists. A 404 says that there are none."""
        try:
            page = self._typed(route, self._send(route, path={"sale_id": sale}), _rows)
        except NotFound:
            return []
        if page.lost:
            raise self._not_understood(route, f"sale {sale}: {len(page.lost)} of its rows cannot be read")
        rows = page.rows
        if any(not line.sale_line_item_id for row in rows for line in row.line_items or ()):
            self._name_sale_lines(rows, sale)
        found: list[Fulfilment] = []
        for row in rows:
            try:
                fulfilment = to_fulfilment(row, sale=sale, is_open=route is calls.PICK_LISTS_OF)
            except BadRecord as error:
                raise self._not_understood(route, f"sale {sale}: {error}") from error
            if fulfilment is not None and fulfilment.sale == sale:
                found.append(fulfilment)
        return found

    def _understood(self, route: Row, rows: Sequence[wire.Fulfilment], asked: Sequence[SaleId]) -> Iterator[Fulfilment]:
        """What hands goods of these sales over; of other sales nothing is made, whatever it says."""
        for row in rows:
            if row.sale_id and row.sale_id not in asked:
                continue
            try:
                fulfilment = to_fulfilment(row)
            except BadRecord as error:
                raise self._not_understood(route, f"sale {row.sale_id or '?'}: {error}") from error
            if fulfilment is not None:
                yield fulfilment

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

    def _fulfil_at(self, route: Row, sale: Sale, body: bytes) -> None:
        self._must_be_json(route, self._send(route, path={"sale_id": sale.id}, body=body))

    # -------------------------------------------------------------- the rest

    def _step(self, row: Row, fulfilment: Fulfilment, steps: Sequence[FulfilmentStep]) -> int:
        lines = [StepLine(step.sale_line, plain(step.quantity)) for step in steps]
        request = StepRequest(fulfilment.version, lines)
        answer = self._send(row, path={"fulfillment_id": fulfilment.id}, body=to_json(request))
        return self._new_version(row, answer)

    def _new_version(self, row: Row, answer: Answer) -> int:
        try:
            found = open_one(answer.content)
            return (_moved(found).version or 0) if found is not None else 0
        except msgspec.DecodeError as error:
            raise self._unusable(row, answer) from error
