"""Sales of ours that name orders which the inbox lacks: read those orders, and hold what the ERP does not have."""

from __future__ import annotations

from syncd.domain.reasons import Reason
from syncd.jobs.given import Given, Run
from syncd.jobs.holding import hold
from syncd.jobs.read_orders import read_some
from syncd.store import holds, seen
from syncd.store.journal import Pen
from syncd.store.seen import Orphan

ORDERS_A_BATCH = 200  # read, and committed, together


def read_orphans(given: Given, run: Run) -> None:
    """Standing sales of ours name orders that the inbox lacks (an empty store): read those orders.

    What the ERP did not have is told to a person, and the sweep looks for it again.
    """
    with given.database.read() as tx:
        told = holds.told(tx, given.account, Reason.SALE_WITHOUT_ORDER)
        orphans = [one for one in seen.without_order(tx, given.account) if _subject(one) not in told]
    missing = list(dict.fromkeys(one.order for one in orphans))
    for start in range(0, len(missing), ORDERS_A_BATCH):
        read_some(given, run, missing[start : start + ORDERS_A_BATCH])


def hold_orphans(given: Given, run: Run, pen: Pen) -> None:
    """A standing sale of ours whose order the ERP does not have is held, never voided."""
    now = given.clock.now()
    with pen.write(given.database) as tx:
        seen.note_orders_known(tx, given.account)
        orphans = {_subject(one): one for one in seen.without_order(tx, given.account)}
        for held in holds.open_holds(tx, given.account):
            if held.reason is Reason.SALE_WITHOUT_ORDER and held.subject not in orphans:
                holds.close(tx, given.account, held.subject, because="it has an order, or stands no more", now=now)
        told = holds.told(tx, given.account, Reason.SALE_WITHOUT_ORDER)
        for subject, one in orphans.items():
            if subject not in told:
                detail = f"sale {one.invoice_number} names order {one.order}"
                hold(tx, given, run, subject, order=one.order, reason=Reason.SALE_WITHOUT_ORDER, detail=detail)


def _subject(orphan: Orphan) -> str:
    return f"sale:{orphan.sale}"
