"""Payloads that are valid by default, and short ways to ask the sandbox; a test spells out only its point."""

from __future__ import annotations

from typing import Any

import httpx

from syncd.sandbox.fixtures import demo_id

DATED = "/api/2026-07"
DOWNTOWN, AIRPORT, HARBOUR = (demo_id("outlet", name) for name in ("Downtown", "Airport", "Harbour"))
ONLINE = demo_id("register", "Online Downtown")
ERP_USER = demo_id("user", "erp-sync")
GST, NO_TAX = demo_id("tax", "GST"), demo_id("tax", "No Tax")
PREPAID = demo_id("payment type", "ERP prepaid")
SKU_1, SKU_2, SHIPPING = (demo_id("product", sku) for sku in ("SKU-00001", "SKU-00002", "SHIPPING"))
SALE_1 = "81b37e5f-aa50-4fe3-95d3-a3cec73a7e2c"
LINE_1 = "460e1119-2f41-42a3-bd61-3f9639e2e265"
LINE_2 = "f3a8d2c1-9b7e-4f56-8a12-3e4d5c6b7a89"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def a_classic_line(**changes: Any) -> dict[str, Any]:
    return {"product_id": SKU_1, "quantity": 2, "price": 12, "tax": 1.2, "tax_id": GST} | changes


def a_classic_sale(**changes: Any) -> dict[str, Any]:
    return {
        "register_id": ONLINE,
        "user_id": ERP_USER,
        "status": "AWAITING_PICKUP",
        "fulfillment_outlet_id": DOWNTOWN,
        "source": "erp",
        "source_id": "SO0001",
        "invoice_number": "SO0001",
        "register_sale_products": [a_classic_line()],
        "register_sale_payments": [{"retailer_payment_type_id": PREPAID, "amount": 26.4}],
    } | changes


def a_dated_line(**changes: Any) -> dict[str, Any]:
    return {
        "id": LINE_1,
        "product": {"id": SKU_1},
        "quantity": 2,
        "pricing": {"price": "12"},
        "tax": {"id": GST, "amount": "1.2"},
    } | changes


def a_dated_sale(**changes: Any) -> dict[str, Any]:
    return {
        "id": SALE_1,
        "state": "pending",
        "attributes": ["pickup"],
        "source": {"author_id": ERP_USER, "register_id": ONLINE, "id": "SO0001", "type": "erp"},
        "fulfillment_outlet_id": DOWNTOWN,
        "invoice_number": "SO0001",
        "line_items": [a_dated_line()],
        "payments": [{"amount": "26.4", "type": {"config_id": PREPAID}}],
    } | changes


def an_adjustment(**changes: Any) -> dict[str, Any]:
    return {"product_id": SKU_1, "outlet_id": DOWNTOWN, "quantity": "-3", "reason": "DAMAGE"} | changes


def a_customer(**changes: Any) -> dict[str, Any]:
    return {"first_name": "Tony", "last_name": "Stark", "email": "tony@example.com"} | changes


def an_address(**changes: Any) -> dict[str, Any]:
    return {
        "type": "SHIPPING",
        "address_line_1": "123 Main Street",
        "city": "Auckland",
        "postcode": "1010",
        "country_code": "NZ",
    } | changes


class Shop:
    """The sandbox as the tests talk to it: `api` with the token, `control` as the person behind the scenes."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.client.request(method, path, json=body)
        return answer.status_code, answer.json() if answer.content else None

    def do(self, method: str, path: str, body: Any = None) -> Any:
        status, found = self.send(method, path, body)
        assert status == 200, found
        return found

    def create(self, path: str, body: Any) -> Any:
        """Post what is answered with 201."""
        status, found = self.send("POST", path, body)
        assert status == 201, found
        return found["data"]

    def post_classic(self, **changes: Any) -> Any:
        return self.do("POST", "/api/register_sales", a_classic_sale(**changes))["register_sale"]

    def post_dated(self, **changes: Any) -> Any:
        return self.do("POST", f"{DATED}/sales", a_dated_sale(**changes))["data"]

    def put_dated(self, sale_id: str = SALE_1, **changes: Any) -> tuple[int, Any]:
        source = {"author_id": ERP_USER}
        return self.send("PUT", f"{DATED}/sales/{sale_id}", {"state": "pending", "source": source} | changes)

    def switch(self, **positions: Any) -> None:
        self.do("PUT", "/_sandbox/switches", positions)

    def fault(self, kind: str, **fields: Any) -> None:
        self.do("POST", "/_sandbox/faults", {"kind": kind} | fields)

    def state(self) -> Any:
        return self.get("/_sandbox/state")

    def sale(self, sale_id: str = SALE_1) -> Any:
        return next(each for each in self.state()["sales"] if each["id"] == sale_id)

    def fulfilment(self, **query: Any) -> Any:
        (found,) = self.get(f"{DATED}/fulfillments", **query)["data"]
        return found

    def stock(self, sku: str = "SKU-00001", outlet: str = "Downtown") -> tuple[str, str]:
        """Return (available, to procure)."""
        rows = self.state()["inventory"]
        (row,) = [each for each in rows if (each["sku"], each["outlet"]) == (sku, outlet)]
        return row["level"], row["to_procure"]
