"""Putting the emulator together: routes of both dialects and the control API behind the gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syncd.sandbox import classic, control, dated, page, scopes, webhook_calls
from syncd.sandbox.emulator import Emulator
from syncd.sandbox.exchange import Answer, Call, Caller, Refusal, decode, encode
from syncd.sandbox.gate import CALLER, FAULT_STATE, Gate
from syncd.sandbox.world import Clock, utc_now

ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class DateVersion(StringConvertor):
    """Any date version: one that is out of support is served by the oldest supported one (FACTS 22.4)."""

    regex = r"20[0-9]{2}-[0-9]{2}"


register_url_convertor("date_version", DateVersion())

Handler = Callable[[Call], Answer]


def build_app(fixture: str = "demo", *, clock: Clock = utc_now, emulator: Emulator | None = None) -> Starlette:
    """Build the emulator; `app.state.emulator` is its inside."""
    emulator = emulator or Emulator(fixture, clock=clock)
    routes = [
        *(_api(emulator, "/api", *each) for each in classic.ROUTES),
        *(_api(emulator, "/api/{version:date_version}", *each) for each in dated.ROUTES),
        *(_hooks(emulator, "/api", *each) for each in webhook_calls.CLASSIC_ROUTES),
        *(_hooks(emulator, "/api/{version:date_version}", *each) for each in webhook_calls.DATED_ROUTES),
        *page.routes(emulator),
        *(_control(emulator, *each) for each in control.ROUTES),
        # What a version removed, and what we do not emulate, is not there (FACTS 22.3).
        _route(emulator, "/{path:path}", ANY_METHOD, lambda _call: Answer.error(404, "There is no such endpoint")),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Gate, emulator=emulator)])
    app.state.emulator = emulator
    return app


def _api(emulator: Emulator, prefix: str, method: str, path: str, handle: Any) -> Route:
    # The world is looked up at each call: a reset puts a new one in its place.
    return _scoped(emulator, prefix, method, path, lambda call: handle(emulator.world, call))


def _hooks(emulator: Emulator, prefix: str, method: str, path: str, handle: Any) -> Route:
    return _scoped(emulator, prefix, method, path, lambda call: handle(emulator, call))


def _scoped(emulator: Emulator, prefix: str, method: str, path: str, handle: Handler) -> Route:
    scopes.needed_by(method, path)  # an endpoint nobody thought about must not open to everyone

    def handle_granted(call: Call) -> Answer:
        scopes.require(scopes.needed_by(method, path, call.text("type")), call)
        return handle(call)

    return _route(emulator, prefix + path, [method], handle_granted)


def _control(emulator: Emulator, method: str, path: str, handle: Any) -> Route:
    return _route(emulator, f"/_sandbox{path}", [method], lambda call: handle(emulator, call))


def _route(emulator: Emulator, path: str, methods: list[str], handle: Handler) -> Route:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        call = Call(
            path=request.path_params,
            query=request.query_params,
            body=_json_or_none(raw),
            fault=request.scope.get(FAULT_STATE),
            caller=request.scope.get(CALLER, Caller()),
            raw=raw,
        )
        with emulator.lock:
            try:
                answer = handle(call)
            except Refusal as refusal:
                answer = Answer.error(refusal.status, refusal.message)
            content = b"" if answer.body is None else encode(answer.body)
            if request.method != "GET":
                emulator.spread_news()
        return Response(content, answer.status, dict(answer.headers), "application/json")

    return Route(path, endpoint, methods=methods)


def _json_or_none(raw: bytes) -> Any:
    try:
        return decode(raw) if raw else None
    except ValueError:
        return None
