"""What both dialects do alike: asking, paging, skipping rows that make no sense, and reading answers to writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec
from msgspec import Raw

from syncd.domain.catalogue import Product, Reference
from syncd.domain.ids import ProductId, SaleId
from syncd.domain.ports import Finding
from syncd.domain.sales import SOURCE_TYPE, Sale, SaleReceipt, SalesPage, SaleState
from syncd.domain.stock import RetailLevel
from syncd.errors import BadRecord, NotFound, NotSent, NotUnderstood, Unanswered
from syncd.lightspeed import catalogue, wire
from syncd.lightspeed.calls import Calls
from syncd.lightspeed.paging import BULK_PAGE_SIZE, FEED_PAGE_SIZE, read_by_version
from syncd.lightspeed.translate import to_sale, to_text
from syncd.log import logger
from syncd.transport import Answer, Call, Transport

SEARCH_PAGE_SIZE = 1_000  # more is cut to 1,000 without a word (FACTS 9)
SEARCH_PAGES_MAX = 20  # twenty thousand sales of one invoice number: the filter does not work

Query = list[tuple[str, str]]
R = TypeVar("R")
D = TypeVar("D")

_log = logger("lightspeed")

_sale = wire.Decoder(wire.Sale)
_level = wire.Decoder(wire.Level)
_product = wire.Decoder(wire.Product)
_user = wire.Decoder(wire.User)


class Client:
    """The reads that differ in their paths only. `dated.py` and `classic.py` add the rest of the port."""

    products_query: tuple[tuple[str, str], ...] = ()
    payment_types_query: tuple[tuple[str, str], ...] = ()

    def __init__(self, transport: Transport, calls: Calls, *, version: str = "") -> None:
        self._transport = transport
        self._calls = calls
        self._version = version

    # -------------------------------------------------------------- the port

    def check(self) -> list[Finding]:
        """Whose token this is. A token that is not accepted raises Unauthorized, a missing scope Forbidden."""
        row = self._one(self._calls.user, self._send(self._calls.user))
        try:
            user = None if row is None else _user(row)
        except msgspec.DecodeError:
            user = None
        if user is None:
            hint = "Is this the address of an X-Series account? Look at lightspeed.domain_prefix or lightspeed.url."
            return [Finding("lightspeed token", False, "the token is accepted, but whose it is cannot be read", hint)]
        name = user.username or user.display_name or user.id
        return [Finding("lightspeed token", True, f"accepted, it belongs to the user {name}")]

    def read_sales(self, *, after: int) -> Iterator[SalesPage]:
        skipped_to: int | None = None
        for rows, reached in self._by_version(self._calls.sales, after=after, size=FEED_PAGE_SIZE):
            sales = self._feed_rows(rows, reached)
            # A page of nothing but unreadable rows is not handed on: without rows it would look like the end.
            skipped_to = None if sales else reached
            if sales:
                yield SalesPage(sales, reached)
        yield SalesPage((), skipped_to)

    def read_sale(self, sale: SaleId) -> Sale | None:
        row = self._read_row(sale)
        if row is None:
            return None
        try:
            return to_sale(row)
        except BadRecord as error:
            raise self._not_understood(self._calls.sale, str(error)) from error

    def find_sales(self, *, invoice_number: str) -> list[Sale]:
        """Rows of search may be dated, 2.0 or bare ids: what is not a whole sale is read again by its id."""
        found: list[Sale] = []
        for raw in self._search(invoice_number):
            sale = self._whole_sale(raw)
            if sale is None:
                said = self._peek_invoice_number(raw)
                if said is None or said == invoice_number:
                    sale = self.read_sale(SaleId(wire.id_of(raw)))
            if sale is not None and sale.invoice_number == invoice_number:
                found.append(sale)
        return found

    def read_references(self) -> list[Reference]:
        deleted = [("deleted", "true")]  # so that a name in the config can be told to be gone
        calls = self._calls
        return [
            *self._references(calls.outlets, wire.Outlet, catalogue.to_outlet, deleted),
            *self._references(calls.registers, wire.Register, catalogue.to_register, deleted),
            *catalogue.to_users(self._references(calls.users, wire.User, _same, [])),
            *self._references(calls.taxes, wire.Tax, catalogue.to_tax, []),
            *self._references(
                calls.payment_types, wire.PaymentType, catalogue.to_payment_type, [*self.payment_types_query]
            ),
        ]

    def read_products(self, *, after: int) -> Iterator[list[Product]]:
        query = [("deleted", "true"), *self.products_query]
        for rows, reached in self._by_version(self._calls.products, after=after, size=BULK_PAGE_SIZE, query=query):
            products = self._translate(self._calls.products, rows, _product, catalogue.to_product)
            if products:
                _log.debug("products read", count=len(products), version=reached)
                yield products

    def read_levels_of(self, products: Sequence[ProductId]) -> list[RetailLevel]:
        found: list[RetailLevel] = []
        call = self._calls.levels_of
        for product in products:
            try:
                answer = self._send(call, path={"product_id": product}, query=[("page_size", str(BULK_PAGE_SIZE))])
            except NotFound:
                continue  # X-Series knows no such product, so it has no level of it
            levels = self._levels(call, self._page(call, answer).rows)
            found += [level for level in levels if level.product == product]
        return found

    # -------------------------------------------------------------- for the dialects

    def _read_row(self, sale: SaleId) -> wire.Sale | None:
        return self._row_at(self._calls.sale, sale)

    def _row_at(self, call: Call, sale: SaleId) -> wire.Sale | None:
        try:
            answer = self._send(call, path={"sale_id": sale})
        except NotFound:
            return None
        row = self._one(call, answer)
        if row is None:
            return None
        try:
            return _sale(row)
        except msgspec.DecodeError as error:
            raise self._not_understood(call, f"sale {sale}: {error}") from error

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

    def _receipt(self, call: Call, answer: Answer) -> SaleReceipt:
        """The answer to a write. Only the id can be counted on (FACTS 18); an answer without one may have been done."""
        try:
            raw = wire.open_one(answer.content)
        except msgspec.DecodeError:
            raw = None
        sale_id = "" if raw is None else wire.id_of(raw)
        if raw is None or not sale_id:
            raise self._unusable(call, answer)
        try:
            row = _sale(raw)
            # An answer that does not speak of lines is no echo; one with an empty list is, and shows an empty sale.
            echo = to_sale(row) if row.shows_lines else None
        except (msgspec.DecodeError, BadRecord):
            echo = None
        return SaleReceipt(SaleId(sale_id), echo)

    def _must_be_json(self, call: Call, answer: Answer) -> None:
        try:
            msgspec.json.decode(answer.content, type=Raw)
        except msgspec.DecodeError as error:
            raise self._unusable(call, answer) from error

    def _levels(self, call: Call, rows: Sequence[Raw]) -> list[RetailLevel]:
        found = self._translate(call, rows, _level, catalogue.to_level)
        return [level for level in found if level is not None]

    def _send(
        self, call: Call, *, path: dict[str, str] | None = None, query: Query | None = None, body: bytes | None = None
    ) -> Answer:
        return self._transport.send(call, path={"version": self._version, **(path or {})}, query=query, body=body)

    def _page(self, call: Call, answer: Answer) -> wire.Page:
        try:
            return wire.open_page(answer.content)
        except msgspec.DecodeError as error:
            raise self._not_understood(call, f"no list: {error}", answer) from error

    def _translate(
        self, call: Call, rows: Sequence[Raw], decode: Callable[[Raw], D], translate: Callable[[D], R]
    ) -> list[R]:
        """Each row that can be understood; the others are logged and left out, so that one stops none."""
        found: list[R] = []
        for row in rows:
            try:
                found.append(translate(decode(row)))
            except (msgspec.DecodeError, BadRecord) as error:
                _log.warning("a row was skipped", call=call.name, row=wire.id_of(row), problem=str(error))
        return found

    def _by_version(
        self, call: Call, *, after: int, size: int, query: Query | None = None, must_have_version: bool = True
    ) -> Iterator[tuple[list[Raw], int]]:
        def ask(cursor: int) -> wire.Page:
            asked = [("after", str(cursor)), ("page_size", str(size)), *(query or [])]
            return self._page(call, self._send(call, query=asked))

        what = f"{self._transport.side}: {call.name}"
        return read_by_version(what, ask, after=after, must_have_version=must_have_version)

    # -------------------------------------------------------------- the rest

    def _one(self, call: Call, answer: Answer) -> Raw | None:
        try:
            return wire.open_one(answer.content)
        except msgspec.DecodeError as error:
            raise self._not_understood(call, str(error), answer) from error

    def _feed_rows(self, rows: Sequence[Raw], reached: int) -> tuple[Sale, ...]:
        """The page's sales. A row that makes no sense is left out with a log line, unless it is one of ours."""
        found: list[Sale] = []
        for row in rows:
            try:
                found.append(to_sale(_sale(row), version=reached))
            except (msgspec.DecodeError, BadRecord) as error:
                if wire.source_type_of(row).casefold() == SOURCE_TYPE:
                    problem = f"our own sale {wire.id_of(row)} cannot be understood: {error}"
                    raise self._not_understood(self._calls.sales, problem) from error
                _log.warning("a sale was skipped", sale=wire.id_of(row), problem=str(error))
        return tuple(found)

    def _search(self, invoice_number: str) -> Iterator[Raw]:
        """Each row once, on and on by offset until a page brings nothing new."""
        call, seen, offset = self._calls.search, set[str](), 0
        for _ in range(SEARCH_PAGES_MAX):
            query = [
                ("type", "sales"),
                ("invoice_number", invoice_number),
                ("page_size", str(SEARCH_PAGE_SIZE)),
                ("offset", str(offset)),
            ]
            page = self._page(call, self._send(call, query=query))
            new = [row for row in page.rows if wire.id_of(row) and wire.id_of(row) not in seen]
            if not new:
                return
            for row in new:
                seen.add(wire.id_of(row))
                yield row
            offset += len(page.rows)
        raise self._not_understood(call, f"more than {SEARCH_PAGES_MAX} pages for invoice number {invoice_number}")

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

    def _references(self, call: Call, kind: type[D], translate: Callable[[D], R], query: Query) -> list[R]:
        rows: dict[str, Raw] = {}
        for page, _ in self._by_version(call, after=0, size=FEED_PAGE_SIZE, query=query, must_have_version=False):
            rows.update((wire.id_of(row), row) for row in page)
        return self._translate(call, list(rows.values()), wire.Decoder(kind), translate)

    def _not_understood(self, call: Call, problem: str, answer: Answer | None = None) -> NotUnderstood:
        return NotUnderstood(
            f"the answer to {call.name} makes no sense: {problem}",
            side=self._transport.side,
            status=answer.status if answer else None,
            request_id=answer.request_id if answer else None,
        )

    def _unusable(self, call: Call, answer: Answer) -> Unanswered:
        return Unanswered(
            f"{call.name} was answered with {answer.status} and nothing readable; it may have been done",
            side=self._transport.side,
            status=answer.status,
            request_id=answer.request_id,
            body=answer.content[:500].decode("utf-8", "replace"),
        )


def _same(row: D) -> D:
    return row
