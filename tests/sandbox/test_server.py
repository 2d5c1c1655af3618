"""The sandbox as a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys

import httpx

from syncd.sandbox import RunningSandbox

PROGRAM = """
from syncd.sandbox import serve
serve(0, "empty", announce=lambda url: print(url, flush=True))
"""


def test_it_takes_a_free_port_and_announces_when_it_answers() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            health = httpx.get(f"{url}/_sandbox/health", trust_env=False, verify=False)
        finally:
            process.terminate()

    assert url.startswith("http://127.0.0.1:")
    assert health.json() == {"ok": True, "token": "sandbox-token"}


def test_two_sandboxes_stand_side_by_side() -> None:
    with RunningSandbox() as one, RunningSandbox("empty") as other:
        counts = [
            len(httpx.get(f"{each.url}/_sandbox/state", trust_env=False, verify=False).json()["products"])
            for each in (one, other)
        ]

    assert counts == [52, 0]


def test_a_client_that_dies_while_it_sends_has_asked_for_nothing() -> None:
    head = "POST /api/register_sales HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += "Authorization: Bearer sandbox-token\r\nContent-Length: 1000\r\n\r\n"
    with RunningSandbox() as sandbox:
        for begun in ("", '{"source": "ACME"'):
            with socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2]))) as client:
                client.sendall(f"{head}{begun}".encode())
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""
        sales = httpx.get(f"{sandbox.url}/_sandbox/state", trust_env=False, verify=False).json()["sales"]
        log = httpx.get(f"{sandbox.url}/_sandbox/log", trust_env=False, verify=False).json()["requests"]

    assert (sales, log) == ([], [])
