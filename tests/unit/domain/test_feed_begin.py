"""Where the sales feed has to be read from: below everything that matters, and not far below it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.domain.feed_begin import GLIMPSES_MAX, NEAR_PAGES, Glimpse, begin_of, next_glimpse

START = datetime(2026, 12, 1, tzinfo=UTC)
PAGE = 5
DAY = timedelta(days=1)

Row = tuple[int, datetime]  # version and date


def search(rows: Sequence[Row], *, page: int = PAGE, breaks: frozenset[int] = frozenset()) -> tuple[int, int]:
    """Search a feed of these rows; return the version to begin at and how many glimpses were taken."""
    known: list[Glimpse] = []
    while (after := next_glimpse(known, START)) is not None:
        seen = [row for row in rows if row[0] > after][:page]
        is_broken = len(known) in breaks
        reached = None if is_broken or not seen else seen[-1][0]
        known.append(Glimpse(after, reached, max((date for _, date in seen), default=None)))
    return begin_of(known, START), len(known)


def a_feed(old: int, young: int, *, first: int = 1_000_000_000, gap: int = 7_000) -> list[Row]:
    """So many rows from before the start and so many after it, a minute apart."""
    return [
        (first + place * gap, START + (place - old) * timedelta(minutes=1) + timedelta(seconds=1))
        for place in range(old + young)
    ]


@st.composite
def feeds(draw: st.DrawFn) -> list[Row]:
    """Versions rise with time, by whatever steps."""
    steps = draw(st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 10**6)), max_size=60))
    version, date, rows = draw(st.integers(0, 2**40)), START - timedelta(days=draw(st.integers(0, 60))), []
    for jump, seconds in steps:
        version += jump
        date += timedelta(seconds=seconds)
        rows.append((version, date))
    return rows


def young(rows: Sequence[Row]) -> list[int]:
    return [version for version, date in rows if date >= START]


def test_a_feed_of_many_old_sales_is_begun_shortly_before_the_first_that_matters() -> None:
    rows = a_feed(old=3_000, young=40)

    begin, glimpses = search(rows)

    old_ones_read = [version for version, date in rows if version > begin and date < START]
    assert 0 < begin < min(young(rows))
    assert len(old_ones_read) <= (NEAR_PAGES + 1) * PAGE
    assert glimpses < 30


@pytest.mark.parametrize("old", [100, 1_000, 10_000], ids=str)
def test_ten_times_as_many_old_sales_cost_a_few_glimpses_more(old: int) -> None:
    assert search(a_feed(old, 10))[1] <= search(a_feed(old // 10, 10))[1] + 6


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="empty"),
        pytest.param(a_feed(old=0, young=30), id="nothing-old"),
        pytest.param(a_feed(old=PAGE, young=0), id="one-old-page"),
        pytest.param(a_feed(old=2, young=30), id="young-on-the-first-page"),
    ],
)
def test_a_feed_where_nothing_is_gained_is_read_from_its_first_version(rows: list[Row]) -> None:
    begin, glimpses = search(rows)

    assert begin == 0
    assert glimpses <= 3


def test_a_shop_without_a_sale_since_the_start_is_begun_at_its_end() -> None:
    rows = a_feed(old=2_000, young=0)

    begin, _ = search(rows)

    assert begin > rows[-(NEAR_PAGES + 2) * PAGE][0]


@given(feeds(), st.integers(1, 7))
def test_no_sale_that_matters_lies_below_the_beginning(rows: list[Row], page: int) -> None:
    begin, glimpses = search(rows, page=page)

    assert [version for version in young(rows) if version <= begin] == []
    assert glimpses <= GLIMPSES_MAX


@given(feeds(), st.frozensets(st.integers(0, 20), max_size=6))
def test_a_glimpse_that_fails_leads_further_down_and_never_up(rows: list[Row], breaks: frozenset[int]) -> None:
    begin, glimpses = search(rows, breaks=breaks)

    assert [version for version in young(rows) if version <= begin] == []
    assert glimpses <= GLIMPSES_MAX


@given(feeds(), st.data())
def test_single_old_sales_with_new_versions_hide_nothing(rows: list[Row], data: st.DataObject) -> None:
    """A page that shows anything young is young, whatever else is on it."""
    places = [place for place, (_, date) in enumerate(rows) if date >= START]
    spared = set(places[:: PAGE - 1])  # of any PAGE rows in a row one keeps its date
    moved = data.draw(st.sets(st.sampled_from([one for one in places if one not in spared] or [-1])))
    odd = [(version, START - 300 * DAY if place in moved else date) for place, (version, date) in enumerate(rows)]
    tail = (rows[-1][0] if rows else 0) + 1
    odd += [(tail + place, START + DAY) for place in range(PAGE)]

    begin, _ = search(odd)

    assert [version for version in young(odd) if version <= begin] == []


def test_a_block_of_old_sales_with_new_versions_is_not_believed_where_its_dates_fall_back() -> None:
    """Sales of years were given new versions, in their old order, above ours."""
    before, ours = a_feed(old=400, young=60), 60
    block = [
        (before[-1][0] + 7_000 * (place + 1), START - 900 * DAY + place * timedelta(hours=1)) for place in range(800)
    ]
    rows = [*before, *block]

    begin, _ = search(rows)

    assert [version for version in young(rows) if version <= begin] == []
    assert len(young(rows)) == ours


def test_rows_without_a_date_are_taken_for_young() -> None:
    undated = [Glimpse(0, 50, None)]

    assert next_glimpse(undated, START) is None
    assert begin_of(undated, START) == 0


def test_a_page_that_reaches_no_further_is_not_believed() -> None:
    stuck = [Glimpse(0, 10, START - DAY), Glimpse(10, 10, START - DAY)]

    assert next_glimpse(stuck, START) is None
    assert begin_of(stuck, START) == 0


def test_the_search_ends_after_so_many_glimpses() -> None:
    """A feed without an end, all old."""
    known: list[Glimpse] = []
    while (after := next_glimpse(known, START)) is not None:
        known.append(Glimpse(after, after + 1, START - DAY))

    assert len(known) <= GLIMPSES_MAX
