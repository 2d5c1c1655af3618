"""A stateful machine: any order of what people, tills, networks, clocks and deaths may do; then everything settles.

Cheap invariants hold after every step, the six of the simulation when all has come to rest.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from syncd.domain.ids import HoldId, OrderId
from syncd.domain.sales import Sale, SaleState
from syncd.errors import Conflict, NotSent, OutsideError, Refused, Throttled, Unanswered, UsageError
from syncd.jobs.run import RunResult
from syncd.store.holds import Verb
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import HERE, THERE, FakeClock, a_line
from tests.simulation.at_rest import assert_the_six, bring_to_rest
from tests.simulation.people import DISPATCH, PICKUP, Cashier, Clerk
from tests.simulation.run import MEMORY
from tests.simulation.thirty_days import A_DEFECT, is_before
from tests.simulation.world import SKUS, SimWorld
from tests.unit.jobs.test_deaths import POINTS
from tests.unit.jobs.world import Died, Failpoints

ORDERS_MAX = 6
# Between these the writer's lock is held. Within a transaction (`_written`) a second process would wait for the first,
# which here waits for it.
WRITING = [
    point
    for point in POINTS
    if not point.startswith(("run.", "catalogue.", "sweep.")) and not point.endswith("_written")
]
SALE_WRITES = ("create_sale", "update_sale", "void_sale")
RETAIL_READS = ("read_sales", "read_page", "read_sale", "find_sales", "read_fulfilments", "read_levels")
ERP_READS = (
    "read_clock",
    "read_changed_orders",
    "read_page",
    "read_orders",
    "read_stamps",
    "read_shipments",
    "read_items",
    "read_on_hand",
    "read_reserved",
    "read_moved_items",
)
MISHAPS: dict[str, tuple[OutsideError, Effect]] = {
    "lost_before": (Unanswered("cut"), Effect.NONE),
    "lost_after": (Unanswered("cut"), Effect.DONE),
    "lost_late": (Unanswered("cut"), Effect.LATE),
    "not_sent": (NotSent("refused connection"), Effect.NONE),
    "throttled": (Throttled("too many", wait=timedelta(seconds=20)), Effect.NONE),
    "refused": (Refused("422", status=422), Effect.NONE),
    "conflict": (Conflict("409", status=409), Effect.NONE),
}
WAITS_S = (1, 31, 61, 211, 400, 3_600, 4 * 3_600)
JUMPS_S = (-86_400, -3_600, -211, 211, 3_600, 86_400)

orders = st.integers(0, ORDERS_MAX - 1)
lines = st.tuples(st.sampled_from(SKUS), st.integers(1, 5), st.sampled_from(("10.00", "0.35", "19.99")), st.booleans())


class Trade(RuleBasedStateMachine):
    """`keeps_client_ids` is the dialect; the tests make one machine for each."""

    keeps_client_ids = True
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="syncd-", dir=MEMORY if MEMORY.is_dir() else None))
        path = self.folder / "acme.db"
        shutil.copy(self.template, path)
        self.world = SimWorld(
            path, keeps_client_ids=self.keeps_client_ids, outside=FakeClock(), rng=Random("late writes")
        )
        self.clerk, self.cashier = Clerk(self.world), Cashier(self.world)
        self.copies = [self.template]
        self.placed: list[OrderId] = []
        self.cursors: dict[str, str] = {}

    def teardown(self) -> None:
        try:
            bring_to_rest(self.world)
            assert_the_six(self.world)
        finally:
            self.world.close()
            shutil.rmtree(self.folder)

    # -- the ERP

    @initialize(bought=st.lists(lines, min_size=1, max_size=3), pickup=st.booleans())
    def a_first_order(self, bought: list[tuple[object, ...]], pickup: bool) -> None:
        self.an_order_is_placed(bought, pickup)

    @precondition(lambda self: len(self.placed) < ORDERS_MAX)
    @rule(bought=st.lists(lines, min_size=1, max_size=3), pickup=st.booleans())
    def an_order_is_placed(self, bought: list[tuple[object, ...]], pickup: bool) -> None:
        made = [
            a_line(sku, quantity, line=str(number), price=price, location=HERE if here else THERE)  # type: ignore[arg-type]
            for number, (sku, quantity, price, here) in enumerate(bought, start=1)
        ]
        delivery = PICKUP if pickup else DISPATCH
        self.placed.append(self.clerk.place(len(self.placed) + 1, made, delivery=delivery))

    @rule(order=orders, line=st.integers(0, 2), quantity=st.integers(1, 9))
    def a_quantity_is_changed(self, order: int, line: int, quantity: int) -> None:
        self.clerk.change_quantity(self._order(order), line, quantity)

    @rule(order=orders, line=lines)
    def a_line_is_added(self, order: int, line: tuple[object, ...]) -> None:
        sku, quantity, price, here = line
        made = a_line(sku, quantity, line="9", price=price, location=HERE if here else THERE)  # type: ignore[arg-type]
        if all(one.id != made.id for one in self.world.erp.orders[self._order(order)].lines):
            self.clerk.add_line(self._order(order), made)

    @rule(order=orders, line=st.integers(0, 2))
    def a_line_is_taken_away(self, order: int, line: int) -> None:
        self.clerk.take_line_away(self._order(order), line)

    @rule(order=orders)
    def an_order_is_cancelled(self, order: int) -> None:
        self.clerk.cancel(self._order(order))

    @rule(order=orders)
    def an_order_is_reopened(self, order: int) -> None:
        self.clerk.reopen(self._order(order))

    @rule(order=orders)
    def an_order_is_moved(self, order: int) -> None:
        self.clerk.move(self._order(order))

    @rule(order=orders, here=st.booleans())
    def an_order_is_shipped_in_the_erp(self, order: int, here: bool) -> None:
        self.clerk.ship(self._order(order), HERE if here else THERE)

    # -- the tills

    @precondition(lambda self: self._open_sales())
    @rule(which=st.integers(0, 20), deed=st.sampled_from(("close", "close", "close", "void", "edit", "take_cash")))
    def a_till_acts(self, which: int, deed: str) -> None:
        there = self._open_sales()
        order, sale = there[which % len(there)]
        getattr(self.cashier, deed)(order, sale)

    # -- what goes wrong

    @rule(call=st.sampled_from(SALE_WRITES), mishap=st.sampled_from(sorted(MISHAPS)))
    def the_next_write_to_xseries_fails(self, call: str, mishap: str) -> None:
        error, effect = MISHAPS[mishap]
        self.world.retail.fail(call, error, effect=effect)
        self._note_all(mishap)

    @rule(mishap=st.sampled_from(sorted(MISHAPS)))
    def the_next_write_to_the_erp_fails(self, mishap: str) -> None:
        error, effect = MISHAPS[mishap]
        self.world.erp.fail("complete_shipment", error, effect=effect)
        self._note_all(mishap)

    @rule(call=st.sampled_from(RETAIL_READS))
    def the_next_read_of_xseries_fails(self, call: str) -> None:
        self.world.retail.fail(call, Unanswered("cut while reading"))

    @rule(call=st.sampled_from(ERP_READS))
    def the_next_read_of_the_erp_fails(self, call: str) -> None:
        self.world.erp.fail(call, NotSent("down"))

    @rule(wait_s=st.sampled_from(WAITS_S))
    def time_passes(self, wait_s: int) -> None:
        self.world.outside.advance(wait_s)
        self.world.deliver_late()

    @rule()
    def what_was_late_takes_place(self) -> None:
        self.world.deliver_late(everything=True)

    @rule(by_s=st.sampled_from(JUMPS_S))
    def our_clock_is_set_wrong(self, by_s: int) -> None:
        self.world.clock.set_wrong(timedelta(seconds=by_s))

    @rule()
    def our_clock_is_set_right(self) -> None:
        self.world.clock.set_wrong(timedelta(0))

    @rule()
    def the_machine_reboots(self) -> None:
        self.world.start()
        self.world.clock.reboot()

    @rule()
    def the_store_is_copied(self) -> None:
        copy = self.folder / f"copy-{len(self.copies)}.db"
        self.world.copy_store(copy)
        self.copies.append(copy)

    @rule(which=st.integers(0, 9))
    def an_earlier_store_is_brought_back(self, which: int) -> None:
        """The first of the copies knows the catalogue alone."""
        number = which % len(self.copies)
        self.world.bring_back(self.copies[number])
        self._note_all("store_older" if number else "store_emptied")
        self.cursors = {}

    # -- syncd

    @rule()
    def orders_are_synced(self) -> None:
        self._is_no_defect(self.world.sync_orders())

    @rule()
    def fulfilments_are_synced(self) -> None:
        self._is_no_defect(self.world.sync_fulfilments())

    @rule()
    def the_erp_is_swept(self) -> None:
        self._is_no_defect(self.world.sync_sweep())

    @rule()
    def stock_is_compared(self) -> None:
        self._is_no_defect(self.world.sync_stock())

    @rule(point=st.sampled_from(POINTS), passing=st.integers(1, 3))
    def the_process_dies(self, point: str, passing: int) -> None:
        self.world.start(Failpoints(point, passing))
        try:
            self._is_no_defect(self.world.sync_orders())
            self._is_no_defect(self.world.sync_fulfilments())
            self._is_no_defect(self.world.sync_sweep())
        except Died:
            pass
        self.world.start()

    @rule(point=st.sampled_from(WRITING))
    def a_second_process_comes_in_between(self, point: str) -> None:
        """Only one writes; the other is told so, and may read meanwhile."""
        self.world.start(_Once(point, self._second_process))
        self._is_no_defect(self.world.sync_orders())
        self._is_no_defect(self.world.sync_fulfilments())
        self.world.start()

    def _second_process(self) -> None:
        asked = len(self.world.retail.asked), len(self.world.erp.completed)
        with closing(self.world.another_process()) as other:
            assert other.sync_orders().outcome == "locked"
            assert other.sync_fulfilments().outcome == "locked"
            self._is_no_defect(other.sync_stock())
        assert (len(self.world.retail.asked), len(self.world.erp.completed)) == asked

    @rule(which=st.integers(0, 9), verb=st.sampled_from((Verb.RETRY, Verb.RETRY, Verb.DROP)))
    def a_person_decides(self, which: int, verb: Verb) -> None:
        holds = self.world.holds()
        if not holds:
            return
        hold = holds[which % len(holds)]
        try:
            self.world.say(verb, HoldId(hold.id))
        except UsageError:
            return
        if hold.order is not None:
            self.world.causes[hold.order].add(f"said_{verb.value}")

    @rule()
    def a_person_looks_at_the_plans(self) -> None:
        before = self._both_sides()
        self._is_no_defect(self.world.plan_orders())
        self._is_no_defect(self.world.plan_completions())
        assert self._both_sides() == before

    # -- after every step

    @invariant()
    def it_is_well(self) -> None:
        """A cursor never goes back; one open entry a subject; no shipment twice; every order read is in one state."""
        now = self.world.cursors()
        for name, was in self.cursors.items():
            assert not is_before(now[name], was), f"{name} went from {was} back to {now[name]}"
        self.cursors = now
        subjects = [entry.subject for entry in self.world.open_entries()]
        assert len(set(subjects)) == len(subjects)
        done = [shipment for shipment, _ in self.world.erp.completed]
        assert len(set(done)) == len(done)
        assert sum(self.world.counts().values()) <= len(self.placed)

    # -- inside

    def _order(self, number: int) -> OrderId:
        return self.placed[number % len(self.placed)]

    def _open_sales(self) -> list[tuple[OrderId, Sale]]:
        return [
            (order, sale)
            for order in self.placed
            for sale in self.world.retail.sales_of(order)
            if sale.state is SaleState.PENDING
        ]

    def _note_all(self, cause: str) -> None:
        """It may befall any order, also one that is placed later."""
        self.world.causes_of_all.add(cause)

    def _both_sides(self) -> tuple[object, ...]:
        retail, erp = self.world.retail, self.world.erp
        return len(retail.asked), retail.version, len(erp.completed), dict(erp.orders)

    def _is_no_defect(self, result: RunResult[object]) -> None:
        assert not A_DEFECT.match(result.message), result.message


class _Once:
    """At the first passing of this line something happens, and the process goes on."""

    def __init__(self, point: str, happens: object) -> None:
        self.point, self.happens = point, happens

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.point = ""
            self.happens()  # type: ignore[operator]
