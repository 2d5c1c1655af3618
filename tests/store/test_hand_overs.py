"""How far sales are handed over, kept; what differs, found by one statement; and whose turn it is to be asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from syncd.domain.ids import LocationId, OrderId, OrderLineId, OutletId, SaleId, SaleLineId
from syncd.domain.orders import Method
from syncd.domain.part_story import Directions
from syncd.domain.sales import Fulfilment, FulfilmentLine, FulfilmentState, SaleState
from syncd.store import hand_overs, inbox, parts, seen
from syncd.store.database import Database
from tests.fakes.memory_erp import an_order
from tests.store.shelf import ACME, NOW, a_draft, a_part, a_sale

TO_ERP = Directions(to_erp=True, to_retail=False, in_part=True)
CLASSIC = Directions(to_erp=True, to_retail=False, in_part=False)
TO_RETAIL = Directions(to_erp=False, to_retail=True, in_part=True)


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        yield tx


def put(tx: Connection, order: str = "1", *, version: int = 1, state: SaleState = SaleState.PENDING) -> SaleId:
    """An order with its linked and verified sale."""
    part, sale = a_part(order), SaleId(f"sale-{order}")
    inbox.put(tx, ACME, replace(an_order(f"SO{order}"), id=OrderId(order)), ticket=1, now=NOW)
    parts.claim(tx, ACME, part, place=0, generation=1)
    parts.link(tx, ACME, part, sale)
    lines = [(OrderLineId("1"), SaleLineId(f"l{order}"), Decimal(2))]
    parts.verified(tx, ACME, part, sale, a_draft(part), lines, now=NOW)
    show(tx, order, version=version, state=state)
    return sale


def show(tx: Connection, order: str = "1", *, version: int, state: SaleState = SaleState.PENDING) -> None:
    """The feed shows the order's sale."""
    sale = a_sale(f"sale-{order}", version=version, part=a_part(order), state=state)
    seen.keep(tx, ACME, "memory", [sale], ticket=version, now=NOW)


def fulfilled(sale: SaleId, quantity: int, *, version: int = 1) -> Fulfilment:
    line = FulfilmentLine(SaleLineId("l1"), Decimal(2), Decimal(quantity))
    return Fulfilment("f-1", sale, OutletId("downtown"), Method.PICKUP, FulfilmentState.OPEN, (line,), version)


def keep(tx: Connection, sale: SaleId, quantity: int, *, ticket: int = 1, version: int = 1) -> None:
    hand_overs.keep(tx, ACME, {sale: [fulfilled(sale, quantity, version=version)]}, ticket=ticket)


def differing(tx: Connection, directions: Directions = TO_ERP) -> list[str]:
    return [story.sale for story in hand_overs.differing(tx, ACME, directions)]


def agree(tx: Connection, directions: Directions = TO_ERP) -> None:
    marks = [(story.part, story.mark) for story in hand_overs.differing(tx, ACME, directions)]
    parts.agreed(tx, ACME, marks)


# -- what is kept


def test_a_story_is_told_from_all_that_is_stored(tx: Connection) -> None:
    sale = put(tx)
    keep(tx, sale, 1)

    (story,) = hand_overs.differing(tx, ACME, TO_ERP)

    assert (story.part, story.generation, story.sale, story.invoice_number) == (a_part(), 1, sale, "SO1")
    assert (story.is_closed, story.names_hand_over, story.is_cancelled) == (False, True, False)
    assert story.lines == ((OrderLineId("1"), SaleLineId("l1"), Decimal(2)),)
    assert story.fulfilments == (fulfilled(sale, 1),)
    assert [(line.id, line.location, line.quantity) for line in story.goods] == [
        (OrderLineId("1"), LocationId("DOWNTOWN"), Decimal(2))
    ]


def test_a_reading_that_started_earlier_replaces_nothing(tx: Connection) -> None:
    sale = put(tx)
    keep(tx, sale, 2, ticket=7)

    keep(tx, sale, 1, ticket=6)

    assert hand_overs.fulfilments_of(tx, ACME, sale) == (fulfilled(sale, 2),)


def test_only_sales_of_which_something_left_are_begun(tx: Connection) -> None:
    keep(tx, put(tx, "1"), 0)
    keep(tx, put(tx, "2"), 1)

    assert list(hand_overs.begun(tx, ACME, [OrderId("1"), OrderId("2")])) == ["sale-2"]


# -- what differs


