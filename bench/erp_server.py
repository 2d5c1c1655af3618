"""A Tryton that costs nothing: some orders and some stock, encoded once, and answered at once.

The adapter of the shipped path reads them as it reads a real one: log-in, lists by id, three lists a page of orders,
levels a warehouse at a time, long answers in gzip. It answers what `syncd.erp.tryton` asks for orders, shipments and
stock, and nothing else. No level ever changes, and an order only by its shipment: one each, waiting to be picked, that
takes the steps of a real one.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

DATABASE = "erp"
GZIP_FROM_BYTES = 1_400  # the real one's limit
MADE_BEFORE = timedelta(hours=3)  # well before every overlap
WAREHOUSE, OUTPUT, CUSTOMER_PLACE, STORAGE = 3, 4, 5, 6
PICKS_FROM = 10_000_000  # ids of the moves to the place of output lie above those of all others
SHIPMENT = "stock.shipment.out."
STEPS = (  # each with the state in which it can be taken, and the state after it
    ("assign_try", "waiting", "assigned"),
    ("pick", "assigned", "picked"),
    ("pack", "picked", "packed"),
    ("do", "packed", "done"),
)
NEXT_STATE = {(step, before): after for step, before, after in STEPS}
FIRST_PLACE = 101  # of the warehouses with stock
COMPANY, UNIT, TAX_RATE = 1, 1, Decimal("0.10")
LEVELS_CYCLE = 97  # of the sandbox's `large` fixture
DIFFERS_EVERY, DIFFERS_AT = 997, 7  # a prime: every outlet has some
LINES_AN_ORDER = 3
GOODS = 49  # of the sandbox: SKU-00001 to SKU-00049

Row = dict[str, Any]
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Stock:
    """So many items, in each of so many warehouses: the levels of the sandbox's `large` fixture, but for some rows."""

    def __init__(self, items: int, warehouses: int) -> None:
        self.items = items
        self.warehouses = warehouses
        self._pages: dict[tuple[int, int, int], bytes] = {}  # encoded once: what is measured is not this server

    def answer(self, domain: list[Any], limit: int, context: Row) -> bytes:
        """A page of items, or of what stands of some items in a warehouse."""
        if (asked := _asked(domain, "id")) is None:
            last = next(clause[2] for clause in domain if clause[:2] == ["id", ">"])
            return self._page(0, range(last + 1, min(last + limit, self.items) + 1))
        return self._page(context["locations"][0] - FIRST_PLACE + 1, asked)

    def keeps(self, page: bytes) -> bool:
        """Whether this page will come again as the same object."""
        return any(page is kept for kept in self._pages.values())

    def _page(self, warehouse: int, asked: Sequence[int]) -> bytes:
        key = (warehouse, asked[0] if asked else 0, len(asked))
        is_a_run = bool(asked) and asked[-1] - asked[0] == len(asked) - 1
        page = self._pages.get(key) if is_a_run else None
        if page is None:
            page = b"[" + b",".join(self._row(warehouse, item) for item in asked) + b"]"
            if is_a_run:
                self._pages[key] = page
        return page

    def _row(self, warehouse: int, item: int) -> bytes:
        if not warehouse:
            return b'{"id":%d,"code":"L-%06d"}' % (item, item)
        return b'{"id":%d,"quantity":%d.0}' % (item, on_hand(item, warehouse, self.warehouses))


def on_hand(item: int, warehouse: int, warehouses: int) -> int:
    """What stands of an item in a warehouse, both counted from 1."""
    number = (item - 1) * warehouses + warehouse - 1
    return number * 31 % LEVELS_CYCLE - difference(number)


