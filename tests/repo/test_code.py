"""House rules about the code that neither ruff nor mypy holds."""

import ast
from pathlib import Path

from tests.repo.tree import ROOT, nodes, place, python_files

EXACT_ROOMS = ("syncd/domain", "syncd/jobs", "syncd/lightspeed", "syncd/erp")  # money and quantities pass here
CATCHES_EVERYTHING = ("syncd/jobs/run.py", "syncd/daemon/")  # one job's crash must not end the others
MOST_LINES = 500
# A reason for adjustments is found again by its name, so making one is no entry of the journal.
WRITERS = {f"syncd/jobs/{name}.py" for name in ("apply", "apply_corrections", "fulfil_sales", "booked")}
WRITES = {
    *(
        "create_sale",
        "update_sale",
        "void_sale",
        "return_sale",
        "close_return",
        "fulfil_sale",
        "fulfil",
        "pick",
        "pack",
    ),
    *("create_customer", "create_address", "create_webhook", "complete_shipments"),
    *("set_levels", "adjust_stock", "create_adjustment_reason"),
}


def test_no_number_becomes_a_float_where_money_passes():
    found = [place(path, node) for path, node in nodes(*EXACT_ROOMS) if _makes_a_float(node)]

    assert found == []


def test_only_what_moves_journal_entries_calls_the_writes_of_the_ports():
    found = {path for path, node in nodes("syncd/jobs") if _calls(node) in WRITES}

    assert {str(path.relative_to(ROOT)) for path in found} == WRITERS


def test_every_moment_has_a_time_zone():
    found = [place(path, node) for path, node in nodes("syncd") if _is_a_naive_moment(node)]

    assert found == []


def test_only_the_runner_of_jobs_catches_everything():
    found = [place(path, node) for path, node in nodes("syncd") if _catches_everything(node)]

    assert [where for where in found if not where.startswith(CATCHES_EVERYTHING)] == []


def test_no_file_is_too_long_to_read_in_one_go():
    lengths = {path: _lines(path) for path in python_files("syncd")}

    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_the_rules_see_what_they_forbid():
    floats = ["float(x)", "x: float = 1", "def f(x: 'float | None'): ...", "def f() -> list[float]: ..."]
    moments = ["datetime.now()", "datetime.datetime.now()", "datetime.utcnow()", "date.today()"]
    catches = ["try: ...\nexcept Exception: ...", "try: ...\nexcept (A, BaseException): ...", "try: ...\nexcept: ..."]

    assert [code for code in floats if not any(map(_makes_a_float, ast.walk(ast.parse(code))))] == []
    assert [code for code in moments if not any(map(_is_a_naive_moment, ast.walk(ast.parse(code))))] == []
    assert [code for code in catches if not any(map(_catches_everything, ast.walk(ast.parse(code))))] == []
    assert not any(map(_catches_everything, ast.walk(ast.parse("try: ...\nexcept BaseException:\n  undo()\n  raise"))))
    assert not any(map(_is_a_naive_moment, ast.walk(ast.parse("datetime.now(UTC); clock.now()"))))


def _calls(node: ast.AST) -> str:
    """The method that is called of one of the ports; of anything else nothing."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return ""
    owner = ast.unparse(node.func.value).rpartition(".")[2]
    return node.func.attr if owner in ("retail", "erp") else ""


def _makes_a_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "float"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _says_float(node.returns)
    if isinstance(node, ast.AnnAssign | ast.arg):
        return _says_float(node.annotation)
    return False


def _says_float(annotation: ast.expr | None) -> bool:
    if annotation is None:
        return False
    inner = list(ast.walk(annotation))
    quoted = [node.value for node in inner if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return any(isinstance(node, ast.Name) and node.id == "float" for node in inner) or any("float" in q for q in quoted)


def _is_a_naive_moment(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    owner = ast.unparse(node.func.value).rpartition(".")[2]
    if owner not in ("datetime", "date"):
        return False
    bare = not node.args and not node.keywords
    return node.func.attr in ("utcnow", "utcfromtimestamp", "today") or (node.func.attr == "now" and bare)


def _catches_everything(node: ast.AST) -> bool:
    """What cleans up and raises again catches nothing."""
    if not isinstance(node, ast.ExceptHandler) or _raises_again(node):
        return False
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")) for kind in caught
    )


def _raises_again(node: ast.ExceptHandler) -> bool:
    return isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
