"""Many orders at once: planned, sent and verified a batch at a time, and never less sure than a few."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncd.domain.ids import OrderId
from syncd.domain.journal import EntryState
from syncd.domain.reasons import Reason
from syncd.errors import Unauthorized
from syncd.jobs import apply, decide, verify
from syncd.jobs.feed import read_feed
from syncd.jobs.given import Brakes
from tests.fakes.memory_erp import MUG, a_line, an_order
from tests.fakes.memory_retail import without_lines
from tests.unit.jobs.test_interleavings import Once
from tests.unit.jobs.world import Died, Failpoints, World

ORDERS = 9
PLACED = [str(number) for number in range(1, ORDERS + 1)]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine orders are many."""
    monkeypatch.setattr(decide, "ORDERS_PER_BATCH", 4)
    monkeypatch.setattr(decide, "DECIDED_TOGETHER", 3)
    monkeypatch.setattr(apply, "SENT_TOGETHER", 2)
    monkeypatch.setattr(verify, "VERIFIED_TOGETHER", 3)
    monkeypatch.setattr(verify, "FINISHED_TOGETHER", 2)


@pytest.fixture
def busy(world: World) -> World:
    for number in PLACED:
        world.erp.place(an_order(f"SO{number}"))
    return world


def test_all_are_made_and_verified_in_one_run(busy: World) -> None:
    assert busy.sync_orders().outcome == "done"

    assert busy.unsettled() == 0
    assert len(busy.retail.standing()) == ORDERS
    busy.assert_at_rest()


def test_some_are_verified_while_others_are_sent(busy: World) -> None:
    passed: list[str] = []
    busy.start(at=passed.append)

    busy.sync_orders()

    last_sent = max(place for place, point in enumerate(passed) if point == "apply.answer_committed")
    assert passed.index("verify.one") < last_sent


def test_a_feed_that_lags_meanwhile_is_waited_for(busy: World) -> None:
    busy.retail.feed_lags = True
    busy.sync_orders()
    busy.retail.catch_up()

    busy.settle()

    assert len(busy.retail.standing()) == ORDERS
    busy.assert_at_rest()


@pytest.mark.parametrize("brakes", [Brakes(ORDERS - 1, 9, Decimal(99_999), 9), Brakes(ORDERS, 9, Decimal(1), 9)])
def test_a_brake_looks_at_all_batches_before_the_first_is_decided(busy: World, brakes: Brakes) -> None:
    busy.use(brakes=brakes)

    assert busy.sync_orders().outcome == "braked"

    assert busy.entries() == []
    assert busy.retail.writes == []


@pytest.mark.parametrize("passing", [1, 2, 3])
@pytest.mark.parametrize("point", ["decide.order_written", "decide.order_committed", "verify.read", "verify.one"])
def test_a_death_between_batches_is_finished_by_the_next_run(busy: World, point: str, passing: int) -> None:
    busy.start(at=Failpoints(point, passing))
    with pytest.raises(Died, match=point):
        busy.sync_orders()
    busy.start()

    busy.settle()

    assert len(busy.retail.standing()) == ORDERS
    busy.assert_at_rest()


def test_an_order_whose_sales_changed_since_the_planning_is_judged_anew_and_stops_no_other(busy: World) -> None:
    busy.settle()
    first, other = (busy.retail.standing(number)[0] for number in ("1", "2"))
    busy.retail.clone(first.id, new="double")  # is to be voided: the first one stands
    busy.erp.edit(OrderId("2"), a_line(MUG, 3))

    def fall() -> None:
        busy.retail.void_by_hand(first.id)
        read_feed(busy.given)  # another job of the daemon, or `syncd plan`

    busy.at = Once("orders.planned", fall)
    busy.sync_orders()

    assert [line.quantity for line in busy.retail.sales[other.id].lines] == [3]
    busy.settle()
    assert len(busy.retail.standing("1")) == 1


def test_what_shows_late_below_the_sales_made_since_is_seen_by_the_next_reading(busy: World) -> None:
    busy.erp.place(an_order("SO0"))
    busy.settle()
    (first,) = busy.retail.standing("1")
    double = busy.retail.clone(first.id, new="double")  # another host made it
    busy.retail.hidden_from_feed.add(double)
    busy.erp.place(an_order("SO99"))  # its sale has a higher version, and is read beyond

    busy.sync_orders()
    busy.clock.advance(60)
    busy.retail.catch_up()
    busy.settle()

    assert len(busy.retail.standing("1")) == 1


def test_one_bad_sale_among_many_is_held_and_its_siblings_are_done(busy: World) -> None:
    busy.sync_orders()  # the first create of a classic account goes alone
    busy.settle()
    for number in range(20, 26):
        busy.erp.place(an_order(f"SO{number}"))
    busy.retail.next_sale.extend([lambda sale: sale, without_lines])

    busy.settle()

    assert busy.reasons() == [Reason.EMPTY_SALE]
    assert len(busy.retail.standing()) == ORDERS + 5


def test_credentials_that_are_refused_while_others_are_sent_end_the_run(busy: World) -> None:
    busy.settle()
    for number in range(20, 26):
        busy.erp.place(an_order(f"SO{number}"))
    passed: list[str] = []

    def token_ends(point: str) -> None:
        passed.append(point)
        if passed.count("apply.answer_committed") == 2:
            busy.retail.fail("read_sales", Unauthorized("401", status=401))

    busy.at = token_ends
    ended = busy.sync_orders()

    assert ended.outcome == "unauthorized"
    assert EntryState.WAITING in {entry.state for entry in busy.open_entries()}
    busy.retail.faults.clear()
    busy.at = Failpoints()
    busy.settle()
    busy.assert_at_rest()