def difference(number: int) -> int:
    """How much more X-Series has of a row: nothing, but for one in so many."""
    return 0 if number % DIFFERS_EVERY != DIFFERS_AT else (number // DIFFERS_EVERY) % 9 - 4 or 5


class Shipments:
    """One of each order, by its number: whole, in a warehouse where goods are picked to a place of output first."""

    def __init__(self, count: int, made: datetime) -> None:
        self._states = [STEPS[0][1]] * count
        self._references: list[str | None] = [None] * count
        self._changed = [made] * count
        self._lock = threading.Lock()

    def answer(self, domain: list[Any]) -> bytes:
        """Shipments by their own ids, or by their orders'."""
        asked = _asked(domain, "id") or _asked(domain, "moves.sale") or []
        last = next(clause[2] for clause in domain if clause[:2] == ["id", ">"])
        return b"[" + b",".join(self._row(number) for number in asked if number > last) + b"]"

    def step(self, name: str, params: list[Any]) -> bytes:
        """Take a step, if it fits, or write references. A step that does not fit is passed over, as the real one."""
        now = datetime.now(UTC)
        with self._lock:
            if name == "write":
                for (number,), values in zip(params[:-1:2], params[1:-1:2], strict=True):
                    self._references[number - 1] = values["reference"]
                    self._changed[number - 1] = now
                return b"null"
            for number in params[0]:
                if (name, self._states[number - 1]) in NEXT_STATE:
                    self._states[number - 1] = NEXT_STATE[name, self._states[number - 1]]
                self._changed[number - 1] = now
        return b"null"

    def is_done(self, number: int) -> bool:
        return self._states[number - 1] == "done"

    def done_since(self, moment: datetime) -> list[int]:
        """The orders of those that were finished then or later."""
        numbered = enumerate(zip(self._states, self._changed, strict=True), start=1)
        return [number for number, (state, changed) in numbered if state == "done" and changed >= moment]

    def changed_at(self, number: int) -> datetime:
        return self._changed[number - 1]

    def _row(self, number: int) -> bytes:
        state = self._states[number - 1]
        of_move = {"state": "done" if state == "done" else "draft"}
        return _encode(
            {
                "id": number,
                "number": f"OUT{number:05d}",
                "state": state,
                "reference": self._references[number - 1],
                "_timestamp": str(self._changed[number - 1].timestamp()),
                "warehouse.": {"id": WAREHOUSE, "code": "DOWNTOWN", "name": "Downtown shop"},
                "warehouse_storage": STORAGE,
                "warehouse_output": OUTPUT,
                "outgoing_moves.": [_carried(number, place) | of_move for place in range(1, LINES_AN_ORDER + 1)],
                "inventory_moves.": [_picked(number, place) | of_move for place in range(1, LINES_AN_ORDER + 1)],
            }
        )


class Orders:
    """The rows of so many orders, by model, each a text of its own."""

    def __init__(self, count: int, stock: Stock) -> None:
        self.stock = stock
        made = datetime.now(UTC) - MADE_BEFORE
        stamps = {"create_date": _stamp(made), "write_date": None}
        self.count = count
        self.listed = [_encode({"id": number, **stamps}) for number in range(1, count + 1)]
        self.sales = [_encode(_sale(number, made, stamps)) for number in range(1, count + 1)]
        self.lines = [b",".join(_encode(row) for row in _lines(number, stamps)) for number in range(1, count + 1)]
        self.moves = [b",".join(_encode(row) for row in _moves(number, stamps)) for number in range(1, count + 1)]
        self.shipments = Shipments(count, made)

    def answer(self, method: str, params: list[Any]) -> bytes:
        """The result, as it goes over the wire."""
        match method.removeprefix("model."):
            case "common.db.login":
                return b'[2,"token",null]'
            case "res.user.get_preferences":
                return _encode({"company": COMPANY, "language": "en"})
            case "stock.location.search_read":
                return b"[" + _places(self.stock.warehouses) + b"]"
            case "product.product.search_read":
                return self.stock.answer(params[0], params[2], params[5])
            case "sale.sale.search_read":
                return b"[" + b",".join(self._sales(params[0], params[2])) + b"]"
            case "sale.line.search_read":
                return b"[" + b",".join(self._of_sales(params[0], self.lines)) + b"]"
            case "stock.move.search_read":
                return b"[" + b",".join(self._moves(params[0], params[2])) + b"]"
            case "stock.shipment.out.search_read":
                return self.shipments.answer(params[0])
            case step if step.startswith(SHIPMENT):
                return self.shipments.step(step.removeprefix(SHIPMENT), params)
        raise ValueError(f"{method} is not known to this server")

    def _sales(self, domain: list[Any], limit: int) -> Sequence[bytes]:
        if (asked := _asked(domain, "id")) is not None:
            return [self.sales[number - 1] for number in asked]
        if any(clause[0] == "OR" for clause in domain):
            return []  # what has changed since: nothing
        last = next(clause[2] for clause in domain if clause[:2] == ["id", ">"])
        return self.listed[last : last + limit]

    def _moves(self, domain: list[Any], limit: int) -> Sequence[bytes]:
        if (asked := _asked(domain, "sale")) is not None:
            done = self.shipments.is_done
            return [
                b",".join(map(_encode, self._done(number))) if done(number) else self.moves[number - 1]
                for number in asked
            ]
        last = next(clause[2] for clause in domain if clause[:2] == ["id", ">"])
        changed = [row for number in self.shipments.done_since(_since(domain)) for row in self._done(number)]
        return [_encode(row) for row in changed if row["id"] > last][:limit]

    def _done(self, number: int) -> list[Row]:
        """The moves of a shipment that has left."""
        stamps = {"create_date": None, "write_date": _stamp(self.shipments.changed_at(number))}
        return [row | {"state": "done"} for row in _moves(number, stamps)]

    def _of_sales(self, domain: list[Any], rows: Sequence[bytes]) -> Sequence[bytes]:
        # A page of orders has fewer lines than a page of a list: the adapter asks no second time. What is reserved,
        # and what was moved since, is nothing: no order here takes from the stock.
        return [rows[number - 1] for number in _asked(domain, "sale") or []]


def _since(domain: list[Any]) -> datetime:
    """From when on changes are asked for. What is asked otherwise is about stock, which nothing moves."""
    asked = [clause for clause in domain if clause[0] == "OR"]
    if not asked:
        return datetime.max.replace(tzinfo=UTC)
    parts = {name: value for name, value in asked[0][1][2].items() if name != "__class__"}
    return datetime(**parts, tzinfo=UTC)


def _asked(domain: list[Any], name: str) -> list[int] | None:
    return next((clause[2] for clause in domain if clause[:2] == [name, "in"]), None)


def _places(warehouses: int) -> bytes:
    empty = dict.fromkeys(("parent", "input_location", "output_location", "storage_location", "picking_location"))
    warehouse = {"code": "DOWNTOWN", "name": "Downtown shop", "type": "warehouse", "output_location": OUTPUT}
    rows: list[Row] = [
        {"id": WAREHOUSE, **empty, **warehouse},
        {"id": OUTPUT, **empty, "code": "DOWNTOWN-OUT", "name": "Downtown", "type": "storage"},
        {"id": CUSTOMER_PLACE, **empty, "code": "CUS", "name": "Customer", "type": "customer"},
        *(
            {"id": FIRST_PLACE - 1 + n, **empty, "code": f"PLACE-{n:02d}", "name": f"Place {n}", "type": "warehouse"}
            for n in range(1, warehouses + 1)
        ),
    ]
    return b",".join(_encode(row) for row in rows)


def _sale(number: int, made: datetime, stamps: Row) -> Row:
    net = sum((_price(number, place) * place for place in range(1, LINES_AN_ORDER + 1)), Decimal(0))
    tax = (net * TAX_RATE).quantize(Decimal("0.01"))
    return {
        "id": number,
        "number": f"SO{number:05d}",
        "reference": None,
        "state": "processing",
        **stamps,
        "shipment_state": "waiting",
        "invoice_state": "paid",
        "sale_date": _day(made),
        "total_amount": _amount(net + tax),
        "tax_amount": _amount(tax),
        "currency.": {"id": 1, "code": "USD"},
        "warehouse.": {"id": WAREHOUSE, "code": "DOWNTOWN", "name": "Downtown shop"},
        "party.": {
            "id": number,
            "code": f"C{number:05d}",
            "name": f"Customer {number}",
            **stamps,
            "email": f"customer-{number}@example.com",
            "phone": "+14155550100",
            "contact_mechanisms.": [{"id": number, **stamps}],
        },
        "shipment_address.": {
            "id": number,
            "party_name": None,
            "street": f"{number} Main Street",
            "city": "San Francisco",
            "postal_code": "94107",
            "country.": {"id": 1, "code": "US"},
            **stamps,
        },
    }


def _lines(number: int, stamps: Row) -> list[Row]:
    return [
        {
            "id": _line(number, place),
            "sale": number,
            "type": "line",
            "quantity": Decimal(place),
            "unit": UNIT,
            "unit_price": _amount(_price(number, place)),
            "amount": _amount(_price(number, place) * place),
            "description": None,
            "product.": {
                "id": place,
                "code": _sku(number, place),
                "name": f"Mug {place}",
                "type": "goods",
                "default_uom": UNIT,
            },
            "taxes.": [{"id": 1, "name": "GST 10%", "type": "percentage", "rate": _amount(TAX_RATE)}],
            "warehouse.": {"id": WAREHOUSE, "code": "DOWNTOWN", "name": "Downtown shop"},
            **stamps,
        }
        for place in range(1, LINES_AN_ORDER + 1)
    ]


def _moves(number: int, stamps: Row) -> list[Row]:
    return [
        {
            "id": _line(number, place),
            "sale": number,
            "origin": f"sale.line,{_line(number, place)}",
            "state": "draft",
            "quantity": Decimal(place),
            "unit": UNIT,
            "from_location": OUTPUT,
            "to_location.": {"id": CUSTOMER_PLACE, "type": "customer"},
            "sale_exception_state": "",
            "shipment": f"stock.shipment.out,{number}",
            "shipment.": {"id": number, **stamps},
            **stamps,
        }
        for place in range(1, LINES_AN_ORDER + 1)
    ]


def _carried(number: int, place: int) -> Row:
    """What the shipment carries of a line."""
    return {
        "id": _line(number, place),
        "origin": f"sale.line,{_line(number, place)}",
        "sale": number,
        "quantity": Decimal(place),
        "internal_quantity": Decimal(place),
        "unit": UNIT,
        "from_location": OUTPUT,
        "to_location.": {"id": CUSTOMER_PLACE, "type": "customer"},
    }


def _picked(number: int, place: int) -> Row:
    """What is brought from the shelf for it."""
    line = _line(number, place)
    return {"id": PICKS_FROM + line, "origin": f"stock.move,{line}", "internal_quantity": Decimal(place)}


def _line(number: int, place: int) -> int:
    return (number - 1) * LINES_AN_ORDER + place


def _sku(number: int, place: int) -> str:
    return f"SKU-{(number * LINES_AN_ORDER + place) % GOODS + 1:05d}"


def _price(number: int, place: int) -> Decimal:
    return Decimal(1_000 + number % 500 + place).scaleb(-2)


def _amount(value: Decimal) -> Row:
    return {"__class__": "Decimal", "decimal": str(value)}


def _day(moment: datetime) -> Row:
    return {"__class__": "date", "year": moment.year, "month": moment.month, "day": moment.day}


def _stamp(moment: datetime) -> Row:
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime"} | {part: getattr(moment, part) for part in parts}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.log: list[Row] = []
        self.zipped: dict[int, tuple[bytes, bytes]] = {}
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet an answer
    server: _Server

    def do_POST(self) -> None:
        asked = msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"])))
        result = self.server.orders.answer(asked["method"], asked["params"])
        self._note(asked["method"], asked["params"], result)
        payload = b'{"id":1,"result":' + result + b"}"
        self.send_response(200)
        if len(payload) > GZIP_FROM_BYTES:
            payload = self._zipped(result, payload)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def do_GET(self) -> None:
        """What was asked since this was asked last: not Tryton's, for whoever measures."""
        payload = _encode(self.server.log)
        self.server.log = []
        self.send_response(200)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _note(self, method: str, params: list[Any], result: bytes) -> None:
        is_list = method.endswith(".search_read")
        rows = result.count(b'"id":') if is_list else 0
        self.server.log.append({"method": method, "rows": rows, "size": params[2] if is_list else None})

    def _zipped(self, result: bytes, payload: bytes) -> bytes:
        """Packed once where the very same page comes again: those of levels are kept."""
        known = self.server.zipped.get(id(result))
        if known is not None and known[0] is result:
            return known[1]
        zipped = gzip.compress(payload, compresslevel=1)
        if self.server.orders.stock.keeps(result):
            self.server.zipped[id(result)] = (result, zipped)
        return zipped

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Answer as a Tryton that holds some orders; the first line is its URL."
    )
    parser.add_argument("--orders", type=int, default=0)
    parser.add_argument("--items", type=int, default=0, help="products that are stocked in every warehouse")
    parser.add_argument("--warehouses", type=int, default=0, help="warehouses with stock, beside the one of the orders")
    arguments = parser.parse_args()
    server = _Server(Orders(arguments.orders, Stock(arguments.items, arguments.warehouses)))
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
