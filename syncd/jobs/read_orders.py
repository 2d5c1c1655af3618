"""Read what changed in the ERP into the inbox, together with the watermark that it covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.domain.ids import OrderId
from syncd.domain.orders import Order, UnreadableOrder
from syncd.jobs.given import Given, Run
from syncd.store import cursors, inbox
from syncd.store.codec import to_moment, to_text
from syncd.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Missing:
    """Orders that were asked for by their ids and that the ERP did not have; `ticket` is of that reading."""

    orders: tuple[OrderId, ...]
    ticket: int


def read_changed(given: Given, run: Run, *, since: datetime | None = None) -> None:
    """Read from the watermark less the overlap, or from `since`; keep what differs from the current rows.

    The watermark never passes min(the ERP's clock, ours) less the overlap: a stamp from the future is taken, but
    what changes before it is not missed.
    """
    clock, account, overlap = given.clock, given.account, given.settings.overlap
    newest = min(given.erp.read_clock(), clock.now()) - overlap
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, account)
        watermark = cursors.position(tx, account, cursors.ERP_ORDERS)
    start = since or (to_moment(watermark) if watermark else None)
    for page in given.erp.read_changed_orders(start):
        given.at("inbox.page_read")
        now = clock.now()
        with given.database.write() as tx:
            readings: list[Order | UnreadableOrder] = [*page.orders, *page.unreadable]
            for reading in readings:
                run.counts["orders_read"] += 1
                run.counts["orders_changed"] += inbox.put(tx, account, reading, ticket=ticket, now=now)
            if page.watermark is not None and since is None:
                reached = to_text(min(page.watermark, newest))
                cursors.move(tx, account, cursors.ERP_ORDERS, reached, ticket=ticket, now=now)
        given.at("inbox.page_kept")
    if since is None:
        # The whole feed was read: nothing older than the overlap can be missing.
        with given.database.write() as tx:
            cursors.move(tx, account, cursors.ERP_ORDERS, to_text(newest), ticket=ticket, now=clock.now())
        given.at("inbox.watermark_moved")


def read_some(given: Given, run: Run, ids: Sequence[OrderId]) -> Missing:
    """Read these orders into the inbox; return those that the ERP does not have, of which nothing is noted."""
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, given.account)
    orders, unreadable = given.erp.read_orders(ids)
    readings: list[Order | UnreadableOrder] = [*orders, *unreadable]
    now = given.clock.now()
    with given.database.write() as tx:
        for reading in readings:
            run.counts["orders_read"] += 1
            run.counts["orders_changed"] += inbox.put(tx, given.account, reading, ticket=ticket, now=now)
    found = {reading.id for reading in readings}
    return Missing(tuple(order for order in ids if order not in found), ticket)


def note_gone(tx: Transaction, given: Given, run: Run, missing: Missing) -> None:
    """Note in the inbox that the ERP does not have these orders any more."""
    gone = inbox.put_gone(tx, given.account, missing.orders, ticket=missing.ticket, now=given.clock.now())
    run.counts["orders_gone"] += gone


def read_named(given: Given, run: Run, ids: Sequence[OrderId]) -> None:
    """Read the orders that a person named, and believe the ERP when it does not have them."""
    missing = read_some(given, run, ids)
    with given.database.write() as tx:
        note_gone(tx, given, run, missing)
