"""Photographs the sandbox's page with a busy shop: `python -m tests.sandbox.photograph docs/xseries-sandbox.png`."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import httpx

from syncd.sandbox import RunningSandbox
from tests.browser import Browser
from tests.sandbox.builders import AIRPORT, DATED, ERP_USER, ONLINE, SKU_1, SKU_2, Shop, a_dated_line


def photograph(target: Path) -> None:
    headers = {"Authorization": "Bearer sandbox-token"}
    with (
        RunningSandbox() as sandbox,
        httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, verify=False) as client,
        Browser(width=1400, height=1180) as browser,
    ):
        make_busy(Shop(client))
        browser.go(sandbox.url)
        browser.follow("tbody tr:last-child button")
        browser.photograph(target)


def make_busy(shop: Shop) -> None:
    for path in ("outlets", "registers", "users", "taxes", "payment_types", "products?page_size=50"):
        shop.get(f"{DATED}/{path}")
    shop.post_dated(source=_source("SO1041"), invoice_number="SO1041", id=None)
    shop.post_dated(source=_source("SO1042"), invoice_number="SO1042", id=None, payments=[])
    lines = [a_dated_line(id=None), a_dated_line(id=None, product={"id": SKU_2}, quantity=7)]
    shop.post_dated(
        source=_source("SO1043"),
        invoice_number="SO1043",
        id=None,
        attributes=["onaccount", "delivery"],
        fulfillment_outlet_id=AIRPORT,
        line_items=lines,
        payments=[],
    )
    shop.do("POST", "/_sandbox/till_sales", {"outlet": "Harbour", "lines": [{"sku": "SKU-00007", "quantity": 3}]})
    shop.fault("lost_after_commit", path="/fulfillments$")
    with contextlib.suppress(httpx.RemoteProtocolError):
        shop.get(f"{DATED}/fulfillments", fulfillment_state="OPEN")
    shop.fault("slow", path="/customers$")
    shop.do("POST", "/_sandbox/inventory", {"outlet": "Harbour", "sku": "SKU-00002", "delta": -9})
    shop.fault("throttle", path="/sales$", delay_s=2)
    shop.send("GET", f"{DATED}/sales?after=1000400")
    shop.do("POST", f"{DATED}/inventory", {"after": 1_000_400, "size": 5000, "sort_direction": "asc"})
    shop.send("GET", f"{DATED}/products/{SKU_1}")
    shop.send("GET", f"{DATED}/sales/unknown")


def _source(number: str) -> dict[str, str]:
    return {"author_id": ERP_USER, "register_id": ONLINE, "id": number, "type": "erp"}


if __name__ == "__main__":
    photograph(Path(sys.argv[1]))
