"""docs/journal.md tells what a death at each failpoint leaves behind: at each that there is, and at no other."""

import re

from tests.repo.tree import ROOT, python_files

NAME = r"[a-z_]+\.[a-z_]+"


def test_every_failpoint_is_told_of_and_none_that_is_gone() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in python_files("syncd/jobs"))
    named = set(re.findall(rf'\.at\("({NAME})"\)', code))
    table = (ROOT / "docs" / "journal.md").read_text(encoding="utf-8").partition("## What a death leaves behind")[2]
    told = {name for row in re.findall(r"^\| (`.+?`) \|", table, flags=re.M) for name in re.findall(NAME, row)}

    assert told == named
    assert len(named) >= 25
