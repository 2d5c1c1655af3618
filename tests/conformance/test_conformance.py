"""`make conformance` as a test: what our client says and the sandbox answers is what the descriptions say."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest

from tests.conformance.descriptions import NotThere, folder, operation_of
from tests.conformance.exercise import Shop
from tests.conformance.mutations import MUTATIONS, Mutation, caught
from tests.conformance.run import OPERATIONS_MIN, Report, run
from tests.conformance.validation import wrong_answer, wrong_request

MUTATIONS_MIN = 20

pytestmark = pytest.mark.xdist_group("conformance")  # one run of the exercise for all of them


@functools.cache
def done() -> tuple[Report, dict[str, Shop]]:
    return run()


@pytest.fixture(autouse=True)
def _descriptions() -> None:
    try:
        folder()
    except NotThere as error:
        pytest.skip(f"nothing was validated: {error}")


def test_every_call_in_both_dialects_is_as_described() -> None:
    report, _ = done()

    assert report.deviations == []
    assert [str(line) for line in report.uncovered] == []
    assert len(report.lines) >= OPERATIONS_MIN
    assert str(report) == f"conformance: {len(report.lines)} operations, 0 deviations, 0 uncovered"


def test_there_are_mutations_enough() -> None:
    assert len({str(mutation) for mutation in MUTATIONS}) == len(MUTATIONS) >= MUTATIONS_MIN


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_request_made_wrong_is_caught(mutation: Mutation) -> None:
    _, shops = done()

    assert caught(mutation, shops[mutation.dialect]) != []


@pytest.mark.parametrize("dialect", ["dated", "classic"])
def test_an_answer_of_the_wrong_type_is_caught(dialect: str) -> None:
    exchange = next(
        each for each in done()[1][dialect].exchanges if each.call.name == "get sale" and each.status == 200
    )
    operation = operation_of(exchange.call)
    assert operation is not None

    assert wrong_answer(exchange, operation) == []
    assert wrong_answer(replace(exchange, given=b'{"data": {"id": 5}}'), operation) != []
    assert wrong_answer(replace(exchange, given=b"<html>"), operation) != []
    assert wrong_answer(replace(exchange, status=299), operation) == ["status 299 is not declared"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("after=0&page_size=200&date_from=2026-01-01", "undeclared parameter date_from"),
        ("after=x", "parameter after=x is not as declared"),
        ("after=1&after=2", "parameter after comes 2 times"),
    ],
)
def test_a_wrong_parameter_is_caught(query: str, said: str) -> None:
    _, shops = done()
    exchange = next(each for each in shops["dated"].exchanges if each.call.name == "list sales")
    operation = operation_of(exchange.call)
    assert operation is not None

    assert wrong_request(replace(exchange, query=query), operation, {}) == [said]
