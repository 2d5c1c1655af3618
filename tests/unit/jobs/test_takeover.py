"""Before going live, the sales of another connector are looked up and put beside the plan; nothing is written."""

from dataclasses import replace
from decimal import Decimal

from syncd.domain.ids import SaleId, SourceId
from syncd.domain.takeover import Likeness
from syncd.jobs import takeover
from syncd.jobs.decide import plan_due, settled_rules
from syncd.jobs.given import Mode
from syncd.jobs.takeover import Compared, compare_with_others
from tests.fakes.memory_erp import an_order
from tests.unit.jobs.world import World


def compared(world: World) -> Compared:
    planning = plan_due(world.given, settled_rules(world.given))
    return compare_with_others(world.given, planning.steps())


def likeness(found: Compared) -> list[Likeness]:
    return sorted(twin.likeness for twin in found.twins.values())


def test_in_shadow_the_plan_is_compared_with_what_is_there(world: World) -> None:
    for number in (1, 2, 3):
        world.erp.place(an_order(f"SO{number}"))
    world.settle()
    same, other, ours = world.retail.standing()
    for sale, changes in ((same, {}), (other, {"total": Decimal("24.00")})):
        world.retail.sales[sale.id] = replace(sale, source_type="SHOPIFY", source_id="77", **changes)
    del world.retail.sales[ours.id]
    with world.given.database.write() as tx:  # a store that has not seen any of it
        for table in ("parts", "seen_sales", "journal"):
            tx.exec_driver_sql(f"DELETE FROM {table}")
        tx.exec_driver_sql("UPDATE orders SET outcome = 'waiting', reason = 'new', planned_seq = 0")
    world.use(orders_mode=Mode.SHADOW, takeover=True)
    before = world.all_that_was_done()

    found = compared(world)

    assert likeness(found) == [Likeness.DIFFERENT, Likeness.NOT_THERE, Likeness.SAME]
    assert found.left == 0
    assert world.all_that_was_done() == before


def test_the_number_of_look_ups_is_limited_and_the_rest_is_told(world: World) -> None:
    for number in range(1, 4):
        world.erp.place(an_order(f"SO{number}"))
    world.use(orders_mode=Mode.SHADOW)
    world.sync_orders()
    steps = plan_due(world.given, settled_rules(world.given)).steps()

    found = compare_with_others(world.given, steps * takeover.LOOK_UPS_MAX)

    assert (len(found.twins), found.left) == (3, 2 * takeover.LOOK_UPS_MAX)
    assert SourceId(steps[0].draft.source_id) in found.twins  # type: ignore[union-attr]


def test_a_plan_without_creates_asks_nothing(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.fail("find_sales", AssertionError("asked"), of="SO1")

    assert compared(world) == Compared({}, 0)
    assert [sale.id for sale in world.retail.standing()] != [SaleId("")]
