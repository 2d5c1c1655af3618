from dataclasses import replace
from decimal import Decimal

import pytest

from syncd.domain.identity import Part
from syncd.domain.ids import LocationId, OrderId, OrderLineId, OutletId, SaleId, SaleLineId
from syncd.domain.journal import FulfilSale
from syncd.domain.orders import Method
from syncd.domain.part_story import AGREED, Directions, GoodsLine, PartStory, compare
from syncd.domain.reasons import Reason
from syncd.domain.sales import Fulfilment, FulfilmentLine, FulfilmentState

HERE, THERE = LocationId("DOWNTOWN"), LocationId("AIRPORT")
DOWNTOWN = OutletId("outlet-downtown")
TO_ERP = Directions(to_erp=True, to_retail=False, in_part=True)
TO_RETAIL = Directions(to_erp=False, to_retail=True, in_part=True)
CLASSIC = Directions(to_erp=False, to_retail=True, in_part=False)
BOTH = Directions(to_erp=True, to_retail=True, in_part=True)
PART = Part(OrderId("42"), DOWNTOWN, Method.PICKUP)


def goods(line="1", quantity=5, shipped=0, cancelled=0, location=HERE):
    return GoodsLine(OrderLineId(line), location, Decimal(quantity), Decimal(shipped), Decimal(cancelled))


def sold(line="1", quantity=5):
    return OrderLineId(line), SaleLineId(f"s{line}"), Decimal(quantity)


def fulfilled(**quantities):
    lines = tuple(FulfilmentLine(SaleLineId(line), Decimal(9), Decimal(n)) for line, n in quantities.items())
    return Fulfilment("f-1", SaleId("sale-1"), DOWNTOWN, Method.PICKUP, FulfilmentState.OPEN, lines)


def a_story(**changes):
    story = PartStory(
        part=PART,
        generation=1,
        sale=SaleId("sale-1"),
        invoice_number="1001",
        is_closed=False,
        names_hand_over=True,
        lines=(sold(),),
        goods=(goods(),),
        delivery=frozenset(),
        is_cancelled=False,
        is_planned=True,
        fulfilments=(),
        mark="1/1/0/e",
    )
    return replace(story, **changes)


def told(story, directions):
    """Beside the locations that the ERP ships from for its outlet."""
    return compare(story, {HERE} if story.part.outlet == DOWNTOWN else set(), directions)


def missing_in_erp(story, directions=TO_ERP):
    found = told(story, directions)
    return None if found.missing_in_erp is None else dict(found.missing_in_erp.lines)


def to_fulfil(story, directions=TO_RETAIL):
    found = told(story, directions)
    return (
        None
        if found.missing_in_retail is None
        else (dict(found.missing_in_retail.lines), found.missing_in_retail.whole)
    )


# -- what the ERP lacks


@pytest.mark.parametrize(
    ("story", "missing"),
    [
        pytest.param(a_story(), None, id="an open sale of which nothing left"),
        pytest.param(a_story(is_closed=True), {"1": 5}, id="a closed sale: all of it"),
        pytest.param(a_story(fulfilments=(fulfilled(s1=2),)), {"1": 2}, id="an open sale: what its fulfilments say"),
        pytest.param(
            a_story(fulfilments=(fulfilled(s1=2), fulfilled(s1=1))), {"1": 3}, id="several fulfilments: their sum"
        ),
        pytest.param(
            a_story(fulfilments=(fulfilled(s1=2),), goods=(goods(shipped=2),)), None, id="the ERP has shipped as much"
        ),
        pytest.param(a_story(is_closed=True, goods=(goods(shipped=5),)), None, id="the ERP has shipped all"),
        pytest.param(
            a_story(is_closed=True, goods=(goods(shipped=5, location=THERE), goods())),
            {"1": 5},
            id="shipped from another location counts there",
        ),
        pytest.param(
            a_story(lines=(sold("1", 2), sold("2", 3)), goods=(goods("1"), goods("2")), fulfilments=(fulfilled(s2=1),)),
            {"2": 1},
            id="two lines, told apart by the line of the sale",
        ),
        pytest.param(a_story(is_closed=True, lines=(sold(), sold("fee", 1))), {"1": 5}, id="a fee is no goods"),
    ],
)
def test_what_was_handed_over_and_not_shipped_is_missing_in_the_erp(story, missing):
    assert missing_in_erp(story) == missing


def test_both_sides_the_same_is_agreement():
    assert told(a_story(fulfilments=(fulfilled(s1=2),), goods=(goods(shipped=2),)), BOTH) == AGREED


@pytest.mark.parametrize("story", [a_story(goods=()), a_story(lines=())], ids=["unreadable order", "unknown lines"])
def test_a_part_of_which_one_side_is_not_known_is_not_judged(story):
    assert told(replace(story, is_closed=True), BOTH) is None


