"""A run with nothing to do costs next to nothing, however long the shops have been open."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from syncd.domain.ids import OrderId
from syncd.domain.part_story import Directions
from syncd.domain.reasons import Reason
from syncd.store import hand_overs
from tests.fakes.memory_erp import MUG, a_line, an_order
from tests.unit.jobs.world import ACME, World

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
