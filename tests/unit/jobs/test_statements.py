"""What is asked of the store once for every order finds it by an index, and not by looking through all orders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from syncd.domain.ids import OrderId
from tests.fakes.memory_erp import MUG, a_line, an_order
from tests.unit.jobs.world import World

ORDERS = 12
GROWING = ("orders", "revisions", "parts", "journal", "seen_sales", "hand_overs", "till_lines", "sale_returns")
# A plan that goes by nothing but the account, or by nothing at all, reads the rows of every order there ever was.
LOOKS_THROUGH = re.compile(rf"(SCAN|SEARCH) ({'|'.join(GROWING)})( USING (COVERING )?INDEX \S+ \(account=\?\))?$")


class Asked:
    """The statements of a while, how often each, and one set of parameters of it."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()
        self.parameters: dict[str, Any] = {}

    def note(self, _tx: object, _cursor: object, said: str, parameters: Any, _context: object, many: bool) -> None:
        if said.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            self.times[said] += 1
            self.parameters[said] = parameters[0] if many else parameters

    def plans(self, tx: Connection, *, of_each: int) -> dict[str, list[str]]:
        """How SQLite goes about what was asked so many times or more."""
        found = {}
        for said, times in self.times.items():
            if times >= of_each:
                rows = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", self.parameters[said])
                found[said] = [row[3] for row in rows]
        return found


@contextmanager
def listening(world: World) -> Iterator[Asked]:
    assert world.database is not None
    asked = Asked()
    event.listen(world.database.engine, "before_cursor_execute", asked.note)
    try:
        yield asked
    finally:
        event.remove(world.database.engine, "before_cursor_execute", asked.note)


def new(world: World) -> None:
    for number in range(ORDERS):
        world.erp.place(an_order(f"SO{number + 1}", a_line(MUG)))


def edited(world: World) -> None:
    for number in range(ORDERS):
        world.erp.edit(OrderId(str(number + 1)), a_line(MUG, 3))


def cancelled(world: World) -> None:
    for number in range(ORDERS):
        world.erp.cancel(OrderId(str(number + 1)))


def collected(world: World) -> None:
    for sale in world.retail.standing():
        world.retail.hand_over(sale.id)


@pytest.mark.parametrize("what", [new, edited, cancelled, collected])
def test_nothing_that_is_asked_for_each_order_looks_through_all(world: World, what: Callable[[World], None]) -> None:
    if what is not new:
        new(world)
        world.settle()
    what(world)

    with listening(world) as asked:
        world.settle()

    assert world.database is not None
    with world.database.read() as tx:
        assert tx.execute(text("SELECT COUNT(*) FROM seen_sales")).scalar_one() == ORDERS
        plans = asked.plans(tx, of_each=ORDERS)
    assert plans, "nothing was asked for each order"
    assert {said: plan for said, plan in plans.items() if any(map(LOOKS_THROUGH.match, plan))} == {}
