"""What counts as a write, on either side."""

import pytest

from tests.audit.builders import a_request
from tests.audit.writes import requests_between, writes_to_erp, writes_to_xseries

BEFORE = {"stock.move": [{"id": 1, "write_date": "2026-11-02T10:00:00"}]}


def test_the_requests_of_a_command_are_those_between_its_two_looks_at_the_log() -> None:
    log = [a_request(n, write=False) for n in range(1, 6)]

    assert [each["n"] for each in requests_between(log, after=2, up_to=4)] == [3, 4]


def test_reads_are_no_writes() -> None:
    log = [a_request(1, write=False), a_request(2, write=True)]

    assert [each["n"] for each in writes_to_xseries(log)] == [2]


def test_an_erp_that_nobody_touched_shows_no_write() -> None:
    assert writes_to_erp(BEFORE, {"stock.move": list(BEFORE["stock.move"])}) == []


@pytest.mark.parametrize(
    ("rows", "written"),
    [
        pytest.param([{"id": 1, "write_date": "2026-11-02T10:00:01"}], 1, id="written"),
        pytest.param([*BEFORE["stock.move"], {"id": 2, "write_date": None}], 2, id="made"),
        pytest.param([], 1, id="deleted"),
    ],
)
def test_a_record_that_is_not_as_before_was_written(rows: list[dict[str, object]], written: int) -> None:
    assert writes_to_erp(BEFORE, {"stock.move": rows}) == [("stock.move", written)]


def test_the_first_record_of_a_kind_is_a_write() -> None:
    assert writes_to_erp({}, BEFORE) == [("stock.move", 1)]
