from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.domain.rotation import Allowance, requests_now

FIVE_MINUTES = timedelta(minutes=5)
SHOP = Allowance(650, FIVE_MINUTES)  # two registers
FIFTH = Decimal("0.2")


@pytest.mark.parametrize(
    ("since", "requests"),
    [
        pytest.param(None, 130, id="never asked before: the share of a window"),
        pytest.param(timedelta(minutes=1), 26, id="a minute later: a fifth of that"),
        pytest.param(timedelta(0), 0, id="at once again: nothing"),
        pytest.param(timedelta(seconds=2), 0, id="not one has come together yet"),
        pytest.param(timedelta(seconds=3), 1, id="one has"),
        pytest.param(timedelta(days=3), 130, id="days later: not more than a window's share"),
        pytest.param(timedelta(hours=-1), 130, id="a clock that was set back"),
    ],
)
def test_what_may_be_asked_is_the_share_that_has_come_together(since: timedelta | None, requests: int) -> None:
    assert requests_now(FIFTH, SHOP, since) == requests


def test_no_share_is_no_request() -> None:
    assert requests_now(Decimal(0), SHOP, None) == 0


@given(st.lists(st.integers(1, 400), min_size=1, max_size=50))
def test_a_window_never_sees_more_than_two_shares(waits: list[int]) -> None:
    """One that had come together before, and one that comes together in it."""
    asked: list[tuple[int, int]] = []
    now, last = 0, None
    for wait in waits:
        now += wait
        allowed = requests_now(FIFTH, SHOP, None if last is None else timedelta(seconds=now - last))
        if allowed:
            asked.append((now, allowed))
            last = now

    for begin, _ in asked:
        assert sum(requests for at, requests in asked if begin <= at < begin + 300) <= 2 * 130
