"""What nothing explains is corrected once, by deltas, and what may not be touched is left alone and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.ids import LocationId, Sku
from syncd.domain.plan_corrections import LeftAlone, QuietHours, Way
from syncd.domain.reasons import Reason
from syncd.domain.stock_brakes import StockBrakes
from syncd.domain.stock_changes import (
    OUR_REASONS,
    AdjustmentReason,
    AdjustmentReasonId,
    Consignment,
    ConsignmentId,
    ConsignmentKind,
    ConsignmentLine,
    ConsignmentState,
)
from syncd.domain.stock_terms import BookedBy
from syncd.errors import Conflict, Forbidden, Refused, Throttled, Unanswered
from syncd.jobs.apply_corrections import ROW_SUBJECTS
from syncd.store.holds import Verb
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, an_order
from tests.fakes.memory_retail import AIRPORT, DOWNTOWN, a_product, product_id
from tests.unit.jobs.world import DEADLINE, SETTLE, World

KETTLE = Sku("KETTLE")
SOON = timedelta(minutes=15)


def stocked(world: World) -> World:
    """Three products downtown and one at the airport, as both sides say; the ERP books what tills sell."""
    world.retail.products[KETTLE] = a_product(KETTLE, version=2)
    assert world.sync_catalogue().outcome == "done"
    for location, outlet, sku in ((HERE, DOWNTOWN, MUG), (HERE, DOWNTOWN, CAP), (HERE, DOWNTOWN, KETTLE),
                                  (THERE, AIRPORT, MUG)):  # fmt: skip
        world.erp.levels[location, sku] = Decimal(10)
        world.retail.set_level(outlet, sku, 10)
    world.use(stock=replace(world.settings.stock, booked_by=BookedBy.ERP))
    world.erp.items_at_once = 5_000
    world.clock.advance(SOON)
    return world


@pytest.fixture
def shop(dated: World) -> World:
    return stocked(dated)


@pytest.fixture
def old_shop(classic: World) -> World:
    """The same over the classic dialect, at an hour when nobody is at the till."""
    classic.use(quiet_hours=QuietHours(time(0), time(23, 59), ZoneInfo("UTC")))
    return stocked(classic)


def levels(world: World) -> dict[str, Decimal | int | None]:
    names = {DOWNTOWN: "Downtown", AIRPORT: "Airport"}
    return {
        f"{names[outlet]} {product.removeprefix('product-')}": one.level
        for (outlet, product), one in sorted(world.retail.levels.items())
    }


def adjusted(world: World) -> list[tuple[str, Decimal]]:
    """What was booked, by product and quantity."""
    return [(one.product.removeprefix("product-"), one.quantity) for one in world.retail.adjustments]


def corrected(world: World) -> None:
    result = world.correct_stock()
    assert result.outcome == "done", (result.outcome, result.message, world.reasons())


def later(world: World) -> None:
    """So much later that an absent batch is proved to be absent."""
    world.clock.advance(SETTLE + DEADLINE + timedelta(seconds=1))


def why_left(world: World) -> list[LeftAlone]:
    return [row.why for row in world.plan_stock().left_rows]


# -- corrected


def test_a_drift_is_corrected_by_what_nothing_explains(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.set_level(AIRPORT, MUG, 12)

    corrected(shop)

    assert set(levels(shop).values()) == {10}
    assert sorted(adjusted(shop)) == [("MUG", -2), ("MUG", 3)]
    assert {one.name for one in shop.retail.adjustment_reasons} == set(OUR_REASONS)


def test_a_run_after_a_correction_corrects_nothing(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    corrected(shop)
    before = shop.all_that_was_done()

    corrected(shop)

    assert shop.all_that_was_done() == before
    assert shop.stock_rows() == []


def test_what_an_open_sale_explains_is_not_corrected(shop: World) -> None:
    shop.erp.place(an_order("SO1"))
    shop.settle()
    shop.retail.set_level(DOWNTOWN, MUG, 5)  # 8 of them are explained by the open sale of two

    corrected(shop)

    assert levels(shop)["Downtown MUG"] == 8


def test_a_till_sale_between_the_reading_and_the_correction_still_counts(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    plan = shop.plan_stock()
    shop.retail.before_next_adjustment = [lambda: shop.retail.move_level(DOWNTOWN, MUG, Decimal(-1))]

    assert shop.apply_plan(plan).outcome == "done"

    assert levels(shop)["Downtown MUG"] == 9


def test_thousands_of_rows_are_a_few_requests_and_entries(shop: World) -> None:
    skus = [Sku(f"SKU-{n:04}") for n in range(1_200)]
    for place, sku in enumerate(skus):
        shop.retail.products[sku] = a_product(sku, version=10 + place)
        shop.erp.levels[HERE, sku] = Decimal(2)
        shop.retail.set_level(DOWNTOWN, sku, 1)
    shop.sync_catalogue()
    shop.use(stock_brakes=StockBrakes(Decimal(1), Decimal(1), Decimal(0), 9_999, Decimal(9_999)))

    corrected(shop)

    assert len(adjusted(shop)) == 1_200
    assert [call for call, _ in shop.retail.asked].count("adjust_stock") == 2
    assert shop.stock_report().drifts == 0


def test_what_was_corrected_is_no_first_look_at_what_is_off_later(shop: World) -> None:
    """The report before saw this level off and it was put right: another difference is seen once, and read again."""
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    corrected(shop)
    shop.clock.advance(SOON)
    shop.retail.set_level(DOWNTOWN, MUG, 8)
    asked = sum(location == HERE for location, _ in shop.erp.asked_items)
    shop.erp.before_reading = {(HERE, asked + 1): lambda: shop.erp.levels.update({(HERE, MUG): Decimal(8)})}

    corrected(shop)

    assert adjusted(shop) == [("MUG", 3)]


def test_a_shop_in_which_nothing_drifts_is_asked_nothing_more(shop: World) -> None:
    shop.retail.fail("read_consignments_under_way", Unanswered("it was asked"))

    corrected(shop)


def test_a_report_alone_finds_out_what_became_of_a_plan_that_was_applied(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    plan = shop.plan_stock()
    shop.retail.fail("adjust_stock", Unanswered("cut"), effect=Effect.DONE)
    shop.apply_plan(plan)
    assert len(shop.open_entries()) == 1

    assert shop.run_stock().outcome == "done"

    assert shop.open_entries() == []
    assert adjusted(shop) == [("MUG", 3)]


# -- left alone


@pytest.mark.parametrize(
    ("befalls", "why"),
    [
        pytest.param(lambda shop: shop.retail.ring_up("t", MUG, 1), LeftAlone.NOT_EXACT, id="a sale at the till"),
        pytest.param(
            lambda shop: shop.use(stock=replace(shop.settings.stock, booked_by=BookedBy.NOBODY)),
            LeftAlone.NOBODY_BOOKS,
            id="nobody books",
        ),
        pytest.param(
            lambda shop: shop.retail.fail("read_consignments", Forbidden("403"), times=99),
            LeftAlone.MOVEMENTS_UNKNOWN,
            id="movements unknown",
        ),
        pytest.param(
            lambda shop: shop.retail.fail("read_consignments_under_way", Forbidden("403"), times=99),
            LeftAlone.MOVEMENTS_UNKNOWN,
            id="counts under way unknown",
        ),
        pytest.param(lambda shop: a_count(shop), LeftAlone.COUNT_UNDER_WAY, id="a count under way"),
        pytest.param(lambda shop: a_transfer(shop), LeftAlone.TRANSFER_UNDER_WAY, id="a transfer under way"),
        pytest.param(
            lambda shop: shop.erp.levels.update({(HERE, MUG): Decimal(-4)}), LeftAlone.BELOW_ZERO, id="below zero"
        ),
        pytest.param(
            lambda shop: shop.erp.levels.update({(HERE, MUG): Decimal(0)}), LeftAlone.ZERO_SEEN_ONCE, id="a fresh zero"
        ),
    ],
)  # fmt: skip
def test_what_may_not_be_corrected_is_left_alone_and_says_why(
    shop: World, befalls: Callable[[World], object], why: LeftAlone
) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    befalls(shop)

    assert why_left(shop) == [why]
    assert shop.correct_stock().outcome == "done"
    assert adjusted(shop) == []


def under_way(shop: World, kind: ConsignmentKind) -> None:
    one = Consignment(ConsignmentId("c"), kind, ConsignmentState.UNDER_WAY, "", "c", DOWNTOWN, AIRPORT, None, 1)
    shop.retail.consignments[one.id] = one
    shop.retail.consignment_lines[one.id] = [ConsignmentLine(product_id(MUG), Decimal(3), None, False, 1)]


def a_count(shop: World) -> None:
    under_way(shop, ConsignmentKind.COUNT)


def a_transfer(shop: World) -> None:
    under_way(shop, ConsignmentKind.TRANSFER)


def test_a_product_of_which_a_write_may_have_happened_is_left_alone(shop: World) -> None:
    shop.erp.place(an_order("SO1"))
    shop.settle()
    shop.erp.cancel(shop.erp.place(an_order("SO2")))
    shop.retail.fail("void_sale", Unanswered("cut"))
    shop.erp.cancel(next(iter(shop.erp.orders)))
    shop.sync_orders()
    assert len(shop.open_entries()) == 1
    shop.retail.set_level(DOWNTOWN, MUG, 3)
    shop.retail.set_level(DOWNTOWN, CAP, 3)

    corrected(shop)

    assert adjusted(shop) == [("CAP", 7)]


def test_a_zero_is_written_when_the_erp_says_so_a_minute_later(shop: World) -> None:
    shop.erp.levels[HERE, MUG] = Decimal(0)
    corrected(shop)
    assert adjusted(shop) == []
    shop.clock.advance(timedelta(minutes=1))

    corrected(shop)

    assert adjusted(shop) == [("MUG", -10)]


def test_a_zero_that_the_second_reading_denies_is_not_written(shop: World) -> None:
    """A comparison reads only what was moved; before a zero is written the ERP is asked for just that once more."""
    shop.erp.levels[HERE, MUG] = Decimal(0)
    corrected(shop)
    shop.clock.advance(timedelta(hours=1))
    before = len(shop.erp.asked_items)
    dict.__setitem__(shop.erp.levels, (HERE, MUG), Decimal(4))  # and the ERP tells of no move
    shop.erp.moved.clear()

    corrected(shop)

    assert shop.erp.asked_items[before:] == [(HERE, (shop.erp.number_of(MUG),))]
    assert adjusted(shop) == []


def test_the_buffer_is_kept_back(shop: World) -> None:
    shop.use(stock=replace(shop.settings.stock, buffers=((THERE, Decimal(3)),), buffer_is_kept=True))

    corrected(shop)

    assert levels(shop)["Airport MUG"] == 7
    assert levels(shop)["Downtown MUG"] == 10
    assert shop.stock_report().drifts == 0


def test_a_report_alone_takes_a_level_with_or_without_its_buffer_as_right(shop: World) -> None:
    shop.use(stock=replace(shop.settings.stock, buffers=((THERE, Decimal(3)), (HERE, Decimal(3)))))
    shop.retail.set_level(AIRPORT, MUG, 7)

    assert shop.stock_report().drifts == 0


def test_a_buffer_makes_no_level_less_than_nothing(shop: World) -> None:
    shop.use(stock=replace(shop.settings.stock, buffers=((THERE, Decimal(30)),), buffer_is_kept=True))
    corrected(shop)
    shop.clock.advance(SOON)
    corrected(shop)

    assert levels(shop)["Airport MUG"] == 0


# -- lost answers, refusals, and what does not hold


def test_a_lost_answer_is_looked_up_and_not_sent_again(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.fail("adjust_stock", Unanswered("cut"), effect=Effect.DONE)
    shop.correct_stock()
    assert len(shop.open_entries()) == 1

    corrected(shop)

    assert adjusted(shop) == [("MUG", 3)]
    assert shop.open_entries() == []


def test_what_did_not_happen_is_decided_anew_when_that_is_proved(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.fail("adjust_stock", Unanswered("cut"))
    shop.correct_stock()
    shop.correct_stock()
    assert adjusted(shop) == []
    later(shop)
    shop.correct_stock()
    assert adjusted(shop) == [], "absent once is not absent"
    shop.retail.set_level(DOWNTOWN, MUG, 6)  # and meanwhile one more is gone
    later(shop)

    corrected(shop)

    assert adjusted(shop) == [("MUG", 4)]


def test_what_comes_late_is_found_and_not_sent_again(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.fail("adjust_stock", Unanswered("cut"), effect=Effect.LATE)
    shop.correct_stock()
    shop.clock.advance(timedelta(minutes=2))
    shop.correct_stock()
    shop.retail.commit_late()
    later(shop)

    corrected(shop)

    assert adjusted(shop) == [("MUG", 3)]


def test_of_a_batch_that_happened_in_part_only_the_rest_is_decided_anew(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.set_level(DOWNTOWN, CAP, 8)
    shop.retail.fail("adjust_stock", Unanswered("cut"))
    shop.correct_stock()
    [reason] = [one for one in shop.retail.adjustment_reasons if one.raises]
    shop.retail.adjust(MUG, "3", reason=reason)
    for _ in range(3):
        later(shop)
        shop.correct_stock()

    assert sorted(adjusted(shop)) == [("CAP", 2), ("MUG", 3)]
    assert set(levels(shop).values()) == {10}


@pytest.mark.parametrize("all_or_nothing", [True, False], ids=["all-or-nothing", "row-by-row"])
def test_a_bad_row_is_held_and_the_good_ones_go_through(shop: World, all_or_nothing: bool) -> None:
    """The product was deleted between our reading and our write."""
    shop.retail.adjusts_all_or_nothing = all_or_nothing
    for sku, level in ((MUG, 7), (CAP, 8), (KETTLE, 9)):
        shop.retail.set_level(DOWNTOWN, sku, level)
    shop.retail.set_level(AIRPORT, MUG, 4)
    shop.retail.products[CAP] = a_product(CAP, active=False)

    assert shop.correct_stock().outcome == "held"

    assert sorted(adjusted(shop)) == [("KETTLE", 1), ("MUG", 3), ("MUG", 6)]
    assert [(one.reason, one.subject) for one in shop.holds()] == [
        (Reason.CORRECTION_REFUSED, f"{ROW_SUBJECTS}{DOWNTOWN}:{product_id(CAP)}")
    ]
    assert shop.open_entries() == []
    assert shop.correct_stock().outcome == "done"
    assert len(adjusted(shop)) == 3


def test_a_held_level_is_corrected_when_a_person_says_so(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, CAP, 8)
    shop.retail.products[CAP] = a_product(CAP, active=False)
    shop.correct_stock()
    shop.retail.products[CAP] = a_product(CAP)
    shop.say(Verb.RETRY)

    corrected(shop)

    assert adjusted(shop) == [("CAP", 2)]
    assert shop.holds() == []


def test_a_level_that_a_person_gave_up_is_left_alone(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, CAP, 8)
    shop.retail.products[CAP] = a_product(CAP, active=False)
    shop.correct_stock()
    shop.retail.products[CAP] = a_product(CAP)
    shop.say(Verb.DROP)

    corrected(shop)

    assert why_left(shop) == [LeftAlone.DROPPED]
    assert adjusted(shop) == []


def test_a_correction_that_moves_nothing_is_held_and_not_repeated(shop: World) -> None:
    shop.retail.forgets_adjustments = True
    shop.retail.set_level(DOWNTOWN, MUG, 7)

    assert shop.correct_stock().outcome == "held"
    assert shop.correct_stock().outcome == "done"

    assert adjusted(shop) == [("MUG", 3)]
    assert shop.reasons() == [Reason.CORRECTION_NOT_KEPT]


def test_a_level_that_is_set_back_later_is_held_and_not_corrected_again(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    corrected(shop)
    shop.clock.advance(SOON)
    shop.retail.set_level(DOWNTOWN, MUG, 7)

    assert shop.correct_stock().outcome == "held"

    assert adjusted(shop) == [("MUG", 3)]
    assert shop.reasons() == [Reason.CORRECTION_NOT_KEPT]
    shop.retail.set_level(DOWNTOWN, MUG, 10)
    corrected(shop)
    assert shop.holds() == []


def test_a_level_that_is_set_back_is_corrected_once_more_when_a_person_says_so(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    corrected(shop)
    shop.clock.advance(SOON)
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.correct_stock()
    shop.say(Verb.RETRY)

    corrected(shop)

    assert adjusted(shop) == [("MUG", 3), ("MUG", 3)]


def test_a_request_that_was_throttled_is_planned_again(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.fail("adjust_stock", Throttled("429", wait=timedelta(seconds=5)))
    assert shop.correct_stock().outcome == "done"
    assert shop.open_entries() == []

    corrected(shop)

    assert adjusted(shop) == [("MUG", 3)]


def test_a_token_that_may_not_adjust_ends_the_job(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.fail("adjust_stock", Forbidden("403"))

    assert shop.correct_stock().outcome == "unauthorized"
    assert shop.open_entries() == []


def test_a_reason_that_another_process_makes_at_the_same_moment_is_read_again(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    plus = AdjustmentReason(AdjustmentReasonId("theirs"), OUR_REASONS[0], raises=True, enabled=True)

    def make() -> None:
        shop.retail.adjustment_reasons.append(plus)

    shop.retail.fail("create_adjustment_reason", Conflict("409", status=409), of=OUR_REASONS[0])
    make()

    corrected(shop)

    assert {one.custom_reason for one in shop.retail.adjustments} == {"theirs"}


def test_our_reason_that_was_switched_off_is_told(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    off = AdjustmentReason(AdjustmentReasonId("off"), OUR_REASONS[0], raises=True, enabled=False)
    shop.retail.adjustment_reasons.append(off)

    result = shop.correct_stock()

    assert result.outcome == "failed"
    assert "switched off" in result.message
    assert shop.open_entries() == []


# -- levels set outright


def test_over_classic_a_level_is_set_outright(old_shop: World) -> None:
    old_shop.retail.set_level(DOWNTOWN, MUG, 7)

    corrected(old_shop)

    assert set(levels(old_shop).values()) == {10}
    assert [call for call, _ in old_shop.retail.writes] == ["set_levels"]


def test_over_classic_nothing_is_corrected_while_somebody_may_be_at_the_till(old_shop: World) -> None:
    old_shop.use(quiet_hours=None)
    old_shop.retail.set_level(DOWNTOWN, MUG, 7)

    assert why_left(old_shop) == [LeftAlone.NOT_QUIET]


def test_over_classic_a_level_that_moved_just_before_is_not_overwritten(old_shop: World) -> None:
    old_shop.retail.set_level(DOWNTOWN, MUG, 7)
    plan = old_shop.plan_stock()
    old_shop.erp.before_reading = {(HERE, 2): lambda: None}
    old_shop.retail.before_next_reading = [lambda: old_shop.retail.move_level(DOWNTOWN, MUG, Decimal(-1))]

    old_shop.apply_plan(plan)

    assert levels(old_shop)["Downtown MUG"] == 6
    assert old_shop.open_entries() == []


def test_over_classic_a_lost_answer_is_looked_up_by_the_level(old_shop: World) -> None:
    old_shop.retail.set_level(DOWNTOWN, MUG, 7)
    old_shop.retail.fail("set_levels", Unanswered("cut"), effect=Effect.DONE)
    old_shop.correct_stock()

    corrected(old_shop)

    assert [call for call, _ in old_shop.retail.asked] == ["set_levels"]
    assert old_shop.open_entries() == []


def test_the_way_is_the_integrators_to_choose(shop: World) -> None:
    shop.use(stock_way=Way.LEVELS, quiet_hours=QuietHours(time(0), time(23, 59), ZoneInfo("UTC")))
    shop.retail.set_level(DOWNTOWN, MUG, 7)

    corrected(shop)

    assert adjusted(shop) == []
    assert set(levels(shop).values()) == {10}


# -- brakes


def crowded(shop: World) -> None:
    """Twenty-five products more at each place."""
    for n in range(25):
        sku = Sku(f"SKU-{n:02}")
        shop.retail.products[sku] = a_product(sku, version=100 + n)
        for location, outlet in ((HERE, DOWNTOWN), (THERE, AIRPORT)):
            shop.erp.levels[location, sku] = Decimal(5)
            shop.retail.set_level(outlet, sku, 5)
    shop.sync_catalogue()
    shop.clock.advance(SOON)


def off(shop: World, count: int) -> None:
    for n in range(count):
        shop.retail.set_level(DOWNTOWN, Sku(f"SKU-{n:02}"), 4)


def test_a_plan_that_is_too_much_is_held_and_a_person_lets_it_pass_once(shop: World) -> None:
    crowded(shop)
    off(shop, 10)

    result = shop.correct_stock()

    assert result.outcome == "braked"
    [braked] = shop.holds()
    assert (braked.reason, adjusted(shop)) == (Reason.STOCK_BRAKE, [])
    assert "Downtown: 10 of 28 rows changed, 35.7% (limit 20%)" in braked.detail
    assert f"syncd holds approve {braked.id}" in "".join(result.run.lines)
    shop.say(Verb.APPROVE)
    corrected(shop)
    assert len(adjusted(shop)) == 10
    assert shop.holds() == []
    shop.clock.advance(timedelta(days=2))
    off(shop, 10)
    assert shop.correct_stock().outcome == "braked", "it was let pass once"


def test_a_plan_that_is_small_again_is_no_longer_held(shop: World) -> None:
    crowded(shop)
    off(shop, 10)
    shop.correct_stock()
    for n in range(8):
        shop.retail.set_level(DOWNTOWN, Sku(f"SKU-{n:02}"), 5)
    shop.clock.advance(SOON)

    corrected(shop)

    assert len(adjusted(shop)) == 2
    assert shop.holds() == []


def test_an_approval_that_was_not_needed_lets_nothing_pass_later(shop: World) -> None:
    crowded(shop)
    off(shop, 10)
    shop.correct_stock()
    shop.say(Verb.APPROVE)
    for n in range(10):
        shop.retail.set_level(DOWNTOWN, Sku(f"SKU-{n:02}"), 5)
    shop.clock.advance(SOON)
    corrected(shop)
    off(shop, 10)

    assert shop.correct_stock().outcome == "braked"


def test_a_side_that_was_full_and_has_nothing_is_held(shop: World) -> None:
    crowded(shop)
    for key in [key for key in shop.erp.levels if key[0] == HERE]:
        shop.erp.levels[key] = Decimal(0)
    shop.correct_stock()
    shop.clock.advance(SOON)

    assert shop.correct_stock().outcome == "braked"

    assert "the ERP has nothing of 28 products" in shop.holds()[0].detail
    assert adjusted(shop) == []


def test_a_mapped_location_that_vanished_is_corrected_nowhere(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.set_level(AIRPORT, MUG, 7)
    shop.erp.locations.remove(LocationId(HERE))

    assert shop.correct_stock().outcome == "held"

    assert (levels(shop)["Downtown MUG"], levels(shop)["Airport MUG"]) == (7, 10)


# -- plans that are kept, and what is taken back


def test_a_plan_that_is_kept_writes_nothing_and_is_applied_later(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    before = shop.all_that_was_done()

    plan = shop.plan_stock()

    assert shop.all_that_was_done() == before
    assert [(one.sku, one.level, one.expected, one.delta) for one in plan.rows] == [(MUG, 7, 10, 3)]
    shop.clock.advance(timedelta(minutes=5))
    assert shop.apply_plan(plan).outcome == "done"
    assert adjusted(shop) == [("MUG", 3)]


def test_a_stale_plan_is_refused_and_names_the_row_that_moved(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.set_level(DOWNTOWN, CAP, 7)
    plan = shop.plan_stock()
    shop.retail.set_level(DOWNTOWN, MUG, 6)

    result = shop.apply_plan(plan)

    assert result.outcome == "failed"
    assert "MUG at Downtown: the level was 7 and is 6" in result.message
    assert "CAP" not in result.message
    assert adjusted(shop) == []


def test_a_plan_that_somebody_has_changed_is_refused(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    plan = shop.plan_stock()

    result = shop.apply_plan(replace(plan, rows=(replace(plan.rows[0], delta=Decimal(30)),)))

    assert "does not add up: MUG at Downtown" in result.message
    assert adjusted(shop) == []


def test_a_plan_that_was_applied_is_stale(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    plan = shop.plan_stock()
    shop.apply_plan(plan)

    assert "it would not be corrected any more" in shop.apply_plan(plan).message
    assert adjusted(shop) == [("MUG", 3)]


def test_an_undo_takes_back_what_has_not_moved_since_and_lists_the_rest(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.set_level(DOWNTOWN, CAP, 12)
    run = shop.correct_stock().run.id
    shop.retail.move_level(DOWNTOWN, CAP, Decimal(-1))

    plan = shop.plan_undo(run)

    assert [(one.sku, one.level, one.expected, one.delta) for one in plan.rows] == [(MUG, 10, 7, -3)]
    assert plan.moved == ("CAP at Downtown: corrected to 10, and is 9 now",)
    assert shop.apply_plan(plan).outcome == "done"
    assert levels(shop)["Downtown MUG"] == 7
    assert levels(shop)["Downtown CAP"] == 9


def test_an_undo_that_is_stale_is_refused(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    plan = shop.plan_undo(shop.correct_stock().run.id)
    shop.retail.move_level(DOWNTOWN, MUG, Decimal(-1))

    result = shop.apply_plan(plan)

    assert result.outcome == "failed"
    assert "MUG at Downtown" in result.message


def test_nothing_is_applied_while_an_earlier_batch_is_looked_up(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    plan = shop.plan_stock()
    shop.retail.fail("adjust_stock", Unanswered("cut"))
    shop.correct_stock()

    result = shop.apply_plan(plan)

    assert result.outcome == "failed"
    assert "earlier batch" in result.message


def test_our_own_corrections_are_no_movement_that_the_erp_may_book(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    corrected(shop)
    shop.retail.set_level(DOWNTOWN, MUG, 9)

    corrected(shop)

    assert adjusted(shop) == [("MUG", 3), ("MUG", 1)]


def test_a_refusal_of_the_whole_is_no_proof_that_nothing_was_booked(shop: World) -> None:
    """A batch is refused after its first row was booked, and the list of adjustments shows it."""
    shop.retail.adjusts_all_or_nothing = False
    shop.retail.set_level(DOWNTOWN, CAP, 8)
    shop.retail.set_level(DOWNTOWN, MUG, 7)
    shop.retail.fail("adjust_stock", Refused("422", status=422), effect=Effect.DONE)

    corrected(shop)

    assert sorted(adjusted(shop)) == [("CAP", 2), ("MUG", 3)]
