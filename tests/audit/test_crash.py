"""What the judge of one lifetime counts, and what it takes for an answer."""

from typing import Any

import pytest

from tests.audit.builders import a_sale
from tests.audit.crash import deleted_but_held
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
