"""Take up again every order that changed since a moment, as if it were new: read it, compare it, mend what is not so.

Nothing is made twice: what stands is found by its source, as in any run, and the journal is not touched.
"""

from __future__ import annotations

from datetime import datetime

from syncd.domain.reasons import Reason
from syncd.jobs.given import Given, Run
from syncd.jobs.orders import sync_orders
from syncd.store import inbox

#: settled by a person, or sent and perhaps done without our knowing: only `syncd holds retry` takes these up
LEFT_ALONE = (Reason.DROPPED, Reason.CONFLICT, Reason.EMPTY_SALE_FOUND)


def replay_orders(given: Given, run: Run, *, since: datetime) -> None:
    """The orders job, with every order due that the ERP changed at or after `since`.

    What was refused is sent again, once. A death before the end leaves the orders due: the next run goes on.
    """
    with given.database.write() as tx:
        run.count("orders_replayed", inbox.plan_anew_since(tx, given.account, since, but=LEFT_ALONE))
    sync_orders(given, run, since=since)
