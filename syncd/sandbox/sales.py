"""What may happen to a sale, whichever dialect asks: create, update, void, complete."""

from __future__ import annotations

from dataclasses import replace

from syncd.sandbox import fulfilments, returns, states, stock
from syncd.sandbox.exchange import Refusal
from syncd.sandbox.fulfilments import API, TILL
from syncd.sandbox.records import Line, Payment, Sale, SaleDraft
from syncd.sandbox.world import World, redact

PLAIN_FIELDS = (
    "register_id",
    "user_id",
    "source",
    "source_id",
    "customer_id",
    "date",
    "short_code",
    "fulfilment_outlet_id",
    "details",
    "xero_reference",
)


def in_order(world: World) -> list[Sale]:
    """Return the sales in the order of their versions."""
    return sorted(world.sales.values(), key=lambda sale: sale.version)


def create(world: World, draft: SaleDraft, *, by: str = API) -> Sale:
    """Make the sale of a checked draft, with its fulfilments and its effect on stock."""
    attributes = draft.attributes or ()
    refuse_mixture(attributes, draft.lines or ())
    refuse_used_code(world, draft)
    now = world.now()
    sale = Sale(
        id=draft.id or world.new_id(),
        state=draft.state,
        attributes=attributes,
        created_at=now,
        updated_at=now,
        date=draft.date or now,
        invoice_number=draft.invoice_number or world.next_invoice_number(draft.register_id),
        closed_by=by if draft.state == states.CLOSED else None,
    )
    _set_plain_fields(sale, draft)
    sale.outlet_id = world.outlet_of_register(sale.register_id)
    sale.note = redact(draft.note or "")
    sale.lines = tuple(_with_id(world, line) for line in _marked(sale.hand_over, draft.lines or ()))
    sale.payments = _payments(world, sale, draft.payments or ())
    if sale.state == states.VOIDED:
        sale.payments = ()
    world.sales[sale.id] = sale
    _settle(world, sale)
    return sale


def update(world: World, sale: Sale, draft: SaleDraft, *, merge: bool = False, by: str = API) -> Sale:
    """Change a sale. Lines and payments that are None stay; otherwise they replace, or merge by id."""
    if sale.state == states.VOIDED == draft.state:
        return sale  # terminal, and nothing asked
    refuse_transition(sale, draft.state)
    if draft.state == states.VOIDED and draft.lines is None:
        return void(world, sale)
    attributes = sale.attributes if draft.attributes is None else draft.attributes
    refuse_mixture(attributes, ())
    refuse_used_code(world, draft, sale)
    was_parked, was_marked = sale.state == states.PARKED, sale.hand_over is not None
    if draft.state == states.CLOSED:
        sale.closed_by = by
    sale.state = draft.state
    sale.attributes = attributes
    _set_plain_fields(sale, draft)
    sale.outlet_id = world.outlet_of_register(sale.register_id)
    sale.invoice_number = draft.invoice_number or sale.invoice_number
    sale.note = sale.note if draft.note is None else redact(draft.note)
    if draft.lines is not None:
        sale.lines = _updated_lines(world, sale, draft.lines, was_marked=was_marked, merge=merge)
    sale.lines = _marked(sale.hand_over, sale.lines)
    if draft.payments is not None:
        posted = _payments(world, sale, draft.payments)
        kept = {each.id: each for each in sale.payments} if merge else {}
        sale.payments = tuple((kept | {each.id: each for each in posted}).values())
    if sale.state == states.VOIDED:
        sale.payments = ()
    _settle(world, sale)
    if was_parked:
        returns.note(world, sale)
    return sale


def void(world: World, sale: Sale) -> Sale:
    """Void a sale: all items back to inventory, all payments deleted, terminal (FACTS 12)."""
    refuse_transition(sale, states.VOIDED)
    sale.state = states.VOIDED
    sale.payments = ()
    _settle(world, sale)
    return sale


