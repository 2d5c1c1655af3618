"""What the rest of the adapter asks Tryton through: the company that is ours, lists page by page, the server's clock.

How a question gets there is the wire's: JSON-RPC after a log-in, or REST with a key.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol, TypeVar

import msgspec

from syncd.domain.clock import Clock
from syncd.erp.tryton.access import TrytonAccess
from syncd.erp.tryton.encoding import Json
from syncd.erp.tryton.rest import Rest
from syncd.erp.tryton.rpc import Rpc, read_version
from syncd.erp.tryton.wire import Wire
from syncd.errors import NotUnderstood
from syncd.transport import Transport

ROWS_A_REQUEST = 5_000  # about 0.7 s and 1 MB of moves
REQUESTS_A_LIST_MAX = 2_000  # ten million rows: beyond that something is wrong

PREFERENCES = "model.res.user.get_preferences"

Domain = list[Json]
Row = dict[str, Json]
AnyRow = TypeVar("AnyRow")


class _WithId(Protocol):
    id: int


Typed = TypeVar("Typed", bound=_WithId)


class Session:
    """Calls of Tryton's methods in the context of one company and language."""

    def __init__(self, transport: Transport, access: TrytonAccess, clock: Clock) -> None:
        self.server_time: datetime | None = None  # the Date header of the last answer: whole seconds, never ahead
        self._transport = transport
        self._wire: Wire = Rest(transport, access) if access.rest_key else Rpc(transport, access, clock)
        self._language = access.language
        self._lock = threading.Lock()
        self._company = access.company

    @property
    def records_a_write(self) -> int:
        """Of how many records one call may take the same step. Tryton does it for all of them, or for none."""
        return self._wire.records_a_write

    @property
    def company(self) -> int | None:
        """The company whose records we read; the user's own when the settings name none."""
        with self._lock:
            if self._company is None:
                preferences = self._ask(PREFERENCES, [True], {})
                own = preferences.get("company") if isinstance(preferences, dict) else None
                self._company = own if isinstance(own, int) else None
            return self._company

    def of_company(self) -> Domain:
        """The clause that keeps other companies' records out."""
        company = self.company
        return [] if company is None else [["company", "=", company]]

    def version(self) -> str:
        return read_version(self._transport)

    def read_clock(self) -> datetime:
        """The time of the server, by the cheapest question that is answered only to whom it knows."""
        _, answer = self._wire.ask(PREFERENCES, [True], {})
        if (found := _http_date(answer.headers.get("date", ""))) is None:
            raise NotUnderstood("tryton's answers carry no Date header", hint="Let the proxy pass it on.", side="erp")
        return found

    def call(self, name: str, *params: Json, context: Mapping[str, Json] | None = None) -> Json:
        """Call e.g. `model.sale.sale.search_read`. What may go wrong is told by the class of the error."""
        return self._ask(name, list(params), {**self._context(), **(context or {})})

    def search(
        self,
        model: str,
        domain: Domain,
        fields: list[str],
        *,
        context: Mapping[str, Json] | None = None,
        page_size: int = ROWS_A_REQUEST,
    ) -> Iterator[list[Row]]:
        """Pages of rows in the order of their ids."""

        def ask(last: int) -> list[Row]:
            rows = self._list(model, [*domain, ["id", ">", last]], fields, limit=page_size, context=context)
            if not isinstance(rows, list) or not all(isinstance(row, dict) and "id" in row for row in rows):
                raise NotUnderstood(f"tryton answered search_read of {model} with no list of rows", side="erp")
            return rows

        return _pages(model, ask, lambda row: int(row["id"]), page_size)

    def search_typed(
        self, model: str, domain: Domain, kind: type[Typed], fields: list[str], *, page_size: int = ROWS_A_REQUEST
    ) -> Iterator[list[Typed]]:
        """The same, decoded straight into structs with an `id`: for rows that come in tens of thousands."""
        decoder = msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]

        def ask(last: int) -> list[Typed]:
            content = self.rows(model, [*domain, ["id", ">", last]], fields, limit=page_size)
            try:
                return decoder.decode(content)
            except msgspec.DecodeError as error:
                raise NotUnderstood(f"tryton's rows of {model} cannot be read: {error}", side="erp") from error

        return _pages(model, ask, lambda row: row.id, page_size)

    def rows(
        self,
        model: str,
        domain: Domain,
        fields: list[str],
        *,
        limit: int,
        context: Mapping[str, Json] | None = None,
    ) -> bytes:
        """The rows of one request as they came: a JSON list, not yet decoded."""
        params = _list_params(domain, fields, limit)
        result, answer = self._wire.ask_raw(_list_name(model), params, {**self._context(), **(context or {})})
        self.server_time = _http_date(answer.headers.get("date", "")) or self.server_time
        return result

    def _list(
        self, model: str, domain: Domain, fields: list[str], *, limit: int, context: Mapping[str, Json] | None
    ) -> Json:
        return self.call(_list_name(model), *_list_params(domain, fields, limit), context=context)

    def search_all(self, model: str, domain: Domain, fields: list[str]) -> list[Row]:
        return [row for page in self.search(model, domain, fields) for row in page]

    def _ask(self, name: str, params: list[Json], context: Mapping[str, Json]) -> Json:
        result, answer = self._wire.ask(name, params, context)
        self.server_time = _http_date(answer.headers.get("date", "")) or self.server_time
        return result

    def _context(self) -> Row:
        context: Row = {"language": self._language}
        company = self.company
        return context if company is None else context | {"company": company}


def _pages(
    model: str, ask: Callable[[int], list[AnyRow]], id_of: Callable[[AnyRow], int], page_size: int
) -> Iterator[list[AnyRow]]:
    """By key, not by offset: a row that goes must not hide another."""
    last = 0
    for _ in range(REQUESTS_A_LIST_MAX):
        rows = ask(last)
        if rows:
            yield rows
        if len(rows) < page_size:
            return
        if id_of(rows[-1]) <= last:
            raise NotUnderstood(f"the list of {model} does not advance beyond id {last}", side="erp")
        last = id_of(rows[-1])
    raise NotUnderstood(f"the list of {model} has more than {REQUESTS_A_LIST_MAX} pages", side="erp")


def _list_name(model: str) -> str:
    return f"model.{model}.search_read"


def _list_params(domain: Domain, fields: list[str], limit: int) -> list[Json]:
    return [domain, 0, limit, [["id", "ASC"]], fields]


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
