"""Levels, and what changes them beside sales: adjustments, absolute settings, consignments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from syncd.domain.ids import OutletId, ProductId
from syncd.domain.stock import RetailLevel
from syncd.domain.stock_changes import (
    ADJUSTMENTS_A_REQUEST_MAX,
    REASON_NAME_LENGTH_MAX,
    AdjustmentDraft,
    AdjustmentReason,
    Consignment,
    ConsignmentId,
    ConsignmentLine,
    ConsignmentState,
    StockAdjustment,
)
from syncd.errors import BadRecord, NotFound
from syncd.lightspeed import calls, catalogue, changes
from syncd.lightspeed import wire_goods as wire
from syncd.lightspeed.asking import Asking
from syncd.lightspeed.calls import Row
from syncd.lightspeed.echo import plain, to_json
from syncd.lightspeed.envelope import Page, Rows
from syncd.lightspeed.paging import (
    AVAILABLE_PAGE_SIZE,
    BULK_PAGE_SIZE,
    DATED_LEVELS_PAGE_SIZE,
    REASONS_PAGE_SIZE,
    read_by_version,
)
from syncd.lightspeed.wire import Decoder
from syncd.transport import Answer

PRODUCTS_A_REQUEST = 1_000  # the stated maximum of POST /inventory_levels
AVAILABLE_PAGES_MAX = 1_000
CUSTOM = "CUSTOM"
# What is under way of counts and transfers, by type and status (FACTS 14).
_UNDER_WAY = (
    ("STOCKTAKE", "STOCKTAKE_IN_PROGRESS"),
    ("STOCKTAKE", "STOCKTAKE_IN_PROGRESS_PROCESSED"),
    ("OUTLET", "SENT"),
)

_levels = Rows(wire.Level)
_available = Rows(wire.AvailableLevel)
_adjustments = Rows(wire.Adjustment)
_reasons = Rows(wire.AdjustmentReason)
_reason = Decoder(wire.AdjustmentReason)
_consignments = Rows(wire.Consignment)
_consignment_lines = Rows(wire.ConsignmentLine)


class Stock(Asking):
    """Stock in either dialect. Only the dated one has adjustments."""

    # -------------------------------------------------------------- levels

    def read_levels(self, *, after: int) -> Iterator[list[RetailLevel]]:
        row = calls.LEVELS
        if self._is_classic:
            pages = self._feed(row, _levels, after=after, size=BULK_PAGE_SIZE)
        else:
            pages = (page for page, _ in read_by_version(self._what(row), self._ask_levels, after=after))
        for page in pages:
            if levels := catalogue.to_levels(page):
                yield levels

    def read_levels_of(self, products: Sequence[ProductId]) -> list[RetailLevel]:
        found: list[RetailLevel] = []
        row = calls.LEVELS_OF
        for product in products:
            query = [("page_size", str(BULK_PAGE_SIZE))]
            try:
                answer = self._send(row, path={"product_id": product}, query=query)
            except NotFound:
                continue  # X-Series knows no such product, so it has no level of it
            levels = catalogue.to_levels(self._typed(row, answer, _levels).rows)
            found += [level for level in levels if level.product == product]
        return found

    def read_available(
        self, products: Sequence[ProductId], outlets: Sequence[OutletId] | None = None
    ) -> list[RetailLevel]:
        """What can be sold of these products, many in one request where the dialect has it; without versions."""
        if not self._has(calls.AVAILABLE):
            return [one for one in self.read_levels_of(products) if outlets is None or one.outlet in outlets]
        found: dict[tuple[OutletId, ProductId], RetailLevel] = {}
        for begin in range(0, len(products), PRODUCTS_A_REQUEST):
            some: list[str] = [*products[begin : begin + PRODUCTS_A_REQUEST]]
            for page in self._available_pages(some, [*outlets] if outlets else None):
                for one in self._translated(calls.AVAILABLE, page, changes.to_available):
                    found[one.outlet, one.product] = one
        wanted = set(products)
        return [one for one in found.values() if one.product in wanted and (outlets is None or one.outlet in outlets)]

    def set_levels(self, product: ProductId, levels: Mapping[OutletId, Decimal]) -> None:
        """Write: make these the levels. Absolute: what is sold between our read and this write is lost."""
        row = calls.SET_LEVEL
        rows = [wire.LevelAtOutlet(outlet, plain(level)) for outlet, level in levels.items()]
        body = to_json(wire.ProductRequest(wire.ProductDetails(rows)))
        self._must_be_json(row, self._send(row, path={"product_id": product}, body=body))

    # -------------------------------------------------------------- adjustments

    def read_adjustments(self, *, after: int) -> Iterator[list[StockAdjustment]]:
        """Adjustments above this version, ascending. A read that needs `inventory:write` (FACTS 24)."""
        row = calls.ADJUSTMENTS
        for page in self._feed(row, _adjustments, after=after, size=BULK_PAGE_SIZE):
            if found := self._translated(row, page, changes.to_adjustment):
                yield found

    def adjust_stock(self, drafts: Sequence[AdjustmentDraft]) -> list[StockAdjustment]:
        """Write: change levels by deltas, in the order given. Not repeatable: a blind repeat books them twice."""
        if not 1 <= len(drafts) <= ADJUSTMENTS_A_REQUEST_MAX:
            raise ValueError(f"{len(drafts)} adjustments in one request, 1 to {ADJUSTMENTS_A_REQUEST_MAX} are allowed")
        row = calls.ADJUST
        rows = [
            wire.NewAdjustment(
                product_id=draft.product,
                outlet_id=draft.outlet,
                quantity=f"{plain(draft.quantity):f}",
                reason=CUSTOM,
                custom_inventory_adjustment_reason_id=draft.reason.id,
            )
            for draft in drafts
        ]
        answer = self._send(row, body=to_json(wire.AdjustmentsRequest(rows)))
        return self._booked(row, answer, len(drafts))

    def read_adjustment_reasons(self) -> list[AdjustmentReason]:
        row = calls.REASONS
        found: dict[str, AdjustmentReason] = {}
        for page in self._feed(row, _reasons, after=0, size=REASONS_PAGE_SIZE, must_have_version=False):
            found.update((one.id, one) for one in self._translated(row, page, changes.to_reason))
        return list(found.values())

    def create_adjustment_reason(self, name: str, *, raises: bool) -> AdjustmentReason:
        """Write. Raise Conflict when the name is taken: then it is in the list."""
        if not 1 <= len(name) <= REASON_NAME_LENGTH_MAX:
            raise ValueError(f"the name of a reason has 1 to {REASON_NAME_LENGTH_MAX} letters: {name!r}")
        row = calls.CREATE_REASON
        request = wire.ReasonRequest(name, True, changes.POSITIVE if raises else changes.NEGATIVE)
        return self._written(row, self._send(row, body=to_json(request)), _reason, changes.to_reason)

    # -------------------------------------------------------------- consignments

    def read_consignments(self, *, after: int) -> Iterator[list[Consignment]]:
        """Orders, transfers, counts and returns above this version, ascending."""
        row = calls.CONSIGNMENTS
        for page in self._feed(row, _consignments, after=after, size=BULK_PAGE_SIZE):
            if found := self._translated(row, page, changes.to_consignment):
                yield found

    def read_consignments_under_way(self) -> list[Consignment]:
        """Counts and transfers in progress: levels of their outlets may move any moment."""
        row = calls.CONSIGNMENTS
        found: dict[str, Consignment] = {}
        for kind, status in _UNDER_WAY:
            query = [("type", kind), ("status", status)]
            for page in self._feed(row, _consignments, after=0, size=BULK_PAGE_SIZE, query=query):
                for one in self._translated(row, page, changes.to_consignment):
                    # A filter may be passed over without a word (FACTS 17): what is asked for is looked at again.
                    if one.state is ConsignmentState.UNDER_WAY:
                        found[one.id] = one
        return list(found.values())

    def read_consignment_lines(self, consignment: ConsignmentId) -> list[ConsignmentLine]:
        row = calls.CONSIGNMENT_LINES
        found: dict[str, ConsignmentLine] = {}
        path = {"consignment_id": consignment}
        for page in self._feed(row, _consignment_lines, after=0, size=BULK_PAGE_SIZE, path=path):
            for one in self._translated(row, page, changes.to_consignment_line):
                if one is not None:
                    found[one.product] = one
        return list(found.values())

    # -------------------------------------------------------------- the rest

    def _ask_levels(self, cursor: int) -> Page[wire.Level]:
        body = to_json(wire.InventoryRequest(after=cursor, size=DATED_LEVELS_PAGE_SIZE))
        return self._typed(calls.LEVELS, self._send(calls.LEVELS, body=body), _levels)

    def _available_pages(self, products: list[str], outlets: list[str] | None) -> Iterator[list[wire.AvailableLevel]]:
        """By offset, in an order that a sale does not change, until all was told, or a page brings nothing new."""
        row, seen, offset = calls.AVAILABLE, set[tuple[str, str]](), 0
        asked = {(outlet, product) for outlet in outlets for product in products} if outlets else None
        for _ in range(AVAILABLE_PAGES_MAX):
            request = wire.InventoryLevelsRequest(
                size=AVAILABLE_PAGE_SIZE,
                offset=offset,
                product_ids=products,
                location_ids=outlets,
                sort_type="created_at",
                sort_direction="asc",
                include_inactive=True,
            )
            page = self._typed(row, self._send(row, body=to_json(request)), _available)
            new = {(one.location_id, one.product_id) for one in page.rows} - seen
            if not new:
                return
            yield page.rows
            seen |= new
            if asked is not None and asked <= seen:
                return
            offset += len(page.rows) + len(page.lost)
        raise self._not_understood(row, f"more than {AVAILABLE_PAGES_MAX} pages for {len(products)} products")

    def _booked(self, row: Row, answer: Answer, count: int) -> list[StockAdjustment]:
        """The answer's rows, as many as were asked for; else nobody knows what was booked."""
        try:
            page = _adjustments(answer.content, lambda _raw, _problem: None)
            found = [changes.to_adjustment(one) for one in page.rows]
        except (msgspec.DecodeError, BadRecord) as error:
            raise self._unusable(row, answer) from error
        if len(found) != count:
            raise self._unusable(row, answer)
        return found
