"""`make conformance`: every row of the table of calls, by the real client, against the sandbox, in both dialects."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from syncd.lightspeed.calls import TABLE
from syncd.transport import Call
from tests.conformance.descriptions import NotThere, documents, operation_of
from tests.conformance.exercise import CLASSIC, DATED, Shop, exercise
from tests.conformance.validation import wrong_answer, wrong_request

OPERATIONS_MIN = 45


@dataclass
class Line:
    """What came of one row in one dialect."""

    call: Call
    dialect: str
    requests: int = 0
    answers: int = 0
    done: int = 0  # answers that say yes: without one the row is not covered
    deviations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.call.name:30} {self.dialect:8} {self.requests:3} requests validated, "
            f"{self.answers:3} answers validated, {len(self.deviations)} deviations"
        )


@dataclass
class Report:
    lines: list[Line]
    failures: list[str]

    @property
    def deviations(self) -> list[str]:
        return [*self.failures, *(each for line in self.lines for each in line.deviations)]

    @property
    def uncovered(self) -> list[Line]:
        return [line for line in self.lines if not line.done]

    @property
    def is_well(self) -> bool:
        return not self.deviations and not self.uncovered and len(self.lines) >= OPERATIONS_MIN

    def __str__(self) -> str:
        return (
            f"conformance: {len(self.lines)} operations, {len(self.deviations)} deviations, "
            f"{len(self.uncovered)} uncovered"
        )


def run() -> tuple[Report, dict[str, Shop]]:
    """Exercise both dialects and judge all that was said."""
    documents()
    shops = {dialect: exercise(dialect) for dialect in (DATED, CLASSIC)}
    lines, failures = [], []
    for row in TABLE:
        for dialect, call in ((DATED, row.dated), (CLASSIC, row.classic)):
            if call is not None:
                lines.append(_judged(call, shops[dialect]))
    for dialect, shop in shops.items():
        failures += [f"{dialect}: the exercise broke off in {failure}" for failure in shop.failures]
        known = {line.call.name for line in lines if line.dialect == dialect}
        strange = {each.call.name for each in shop.exchanges} - known
        failures += [f"{dialect}: {name} is in no row of the table" for name in sorted(strange)]
    return Report(lines, failures), shops


def _judged(call: Call, shop: Shop) -> Line:
    line, operation = Line(call, shop.dialect), operation_of(call)
    if operation is None:
        line.deviations.append(f"{call.name} ({shop.dialect}): {call.method} {call.path} is in no description")
        return line
    for exchange in shop.exchanges:
        if exchange.call.name != call.name:
            continue
        where = f"{call.name} ({shop.dialect}), {exchange}"
        line.deviations += [f"{where}, request: {each}" for each in wrong_request(exchange, operation, shop.drafts)]
        line.deviations += [f"{where}, answer: {each}" for each in wrong_answer(exchange, operation)]
        line.requests += 1
        line.answers += 1
        line.done += 200 <= exchange.status < 300
    return line


def main(say: Callable[[str], None] = print) -> int:
    """Print the report; 0 when nothing deviates and nothing is left out."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    try:
        report, _ = run()
    except NotThere as error:
        say(f"conformance: SKIPPED, nothing was validated: {error}")
        return 1
    for line in report.lines:
        say(str(line))
        for deviation in dict.fromkeys(line.deviations):
            say(f"  deviation: {deviation}")
        if not line.done:
            say(f"  uncovered: {line.call.name} ({line.dialect})")
    for failure in report.failures:
        say(f"  deviation: {failure}")
    say(str(report))
    return 0 if report.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
