"""Where the benchmark of stock plays: the ERP, the sandbox, syncd and the floor, each in a process of its own."""

from __future__ import annotations

import csv
import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from bench import erp_server
from bench.processes import Taken, answering, run_measured
from syncd.sandbox.switches import PAGE_SIZE
from syncd.store.database import Database

ACCOUNT = "acme"
TOKEN = "sandbox-token"  # noqa: S105, RUF100 - opens the sandbox only
LIMIT = 10_000_000  # requests: so high that no limit is measured; its headers are sent and read all the same
UNPAGED = 1_000  # rows: a list that was asked for without a size of page fits into one
CONFIG = """\
version: 1
account: {account}
erp: {{kind: tryton, url: "{erp}", database: {database}, user: sync, password: unused, paid: always}}
lightspeed: {{url: {sandbox}, api: "2026-07", token: {token}, user: erp-sync, reserve: 0%}}
locations:
{locations}
orders: {{mode: shadow, start: 2026-01-01T00:00:00Z, delivery: {{default: pickup}}}}
stock: {{mode: report, erp_quantity: on_hand}}
store: {{url: "sqlite:///{store}"}}
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to compare."""

    products: int
    outlets: int

    @property
    def levels(self) -> int:
        """On each side."""
        return self.products * self.outlets

    def expected(self) -> dict[tuple[str, str], int]:
        """(outlet, SKU) -> how much more X-Series has, of every row that differs."""
        found = {}
        for number in range(erp_server.DIFFERS_AT, self.levels, erp_server.DIFFERS_EVERY):
            product, outlet = divmod(number, self.outlets)
            found[f"Outlet {outlet + 1:02d}", f"L-{product + 1:06d}"] = erp_server.difference(number)
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: to which feed, how many rows it brought, and how many a page of it may have."""

    feed: str
    rows: int
    size: int


class Stage:
    """The processes, and what can be asked of them."""

    def __init__(self, folder: Path, size: Size, *, erp: str, sandbox: str) -> None:
        self._folder = folder
        self._size = size
        self._erp, self._sandbox = erp, sandbox
        self._config = folder / "config.yaml"
        self.store = folder / "acme.db"
        locations = "\n".join(
            f"  PLACE-{n:02d}: {{outlet: Outlet {n:02d}, register: Online Outlet {n:02d}}}"
            for n in range(1, size.outlets + 1)
        )
        more = {"database": erp_server.DATABASE, "token": TOKEN, "locations": locations, "account": ACCOUNT}
        text = CONFIG.format(erp=erp, sandbox=sandbox, store=self.store, **more)
        self._config.write_text(text, encoding="utf-8")
        self._control("PUT", "switches", {"rate_limit": LIMIT})

    def migrate(self) -> None:
        """A store with all tables and nothing in them."""
        for old in self._folder.glob(f"{self.store.name}*"):
            old.unlink()
        database = Database(f"sqlite:///{self.store}")
        database.prepare()
        database.close()

    def sync(self, *options: str) -> Taken:
        """One pass of the installed command. Raise RuntimeError when it does not end well."""
        return run_measured("syncd", "sync", "stock", "--config", str(self._config), *options)

    def floor(self) -> tuple[Taken, dict[str, Any]]:
        """The hand-written script on the same pages; what it took, and what it found."""
        scratch = str(self._folder / "floor.db")
        taken = run_measured("bench.floor", self._sandbox, self._erp, scratch, str(self._size.outlets))
        return taken, json.loads(taken.said.splitlines()[-1])

    def reported(self) -> dict[tuple[str, str], int]:
        """(outlet, SKU) -> what nothing explains, as the report says."""
        file = self._folder / "report.csv"
        run_measured("syncd", "report", "--config", str(self._config), "--format", "csv", "-o", str(file))
        with file.open(encoding="utf-8", newline="") as rows:
            return {(row["outlet"], row["sku"]): int(row["unexplained"]) for row in csv.DictReader(rows)}

    def requests_to_retail(self) -> list[Asked]:
        """Since they were asked for last."""
        rows = self._control("GET", "log")["requests"]
        self._control("DELETE", "log")
        return [_asked_of_retail(row) for row in rows]

    def requests_to_erp(self) -> list[Asked]:
        """Since they were asked for last."""
        with urllib.request.urlopen(self._erp, timeout=60) as response:  # noqa: S310, RUF100 - loopback
            rows = json.load(response)
        return [Asked(row["method"], row["rows"], row["size"] or UNPAGED) for row in rows]

    def _control(self, method: str, what: str, fields: Mapping[str, Any] | None = None) -> Any:
        """Ask the sandbox itself, not its API."""
        body = None if fields is None else json.dumps(fields).encode()
        request = urllib.request.Request(f"{self._sandbox}/_sandbox/{what}", body, method=method)  # noqa: S310, RUF100
        with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310, RUF100 - loopback
            return json.load(response)


def _asked_of_retail(row: dict[str, Any]) -> Asked:
    query = parse_qs(row["query"])
    body = row["body"] if isinstance(row["body"], dict) else {}
    # A list gives no more than the sandbox's largest page, whatever is asked for.
    size = body.get("size") or min(int(query.get("page_size", [str(UNPAGED)])[0]), PAGE_SIZE)
    return Asked(row["path"], _rows_of(row["answer"]), size)


def _rows_of(answer: Any) -> int:
    if isinstance(answer, dict) and isinstance(answer.get("rows"), int):
        return int(answer["rows"])
    rows = answer.get("data") if isinstance(answer, dict) else answer
    return len(rows) if isinstance(rows, list) else 0


@contextmanager
def running(folder: Path, size: Size) -> Iterator[Stage]:
    """Everything started, every page written once, and an empty store."""
    with ExitStack() as stack:
        products, outlets = str(size.products), str(size.outlets)
        erp = stack.enter_context(answering(["bench.erp_server", "--items", products, "--warehouses", outlets]))
        sandbox = stack.enter_context(answering(["bench.large_sandbox", products, outlets]))
        yield Stage(folder, size, erp=erp, sandbox=sandbox)
