"""The sweep: what the reading of changes cannot see. An order committed late, changed without a stamp, or deleted.

It reads, and plans nothing: what it finds goes on with the next run of the orders job. It holds no lock, as no reading
does, and moves no cursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from syncd.domain.ids import OrderId
from syncd.domain.reasons import Reason
from syncd.errors import SyncdError
from syncd.jobs.given import Given, Run
from syncd.jobs.holding import hold
from syncd.jobs.read_orders import Missing, note_gone, read_some
from syncd.store import cursors, holds, inbox, seen, stamps
from syncd.store.database import Transaction
from syncd.store.holds import Verb

WINDOW = timedelta(days=14)  # a transaction that was open for longer is none that an ERP keeps
ORDERS_A_BATCH = 200  # read, and committed, together
BRAKE_SUBJECT = "sweep:gone"


def plan_sweep(given: Given, run: Run) -> int:
    """List what the ERP has, and return how many orders a sweep would read; read and note nothing."""
    return len(_to_read(given, run, given.clock.now() - WINDOW, _take_ticket(given)))


def sync_sweep(given: Given, run: Run, *, since: datetime | None = None) -> None:
    """List all that the ERP has of the last days (or from `since`) and read what the inbox has not, or has otherwise.

    What the listing does not name is read as well while something may still come of it, or a sale speaks of it: only
    an order that is not there when it is asked for by its id is gone.
    """
    ticket = _take_ticket(given)
    orders = _to_read(given, run, since or given.clock.now() - WINDOW, ticket)
    _note_gone(given, run, _read(given, run, orders, ticket))
    given.at("sweep.gone_noted")
    if since is None:
        with given.database.write() as tx:
            stamps.forget_older(tx, given.account, ticket=ticket)
    if run.counts["orders_changed"] or run.counts["orders_gone"]:
        run.say("what was found goes on with the next `syncd sync orders`.")


def _take_ticket(given: Given) -> int:
    with given.database.write() as tx:
        return cursors.take_ticket(tx, given.account)


def _to_read(given: Given, run: Run, since: datetime, ticket: int) -> list[OrderId]:
    for page in given.erp.read_stamps(since):
        with given.database.write() as tx:
            stamps.keep(tx, given.account, page, ticket=ticket)
        run.count("orders_listed", len(page))
        given.at("sweep.page_kept")
    with given.database.read() as tx:
        listed = stamps.unread(tx, given.account, ticket=ticket)
        unlisted = stamps.unlisted(tx, given.account, ticket=ticket, since=since)
        orphans = [one.order for one in seen.without_order(tx, given.account)]
        return list(dict.fromkeys([*listed, *unlisted, *orphans]))


def _read(given: Given, run: Run, orders: Sequence[OrderId], ticket: int) -> list[Missing]:
    missing = []
    for start in range(0, len(orders), ORDERS_A_BATCH):
        if given.stopping():
            raise SyncdError(
                f"the sweep was stopped before its end: {start} of {len(orders)} orders are read",
                hint="The next one goes on there.",
            )
        batch = orders[start : start + ORDERS_A_BATCH]
        missing.append(read_some(given, run, batch))
        given.at("sweep.orders_read")
        # After the reading and never before: a death between the two costs a second reading, not an order.
        with given.database.write() as tx:
            stamps.note_read(tx, given.account, batch, ticket=ticket)
        given.at("sweep.reading_noted")
    return missing


def _note_gone(given: Given, run: Run, missing: Sequence[Missing]) -> None:
    """Note which orders are gone, unless they are so many that they are more likely hidden from us than deleted."""
    limit = given.settings.brakes.deleted
    with given.database.write() as tx:
        is_approved = _take_up_approval(tx, given, run)
        news = sum(inbox.count_believed(tx, given.account, one.orders, ticket=one.ticket) for one in missing)
        if news > limit and not is_approved:
            _brake(tx, given, run, f"{news} orders at once are gone from the ERP (limit {limit})")
            return
        holds.close(tx, given.account, BRAKE_SUBJECT, because="what is gone is believed", now=given.clock.now())
        for one in missing:
            note_gone(tx, given, run, one)


def _take_up_approval(tx: Transaction, given: Given, run: Run) -> bool:
    """True when a person lets the brake pass once. Whatever was said about it is used up."""
    said = [one for one in holds.decisions(tx, given.account) if one.hold.subject == BRAKE_SUBJECT]
    holds.consume(tx, given.account, said, run=run.id, now=given.clock.now())
    return any(one.verb is Verb.APPROVE for one in said)


def _brake(tx: Transaction, given: Given, run: Run, detail: str) -> None:
    """Absence is not deletion: a right that was taken from our user, or another database, looks the same."""
    hold(tx, given, run, BRAKE_SUBJECT, order=None, reason=Reason.GONE_AT_ONCE, detail=detail)
    braked = holds.find_open(tx, given.account, BRAKE_SUBJECT)
    run.braked = True
    run.say(f"stopped: {detail}.")
    run.say(
        "look:  the rights of our user, company and database in the ERP        "
        f"let it pass once:  syncd holds approve {braked.id if braked else ''}"
    )
