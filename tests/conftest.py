"""What holds for every test: nothing reaches beyond this machine, and a random failure can be had again."""

import gc
import ipaddress
import os
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import hypothesis
import hypothesis.core
import pytest

if TYPE_CHECKING:
    from tests.stores import ServerStores

OBJECTS_BETWEEN_COLLECTIONS = 20_000
SEED_VARIABLE = "SYNCD_HYPOTHESIS_SEED"  # how the workers of pytest-xdist hear of the seed

# Deadlines judge the machine, not the code: a busy runner would fail them at random.
hypothesis.settings.register_profile("here", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")

# Suites that several adapters share are plain modules; this gives their asserts pytest's explanations.
pytest.register_assert_rewrite("tests.contract", "tests.builders", "tests.simulation", "tests.audit")


class BeyondThisMachine(AssertionError):
    """A test tried to reach another machine. Not an OSError, so that no retry or error handling can swallow it."""


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("CI"):
        return  # derandomized: every run draws the same examples
    given = config.getoption("--hypothesis-seed", default=None)
    if given is None:
        seed = os.environ.setdefault(SEED_VARIABLE, str(random.SystemRandom().getrandbits(32)))
        hypothesis.core.global_force_seed = int(seed)


def pytest_collection_finish() -> None:
    """What is imported and collected stays: the collector of cycles need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def pytest_report_header(config: pytest.Config) -> str:
    if os.environ.get("CI"):
        return "hypothesis: derandomized, because CI is set"
    seed = config.getoption("--hypothesis-seed", default=None) or os.environ[SEED_VARIABLE]
    return f"hypothesis: the same examples again with --hypothesis-seed={seed}"


@pytest.fixture(scope="session", autouse=True)
def _stay_on_this_machine() -> Iterator[None]:
    """Guards this process only; the processes a test starts get loopback addresses in their config."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
        yield


@pytest.fixture(scope="session")
def server() -> "Iterator[ServerStores]":
    """A PostgreSQL server, one for each process of pytest-xdist."""
    from tests.stores import GIVEN, open_server  # here, so that tests without a store need nothing of one

    with ExitStack() as stack:
        try:
            stores = stack.enter_context(open_server())
        except ImportError as error:
            pytest.skip(f"PostgreSQL was NOT tested: {error}, and {GIVEN} gives no server")
        yield stores


def _guarded(connect: Any) -> Any:
    def connect_on_this_machine(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            raise BeyondThisMachine(f"a test may only connect to loopback, not to {address[0]}:{address[1]}")
        return connect(self, address)

    return connect_on_this_machine


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
