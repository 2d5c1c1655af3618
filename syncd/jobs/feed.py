"""Read the sales feed to its end: X-Series is the witness of what we have made, the store is only its index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from syncd.domain.sales import Sale, SalesPage
from syncd.jobs.given import Given
from syncd.store import cursors, seen


@dataclass(frozen=True, slots=True)
class FeedReading:
    version: int  # up to which the feed was read to its end
    fresh: int  # sales of ours that are new or newer
    empty: tuple[Sale, ...]  # standing sales without lines, ours or not


def read_feed(given: Given, *, not_above: int | None = None) -> FeedReading:
    """Read from the version reached `settle` ago, so that what became visible late is seen too.

    `not_above` makes it start no higher than this version: the watermark of an entry that is looked up.
    """
    clock, account = given.clock, given.account
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, account)
        start = cursors.reached_before(tx, account, clock.now() - given.settings.settle)
        reached = cursors.version(tx, account, cursors.SALES)
    if not_above is not None:
        start = min(start, not_above)
    fresh = 0
    empty: dict[str, Sale] = {}
    for page in given.retail.read_sales(after=start):
        given.at("feed.page_read")
        now = clock.now()
        with given.database.write() as tx:
            fresh += seen.keep(tx, account, given.erp.kind, page.sales, ticket=ticket, now=now)
            if page.version_max is not None:
                reached = max(reached, page.version_max)
                cursors.move(tx, account, cursors.SALES, str(reached), ticket=ticket, now=now)
            if not page.sales:
                cursors.mark_reached(tx, account, reached, now=now)
        _note_empty(page, empty)
        given.at("feed.page_kept")
    return FeedReading(reached, fresh, tuple(empty.values()))


def _note_empty(page: SalesPage, empty: dict[str, Sale]) -> None:
    for sale in page.sales:
        if sale.is_empty and sale.is_standing:
            empty[sale.id] = sale
        else:
            empty.pop(sale.id, None)


def keep_read_sales(given: Given, sales: Iterable[Sale]) -> None:
    """Keep sales that were read one by one, as if the feed had shown them."""
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, given.account)
        seen.keep(tx, given.account, given.erp.kind, sales, ticket=ticket, now=given.clock.now())
