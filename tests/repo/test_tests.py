"""A test that asserts nothing is green whatever happens."""

import ast
import socket

import pytest

from tests.conftest import BeyondThisMachine
from tests.repo.tree import nodes, place

ASSERTS = {"raises", "warns", "fail", "check"}  # of pytest


def test_every_test_asserts_something():
    functions = [
        (path, node) for path, node in nodes("tests") if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    asserting = _names_that_assert([node for _, node in functions])

    silent = [
        f"{place(path, node)} {node.name}"
        for path, node in functions
        if node.name.startswith("test_") and not _asserts(node, asserting)
    ]

    assert silent == []


def test_a_connection_to_another_machine_is_refused():
    documentation_address = ("192.0.2.1", 9)  # RFC 5737: nobody is there

    with socket.socket() as outside, pytest.raises(BeyondThisMachine, match="only connect to loopback"):
        outside.connect(documentation_address)


def test_a_connection_on_this_machine_is_let_through():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())

        assert client.getpeername() == server.getsockname()


def _names_that_assert(functions: list[ast.FunctionDef | ast.AsyncFunctionDef]) -> set[str]:
    """Helpers count as assertions, and so do the helpers that call them."""
    asserting = set(ASSERTS)
    while True:
        more = {node.name for node in functions if node.name not in asserting and _asserts(node, asserting)}
        if not more:
            return asserting
        asserting |= more


def _asserts(function: ast.AST, asserting: set[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call) and _called_name(node) in asserting:
            return True
    return False


def _called_name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]
