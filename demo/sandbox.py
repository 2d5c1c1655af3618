"""The X-Series emulator as a process, and what people in the shops do there, by its control API."""

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo.child import ROOT, running
from demo.interruption import Interruption

SYNCD = ROOT / ".venv" / "bin" / "syncd"
TOKEN = "sandbox-token"
START_WAIT_S = 30
ASK_EVERY_S = 0.05
ANSWER_WAIT_S = 10


class SandboxDidNotStart(Exception):
    """The sandbox ended or stayed silent. What it said follows."""


class Sandbox:
    """Somebody in the shops, and the eye that sees everything."""

    def __init__(self, url: str) -> None:
        self.url = url

    def state(self) -> dict[str, Any]:
        """The whole store."""
        found: dict[str, Any] = self._ask("GET", "state")
        return found

    def log(self) -> dict[str, Any]:
        """Every request of the API so far, with its answer."""
        found: dict[str, Any] = self._ask("GET", "log")
        return found

    def requests_so_far(self) -> int:
        """The number of the newest request."""
        return max((int(each["n"]) for each in self.log()["requests"]), default=0)

    def hand_over(self, sale_id: str) -> None:
        """Give the goods to the customer, or to the courier, and close the sale."""
        self._ask("POST", f"sales/{sale_id}/complete", {})

    def hand_over_some(self, sale_id: str, line_id: str, quantity: int) -> None:
        """Give so many pieces of a line to the customer, who comes again for the rest. The till says so by the API."""
        (fulfilment,) = [each for each in self.state()["fulfillments"] if each["sale_id"] == sale_id]
        portion = {"sale_line_item_id": line_id, "quantity": quantity}
        fields = {"version": fulfilment["version"], "line_items": [portion]}
        self._send("POST", f"api/2026-07/fulfillments/{fulfilment['id']}/fulfill", fields)

    def ring_up(self, outlet: str, sku: str, quantity: int) -> None:
        """Sell over the counter."""
        self._ask("POST", "till_sales", {"outlet": outlet, "lines": [{"sku": sku, "quantity": quantity}]})

    def move_stock(self, outlet: str, sku: str, delta: int) -> None:
        """Change a level for a reason that nobody writes down."""
        self._ask("POST", "inventory", {"outlet": outlet, "sku": sku, "delta": delta})

    def _ask(self, method: str, what: str, fields: Mapping[str, Any] | None = None) -> Any:
        return self._send(method, f"_sandbox/{what}", fields)

    def _send(self, method: str, path: str, fields: Mapping[str, Any] | None) -> Any:
        body = None if fields is None else json.dumps(fields).encode()
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "User-Agent": "a till"}
        request = urllib.request.Request(f"{self.url}/{path}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=ANSWER_WAIT_S) as response:
            return json.load(response)


@contextmanager
def running_sandbox(work_dir: Path, interruption: Interruption) -> Iterator[Sandbox]:
    """`syncd sandbox` on a free port, for as long as the block lasts."""
    said, log = work_dir / "sandbox.out", work_dir / "sandbox.log"
    command = [str(SYNCD), "sandbox", "--port", "0", "--fixture", "demo"]
    with (
        said.open("wb") as stdout,
        log.open("wb") as stderr,
        running(command, stdout=stdout, stderr=stderr) as process,
    ):
        deadline = time.monotonic() + START_WAIT_S
        while not (url := said.read_text(encoding="utf-8").partition("\n")[0]):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SandboxDidNotStart(log.read_text(encoding="utf-8"))
            with interruption.while_waiting():
                time.sleep(ASK_EVERY_S)
        yield Sandbox(url)
