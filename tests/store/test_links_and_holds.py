"""One sale a part, one open hold a subject, one decision a hold."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from syncd.domain.ids import Account, HoldId, OrderId, OrderLineId, RunId, SaleId, SaleLineId
from syncd.domain.orders import Method
from syncd.domain.reasons import Reason
from syncd.errors import AlreadyLinked, StoreError, UsageError
from syncd.store import holds, parts, runs
from syncd.store.database import Database
from syncd.store.holds import News, Verb
from tests.store.shelf import ACME, AIRPORT, NOW, a_draft, a_part

ONE, TWO = SaleId("sale-1"), SaleId("sale-2")
LINES = [(OrderLineId("1"), SaleLineId("l1"), Decimal("2.5"))]


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        yield tx


# -- links


def test_a_sale_belongs_to_one_part_only(tx: Connection) -> None:
    for part in (a_part(), a_part(outlet=AIRPORT)):
        parts.claim(tx, ACME, part, place=0, generation=1)
    parts.link(tx, ACME, a_part(), ONE)

    with pytest.raises(AlreadyLinked, match="sale-1"), tx.begin_nested():
        parts.link(tx, ACME, a_part(outlet=AIRPORT), ONE)

    assert {record.sale for record in parts.of_order(tx, ACME, OrderId("1"))} == {ONE, None}


def test_a_transaction_goes_on_after_a_link_was_refused(tx: Connection) -> None:
    for part in (a_part(), a_part(outlet=AIRPORT)):
        parts.claim(tx, ACME, part, place=0, generation=1)
    parts.link(tx, ACME, a_part(), ONE)

    with pytest.raises(AlreadyLinked):
        parts.link(tx, ACME, a_part(outlet=AIRPORT), ONE)
    parts.link(tx, ACME, a_part(outlet=AIRPORT), TWO)

    assert {record.sale for record in parts.of_order(tx, ACME, OrderId("1"))} == {ONE, TWO}


def test_a_part_has_one_sale_only(tx: Connection) -> None:
    parts.claim(tx, ACME, a_part(), place=0, generation=1)
    parts.link(tx, ACME, a_part(), ONE)

    parts.link(tx, ACME, a_part(), TWO)

    assert [record.sale for record in parts.of_order(tx, ACME, OrderId("1"))] == [TWO]
    with pytest.raises(IntegrityError), tx.begin_nested():
        tx.execute(text("INSERT INTO parts SELECT * FROM parts"))


def test_pickup_and_dispatch_at_one_outlet_are_two_parts(tx: Connection) -> None:
    for place, method in enumerate(Method):
        parts.claim(tx, ACME, a_part(method=method), place=place, generation=1)

    assert [record.place for record in parts.of_order(tx, ACME, OrderId("1"))] == [0, 1]


def test_what_was_verified_is_read_back_as_it_was(tx: Connection) -> None:
    parts.claim(tx, ACME, a_part(), place=0, generation=1)
    parts.verified(tx, ACME, a_part(), ONE, a_draft(), LINES, now=NOW)

    [record] = parts.of_order(tx, ACME, OrderId("1"))

    assert record.draft == a_draft()
    assert parts.lines_of(tx, ACME, a_part()) == LINES


def test_a_new_generation_keeps_the_place_and_forgets_the_sale(tx: Connection) -> None:
    parts.claim(tx, ACME, a_part(), place=3, generation=1)
    parts.link(tx, ACME, a_part(), ONE)
    parts.voided(tx, ACME, a_part(), 1)

    parts.claim(tx, ACME, a_part(), place=9, generation=2)

    [record] = parts.of_order(tx, ACME, OrderId("1"))
    assert (record.place, record.generation, record.sale, record.voided_by_us) == (3, 2, None, False)


def test_a_corrupted_draft_is_an_error_of_the_store(tx: Connection) -> None:
    parts.claim(tx, ACME, a_part(), place=0, generation=1)
    tx.execute(text("UPDATE parts SET draft = '{\"sale_id\": 7}'"))

    with pytest.raises(StoreError, match="stored SaleDraft cannot be read"):
        parts.of_order(tx, ACME, OrderId("1"))


# -- holds


def hold(
    tx: Connection,
    reason: Reason = Reason.REFUSED,
    *,
    subject: str = "order:1",
    detail: str = "422",
    cause: str = "refused:422",
) -> News:
    return holds.open_hold(
        tx, ACME, subject, order=OrderId("1"), reason=reason, detail=detail, cause=cause, run=RunId(1), now=NOW
    )


def decide(tx: Connection, hold_id: int, verb: Verb = Verb.RETRY) -> None:
    holds.decide(tx, ACME, HoldId(hold_id), verb, who="ada", why="mended", now=NOW)


def test_the_same_hold_again_is_no_news(tx: Connection) -> None:
    assert hold(tx) is News.CAUSE
    assert hold(tx) is News.NONE
    assert hold(tx, detail="422 with other words") is News.NONE

    assert [(one.reason, one.detail) for one in holds.open_holds(tx, ACME)] == [
        (Reason.REFUSED, "422 with other words")
    ]


def test_another_reason_closes_the_hold_before_it(tx: Connection) -> None:
    hold(tx)

    assert hold(tx, Reason.UNKNOWN_SKU, cause="unknown_sku:MUG") is News.CAUSE

    assert [one.reason for one in holds.open_holds(tx, ACME)] == [Reason.UNKNOWN_SKU]
    assert [one.closed_because for one in holds.of_order(tx, ACME, OrderId("1"))] == ["now unknown_sku", ""]


def test_a_subject_has_one_open_hold(tx: Connection) -> None:
    hold(tx)

    with pytest.raises(IntegrityError), tx.begin_nested():
        tx.execute(
            text(
                "INSERT INTO holds (account, subject, order_id, reason, detail, evidence, opened_at, closed_because)"
                " SELECT account, subject, order_id, reason, detail, evidence, opened_at, '' FROM holds"
            )
        )

    assert len(holds.open_holds(tx, ACME)) == 1


def test_a_hold_closed_and_opened_again_is_news(tx: Connection) -> None:
    hold(tx)
    holds.close(tx, ACME, "order:1", because="settled", now=NOW)

    assert hold(tx) is News.CAUSE


def test_one_more_for_a_cause_that_is_held_is_no_new_cause(tx: Connection) -> None:
    hold(tx)

    assert hold(tx, subject="order:2") is News.HOLD
    assert hold(tx, subject="order:3", cause="refused:another answer") is News.CAUSE
    holds.close(tx, ACME, "order:1", because="settled", now=NOW)
    assert hold(tx, subject="order:4") is News.HOLD
    holds.close(tx, ACME, "order:2", because="settled", now=NOW)
    holds.close(tx, ACME, "order:4", because="settled", now=NOW)
    assert hold(tx, subject="order:5") is News.CAUSE


def test_a_decision_is_taken_up_once_and_says_who_and_why(tx: Connection) -> None:
    hold(tx)
    decide(tx, 1)
    [decision] = holds.decisions(tx, ACME)

    holds.consume(tx, ACME, [decision], run=RunId(7), now=NOW)

    assert holds.decisions(tx, ACME) == []
    assert holds.open_holds(tx, ACME) == []
    assert holds.get(tx, ACME, HoldId(1)).closed_because == str(decision) == "retry by ada: mended"


def test_a_hold_that_waits_with_a_decision_takes_no_second(tx: Connection) -> None:
    hold(tx)
    decide(tx, 1)

    with pytest.raises(UsageError, match="waits for the next run with the decision `retry`"):
        decide(tx, 1, Verb.DROP)


def test_a_closed_hold_takes_no_decision(tx: Connection) -> None:
    hold(tx)
    holds.close(tx, ACME, "order:1", because="the order is synced", now=NOW)

    with pytest.raises(UsageError, match="is closed: the order is synced"):
        decide(tx, 1)


def test_a_hold_that_is_not_there_takes_no_decision(tx: Connection) -> None:
    with pytest.raises(UsageError, match="there is no hold 7"):
        decide(tx, 7)


def test_the_hold_of_another_account_takes_no_decision(tx: Connection) -> None:
    hold(tx)

    with pytest.raises(UsageError, match="there is no hold 1"):
        holds.decide(tx, Account("other"), HoldId(1), Verb.RETRY, who="eve", why="", now=NOW)


def test_what_was_dropped_is_remembered(tx: Connection) -> None:
    hold(tx, Reason.SALE_WITHOUT_ORDER, subject="sale:9")
    assert not holds.was_dropped(tx, ACME, "sale:9")

    decide(tx, 1, Verb.DROP)

    assert holds.was_dropped(tx, ACME, "sale:9")
    assert not holds.was_dropped(tx, ACME, "sale:8")


# -- the diary


def test_a_run_is_in_the_diary_from_its_first_line_to_its_outcome(tx: Connection) -> None:
    run = runs.begin(tx, ACME, "orders", "live", now=NOW)
    assert [(one.outcome, one.ended_at) for one in runs.recent(tx, ACME, limit=9)] == [("running", None)]

    runs.end(tx, run, outcome="held", counts={"verified": 3}, message="", now=NOW)

    [record] = runs.recent(tx, ACME, limit=9)
    assert (record.id, record.outcome, record.counts) == (run, "held", {"verified": 3})
    assert list(runs.last_good(tx, ACME)) == ["orders"]


def test_a_failed_run_is_not_a_good_one(tx: Connection) -> None:
    runs.end(tx, runs.begin(tx, ACME, "orders", "live", now=NOW), outcome="failed", counts={}, message="x", now=NOW)

    assert runs.last_good(tx, ACME) == {}
    assert runs.newest_per_job(tx, ACME)["orders"].message == "x"
