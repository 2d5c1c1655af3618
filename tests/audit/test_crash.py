"""What the judge of one lifetime counts, and what it takes for an answer."""

from typing import Any

import pytest

from tests.audit.builders import a_sale
from tests.audit.crash import corrected_twice, deleted_but_held, levels_wrong
from tests.audit.facts import VOIDED

HOLD = {"order": "4", "closed_at": None}


def a_life(*holds: dict[str, Any]) -> dict[str, Any]:
    """Order 4, number 7, was deleted in the ERP."""
    return {"erp": {"deleted": [{"id": "4", "number": "7"}]}, "syncd_holds": list(holds)}


def test_the_sale_of_a_deleted_order_stands_only_while_a_person_is_asked() -> None:
    sale = a_sale("7")

    assert deleted_but_held(a_life(HOLD), [sale]) == [sale]


@pytest.mark.parametrize("holds", [(), (HOLD | {"closed_at": "2026-11-22T07:00:00Z"},), (HOLD | {"order": "5"},)])
def test_no_other_hold_excuses_it(holds: tuple[dict[str, Any], ...]) -> None:
    assert deleted_but_held(a_life(*holds), [a_sale("7")]) == []


def test_a_voided_sale_needs_no_excuse() -> None:
    assert deleted_but_held(a_life(HOLD), [a_sale("7", state=VOIDED)]) == []


def a_stock_life(level: str, *booked: str) -> dict[str, Any]:
    """A mug's level that people moved once; ten are expected."""
    mug = {"outlet": "Downtown", "sku": "MUG"}
    said = [mug | {"quantity": quantity} for quantity in booked]
    return {
        "corrections": {
            "expected": "10",
            "moves": [mug | {"times": 1}],
            "booked": said,
            "levels": [mug | {"level": level}],
        }
    }


def test_a_correction_that_was_booked_twice_and_taken_back_is_seen() -> None:
    assert corrected_twice(a_stock_life("10", "3")) == 0
    assert corrected_twice(a_stock_life("13", "3", "3")) == 1
    assert corrected_twice(a_stock_life("10", "3", "3", "-3")) == 2


def test_a_level_that_does_not_end_as_it_should_is_seen() -> None:
    assert levels_wrong(a_stock_life("10", "3")) == []
    assert levels_wrong(a_stock_life("7")) == [("Downtown", "MUG")]


def test_a_life_without_corrections_has_none_that_are_wrong() -> None:
    assert (corrected_twice(a_life()), levels_wrong(a_life())) == (0, [])