@pytest.mark.parametrize(
    ("directions", "found"),
    [
        pytest.param(TO_ERP, ["sale-2", "sale-3"], id="to the ERP, dated: closed, and open of which some left"),
        pytest.param(CLASSIC, ["sale-2"], id="to the ERP, classic: closed"),
        pytest.param(TO_RETAIL, ["sale-1", "sale-2", "sale-3"], id="to X-Series: open ones too"),
    ],
)
def test_only_what_can_differ_in_this_direction_is_compared(
    tx: Connection, directions: Directions, found: Sequence[str]
) -> None:
    put(tx, "1")
    put(tx, "2", state=SaleState.CLOSED)
    keep(tx, put(tx, "3"), 1)
    put(tx, "4", state=SaleState.VOIDED)

    assert differing(tx, directions) == found


def test_what_agreed_is_not_compared_again(tx: Connection) -> None:
    for number in range(1, 6):
        put(tx, str(number), state=SaleState.CLOSED)

    agree(tx)

    assert differing(tx) == []


@pytest.mark.parametrize("news", ["of the sale", "of the order", "of its fulfilments", "in the other direction"])
def test_what_agreed_is_compared_again_when_there_is_news(tx: Connection, news: str) -> None:
    sale = put(tx)
    keep(tx, sale, 1)
    agree(tx)
    directions = TO_ERP
    match news:
        case "of the sale":
            show(tx, version=2)
        case "of the order":
            changed = replace(an_order("SO1"), reference="another", changed_at=NOW + timedelta(1))
            inbox.put(tx, ACME, changed, ticket=2, now=NOW)
        case "of its fulfilments":
            keep(tx, sale, 2, ticket=2)
        case _:
            directions = replace(TO_ERP, to_retail=True)

    assert differing(tx, directions) == [sale]


def test_the_same_reading_again_is_no_news(tx: Connection) -> None:
    sale = put(tx)
    keep(tx, sale, 1)
    agree(tx)

    keep(tx, sale, 1, ticket=2)

    assert differing(tx) == []


def test_a_link_made_anew_is_compared_again(tx: Connection) -> None:
    put(tx, state=SaleState.CLOSED)
    agree(tx)

    parts.verified(tx, ACME, a_part(), SaleId("sale-1"), a_draft(), [], now=NOW)

    assert differing(tx) == ["sale-1"]


def test_a_thousand_are_found_by_one_statement(database: Database) -> None:
    with database.write() as tx:
        for number in range(1_000):
            put(tx, str(number), state=SaleState.CLOSED)
    asked: list[str] = []

    with database.read() as tx:
        event.listen(tx, "before_cursor_execute", lambda *told: asked.append(told[2]))
        found = list(hand_overs.differing(tx, ACME, TO_ERP))

    assert len(found) == 1_000
    assert len(asked) == 1


# -- whose turn it is


def test_those_never_asked_come_first_then_whose_asking_is_longest_ago(tx: Connection) -> None:
    for number, ticket in (("1", 9), ("2", 3), ("3", 0)):
        sale = put(tx, number)
        if ticket:
            keep(tx, sale, 0, ticket=ticket)
    put(tx, "4", state=SaleState.CLOSED)

    assert hand_overs.open_sales_in_turn(tx, ACME, 9) == ["sale-3", "sale-2", "sale-1"]
    assert hand_overs.open_sales_in_turn(tx, ACME, 2) == ["sale-3", "sale-2"]


def test_a_sale_with_news_in_the_feed_comes_before_all(tx: Connection) -> None:
    put(tx, "1")
    keep(tx, put(tx, "2"), 0, ticket=9)
    show(tx, "2", version=5)

    assert hand_overs.open_sales_in_turn(tx, ACME, 1) == ["sale-2"]


def test_when_it_was_last_asked_is_remembered(tx: Connection) -> None:
    before = hand_overs.asked_at(tx, ACME)
    for moment in (NOW, datetime(2026, 12, 1, 13, tzinfo=UTC)):
        hand_overs.note_asking(tx, ACME, now=moment)

    assert (before, hand_overs.asked_at(tx, ACME)) == (None, datetime(2026, 12, 1, 13, tzinfo=UTC))


def test_parts_that_agree_are_passed_over_without_their_rows(tmp_path: Path) -> None:
    """Finished trade is gone through at every tick."""
    database = Database(f"sqlite:///{tmp_path / 'acme.db'}")
    database.prepare()
    with database.read() as tx:
        asked: list[tuple[str, Any]] = []
        event.listen(tx, "before_cursor_execute", lambda _c, _u, text, values, *_: asked.append((text, values)))
        assert differing(tx) == []
        text, values = asked[-1]
        plan = [str(row[3]) for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
    database.close()

    assert any("COVERING INDEX parts_agreed" in step for step in plan), plan
