"""The control API, `/_sandbox/...`: no token, no rate limit, not in the request log. For tests, demos and auditors.

Errors are `{"error", "message"}` with 400, 404 or 409. Numbers may be sent as numbers or as decimal strings.

| call | does |
| --- | --- |
| `GET /health` | `{"ok": true, "token": ...}`: it runs, and this token opens the API |
| `POST /reset {"fixture": "demo"}` | all afresh: store, switches, faults, log, rate window, clock. Fixtures: |
| | `demo`, `empty`, `nasty`, `large` |
| `GET /state` | the whole store, every amount an exact decimal string: outlets, registers, users, taxes, |
| | payment_types, products, sales, fulfillments, inventory |
| `GET /log` | `{"requests": [{n, at, method, path, query, body, status, answer, fault, write}]}`; an answer above |
| | 20 kB is only `{"rows": n}`; status and answer are the server's even when a fault lost them; a request |
| | that is cut before it is done has status null |
| `DELETE /log` | empties it; numbering goes on |
| `POST /sales/{id}/complete` | the shop hands everything over and closes the sale |
| `POST /sales/{id}/void` | the shop voids the sale |
| `POST /sales/{id}/edit` | the shop edits a parked or pending sale: `note`, `invoice_number`, |
| | `add_line {sku, quantity, price?}`, `remove_line` (line id), `add_payment {payment_type_id, amount}` |
| `POST /sales/{id}/return` | the shop takes goods of a closed sale back: `{"lines": [{sku, quantity}], |
| | "instead": [{sku, quantity, price?}], "outlet"?, "parked": false}`; without lines all of them; in cash |
| `POST /till_sales` | `{"outlet": name or id, "lines": [{sku, quantity, price?}]}`: a paid, closed sale of a cashier |
| `POST /inventory` | `{"outlet", "sku", "delta"}`: a stock change that no sale explains |
| `PATCH /{table}/{id}` | overwrites fields of a row of outlets, registers, users, taxes, payment_types, products, |
| | customers, consignments, adjustment_reasons |
| `POST /products` | `{"sku", "name"?, "price"?, "has_inventory"?, "levels": {outlet: level}?}`: a new product |
| `GET /switches`, `PUT /switches {...}` | what the vendor leaves open, see `switches.py`; unknown ones are 400 |
| `GET /faults` | what has yet to strike |
| `POST /faults` | `{"kind", "method"?, "path"? (regex, searched), "times": 1, "after": 0, "delay_s"?, "status"?}`; |
| | kinds: see `faults.py` |
| | with `"probability": 0.05, "seed": 7` it strikes by chance, without end unless `times` is given |
| `DELETE /faults` | forgets them all |
| `GET /clock` | `{"now": ..., "ahead_s": ...}`: the time of the sandbox, and how far it is ahead of the real one |
| `POST /clock {"advance_s": 60}` | lets time pass: for the rate limit, tokens, the lag of search, retries of webhooks |
| `POST /snapshot` | `{"id": "1"}`: keeps everything as it is: store, switches, faults, log, tokens, clock; 20 at most |
| `POST /restore {"id": "1"}` | puts it all back, as often as wanted |
| `GET /oauth` | `{client_id, client_secret, issued, refreshed, refused, grants}`: what the token endpoint did |
| `POST /oauth/grants {"scope"}` | approves at once: the answer of the token endpoint, tokens included |
| `POST /oauth/expire` | lets every access token expire now; refresh tokens stay |
| `GET /webhook_deliveries` | `{"deliveries": [{n, webhook_id, type, url, payload, body, signature, state, due_at, |
| | attempts}]}`; states: waiting, delivered, refused, given_up, lost, dropped |
| `DELETE /webhook_deliveries` | forgets them, also those that wait |
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from syncd.sandbox import evidence, fixture_list, fixtures, returns, sales, states
from syncd.sandbox.emulator import Emulator, TooManySnapshots
from syncd.sandbox.exchange import Answer, Call, Refusal, Row, number
from syncd.sandbox.faults import BadFault
from syncd.sandbox.fulfilments import TILL
from syncd.sandbox.oauth import CLIENT_ID
from syncd.sandbox.records import Line, Payment, Sale, SaleDraft
from syncd.sandbox.scopes import KNOWN
from syncd.sandbox.world import World


def health(emulator: Emulator, _call: Call) -> Answer:
    """Say that it runs."""
    return Answer({"ok": True, "token": emulator.token})


def reset(emulator: Emulator, call: Call) -> Answer:
    """Start afresh."""
    fields = call.body if isinstance(call.body, dict) else {}
    try:
        emulator.reset(str(fields.get("fixture") or "demo"))
    except fixture_list.UnknownFixture as error:
        raise Refusal(400, str(error)) from error
    return Answer({"ok": True})


def get_state(emulator: Emulator, _call: Call) -> Answer:
    """Show everything."""
    return Answer(evidence.state_of(emulator.world))


def get_log(emulator: Emulator, _call: Call) -> Answer:
    """Show every request."""
    return Answer({"requests": [each.as_row() for each in emulator.log.entries]})


def clear_log(emulator: Emulator, _call: Call) -> Answer:
    """Forget the requests so far."""
    emulator.log.entries.clear()
    return Answer({"ok": True})


def complete_sale(emulator: Emulator, call: Call) -> Answer:
    """Close a sale as the shop does."""
    sale = emulator.world.sale(call.path["id"])
    return _shown(emulator, sales.complete(emulator.world, sale))


def void_sale(emulator: Emulator, call: Call) -> Answer:
    """Void a sale as the shop does."""
    sale = emulator.world.sale(call.path["id"])
    return _shown(emulator, sales.void(emulator.world, sale))


def edit_sale(emulator: Emulator, call: Call) -> Answer:
    """Edit a sale as the shop does; everything is checked before anything changes."""
    world, fields = emulator.world, call.fields()
    sale = world.sale(call.path["id"])
    if sale.state not in {states.PARKED, states.PENDING}:
        raise Refusal(409, f"A sale that is {sale.status} cannot be edited")
    lines, payments = sale.lines, sale.payments
    if fields.get("remove_line") is not None:
        if fields["remove_line"] not in [each.id for each in lines]:
            raise Refusal(404, "The sale has no such line")
        lines = tuple(each for each in lines if each.id != fields["remove_line"])
    if fields.get("add_line") is not None:
        lines = (*lines, replace(_till_line(world, fields["add_line"]), sequence=len(lines)))
    if fields.get("add_payment") is not None:
        payments = (*payments, _payment(world, fields["add_payment"]))
    draft = SaleDraft(
        state=sale.state,
        note=fields.get("note"),
        invoice_number=fields.get("invoice_number"),
        lines=lines,
        payments=payments,
    )
    return _shown(emulator, sales.update(world, sale, draft, by=TILL))


def return_sale(emulator: Emulator, call: Call) -> Answer:
    """Take goods back at the till, or change them for others; everything is checked before anything changes."""
    world, fields = emulator.world, call.fields()
    original = world.sale(call.path["id"])
    asked = fields.get("lines") or [{"product": each.product_id, "quantity": each.quantity} for each in original.lines]
    back = [_line_back(world, original, each) for each in asked]
    taken = [_till_line(world, each) for each in fields.get("instead") or ()]
    outlet = world.outlet_named(fields["outlet"])["id"] if fields.get("outlet") else original.outlet_id
    sale = returns.start(world, original)
    lines = tuple(replace(each, id="", sequence=n) for n, each in enumerate((*back, *taken)))
    refund = sum((each.price_total + each.tax_total for each in lines), Decimal(0))
    is_parked = fields.get("parked") is True
    draft = SaleDraft(
        state=states.PARKED if is_parked else states.CLOSED,
        register_id=next(row["id"] for row in world.registers.values() if row["outlet_id"] == outlet),
        lines=lines,
        payments=() if is_parked else (Payment("", next(iter(world.payment_types)), refund),),
    )
    return _shown(emulator, sales.update(world, sale, draft, by=TILL))


def make_till_sale(emulator: Emulator, call: Call) -> Answer:
    """Ring up a sale at the till: a cashier, cash, goods taken at once."""
    world, fields = emulator.world, call.fields()
    outlet = world.outlet_named(fields.get("outlet"))
    rows = fields.get("lines")
    if not isinstance(rows, list) or not rows:
        raise Refusal(400, "lines is required")
    lines = tuple(replace(_till_line(world, each), sequence=n) for n, each in enumerate(rows))
    registers = [row["id"] for row in world.registers.values() if row["outlet_id"] == outlet["id"]]
    cashiers = [row["id"] for row in world.users.values() if row["account_type"] == "cashier"]
    total = sum((each.price_total + each.tax_total for each in lines), Decimal(0))
    draft = SaleDraft(
        state=states.CLOSED,
        register_id=registers[0],
        user_id=cashiers[0],
        source="USER",
        lines=lines,
        payments=(Payment("", next(iter(world.payment_types)), total),),
    )
    return _shown(emulator, sales.create(world, draft, by=TILL))


def change_stock(emulator: Emulator, call: Call) -> Answer:
    """Move a level without a sale."""
    world, fields = emulator.world, call.fields()
    outlet = world.outlet_named(fields.get("outlet"))
    product = world.product_of_sku(fields.get("sku"))
    world.move(outlet["id"], product["id"], _number(fields, "delta"))
    return Answer({"ok": True})


def patch_row(emulator: Emulator, call: Call) -> Answer:
    """Overwrite fields of a reference row and give it a new version."""
    world = emulator.world
    table = world.table(call.path["table"])
    if call.path["id"] not in table:
        raise Refusal(404, f"No row {call.path['id']} in {call.path['table']}")
    fields = {name: value for name, value in call.fields().items() if name not in {"id", "version"}}
    return Answer({"data": world.put(call.path["table"], table[call.path["id"]] | fields)})


def add_product(emulator: Emulator, call: Call) -> Answer:
    """Add a product, with stock at the outlets named."""
    world, fields = emulator.world, call.fields()
    sku = fields.get("sku")
    if not isinstance(sku, str) or not sku:
        raise Refusal(400, "sku is required")
    if not isinstance(fields.get("levels") or {}, dict):
        raise Refusal(400, "levels is an object: outlet to level")
    levels = [
        (world.outlet_named(outlet)["id"], _number({"level": level}, "level"))
        for outlet, level in (fields.get("levels") or {}).items()
    ]
    row = fixtures.add_product(
        world,
        sku,
        name=str(fields.get("name") or sku),
        price=_number(fields, "price", Decimal(10)),
        product_id=world.new_id(),
        has_inventory=fields.get("has_inventory", True) is not False,
    )
    for outlet_id, level in levels:
        world.move(outlet_id, row["id"], level)
    return Answer({"data": row})


def get_switches(emulator: Emulator, _call: Call) -> Answer:
    """Show the switches."""
    return Answer(emulator.world.switches.as_row())


def put_switches(emulator: Emulator, call: Call) -> Answer:
    """Turn some switches."""
    try:
        emulator.world.switches.set(call.fields())
    except ValueError as error:
        raise Refusal(400, str(error)) from error
    return Answer(emulator.world.switches.as_row())


def get_faults(emulator: Emulator, _call: Call) -> Answer:
    """Show the faults that have yet to strike."""
    return Answer({"faults": [each.as_row() for each in emulator.faults.entries]})


def add_fault(emulator: Emulator, call: Call) -> Answer:
    """Append a fault."""
    try:
        fault = emulator.faults.add(call.fields())
    except BadFault as error:
        raise Refusal(400, str(error)) from error
    return Answer(fault.as_row())


def clear_faults(emulator: Emulator, _call: Call) -> Answer:
    """Forget all faults."""
    emulator.faults.entries.clear()
    return Answer({"ok": True})


def get_oauth(emulator: Emulator, _call: Call) -> Answer:
    """Show the grants and how often tokens were asked for."""
    return Answer(emulator.oauth.as_row())


def grant(emulator: Emulator, call: Call) -> Answer:
    """Give the fixture's application tokens without the round through a browser."""
    asked = tuple(dict.fromkeys(str(call.fields().get("scope") or "").split()))
    unknown = sorted(set(asked) - KNOWN)
    if unknown:
        raise Refusal(400, f"scope is unknown: {', '.join(unknown)}")
    lasts = timedelta(seconds=emulator.world.switches.access_token_s)
    return Answer(emulator.oauth.shown(emulator.oauth.issue(CLIENT_ID, asked, lasts)))


