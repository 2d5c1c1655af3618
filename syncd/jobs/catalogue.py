"""Keep the store's picture of what X-Series sells, and with what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from syncd.domain.catalogue import Product
from syncd.errors import SyncdError
from syncd.jobs.given import Given, Run
from syncd.jobs.read_ahead import read_ahead
from syncd.store import catalogue, cursors

ROWS_KEPT_TOGETHER = 1_000


def sync_catalogue(given: Given, run: Run) -> None:
    """Read all reference data, and the products that changed since the cursor."""
    account = given.account
    references = given.retail.read_references()
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, account)
        after = cursors.version(tx, account, cursors.PRODUCTS)
        run.counts["references_changed"] = int(catalogue.keep_references(tx, account, references))
    given.at("catalogue.references_kept")
    run.counts["references"] = len(references)
    for page in read_ahead(_together(given.retail.read_products(after=after)), beside=given.reads_ahead):
        newest = max([product.version for product in page])
        with given.database.write() as tx:
            catalogue.keep_products(tx, account, page)
            cursors.move(tx, account, cursors.PRODUCTS, str(newest), ticket=ticket, now=given.clock.now())
        given.at("catalogue.page_kept")
        run.counts["products_changed"] += len(page)
        run.progress("products of X-Series", run.counts["products_changed"])


def _together(pages: Iterable[list[Product]]) -> Iterator[list[Product]]:
    """The pages of a server that gives few rows at a time, put together: each is a commit that waits for the disk."""
    gathered: list[Product] = []
    try:
        for page in pages:
            gathered += page
            if len(gathered) >= ROWS_KEPT_TOGETHER:
                yield gathered
                gathered = []
    except SyncdError:
        if gathered:
            yield gathered  # what came before it went wrong
        raise
    if gathered:
        yield gathered


def ensure_catalogue(given: Given, run: Run) -> None:
    """Read it once before the first planning; afterwards its own schedule keeps it fresh."""
    with given.database.read() as tx:
        filled = catalogue.is_filled(tx, given.account)
    if not filled:
        sync_catalogue(given, run)
