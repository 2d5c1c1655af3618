"""A Tryton for tests: a real socket server that speaks Tryton's JSON-RPC and holds orders, stock and shipments.

    with FakeTryton() as tryton:
        order = tryton.add_order(number="S1", lines=[("SKU-00001", 2, "10.00", ("GST 10%",))], delivery="COURIER")

It answers what `syncd.erp.tryton` asks and nothing else; `tests/contract/erp.py` runs against it and against a real
Tryton, which keeps it honest. `faults` is for what a network does; `log` tells what was asked.
"""

from __future__ import annotations

import base64
import gzip
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from tests.fakes.tryton_records import Record, from_wire, to_wire
from tests.fakes.tryton_trade import COMPANY, STEPS, Concurrency, Trade, UserError

DATABASE = "erp"
GZIP_FROM_BYTES = 1_400  # the real one's limit
WRITES = ("write", *STEPS)
RIGHTS = {"sync": True, "nobody": False}

Effect = Literal["lose", "drop", "busy", "expire"]
_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(slots=True)
class Asked:
    """One request: `write` when it may have changed something, `refused` when the answer is an error."""

    method: str
    params: list[Any]
    write: bool
    refused: bool = False

    @property
    def records(self) -> list[int]:
        """Of a write: which records it is about."""
        return records_of(self.method.rpartition(".")[2], self.params)


def records_of(verb: str, params: list[Any]) -> list[int]:
    """`write` takes ids and values in turns, a step ids alone; the context comes last."""
    return [number for some in params[: -1 if verb == "write" else 1 : 2] for number in some]


@dataclass(slots=True)
class _Fault:
    method: str
    nth: int
    effect: Effect | list[Any]  # a list is an error in Tryton's words


@dataclass(slots=True)
class Faults:
    """What goes wrong with a coming call whose method ends in a word: `do`, `search_read`, `login`."""

    planned: list[_Fault] = field(default_factory=list)

    def lose_answer(self, method: str, nth: int = 1) -> None:
        """The call is done, and the connection closes without an answer."""
        self.planned.append(_Fault(method, nth, "lose"))

    def drop(self, method: str, nth: int = 1) -> None:
        """The connection closes, and nothing was done."""
        self.planned.append(_Fault(method, nth, "drop"))

    def be_busy(self, method: str, nth: int = 1) -> None:
        """503, as when another writer has the database locked. Nothing was done."""
        self.planned.append(_Fault(method, nth, "busy"))

    def expire_session(self, method: str, nth: int = 1) -> None:
        """401, as when the session has just run out. Nothing was done."""
        self.planned.append(_Fault(method, nth, "expire"))

    def fail(self, method: str, error: list[Any], nth: int = 1) -> None:
        """200 with this error, as `["UserError", ["words", "", None]]`. Nothing was done."""
        self.planned.append(_Fault(method, nth, error))

    def clear(self) -> None:
        self.planned.clear()

    def next_for(self, method: str) -> Effect | list[Any] | None:
        for fault in [fault for fault in self.planned if method.endswith(f".{fault.method}")]:
            fault.nth -= 1
            if fault.nth == 0:
                self.planned.remove(fault)
                return fault.effect
        return None


