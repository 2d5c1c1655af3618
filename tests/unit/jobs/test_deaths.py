"""A process dies at every named line; the next one finishes: nothing twice, nothing lost (DESIGN 7 and 11)."""

import copy
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

import syncd.jobs
from syncd.domain.customers import CustomerMode
from syncd.domain.ids import OrderId, Sku
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import SaleState
from syncd.errors import Unanswered
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, a_line, an_order
from tests.fakes.memory_retail import a_product
from tests.unit.jobs.world import Died, Failpoints, World, a_world

# The stock job decides nothing about an order: its deaths are lived in test_stock_reading.py and in
# test_deaths_of_corrections.py.
POINTS = sorted(
    {
        point
        for path in Path(syncd.jobs.__file__).parent.glob("*.py")
        for point in re.findall(r"""\bat\(["']([\w.]+)["']\)""", path.read_text())
        if not point.startswith(("stock.", "correct."))
    }
)
# Passed only where something goes wrong.
PLAIN = ("apply.failed", "apply.failure_committed", "lookup.feed_read", "lookup.found", "lookup.resolved_one")
# Passed once or twice in all.
SELDOM = (
    *("catalogue.page_kept", "fulfilments.one_decided", "lookup.found"),
    *("sweep.orders_read", "sweep.reading_noted"),
    *("customers.feed_read", "customers.page_kept", "customers.settled_one"),
)
ONLY_DATED = ("rotation.batch_kept",)
ENTRIES = [point for point in POINTS if point.partition(".")[0] in ("decide", "apply", "lookup", "verify")]
TEA = Sku("TEA")
CREATED, SPLIT, EDITED, CANCELLED, MOVED, HANDED_OVER, PARTLY, SHIPPED = (OrderId(str(n)) for n in range(1, 9))


class Workload:
    """Eight orders of one new customer on a busy morning, hand-overs told both ways.

    Each dialect's world is made once and copied.
    """

    def __init__(self, template: Path, folder: Path, *, keeps_client_ids: bool) -> None:
        world = a_world(template, folder, keeps_client_ids=keeps_client_ids)
        for order in (EDITED, CANCELLED, MOVED, HANDED_OVER, SHIPPED):
            world.erp.place(an_order(f"SO{order}"))
        world.erp.place(an_order(f"SO{PARTLY}", a_line(MUG, 5)))
        world.settle()
        world.close()
        self.store, self.sides = world.path, (world.clock, world.erp, world.retail)

    def begin(self, folder: Path, *, lossy: bool) -> World:
        shutil.copy(self.store, folder / "acme.db")
        world = World(folder / "acme.db", keeps_client_ids=self.sides[2].keeps_client_ids)
        world.clock, world.erp, world.retail = copy.deepcopy(self.sides)
        world.use_names(customers=CustomerMode.MATCH_OR_CREATE)
        world.use(retention=timedelta(minutes=1))
        world.erp.place(an_order("SO1"))
        world.erp.place(an_order("SO2", a_line(MUG, 1), a_line(CAP, 1, line="2", location=THERE)))
        world.erp.edit(EDITED, a_line(MUG, 7))
        world.erp.cancel(CANCELLED)
        world.erp.move(MOVED, THERE)
        world.retail.products[TEA] = a_product(TEA, version=2)
        world.use(fulfilments_to_retail=True)
        world.retail.hand_over(world.retail.standing(HANDED_OVER)[0].id)
        if world.retail.fulfils_in_part:
            world.retail.hand_over_part(world.retail.standing(PARTLY)[0].id, 2)
        world.erp.ship(SHIPPED)
        if lossy:
            world.retail.fail("create_customer", Unanswered("cut"), effect=Effect.DONE)
            world.retail.fail("fulfil_sale", Unanswered("cut"), effect=Effect.DONE)
            world.retail.fail("create_sale", Unanswered("cut"), effect=Effect.DONE, of="SO1")
            world.retail.fail("void_sale", Unanswered("cut"))
            world.retail.fail("update_sale", Unanswered("cut"), effect=Effect.DONE)
            world.erp.fail("complete_shipment", Unanswered("cut"), effect=Effect.DONE)
        return world