def complete(world: World, sale: Sale) -> Sale:
    """Do what a shop assistant does at the till: hand everything over and close the sale."""
    if sale.state == states.PENDING and sale.fulfilments:
        fulfilments.fulfil_sale(world, sale, by=TILL)
        return sale
    refuse_transition(sale, states.CLOSED)
    fulfilments.close(world, sale, by=TILL)
    return sale


def refuse_transition(sale: Sale, state: str) -> None:
    """Hold the documented rules of the states; which status code a breach gets is not documented: 409."""
    if sale.state == states.VOIDED:
        raise Refusal(409, "A voided sale cannot change any more")
    if sale.state != states.CLOSED:
        return
    if state != states.VOIDED:
        raise Refusal(409, "A closed sale can only be voided")
    # Only CLOSED and ONACCOUNT_CLOSED may be voided among the closed ones (FACTS 12).
    if sale.status not in {"CLOSED", "ONACCOUNT_CLOSED"}:
        raise Refusal(409, f"A sale that is {sale.status} cannot be voided")


def refuse_mixture(attributes: tuple[str, ...], lines: tuple[Line, ...]) -> None:
    """Hold "one fulfilment type per sale" (FACTS 22.7); a line may not be handed over against the attributes."""
    if states.are_at_odds(attributes):
        raise Refusal(422, f"Attributes exclude each other: {', '.join(attributes)}")
    kind = states.hand_over_of(attributes)
    for method in {line.method for line in lines if line.method}:
        # A marked line without the attribute is refused too: which of the two the vendor believes is unknown.
        if method != kind:
            raise Refusal(422, f"A line is marked {method}, the sale {kind or 'for no fulfilment'}")


def refuse_used_code(world: World, draft: SaleDraft, own: Sale | None = None) -> None:
    """Hold "short_code must be unique" (tutorial "Sales 101")."""
    if draft.short_code is None:
        return
    if any(each.short_code == draft.short_code and each is not own for each in world.sales.values()):
        raise Refusal(422, f"The short code {draft.short_code} is taken")


def _set_plain_fields(sale: Sale, draft: SaleDraft) -> None:
    for name in PLAIN_FIELDS:
        value = getattr(draft, name)
        if value is not None:
            setattr(sale, name, value)


def _marked(kind: str | None, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Mark every line when the sale is marked as a whole; marked lines leave the others as take-now lines."""
    if kind is None or not any(line.method for line in lines):
        return tuple(replace(line, method=kind) for line in lines)
    return tuple(replace(line, method=kind if line.method else None) for line in lines)


def _updated_lines(
    world: World, sale: Sale, posted: tuple[Line, ...], *, was_marked: bool, merge: bool
) -> tuple[Line, ...]:
    """A posted method is ignored on update (FACTS 2): lines keep theirs, new ones follow the sale's."""
    standing = {line.id: line for line in sale.lines}
    fitted = {}
    for line in posted:
        old = standing.get(line.id)
        method = (sale.hand_over if old is None else old.method) if was_marked else None
        outlet_id = line.outlet_id or (old.outlet_id if old else None)
        new = _with_id(world, replace(line, method=method, outlet_id=outlet_id))
        fitted[new.id] = new
    return tuple((standing | fitted).values() if merge else fitted.values())


def _with_id(world: World, line: Line) -> Line:
    return replace(line, id=line.id or world.new_id(), note=redact(line.note))


def _payments(world: World, sale: Sale, payments: tuple[Payment, ...]) -> tuple[Payment, ...]:
    return tuple(
        replace(
            each,
            id=each.id or world.new_id(),
            date=each.date or world.now(),
            register_id=each.register_id or sale.register_id,
        )
        for each in payments
    )


def _settle(world: World, sale: Sale) -> None:
    fulfilments.arrange(world, sale)
    stock.settle(world, sale)
    fulfilments.stamp(world, sale)
