"""A shop to run `syncd` in: an ERP, an X-Series, a config file, and the installed command.

What happened is judged from the evidence of the two other sides and from what the command says, never from its store.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.acceptance import warm
from tests.fakes.tryton_server import FakeTryton
from tests.stores import FileStores, ServerStores

SYNCD = Path(sys.executable).with_name("syncd")
# Bytecode is kept between commands, as in every installation; it triples the speed of a start.
BYTECODE = Path(__file__).parents[2] / "var" / "pycache"
ERP_PASSWORD = "erp-pass-7Qx"
TOKEN = "sandbox-token"  # the only one that the sandbox takes
COMMAND_S_MAX = 60
SYNCED_S_MAX = 30
POLL_S = 0.02
OUTCOMES = ("synced", "waiting", "held", "ignored")
OPEN_STATES = ("waiting", "sending", "answered", "unknown")
DATED, CLASSIC = "2026-07", "classic"


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has run."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Everything it said, with line breaks and runs of spaces made one space."""
        return re.sub(r"\s+", " ", f"{self.out}\n{self.err}")


class SaleSeen(NamedTuple):
    """A sale as X-Series has it, without ids."""

    invoice: str
    status: str
    outlet: str
    lines: dict[str, Decimal]
    total: Decimal
    paid: Decimal


