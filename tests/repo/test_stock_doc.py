"""docs/stock.md says what the code does: its table of signs, and its worked example."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.stock_terms import SETTINGS, BookedBy, Interval, Start, StockTerms, Term, expected, sign
from tests.repo.tree import ROOT

PAGE = (ROOT / "docs" / "stock.md").read_text(encoding="utf-8")
SIGNS = {"−": -1, "0": 0, "+": 1}
# The example's units, as its first table tells them.
UNITS = {term: Decimal(2 if term is Term.OPEN_SALE else 1) for term in Term if term.value in "OSCEVT"}


def the_terms(start: Start, lower: bool, booked_by: BookedBy = BookedBy.NOBODY) -> StockTerms:
    return StockTerms(start, lower, booked_by, timedelta(hours=26))


def rows(heading: str) -> list[list[str]]:
    """The cells of the table after a heading, without its head."""
    table = re.search(r"((?:^\|.*\n)+)", PAGE.partition(f"## {heading}")[2], flags=re.M)
    assert table is not None
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table[1].splitlines()[2:]]


def test_the_table_of_signs_is_that_of_the_code() -> None:
    told = {Term(letter): tuple(SIGNS[cell] for cell in cells) for letter, _, *cells in rows("The formula")}

    assert told == {term: tuple(sign(the_terms(*column), term) for column in SETTINGS) for term in Term}


def test_the_worked_example_names_the_units_that_are_counted_with() -> None:
    told = dict(row[3].split() for row in rows("A worked example for each setting"))

    assert {Term(letter): Decimal(units) for letter, units in told.items()} == UNITS


@pytest.mark.parametrize("column", range(len(SETTINGS)))
def test_the_worked_example_comes_to_what_the_code_expects(column: int) -> None:
    table = PAGE.partition("| | on_hand, lower | on_hand, not | available, lower | available, not |")[2]
    lines = [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:10]]
    cells = {line[0].split()[0]: line[column + 1] for line in lines}
    start = 9 if SETTINGS[column][0] is Start.ON_HAND else 5

    assert int(cells["start"]) == start
    for term, units in UNITS.items():
        told = int(cells[term.value].replace("−", "-") or 0)
        assert told == sign(the_terms(*SETTINGS[column]), term) * units
    wanted = Decimal(cells["expected"])
    assert expected(the_terms(*SETTINGS[column]), Decimal(start), UNITS) == Interval(wanted, wanted)
    by_erp = expected(the_terms(*SETTINGS[column], BookedBy.ERP), Decimal(start), UNITS)
    assert by_erp == Interval(wanted, wanted + 1)
    assert f"{wanted} to {wanted + 1}" in PAGE
