"""Goods coming back: a new parked sale of negative quantities, to be refunded and closed (FACTS 12, 22.10)."""

from __future__ import annotations

from dataclasses import replace

from syncd.sandbox import fulfilments, history, states, versions
from syncd.sandbox.exchange import Call, Refusal
from syncd.sandbox.records import Sale, SaleDraft
from syncd.sandbox.world import World


def start(world: World, original: Sale) -> Sale:
    """Make the return of a closed sale: all its lines, nothing refunded, no stock moved yet.

    The status of a refusal is not documented: 409, like other breaches of the rules of the states.
    """
    if original.state != states.CLOSED:
        raise Refusal(409, f"Sale is {original.status}, only a closed one can be returned")
    if original.return_for is not None:
        raise Refusal(409, "The sale is a return itself")
    now = world.now()
    sale = Sale(
        id=world.new_id(),
        state=states.PARKED,
        attributes=(),
        created_at=now,
        updated_at=now,
        date=now,
        invoice_number=world.next_invoice_number(original.register_id),
        register_id=original.register_id,
        outlet_id=original.outlet_id,
        user_id=original.user_id,
        customer_id=original.customer_id,
        source="USER",
        return_for=original.id,
        lines=tuple(
            replace(line, id=world.new_id(), quantity=-line.quantity, status="SAVED", method=None, outlet_id=None)
            for line in original.lines
        ),
    )
    original.return_ids.append(sale.id)
    world.sales[sale.id] = sale
    fulfilments.stamp(world, sale)
    return sale


def refuse_strangers(world: World, sale: Sale, draft: SaleDraft, call: Call) -> None:
    """Refuse to close a parked return with a product its original never sold.

    Only the dated update does so, and only from 2026-07 on (FACTS 19).
    """
    closing = sale.state == states.PARKED and draft.state == states.CLOSED
    if sale.return_for is None or not closing or versions.served(call) < versions.CHECKS_RETURNS:
        return
    sold = {line.product_id for line in world.sale(sale.return_for).lines}
    for line in sale.lines if draft.lines is None else draft.lines:
        if line.product_id not in sold:
            raise Refusal(422, f"Product {line.product_id} is not in the sale this return is for")


def note(world: World, sale: Sale) -> None:
    """Write a return that was just closed into the history of the fulfilments of its original."""
    if sale.return_for is None or sale.state != states.CLOSED:
        return
    for fulfilment in world.sale(sale.return_for).fulfilments:
        for done in fulfilment.lines:
            back = next((each for each in sale.lines if each.product_id == done.product_id), None)
            if back is not None:
                history.note_return(world, fulfilment, done, -back.quantity, sale.id)
