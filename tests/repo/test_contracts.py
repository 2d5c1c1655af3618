"""Arrows between the rooms only point down (pyproject.toml, [tool.importlinter])."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.repo.tree import ROOT

LINT_IMPORTS = str(Path(sys.executable).parent / "lint-imports")


def test_the_import_contracts_hold():
    done = _lint(ROOT)

    assert done.returncode == 0, done.stdout


def test_a_room_that_looks_up_breaks_them(tmp_path):
    shutil.copytree(ROOT / "syncd", tmp_path / "syncd", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "syncd" / "domain" / "looks_up.py").write_text("import httpx\nfrom syncd import store\n")

    done = _lint(tmp_path)

    assert done.returncode == 1, done.stdout
    assert "Rooms only look down BROKEN" in done.stdout
    assert "The domain is plain Python BROKEN" in done.stdout


def _lint(tree: Path) -> subprocess.CompletedProcess[str]:
    # lint-imports puts its working directory first on the path, so it reads the tree it stands in.
    return subprocess.run([LINT_IMPORTS, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False)
