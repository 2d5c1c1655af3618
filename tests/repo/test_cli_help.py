"""Every command says what it does."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.repo.tree import ROOT


@pytest.mark.skipif(
    not (ROOT / "syncd/cli/main.py").exists(), reason="there is no command line yet: nothing was looked at"
)
def test_every_command_has_help():
    typer = importlib.import_module("typer.main")
    main = importlib.import_module("syncd.cli.main")
    root = typer.get_command(main.app_of(main.COMMANDS))

    commands = dict(_walk("syncd", root))

    assert len(commands) > 1
    assert [name for name, command in commands.items() if not (command.help or "").strip()] == []


def test_a_command_does_not_wait_for_what_only_others_need():
    code = "import sys; from syncd.cli.main import app_of, named; app_of(named(['sync', 'stock'])); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    loaded = set(done.stdout.split())
    assert "syncd.cli.sync" in loaded
    assert loaded & {"syncd.cli.run", "syncd.sandbox.app", "apscheduler", "alembic", "http.server"} == set()


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for child_name, child in getattr(command, "commands", {}).items():
        yield from _walk(f"{name} {child_name}", child)
