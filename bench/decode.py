"""How long the client takes to read half a million levels, beside the least that httpx and msgspec can do.

Both sides send the very same requests to the same server, over one kept connection each, in turns. The plain side is
what one would write by hand: post, decode into structs, go on after the last version. Its structs have the client's
fields and exact numbers. A leaner one, with floats, is measured as well, but is not what the ratio is taken against.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import msgspec

from syncd import lightspeed
from syncd.bootstrap import SystemClock
from syncd.transport import Transport

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "sandbox-token"  # noqa: S105, RUF100 - opens the sandbox only
API = "2026-07"
ROWS = 500_000  # of the fixture: 10 outlets, 50,000 products
PAGE_SIZE = 5_000
LIMIT = 10_000_000  # so high that no limit is measured; its headers are sent and read all the same
START_S_MAX = 60
STOP_S_MAX = 10
DEADLINE = timedelta(seconds=30)
NS_A_MS = 1_000_000


class Level(msgspec.Struct, gc=False):
    """A row as exact as the client's."""

    outlet_id: str
    product_id: str
    version: int
    current_inventory_level: Decimal
    quantity_to_procure: Decimal
    deleted_at: str | None = None


class LeanLevel(msgspec.Struct, gc=False):
    """A row as cheap as can be."""

    outlet_id: str
    product_id: str
    version: int
    current_inventory_level: float
    quantity_to_procure: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What one reading took this process. The CPU time is without the server's: that is another process."""

    wall_ms: int
    cpu_ms: int


@dataclass(frozen=True, slots=True)
class Decoding:
    """The medians of all rounds."""

    client: Spent
    plain: Spent
    lean: Spent
    rounds: int

    @property
    def ratio(self) -> float:
        return self.client.wall_ms / self.plain.wall_ms

    def as_row(self) -> dict[str, Any]:
        return {
            "decode_ratio": round(self.ratio, 3),
            "decode_ratio_cpu": round(self.client.cpu_ms / self.plain.cpu_ms, 3),
            "decode_ratio_to_floats": round(self.client.wall_ms / self.lean.wall_ms, 3),
            "decode_rows": ROWS,
            "decode_rounds": self.rounds,
            "decode_client_ms": self.client.wall_ms,
            "decode_plain_ms": self.plain.wall_ms,
            "decode_client_cpu_ms": self.client.cpu_ms,
            "decode_plain_cpu_ms": self.plain.cpu_ms,
        }


def measure(rounds: int, tell: Callable[[str], None]) -> Decoding:
    """Read everything once to warm up, then in turns."""
    with large_sandbox() as url, _client(url) as client, _plain(url, Level) as plain, _plain(url, LeanLevel) as lean:
        readers = {"client": client, "plain": plain, "lean": lean}
        for read in readers.values():
            _timed(read)
        spent: dict[str, list[Spent]] = {name: [] for name in readers}
        for n in range(rounds):
            # Each goes first as often as the others: whoever comes after a pause has it harder.
            names = list(readers)[n % 3 :] + list(readers)[: n % 3]
            for name in names:
                spent[name].append(_timed(readers[name]))
            took = ", ".join(f"{name} {spent[name][-1].wall_ms} ms" for name in readers)
            tell(f"decode, round {n + 1} of {rounds}: {took}")
    client_spent, plain_spent, lean_spent = (_median(each) for each in spent.values())
    return Decoding(client_spent, plain_spent, lean_spent, rounds)


@contextmanager
def large_sandbox() -> Iterator[str]:
    """The sandbox in a process of its own, so that its work is not taken for ours."""
    command = [sys.executable, "-m", "syncd", "sandbox", "--fixture", "large", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"the sandbox did not start: exit code {process.wait(START_S_MAX)}")
        httpx.put(f"{url}/_sandbox/switches", json={"rate_limit": LIMIT}, trust_env=False).raise_for_status()
        yield url
    finally:
        process.terminate()
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def _client(url: str) -> Iterator[Callable[[], int]]:
    transport = Transport(
        side="X-Series", base_url=url, clock=SystemClock(), deadline=DEADLINE, headers=lightspeed.headers(TOKEN)
    )
    retail = lightspeed.connect(transport, API)

    def read() -> int:
        return sum(len(page) for page in retail.read_levels(after=0))

    try:
        yield read
    finally:
        transport.close()


@contextmanager
def _plain(url: str, kind: type[Level] | type[LeanLevel]) -> Iterator[Callable[[], int]]:
    decoder: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(list[kind], strict=False)  # type: ignore[valid-type]
    encoder = msgspec.json.Encoder()

    with httpx.Client(base_url=f"{url}/api/{API}", headers=lightspeed.headers(TOKEN), timeout=30) as http:

        def read() -> int:
            rows, after = 0, 0
            headers = {"Content-Type": "application/json"}
            while True:
                body = encoder.encode({"after": after, "size": PAGE_SIZE, "sort_direction": "asc"})
                answer = http.post("/inventory", content=body, headers=headers)
                answer.raise_for_status()
                page = decoder.decode(answer.content)
                if not page:
                    return rows
                rows += len(page)
                after = page[-1].version

        yield read


def _timed(read: Callable[[], int]) -> Spent:
    gc.collect()
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    rows = read()
    spent = Spent((time.perf_counter_ns() - wall) // NS_A_MS, (time.process_time_ns() - cpu) // NS_A_MS)
    if rows != ROWS:
        raise RuntimeError(f"{rows} rows were read, not {ROWS}")
    return spent


def _median(spent: list[Spent]) -> Spent:
    return Spent(int(median(each.wall_ms for each in spent)), int(median(each.cpu_ms for each in spent)))
