"""A transport that keeps, for each request of the client, the call of the table that it was sent for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from syncd.domain.clock import Clock
from syncd.sandbox import RunningSandbox
from syncd.transport import Answer, Call, Transport

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as the sandbox received it, and its answer as the sandbox gave it."""

    dialect: str
    call: Call
    path: str
    query: str
    content_type: str
    sent: bytes
    status: int
    given: bytes
    fault: str | None = None  # that we told the sandbox to have

    def __str__(self) -> str:
        return f"{self.call.method} {self.path}{'?' if self.query else ''}{self.query} -> {self.status}"


class Recorder(Transport):
    """The real transport, unchanged in what it does."""

    def __init__(
        self, sandbox: RunningSandbox, dialect: str, kept: list[Exchange], clock: Clock, headers: Mapping[str, str]
    ) -> None:
        super().__init__(
            side="X-Series", base_url=sandbox.url, clock=clock, deadline=timedelta(seconds=30), headers=headers
        )
        self._log = sandbox.emulator.log
        self._dialect = dialect
        self._kept = kept

    def send(
        self,
        call: Call,
        *,
        path: Mapping[str, str] | None = None,
        query: list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        headers: Callable[[], Mapping[str, str]] | None = None,
    ) -> Answer:
        before, answer = len(self._log.entries), None
        said = {name.lower(): value for name, value in (headers() if headers else {}).items()}
        try:
            answer = super().send(call, path=path, query=query, body=body, headers=headers)
            return answer
        finally:
            for entry in self._log.entries[before:]:
                # Of an answer above 20 kB the sandbox keeps only how many rows it had: then what we got counts.
                given = entry.given if isinstance(entry.given, bytes) else answer.content if answer else b""
                self._kept.append(
                    Exchange(
                        dialect=self._dialect,
                        call=call,
                        path=entry.path,
                        query=entry.query,
                        content_type=said.get("content-type", JSON),
                        sent=entry.sent,
                        status=entry.status or 0,
                        given=given,
                        fault=entry.fault,
                    )
                )
