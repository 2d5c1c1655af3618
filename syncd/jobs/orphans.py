"""Sales of ours that name orders which the inbox lacks: read those orders, and hold what the ERP does not have."""

from __future__ import annotations

from syncd.domain.reasons import Reason
from syncd.jobs.given import Given, Run
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
        for hold in holds.open_holds(tx, given.account):
            if hold.reason is Reason.SALE_WITHOUT_ORDER and hold.subject not in orphans:
                holds.close(tx, given.account, hold.subject, because="it has an order, or stands no more", now=now)
        for subject, one in orphans.items():
            if holds.was_dropped(tx, given.account, subject):
                continue
            is_new = holds.open_hold(
                tx,
                given.account,
                subject,
                order=one.identity.part.order,
                reason=Reason.SALE_WITHOUT_ORDER,
                detail=f"sale {one.sale.invoice_number} names order {one.identity.part.order}",
                run=run.id,
                now=now,
            )
            if is_new:
                run.held()
