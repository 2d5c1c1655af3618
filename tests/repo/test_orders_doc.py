"""docs/orders.md tells of every reason code there is, and its `explain` outputs are real."""

from pathlib import Path

import pytest

from syncd.domain.reasons import Outcome, Reason
from tests import orders_doc

TEXT = orders_doc.DOCUMENT.read_text(encoding="utf-8")


def block(name: str) -> str:
    return TEXT.partition(f"<!-- {name}: written by tests/orders_doc.py -->\n")[2].partition("<!-- end -->")[0]


def test_every_reason_code_is_told_as_the_code_says_it() -> None:
    assert block("reasons") == orders_doc.reasons_table(), "`make docs` writes it again"
    assert all(f"`{reason}`" in block("reasons") for reason in Reason)


@pytest.mark.parametrize("name", orders_doc.SCENES)
def test_what_explain_says_of_an_order_is_what_it_says_today(name: str, tmp_path: Path) -> None:
    assert block(name) == orders_doc.scene(name, tmp_path / name), "`make docs` writes it again"
    assert f"order SO1 (WEB-SO1): {name}," in block(name)


def test_every_outcome_has_its_example() -> None:
    assert set(orders_doc.SCENES) == {outcome.value for outcome in Outcome}
    assert orders_doc.parts(TEXT) == ["synced", "waiting", "held", "ignored", "returned", "reasons"]


@pytest.mark.parametrize("name", orders_doc.MORE_SCENES)
def test_what_explain_says_beside_is_what_it_says_today(name: str, tmp_path: Path) -> None:
    assert block(name) == orders_doc.scene(name, tmp_path / name), "`make docs` writes it again"
