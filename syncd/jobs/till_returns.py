"""What was taken back at a till is told once, and left to a person: what the ERP makes of it, nobody here knows."""

from __future__ import annotations

from syncd.domain.reasons import Reason
from syncd.domain.shipments import ShipmentState, say_quantities, totals
from syncd.jobs.given import Given, Run
from syncd.jobs.holding import hold
from syncd.store import returns
from syncd.store.journal import Pen

RETURNS_A_PAGE = 100  # whose orders' shipments are read in one request
RETURN_PAGES_MAX = 10  # of a run: a thousand at once is a till gone wrong, and the next run tells the rest


def hold_till_returns(given: Given, run: Run, pen: Pen) -> None:
    """Page by page, the oldest first; what was told is not among the next."""
    for _ in range(RETURN_PAGES_MAX):
        with given.database.read() as tx:
            found = returns.untold(tx, given.account, RETURNS_A_PAGE)
        if not found or given.stopping():
            return
        shipments = given.erp.read_shipments(sorted({one.order for one in found}))
        for one in found:
            done = [each for each in shipments if each.order == one.order and each.state is ShipmentState.DONE]
            shipped = totals(line for each in done for line in each.lines)
            detail = (
                f"sale {one.back.invoice_number} took back {one.back.pieces:f} of sale {one.of_invoice_number}; "
                f"shipped in the ERP: {say_quantities(shipped)}"
            )
            with pen.write(given.database) as tx:
                subject, reason = f"{returns.HOLD_SUBJECTS}{one.back.sale}", Reason.RETURNED_AT_TILL
                hold(tx, given, run, subject, order=one.order, reason=reason, detail=detail)
                returns.note_told(tx, given.account, one.back.sale)
