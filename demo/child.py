"""A process of ours: in a group of its own, and gone with everything it started when its block ends."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
STOP_WAIT_S = 10

Sink = IO[bytes] | int | None


@contextmanager
def running(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdout: Sink = None,
    stderr: Sink = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command from the root of the tree while the block lasts."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        # Its own session, so its own group: Ctrl-C in the terminal reaches us alone, and we stop it in order.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    # SIGINT first: a Python program then unwinds, and removes what it had half made.
    for number in (signal.SIGINT, signal.SIGTERM):
        if process.poll() is None:
            _signal_group(process, number)
            try:
                process.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                continue
    _signal_group(process, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass  # the whole group has ended
