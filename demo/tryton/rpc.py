"""A small JSON-RPC session with Tryton: what a person's client would send. Standard library only."""

import base64
import datetime as dt
import gzip
import json
import urllib.error
import urllib.request
from decimal import Decimal
from typing import Any

ANSWER_WAIT_S = 60  # a locked SQLite file makes Tryton try for 30 s before it gives up

Json = Any


class TrytonError(Exception):
    """Tryton refused. `kind` is its own word for it ("UserError", "ConcurrencyException", ...)."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


class TrytonRpc:
    """One login. `call` adds the context of the user as the last parameter, as Tryton wants it."""

    def __init__(self, url: str, database: str) -> None:
        self._endpoint = f"{url}/{database}/rpc/"
        self._authorization = ""
        self._count = 0
        self.user_id = 0  # nobody, before the log-in
        self.context: dict[str, Json] = {}
        self.server_time: dt.datetime | None = None  # the Date header of the last answer

    def login(self, user: str, password: str) -> None:
        self.user_id, token, *_ = self._post("common.db.login", [user, {"password": password}])
        session = base64.b64encode(f"{user}:{self.user_id}:{token}".encode()).decode()
        self._authorization = f"Session {session}"
        # English, whatever the user's own choice: messages are part of what we judge by.
        self.context = self.call("model.res.user.get_preferences", True) | {"language": "en"}

    def call(self, method: str, *params: Json, context: dict[str, Json] | None = None) -> Json:
        """Call e.g. `model.sale.sale.read`; `context` is added to the user's own."""
        return self._post(method, [*params, self.context | (context or {})])

    def _post(self, method: str, params: list[Json]) -> Json:
        self._count += 1
        body = {"id": self._count, "method": method, "params": params}
        # Tryton compresses long answers whatever was asked: ask for it, so that the header is true.
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        if self._authorization:
            headers["Authorization"] = self._authorization
        request = urllib.request.Request(self._endpoint, json.dumps(body, default=encode).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_WAIT_S) as response:
                raw, answered = response.read(), response.headers
        except urllib.error.HTTPError as error:
            with error:
                raise TrytonError(f"HTTP {error.code}", f"{method}: {error.reason}") from None
        if date := answered["Date"]:
            self.server_time = dt.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=dt.UTC)
        if answered["Content-Encoding"] == "gzip":
            raw = gzip.decompress(raw)
        answer = json.loads(raw, object_hook=decode, parse_float=Decimal)
        if refusal := answer.get("error"):
            raise _as_error(refusal)
        return answer["result"]


def _as_error(error: list[Json]) -> TrytonError:
    # ["UserError", ["message", "description", domain]], or ["any text", ""] for a crash on the server.
    kind, details, *_ = [*error, ""]
    message = details[0] if isinstance(details, list) and details else str(details)
    return TrytonError(str(kind), str(message))


def encode(value: object) -> Json:
    """Say in Tryton's JSON what JSON has no word for."""
    match value:
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case dt.datetime():
            parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
            naive = value.astimezone(dt.UTC) if value.tzinfo else value
            return {"__class__": "datetime"} | {part: getattr(naive, part) for part in parts}
        case dt.date():
            return {"__class__": "date"} | {part: getattr(value, part) for part in ("year", "month", "day")}
    raise TypeError(f"no Tryton JSON for {type(value).__name__}")


def decode(value: dict[str, Json]) -> Json:
    """Undo `encode`. Tryton's times carry no zone and are UTC."""
    parts = {name: part for name, part in value.items() if name != "__class__"}
    match value.get("__class__"):
        case "Decimal":
            return Decimal(value["decimal"])
        case "datetime":
            return dt.datetime(**parts, tzinfo=dt.UTC)
        case "date":
            return dt.date(**parts)
        case "bytes":
            return base64.b64decode(value["base64"])
    return value
