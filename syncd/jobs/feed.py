"""Read the sales feed to its end: X-Series is the witness of what we have made, the store is only its index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.domain.feed_begin import MARGIN, Glimpse, begin_of, next_glimpse
from syncd.domain.ids import SaleId
from syncd.domain.sales import Sale, SalesPage
from syncd.errors import NotUnderstood, Refused, Unanswered
from syncd.jobs.given import Given
from syncd.log import logger
from syncd.store import beginning, cursors, seen
from syncd.store.beginning import Beginning
from syncd.store.database import Transaction

SETTLED_FOR_SURE = timedelta(hours=1)  # beyond `settle`: the dates of a page are those of X-Series' clock


@dataclass(frozen=True, slots=True)
class FeedReading:
    start: int  # the version from which the feed was read
    version: int  # up to which the feed was read to its end
    fresh: int  # sales of ours that are new or newer
    empty: tuple[Sale, ...]  # standing sales without lines, ours or not


def read_anew(given: Given, *, begin: int) -> FeedReading:
    """Read from this version, whatever was read before."""
    return read_feed(given, not_above=begin, begin=begin)


def read_feed(given: Given, *, not_above: int | None = None, begin: int | None = None) -> FeedReading:
    """Read from the version reached `settle` before the last reading, so that what became visible late is seen too.

    A store that has never read it begins below `orders.start`. `not_above` makes it start no higher than this version:
    the watermark of an entry that is looked up. `begin` is where an empty store begins, when that is known already.
    """
    clock, account = given.clock, given.account
    began = _beginning(given, begin)
    begun, boot = clock.now(), clock.boot_time()
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, account)
        start = beginning.start_of_reading(tx, account, began, settle=given.settings.settle, now=begun, boot=boot)
        reached = cursors.version(tx, account, cursors.SALES)
    is_contiguous = not_above is None or not_above >= start
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
            if is_contiguous:
                _mark_settled(tx, given, page, now)
            if not page.sales:
                cursors.mark_reached(tx, account, reached, now=now)
                beginning.note_read(tx, account, ticket=ticket, begun=begun, boot=boot)
        _note_empty(page, empty)
        given.at("feed.page_kept")
    return FeedReading(start, reached, fresh, tuple(empty.values()))


def read_on(given: Given, *, until: Sequence[SaleId] | None = None) -> set[SaleId]:
    """Read what the feed shows beyond the last reading, to verify by.

    With `until` no further than these sales go: while others are made, the feed has no end. Returned are those of them
    that it does not show yet.

    It is no reading in the sense of `read_feed`, and leaves no mark: what becomes visible late, only that one sees.
    """
    clock, account = given.clock, given.account
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, account)
        reached = cursors.version(tx, account, cursors.SALES)
        missing = seen.not_shown(tx, account, until or ())
    if until is not None and not missing:
        return missing
    for page in given.retail.read_sales(after=reached):
        given.at("feed.page_read")
        now = clock.now()
        with given.database.write() as tx:
            seen.keep(tx, account, given.erp.kind, page.sales, ticket=ticket, now=now)
            if page.version_max is not None and page.version_max > reached:
                reached = page.version_max
                cursors.move(tx, account, cursors.SALES, str(reached), ticket=ticket, now=now)
        given.at("feed.page_kept")
        left = missing - {sale.id for sale in page.sales}
        if until is not None and left in (missing, set()):
            return left  # a page that shows none of them lies beyond them: what is missing lags
        missing = left
    return missing


def _mark_settled(tx: Transaction, given: Given, page: SalesPage, now: datetime) -> None:
    """A page that was old already `settle` ago had been reached then: a reading that is cut off goes on from there."""
    dates = [sale.updated_at for sale in page.sales if sale.updated_at is not None]
    then = now - given.settings.settle
    if page.version_max is not None and dates and max(dates) < then - SETTLED_FOR_SURE:
        cursors.mark_reached(tx, given.account, page.version_max, now=then)


def _note_empty(page: SalesPage, empty: dict[str, Sale]) -> None:
    for sale in page.sales:
        if sale.is_empty and sale.is_standing:
            empty[sale.id] = sale
        else:
            empty.pop(sale.id, None)


def _beginning(given: Given, begin: int | None) -> Beginning:
    """Where this store reads from. An empty one, or one that orders from further back now matter to, begins anew."""
    start = given.settings.names.start
    with given.database.read() as tx:
        known = beginning.find(tx, given.account)
        was_read = cursors.position(tx, given.account, cursors.SALES) is not None
    if known is None and was_read:
        return Beginning(0, start, given.clock.now())  # by a syncd that read every feed from its first version
    if known is not None and (known.version == 0 or known.orders_start <= start):
        return known
    version = find_begin(given) if begin is None else begin
    if known is not None:
        version = min(version, known.version)
    began = Beginning(version, start, given.clock.now())
    with given.database.write() as tx:
        beginning.begin(tx, given.account, began, ticket=cursors.take_ticket(tx, given.account))
    return began


def find_begin(given: Given) -> int:
    """The version below which no sale of an order from `orders.start` on can lie; a few dozen short reads at most.

    A glimpse that fails is taken for young, which leads further down; when the very first fails, so does the run.
    """
    moment = given.settings.names.start - MARGIN
    known: list[Glimpse] = []
    while (after := next_glimpse(known, moment)) is not None:
        try:
            known.append(given.retail.read_glimpse(after=after))
        except (Refused, NotUnderstood, Unanswered) as error:
            if after == 0:
                raise
            logger("feed").warning("a glimpse failed", after=after, error=str(error))
            known.append(Glimpse(after, None, None))
    begin = begin_of(known, moment)
    logger("feed").info("the sales feed is read from", version=begin, glimpses=len(known))
    return begin


def keep_read_sales(given: Given, sales: Iterable[Sale]) -> None:
    """Keep sales that were read one by one, as if the feed had shown them."""
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, given.account)
        seen.keep(tx, given.account, given.erp.kind, sales, ticket=ticket, now=given.clock.now())
