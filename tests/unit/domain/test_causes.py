"""Orders that are held for one cause are one matter for a person."""

import pytest

from syncd.domain.causes import CAUSE_CHARS_MAX, cause_in_words, cause_of
from syncd.domain.orders import Order
from syncd.domain.reasons import Reason
from tests.builders import GST, a_line, an_order

ORDER = an_order(a_line(), a_line("LAMP", id="2", at="WORKSHOP", taxes=(GST,)))


def cause(reason: Reason, *, subject: str = "order:42", detail: str = "", order: Order = ORDER, line: str = "2") -> str:
    return cause_in_words(cause_of(reason, subject, detail, order=order, line=line))


@pytest.mark.parametrize(
    ("reason", "shared"),
    [
        (Reason.UNKNOWN_SKU, "LAMP"),
        (Reason.AMBIGUOUS_SKU, "LAMP"),
        (Reason.INACTIVE_PRODUCT, "LAMP"),
        (Reason.UNMAPPED_LOCATION, "WORKSHOP"),
        (Reason.TAX_UNMAPPED, "GST 15%"),
        (Reason.FOREIGN_CURRENCY, "NZD"),
        (Reason.NO_PAYMENT_TYPE, ""),
        (Reason.UNPAID, ""),
        (Reason.BRAKE, ""),
    ],
)
def test_what_several_orders_can_share_is_the_cause(reason: Reason, shared: str) -> None:
    assert cause(reason) == cause(reason, subject="order:43") == shared


@pytest.mark.parametrize("reason", [Reason.EDITED_AT_TILL, Reason.TOTAL_DIFFERS, Reason.UNREADABLE, Reason.CONFLICT])
def test_what_is_wrong_with_one_order_is_a_cause_of_its_own(reason: Reason) -> None:
    assert cause(reason) != cause(reason, subject="order:43")


def test_the_same_reason_for_another_product_is_another_cause() -> None:
    assert cause(Reason.UNKNOWN_SKU, line="1") != cause(Reason.UNKNOWN_SKU)


def test_the_same_answer_to_many_orders_is_one_cause() -> None:
    first = "422 · sale 8fe0e374-47d9-50ed-9a57-e7af247166a9 of 23.00: tax is unknown"
    second = "422 · sale d63e8fda-3eb9-5e09-b34c-ad26327520e1 of 7.50: tax is unknown"

    assert cause(Reason.REFUSED, detail=first) == cause(Reason.REFUSED, subject="order:43", detail=second)
    assert cause(Reason.REFUSED, detail=first) != cause(Reason.REFUSED, detail="422 · the register is closed")


def test_a_delivery_that_nobody_knows_is_the_cause() -> None:
    assert cause(Reason.UNKNOWN_DELIVERY, order=an_order(delivery="DRONE")) == "DRONE"
    assert cause(Reason.UNKNOWN_DELIVERY) == "order:42"


def test_a_line_that_is_gone_leaves_the_order_as_the_cause() -> None:
    assert cause(Reason.UNKNOWN_SKU, line="9") == "order:42"


def test_a_long_answer_is_cut() -> None:
    assert len(cause_of(Reason.REFUSED, "order:42", "x" * 900)) == CAUSE_CHARS_MAX
