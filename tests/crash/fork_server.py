"""Starts processes in no time: one process has everything imported, and forks. Each fork can be killed for real.

It reads a line (a JSON list of commands, all started at once) and answers a line: how each of them ended.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.crash.process import Command, live

LIFE_S_MAX = 60.0
REHEARSALS = 160  # about twenty lives, of all trades: what they leave in memory, every fork inherits
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and what it told before."""

    killed: bool  # by SIGKILL, at the place asked for
    told: dict[str, Any]


class ForkServer:
    """The caller's side."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.fork_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=LIFE_S_MAX)  # the end of its input is the end of it

    def run(self, *commands: Command) -> list[Ended]:
        """Start them all, and wait for their ends. Raise RuntimeError when one broke in a way that proves nothing."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([asdict(command) for command in commands]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the fork server is gone")
        return [Ended(**row) for row in json.loads(line)]


def _serve() -> None:
    # Imported before the first fork, or every fork would do it again.
    import sqlite3  # noqa: F401

    import syncd.store.migrations.upgrade  # noqa: F401
    from syncd.bootstrap import settle_memory
    from syncd.log import configure

    nothing = open(os.devnull, "w")  # noqa: SIM115 - for as long as this process lives
    configure(stream=nothing)
    settle_memory()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what the forks log is nobody's answer
    rehearsed = 0
    for line in sys.stdin:
        commands = [Command(**row) for row in json.loads(line)]
        if rehearsed < REHEARSALS and _can_be_rehearsed(commands):
            rehearsed += 1
            ends = [asdict(Ended(killed=False, told=live(commands[0])))]
            configure(stream=nothing)  # the commands of `syncd` have a log of their own
            settle_memory()
        else:
            forks = [_fork(command) for command in commands]
            ends = [asdict(_reap(pid, pipe)) for pid, pipe in forks]
        answers.write(json.dumps(ends) + "\n")
        answers.flush()


def _can_be_rehearsed(commands: Sequence[Command]) -> bool:
    """Whether the server may live it itself: alone, to its end, with all its parts whole and room on the disk."""
    return not any(len(commands) > 1 or one.point or one.sabotage or one.file_bytes_max for one in commands)


def _fork(command: Command) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    os.close(reading)
    try:
        told = live(command)
    except BaseException:  # noqa: BLE001 - the parent judges it; nothing of this fork may go on
        told = {"broken": traceback.format_exc()}
    with os.fdopen(writing, "w") as pipe:
        json.dump(told, pipe)
    os._exit(0)


def _reap(pid: int, pipe: int) -> Ended:
    parts = []
    while True:
        ready, _, _ = select.select([pipe], [], [], LIFE_S_MAX)
        if not ready:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return Ended(killed=False, told={"broken": f"no end within {LIFE_S_MAX} s"})
        part = os.read(pipe, 1 << 16)
        if not part:
            break
        parts.append(part)
    os.close(pipe)
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return Ended(killed, json.loads(b"".join(parts)) if parts else {})


if __name__ == "__main__":
    _serve()