def expire_tokens(emulator: Emulator, _call: Call) -> Answer:
    """Let every access token expire."""
    emulator.oauth.expire_all()
    return Answer({"ok": True})


def get_deliveries(emulator: Emulator, _call: Call) -> Answer:
    """Show the webhooks on their way and those that arrived, or did not."""
    return Answer({"deliveries": [each.as_row() for each in emulator.webhooks.deliveries]})


def clear_deliveries(emulator: Emulator, _call: Call) -> Answer:
    """Forget the deliveries."""
    emulator.webhooks.deliveries.clear()
    return Answer({"ok": True})


def get_clock(emulator: Emulator, _call: Call) -> Answer:
    """Show the time."""
    return Answer({"now": emulator.clock().isoformat(), "ahead_s": emulator.clock.ahead.total_seconds()})


def advance_clock(emulator: Emulator, call: Call) -> Answer:
    """Let time pass."""
    try:
        emulator.clock.advance(float(_number(call.fields(), "advance_s")))
    except ValueError as error:
        raise Refusal(400, str(error)) from error
    return get_clock(emulator, call)


def take_snapshot(emulator: Emulator, _call: Call) -> Answer:
    """Keep everything as it is."""
    try:
        return Answer({"id": emulator.snapshot()})
    except TooManySnapshots as error:
        raise Refusal(409, str(error)) from error