class FakeTryton(Trade):
    """The fake, listening on loopback from `start` to `stop`, or for as long as the `with` block lasts."""

    def __init__(
        self,
        locations: Sequence[str] = ("DOWNTOWN", "AIRPORT", "WORKSHOP"),
        *,
        password: str = "sync-pass-1",
        port: int = 0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(locations, clock=clock)
        self.database = DATABASE
        self.user = "sync"
        self.password = password
        self.faults = Faults()
        self.log: list[Asked] = []
        self._port = port
        self._sessions: set[str] = set()
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def writes(self) -> list[Asked]:
        return [asked for asked in self.log if asked.write]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; on the same port as before when it had one."""
        assert self._server is None, "already started"
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="fake-tryton", daemon=True).start()

    def stop(self) -> None:
        """Refuse connections, and cut those that are open. The data stay."""
        if self._server is not None:
            self._server.close_all()
            self._server = None

    @contextmanager
    def down(self) -> Iterator[None]:
        """Nobody listens, for as long as the block lasts."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def expire_sessions(self) -> None:
        self._sessions.clear()

    # -- JSON-RPC

    def answer(self, path: str, authorization: str, body: Record) -> tuple[int, Any, bool]:
        """Status, answer, and whether it reaches the caller."""
        method, params = body["method"], body["params"]
        with self.lock:
            asked = Asked(method, params, method.rpartition(".")[2] in WRITES)
            self.log.append(asked)
            effect = self.faults.next_for(method)
            if effect == "drop":
                return 0, None, False
            if effect == "busy":
                return 503, None, True
            if effect == "expire":
                self.expire_sessions()
            if isinstance(effect, list):
                return 200, {"id": body["id"], "error": effect}, True
            status, content = self._respond(path, authorization, method, params)
            asked.refused = content is None or "error" in content
            return status, None if content is None else {"id": body["id"]} | content, effect != "lose"

    def _respond(self, path: str, authorization: str, method: str, params: list[Any]) -> tuple[int, Record | None]:
        if path == "/rpc/":
            return 200, {"result": {"common.server.version": "8.2", "common.db.list": [DATABASE]}[method]}
        if path != f"/{DATABASE}/rpc/":
            return 404, None
        if method == "common.db.login":
            return self._log_in(*params)
        user = self._user_of(authorization)
        if user is None:
            return 401, None
        if method == "common.db.logout":
            self._sessions.discard(_token(authorization))
            return 200, {"result": None}
        return 200, self._outcome(user, method, params)

    def _log_in(self, user: str, parameters: Record) -> tuple[int, Record | None]:
        if user not in RIGHTS or parameters.get("password") != (self.password if user == "sync" else f"{user}-pass-1"):
            return 401, None
        token = secrets.token_hex(32)
        self._sessions.add(token)
        return 200, {"result": [2, token, None]}

    def _user_of(self, authorization: str) -> str | None:
        if not authorization.startswith("Session "):
            return None
        user, _, _ = base64.b64decode(authorization.removeprefix("Session ")).decode().split(":")
        return user if _token(authorization) in self._sessions else None

    def _outcome(self, user: str, method: str, params: list[Any]) -> Record:
        _, *names, verb = method.split(".")
        model = ".".join(names)
        if not isinstance(params[-1], dict):
            return {"error": ["Missing context argument", ""]}
        if not RIGHTS[user] and model.startswith(("sale.", "stock.shipment", "stock.move")):
            return {"error": ["UserError", [f'You are not allowed to access "{model}".', "", None]]}
        try:
            return {"result": self._do(model, verb, params)}
        except UserError as error:
            return {"error": ["UserError", [str(error), "", None]]}
        except Concurrency as error:
            return {"error": ["ConcurrencyException", str(error)]}
        except (KeyError, ValueError) as error:  # an exception of the server: its text, and nothing else
            return {"error": [str(error), ""]}

    def _do(self, model: str, verb: str, params: list[Any]) -> Any:
        context = params[-1]
        if model == "sale.line.component" and not self.kits:
            raise KeyError(model)  # the module is not activated
        if verb == "search_read":
            domain, offset, limit, order, fields, _ = params
            assert offset == 0, "the adapter pages by id"
            assert order == [["id", "ASC"]], "the adapter pages by id"
            rows = self.records.search(model, domain)
            return [self.records.read(model, row, fields, context) for row in rows[:limit]]
        if verb == "get_preferences":
            return {"company": COMPANY, "language": "en"}
        assert model == "stock.shipment.out", f"{model}.{verb} is not known to this fake"
        numbers = records_of(verb, params)
        for number in numbers:
            if number not in self.records.tables[model]:
                said = f'You are trying to access records "{number}" of "Stock Shipment Out" that don\'t exist.'
                raise UserError(said)
        guards = context.get("_timestamp", {})
        seen_at = {
            number: None if (guard := guards.get(f"{model},{number}")) is None else Decimal(guard) for number in numbers
        }
        if verb == "write":
            self.write_shipments(dict(zip(numbers, params[1:-1:2], strict=True)), seen_at)
        else:
            self.take_steps(seen_at, verb)
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], tryton: FakeTryton) -> None:
        self.tryton = tryton
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no news here."""

    def close_all(self) -> None:
        self.shutdown()
        self.server_close()
        for request in list(self._open):
            self.shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = json.loads(self.rfile.read(length), parse_float=Decimal, object_hook=from_wire)
        authorization = self.headers.get("Authorization", "")
        status, content, arrives = self.server.tryton.answer(self.path, authorization, body)
        if not arrives:
            self.close_connection = True
            return
        payload = b"" if content is None else _encoder.encode(to_wire(content))
        self.send_response(status)
        if len(payload) > GZIP_FROM_BYTES:
            payload = gzip.compress(payload, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.server.tryton.now.replace(microsecond=0), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing: `log` holds what was asked."""


def _token(authorization: str) -> str:
    return base64.b64decode(authorization.removeprefix("Session ")).decode().rpartition(":")[2]
