"""The installed daemon on a real Tryton, killed while it writes: what the forks prove quickly, proved where users are.

Real time, so settle is short; the kill comes when the n-th write has reached X-Series, whatever became of its answer.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo import erp_evidence
from demo.settings import OUTLET_OF, SKU_OF_SERVICE
from demo.tryton import person
from demo.tryton.rpc import TrytonRpc
from demo.tryton.server import RunningTryton
from syncd.sandbox import RunningSandbox, evidence, sales
from tests.acceptance.shop import BYTECODE, CLASSIC, DATED, SYNCD, Shop
from tests.crash.sides import SALE_FIELDS

CACHE = Path(__file__).parents[2] / "var" / "tryton"
SETTLE = "1s"
QUIET_S = 4.5  # longer than deadline, settle, settle and a tick: then nothing is under way any more
LATE_S = 0.5
WAIT_S_MAX = 90.0
LOOK_S = 0.001
ORDERS_AT_FIRST = 20  # at least; the seed has more


@dataclass(frozen=True, slots=True)
class DaemonCell:
    """One life of the daemon: killed at the n-th write, with a fault of X-Series at that very write."""

    write: int
    fault: str
    dialect: str

    @property
    def name(self) -> str:
        return f"daemon:{self.dialect}:{self.fault}:write-{self.write}"


KILLS = {
    DATED: ((1, "none"), (2, "lost_after_commit"), (11, "late_commit"), (20, "reset"), (28, "none")),
    CLASSIC: (
        *((1, "lost_before"), (7, "lost_after_commit"), (13, "late_commit")),
        *((21, "none"), (28, "truncated")),
    ),
}
CELLS = tuple(DaemonCell(write, fault, dialect) for dialect, kills in KILLS.items() for write, fault in kills)


def live(cell: DaemonCell) -> dict[str, Any]:
    """Live it; the evidence."""
    with tempfile.TemporaryDirectory(prefix="syncd-daemon-") as name, RunningSandbox() as sandbox:
        folder = Path(name)
        (folder / "tryton").mkdir()
        with RunningTryton(CACHE, folder / "tryton") as tryton:
            return _Life(cell, folder, sandbox, tryton).live()


class _Life:
    def __init__(self, cell: DaemonCell, folder: Path, sandbox: RunningSandbox, tryton: RunningTryton) -> None:
        self._cell = cell
        self._sandbox = sandbox
        self._tryton = tryton
        password = tryton.seed["logins"]["sync"]
        self._shop = Shop(
            folder, erp_url=tryton.url, erp_password=password, retail_url=sandbox.url, api=cell.dialect
        )  # fmt: skip
        self._shop.configure(
            {
                "orders.start": f"{tryton.seed['start']}T00:00:00+00:00",
                "erp.deadline": "10s",
                "journal": {"settle": SETTLE, "call_deadline": "1s"},
                "schedule": {"orders": "1s", "fulfilments": "1s", "catalogue": "1m", "stock": "off", "sweep": "off"},
            }
        )
        self._killed = False

    def live(self) -> dict[str, Any]:
        if self._cell.fault != "none":
            self._strike()
        with self._daemon() as daemon:
            self._kill_at_its_write(daemon, patience_s=QUIET_S)  # what the trade asks for comes later
        with self._daemon() as daemon:
            self._await_quiet(ORDERS_AT_FIRST)
            self._trade(self._tryton.log_in("clerk"))
            if not self._killed:
                self._kill_at_its_write(daemon, patience_s=WAIT_S_MAX)
            else:
                self._await_quiet(ORDERS_AT_FIRST)
        with self._daemon():
            self._await_quiet(ORDERS_AT_FIRST)
        return self._look()

    def _strike(self) -> None:
        fields = {"kind": self._cell.fault, "method": "POST", "path": "sales", "after": self._cell.write - 1}
        with self._sandbox.emulator.lock:
            self._sandbox.emulator.faults.add(fields | {"delay_s": LATE_S})

    def _kill_at_its_write(self, daemon: subprocess.Popen[bytes], *, patience_s: float) -> None:
        """Wait until the write is there, or nothing more comes for so long; kill in the first case."""
        began = quiet = time.monotonic()
        seen = 0
        while time.monotonic() < began + WAIT_S_MAX:
            writes = self._writes()
            if writes >= self._cell.write:
                daemon.send_signal(signal.SIGKILL)
                self._killed = daemon.wait(WAIT_S_MAX) == -signal.SIGKILL
                return
            if writes != seen:
                seen, quiet = writes, time.monotonic()
            if seen >= ORDERS_AT_FIRST and time.monotonic() > quiet + patience_s:
                return
            time.sleep(LOOK_S)

    def _await_quiet(self, writes_min: int) -> None:
        began = changed = time.monotonic()
        seen = -1
        while time.monotonic() < began + WAIT_S_MAX:
            writes = self._writes()
            if writes != seen:
                seen, changed = writes, time.monotonic()
            if seen >= writes_min and time.monotonic() > changed + QUIET_S:
                return
            time.sleep(0.05)

    def _trade(self, clerk: TrytonRpc) -> None:
        """A clerk amends and cancels, shops hand over."""
        open_orders = [order for order in self._tryton.seed["orders"] if order["good"]]
        cancelled, handed_over = open_orders[0], open_orders[1:4]
        person.cancel_order(clerk, cancelled["id"])
        amended = open_orders[4]["id"]
        lines = clerk.call(
            "model.sale.line.search_read",
            [["sale", "=", amended], ["product.type", "=", "goods"]],
            *(0, 1, [["id", "ASC"]], ["quantity"]),
        )
        person.amend_quantity(clerk, amended, lines[0]["id"], lines[0]["quantity"] + 1)
        numbers = {order["number"] for order in handed_over}
        with self._sandbox.emulator.lock:
            world = self._sandbox.emulator.world
            for sale in list(world.sales.values()):
                if sale.invoice_number in numbers and sale.state == "pending":
                    sales.complete(world, sale)

    def _look(self) -> dict[str, Any]:
        for _ in range(2):  # the first may still find what came late; the second is the one that counts
            before, erp = self._writes(), erp_evidence.orders(self._tryton.log_in("clerk"))
            self._shop.run("sync", "orders", "fulfilments")
        with self._sandbox.emulator.lock:
            state = evidence.state_of(self._sandbox.emulator.world)
            rows = [entry.as_row() for entry in self._sandbox.emulator.log.entries if entry.write]
        after = erp_evidence.orders(self._tryton.log_in("clerk"))
        status = self._shop.status()
        cell = self._cell
        found = {
            "cell": cell.name,
            "point": f"daemon.write_{cell.write}",
            "passing": "first",
            "fault": "none" if cell.fault == "none" else f"xseries.{cell.fault}",
            "dialect": cell.dialect,
            "workload": "installed daemon",
            "orders": len(erp["sales"]),
            "store": "sqlite, installed daemon, Tryton",
            "sabotage": "",
            "killed": self._killed,
            "at_rest": not any(status["journal"].get(state) for state in ("waiting", "sending", "answered", "unknown")),
            "broken": [],
            "start": self._tryton.seed["start"],
            "outlet_of_location": OUTLET_OF,
            "sku_of_service": SKU_OF_SERVICE,
            "erp": after,
            "xseries": {name: state[name] for name in SALE_FIELDS},
            "writes": len(rows),
            "second_run_writes": rows[before:] + ([] if erp == after else [{"side": "erp"}]),
            "syncd_status": status,
            "syncd_holds": self._shop.run("holds", "--json").json,
        }
        as_text: dict[str, Any] = json.loads(json.dumps(found, default=str))
        return as_text

    def _writes(self) -> int:
        with self._sandbox.emulator.lock:
            return sum(entry.write for entry in self._sandbox.emulator.log.entries)

    @contextmanager
    def _daemon(self) -> Iterator[subprocess.Popen[bytes]]:
        environment: Mapping[str, str] = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPYCACHEPREFIX": str(BYTECODE),
            "SYNCD_CONFIG": str(self._shop.config),
        }
        process = subprocess.Popen(
            [str(SYNCD), "run"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(WAIT_S_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