class Shop:
    """One account: its ERP and its X-Series, its config file, and the commands run on it."""

    def __init__(
        self,
        folder: Path,
        *,
        erp_url: str,
        erp_password: str,
        retail_url: str,
        api: str,
        stores: FileStores | ServerStores | None = None,
    ) -> None:
        self.folder = folder
        self.stores = stores or FileStores(folder)
        store = stores.prepared() if stores else self.stores.empty()  # an empty one is made by the first command
        self.config = folder / "syncd.yaml"
        self.retail_url = retail_url
        self.settings: dict[str, Any] = {
            "version": 1,
            "account": "acme",
            "erp": {
                "kind": "tryton",
                "url": erp_url,
                "database": "erp",
                "user": "sync",
                "password": erp_password,
                "paid": "always",
                "deadline": "2s",
            },
            "lightspeed": {"url": retail_url, "api": api, "token": TOKEN, "user": "erp-sync"},
            "locations": {
                "DOWNTOWN": {"outlet": "Downtown", "register": "Online Downtown"},
                "AIRPORT": {"outlet": "Airport", "register": "Online Airport"},
            },
            "orders": {
                "mode": "live",
                "start": "2026-01-01T00:00:00+00:00",
                "overlap": "1m",
                "delivery": {"pickup": ["CLICK-COLLECT"], "dispatch": ["COURIER"], "default": "dispatch"},
                "taxes": {"GST 10%": "GST", "Reduced 5%": "Reduced"},
                "payments": {"paid": "ERP prepaid"},
                "products": {"shipping": "SHIPPING", "discount": "DISCOUNT", "rounding": "ROUNDING"},
            },
            "fulfilments": {"mode": "live"},
            "journal": {"settle": "200ms", "call_deadline": "1s"},
            "store": {"url": store, "folder": str(folder)},
        }
        self.secrets = {erp_password, TOKEN}
        self._running: list[subprocess.Popen[str]] = []
        self.write_config()

    # -- the config and the store

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change settings, given as `a.b.c` -> value, and write the file again."""
        for path, value in changes.items():
            *blocks, name = path.split(".")
            block = self.settings
            for each in blocks:
                block = block.setdefault(each, {})
            block[name] = value
        self.write_config()

    def write_config(self) -> None:
        self.config.write_text(yaml.safe_dump(self.settings, sort_keys=False))

    def lose_store(self) -> None:
        self.stores.lose(self.settings["store"]["url"])

    # -- the command

    def run(self, *words: str) -> Ended:
        """Run the command to its end. It never tells a secret, and it never ends in a traceback."""
        return self.judge(words, *warm.run(words, env=self._env(), folder=self.folder, seconds_max=COMMAND_S_MAX))

    def sync(self, *words: str) -> Ended:
        """`syncd sync`: of the orders, unless other jobs are named."""
        return self.run("sync", *(words if words and not words[0].startswith("-") else ("orders", *words)))

    def sync_until(self, condition: Callable[[], bool], *words: str) -> list[Ended]:
        """Sync again and again, as the timetable does, until it is so: at least once.

        Limited by time, not by tries: what is unknown settles in real time, and a fast machine syncs often in it.
        """
        ended = []
        give_up = time.monotonic() + SYNCED_S_MAX
        while time.monotonic() < give_up:
            ended.append(self.sync(*words))
            if condition():
                return ended
        last = ended[-1]
        raise AssertionError(f"not so after {len(ended)} syncs; the last said:\n{last.out}\n{last.err}\n{self.holds()}")

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The installed command in the background. What still runs when the shop closes is killed."""
        process = subprocess.Popen(
            [str(SYNCD), *words],
            env=self._env(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._running.append(process)
        return process

    def end(self, process: subprocess.Popen[str], *, seconds_max: float = COMMAND_S_MAX) -> Ended:
        """Wait for its end and take what it said."""
        out, err = process.communicate(timeout=seconds_max)
        self._running.remove(process)
        return self.judge(process.args, process.returncode, out, err)

    def _env(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return environment | {"PYTHONPYCACHEPREFIX": str(BYTECODE), "SYNCD_CONFIG": str(self.config)}

    def judge(self, command: object, code: int, out: str, err: str) -> Ended:
        told = [secret for secret in self.secrets if secret in out + err]
        assert not told, f"{command!r} told a secret:\n{out}\n{err}"
        assert "Traceback" not in out + err, f"{command!r}:\n{err}"
        return Ended(code, out, err)

    def close(self) -> None:
        for process in self._running:
            process.kill()
            process.communicate()

    def status(self) -> dict[str, Any]:
        """`syncd status --json`, of which the outcomes always sum to all orders."""
        ended = self.run("status", "--json")
        assert ended.code == 0, ended
        orders: dict[str, Any] = ended.json["orders"]
        assert sum(orders[outcome] for outcome in OUTCOMES) == orders["total"] == len(orders["all"]), orders
        assert sum(orders["by_reason"].values()) == orders["total"], orders
        found: dict[str, Any] = ended.json
        return found

    def rest(self, *jobs: str, reasons: Mapping[str, int] | None) -> dict[str, Any]:
        """One more sync writes nothing and leaves nothing open; every order is where `reasons` says, if it says so."""
        with self.no_writes():
            ended = self.sync(*(jobs or ("orders",)))
        assert ended.code == 0, ended
        status = self.status()
        assert reasons is None or status["orders"]["by_reason"] == dict(reasons), status
        assert not [state for state in OPEN_STATES if status["journal"].get(state)], status
        return status

    def holds(self) -> dict[str, str]:
        """What waits for a person: the order's number (or the subject) -> the reason."""
        return {hold["number"] or hold["subject"]: hold["reason"] for hold in self.run("holds", "--json").json}

    # -- the evidence of the other sides

    def erp_writes(self) -> int:
        """How many writes the ERP was asked for, where it can say so."""
        return 0

    @contextmanager
    def no_writes(self) -> Iterator[None]:
        """Neither side is asked to change anything while the block runs."""
        before = (len(self.retail_writes()), self.erp_writes())
        yield
        writes = self.retail_writes()[before[0] :]
        assert not writes, [f"{one['method']} {one['path']} {one['body']}" for one in writes]
        assert self.erp_writes() == before[1]

    def retail(self, method: str, path: str, body: Any = None) -> Any:
        """The control API of the sandbox."""
        request = urllib.request.Request(
            f"{self.retail_url}/_sandbox{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=COMMAND_S_MAX) as answer:
            return json.load(answer)

    def retail_state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.retail("GET", "/state")
        return state

    def retail_writes(self) -> list[dict[str, Any]]:
        """Every request that may have changed something, as it arrived."""
        return [one for one in self.retail("GET", "/log")["requests"] if one["write"]]

    def strike(self, kind: str, *, method: str = "POST", path: str = "sales$", **more: Any) -> None:
        """The next creation of a sale goes wrong; or another call."""
        self.retail("POST", "/faults", {"kind": kind, "method": method, "path": path, **more})

    def sales(self, number: str) -> list[SaleSeen]:
        """Every sale for an order, in the order of their invoice numbers (senders race); voided ones too."""
        state = self.retail_state()
        outlets = {row["id"]: row["name"] for row in state["outlets"]}
        found = [_seen(row, outlets) for row in state["sales"] if _is_for(row, number)]
        return sorted(found, key=lambda sale: sale.invoice)

    def retail_sales(self) -> list[SaleSeen]:
        """Every sale there is."""
        state = self.retail_state()
        outlets = {row["id"]: row["name"] for row in state["outlets"]}
        return [_seen(row, outlets) for row in state["sales"]]

    def standing(self, number: str) -> list[SaleSeen]:
        return [sale for sale in self.sales(number) if sale.status != "VOIDED"]

    def sale_id(self, number: str) -> str:
        """The id of the one standing sale of an order."""
        (found,) = [
            row["id"] for row in self.retail_state()["sales"] if _is_for(row, number) and row["status"] != "VOIDED"
        ]
        return str(found)

    # -- what people do at the outlet

    def sale_row(self, number: str) -> dict[str, Any]:
        """The one standing sale of an order as the sandbox has it, with its ids."""
        wanted = self.sale_id(number)
        (found,) = [row for row in self.retail_state()["sales"] if row["id"] == wanted]
        return dict(found)

    def hand_over(self, number: str) -> None:
        """The customer gets it all."""
        self.retail("POST", f"/sales/{self.sale_id(number)}/complete")

    def hand_over_one(self, number: str) -> None:
        """The customer gets one piece of the sale's first line. Only the dated dialect can say so."""
        self.hand_over_some(number, 1)

    def hand_over_some(self, number: str, quantity: int, *, line: int = 0) -> None:
        """The customer gets so many pieces of a line, by its place in the sale; dated alone."""
        sale = self.sale_row(number)
        (fulfilment,) = [row for row in self.retail_state()["fulfillments"] if row["sale_id"] == sale["id"]]
        portion = {"sale_line_item_id": sale["line_items"][line]["id"], "quantity": quantity}
        body = {"version": fulfilment["version"], "line_items": [portion]}
        self.as_a_till("POST", f"/api/{DATED}/fulfillments/{fulfilment['id']}/fulfill", body)

    def handed_over(self, number: str) -> dict[str, list[Decimal]]:
        """Of each line of the sale, in its order: the SKU, and how much its customer has got."""
        sale = self.sale_row(number)
        lines = [
            one
            for row in self.retail_state()["fulfillments"]
            for one in row["line_items"]
            if row["sale_id"] == sale["id"]
        ]
        got = {one["sale_line_item_id"]: Decimal(one["fulfilled_quantity"]) for one in lines}
        found: dict[str, list[Decimal]] = {}
        for line in sale["line_items"]:
            found.setdefault(line["sku"], []).append(got.get(line["id"], Decimal(0)))
        return found

    def close_at_till(self, number: str) -> None:
        """A till makes it a sale like any other, neither for pickup nor for dispatch."""
        self._close(self.sale_id(number), attributes=[])

    def _close(self, sale: str, **changes: Any) -> None:
        author = self.as_a_till("GET", f"/api/{DATED}/user")["data"]["id"]
        body = {"state": "closed", "source": {"author_id": author}, **changes}
        self.as_a_till("PUT", f"/api/{DATED}/sales/{sale}", body)

    def as_a_till(self, method: str, path: str, body: Any = None) -> Any:
        """What the vendor's own till asks for, by its API."""
        request = urllib.request.Request(
            f"{self.retail_url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}", "User-Agent": "a till"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=COMMAND_S_MAX) as answer:
            return json.load(answer)

    def edit_at_till(self, number: str, **changes: Any) -> None:
        self.retail("POST", f"/sales/{self.sale_id(number)}/edit", changes)

    def take_money(self, number: str, amount: str = "5.00") -> None:
        """In cash."""
        (cash,) = [one["id"] for one in self.retail_state()["payment_types"] if one["name"] == "Cash"]
        self.edit_at_till(number, add_payment={"payment_type_id": cash, "amount": amount})

    def void_at_till(self, number: str) -> None:
        self.retail("POST", f"/sales/{self.sale_id(number)}/void")

    def take_back(self, number: str, **how: Any) -> dict[str, Any]:
        """A return at the till of what was handed over, or an exchange; how: see the sandbox."""
        made: dict[str, Any] = self.retail("POST", f"/sales/{self.sale_id(number)}/return", how)
        return made

    def change_row(self, table: str, name: str, changes: Mapping[str, Any]) -> None:
        """Somebody edits a register, a user, a tax ... of X-Series."""
        (row,) = [row for row in self.retail_state()[table] if row.get("name", row.get("username")) == name]
        self.retail("PATCH", f"/{table}/{row['id']}", dict(changes))


class FakeErpShop(Shop):
    """A shop whose ERP is the stateful fake."""

    def __init__(
        self,
        folder: Path,
        *,
        erp: FakeTryton,
        retail_url: str,
        api: str,
        stores: FileStores | ServerStores | None = None,
    ) -> None:
        super().__init__(
            folder, erp_url=erp.url, erp_password=erp.password, retail_url=retail_url, api=api, stores=stores
        )
        self.erp = erp

    def order(self, number: str, quantity: int = 2, *, sku: str = "SKU-00001", delivery: str = "CLICK-COLLECT") -> int:
        """An order of one product at 10.00 with 10 % tax; for more ask `erp.add_order`."""
        self.erp.set_stock("DOWNTOWN", sku, 100)
        return self.erp.add_order(number, [(sku, quantity, "10.00", ("GST 10%",))], delivery=delivery)

    def on_hand(self, location: str, sku: str) -> Decimal:
        """What stands on the ERP's shelf."""
        (warehouse,) = self.erp.records.rows("stock.location", code=location)
        (product,) = self.erp.records.rows("product.product", code=sku)
        return self.erp.records.on_hand[warehouse["id"], product["id"]]

    def erp_writes(self) -> int:
        return len(self.erp.writes)


def wait_until(condition: Callable[[], bool], *, seconds_max: float = 20) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + seconds_max
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds_max} s"
        time.sleep(POLL_S)


def _is_for(row: Mapping[str, Any], number: str) -> bool:
    invoice = row["invoice_number"] or ""
    return invoice == number or invoice.startswith(f"{number}-")


def _seen(row: Mapping[str, Any], outlets: Mapping[str, str]) -> SaleSeen:
    lines: dict[str, Decimal] = {}
    for line in row["line_items"]:
        lines[line["sku"]] = lines.get(line["sku"], Decimal(0)) + Decimal(line["quantity"])
    paid = sum((Decimal(payment["amount"]) for payment in row["payments"]), Decimal(0))
    outlet = outlets.get(row["outlet_id"], "")  # an empty sale may stand nowhere
    return SaleSeen(row["invoice_number"], row["status"], outlet, lines, Decimal(row["total_incl"]), paid)
