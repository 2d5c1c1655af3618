"""A run with nothing to do costs next to nothing, however long the shops have been open."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from syncd.domain.customers import CustomerMode
from syncd.domain.ids import OrderId
from syncd.domain.orders import Customer
from syncd.domain.part_story import Directions
from syncd.domain.reasons import Reason
from syncd.domain.rules import Returns
from syncd.errors import Refused
from syncd.jobs.given import Mode
from syncd.store import hand_overs
from syncd.store.holds import Verb
from tests.fakes.memory_erp import MUG, a_line, an_order
from tests.fakes.memory_retail import a_product
from tests.unit.jobs.world import ACME, WIDGET, World

TO_ERP = Directions(to_erp=True, to_retail=False, in_part=True)


class Counted:
    """Stands before a side and counts what it is asked."""

    def __init__(self, side: Any) -> None:
        self._side = side
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("read_", "find_")):
            self.calls[name] += 1
        return getattr(self._side, name)


@pytest.fixture
def finished(world: World) -> World:
    """One order that was handed over, and that the ERP has shipped."""
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.hand_over(world.retail.standing()[0].id)
    world.settle()
    world.sync_both()
    assert world.stands()[1] is Reason.HANDED_OVER
    return world


def to_compare(world: World) -> int:
    with world.given.database.read() as tx:
        return len(list(hand_overs.differing(tx, ACME, TO_ERP)))


def test_orders_with_nothing_new_read_the_feed_once_and_the_erp_once(finished: World) -> None:
    finished.retail, finished.erp = Counted(finished.retail), Counted(finished.erp)  # type: ignore[assignment]

    assert finished.sync_orders().outcome == "done"

    assert finished.retail.calls == {"read_sales": 1}  # type: ignore[attr-defined]
    assert finished.erp.calls == {"read_clock": 1, "read_changed_orders": 1}  # type: ignore[attr-defined]


def test_what_was_handed_over_and_shipped_is_not_compared_again(finished: World) -> None:
    finished.erp = Counted(finished.erp)  # type: ignore[assignment]

    assert finished.sync_fulfilments().outcome == "done"

    assert to_compare(finished) == 0
    assert finished.erp.calls == {}  # type: ignore[attr-defined]


def test_it_is_compared_again_when_the_erp_takes_the_shipment_back(finished: World) -> None:
    """Somebody corrects the ERP: by totals something is missing there again (DESIGN 6)."""
    [line] = finished.erp.orders[OrderId("1")].lines
    finished.erp.shipped.clear()
    finished.erp.edit(OrderId("1"), replace(line, shipped=Decimal(0)))

    finished.sync_orders()
    assert to_compare(finished) == 1
    finished.settle()
    finished.sync_both()

    assert len(finished.erp.completed) == 2
    assert to_compare(finished) == 0


def test_a_sale_that_changes_after_all_is_compared_again(finished: World) -> None:
    [sale] = finished.retail.standing()
    finished.retail.change(sale.id, invoice_number="SO1")

    finished.sync_orders()

    assert to_compare(finished) == 1


def test_a_hand_over_beyond_the_order_stays_held(world: World) -> None:
    """More was handed over than the ERP can ship: agreement is noted only where nothing is missing."""
    world.erp.place(an_order("SO1", a_line(MUG, 3)))
    world.settle()
    world.retail.hand_over(world.retail.standing()[0].id)
    world.erp.edit(OrderId("1"), a_line(MUG, 1))
    world.settle()

    for _ in range(3):
        world.sync_fulfilments()

    assert Reason.MORE_HANDED_OVER in world.reasons()
    assert to_compare(world) == 1


STRANGER = Customer("C1", "Ada Lane", "ada@example.test")


def customers_read_by(world: World, *, runs: int = 3) -> int:
    """How often the customers' feed is read by this many runs with nothing new."""
    before = len(world.retail.customers_read_from)
    for _ in range(runs):
        world.clock.advance(60)
        assert world.sync_orders().outcome in ("done", "held")
    return len(world.retail.customers_read_from) - before


def a_refused_order_of_a_stranger(world: World) -> None:
    world.use_names(customers=CustomerMode.MATCH)
    world.retail.fail("create_sale", Refused("422", status=422))
    world.erp.place(an_order("SO1", customer=STRANGER))
    world.settle()
    assert world.stands()[1] is Reason.REFUSED


def test_a_dropped_order_of_a_stranger_costs_nothing_whatever_changes(world: World) -> None:
    a_refused_order_of_a_stranger(world)
    world.say(Verb.DROP)
    world.settle()

    world.use_names(fingerprint="settings-2")

    assert customers_read_by(world) == 0


def test_a_refused_order_of_a_stranger_costs_nothing_when_products_change(world: World) -> None:
    a_refused_order_of_a_stranger(world)

    world.retail.products[WIDGET] = a_product(WIDGET, version=2)
    world.sync_catalogue()

    assert customers_read_by(world) == 0
    assert world.stands()[1] is Reason.REFUSED


def test_a_stranger_is_looked_for_once_while_the_orders_are_in_shadow(world: World) -> None:
    world.use_names(customers=CustomerMode.MATCH_OR_CREATE)
    world.use(orders_mode=Mode.SHADOW)
    world.erp.place(an_order("SO1", customer=STRANGER))

    assert customers_read_by(world) == 1
    world.use(orders_mode=Mode.LIVE)
    there = world.retail.enrol("C1")
    world.settle()

    assert [sale.customer for sale in world.retail.standing()] == [there]


def test_an_order_that_takes_goods_back_asks_for_no_customer(world: World) -> None:
    """It waits for a sale and is looked at by every run."""
    world.use_names(customers=CustomerMode.MATCH, returns=Returns.CREATE)
    world.erp.place(an_order("SO9", a_line(MUG, -1), return_of=OrderId("1"), customer=STRANGER))

    assert customers_read_by(world) == 0
    assert world.stands("9")[1] is Reason.RETURN_WITHOUT_SALE
