"""A listing of the ERP held against the inbox: what is new, what is not what it was, and what is not listed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from syncd.domain.ids import Account, OrderId
from syncd.domain.orders import OrderStamp
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import SaleState
from syncd.store import inbox, seen, stamps
from syncd.store.database import Database
from syncd.store.tables import OrderStampRow
from tests.fakes.memory_erp import an_order
from tests.store.shelf import ACME, NOW, a_sale

ONE, TWO, THREE = OrderId("1"), OrderId("2"), OrderId("3")


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        yield tx


def listed(tx: Connection, *orders: OrderId, ticket: int, digest: str = "as it was") -> None:
    stamps.keep(tx, ACME, [OrderStamp(order, digest) for order in orders], ticket=ticket)


def read(tx: Connection, *orders: OrderId, ticket: int) -> None:
    for order in orders:
        inbox.put(tx, ACME, an_order(f"SO{order}"), ticket=ticket, now=NOW)
    stamps.note_read(tx, ACME, orders, ticket=ticket)


def unlisted(tx: Connection, *, since: datetime = NOW) -> list[OrderId]:
    return stamps.unlisted(tx, ACME, ticket=2, since=since)


def settled(tx: Connection, order: OrderId, outcome: Outcome, reason: Reason = Reason.STANDS) -> None:
    inbox.settle(
        tx, ACME, order, outcome=outcome, reason=reason, detail="", line="", seq=1,
        planned_with="settings-1", planned_version=0, now=NOW,
    )  # fmt: skip


def test_what_is_listed_for_the_first_time_is_to_be_read(tx: Connection) -> None:
    listed(tx, TWO, ONE, ticket=1)

    assert stamps.unread(tx, ACME, ticket=1) == [ONE, TWO]


def test_what_is_listed_as_it_was_when_it_was_read_is_left(tx: Connection) -> None:
    listed(tx, ONE, TWO, ticket=1)
    read(tx, ONE, TWO, ticket=1)

    listed(tx, ONE, ticket=2)
    listed(tx, TWO, ticket=2, digest="touched")

    assert stamps.unread(tx, ACME, ticket=2) == [TWO]


def test_what_the_inbox_lacks_or_believed_to_be_gone_is_to_be_read_however_it_is_listed(tx: Connection) -> None:
    listed(tx, ONE, TWO, THREE, ticket=1)
    read(tx, TWO, THREE, ticket=1)
    stamps.note_read(tx, ACME, [ONE], ticket=1)
    inbox.put_gone(tx, ACME, [TWO], ticket=2, now=NOW)

    listed(tx, ONE, TWO, THREE, ticket=3)

    assert stamps.unread(tx, ACME, ticket=3) == [ONE, TWO]


def test_a_later_listing_is_not_overwritten_by_an_earlier_one(tx: Connection) -> None:
    listed(tx, ONE, ticket=2, digest="newer")
    listed(tx, ONE, ticket=1, digest="older")
    stamps.note_read(tx, ACME, [ONE], ticket=1)

    assert stamps.unread(tx, ACME, ticket=2) == [ONE]


@pytest.mark.parametrize("outcome", [Outcome.WAITING, Outcome.HELD])
def test_what_is_not_listed_is_looked_for_while_it_waits(tx: Connection, outcome: Outcome) -> None:
    read(tx, ONE, TWO, ticket=1)
    settled(tx, ONE, outcome)
    settled(tx, TWO, outcome)

    listed(tx, TWO, ticket=2)

    assert unlisted(tx) == [ONE]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (SaleState.PENDING, [ONE]),
        (SaleState.PARKED, [ONE]),
        (SaleState.CLOSED, []),
        (SaleState.VOIDED, []),
    ],
)
def test_what_is_settled_and_not_listed_is_looked_for_while_its_sale_is_open(
    tx: Connection, state: SaleState, found: list[OrderId]
) -> None:
    read(tx, ONE, ticket=1)
    settled(tx, ONE, Outcome.SYNCED)
    seen.keep(tx, ACME, "memory", [a_sale(state=state)], ticket=1, now=NOW)

    assert unlisted(tx) == found


def test_what_a_person_has_dropped_is_not_looked_for(tx: Connection) -> None:
    read(tx, ONE, ticket=1)
    settled(tx, ONE, Outcome.IGNORED, Reason.DROPPED)
    seen.keep(tx, ACME, "memory", [a_sale()], ticket=1, now=NOW)

    assert unlisted(tx) == []


@pytest.mark.parametrize(
    ("since", "found"),
    [pytest.param(NOW, [ONE], id="lately"), pytest.param(NOW + timedelta(seconds=1), [], id="long-ago")],
)
def test_what_was_missed_is_looked_for_again_for_a_while(tx: Connection, since: datetime, found: list[OrderId]) -> None:
    read(tx, ONE, ticket=1)
    inbox.put_gone(tx, ACME, [ONE], ticket=1, now=NOW)
    settled(tx, ONE, Outcome.IGNORED, Reason.DELETED)

    assert unlisted(tx, since=since) == found


def test_only_the_newest_listing_is_kept_and_only_of_this_account(tx: Connection) -> None:
    listed(tx, ONE, TWO, ticket=1)
    stamps.keep(tx, Account("other"), [OrderStamp(ONE, "theirs")], ticket=1)
    listed(tx, TWO, ticket=2)

    stamps.forget_older(tx, ACME, ticket=2)

    kept = select(func.count()).select_from(OrderStampRow)
    assert tx.execute(kept).scalar_one() == 2
    assert stamps.unread(tx, ACME, ticket=2) == [TWO]
    assert stamps.unread(tx, Account("other"), ticket=1) == [ONE]
