"""The page for people: what the shop sees, and the two buttons a shop assistant would press.

It needs no token, like the control API, and works without JavaScript: the buttons are forms that lead back here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from syncd.sandbox import sales, states
from syncd.sandbox.emulator import Emulator
from syncd.sandbox.exchange import Refusal, plain, shown
from syncd.sandbox.page_html import UNPAID, Filter, OpenSale, OutletCard, PageView, RequestRow, StockRow, render
from syncd.sandbox.records import Level, Sale
from syncd.sandbox.world import World

SALES_MAX = 50
STOCK_MAX = 25
REQUESTS_MAX = 25
PATH_LENGTH_MAX = 160
FILTER_LENGTH_MAX = 200

VERB_OF_TYPE = {"PICKUP": "picked_up", "DISPATCH": "dispatched"}
SAID = {"picked_up": "was picked up", "dispatched": "was dispatched"}
# The page loads nothing and posts to itself only.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'"


def routes(emulator: Emulator) -> list[Route]:
    """Return the page and the targets of its buttons."""

    async def show(request: Request) -> HTMLResponse:
        with emulator.lock:
            view = _view(emulator, str(request.base_url).rstrip("/"), request.query_params)
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(render(view), headers=headers)

    async def press(request: Request) -> RedirectResponse:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        back = {name: form[name] for name in ("text", "outlet") if form.get(name)}
        with emulator.lock:
            try:
                back["said"] = _hand_over(emulator.world, request.path_params["id"], request.path_params["verb"])
            except Refusal as refusal:
                back["refused"] = refusal.message
            emulator.spread_news()
        return RedirectResponse(f"/?{urlencode(back)}", 303)

    return [
        Route("/", show, methods=["GET"]),
        Route("/_sandbox/page/sales/{id}/{verb}", press, methods=["POST"]),
    ]


def _hand_over(world: World, sale_id: str, verb: str) -> str:
    sale = world.sale(sale_id)
    if verb != VERB_OF_TYPE.get(sale.hand_over or ""):
        raise Refusal(409, f"Sale {sale.invoice_number} is {sale.status}, it cannot be {verb.replace('_', ' ')}")
    if sale.state != states.PENDING:
        raise Refusal(409, f"Sale {sale.invoice_number} is {sale.status} already")
    sales.complete(world, sale)
    return f"Sale {sale.invoice_number} {SAID[verb]}."


def _view(emulator: Emulator, url: str, query: Mapping[str, str]) -> PageView:
    world = emulator.world
    wanted = Filter(query.get("text", "")[:FILTER_LENGTH_MAX].strip(), query.get("outlet", ""))
    waiting = [each for each in world.sales.values() if each.state in {states.PARKED, states.PENDING}]
    waiting.sort(key=lambda each: each.version, reverse=True)
    places = {row["id"]: row["name"] for row in world.outlets.values() if wanted.outlet_id in ("", row["id"])}
    stock = list(islice(_stock(world, wanted, list(places)), STOCK_MAX + 1))
    return PageView(
        url=url,
        token=emulator.token,
        time=world.now().strftime("%Y-%m-%d %H:%M:%S"),
        notice=query.get("refused") or query.get("said") or "",
        is_refusal="refused" in query,
        is_refreshing="refresh" in query,
        outlets=tuple(_outlet(world, outlet_id, waiting) for outlet_id in world.outlets),
        sales=tuple(_sale(world, each) for each in waiting[:SALES_MAX]),
        sales_left_out=max(0, len(waiting) - SALES_MAX),
        outlet_names=tuple((row["id"], row["name"]) for row in world.outlets.values()),
        filter=wanted,
        stock_outlets=tuple(places.values()),
        stock=tuple(stock[:STOCK_MAX]),
        has_more_stock=len(stock) > STOCK_MAX,
        requests=tuple(_requests(emulator)),
        faults=tuple(each.kind for each in emulator.faults.entries),
    )


def _outlet(world: World, outlet_id: str, waiting: list[Sale]) -> OutletCard:
    registers = [row["name"] for row in world.registers.values() if row["outlet_id"] == outlet_id]
    here = sum(1 for each in waiting if outlet_id in _outlets_of(each))
    return OutletCard(world.outlets[outlet_id]["name"], ", ".join(registers) or "no register", here)


def _outlets_of(sale: Sale) -> list[str]:
    """Return where a sale is handed over, or was rung up."""
    places = [each.outlet_id for each in sale.fulfilments] or [sale.fulfilment_outlet_id or sale.outlet_id or ""]
    return [each for each in dict.fromkeys(places) if each]


def _sale(world: World, sale: Sale) -> OpenSale:
    verb = VERB_OF_TYPE.get(sale.hand_over or "") if sale.state == states.PENDING else None
    return OpenSale(
        id=sale.id,
        number=sale.invoice_number,
        source=" ".join(each for each in (sale.source, sale.source_id) if each),
        date=sale.date.strftime("%Y-%m-%d %H:%M"),
        status=sale.status.replace("_", " ").capitalize(),
        outlets=", ".join(_place(world, sale, each) for each in _outlets_of(sale)),
        lines=tuple((plain(Decimal(shown(each.quantity))), *_names(world, each.product_id)) for each in sale.lines),
        total=sale.total_incl,
        paid=_paid(sale),
        verb=verb,
    )


def _paid(sale: Sale) -> str:
    if states.ONACCOUNT in sale.attributes:
        return "on account"
    return UNPAID if sale.is_unpaid else "paid"


def _place(world: World, sale: Sale, outlet_id: str) -> str:
    """Name an outlet, and how far it is when it began."""
    begun = [each.state for each in sale.fulfilments if each.outlet_id == outlet_id and each.state != "OPEN"]
    name = str(world.outlets.get(outlet_id, {}).get("name", outlet_id))
    return f"{name} ({', '.join(begun).lower()})" if begun else name


def _names(world: World, product_id: str) -> tuple[str, str]:
    row = world.products.get(product_id, {})
    return str(row.get("sku", product_id)), str(row.get("name", ""))


def _stock(world: World, wanted: Filter, outlet_ids: list[str]) -> Iterator[StockRow]:
    """Yield the products that fit and have a level: a large store must not be gone through for one page."""
    text = wanted.text.lower()
    for product in world.products.values():
        if product.get("deleted_at") or (text not in product["sku"].lower() and text not in product["name"].lower()):
            continue
        levels = [world.levels.find(each, product["id"]) for each in outlet_ids]
        if any(levels):
            yield StockRow(product["sku"], product["name"], tuple(_amounts(world, each) for each in levels))


def _amounts(world: World, level: Level | None) -> tuple[Decimal, Decimal] | None:
    return None if level is None else (world.available(level), world.to_procure(level))


def _requests(emulator: Emulator) -> Iterator[RequestRow]:
    for each in reversed(emulator.log.entries[-REQUESTS_MAX:]):
        path = f"{each.path}?{each.query}" if each.query else each.path
        time = each.at.strftime("%H:%M:%S")
        yield RequestRow(each.n, time, each.method, path[:PATH_LENGTH_MAX], each.status, each.fault)
