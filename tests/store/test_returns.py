"""Returns that the feed has shown: the newest version counts, and only those of sales of ours are told."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Connection, event

from syncd.domain.ids import Account, OrderId, SaleId
from syncd.domain.sales import Sale, SaleState
from syncd.store import returns, seen
from syncd.store.database import Database
from tests.store.shelf import ACME, NOW, a_sale, a_till_sale

ONE = OrderId("1")


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        yield tx


def a_return(sale: str = "back-1", *, version: int = 5, **changes: object) -> Sale:
    return a_till_sale(sale, version=version, return_for=SaleId("sale-1"), total=Decimal("-11.50"), **changes)


def keep(tx: Connection, *sales: Sale, ticket: int = 1) -> None:
    seen.keep(tx, ACME, "memory", sales, ticket=ticket, now=NOW)


def told(tx: Connection, account: Account = ACME) -> list[tuple[str, str, int]]:
    return [(order, one.sale, one.version) for order, _, one in returns.at_the_till(tx, account)]


@pytest.mark.parametrize("order", ["sale-first", "return-first"])
def test_a_return_belongs_to_the_order_of_its_sale_whichever_is_read_first(tx: Connection, order: str) -> None:
    both = [a_sale(state=SaleState.CLOSED), a_return()]
    keep(tx, *(both if order == "sale-first" else reversed(both)))

    assert told(tx) == [(ONE, "back-1", 5)]
    [found] = returns.of_order(tx, ACME, ONE)
    assert (found.original, found.total, found.moved_stock) == ("sale-1", Decimal("-11.50"), True)


def test_the_newest_version_of_a_return_counts_in_whatever_order_they_are_read(tx: Connection) -> None:
    keep(tx, a_sale(), a_return(version=7), a_return(version=6, state=SaleState.PARKED))
    keep(tx, a_return(version=5, state=SaleState.PARKED), ticket=2)

    assert told(tx) == [(ONE, "back-1", 7)]


def test_a_voided_return_is_told_no_more_and_does_not_come_back(tx: Connection) -> None:
    keep(tx, a_sale(), a_return(version=6, state=SaleState.VOIDED))
    keep(tx, a_return(version=5), ticket=2)

    assert told(tx) == []


def test_a_return_of_a_sale_of_the_till_is_told_nowhere(tx: Connection) -> None:
    keep(tx, a_till_sale("sale-1"), a_return())

    assert told(tx) == []


def test_returns_of_another_account_are_not_ours(tx: Connection) -> None:
    keep(tx, a_sale(), a_return())

    assert told(tx, Account("other")) == []
    assert returns.of_order(tx, Account("other"), ONE) == []


def test_nothing_personal_of_a_return_is_kept(tx: Connection) -> None:
    keep(tx, a_sale(), a_return(note="for Jane Moreno"))

    assert "Jane" not in str(tx.exec_driver_sql("SELECT payload FROM sale_returns").scalar_one())


@pytest.mark.parametrize("asked", ["of_order", "of_sale", "made_for", "voided_for"])
def test_returns_are_found_without_going_through_all_of_the_account(file_database: Database, asked: str) -> None:
    """Every return that waits or is held asks so in each round; an account may have tens of thousands."""
    sent: list[tuple[str, object]] = []
    with file_database.read() as tx:
        event.listen(tx, "before_cursor_execute", lambda *said: sent.append((said[2], said[3])))
        {
            "of_order": lambda: returns.of_order(tx, ACME, ONE),
            "of_sale": lambda: returns.of_sale(tx, ACME, SaleId("sale-1")),
            "made_for": lambda: returns.made_for(tx, ACME, [ONE]),
            "voided_for": lambda: returns.voided_for(tx, ACME, ONE),
        }[asked]()
        [(statement, values)] = sent
        steps = [row.detail for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]

    [step] = [step for step in steps if " sale_returns " in step]
    assert step.endswith(("(account=? AND original=?)", "(account=? AND made_for=?)"))
