"""The least that reading both sides' stock and comparing it can cost: a script that somebody would write for just this.

`python -m bench.floor X_SERIES ERP DATABASE LOCATIONS`: it asks for the very same pages as syncd (product feed,
inventory, list of items, levels of each warehouse), over one kept connection each, decodes them into typed structs,
keeps integers under integer keys by sorted `executemany`, and lets SQLite find the differences. It repeats nothing,
checks nothing, remembers nothing, and imports nothing of syncd. The last line is JSON.

Quantities become integers of 1/100,000 as syncd's do: through binary numbers, which is exact for what is below ten
thousand million pieces. Both sides share one numbering, and SQLite waits for no disk and keeps no journal.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec import Struct

API = "/api/2026-07"
PRODUCTS_A_PAGE, LEVELS_A_PAGE, ITEMS_A_PAGE = 1_000, 5_000, 5_000
SCALE = 100_000
TOKEN = "sandbox-token"  # noqa: S105, RUF100 - opens the sandbox only


class Product(Struct, gc=False):
    id: str
    sku: str
    version: int


class Products(Struct):
    data: list[Product]


class Level(Struct, gc=False):
    outlet_id: str
    product_id: str
    version: int
    current_inventory_level: float
    quantity_to_procure: float


class Item(Struct, gc=False):
    id: int
    code: str


class Items(Struct):
    result: list[Item]


class OnHand(Struct, gc=False):
    id: int
    quantity: float


class OnHands(Struct):
    result: list[OnHand]


class Floor:
    """Both connections, and how long they were waited for."""

    def __init__(self, retail: str, erp: str) -> None:
        self.waited_s = 0.0
        self.retail = httpx.Client(base_url=retail, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
        self.erp = httpx.Client(base_url=erp, timeout=60)
        self.session = ""
        self.requests = 0

    def get(self, path: str) -> bytes:
        return self._timed(self.retail, self.retail.build_request("GET", path))

    def post(self, path: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json"}
        return self._timed(self.retail, self.retail.build_request("POST", path, content=body, headers=headers))

    def ask(self, method: str, params: list[Any]) -> bytes:
        body = msgspec.json.encode({"id": 1, "method": method, "params": params})
        headers = {"Content-Type": "application/json", "Authorization": self.session}
        return self._timed(self.erp, self.erp.build_request("POST", "/erp/rpc/", content=body, headers=headers))

    def log_in(self) -> None:
        answer = msgspec.json.decode(self.ask("common.db.login", ["sync", {"password": "unused"}]))
        number, token = answer["result"][:2]
        self.session = "Session " + base64.b64encode(f"sync:{number}:{token}".encode()).decode()

    def _timed(self, client: httpx.Client, request: httpx.Request) -> bytes:
        """What is neither this process' work nor anything else is the server's."""
        wall, cpu = time.perf_counter(), time.process_time()
        content = client.send(request).raise_for_status().content
        self.waited_s += max((time.perf_counter() - wall) - (time.process_time() - cpu), 0)
        self.requests += 1
        return content


def main() -> None:
    begun = time.perf_counter()
    retail, erp, path, locations = sys.argv[1:5]
    floor = Floor(retail, erp)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=OFF")
    database.execute("PRAGMA synchronous=OFF")
    columns = "outlet INTEGER, item INTEGER, level INTEGER, PRIMARY KEY (outlet, item)"
    database.execute(f"CREATE TABLE retail ({columns}) WITHOUT ROWID")
    database.execute(f"CREATE TABLE erp ({columns}) WITHOUT ROWID")
    database.execute("CREATE TABLE products (item INTEGER PRIMARY KEY, sku TEXT)")
    products, numbers = _read_products(floor, database)
    _read_retail(floor, database, products)
    _read_erp(floor, database, numbers, int(locations))
    differing = database.execute(
        "SELECT e.outlet, e.item, r.level - e.level FROM erp e JOIN retail r USING (outlet, item)"
        " WHERE e.level <> r.level"
    ).fetchall()
    rows = database.execute("SELECT (SELECT COUNT(*) FROM retail) + (SELECT COUNT(*) FROM erp)").fetchone()[0]
    found = {
        "rows": rows,
        "differing": len(differing),
        "sum": sum(row[2] for row in differing) // SCALE,
        "requests": floor.requests,
        "waited_s": floor.waited_s,
        "work_s": time.perf_counter() - begun,
    }
    sys.stdout.write(json.dumps(found) + "\n")


def _read_products(floor: Floor, database: sqlite3.Connection) -> tuple[dict[str, int], dict[str, int]]:
    """The number of each product id and of each SKU."""
    decoder = msgspec.json.Decoder(Products)
    by_id: dict[str, int] = {}
    by_sku: dict[str, int] = {}
    after = 0
    while True:
        page = decoder.decode(floor.get(f"{API}/products?after={after}&page_size={PRODUCTS_A_PAGE}")).data
        if not page:
            return by_id, by_sku
        first = len(by_id)
        by_id.update((row.id, first + n) for n, row in enumerate(page))
        by_sku.update((row.sku, first + n) for n, row in enumerate(page))
        with _Transaction(database):
            rows = [(first + n, row.sku) for n, row in enumerate(page)]
            database.executemany("INSERT INTO products VALUES (?, ?)", rows)
        after = page[-1].version


def _read_retail(floor: Floor, database: sqlite3.Connection, products: dict[str, int]) -> None:
    decoder = msgspec.json.Decoder(list[Level])
    outlets: dict[str, int] = {}
    after = 0
    while True:
        body = msgspec.json.encode({"after": after, "size": LEVELS_A_PAGE, "sort_direction": "asc"})
        page = decoder.decode(floor.post(f"{API}/inventory", body))
        if not page:
            return
        for outlet in dict.fromkeys([row.outlet_id for row in page]):
            outlets.setdefault(outlet, len(outlets))
        rows = [
            (
                outlets[row.outlet_id],
                products[row.product_id],
                round((row.current_inventory_level - row.quantity_to_procure) * SCALE),
            )
            for row in page
        ]
        rows.sort()
        with _Transaction(database):
            database.executemany("INSERT INTO retail VALUES (?, ?, ?)", rows)
        after = page[-1].version


def _read_erp(floor: Floor, database: sqlite3.Connection, numbers: dict[str, int], locations: int) -> None:
    floor.log_in()
    items = list(_items(floor))
    number_of = {item.id: numbers[item.code] for item in items}
    decoder = msgspec.json.Decoder(OnHands)
    ids = [item.id for item in items]
    today = datetime.now(UTC).date()
    day = {"__class__": "date", "year": today.year, "month": today.month, "day": today.day}
    for place in range(locations):
        context = {"language": "en", "company": 1, "locations": [101 + place], "stock_date_end": day}
        for start in range(0, len(ids), ITEMS_A_PAGE):
            asked = ids[start : start + ITEMS_A_PAGE]
            params = [[["id", "in", asked]], 0, len(asked), [["id", "ASC"]], ["quantity"], context]
            page = decoder.decode(floor.ask("model.product.product.search_read", params)).result
            rows = [(place, number_of[row.id], round(row.quantity * SCALE)) for row in page]
            rows.sort()
            with _Transaction(database):
                database.executemany("INSERT INTO erp VALUES (?, ?, ?)", rows)


def _items(floor: Floor) -> Iterator[Item]:
    decoder = msgspec.json.Decoder(Items)
    last = 0
    while True:
        domain = [["type", "=", "goods"], ["id", ">", last]]
        params = [domain, 0, ITEMS_A_PAGE, [["id", "ASC"]], ["code"], {"language": "en", "company": 1}]
        page = decoder.decode(floor.ask("model.product.product.search_read", params)).result
        yield from page
        if len(page) < ITEMS_A_PAGE:
            return
        last = page[-1].id


class _Transaction:
    """One a page, as a script would."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN")

    def __exit__(self, *_: object) -> None:
        self._database.execute("COMMIT")


if __name__ == "__main__":
    Path(sys.argv[3]).unlink(missing_ok=True)
    main()
