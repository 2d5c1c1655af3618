"""The processes of a benchmark: servers of ours that answer on loopback, and commands of which the kernel counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STOP_WAIT_S = 10


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command took of the machine, from its start to its end, and what it said."""

    cpu_s: float
    peak_kb: int
    wall_s: float = 0
    said: str = ""


def run_measured(module: str, *arguments: str) -> Taken:
    """Run a module in a process of its own. Raise RuntimeError when it does not end well."""
    measured = [sys.executable, "-m", "bench.measured", sys.executable, "-m", module, *arguments]
    # An installed syncd is not compiled anew by every command, whatever is set where this is measured.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(measured, cwd=ROOT, env=env, capture_output=True, text=True, check=False)  # noqa: S603, RUF100
    if done.returncode:
        said = f"{done.stdout[-2_000:]}{done.stderr[-4_000:]}"
        raise RuntimeError(f"`{module} {' '.join(arguments)}` ended with {done.returncode}: {said}")
    *printed, last = done.stdout.splitlines()
    found = json.loads(last)
    return Taken(found["cpu_s"], found["peak_kb"], found["wall_s"], "\n".join(printed))


@contextmanager
def answering(module: Sequence[str]) -> Iterator[str]:
    """A module of ours that prints its URL when it listens."""
    process = subprocess.Popen(  # noqa: S603, RUF100 - our own
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"{module[0]} did not start")
        yield url
    finally:
        process.terminate()
        process.wait(STOP_WAIT_S)
        process.stdout.close()