@pytest.fixture(scope="module", params=[True, False], ids=["dated", "classic"])
def workload(request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Workload:
    return Workload(template, tmp_path_factory.mktemp("workload"), keeps_client_ids=request.param)


def is_passed_by(point: str, world: World) -> bool:
    """Nothing leads there in this dialect."""
    return point in ONLY_DATED and not world.retail.fulfils_in_part


def die(world: World, point: str, passing: int) -> bool:
    """Run until the process dies; False when it never passed that line so often."""
    failpoints = Failpoints(point, passing)
    world.start(at=failpoints)
    try:
        for _ in range(3):
            world.sync_catalogue()
            world.sync_orders()
            world.sync_fulfilments()
            world.sync_sweep()
            world.clock.advance(211)
    except Died:
        return True
    finally:
        world.start()  # the next process dies nowhere
    return False


def assert_all_is_well(world: World) -> None:
    world.assert_one_sale_a_part(parts=8)
    for order, parts in ((CREATED, 1), (SPLIT, 2), (EDITED, 1), (CANCELLED, 0), (MOVED, 1), (HANDED_OVER, 1)):
        world.assert_one_sale_a_part(parts=parts, order=order)
    assert [line.quantity for sale in world.retail.standing(EDITED) for line in sale.lines] == [7]
    assert_every_hand_over_is_told_once(world)
    assert len(world.retail.customers) == 1
    for order in (CREATED, SPLIT, MOVED):
        assert {sale.customer for sale in world.retail.standing(order)} == set(world.retail.customers)
    assert world.holds() == []
    assert {outcome for outcome, _ in world.counts()} == {Outcome.SYNCED}
    assert world.stands(CANCELLED)[1] is Reason.VOIDED
    world.assert_at_rest()


def assert_every_hand_over_is_told_once(world: World) -> None:
    """To the ERP what left in X-Series, whole and in part; to X-Series what the ERP has shipped."""
    in_part = world.retail.fulfils_in_part
    assert sorted(shipment for shipment, _ in world.erp.completed) == [
        f"{HANDED_OVER}@{HERE}",
        *([f"{PARTLY}@{HERE}"] if in_part else []),
    ]
    assert [line.shipped for line in world.erp.orders[PARTLY].lines] == [2 if in_part else 0]
    assert [call for call, _ in world.retail.writes].count("fulfil_sale") == 1
    assert [sale.state for sale in world.retail.standing(SHIPPED)] == [SaleState.CLOSED]


def test_without_a_death_all_is_well(workload: Workload, folder: Path) -> None:
    world = workload.begin(folder, lossy=True)

    world.settle()

    assert_all_is_well(world)
    world.close()


@pytest.mark.parametrize("point", POINTS)
def test_after_a_death_the_next_process_finishes(workload: Workload, folder: Path, point: str) -> None:
    world = workload.begin(folder, lossy=point in PLAIN)

    died = die(world, point, 1)
    world.settle()

    assert died or is_passed_by(point, world)
    assert_all_is_well(world)
    world.close()


@pytest.mark.slow
@pytest.mark.parametrize("passing", [1, 2, 3], ids=["first", "second", "third"])
@pytest.mark.parametrize("point", POINTS)
def test_after_a_death_among_lost_answers_the_next_process_finishes(
    workload: Workload, folder: Path, point: str, passing: int
) -> None:
    world = workload.begin(folder, lossy=True)

    died = die(world, point, passing)
    world.clock.reboot()
    world.settle()

    assert died or (point in SELDOM and passing > 1) or is_passed_by(point, world)
    assert_all_is_well(world)
    world.close()


@pytest.mark.slow
@pytest.mark.parametrize("second", ENTRIES)
@pytest.mark.parametrize("first", ENTRIES)
def test_after_two_deaths_the_third_process_finishes(workload: Workload, folder: Path, first: str, second: str) -> None:
    world = workload.begin(folder, lossy=True)

    died = die(world, first, 1)
    die(world, second, 1)  # the second process may have nothing left to do there
    world.settle()

    assert died
    assert_all_is_well(world)
    world.close()


def test_every_named_line_is_in_the_matrix() -> None:
    assert {"apply.sending_committed", "apply.answered_not_committed", "apply.answer_committed"} <= set(POINTS)
    assert len(POINTS) >= 9
