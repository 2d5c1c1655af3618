"""`docs/xseries.md` says what there is: no test, switch, fault or fixture too many or too few."""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import fields
from pathlib import Path

from syncd.sandbox.faults import KINDS
from syncd.sandbox.fixture_list import FIXTURES
from syncd.sandbox.switches import Switches

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "xseries.md"


@functools.cache
def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def first_cells(heading: str) -> list[str]:
    section = text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def functions_in(name: str) -> set[str]:
    tree = ast.parse((HERE / name).read_text(encoding="utf-8"))
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_every_row_of_a_bad_request_names_a_test_that_exists() -> None:
    section = text().split("\n## What it does with each bad request\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith(("| bad", "| ---"))]
    named = [re.findall(r"`(test_\w+\.py)::(test_\w+)`", row) for row in rows]

    assert len(rows) > 50
    assert [row for row, tests in zip(rows, named, strict=True) if len(tests) != 1] == []
    assert [(file, test) for ((file, test),) in named if test not in functions_in(file)] == []


def test_every_file_it_names_exists() -> None:
    assert [name for name in set(re.findall(r"`(test_\w+\.py)", text())) if not (HERE / name).exists()] == []


def test_every_switch_stands_there_once_with_a_file_that_turns_it() -> None:
    names = first_cells("Switches")
    section = text().split("\n## Switches\n")[1]

    assert names == [each.name for each in fields(Switches)]
    for name in names:
        row = re.search(rf"^\| `{name}` \|.*$", section, re.MULTILINE)
        assert row is not None
        files = re.findall(r"`(test_\w+\.py)`", row.group())
        assert any(name in (HERE / file).read_text(encoding="utf-8") for file in files), name


def test_every_fault_and_fixture_stands_there() -> None:
    assert sorted(first_cells("Faults")) == sorted(KINDS)
    assert first_cells("Fixtures") == list(FIXTURES)
