"""Forget whose an order was, once it has been finished for `orders.retention`; and let old lines of the diary go.

Part of the orders job, for it has the writer's lock: nothing of what is rewritten is on its way meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from syncd.domain.ids import OrderId
from syncd.jobs.given import Given, Run
from syncd.jobs.read_orders import read_named
from syncd.store import cursors, retention
from syncd.store.codec import to_moment, to_text
from syncd.store.journal import Pen

EVERY = timedelta(days=1)  # or more often, where personal data may stay for less than that
FORGOTTEN_TOGETHER = 200  # orders, in one transaction
READ_TOGETHER = 200  # orders that are needed whole again
BATCHES_A_RUN_MAX = 10  # the rest waits for the next run: sales are more urgent


def forget_finished(given: Given, run: Run, pen: Pen) -> None:
    """Forget a part of what is due; when nothing is left, look again after a day."""
    now, keep = given.clock.now(), given.settings.retention
    with given.database.read() as tx:
        done = cursors.position(tx, given.account, cursors.RETENTION)
    if done is not None and to_moment(done) > now - min(EVERY, keep):
        return
    for _ in range(BATCHES_A_RUN_MAX):
        with pen.write(given.database) as tx:
            some = retention.finished(tx, given.account, before=now - keep, limit=FORGOTTEN_TOGETHER)
            retention.forget(tx, given.account, some)
        run.count("orders_forgotten", len(some))
        given.at("retention.some_forgotten")
        if len(some) < FORGOTTEN_TOGETHER:
            break
    else:
        return
    _forget_orphans(given, pen, before=now - keep)
    with pen.write(given.database) as tx:
        retention.prune_diary(tx, given.account, before=now - keep)
        ticket = cursors.take_ticket(tx, given.account)
        cursors.move(tx, given.account, cursors.RETENTION, to_text(now), ticket=ticket, now=now)
    given.at("retention.diary_pruned")


def _forget_orphans(given: Given, pen: Pen, *, before: datetime) -> None:
    with given.database.read() as tx:
        orphans = retention.orphans(tx, given.account, before=before)
    for start in range(0, len(orphans), FORGOTTEN_TOGETHER):
        with pen.write(given.database) as tx:
            retention.forget_sales(tx, given.account, orphans[start : start + FORGOTTEN_TOGETHER])


def read_recalled(given: Given, run: Run, retried: Collection[OrderId]) -> None:
    """Read again what was forgotten and is needed whole: a person retries it, or something is to be sent for it."""
    with given.database.read() as tx:
        forgotten = retention.forgotten_among(tx, given.account, retried) if retried else []
        recalled = retention.recalled(tx, given.account)
    if forgotten:
        with given.database.write() as tx:
            retention.recall(tx, given.account, forgotten)
    if forgotten or recalled:
        orders = sorted({*forgotten, *recalled})
        for start in range(0, len(orders), READ_TOGETHER):
            # One that the ERP does not have any more is not waited for: no sale of it is open.
            read_named(given, run, orders[start : start + READ_TOGETHER])