def test_a_cancelled_order_is_told_with_what_was_cancelled():
    found = told(a_story(is_closed=True, is_cancelled=True), TO_ERP).missing_in_erp

    assert (found.ordered, found.cancelled) == ({"1": 0}, {"1": 5})


@pytest.mark.parametrize("shipped", [0, 1], ids=["nothing shipped", "shipped in part"])
def test_what_left_of_a_deleted_order_was_cancelled_and_not_more_than_ordered(shipped):
    deleted = a_story(is_closed=True, is_cancelled=True, goods=(goods(quantity=shipped, shipped=shipped),))

    found = told(deleted, TO_ERP).missing_in_erp

    assert (found.ordered, found.cancelled) == ({"1": 0}, {"1": 5})


def test_what_is_routed_to_an_outlet_is_compared_at_all_the_places_that_it_leaves_from():
    story = a_story(is_closed=True, goods=(goods(quantity=2, shipped=2), goods(quantity=3, shipped=3, location=THERE)))

    assert compare(story, {HERE, THERE}, TO_ERP) == AGREED
    assert dict(compare(story, {HERE}, TO_ERP).missing_in_erp.lines) == {"1": 5}


@pytest.mark.parametrize(
    ("story", "reason"),
    [
        pytest.param(
            a_story(is_closed=True, part=replace(PART, outlet="x")), Reason.UNMAPPED_LOCATION, id="no location"
        ),
        pytest.param(
            a_story(is_closed=True, names_hand_over=False), Reason.CLOSED_WITHOUT_HAND_OVER, id="closed as a till sale"
        ),
        pytest.param(a_story(fulfilments=(fulfilled(other=1),)), Reason.COMPLETION_DIFFERS, id="a line nobody knows"),
    ],
)
def test_what_cannot_be_completed_is_held_by_its_cause(story, reason):
    found = told(story, TO_ERP)

    assert found.missing_in_erp is None
    assert found.disagreement.reason is reason
    assert "sale 1001" in found.disagreement.detail


def test_a_sale_closed_without_a_hand_over_is_no_matter_once_the_erp_has_shipped_it():
    assert told(a_story(is_closed=True, names_hand_over=False, goods=(goods(shipped=5),)), TO_ERP) == AGREED


# -- what X-Series lacks


@pytest.mark.parametrize(
    ("story", "asked"),
    [
        pytest.param(a_story(), None, id="nothing shipped"),
        pytest.param(a_story(goods=(goods(shipped=2),)), ({"s1": 2}, False), id="a part"),
        pytest.param(a_story(goods=(goods(shipped=5),)), ({"s1": 5}, True), id="all"),
        pytest.param(a_story(goods=(goods(shipped=9),)), ({"s1": 5}, True), id="more than the sale has"),
        pytest.param(a_story(goods=(goods(shipped=5),), is_closed=True), None, id="closed already"),
        pytest.param(
            a_story(goods=(goods(shipped=2),), fulfilments=(fulfilled(s1=2),)), None, id="handed over as far already"
        ),
        pytest.param(
            a_story(goods=(goods(shipped=2),), fulfilments=(fulfilled(s1=4),)), None, id="handed over further already"
        ),
        pytest.param(
            a_story(goods=(goods(shipped=5),), lines=(sold(), sold("fee", 1))), ({"s1": 5}, True), id="a fee goes along"
        ),
        pytest.param(
            a_story(goods=(goods("1", 4, 4), goods("2", 3, 1)), lines=(sold("1", 4), sold("2", 3))),
            ({"s1": 4, "s2": 1}, False),
            id="one line whole, one in part",
        ),
        pytest.param(
            a_story(goods=(goods(shipped=5, location=THERE), goods())), None, id="shipped from another location"
        ),
    ],
)
def test_what_was_shipped_and_not_handed_over_is_asked_for_by_totals(story, asked):
    assert to_fulfil(story) == asked


def test_the_classic_dialect_is_asked_only_for_the_whole():
    assert to_fulfil(a_story(goods=(goods(shipped=2),)), CLASSIC) is None
    assert to_fulfil(a_story(goods=(goods(shipped=5),)), CLASSIC) == ({"s1": 5}, True)


def test_the_same_story_asks_for_the_same():
    story = a_story(goods=(goods(shipped=2),))

    assert told(story, TO_RETAIL).missing_in_retail == FulfilSale(
        PART, 1, SaleId("sale-1"), ((SaleLineId("s1"), Decimal(2)),), whole=False
    )


def test_what_is_missing_on_both_sides_of_one_part_is_told_to_both():
    story = a_story(
        lines=(sold("1", 2), sold("2", 3)), goods=(goods("1", 2, 2), goods("2", 3)), fulfilments=(fulfilled(s2=1),)
    )

    assert missing_in_erp(story, BOTH) == {"2": 1}
    assert to_fulfil(story, BOTH) == ({"s1": 2}, False)
