"""Levels are read page by page; what is cut off goes on, and nothing is concluded from nonsense or from a part."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.ids import LocationId, OutletId, Sku
from syncd.domain.reasons import Reason
from syncd.domain.stock import ErpItem
from syncd.domain.stock_report import StockReport
from syncd.errors import Unanswered
from syncd.jobs.stock_reading import is_empty_side, pages_left
from syncd.store import matches, numbers
from syncd.store.compare import Place
from syncd.store.matches import Verdict
from syncd.store.numbers import Kind
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, an_order
from tests.fakes.memory_retail import AIRPORT, DOWNTOWN, a_product
from tests.unit.jobs.world import ACME, Died, Failpoints, World

KETTLE = Sku("KETTLE")
SOON = timedelta(minutes=15)


@pytest.fixture
def shop(dated: World) -> World:
    """Three products at two places, as both sides say."""
    dated.retail.products[KETTLE] = a_product(KETTLE, version=2)
    assert dated.sync_catalogue().outcome == "done"
    for sku in (MUG, CAP, KETTLE):
        for location, outlet in ((HERE, DOWNTOWN), (THERE, AIRPORT)):
            dated.erp.levels[location, sku] = Decimal(5)
            dated.retail.set_level(outlet, sku, 5)
    dated.clock.advance(SOON)  # what moved within the overlap is asked for twice
    return dated


def drifts(world: World) -> dict[str, Decimal]:
    return {f"{row.outlet_name} {row.sku}": row.unexplained for row in world.stock_rows() if row.unexplained}


def asked_since(world: World, before: int) -> list[LocationId]:
    return [location for location, _ in world.erp.asked_items[before:]]


# -- in full, in between, and going on


def test_every_place_is_read_in_portions(shop: World) -> None:
    shop.stock_report()

    assert [(location, len(items)) for location, items in shop.erp.asked_items] == [
        (HERE, 2),
        (HERE, 1),
        (THERE, 2),
        (THERE, 1),
    ]


def test_in_between_only_what_was_moved_is_read(shop: World) -> None:
    shop.stock_report()
    shop.clock.advance(SOON)
    shop.erp.levels[THERE, CAP] = Decimal(4)
    shop.retail.set_level(AIRPORT, CAP, 4)
    before = len(shop.erp.asked_items)

    shop.stock_report()

    assert shop.erp.asked_items[before:] == [
        (HERE, (shop.erp.number_of(CAP),)),
        (THERE, (shop.erp.number_of(CAP),)),
    ]
    assert shop.stock_rows() == []


def test_what_was_moved_while_the_last_reading_ran_is_read_again(shop: World) -> None:
    shop.erp.before_reading = {(THERE, 1): lambda: shop.erp.levels.update({(HERE, MUG): Decimal(3)})}
    shop.stock_report()
    shop.erp.levels[HERE, MUG] = Decimal(3)
    shop.retail.set_level(DOWNTOWN, MUG, 3)
    shop.clock.advance(timedelta(minutes=1))

    shop.stock_report()

    assert shop.stock_rows() == []


@pytest.mark.parametrize(
    ("passed", "full", "read"),
    [
        pytest.param(SOON, False, 0, id="nothing moved"),
        pytest.param(SOON, True, 4, id="asked for"),
        pytest.param(timedelta(hours=7), False, 4, id="the last full reading is old"),
    ],
)
def test_a_full_reading_is_made_now_and_then(shop: World, passed: timedelta, full: bool, read: int) -> None:
    shop.stock_report()
    shop.clock.advance(passed)
    before = len(shop.erp.asked_items)

    shop.stock_report(full=full)

    assert len(shop.erp.asked_items) - before == read


def test_an_erp_that_cannot_tell_what_moved_is_read_in_full(shop: World) -> None:
    shop.erp.tells_moves = False
    shop.stock_report()
    before = len(shop.erp.asked_items)

    shop.stock_report()

    assert len(shop.erp.asked_items) - before == 4


def test_a_new_item_is_learnt_of_when_it_moves(shop: World) -> None:
    shop.stock_report()
    shop.clock.advance(SOON)
    shop.retail.products[Sku("NEW")] = a_product(Sku("NEW"), version=3)
    shop.sync_catalogue()
    shop.erp.levels[HERE, Sku("NEW")] = Decimal(2)
    shop.retail.set_level(DOWNTOWN, Sku("NEW"), 1)

    shop.stock_report()

    assert drifts(shop) == {"Downtown NEW": -1}


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_reading_that_was_cut_off_goes_on_at_its_page(shop: World, nth: int) -> None:
    pages = [(HERE, 2), (HERE, 1), (THERE, 2), (THERE, 1)]
    shop.start(Failpoints("stock.page_kept", nth))
    with pytest.raises(Died):
        shop.sync_stock()
    shop.start()
    before = len(shop.erp.asked_items)

    shop.stock_report()

    assert [(location, len(items)) for location, items in shop.erp.asked_items[before:]] == pages[nth:]
    assert shop.stock_rows() == []


def test_what_moved_behind_the_page_that_was_kept_last_is_seen_by_the_run_after(shop: World) -> None:
    shop.clock.advance(SOON)
    shop.start(Failpoints("stock.page_kept", 3))
    with pytest.raises(Died):
        shop.sync_stock()
    shop.start()
    shop.clock.advance(SOON)
    shop.erp.levels[HERE, MUG] = Decimal(3)
    shop.stock_report()

    shop.stock_report()

    assert drifts(shop) == {"Downtown MUG": 2}


def test_a_reading_that_was_cut_off_long_ago_begins_anew(shop: World) -> None:
    shop.start(Failpoints("stock.page_kept", 3))
    with pytest.raises(Died):
        shop.sync_stock()
    shop.start()
    shop.clock.advance(timedelta(hours=2))
    before = len(shop.erp.asked_items)

    shop.stock_report()

    assert len(shop.erp.asked_items) - before == 4


@pytest.mark.parametrize(
    "point",
    ["stock.page_read", "stock.page_kept", "stock.retail_page_kept", "stock.rows_kept", "stock.report_kept"],
)
def test_after_a_death_anywhere_the_next_run_tells_the_same(shop: World, point: str) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 2)
    shop.start(Failpoints(point, 1))
    with pytest.raises(Died):
        shop.sync_stock()
    shop.start()

    shop.stock_report()

    assert drifts(shop) == {"Downtown MUG": -3}


def test_a_page_of_x_series_that_fails_is_read_on_from_there(shop: World) -> None:
    shop.retail.fail("read_levels_page", Unanswered("cut"))
    assert shop.sync_stock().outcome == "failed"
    shop.retail.set_level(AIRPORT, KETTLE, 4)

    shop.stock_report()

    assert drifts(shop) == {"Airport KETTLE": -1}


def test_pages_left_begin_after_the_item_that_was_kept_last() -> None:
    here = Place(HERE, 1, DOWNTOWN, 2, "Downtown")
    there = Place(THERE, 3, AIRPORT, 4, "Airport")

    assert pages_left([here, there], [1, 2, 3, 4, 5], 2, {THERE: 2}) == [(there, [3, 4]), (there, [5])]
    assert pages_left([here, there], [1, 2, 3], 2, {HERE: 2, THERE: 0}) == [
        (here, [3]),
        (there, [1, 2]),
        (there, [3]),
    ]


# -- what the other run, or the report before, has seen


def test_a_drift_of_the_report_before_is_not_looked_at_a_second_time(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 2)
    shop.stock_report()
    shop.clock.advance(SOON)
    before = len(shop.erp.asked_items), len(shop.retail.read_from)

    report = shop.stock_report()

    assert (len(shop.erp.asked_items), len(shop.retail.read_from)) == (before[0], before[1] + 1)
    assert report.drifts == 1


def test_a_drift_that_grows_is_looked_at_again(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 2)
    shop.stock_report()
    shop.retail.set_level(DOWNTOWN, MUG, 1)

    shop.stock_report()

    assert drifts(shop) == {"Downtown MUG": -4}


def test_what_the_settings_made_a_drift_before_is_no_first_look(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 2)
    shop.stock_report()
    shop.use(stock=shop.settings.stock.__class__(*_changed(shop)))
    before = len(shop.erp.asked_items)

    shop.stock_report()

    assert len(shop.erp.asked_items) > before


def _changed(world: World) -> tuple[object, ...]:
    terms = world.settings.stock
    return terms.start, not terms.open_sales_lower_level, terms.booked_by, terms.booked_within


def test_more_suspects_than_one_question_can_name_wait_for_the_next_run(shop: World) -> None:
    for sku in (MUG, CAP, KETTLE):
        shop.retail.set_level(DOWNTOWN, sku, {MUG: 0, CAP: 1, KETTLE: 2}[sku])

    first = shop.stock_report()
    assert drifts(shop) == {"Downtown MUG": -5, "Downtown CAP": -4}
    assert first.reasons == {"drift": 2, "seen_once": 1}

    shop.stock_report()
    assert drifts(shop) == {"Downtown MUG": -5, "Downtown CAP": -4, "Downtown KETTLE": -3}


def test_one_stock_run_at_a_time(shop: World) -> None:
    with shop.given.locks.stock("another"):
        result = shop.sync_stock()

    assert result.outcome == "locked"
    assert "another" in result.message


# -- bad input


@pytest.mark.parametrize("said", ["NaN", '"six"', "null"])
def test_a_level_that_is_no_number_is_listed_and_not_compared(shop: World, said: str) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 1)
    shop.erp.nonsense[HERE, MUG] = said

    report = shop.stock_report()

    assert [(one.item, one.said) for one in report.bad] == [(f"the ERP at DOWNTOWN: {shop.erp.number_of(MUG)}", said)]
    assert drifts(shop) == {}


@pytest.mark.parametrize("quantity", ["1E+30", "0.1234567"], ids=["1e30", "7-decimals"])
def test_a_quantity_that_cannot_be_counted_with_is_listed(shop: World, quantity: str) -> None:
    shop.erp.levels[HERE, MUG] = Decimal(quantity)
    shop.erp.levels[HERE, CAP] = Decimal("4.99999")

    report = shop.stock_report()

    assert report.bad_count == 1
    assert drifts(shop) == {"Downtown CAP": Decimal("0.00001")}


def test_a_negative_quantity_is_compared(shop: World) -> None:
    shop.erp.levels[HERE, MUG] = Decimal(-3)

    assert shop.stock_report().bad_count == 0

    assert drifts(shop) == {"Downtown MUG": 8}


def test_a_level_of_x_series_that_is_no_number_is_listed(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, "0.0000001")

    report = shop.stock_report()

    assert report.bad_count == 1
    assert report.bad[0].item.startswith("X-Series")
    assert drifts(shop) == {}


def test_a_product_twice_in_the_erp_is_listed_and_not_compared(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 1)
    shop.erp.doubles.append(ErpItem(999_999, MUG))

    report = shop.stock_report()

    assert report.items == {"matched": 2, "twice": 2}
    assert drifts(shop) == {}


def test_a_product_deleted_in_x_series_is_compared_no_more(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 1)
    shop.stock_report()
    shop.retail.products[MUG] = a_product(MUG, active=False, version=9)
    shop.sync_catalogue()

    report = shop.stock_report()

    assert report.items == {"matched": 2, "inactive": 1}
    assert drifts(shop) == {}
    with shop.given.database.read() as tx:
        [found] = matches.unmatched(tx, numbers.number_of(tx, ACME, Kind.ERP), most=9)
    assert (found.sku, found.verdict) == (MUG, Verdict.INACTIVE)


def test_a_location_that_is_not_mapped_is_listed_and_ignored(shop: World) -> None:
    shop.erp.locations.append(LocationId("WORKSHOP"))
    shop.erp.levels[LocationId("WORKSHOP"), MUG] = Decimal(77)

    report = shop.stock_report()

    assert report.unmapped == ("WORKSHOP",)
    assert drifts(shop) == {}


def test_a_mapped_location_that_vanished_is_held_and_stops_no_other(shop: World) -> None:
    shop.stock_report()
    shop.retail.set_level(DOWNTOWN, MUG, 1)
    shop.retail.set_level(AIRPORT, MUG, 1)
    shop.erp.locations.remove(HERE)

    result = shop.sync_stock()

    assert result.outcome == "held"
    assert shop.reasons() == [Reason.LOCATION_VANISHED]
    report = result.value
    assert isinstance(report, StockReport)
    assert list(report.left_out) == [HERE]
    assert drifts(shop) == {"Airport MUG": -4}

    shop.erp.locations.append(HERE)
    shop.stock_report()
    assert shop.reasons() == []
    assert drifts(shop) == {"Downtown MUG": -4, "Airport MUG": -4}


@pytest.mark.parametrize("empties", [False, True], ids=["gone", "tells nothing"])
def test_a_place_left_out_at_the_second_look_is_not_reported_and_stops_no_other(shop: World, empties: bool) -> None:
    def leave() -> None:
        if empties:
            del shop.erp.levels[THERE, MUG]
        else:
            shop.erp.locations.remove(THERE)

    for outlet in (DOWNTOWN, AIRPORT):
        shop.retail.set_level(outlet, MUG, 1)
    for sku in (CAP, KETTLE):
        del shop.erp.levels[THERE, sku]  # mugs are all that the airport has
    shop.erp.before_reading = {(HERE, 3): leave}

    result = shop.sync_stock()

    assert result.outcome == "held"
    report = result.value
    assert isinstance(report, StockReport)
    assert ([one.name for one in report.outlets], list(report.left_out)) == (["Downtown"], [THERE])
    assert drifts(shop) == {"Downtown MUG": -4}
    assert (report.reasons, report.drifts) == ({"drift": 1}, 1)


def test_when_every_place_is_left_out_at_the_second_look_the_report_is_empty(shop: World) -> None:
    shop.retail.set_level(AIRPORT, MUG, 1)
    shop.erp.before_reading = {(THERE, 2): shop.erp.locations.clear}
    shop.erp.locations.remove(HERE)

    result = shop.sync_stock()

    assert result.outcome == "held"
    assert shop.stock_rows() == []


def test_a_location_that_suddenly_tells_nothing_is_held(shop: World) -> None:
    shop.stock_report()
    for sku in (MUG, CAP, KETTLE):
        del shop.erp.levels[HERE, sku]

    result = shop.sync_stock(full=True)

    assert result.outcome == "held"
    assert shop.reasons() == [Reason.STOCK_SIDE_EMPTY]
    assert drifts(shop) == {}


def test_a_product_archived_in_the_erp_is_no_empty_place(shop: World) -> None:
    """Of the only suspect the ERP tells nothing: it leaves out what is archived."""
    shop.stock_report()
    for location in (HERE, THERE):
        del shop.erp.levels[location, KETTLE]
    for outlet in (DOWNTOWN, AIRPORT):
        shop.retail.set_level(outlet, KETTLE, 0)

    result = shop.sync_stock()

    assert (result.outcome, shop.reasons()) == ("done", [])
    assert drifts(shop) == {}
    shop.clock.advance(SOON)
    shop.stock_report()
    assert drifts(shop) == {}


def test_a_product_archived_after_it_moved_is_no_empty_place(shop: World) -> None:
    shop.stock_report()
    shop.clock.advance(SOON)
    shop.erp.levels[HERE, KETTLE] = Decimal(4)
    for location in (HERE, THERE):
        del shop.erp.levels[location, KETTLE]

    result = shop.sync_stock()

    assert (result.outcome, shop.reasons()) == ("done", [])


@pytest.mark.parametrize(
    ("gone", "of", "is_emptied"),
    [
        pytest.param(1, 3, False, id="one of a few"),
        pytest.param(2, 3, True, id="most of a small place"),
        pytest.param(19, 1_000, False, id="a few of many"),
        pytest.param(20, 1_000, True, id="a page of many"),
        pytest.param(0, 0, False, id="nothing ever stood there"),
    ],
)
def test_a_place_is_empty_when_many_or_most_of_its_levels_are_gone(gone: int, of: int, is_emptied: bool) -> None:
    assert is_empty_side(gone, of) is is_emptied


def test_a_place_that_tells_nothing_stays_held_until_it_was_read_whole(shop: World) -> None:
    shop.stock_report()
    levels = dict(shop.erp.levels)
    for sku in (MUG, CAP, KETTLE):
        del shop.erp.levels[HERE, sku]
    shop.sync_stock(full=True)
    for _ in range(3):  # what moves there meanwhile does not eat up what is known of it
        shop.clock.advance(SOON)
        shop.erp.levels[THERE, MUG] = Decimal(5)

        result = shop.sync_stock()

        assert shop.reasons() == [Reason.STOCK_SIDE_EMPTY]
        assert isinstance(result.value, StockReport)
        assert list(result.value.left_out) == [HERE]
    shop.clock.advance(SOON)
    before = len(shop.erp.asked_items)
    shop.erp.moved.clear()
    for (location, sku), quantity in levels.items():  # nothing moved: its user may read it again
        dict.__setitem__(shop.erp.levels, (location, sku), quantity)

    shop.stock_report()

    assert asked_since(shop, before) == [HERE, HERE]
    assert shop.reasons() == []


def test_a_location_that_is_mapped_later_is_read_whole_at_once(shop: World) -> None:
    places = shop.settings.names.locations
    shop.use_names(locations=places[:1])
    shop.stock_report()
    shop.retail.set_level(AIRPORT, MUG, 1)
    shop.clock.advance(SOON)
    before = len(shop.erp.asked_items)

    shop.use_names(locations=places)
    shop.stock_report()

    assert asked_since(shop, before) == [THERE, THERE, THERE]  # the last is the second look
    assert drifts(shop) == {"Airport MUG": -4}


def test_a_location_that_was_not_mapped_for_a_while_is_read_whole_again(shop: World) -> None:
    places = shop.settings.names.locations
    shop.stock_report()
    shop.use_names(locations=places[:1])
    shop.erp.levels[THERE, MUG] = Decimal(1)
    for _ in range(2):
        shop.clock.advance(SOON)
        shop.stock_report()

    shop.use_names(locations=places)
    shop.stock_report()

    assert drifts(shop) == {"Airport MUG": 4}


def test_the_reading_of_a_place_that_was_cut_off_goes_on_and_misses_no_move(shop: World) -> None:
    places = shop.settings.names.locations
    shop.use_names(locations=places[:1])
    shop.stock_report()
    shop.clock.advance(SOON)
    shop.use_names(locations=places)
    shop.start(Failpoints("stock.page_kept", 1))
    with pytest.raises(Died):
        shop.sync_stock()
    shop.start()
    shop.clock.advance(SOON)
    shop.erp.levels[THERE, MUG] = Decimal(1)  # on the page that was kept already
    before = len(shop.erp.asked_items)

    shop.stock_report()

    assert [(location, len(items)) for location, items in shop.erp.asked_items[before:]] == [
        (HERE, 1),
        (THERE, 1),
        (THERE, 1),
        (THERE, 1),  # the second look
    ]
    assert drifts(shop) == {"Airport MUG": 4}


def test_an_erp_that_suddenly_lists_nothing_fails_and_changes_nothing(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 1)
    before = shop.stock_report()
    shop.erp.levels.clear()

    result = shop.sync_stock(full=True)

    assert result.outcome == "failed"
    assert "lists no product at all" in result.message
    assert drifts(shop) == {"Downtown MUG": -4}
    assert before.drifts == 1


def test_two_empty_sides_are_quiet(dated: World) -> None:
    result = dated.sync_stock()

    assert result.outcome == "done"
    assert dated.stock_rows() == []


def test_one_item_that_is_gone_is_forgotten_without_a_word(shop: World) -> None:
    shop.stock_report()
    for location in (HERE, THERE):
        del shop.erp.levels[location, KETTLE]
    shop.retail.set_level(DOWNTOWN, KETTLE, 0)

    result = shop.sync_stock(full=True)

    assert result.outcome == "done"
    assert drifts(shop) == {}


# -- what is reserved


def test_what_is_promised_to_an_order_that_becomes_no_sale_stays_reserved(shop: World) -> None:
    """By policy: under `available` it is the ERP's to hand out."""
    shop.use(stock=shop.settings.stock.__class__(*_available(shop)))
    shop.erp.promised[HERE, MUG, an_order("SO77").id] = Decimal(2)
    shop.retail.set_level(DOWNTOWN, MUG, 3)

    shop.stock_report()

    assert drifts(shop) == {}


def test_an_order_collected_after_it_was_cancelled_in_the_erp_is_no_drift_of_what_is_available(shop: World) -> None:
    shop.use(stock=shop.settings.stock.__class__(*_available(shop)))
    order = shop.erp.place(an_order("SO1"))
    shop.settle()
    [sale] = shop.retail.sales_of(order)
    shop.retail.hand_over(sale.id)
    shop.erp.cancel(order)
    shop.retail.set_level(DOWNTOWN, MUG, 3)

    shop.stock_report()

    assert drifts(shop) == {}


def _available(world: World) -> tuple[object, ...]:
    terms = world.settings.stock
    return type(terms.start)("available"), terms.open_sales_lower_level, terms.booked_by, terms.booked_within


def test_the_outlets_are_counted_each_for_itself(shop: World) -> None:
    shop.retail.set_level(DOWNTOWN, MUG, 1)
    shop.retail.set_level(AIRPORT, CAP, 7)

    report = shop.stock_report()

    sums = {one.outlet: (one.levels, one.drifts, one.missing, one.surplus) for one in report.outlets}
    assert sums == {OutletId(DOWNTOWN): (3, 1, 4, 0), OutletId(AIRPORT): (3, 1, 0, 2)}
