"""The inbox: what counts as an event, and which orders are decided anew."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from syncd.domain.ids import Account, OrderId
from syncd.domain.journal import EntryState
from syncd.domain.orders import Order, UnreadableOrder
from syncd.domain.reasons import Outcome, Reason
from syncd.errors import StoreError
from syncd.store import inbox, journal, order_names, revisions, seen
from syncd.store.database import Database
from tests.fakes.memory_erp import MUG, a_line, an_order, with_lines
from tests.store.shelf import ACME, NOW, a_create, a_pen, a_sale

ONE = OrderId("1")
WITH = "settings-1:catalogue-1"


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        yield tx


def put(tx: Connection, reading: Order | UnreadableOrder, *, ticket: int = 1) -> bool:
    return inbox.put(tx, ACME, reading, ticket=ticket, now=NOW)


def of(quantity: int) -> Order:
    return with_lines(an_order("SO1"), a_line(MUG, quantity))


def seq(tx: Connection) -> int:
    row = inbox.get(tx, ACME, ONE)
    assert row is not None
    return row.seq


def settle(
    tx: Connection,
    outcome: Outcome,
    *,
    reason: Reason = Reason.STANDS,
    planned_with: str = WITH,
    version: int = 0,
) -> None:
    inbox.settle(
        tx, ACME, ONE, outcome=outcome, reason=reason, detail="", line="", seq=seq(tx),
        planned_with=planned_with, planned_version=version, now=NOW,
    )  # fmt: skip


def due(tx: Connection, *, planned_with: str = WITH, retried: tuple[OrderId, ...] = ()) -> list[OrderId]:
    return [one.id for one in inbox.due(tx, ACME, planned_with=planned_with, retried=retried)]


def test_an_order_is_read_back_as_it_was_put(tx: Connection) -> None:
    order = an_order("SO1", a_line(MUG, "2.125", price="3.3333"), reference="Ünïcode & 'quotes'")

    assert put(tx, order)

    row = inbox.get(tx, ACME, ONE)
    assert row is not None
    assert row.order == order
    assert isinstance(row.order.lines[0].quantity, Decimal)
    assert (row.seq, row.outcome, row.reason) == (1, Outcome.WAITING, Reason.NEW)


def test_the_same_reading_again_is_no_event(tx: Connection) -> None:
    put(tx, of(2), ticket=1)

    assert not put(tx, of(2), ticket=2)

    assert seq(tx) == 1


def test_a_new_stamp_alone_is_no_event(tx: Connection) -> None:
    put(tx, of(2), ticket=1)

    assert not put(tx, replace(of(2), changed_at=NOW + timedelta(days=1)), ticket=2)

    assert seq(tx) == 1


def test_two_then_three_then_two_again_are_two_events(tx: Connection) -> None:
    put(tx, of(2), ticket=1)

    events = [put(tx, of(3), ticket=2), put(tx, of(2), ticket=3)]

    assert events == [True, True]
    assert seq(tx) == 3


def test_a_reading_that_began_earlier_comes_too_late(tx: Connection) -> None:
    put(tx, of(3), ticket=5)

    assert not put(tx, of(2), ticket=4)

    row = inbox.get(tx, ACME, ONE)
    assert row is not None
    assert row.order == of(3)


def test_an_equal_reading_still_counts_against_earlier_ones(tx: Connection) -> None:
    """The later reading saw 3: what began before it must not put 2 back."""
    put(tx, of(3), ticket=1)
    put(tx, of(3), ticket=9)

    assert not put(tx, of(2), ticket=5)


def test_an_order_that_makes_no_sense_is_kept_raw(tx: Connection) -> None:
    put(tx, UnreadableOrder(ONE, "SO1", NOW, '{"lines": null}', "no lines"))

    row = inbox.get(tx, ACME, ONE)
    assert row is not None
    assert (row.order, row.problem, row.number) == (None, "no lines", "SO1")


def test_an_order_that_makes_sense_again_is_an_event(tx: Connection) -> None:
    put(tx, UnreadableOrder(ONE, "SO1", NOW, "{}", "no lines"), ticket=1)

    assert put(tx, of(2), ticket=2)


def test_an_order_is_found_by_number_reference_and_id(tx: Connection) -> None:
    put(tx, of(2))

    for word in ("SO1", "WEB-SO1", "1"):
        assert order_names.find(tx, ACME, word) == [ONE]
    assert order_names.find(tx, ACME, "SO") == []


def test_an_order_is_found_by_every_number_that_it_had(tx: Connection) -> None:
    for ticket, number in enumerate(("SO1", "SO7", "SO1", "SO9"), start=1):
        put(tx, replace(of(2), number=number), ticket=ticket)

    assert [order_names.find(tx, ACME, number) for number in ("SO1", "SO7", "SO9", "SO8")] == [[ONE], [ONE], [ONE], []]
    assert order_names.former_numbers(tx, ACME, ONE, number="SO9") == ["SO1", "SO7"]
    assert order_names.find(tx, Account("other"), "SO1") == []


def test_a_number_that_went_to_another_order_finds_both(tx: Connection) -> None:
    put(tx, of(2))
    put(tx, replace(of(2), number="SO7"), ticket=2)
    put(tx, replace(an_order("SO1"), id=OrderId("2")))

    assert order_names.find(tx, ACME, "SO1") == [ONE, OrderId("2")]


def test_an_order_is_found_by_the_invoice_number_of_its_sale(tx: Connection) -> None:
    put(tx, of(2))
    seen.keep(tx, ACME, "memory", [replace(a_sale(), invoice_number="INV-7")], ticket=1, now=NOW)

    assert order_names.find(tx, ACME, "INV-7") == [ONE]


def test_every_order_is_in_exactly_one_state(tx: Connection) -> None:
    for number in range(1, 6):
        put(tx, an_order(f"SO{number}"))
    settle(tx, Outcome.HELD)

    counts = inbox.count_by_outcome(tx, ACME)

    assert sum(counts.values()) == 5
    assert counts["waiting", "new"] == 4


def test_a_corrupted_order_is_an_error_of_the_store(tx: Connection) -> None:
    put(tx, of(2))
    tx.execute(text("UPDATE orders SET payload = '{\"id\": 1}'"))

    with pytest.raises(StoreError, match="stored Order cannot be read"):
        inbox.get(tx, ACME, ONE)


# -- due


@pytest.fixture
def settled(tx: Connection) -> Connection:
    """An order that was decided: a sale stands, nothing is new."""
    put(tx, of(2))
    settle(tx, Outcome.SYNCED, version=7)
    return tx


def test_a_new_order_is_due(tx: Connection) -> None:
    put(tx, of(2))

    assert due(tx) == [ONE]


def test_a_settled_order_is_not_due(settled: Connection) -> None:
    assert due(settled) == []


def test_an_order_read_anew_is_due(settled: Connection) -> None:
    put(settled, of(3), ticket=2)

    assert due(settled) == [ONE]


def test_an_order_of_which_a_sale_changed_is_due(settled: Connection) -> None:
    seen.keep(settled, ACME, "memory", [a_sale(version=8)], ticket=1, now=NOW)

    assert due(settled) == [ONE]


def test_a_sale_already_considered_makes_nothing_due(settled: Connection) -> None:
    seen.keep(settled, ACME, "memory", [a_sale(version=7)], ticket=1, now=NOW)

    assert due(settled) == []


@pytest.mark.parametrize(
    ("outcome", "is_due"),
    [(Outcome.HELD, True), (Outcome.IGNORED, True), (Outcome.SYNCED, False)],
    ids=lambda one: str(one),
)
def test_other_settings_or_another_catalogue_make_what_stands_in_the_way_due(
    settled: Connection, outcome: Outcome, is_due: bool
) -> None:
    settle(settled, outcome)

    assert (due(settled, planned_with="settings-2:catalogue-1") == [ONE]) is is_due
    assert due(settled) == []


def test_a_waiting_order_is_always_due(settled: Connection) -> None:
    settle(settled, Outcome.WAITING)

    assert due(settled) == [ONE]


def test_a_dropped_order_is_due_only_when_a_person_takes_it_up_again(tx: Connection) -> None:
    put(tx, of(2))
    settle(tx, Outcome.IGNORED, reason=Reason.DROPPED)
    put(tx, of(3), ticket=2)
    seen.keep(tx, ACME, "memory", [a_sale(version=8)], ticket=1, now=NOW)

    assert due(tx, planned_with="settings-2:catalogue-2") == []
    assert due(tx, retried=(ONE,)) == [ONE]


def test_an_order_that_a_person_wants_tried_again_is_due(settled: Connection) -> None:
    assert due(settled, retried=(ONE,)) == [ONE]


@pytest.mark.parametrize("state", EntryState)
def test_an_order_with_an_open_entry_is_never_due(settled: Connection, state: EntryState) -> None:
    is_open = state.value in ("waiting", "sending", "answered", "unknown")
    settle(settled, Outcome.WAITING)
    journal.put(settled, a_pen(settled), a_create("1"), seq=1, watermark=0, now=NOW)
    settled.execute(text("UPDATE journal SET state = :state"), {"state": state.value})

    assert due(settled, retried=(ONE,)) == ([] if is_open else [ONE])


def test_the_orders_of_another_account_are_nobodys(settled: Connection) -> None:
    inbox.put(settled, Account("other"), an_order("SO9"), ticket=1, now=NOW)

    assert due(settled) == []


def gone(tx: Connection, *, ticket: int = 1) -> int:
    return inbox.put_gone(tx, ACME, [ONE], ticket=ticket, now=NOW)


def believed(tx: Connection, *, ticket: int) -> int:
    return inbox.count_believed(tx, ACME, [ONE, OrderId("2")], ticket=ticket)


def test_that_an_order_is_gone_is_an_event_once_and_its_last_reading_stays(tx: Connection) -> None:
    put(tx, of(2), ticket=1)
    assert believed(tx, ticket=2) == 1

    told = [gone(tx, ticket=2), gone(tx, ticket=3)]

    row = inbox.get(tx, ACME, ONE)
    assert row is not None
    assert (told, believed(tx, ticket=4)) == ([1, 0], 0)
    assert (row.gone, row.seq, row.order) == (True, 2, of(2))


def test_an_order_that_is_back_as_it_was_is_an_event(tx: Connection) -> None:
    put(tx, of(2), ticket=1)
    gone(tx, ticket=2)

    assert put(tx, of(2), ticket=3)

    row = inbox.get(tx, ACME, ONE)
    assert row is not None
    assert (row.gone, row.seq) == (False, 3)


def test_a_reading_that_began_earlier_does_not_say_that_an_order_is_gone(tx: Connection) -> None:
    put(tx, of(2), ticket=5)

    assert (believed(tx, ticket=4), gone(tx, ticket=4)) == (0, 0)

    assert seq(tx) == 1


def test_a_reading_that_began_before_an_order_was_missed_again_does_not_bring_it_back(tx: Connection) -> None:
    put(tx, of(2), ticket=1)
    gone(tx, ticket=2)
    gone(tx, ticket=4)

    assert not put(tx, of(2), ticket=3)

    row = inbox.get(tx, ACME, ONE)
    assert row is not None
    assert row.gone


def test_an_order_that_was_never_read_cannot_be_gone(tx: Connection) -> None:
    assert gone(tx) == 0

    assert inbox.get(tx, ACME, ONE) is None


def test_a_later_reading_is_kept_with_what_it_changed(tx: Connection) -> None:
    put(tx, of(2))
    put(tx, of(3), ticket=2)
    put(tx, of(3), ticket=3)
    put(tx, UnreadableOrder(ONE, "SO1", NOW, "{}", "total is text"), ticket=4)
    put(tx, of(3), ticket=5)

    found = revisions.of_order(tx, ACME, ONE)

    assert [(one.seq, one.changes) for one in found] == [
        (2, ("MUG: quantity 2 -> 3", "total 23.00 -> 34.50")),
        (3, ("it cannot be understood: total is text",)),
        (4, ("it can be understood again",)),
    ]
    assert revisions.of_order(tx, Account("other"), ONE) == []


def test_that_an_order_was_deleted_and_came_back_is_kept_as_well(tx: Connection) -> None:
    put(tx, of(2))
    gone(tx, ticket=2)
    gone(tx, ticket=3)
    put(tx, of(2), ticket=4)
    gone(tx, ticket=5)
    put(tx, of(3), ticket=6)

    assert [one.changes for one in revisions.of_order(tx, ACME, ONE)] == [
        ("deleted in the ERP",),
        ("it is there again",),
        ("deleted in the ERP",),
        ("it is there again", "MUG: quantity 2 -> 3", "total 23.00 -> 34.50"),
    ]
