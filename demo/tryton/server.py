"""A Tryton server of one's own: a copy of the seeded database, a free port, and a stop that always happens."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from demo.tryton.rpc import TrytonError, TrytonRpc
from demo.tryton.seeded import DATABASE, seeded_database, tryton_command, tryton_environment

__all__ = ["RunningTryton", "TrytonDidNotStart", "TrytonError", "TrytonRpc", "seeded_database"]

START_WAIT_S = 300  # of a machine that is busy with something else
START_ATTEMPTS = 3  # another process may take the free port between our finding and Tryton's binding it
ASK_EVERY_S = 0.05
STOP_WAIT_S = 15


class TrytonDidNotStart(Exception):
    """Tryton ended or stayed silent. Its log is named below."""


class RunningTryton:
    """Tryton on loopback with a fresh copy of the seeded database, for as long as the `with` block lasts."""

    def __init__(self, cache_dir: Path, work_dir: Path) -> None:
        self.database = DATABASE
        self.work_dir = work_dir.resolve()
        self.database_file = self.work_dir / f"{DATABASE}.sqlite"
        self.log_file = self.work_dir / "trytond.log"
        self.url = ""
        self.seed: dict[str, Any] = {}
        self._cache_dir = cache_dir
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._take_copy()
        for attempt in range(1, START_ATTEMPTS + 1):
            self.url = f"http://127.0.0.1:{_free_port()}"
            try:
                self.start()
            except TrytonDidNotStart:
                if attempt == START_ATTEMPTS or "Address already in use" not in self._log_text():
                    raise
            else:
                break
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server on our port and wait until it answers. Also after `stop`: the data stay."""
        assert self._process is None, "already started"
        address = self.url.removeprefix("http://")
        environment = tryton_environment(self.work_dir) | {"TRYTOND_WEB__LISTEN": address}
        with self.log_file.open("ab") as log:
            self._process = _spawn([*tryton_command("trytond"), "-d", DATABASE], environment, log)
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:  # also Ctrl-C: nobody else knows of this process yet
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server with everything it started, and wait for it."""
        if self._process is None:
            return
        process, self._process = self._process, None
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _signal_group(process, signal.SIGKILL)
            process.wait()

    @property
    def process_id(self) -> int:
        """The server's process, and the leader of its group."""
        assert self._process is not None, "not started"
        return self._process.pid

    def log_in(self, user: str) -> TrytonRpc:
        """A session of one of the seed's users."""
        rpc = TrytonRpc(self.url, self.database)
        rpc.login(user, self.seed["logins"][user])
        return rpc

    def _take_copy(self) -> None:
        source = seeded_database(self._cache_dir)
        self.work_dir.mkdir(parents=True, exist_ok=True)
        # SQLite's write-ahead log of an earlier run would be played into the new copy.
        for leftover in self.work_dir.glob(f"{DATABASE}.sqlite*"):
            leftover.unlink()
        shutil.copyfile(source, self.database_file)
        self.seed = json.loads(source.with_name("seed.json").read_text(encoding="utf-8"))

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_WAIT_S
        while time.monotonic() < deadline:
            if self._answers():
                return
            try:
                process.wait(ASK_EVERY_S)
            except subprocess.TimeoutExpired:
                continue
            raise TrytonDidNotStart(f"trytond ended with {process.returncode}; see {self.log_file}")
        raise TrytonDidNotStart(f"no answer in {START_WAIT_S} s; see {self.log_file}")

    def _answers(self) -> bool:
        question = json.dumps({"id": 1, "method": "common.server.version", "params": []}).encode()
        request = urllib.request.Request(f"{self.url}/rpc/", question, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=START_WAIT_S) as response:
                return bool(json.load(response).get("result"))
        except (urllib.error.URLError, ConnectionError):
            return False

    def _log_text(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace")


def _spawn(command: list[str], environment: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    # Its own session, so its own group: Ctrl-C in the terminal reaches us, and we stop it in order.
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
    )


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass  # the whole group has ended


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