def restore_snapshot(emulator: Emulator, call: Call) -> Answer:
    """Put everything back."""
    name = str(call.fields().get("id"))
    try:
        emulator.restore(name)
    except KeyError as error:
        raise Refusal(404, f"There is no snapshot {name}") from error
    return Answer({"ok": True})


def _shown(emulator: Emulator, sale: Sale) -> Answer:
    return Answer(evidence.sale_row(emulator.world, sale))


def _till_line(world: World, fields: object) -> Line:
    """Make a line as the till does: the product's own price, and the default tax on it."""
    if not isinstance(fields, dict):
        raise Refusal(400, "A line is an object: sku, quantity, price")
    product = world.product_of_sku(fields.get("sku"))
    price = _number(fields, "price", Decimal(str(product["price_excluding_tax"])))
    tax = next(row for row in world.taxes.values() if row["is_default"])
    rate = sum((each["rate"] for each in tax["rates"]), Decimal(0))
    return Line("", product["id"], _number(fields, "quantity"), price, price * rate, tax["id"])


def _line_back(world: World, original: Sale, fields: object) -> Line:
    """Make a line of what comes back, at the price and tax of the sale."""
    if not isinstance(fields, dict):
        raise Refusal(400, "A line is an object: sku, quantity")
    product = fields.get("product") or world.product_of_sku(fields.get("sku"))["id"]
    sold = next((each for each in original.lines if each.product_id == product), None)
    if sold is None:
        raise Refusal(404, "The sale has no such product")
    return replace(sold, quantity=-_number(fields, "quantity"), status="SAVED", method=None, outlet_id=None)


