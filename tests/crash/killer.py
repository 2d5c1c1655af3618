"""Dies at a named place, at its n-th passing, by SIGKILL: no handler, no flush, no goodbye."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Mapping

import httpx
from sqlalchemy import Connection, Engine, event

from syncd.bootstrap import ERP, X_SERIES
from syncd.connections import Connections

CHANGES = ("INSERT", "UPDATE", "DELETE")
ERP_WRITES = ("write", "wait", "assign_try", "pick", "pack", "do")
CONNECTIONS_MAX = 8
WORDS = {ERP: "erp", X_SERIES: "xseries"}


class Killer:
    """Counts the passings of every place. `passed` are those of the processes that lived before this one."""

    def __init__(self, point: str, passing: int, passed: Mapping[str, int]) -> None:
        self.passed = Counter(passed)
        self._point, self._passing = point, passing
        self._lock = threading.Lock()

    def __call__(self, point: str) -> None:
        with self._lock:
            self.passed[point] += 1
            if point == self._point and self.passed[point] == self._passing:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engine: Engine) -> None:
        """Die also before every statement that changes something, and before every commit."""

        @event.listens_for(engine, "before_cursor_execute")
        def _on_statement(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
            if statement.startswith(CHANGES):
                self("store.writing")

        @event.listens_for(engine, "commit")
        def _on_commit(_connection: Connection) -> None:
            self("store.committing")


class DeadlyWire(httpx.BaseTransport):
    """The real network of one side, with places to die before a request leaves and after its answer has come."""

    def __init__(self, side: str, killer: Killer) -> None:
        self._side = WORDS[side]
        self._killer = killer
        self._wire = Connections(CONNECTIONS_MAX)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        writes = request.method != "GET" if self._side == "xseries" else _is_erp_write(request.content)
        if not writes:
            response = self._wire.handle_request(request)
            self._killer(f"wire.{self._side}.read_answered")
            return response
        self._killer(f"wire.{self._side}.write_leaving")
        response = self._wire.handle_request(request)
        self._killer(f"wire.{self._side}.write_answered")
        return response

    def close(self) -> None:
        self._wire.close()


def _is_erp_write(body: bytes) -> bool:
    method = str(json.loads(body)["method"])
    return method.startswith("model.") and method.rpartition(".")[2] in ERP_WRITES
