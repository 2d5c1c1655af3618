"""Every command says what it does."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.repo.tree import ROOT


@pytest.mark.skipif(
    not (ROOT / "syncd/cli/main.py").exists(), reason="there is no command line yet: nothing was looked at"
)
def test_every_command_has_help():
    typer = importlib.import_module("typer.main")
    root = typer.get_command(importlib.import_module("syncd.cli.main").app)

    commands = dict(_walk("syncd", root))

    assert len(commands) > 1
    assert [name for name, command in commands.items() if not (command.help or "").strip()] == []


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for child_name, child in getattr(command, "commands", {}).items():
        yield from _walk(f"{name} {child_name}", child)
