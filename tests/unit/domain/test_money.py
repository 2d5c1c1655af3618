from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.domain.money import (
    CENT,
    DoesNotAddUp,
    round_to_sum,
    split_by_weight,
    to_cents,
    to_cents_half_even,
    to_unit,
)

AMOUNTS = st.decimals("-1000", "1000", places=5)
WEIGHTS = st.decimals("0", "1000", places=4)
CENTS = st.integers(-1_000_000, 1_000_000).map(lambda cents: cents * CENT)


def amounts(*texts):
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("amount", "half_up", "half_even"),
    [
        pytest.param("0.125", "0.13", "0.12", id="half a cent above an even one"),
        pytest.param("0.135", "0.14", "0.14", id="half a cent above an odd one"),
        pytest.param("-0.125", "-0.13", "-0.12", id="half a cent of a discount"),
        pytest.param("0.12499", "0.12", "0.12", id="less than half a cent"),
    ],
)
def test_half_a_cent_goes_up_for_the_till_and_to_the_even_cent_for_the_erp(amount, half_up, half_even):
    assert (to_cents(Decimal(amount)), to_cents_half_even(Decimal(amount))) == tuple(amounts(half_up, half_even))


@pytest.mark.parametrize(
    ("amount", "quantity", "unit"),
    [
        pytest.param("1.00", "3", "0.33333", id="five digits, as X-Series keeps"),
        pytest.param("20.00", "3", "6.66667", id="rounded to the nearest"),
        pytest.param("300.00", "3", "100", id="written out, not as 1E+2"),
        pytest.param("-1.00", "8", "-0.125", id="a discount"),
        pytest.param("0.00", "5", "0", id="a gift"),
    ],
)
def test_the_price_of_one_piece_has_the_digits_that_x_series_keeps(amount, quantity, unit):
    assert str(to_unit(Decimal(amount), Decimal(quantity))) == unit


@pytest.mark.parametrize(
    ("exact", "total", "rounded"),
    [
        pytest.param(amounts("0.045", "0.045", "0.045"), "0.14", amounts("0.05", "0.05", "0.04"), id="document tax"),
        pytest.param(amounts("0.045", "0.045", "0.045"), "0.12", amounts("0.04", "0.04", "0.04"), id="tax by line"),
        pytest.param(amounts("0.001", "0.009"), "0.01", amounts("0.00", "0.01"), id="to the largest remainder"),
        pytest.param(amounts("1.00", "2.00"), "3.00", amounts("1.00", "2.00"), id="nothing to round"),
        pytest.param(amounts("1.00", "2.00"), "2.99", amounts("1.00", "1.99"), id="a cent less than exact"),
        pytest.param(amounts("-0.045", "0.145"), "0.10", amounts("-0.04", "0.14"), id="a discount among them"),
        pytest.param([], "0", [], id="nothing at all"),
    ],
)
def test_amounts_are_rounded_so_that_they_sum_to_the_total(exact, total, rounded):
    assert round_to_sum(exact, Decimal(total)) == rounded


@given(st.lists(AMOUNTS, min_size=1, max_size=8), st.data())
def test_rounded_amounts_sum_to_any_total_within_a_cent_apiece_and_stay_near_their_exact_values(exact, data):
    whole = sum(exact)
    low, high = (whole / CENT - len(exact)).__ceil__(), (whole / CENT + len(exact)).__floor__()
    total = data.draw(st.integers(low, high)) * CENT

    rounded = round_to_sum(exact, total)

    assert sum(rounded) == total
    assert [amount for amount in rounded if amount != to_cents(amount)] == []
    assert max(abs(one - other) for one, other in zip(rounded, exact, strict=True)) < 2 * CENT
    assert rounded == round_to_sum(list(exact), total)


@pytest.mark.parametrize(
    ("exact", "total"),
    [
        pytest.param(amounts("1.00"), "1.03", id="three cents more than one amount"),
        pytest.param(amounts("1.00"), "0.98", id="two cents less than one amount"),
        # Counted from the rounded-down amounts these two would pass: the limit is meant from the exact sum.
        pytest.param(amounts("1.00"), "1.02", id="two cents more than one amount"),
        pytest.param(amounts("0.009"), "-0.01", id="nearly two cents less than one amount"),
        pytest.param([], "0.01", id="a cent of nothing"),
    ],
)
def test_amounts_that_are_more_than_a_cent_apiece_off_the_total_are_not_bent_to_fit(exact, total):
    with pytest.raises(DoesNotAddUp):
        round_to_sum(exact, Decimal(total))


@pytest.mark.parametrize(
    ("total", "weights", "pieces"),
    [
        pytest.param("10.00", amounts("1", "1", "1"), amounts("3.34", "3.33", "3.33"), id="the odd cent to the first"),
        pytest.param("-10.00", amounts("1", "1", "1"), amounts("-3.33", "-3.33", "-3.34"), id="a discount"),
        pytest.param("0.01", amounts("1", "3"), amounts("0.00", "0.01"), id="one cent to the heavier"),
        pytest.param("5.00", amounts("0", "2"), amounts("0", "5.00"), id="nothing to what weighs nothing"),
        pytest.param("5.00", amounts("0", "0"), amounts("5.00", "0"), id="all to the first when nothing weighs"),
        pytest.param("0.00", amounts("2", "1"), amounts("0", "0"), id="nothing to split"),
    ],
)
def test_an_amount_is_split_by_weight(total, weights, pieces):
    assert split_by_weight(Decimal(total), weights) == pieces


@given(CENTS, st.lists(WEIGHTS, min_size=1, max_size=8))
def test_pieces_sum_to_the_whole_each_within_a_cent_of_its_share(total, weights):
    pieces = split_by_weight(total, weights)

    assert sum(pieces) == total
    assert [piece for piece in pieces if piece != to_cents(piece)] == []
    assert pieces == split_by_weight(total, list(weights))
    if whole := sum(weights):
        shares = [total * weight / whole for weight in weights]
        assert max(abs(piece - share) for piece, share in zip(pieces, shares, strict=True)) < CENT
        assert [piece for piece, weight in zip(pieces, weights, strict=True) if weight == 0 and piece] == []
