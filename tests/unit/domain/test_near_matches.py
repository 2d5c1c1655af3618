"""Which SKUs may have been meant."""

import pytest

from syncd.domain.ids import Sku
from syncd.domain.near_matches import COMPARED_MAX, NearMatches


@pytest.mark.parametrize(
    ("sku", "other"),
    [
        pytest.param("MUG-BLUE", "mug_blue", id="capitals and signs"),
        pytest.param("MUG 007", "MUG-7", id="leading zeros"),
        pytest.param("MUG-BLUE-L", "MUG-BLEU-L", id="two letters swapped"),
        pytest.param("TEAPOT-12", "TEAPOT-21", id="two digits swapped"),
        pytest.param("CUSHION-RED", "CUSHON-RED", id="a letter missing"),
    ],
)
def test_a_slip_of_the_hand_is_suggested(sku: str, other: str) -> None:
    assert NearMatches([Sku(other), Sku("KETTLE")]).of(Sku(sku)) == (other,)
    assert NearMatches([Sku(sku)]).of(Sku(other)) == (sku,)


@pytest.mark.parametrize(
    ("sku", "other"),
    [
        pytest.param("SKU-00017", "SKU-00018", id="the next running number"),
        pytest.param("MUG-BLUE", "MUG-GREEN", id="another colour"),
        pytest.param("A", "B", id="too short to tell"),
        pytest.param("", "", id="nothing at all"),
        pytest.param("---", "...", id="only signs"),
    ],
)
def test_another_product_is_not_suggested(sku: str, other: str) -> None:
    assert NearMatches([Sku(other)]).of(Sku(sku)) == ()


def test_what_is_only_written_otherwise_comes_first() -> None:
    others = [Sku("MUG-BLEU"), Sku("mug blue")]

    assert NearMatches(others).of(Sku("MUG-BLUE")) == ("mug blue", "MUG-BLEU")


def test_thousands_that_begin_alike_are_not_all_compared() -> None:
    others = [Sku(f"CUSHION-RED-{'X' * (number % 40 + 3)}{number}") for number in range(40 * COMPARED_MAX)]

    assert NearMatches([*others, Sku("CUSHON-RED")]).of(Sku("CUSHION-RED")) == ("CUSHON-RED",)
