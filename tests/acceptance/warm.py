"""The command `syncd` without its start: one process has everything imported, and forks for every command.

A fork is a process of its own, with its own arguments, environment, folder and output, and ends as the installed
command does. What runs in the background (`Shop.start`) is the installed command itself.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).parents[2]
REQUEST_BYTES_MAX = 1 << 17
NUMBER_BYTES_MAX = 64


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def run(words: Sequence[str], *, env: Mapping[str, str], folder: Path, seconds_max: int) -> Ended:
    """Run `syncd` with these words to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = _forks().run({"words": list(words), "env": dict(env), "folder": str(folder)}, out, err, seconds_max)
        return Ended(code, _text(out), _text(err))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def _forks() -> _Forks:
    """One for this process and all its tests."""
    return _Forks()


class _Forks:
    """The caller's side. The other ends when this process does."""

    def __init__(self) -> None:
        self._wire, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, REQUEST_BYTES_MAX)
        with theirs:
            fd = theirs.fileno()
            command = [sys.executable, "-m", "tests.acceptance.warm", str(fd)]
            self._process = subprocess.Popen(command, pass_fds=[fd], cwd=ROOT, stdin=subprocess.DEVNULL)

    def run(self, request: Mapping[str, object], out: IO[bytes], err: IO[bytes], seconds_max: int) -> int:
        self._wire.settimeout(None)
        socket.send_fds(self._wire, [json.dumps(request).encode()], [out.fileno(), err.fileno()])
        pid = int(self._wire.recv(NUMBER_BYTES_MAX))
        self._wire.settimeout(seconds_max)
        try:
            return int(self._wire.recv(NUMBER_BYTES_MAX))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            self._wire.settimeout(None)
            self._wire.recv(NUMBER_BYTES_MAX)
            raise TimeoutError(f"syncd {request['words']} did not end within {seconds_max} s") from None


def _serve(wire: socket.socket) -> None:
    """Fork for every request. Returns in the forks, where `syncd` is to be run, and when the caller has ended."""
    while True:
        text, fds, _, _ = socket.recv_fds(wire, REQUEST_BYTES_MAX, 2)
        if not text:
            os._exit(0)
        pid = os.fork()
        if not pid:
            wire.close()
            _become(json.loads(text), fds)
            return
        for fd in fds:
            os.close(fd)
        wire.send(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        wire.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(request: dict[str, object], fds: Sequence[int]) -> None:
    for place, fd in enumerate(fds, start=1):
        os.dup2(fd, place)
        os.close(fd)
    os.chdir(str(request["folder"]))
    env = request["env"]
    assert isinstance(env, dict)
    os.environ.clear()
    os.environ.update(env)
    words = request["words"]
    assert isinstance(words, list)
    sys.argv = ["syncd", *words]


if __name__ == "__main__":
    # Imported before the first fork, or every fork would do it again. Some of it is imported late: by the first wire.
    import sqlite3  # noqa: F401

    import httpx

    import syncd.store.migrations.upgrade  # noqa: F401
    from syncd.cli.main import COMMANDS, app_of, main

    app_of(COMMANDS)  # imports each of them

    httpx.HTTPTransport().close()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    main()
