"""A judge who shares code with the judged would share its mistakes."""

import ast
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def imported_by(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


def test_the_auditor_imports_the_standard_library_and_itself_alone() -> None:
    judges = [path for path in FOLDER.glob("*.py") if not path.name.startswith("test_")]

    foreign = {
        path.name: sorted(
            name
            for name in imported_by(path)
            if not name.startswith("tests.audit") and name.partition(".")[0] not in sys.stdlib_module_names
        )
        for path in judges
    }

    assert {name: found for name, found in foreign.items() if found} == {}
    assert "demo_report.py" in foreign


def test_its_tests_import_neither_syncd_nor_the_demo() -> None:
    roots = {name.partition(".")[0] for path in FOLDER.glob("test_*.py") for name in imported_by(path)}

    assert roots & {"syncd", "demo"} == set()
