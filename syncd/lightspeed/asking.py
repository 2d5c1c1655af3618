"""Asking X-Series: the dialect's route of a call, the log-in, pages and single things, and answers of no use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec import Raw

from syncd.errors import BadRecord, NotUnderstood, OutsideError, Refused, Unanswered, Unauthorized
from syncd.lightspeed import envelope
from syncd.lightspeed.auth import LogIn
from syncd.lightspeed.calls import DATED_ADJUSTMENTS, Row
from syncd.lightspeed.envelope import Page, Rows
from syncd.lightspeed.paging import read_by_version
from syncd.lightspeed.versions import NEWEST_READ
from syncd.lightspeed.wire import Decoder
from syncd.log import logger
from syncd.transport import Access, Answer, Call, Transport

RENEWALS_MAX = 2  # of a token within one call: each finds a newer one or ends in Unauthorized
SEARCH_PAGE_SIZE = 1_000  # more is cut to 1,000 without a word (FACTS 9)
SEARCH_PAGES_MAX = 20  # twenty thousand rows of one number, code or e-mail: the filter does not work

Query = list[tuple[str, str]]
R = TypeVar("R")
D = TypeVar("D")

_log = logger("lightspeed")


class Asking:
    """One account in one dialect. Thread-safe, keeps nothing."""

    def __init__(
        self,
        transport: Transport,
        *,
        is_classic: bool,
        version: str = "",
        log_in: LogIn | None = None,
        dated_adjustments: bool = False,
    ) -> None:
        self._transport = transport
        self._is_classic = is_classic
        self._version = version or (NEWEST_READ if dated_adjustments else "")
        self._borrowed = DATED_ADJUSTMENTS if dated_adjustments else frozenset[str]()
        self._log_in = log_in

    def _call(self, row: Row) -> Call:
        call = row.classic if self._is_classic else row.dated
        if call is None and row.name in self._borrowed:
            return self._borrowed_call(row)
        if call is None:
            dialect = "classic" if self._is_classic else "dated"
            raise Refused(
                f"{row.name}: the {dialect} API has no such call; nothing was sent",
                side=self._transport.side,
                hint="Set lightspeed.api to a dated version." if self._is_classic else "",
            )
        return call

    def _borrowed_call(self, row: Row) -> Call:
        assert row.dated is not None, "what is borrowed from the dated dialect is there"
        return row.dated

    def _has(self, row: Row) -> bool:
        return (row.classic if self._is_classic else row.dated) is not None

    def _send(
        self,
        row: Row,
        *,
        path: Mapping[str, str] | None = None,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send the call and return its answer, which is JSON or empty. A 401 did nothing: it is sent again, renewed."""
        call = self._call(row)
        place = {"version": self._version, **(path or {})}
        said = dict(headers or {})
        if self._log_in is None:
            answer = self._transport.send(call, path=place, query=query, body=body, headers=lambda: said)
        else:
            answer = self._send_with(self._log_in, call, place, query, body, said)
        self._must_say_json(call, answer)
        return answer

    def _send_with(
        self,
        log_in: LogIn,
        call: Call,
        path: Mapping[str, str],
        query: Query | None,
        body: bytes | None,
        said: dict[str, str],
    ) -> Answer:
        token = log_in.access()
        for _ in range(RENEWALS_MAX):
            headers = {**said, "Authorization": f"Bearer {token}"}
            try:
                return self._transport.send(call, path=path, query=query, body=body, headers=lambda: headers)  # noqa: B023
            except Unauthorized as error:
                newer = log_in.renewed(token)
                if newer == token:
                    raise Unauthorized(error.message, hint=log_in.hint, side=error.side, status=error.status) from error
                token = newer
        last = {**said, "Authorization": f"Bearer {token}"}
        return self._transport.send(call, path=path, query=query, body=body, headers=lambda: last)

    # -------------------------------------------------------------- lists

    def _page(self, row: Row, answer: Answer) -> Page[Raw]:
        """The rows as they came, for what has to look at each by itself."""
        try:
            return envelope.open_page(answer.content)
        except msgspec.DecodeError as error:
            raise self._not_understood(row, f"no list: {error}", answer) from error

    def _typed(self, row: Row, answer: Answer, rows: Rows[D]) -> Page[D]:
        """The rows as structs, decoded in one pass; one that makes no sense is logged and left out."""

        def skip(raw: Raw, problem: str) -> None:
            _log.warning("a row was skipped", call=row.name, row=envelope.id_of(raw), problem=problem)

        try:
            return rows(answer.content, skip)
        except msgspec.DecodeError as error:
            raise self._not_understood(row, f"no list: {error}", answer) from error

    def _translated(self, row: Row, found: Sequence[D], translate: Callable[[D], R]) -> list[R]:
        """Each row that can be understood; the others are logged and left out, so that one stops none."""
        done: list[R] = []
        for one in found:
            try:
                done.append(translate(one))
            except BadRecord as error:
                _log.warning("a row was skipped", call=row.name, row=getattr(one, "id", ""), problem=str(error))
        return done

    def _feed(
        self,
        row: Row,
        rows: Rows[D],
        *,
        after: int,
        size: int,
        query: Query | None = None,
        path: Mapping[str, str] | None = None,
        must_have_version: bool = True,
    ) -> Iterator[list[D]]:
        """A list by version, page by page, as structs."""

        def ask(cursor: int) -> Page[D]:
            asked = [("after", str(cursor)), ("page_size", str(size)), *(query or [])]
            return self._typed(row, self._send(row, path=path, query=asked), rows)

        for page, _ in read_by_version(self._what(row), ask, after=after, must_have_version=must_have_version):
            yield page

    def _searched(self, row: Row, query: Query, what: str) -> Iterator[Raw]:
        """Each row once, on and on by offset until a page brings nothing new."""
        seen, offset = set[str](), 0
        for _ in range(SEARCH_PAGES_MAX):
            paged = [*query, ("page_size", str(SEARCH_PAGE_SIZE)), ("offset", str(offset))]
            page = self._page(row, self._send(row, query=paged))
            new = [raw for raw in page.rows if envelope.id_of(raw) and envelope.id_of(raw) not in seen]
            if not new:
                return
            for raw in new:
                seen.add(envelope.id_of(raw))
                yield raw
            offset += len(page.rows)
        raise self._not_understood(row, f"more than {SEARCH_PAGES_MAX} pages for {what}")

    # -------------------------------------------------------------- single things

    def _one(self, row: Row, answer: Answer) -> Raw | None:
        try:
            return envelope.open_one(answer.content)
        except msgspec.DecodeError as error:
            raise self._not_understood(row, str(error), answer) from error

    def _read_one(self, row: Row, answer: Answer, decode: Decoder[D], translate: Callable[[D], R]) -> R:
        """What a read's answer is about. Raise NotUnderstood, naming the field, when it cannot be translated."""
        found = self._one(row, answer)
        if found is None:
            raise self._not_understood(row, "it holds nothing", answer)
        try:
            return translate(decode(found))
        except (msgspec.DecodeError, BadRecord) as error:
            raise self._not_understood(row, str(error), answer) from error

    def _written(self, row: Row, answer: Answer, decode: Decoder[D], translate: Callable[[D], R]) -> R:
        """What a write's answer is about. Raise Unanswered when it cannot be read: it may have been done."""
        try:
            found = envelope.open_one(answer.content)
            if found is not None:
                return translate(decode(found))
        except (msgspec.DecodeError, BadRecord):
            pass
        raise self._unusable(row, answer)

    def _must_be_json(self, row: Row, answer: Answer) -> None:
        try:
            msgspec.json.decode(answer.content, type=Raw)
        except msgspec.DecodeError as error:
            raise self._unusable(row, answer) from error

    # -------------------------------------------------------------- what is of no use

    def _must_say_json(self, call: Call, answer: Answer) -> None:
        """Raise when something else answered: a log-in page, a proxy, a place that only looks like X-Series."""
        kind = answer.headers.get("content-type", "")
        if not answer.content or not kind or "json" in kind.casefold():
            return
        error: type[OutsideError] = Unanswered if call.access is Access.WRITE else NotUnderstood
        raise error(
            f"{call.name} was answered with {kind.split(';')[0]}, not with JSON",
            side=self._transport.side,
            status=answer.status,
            request_id=answer.request_id,
            body=answer.content[:500].decode("utf-8", "replace"),
            hint="Is this the address of an X-Series account, without a proxy that answers for it?",
        )

    def _what(self, row: Row) -> str:
        return f"{self._transport.side}: {row.name}"

    def _not_understood(self, row: Row, problem: str, answer: Answer | None = None) -> NotUnderstood:
        return NotUnderstood(
            f"the answer to {row.name} makes no sense: {problem}",
            side=self._transport.side,
            status=answer.status if answer else None,
            request_id=answer.request_id if answer else None,
        )

    def _unusable(self, row: Row, answer: Answer) -> Unanswered:
        return Unanswered(
            f"{row.name} was answered with {answer.status} and nothing readable; it may have been done",
            side=self._transport.side,
            status=answer.status,
            request_id=answer.request_id,
            body=answer.content[:500].decode("utf-8", "replace"),
        )
