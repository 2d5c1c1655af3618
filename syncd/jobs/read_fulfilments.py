"""How far sales were handed over, asked of X-Series: of many at once, where one that makes no sense stops no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from syncd.domain.ids import SaleId
from syncd.domain.sales import Fulfilment
from syncd.errors import NotUnderstood
from syncd.jobs.given import Given
from syncd.log import logger
from syncd.store import cursors, hand_overs

Found = Mapping[SaleId, Sequence[Fulfilment]]  # also of a sale that has none


def read_and_keep(given: Given, sale: SaleId) -> Sequence[Fulfilment]:
    """Read and keep how far this sale is handed over. Raise NotUnderstood where its fulfilments make no sense."""
    return _kept(given, [sale], _by_sale)[sale]


def read_and_keep_what_can_be(given: Given, sales: Sequence[SaleId]) -> None:
    """The same of many. A sale whose fulfilments make no sense stays as it was last read."""
    _kept(given, sales, read_what_can_be)


def _kept(given: Given, sales: Sequence[SaleId], read: Callable[[Given, Sequence[SaleId]], Found]) -> Found:
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, given.account)  # before it is read: a reading that began earlier replaces none
    found = read(given, sales)
    with given.database.write() as tx:
        hand_overs.keep(tx, given.account, found, ticket=ticket)
    return found


def read_what_can_be(given: Given, sales: Sequence[SaleId]) -> Found:
    """By sale. One whose fulfilments make no sense is found by halves, and left out."""
    try:
        return _by_sale(given, sales)
    except NotUnderstood as error:
        if len(sales) == 1:
            logger("fulfilments").warning("the fulfilments make no sense", sale=sales[0], error=str(error))
            return {}
        middle = len(sales) // 2
        return {**read_what_can_be(given, sales[:middle]), **read_what_can_be(given, sales[middle:])}


def _by_sale(given: Given, sales: Sequence[SaleId]) -> Found:
    found: dict[SaleId, list[Fulfilment]] = {sale: [] for sale in sales}
    for one in given.retail.read_fulfilments(sales):
        found.setdefault(one.sale, []).append(one)
    return found
