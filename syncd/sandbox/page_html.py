"""How the page for people looks. Every value is escaped on its way in; nothing is loaded from anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from pathlib import Path

from syncd.sandbox.exchange import plain, shown

STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
REFRESH_S = 5
UNPAID = "unpaid"


class Html(str):
    """Text that is markup already; everything else is escaped by `fill`."""

    __slots__ = ()


def fill(template: str, **values: object) -> Html:
    """Put values into a template, escaped unless they are Html."""
    safe = {name: value if isinstance(value, Html) else escape(str(value)) for name, value in values.items()}
    return Html(template.format(**safe))


def join(parts: Iterable[Html], between: str = "") -> Html:
    """Put pieces of markup after one another."""
    return Html(between.join(parts))


NOTHING = Html("")


@dataclass(frozen=True, slots=True)
class OutletCard:
    """An outlet at a glance."""

    name: str
    registers: str
    open_sales: int


@dataclass(frozen=True, slots=True)
class OpenSale:
    """A sale that waits for somebody."""

    id: str
    number: str
    source: str
    date: str
    status: str
    outlets: str
    lines: tuple[tuple[str, str, str], ...]
    """Quantity, SKU, name."""
    total: Decimal
    paid: str
    verb: str | None
    """What the shop may do: `picked_up`, `dispatched`, or nothing."""


@dataclass(frozen=True, slots=True)
class StockRow:
    """One product, and at each outlet shown what is available and what is to be procured."""

    sku: str
    name: str
    levels: tuple[tuple[Decimal, Decimal] | None, ...]


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request of a client."""

    n: int
    time: str
    method: str
    path: str
    status: int | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the inventory is asked for."""

    text: str
    outlet_id: str


@dataclass(frozen=True, slots=True)
class PageView:
    """All the page shows."""

    url: str
    token: str
    time: str
    notice: str
    is_refusal: bool
    is_refreshing: bool
    outlets: tuple[OutletCard, ...]
    sales: tuple[OpenSale, ...]
    sales_left_out: int
    outlet_names: tuple[tuple[str, str], ...]
    filter: Filter
    stock_outlets: tuple[str, ...]
    stock: tuple[StockRow, ...]
    has_more_stock: bool
    requests: tuple[RequestRow, ...]
    faults: tuple[str, ...]


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{refresh}<link rel="icon" href="data:,">
<title>X-Series sandbox</title>
<style>{style}</style>
</head>
<body>
<header>
<div class="row"><h1>X-Series sandbox</h1>
<span class="soft">{time} UTC · <a href="{other}">{other_name}</a></span></div>
<p class="soft">API at <code>{url}</code> with the token <code>{token}</code> · evidence:
<a href="/_sandbox/state">state</a>, <a href="/_sandbox/log">log</a>, <a href="/_sandbox/switches">switches</a>,
<a href="/_sandbox/faults">faults</a>,
<a href="/_sandbox/webhook_deliveries">webhooks</a></p>
</header>
<main>
{notice}{sales}{outlets}<div class="halves">{stock}{requests}</div>
</main>
</body>
</html>
"""


def render(view: PageView) -> str:
    """Return the whole page."""
    refresh = fill('<meta http-equiv="refresh" content="{s}">\n', s=REFRESH_S) if view.is_refreshing else NOTHING
    return fill(
        PAGE,
        refresh=refresh,
        style=Html(STYLE),
        time=view.time,
        other="/" if view.is_refreshing else "/?refresh=1",
        other_name="stop refreshing" if view.is_refreshing else f"refresh every {REFRESH_S} s",
        url=view.url,
        token=view.token,
        notice=_notice(view),
        sales=_sales(view),
        outlets=_outlets(view),
        stock=_stock(view),
        requests=_requests(view),
    )


def _notice(view: PageView) -> Html:
    kind = "notice bad" if view.is_refusal else "notice"
    return fill('<p class="{kind}" role="status">{text}</p>', kind=kind, text=view.notice) if view.notice else NOTHING


def _section(name: str, title: str, aside: object, body: Html) -> Html:
    return fill(
        '<section id="{name}"><div class="row"><h2>{title}</h2>{aside}</div>{body}</section>\n',
        name=name,
        title=title,
        aside=aside if isinstance(aside, Html) else fill('<span class="soft">{text}</span>', text=aside),
        body=body,
    )


def _table(heads: Iterable[tuple[str, str]], rows: Iterable[Html]) -> Html:
    head = join(fill('<th class="{kind}">{name}</th>', kind=kind, name=name) for name, kind in heads)
    return fill(
        '<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>',
        head=head,
        rows=join(rows),
    )


def _pill(text: str, kind: str) -> Html:
    return fill('<span class="pill {kind}">{text}</span>', kind=kind, text=text)


def _sales(view: PageView) -> Html:
    count = len(view.sales) + view.sales_left_out
    if not view.sales:
        return _section("open-sales", "Open sales", "", Html('<p class="soft">No sale waits for anything.</p>'))
    heads = [("Sale", ""), ("State", ""), ("Outlet", ""), ("Goods", ""), ("Total", "number"), ("", "")]
    aside = f"{count} open" + (f", the newest {len(view.sales)} shown" if view.sales_left_out else "")
    return _section("open-sales", "Open sales", aside, _table(heads, (_sale(each, view) for each in view.sales)))


