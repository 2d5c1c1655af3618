"""One sandbox for all tests of a worker, put back to the fixture before each."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from syncd.sandbox import RunningSandbox

from .builders import Shop


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSandbox]:
    with RunningSandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def client(running: RunningSandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer sandbox-token"}
    # No TLS on loopback: loading the certificates would cost more than all requests of a test.
    with httpx.Client(base_url=running.url, headers=headers, timeout=5, trust_env=False, verify=False) as client:
        yield client


@pytest.fixture
def shop(client: httpx.Client) -> Shop:
    client.post("/_sandbox/reset", json={"fixture": "demo"})
    return Shop(client)