def _payment(world: World, fields: object) -> Payment:
    if not isinstance(fields, dict):
        raise Refusal(400, "A payment is an object: payment_type_id, amount")
    kind = fields.get("payment_type_id")
    if not isinstance(kind, str) or kind not in world.payment_types:
        raise Refusal(404, f"There is no payment type {kind}")
    return Payment("", kind, _number(fields, "amount"))


def _number(fields: Row, name: str, default: Decimal | None = None) -> Decimal:
    found = number(fields[name]) if fields.get(name) is not None else default
    if found is None:
        raise Refusal(400, f"{name} must be a number")
    return found


ROUTES = (
    ("GET", "/health", health),
    ("POST", "/reset", reset),
    ("GET", "/state", get_state),
    ("GET", "/log", get_log),
    ("DELETE", "/log", clear_log),
    ("POST", "/sales/{id}/complete", complete_sale),
    ("POST", "/sales/{id}/void", void_sale),
    ("POST", "/sales/{id}/edit", edit_sale),
    ("POST", "/sales/{id}/return", return_sale),
    ("POST", "/till_sales", make_till_sale),
    ("POST", "/inventory", change_stock),
    ("POST", "/products", add_product),
    ("GET", "/switches", get_switches),
    ("PUT", "/switches", put_switches),
    ("GET", "/faults", get_faults),
    ("POST", "/faults", add_fault),
    ("DELETE", "/faults", clear_faults),
    ("GET", "/oauth", get_oauth),
    ("POST", "/oauth/grants", grant),
    ("POST", "/oauth/expire", expire_tokens),
    ("GET", "/webhook_deliveries", get_deliveries),
    ("DELETE", "/webhook_deliveries", clear_deliveries),
    ("GET", "/clock", get_clock),
    ("POST", "/clock", advance_clock),
    ("POST", "/snapshot", take_snapshot),
    ("POST", "/restore", restore_snapshot),
    ("PATCH", "/{table}/{id}", patch_row),
)
