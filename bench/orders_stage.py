"""Where the benchmark of orders plays: the ERP, the sandbox, and syncd, each in a process of its own."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from bench import erp_server
from bench.processes import Taken, answering, run_measured
from syncd.domain.ids import Account
from syncd.store.database import Database
from syncd.store.journal import count_by_state

ACCOUNT = Account("acme")
TOKEN = "sandbox-token"  # noqa: S105, RUF100 - opens the sandbox only
REQUESTS_A_SECOND = 100
ANSWER_MS = 50
SWITCHES = {
    "rate_limit": REQUESTS_A_SECOND,
    "rate_window": "sliding",
    "rate_window_s": 1,
    "answer_ms": ANSWER_MS,
}
STEADY_SETTLE_S = 1
ROTATION_PERCENT = 20  # of the allowance, for asking open sales in turn

Dialect = Literal["classic", "dated"]
API_OF: dict[Dialect, str] = {"classic": "classic", "dated": "2026-07"}
CONFIG = """\
version: 1
account: {account}
erp: {{kind: tryton, url: "{erp}", database: {database}, user: sync, password: unused, paid: always}}
lightspeed:
  url: {sandbox}
  api: "{api}"
  token: {token}
  user: erp-sync
  reserve: 0%
  rate: {{requests: {requests}, window: 1s}}
locations:
  DOWNTOWN: {{outlet: Downtown, register: Online Downtown}}
orders:
  mode: live
  start: {start}
  delivery: {{default: pickup}}
  customers: none
  taxes: {{GST 10%: GST}}
  payments: {{paid: ERP prepaid}}
  brakes: {{creates: 1000000, value: 1000000000}}
fulfilments: {{mode: live, rotation_share: {rotation}%}}
journal: {{settle: {settle}}}
store: {{url: "sqlite:///{store}"}}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as the sandbox wrote it down."""

    at: datetime
    method: str
    path: str
    status: int | None


class Stage:
    """The processes, and what can be asked of them."""

    def __init__(self, folder: Path, dialect: Dialect, *, erp: str, sandbox: str) -> None:
        self._config = folder / "config.yaml"
        self._store = folder / "acme.db"
        self._facts = {"erp": erp, "sandbox": sandbox, "api": API_OF[dialect], "store": self._store}
        self._start = datetime.now(UTC) - timedelta(days=3)
        self._erp, self._sandbox = erp, sandbox
        self.settle("180s")
        self.control("PUT", "switches", SWITCHES)

    def settle(self, settle: str) -> None:
        """Write the config, with this time for a write to show in reads."""
        start = self._start.isoformat(timespec="seconds")
        more = {"database": erp_server.DATABASE, "token": TOKEN, "requests": REQUESTS_A_SECOND, "start": start}
        text = CONFIG.format(account=ACCOUNT, settle=settle, rotation=ROTATION_PERCENT, **self._facts, **more)
        self._config.write_text(text, encoding="utf-8")

    def sync(self, job: str) -> Taken:
        """One pass of the installed command. Raise RuntimeError when it does not end well."""
        return run_measured("syncd", "sync", job, "--config", str(self._config))

    def requests(self) -> list[Asked]:
        """What was asked of X-Series since it was last forgotten."""
        rows = self.control("GET", "log")["requests"]
        return [Asked(datetime.fromisoformat(row["at"]), row["method"], row["path"], row["status"]) for row in rows]

    def requests_to_erp(self) -> list[str]:
        """The methods that were called since this was asked last."""
        with urllib.request.urlopen(self._erp, timeout=60) as response:  # noqa: S310, RUF100 - loopback
            return [row["method"] for row in json.load(response)]

    def forget_requests(self) -> None:
        self.control("DELETE", "log")
        self.requests_to_erp()

    def entries_by_state(self) -> dict[str, int]:
        """How many entries of the journal are in each state."""
        database = Database(f"sqlite:///{self._store}")
        try:
            with database.read() as tx:
                return count_by_state(tx, ACCOUNT)
        finally:
            database.close()

    def control(self, method: str, what: str, fields: Mapping[str, Any] | None = None) -> Any:
        """Ask the sandbox itself, not its API."""
        body = None if fields is None else json.dumps(fields).encode()
        request = urllib.request.Request(f"{self._sandbox}/_sandbox/{what}", body, method=method)  # noqa: S310, RUF100
        with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310, RUF100 - loopback
            return json.load(response)


@contextmanager
def running(folder: Path, dialect: Dialect, *, orders: int) -> Iterator[Stage]:
    """Everything started, the catalogue read, and no order yet."""
    with ExitStack() as stack:
        erp = stack.enter_context(answering(["bench.erp_server", "--orders", str(orders)]))
        sandbox = stack.enter_context(answering(["syncd", "sandbox", "--port", "0", "--fixture", "demo"]))
        stage = Stage(folder, dialect, erp=erp, sandbox=sandbox)
        stage.sync("catalogue")
        stage.forget_requests()
        yield stage


def steady(stage: Stage, job: str = "orders", *, rounds: int = 2) -> None:
    """Let all that was written be settled, and have that read once: from then on every tick is a steady one."""
    stage.settle(f"{STEADY_SETTLE_S}s")
    for _ in range(rounds):
        time.sleep(STEADY_SETTLE_S + 1)
        stage.sync(job)
    stage.forget_requests()