SALE = """<tr data-sale="{id}"><td><b>{number}</b><br><span class="soft tight">{date}{source}</span></td>
<td>{status}</td><td>{outlets}</td><td><ul class="lines">{lines}</ul></td>
<td class="number">{total}<br>{paid}</td><td class="acts">{act}</td></tr>
"""
LINE = '<li><span class="tight">{quantity} × <code>{sku}</code></span> <span class="soft">{name}</span></li>'
ACT = """<form method="post" action="/_sandbox/page/sales/{id}/{verb}">
<input type="hidden" name="text" value="{text}"><input type="hidden" name="outlet" value="{outlet}">
<button class="act">{label}</button></form>"""


def _sale(sale: OpenSale, view: PageView) -> Html:
    lines = [fill(LINE, quantity=quantity, sku=sku, name=name) for quantity, sku, name in sale.lines]
    act = NOTHING
    if sale.verb is not None:
        label = sale.verb.replace("_", " ").capitalize()
        text, outlet = view.filter.text, view.filter.outlet_id
        act = fill(ACT, id=sale.id, verb=sale.verb, label=label, text=text, outlet=outlet)
    return fill(
        SALE,
        id=sale.id,
        number=sale.number,
        date=sale.date,
        source=f" · {sale.source}" if sale.source else "",
        status=_pill(sale.status, "plain" if sale.verb is None else "blue"),
        outlets=sale.outlets,
        lines=join(lines) if lines else Html('<li class="soft">no lines</li>'),
        total=_money(sale.total),
        paid=_pill(sale.paid, "warn" if sale.paid == UNPAID else "good"),
        act=act,
    )


CARD = '<div class="card"><b>{name}</b><span class="soft">{registers}</span><p>{open}</p></div>'


def _outlets(view: PageView) -> Html:
    cards = [
        fill(CARD, name=each.name, registers=each.registers, open=_counted(each.open_sales, "open sale"))
        for each in view.outlets
    ]
    body = fill('<div class="cards">{cards}</div>', cards=join(cards))
    return _section("outlets", "Outlets", _counted(len(cards), "outlet"), body)


FILTER = """<form method="get" action="/#inventory">
<input name="text" value="{text}" placeholder="SKU or name" aria-label="SKU or name">
<select name="outlet" aria-label="Outlet">{options}</select><button>Filter</button></form>"""
OPTION = '<option value="{id}"{chosen}>{name}</option>'
STOCK = """<tr><td><code>{sku}</code> <span class="soft">{name}</span></td>{levels}</tr>
"""
LEVEL = '<td class="number">{available}{missing}</td>'
MISSING = '<br><span class="pill warn">{to_procure} to procure</span>'


def _stock(view: PageView) -> Html:
    options = [
        fill(OPTION, id=row_id, name=name, chosen=" selected" if row_id == view.filter.outlet_id else "")
        for row_id, name in (("", "All outlets"), *view.outlet_names)
    ]
    aside = fill(FILTER, text=view.filter.text, options=join(options))
    heads = [("Product", ""), *((name, "number") for name in view.stock_outlets)]
    rows = [
        fill(STOCK, sku=each.sku, name=each.name, levels=join(_level(level) for level in each.levels))
        for each in view.stock
    ]
    more = Html("<p class='soft'>There is more: narrow the filter.</p>") if view.has_more_stock else NOTHING
    none = Html("<p class='soft'>Nothing of that in stock.</p>")
    return _section("inventory", "Inventory", aside, join([_table(heads, rows), more]) if rows else none)


def _level(level: tuple[Decimal, Decimal] | None) -> Html:
    if level is None:
        return fill(LEVEL, available="", missing=NOTHING)
    available, to_procure = level
    missing = fill(MISSING, to_procure=_quantity(to_procure)) if to_procure else NOTHING
    return fill(LEVEL, available=_quantity(available), missing=missing)


REQUEST = """<tr><td class="number soft">{n}</td><td class="tight soft">{time}</td>
<td><code><b>{method}</b> {path}</code></td><td class="tight">{status} {fault}</td></tr>
"""


def _requests(view: PageView) -> Html:
    heads = [("#", "number"), ("UTC", ""), ("Request", ""), ("Answer", "")]
    rows = [
        fill(
            REQUEST,
            n=each.n,
            time=each.time,
            method=each.method,
            path=each.path,
            status=_status(each.status),
            fault=_pill(each.fault, "warn") if each.fault else NOTHING,
        )
        for each in view.requests
    ]
    aside = f"faults to come: {', '.join(view.faults)}" if view.faults else "newest first"
    none = Html("<p class='soft'>No client has asked anything yet.</p>")
    return _section("requests", "Last requests", aside, _table(heads, rows) if rows else none)


def _status(status: int | None) -> Html:
    if status is None:
        return _pill("none", "plain")
    return _pill(str(status), "good" if status < 400 else "bad")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _quantity(value: Decimal) -> str:
    return plain(Decimal(shown(value)))


def _money(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01')):,}"
