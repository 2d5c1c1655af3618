"""Sales of ours that name orders which the inbox lacks: read those orders, and hold what the ERP does not have."""

from __future__ import annotations

from syncd.domain.reasons import Reason
from syncd.jobs.given import Given, Run
from syncd.jobs.holding import hold
from syncd.jobs.read_orders import read_some
from syncd.store import holds, seen
from syncd.store.journal import Pen


def read_orphans(given: Given, run: Run) -> None:
    """Standing sales of ours name orders that the inbox lacks (an empty store): read those orders."""
    with given.database.read() as tx:
        missing = seen.orders_unknown(tx, given.account)
    if missing:
        read_some(given, run, missing)


def hold_orphans(given: Given, run: Run, pen: Pen) -> None:
    """A standing sale of ours whose order the ERP does not have is held, never voided."""
    now = given.clock.now()
    with pen.write(given.database) as tx:
        missing = seen.orders_unknown(tx, given.account)
        orphans = {
            f"sale:{one.sale.id}": one for one in seen.of_orders(tx, given.account, missing) if one.sale.is_standing
        }
        for held in holds.open_holds(tx, given.account):
            if held.reason is Reason.SALE_WITHOUT_ORDER and held.subject not in orphans:
                holds.close(tx, given.account, held.subject, because="it has an order, or stands no more", now=now)
        for subject, one in orphans.items():
            if holds.was_dropped(tx, given.account, subject):
                continue
            order = one.identity.part.order
            detail = f"sale {one.sale.invoice_number} names order {order}"
            hold(tx, given, run, subject, order=order, reason=Reason.SALE_WITHOUT_ORDER, detail=detail)
