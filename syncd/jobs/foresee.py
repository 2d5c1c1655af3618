"""What the next run would decide of one order, from what is stored alone: nothing is read, and nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from syncd.domain.ids import Account
from syncd.domain.names import OrderNames, resolve
from syncd.domain.plan_orders import OrderPlan, PartRecord, SeenSale
from syncd.jobs.decide import matches_for, plan_row, shelf_for
from syncd.store import catalogue
from syncd.store.database import Transaction
from syncd.store.inbox import InboxOrder


def foresee(
    tx: Transaction,
    account: Account,
    names: OrderNames,
    row: InboxOrder,
    records: Sequence[PartRecord],
    sales: Sequence[SeenSale],
    *,
    now: datetime,
) -> OrderPlan | None:
    """None while the config names what X-Series does not have: then no order is planned at all."""
    rules = resolve(names, catalogue.references(tx, account)).rules
    if rules is None:
        return None
    shelf = shelf_for(tx, account, [row], rules)
    matches = matches_for(tx, account, [row], rules)[row.id]
    return plan_row(rules, shelf, row, records, sales, matches, retry=False, now=now)
